#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's newest kernels of two series, unpacked under the build directory and never installed:
# vmlinuz, the few modules that the test guests load, and headers to build modules against.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# What /init loads; whatever these depend on comes along.
wanted="ccp kvm_amd virtio_blk virtio_pci"

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
	sed -i "s#/usr/src/linux-headers-$common/#\$(dir \$(abspath \$(lastword \$(MAKEFILE_LIST))))../linux-headers-$common/#" \
		"$tree/Makefile"
	ln -s "usr/src/linux-headers-$release" "$dir/build"
	# dpkg's hints, manuals and the like
	rm -rf "${dir:?}/usr/share" "${dir:?}/lib"
}

unpack() {
	local series=$1 package version release kbuild key dir tmp deb
	read -r package version release < <("$TOP/scripts/apt-private.sh" newest-kernel "$series")
	[ -n "$release" ] || exit 2
	dir=$BUILD/kernels/$series
	key="$package $version $(hash_of "$0" | cut -c1-12)"
	if fresh "$dir/stamp" "$key"; then
		say "$series is $release ($version)"
		return 0
	fi
	say "$series: unpacking $release ($version)"
	tmp=$BUILD/kernels/.$series.tmp
	rm -rf "$tmp"
	mkdir -p "$tmp/debs" "$tmp/image" "$tmp/headers" "$tmp/modules"
	"$TOP/scripts/apt-private.sh" deb "$package=$version" "linux-headers-$release=$version" \
		"linux-headers-${release%-amd64}-common=$version" "$tmp/debs" >/dev/null
	kbuild=$(dpkg-deb -f "$tmp"/debs/linux-headers-*-amd64_*.deb Depends | grep -oE 'linux-kbuild-[^ ,]+')
	"$TOP/scripts/apt-private.sh" deb "$kbuild=$version" "$tmp/debs" >/dev/null

	dpkg-deb --fsys-tarfile "$tmp"/debs/linux-image-*.deb |
		tar -x -C "$tmp/image" --wildcards './boot/vmlinuz-*' './lib/modules/*/kernel/*'
	for deb in "$tmp"/debs/linux-headers-*.deb "$tmp"/debs/linux-kbuild-*.deb; do
		dpkg-deb -x "$deb" "$tmp/headers"
	done
	mv "$tmp/image/boot/vmlinuz-$release" "$tmp/vmlinuz"
	copy_modules "$tmp/image/lib" "$tmp/modules"
	copy_headers "$tmp/headers" "$release"
	echo "$release" >"$tmp/release"
	echo "$package $version" >"$tmp/package"
	rm -rf "$tmp/debs" "$tmp/image"
	stamp "$tmp/stamp" "$key"
	rm -rf "$dir"
	mv "$tmp" "$dir"
	say "$series is $release ($version)"
}

locked "$BUILD/kernels/lock"
[ $# -gt 0 ] || set -- 6.1 6.12
for series in "$@"; do unpack "$series"; done
