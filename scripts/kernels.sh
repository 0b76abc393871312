#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's newest kernels of three series, unpacked under the build directory and never installed:
# vmlinuz, the few modules that the test guests load, and headers to build modules against.
#   kernels.sh [SERIES...]             6.1, 6.12 or 7.3; or the oldest or newest served: 6.12-first, 7.2-last
#   kernels.sh --headers RELEASE...    headers alone, of a kernel that "apt-private.sh kernels" lists
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# What /init loads, and efivarfs; whatever these depend on comes along.
wanted="ccp kvm_amd virtio_blk virtio_pci efivarfs"

# copy_modules FROM TO: the wanted modules and their dependencies, uncompressed, all in one directory
copy_modules() {
	local from=$1 to=$2 queue=" $wanted " done=' ' name path
	find "$from" -name '*.ko' -o -name '*.ko.xz' >"$to/.list"
	while queue=${queue# } && [ -n "$queue" ]; do
		name=${queue%% *}
		queue=${queue#"$name"}
		case $done in *" $name "*) continue ;; esac
		done="$done$name "
		# built into the kernel otherwise
		path=$(awk -F/ -v n="$name" '{ f = $NF; sub(/\.ko.*/, "", f); gsub(/-/, "_", f) } f == n' "$to/.list")
		[ -n "$path" ] || continue
		case $path in
		*.xz) xz -dc "$path" >"$to/$name.ko" ;;
		*) cp "$path" "$to/$name.ko" ;;
		esac
		queue="$queue $(modinfo -F depends "$to/$name.ko" | tr ',-' ' _') "
	done
	rm "$to/.list"
}

# copy_headers DIR RELEASE: a headers tree that works where it lies
copy_headers() {
	local dir=$1 release=$2 common=${2%-amd64}-common tree
	tree=$dir/usr/src/linux-headers-$release
	# shellcheck disable=SC2016 # make's words, not the shell's
	sed -i -e "s#/usr/src/linux-headers-$common/#\$(dir \$(abspath \$(lastword \$(MAKEFILE_LIST))))../linux-headers-$common/#" \
		-e 's#^KBUILD_OUTPUT=.*#KBUILD_OUTPUT:=$(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))#' \
		"$tree/Makefile"
	ln -s "usr/src/linux-headers-$release" "$dir/build"
	# asked by newer kernels' Makefile before sparse is run, and in no package; build-module.sh sees to it
	[ -e "$dir/build/scripts/checker-valid.sh" ] ||
		install -m 755 /dev/stdin "$dir/build/scripts/checker-valid.sh" <<<$'#!/bin/sh\necho 1'
	# dpkg's hints, manuals and the like
	rm -rf "${dir:?}/usr/share" "${dir:?}/lib"
}

# fetch_toolchain DIR HEADERS: where this system cannot run what the kernel was built with
fetch_toolchain() {
	local dir=$1 compiler fixdep other
	compiler=$(sed -nE 's/^CONFIG_CC_VERSION_TEXT="([^ "]+).*/\1/p' "$dir/headers/build/.config")
	fixdep=$(find "$dir/headers" -name fixdep -type f)
	if command -v "$compiler" >/dev/null && ! ldd "$fixdep" 2>&1 | grep -q 'not found'; then return 0; fi
	for other in "$BUILD"/kernels/*/toolchain; do
		[ -x "$other/usr/bin/$compiler" ] || continue
		ln -s "$(realpath "$other")" "$dir/toolchain"
		"$TOP/scripts/toolchain.sh" --adopt "$(realpath "$other")" "$dir/headers"
		return 0
	done
	say "unpacking $compiler and its libraries: this system has another"
	"$TOP/scripts/toolchain.sh" "$dir/toolchain" "$2"
	"$TOP/scripts/toolchain.sh" --adopt "$dir/toolchain" "$dir/headers"
}

# find_kernel NAME: "package version release"
find_kernel() {
	case $1 in
	*-first | *-last) "$TOP/scripts/apt-private.sh" kernels "$1" ;;
	*-amd64) "$TOP/scripts/apt-private.sh" kernels | awk -v r="$1" '$3 == r' ;;
	*) "$TOP/scripts/apt-private.sh" newest-kernel "$1" ;;
	esac
}

unpack() {
	local series=$1 package version release key dir tmp deb
	local -a more packages
	read -r package version release < <(find_kernel "$series") || true
	[ -n "$release" ] || die "no kernel $series with headers on this machine's mirror" 2
	dir=$BUILD/kernels/$series
	key="$package $version $dir $(hash_of "$TOP/scripts/kernels.sh" "$TOP/scripts/toolchain.sh" | cut -c1-12)"
	# a toolchain of another's is gone with it
	if fresh "$dir/stamp" "$key" && { [ ! -L "$dir/toolchain" ] || [ -d "$dir/toolchain" ]; }; then
		say "$series is $release ($version)"
		return 0
	fi
	say "$series: unpacking $release ($version)"
	tmp=$BUILD/kernels/.$series.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp/debs" "$tmp/image" "$tmp/headers" "$tmp/modules"
	packages=("linux-headers-$release=$version" "linux-headers-${release%-amd64}-common=$version")
	[ -n "$headers_only" ] || packages+=("$package=$version")
	"$TOP/scripts/apt-private.sh" deb "${packages[@]}" "$tmp/debs" >/dev/null
	# the programs of kbuild and, where the image is but a name, what it stands for
	mapfile -t more < <(for deb in "$tmp"/debs/*.deb; do dpkg-deb -f "$deb" Depends; done |
		grep -oE 'linux-(kbuild|binary|modules)-[^ ,]+' | sort -u)
	"$TOP/scripts/apt-private.sh" deb "${more[@]/%/=$version}" "$tmp/debs" >/dev/null

	for deb in "$tmp"/debs/linux-headers-*.deb "$tmp"/debs/linux-kbuild-*.deb; do
		dpkg-deb -x "$deb" "$tmp/headers"
	done
	copy_headers "$tmp/headers" "$release"
	[ -n "$headers_only" ] || unpack_image "$tmp"
	echo "$release" >"$tmp/release"
	echo "$package $version" >"$tmp/package"
	rm -rf "$tmp/debs" "$tmp/image"
	rm -rf "$dir"
	mv "$tmp" "$dir"
	fetch_toolchain "$dir" "linux-headers-$release=$version"
	stamp "$dir/stamp" "$key"
	say "$series is $release ($version)"
}

unpack_image() { # DIR
	local deb
	for deb in "$1"/debs/linux-{image,binary,modules}-*.deb; do
		[ ! -f "$deb" ] || dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1/image" --exclude=./usr/share
	done
	find "$1/image" -name 'vmlinuz*' -exec mv {} "$1/vmlinuz" \;
	copy_modules "$1/image" "$1/modules"
}

headers_only=
if [ "${1:-}" = --headers ]; then
	headers_only=1
	shift
fi
locked "$BUILD/kernels/lock"
# shellcheck disable=SC2086 # words are meant
[ $# -gt 0 ] || set -- $SERIES
for series in "$@"; do unpack "$series"; done
