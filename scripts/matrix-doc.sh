#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make matrix-doc": docs/matrix.md, for the newest kernel of each series that Debian serves.
#   RUN=1     runs "make qualify" for those of which there is no result; then it fails if one is still missing
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

run=${RUN:-0}
doc=$TOP/docs/matrix.md
unset RUN

release_of() { # SERIES
	case " $SERIES " in
	*" $1 "*) "$TOP/scripts/apt-private.sh" newest-kernel "$1" ;;
	*) "$TOP/scripts/apt-private.sh" kernels "$1-last" ;;
	esac | awk '{ print $3 }'
}

mapfile -t all < <("$TOP/scripts/apt-private.sh" kernels | awk '{ print $3 }' | cut -d. -f1,2 | sort -uV)
[ ${#all[@]} -gt 0 ] || die "this machine's mirror serves no kernels" 2
words=() found=0 missing=0
for series in "${all[@]}"; do
	file=$BUILD/qualify/$(release_of "$series").json
	if [ ! -f "$file" ] && [ "$run" = 1 ]; then
		rc=0
		"$TOP/scripts/qualify.sh" "$series" || rc=$?
		[ $rc -lt 128 ] || exit $rc
	fi
	if [ -f "$file" ]; then
		words+=("$series=$file")
		found=1
	else
		say "$series: no $(basename "$file"): run make qualify KERNEL=$series, or make matrix-doc RUN=1"
		words+=("$series=")
		missing=$((missing + 1))
	fi
done
[ $found = 1 ] || die "no result below $BUILD/qualify: $doc stays as it is" 2
[ -x "$BUILD/tests/qualify" ] || make -C "$TOP" -s "BUILD=$BUILD" "$BUILD/tests/qualify"
"$BUILD/tests/qualify" --document "${words[@]}" >"$doc.tmp" || { rm -f "$doc.tmp"; exit 2; }
mv "$doc.tmp" "$doc"
say "${doc#"$TOP/"}: ${#all[@]} series, $missing of them not run"
[ "$run" != 1 ] || [ $missing = 0 ]
