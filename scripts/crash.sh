#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# crash(8) with its header and libraries, never installed: build/crash/SUITE/crash. And the kernels' symbols,
# build/crash/vmlinux-SERIES, which are a download of a gigabyte each and stay in the cache.
#   crash.sh [SUITE...]                bookworm (8.0.2), trixie (8.0.6), sid (9.0)
#   crash.sh --vmlinux [SERIES...]     of the kernels in build/kernels
#   crash.sh --drgn                    Debian 12's drgn, for its own python: build/crash/drgn/drgn
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

unpack() { # SUITE
	local dir=$BUILD/crash/$1 tmp=$BUILD/crash/.$1.tmp key deb loader path missing
	local -a libraries
	key="$(hash_of "$0") $1"
	if fresh "$dir/stamp" "$key"; then return 0; fi
	export APT_SUITES=$1
	rm -rf "$tmp"
	mkdir -p "$tmp/debs" "$tmp/root"
	mapfile -t libraries < <("$TOP/scripts/apt-private.sh" needs crash |
		grep -E '^(lib(c6|gcc-s1|gmp10|lzma5|lzo2-2|mpfr6|ncursesw6|snappy1v5|stdc\+\+6|tinfo6|zstd1)|zlib1g)=')
	"$TOP/scripts/apt-private.sh" deb crash "${libraries[@]}" "$tmp/debs" >/dev/null
	for deb in "$tmp"/debs/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
	loader=$(find "$tmp/root" -name 'ld-linux-x86-64.so.2' ! -type l | head -n 1)
	path=$(find "$tmp/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
	[ -n "$loader" ] || die "no loader among ${libraries[*]}"
	missing=$("$loader" --library-path "$path" --list "$tmp/root/usr/bin/crash") ||
		die "crash misses a library: $missing"
	install -m 755 /dev/stdin "$tmp/crash" <<<"#!/bin/sh
exec ${loader/#$tmp/$dir} --library-path ${path//$tmp/$dir} $dir/root/usr/bin/crash \"\$@\""
	dpkg-deb -f "$tmp"/debs/crash_*.deb Version >"$tmp/version"
	rm -rf "$tmp/debs" "$tmp"/root/usr/share "$dir"
	mv "$tmp" "$dir"
	stamp "$dir/stamp" "$key"
	say "crash $(cat "$dir/version") of $1"
}

symbols() { # SERIES
	local package version release kept
	[ -f "$BUILD/kernels/$1/package" ] || die "no kernel $1: run scripts/kernels.sh $1" 2
	read -r package version <"$BUILD/kernels/$1/package"
	release=$(cat "$BUILD/kernels/$1/release")
	kept=$CACHE/vmlinux-$release-$version
	# one of them is a link, which one differs between releases
	[ -f "$kept" ] ||
		"$TOP/scripts/apt-private.sh" member "${package%-unsigned}-dbg=$version" "usr/lib/debug/boot/vmlinux-$release" \
			"usr/lib/debug/lib/modules/$release/vmlinux" "$kept"
	ln -sfn "$kept" "$BUILD/crash/vmlinux-$1"
}

drgn() {
	local dir=$BUILD/crash/drgn tmp=$BUILD/crash/.drgn.tmp key
	key=$(hash_of "$0")
	if fresh "$dir/stamp" "$key"; then return 0; fi
	rm -rf "$tmp" "$dir"
	"$TOP/scripts/apt-private.sh" deb python3-drgn=0.0.22-1 "$tmp" >/dev/null
	dpkg-deb -x "$tmp"/*.deb "$tmp/root"
	install -m 755 /dev/stdin "$tmp/drgn" <<<"#!/bin/sh
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$dir/root/usr/lib/python3/dist-packages exec python3 -m drgn \"\$@\""
	rm "$tmp"/*.deb
	mv "$tmp" "$dir"
	stamp "$dir/stamp" "$key"
}

mkdir -p "$BUILD/crash"
locked "$BUILD/crash/.lock"
case ${1:-} in
--drgn) drgn ;;
--vmlinux)
	shift
	[ $# -gt 0 ] || set -- 6.12 7.3
	for series in "$@"; do symbols "$series"; done
	;;
*)
	[ $# -gt 0 ] || set -- bookworm trixie sid
	for suite in "$@"; do unpack "$suite"; done
	;;
esac
