#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make qualify KERNEL=...": what a kernel can do across kexec and kdump (docs/qualify.md).
#   qualify.sh KERNEL     a series that Debian serves (6.12, 7.2, 6.12-first, 7.2-last), a release, a linux-image
#                         package, or a vmlinuz
#   HEADERS=              of a package: its headers' package (beside it); of a vmlinuz: that, or a build tree
#   MODULES=              of a vmlinuz: a directory with its ccp.ko, kvm_amd.ko and virtio's
#   VMLINUX=              with debug information, for crash(8); SYMBOLS=0: do not look for one
# Exit status: 0 all pass or are not supported, 1 a cell fails, 2 could not tell.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$TOP/scripts
reference=6.12
results=$BUILD/qualify
headers=${HEADERS:-} modules=${MODULES:-} vmlinux=${VMLINUX:-} symbols=${SYMBOLS:-1}
# not for kbuild's eyes
unset KERNEL HEADERS MODULES VMLINUX SYMBOLS

served() { "$scripts/apt-private.sh" kernels; }

# which WORD: the directory below build/kernels of a kernel that Debian serves; nothing if it does not
which_served() {
	local name release
	case $1 in
	6.1 | 6.12 | 7.3) echo "$1" ;;
	*-first | *-last) [ -z "$(served | awk -v s="${1%-*}." 'index($3, s) == 1')" ] || echo "$1" ;;
	*-amd64)
		release=$(served | awk -v r="$1" '$3 == r { print $3 }')
		# some are there already, by another name
		for name in $SERIES; do
			[ "$(cat "$BUILD/kernels/$name/release" 2>/dev/null)" != "${release:-none}" ] || release=$name
		done
		echo "$release"
		;;
	*) [ -z "$(served | awk -v s="$1." 'index($3, s) == 1')" ] || echo "$1-last" ;;
	esac
}

wrong() { die "KERNEL=$1: $2" 2; }

# understand WORD: sets kind (served, deb, files), name, and headers, which may be found; fails at once if words are wrong
understand() {
	local word=$1 dir
	[ -n "$word" ] || die "which kernel? make qualify KERNEL=6.12, or a release, a linux-image package, a vmlinuz" 2
	[ -z "$headers" ] || [ -e "$headers" ] || die "HEADERS=$headers: there is no such file" 2
	[ -z "$vmlinux" ] || [ -f "$vmlinux" ] || die "VMLINUX=$vmlinux: there is no such file" 2
	case $word in
	*.deb)
		kind=deb
		[ -f "$word" ] || wrong "$word" "there is no such file"
		name=$(dpkg-deb -f "$word" Package 2>/dev/null) || wrong "$word" "no Debian package"
		[[ $name == linux-image-* ]] || wrong "$word" "package $name is no linux-image"
		name=${name#linux-image-}
		name=file-${name%-unsigned}
		dir=$(dirname "$word")
		[ -n "$headers" ] ||
			headers=$(find "$dir" -maxdepth 1 -name "linux-headers-${name#file-}_*.deb" | sort -V | tail -n 1)
		[ -n "$headers" ] || wrong "$word" "no linux-headers-${name#file-}_*.deb beside it: name it with HEADERS="
		;;
	*/* | vmlinuz* | bzImage*)
		kind=files
		[ -f "$word" ] || wrong "$word" "there is no such file"
		[ -n "$headers" ] || wrong "$word" "a vmlinuz needs HEADERS=, a build tree or the package of its headers"
		[ -d "$modules" ] || wrong "$word" "a vmlinuz needs MODULES=, a directory with its ccp.ko, kvm_amd.ko and virtio's"
		name=file-$(sha256sum "$word" | cut -c1-12)
		;;
	[0-9]*)
		kind=served
		name=$(which_served "$word")
		[ -n "$name" ] || wrong "$word" "not on this machine's mirror, which has: $(served | awk '{ print $3 }' | paste -sd ' ')"
		;;
	*) wrong "$word" "neither a file nor a series (6.12) nor a release (scripts/apt-private.sh kernels lists them)" ;;
	esac
}

unpack() { # WORD
	case $kind in
	deb) "$scripts/kernels.sh" --deb "$name" "$1" "$headers" ;;
	files) "$scripts/kernels.sh" --files "$name" "$1" "$headers" "$modules" ;;
	served) "$scripts/kernels.sh" "$name" ;;
	esac
}

# What the compiler said, or the log's last line.
build_error() {
	grep -m1 -hE 'error:|Error |ERROR' "$OUT/module-$name.log" || tail -n 1 "$OUT/module-$name.log"
}

# find_vmlinux: sets crash, the words for the program
find_vmlinux() {
	local rc=0 suite word found=''
	if [ -z "$vmlinux" ] && [ "$symbols" = 0 ]; then
		crash=(--unasked "no vmlinux was looked for (SYMBOLS=0)")
		return
	fi
	if [ -z "$vmlinux" ] && [ "$kind" != served ] && ! grep -q ^linux-image "$BUILD/kernels/$name/package"; then
		crash=(--unasked "no vmlinux with debug information: name it with VMLINUX=")
		return
	fi
	if [ -z "$vmlinux" ]; then
		"$scripts/crash.sh" --vmlinux "$name" 2> >(tee "$OUT/qualify-symbols.log" >&2) || rc=$?
		case $rc in
		0) vmlinux=$(realpath "$BUILD/crash/vmlinux-$name") ;;
		3)
			# of a package that is somebody's own there may be one somewhere
			word=--unasked
			[ "$kind" != served ] || word=--no-vmlinux
			crash=("$word" "no vmlinux with debug information: $(tail -n 1 "$OUT/qualify-symbols.log")")
			;;
		*) crash=(--unasked "no vmlinux: $(tail -n 1 "$OUT/qualify-symbols.log")") ;;
		esac
		[ $rc = 0 ] || return 0
	fi
	for suite in sid trixie bookworm; do
		if "$scripts/crash.sh" "$suite" && make -C "$TOP" -s "BUILD=$BUILD" "$BUILD/crash/$suite/snp.so"; then found=1; fi
	done
	if [ -n "$found" ]; then
		crash=(--vmlinux "$(realpath "$vmlinux")")
	else
		crash=(--unasked "no crash(8) could be unpacked")
	fi
}

kind='' name=''
[ $# -le 1 ] || die "one kernel at a time: $*" 2
understand "${1:-}"

"$scripts/prepare.sh"
unpack "$1"
cd "$TOP"
mkdir -p "$results"
release=$(cat "$BUILD/kernels/$name/release")
words=(--kernel "$name" --release "$release" --out "$results" --package "$(cat "$BUILD/kernels/$name/package")"
	--reference "$reference" --reference-release "$(cat "$BUILD/kernels/$reference/release")"
	--qemu "$("$BUILD/qemu/bin/qemu-system-x86_64" --version 2>/dev/null | sed -nE 's/.*version ([^ ]+).*/\1/p')"
	--project "$(git -C "$TOP" describe --always --dirty 2>/dev/null || echo unknown)")

if ! "$scripts/build-module.sh" "$name"; then
	exec "$BUILD/tests/qualify" "${words[@]}" --unbuilt "ccp_ext does not build: $(build_error)"
fi
case " $SERIES " in
*" $name "*) ;;
*)
	"$scripts/initramfs.sh" "qualify-$name" "$reference" "$name"
	words+=(--disk "boot-qualify-$name.tar")
	;;
esac

# the first entry of an archive that is not compressed
note=$results/$release.handover
logged "$OUT/qualify-note.log" "$BUILD/bin/snp-kexec" annotate --show "$BUILD/initramfs/$name.img"
cpio --quiet -i --to-stdout ccp_ext.handover <"$BUILD/initramfs/$name.img" >"$note.tmp"
mv "$note.tmp" "$note"
say "what its ccp_ext can restore, as preflight reads it (${note#"$TOP/"}):"
sed 's/^/    /' "$note"

find_vmlinux
exec "$BUILD/tests/qualify" "${words[@]}" --features "$(sed -n 's/^features *//p' "$note")" "${crash[@]}"
