#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's newest kernels of three series, unpacked under the build directory and never installed:
# vmlinuz, the few modules that the test guests load, and headers to build modules against.
#   kernels.sh [SERIES...]             6.1, 6.12 or 7.3; or the oldest or newest served: 6.12-first, 7.2-last
#   kernels.sh --headers RELEASE...    headers alone, of a kernel that "apt-private.sh kernels" lists
# And those that lie somewhere else, each under a NAME of its own:
#   kernels.sh --deb NAME IMAGE.deb HEADERS.deb        what these need is beside them, or on the mirror
#   kernels.sh --files NAME VMLINUZ HEADERS MODULES    HEADERS: a build tree, or a package as above
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

# fetch_toolchain DIR [HEADERS]: where this system cannot run what the kernel was built with
fetch_toolchain() {
	local dir=$1 compiler fixdep other
	compiler=$(sed -nE 's/^CONFIG_CC_VERSION_TEXT="([^ "]+).*/\1/p' "$dir/headers/build/.config")
	fixdep=$(find -L "$dir/headers" -name fixdep -type f | head -n 1)
	if command -v "$compiler" >/dev/null && ! ldd "$fixdep" 2>&1 | grep -q 'not found'; then return 0; fi
	for other in "$BUILD"/kernels/*/toolchain; do
		[ -x "$other/usr/bin/$compiler" ] || continue
		ln -s "$(realpath "$other")" "$dir/toolchain"
		"$TOP/scripts/toolchain.sh" --adopt "$(realpath "$other")" "$dir/headers"
		return 0
	done
	[ -n "${2:-}" ] || die "this kernel was built with $compiler, which this system does not have: install it" 2
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
	begin "$series"
	packages=("linux-headers-$release=$version" "linux-headers-${release%-amd64}-common=$version")
	[ -n "$headers_only" ] || packages+=("$package=$version")
	"$TOP/scripts/apt-private.sh" deb "${packages[@]}" "$tmp/debs" >/dev/null
	# the programs of kbuild and, where the image is but a name, what it stands for
	mapfile -t more < <(for deb in "$tmp"/debs/*.deb; do dpkg-deb -f "$deb" Depends; done |
		grep -oE 'linux-(kbuild|binary|modules)-[^ ,]+' | sort -u)
	"$TOP/scripts/apt-private.sh" deb "${more[@]/%/=$version}" "$tmp/debs" >/dev/null

	unpack_headers "$tmp" "$release"
	[ -n "$headers_only" ] || unpack_image "$tmp"
	finish "$tmp" "$series" "$release" "$package $version" "$key" "linux-headers-$release=$version"
}

unpack_headers() { # DIR RELEASE
	local deb
	for deb in "$1"/debs/linux-{headers,kbuild}-*.deb; do
		[ ! -f "$deb" ] || dpkg-deb -x "$deb" "$1/headers"
	done
	[ -d "$1/headers/usr/src/linux-headers-$2" ] || die "no linux-headers-$2 in the package of headers" 2
	copy_headers "$1/headers" "$2"
}

finish() { # DIR NAME RELEASE PACKAGE KEY [HEADERS]
	local dir=$BUILD/kernels/$2
	echo "$3" >"$1/release"
	echo "$4" >"$1/package"
	rm -rf "$1/debs" "$1/image" "$dir"
	mv "$1" "$dir"
	fetch_toolchain "$dir" "${6:-}"
	stamp "$dir/stamp" "$5"
	say "$2 is $3 ($4)"
}

unpack_image() { # DIR
	local deb
	for deb in "$1"/debs/linux-{image,binary,modules}-*.deb; do
		[ ! -f "$deb" ] || dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1/image" --exclude=./usr/share
	done
	find "$1/image" -name 'vmlinuz*' -exec mv {} "$1/vmlinuz" \;
	copy_modules "$1/image" "$1/modules"
}

# needed_packages DEB...: what of a kernel's is in other packages: "NAME FILE'S-DIRECTORY VERSION" a line
needed_packages() {
	local deb
	for deb in "$@"; do
		dpkg-deb -f "$deb" Depends | grep -oE 'linux-(headers|kbuild|binary|modules)-[^ ,|(]+' |
			sed "s#\$# $(dirname "$deb") $(dpkg-deb -f "$deb" Version)#" || true
	done
}

# gather DIR DEB...: these, and what they need, from beside them or from the mirror
gather() {
	local to=$1 queue=("${@:2}") deb name from version file
	while [ ${#queue[@]} -gt 0 ]; do
		deb=${queue[0]}
		queue=("${queue[@]:1}")
		cp "$deb" "$to/"
		while read -r name from version; do
			[ -z "$(find "$to" -name "${name}_*.deb")" ] || continue
			file=$(find "$from" -maxdepth 1 -name "${name}_*.deb" | sort -V | tail -n 1)
			[ -n "$file" ] || file=$("$TOP/scripts/apt-private.sh" deb "$name=$version" "$BUILD/kernels/.debs") ||
				die "$(basename "$deb") needs $name, which is neither beside it nor on the mirror" 2
			queue+=("$file")
		done < <(needed_packages "$deb")
	done
}

# begin NAME: an empty directory, $tmp
begin() {
	tmp=$BUILD/kernels/.$1.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp/debs" "$tmp/image" "$tmp/headers" "$tmp/modules"
}

from_debs() { # NAME IMAGE HEADERS
	local release key
	release=$(dpkg-deb -f "$2" Package | sed -nE 's/^linux-image-(.*)$/\1/p')
	release=${release%-unsigned}
	[ -n "$release" ] || die "$2 is no linux-image package" 2
	key="$(sha256sum "$2" "$3" | sha256sum) $(hash_of "$TOP/scripts/kernels.sh" | cut -c1-12)"
	fresh "$BUILD/kernels/$1/stamp" "$key" && return 0
	begin "$1"
	gather "$tmp/debs" "$2" "$3"
	unpack_headers "$tmp" "$release"
	unpack_image "$tmp"
	[ -f "$tmp/vmlinuz" ] || die "no vmlinuz in $2" 2
	finish "$tmp" "$1" "$release" "linux-image-$release $(dpkg-deb -f "$2" Version)" "$key"
}

# Boot protocol, kernel_version: the release is its first word.
release_of() { # VMLINUZ
	local at
	[ "$(dd if="$1" bs=1 skip=514 count=4 status=none)" = HdrS ] || return 0
	at=$(od -An -tu2 -j526 -N2 "$1")
	dd if="$1" bs=1 skip=$((at + 512)) count=64 status=none | tr '\0' '\n' | sed -n '1s/ .*//p'
}

from_files() { # NAME VMLINUZ HEADERS MODULES
	local release built key
	release=$(release_of "$2")
	[ -n "$release" ] || die "$2 is no bzImage" 2
	key="$(sha256sum "$2" | cut -c1-24) $(realpath "$3") $(realpath "$4") $(hash_of "$TOP/scripts/kernels.sh" | cut -c1-12)"
	fresh "$BUILD/kernels/$1/stamp" "$key" && return 0
	begin "$1"
	cp "$2" "$tmp/vmlinuz"
	if [ -d "$3" ]; then
		built=$(cat "$3/include/config/kernel.release" 2>/dev/null) || die "$3 is no tree that modules can be built in" 2
		[ "$built" = "$release" ] || die "$3 is of $built, $2 is $release" 2
		ln -s "$(realpath "$3")" "$tmp/headers/build"
	else
		gather "$tmp/debs" "$3"
		unpack_headers "$tmp" "$release"
	fi
	copy_modules "$4" "$tmp/modules"
	finish "$tmp" "$1" "$release" "no package" "$key"
}

headers_only=
if [ "${1:-}" = --headers ]; then
	headers_only=1
	shift
fi
locked "$BUILD/kernels/lock"
case ${1:-} in
--deb | --files)
	from=${1#--}
	shift
	case $from:$# in
	deb:3) from_debs "$@" ;;
	files:4) from_files "$@" ;;
	*) die "usage: kernels.sh --deb NAME IMAGE HEADERS | --files NAME VMLINUZ HEADERS MODULES" 2 ;;
	esac
	exit 0
	;;
esac
# shellcheck disable=SC2086 # words are meant
[ $# -gt 0 ] || set -- $SERIES
for series in "$@"; do unpack "$series"; done
