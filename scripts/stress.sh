#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make stress": kexecs drawn from a seed, and a report of them (docs/stress.md). What it is told are make's variables:
# N SEED FROM HOPS FAULTS CRASH_EVERY KERNELS KEEP_GOING SHRINK JOBS
# Exit status: that of build/tests/stress; 2 as well if all hops survived and the report could not be written.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$TOP/scripts
# what is wrong at the first look need not wait until all is built
for variable in N SEED FROM CRASH_EVERY JOBS; do
	[[ ${!variable:-0} =~ ^[0-9]+$ ]] || die "$variable=${!variable}: no number" 2
done
suffix=''
[ -z "${FROM:-}" ] || suffix=-from
[ -z "${HOPS:-}" ] || suffix=-hops
directory=${BUILD#"$TOP/"}/stress/${SEED:-42}$suffix
words=(-n "${N:-1000}" --seed "${SEED:-42}" --directory "$directory")
for word in from=FROM hops=HOPS faults=FAULTS crash-every=CRASH_EVERY kernels=KERNELS jobs=JOBS; do
	variable=${word#*=}
	[ -z "${!variable:-}" ] || words+=("--${word%=*}" "${!variable}")
done
[ "${KEEP_GOING:-0}" = 0 ] || words+=(--keep-going)
[ "${SHRINK:-1}" != 0 ] || words+=(--no-shrink)

# kernels beside those that all tests have
more=()
for name in $(tr , ' ' <<<"${KERNELS:-}"); do
	[[ $name =~ ^[0-9][0-9a-z.+~-]*$ ]] ||
		die "KERNELS=$name: no kernel; like 6.12, 7.2-last, 6.12-first, or a release that scripts/apt-private.sh kernels lists" 2
	case " $SERIES " in *" $name "*) ;; *) more+=("$name") ;; esac
done
unset N SEED FROM HOPS FAULTS CRASH_EVERY KERNELS KEEP_GOING SHRINK JOBS

"$scripts/prepare.sh"
if [ ${#more[@]} -gt 0 ]; then
	"$scripts/kernels.sh" "${more[@]}"
	for name in "${more[@]}"; do "$scripts/build-module.sh" "$name"; done
	# shellcheck disable=SC2086 # words are meant
	"$scripts/initramfs.sh" stress $SERIES "${more[@]}"
	words+=(--boot boot-stress.tar)
fi

cd "$TOP"
mkdir -p "$OUT"
began=$OUT/stress-began
: >"$began"
status=0
# paths as people type them
BUILD=${BUILD#"$TOP/"}
"$BUILD/tests/stress" "${words[@]}" || status=$?
# a run that did not begin has left nothing, and what an earlier one has left is not its report
if [ "$directory/run.json" -nt "$began" ]; then
	if "$BUILD/tests/stress-report" "$directory"; then
		echo "report: $directory/report.html"
	elif [ $status = 0 ]; then
		status=2
	fi
fi
exit $status
