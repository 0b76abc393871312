#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's makedumpfiles with the libraries that they need, never installed, as a disk for the machine: what reads
# /proc/vmcore in the tests.
#   makedumpfile.sh            1.7.2 and 1.7.6, Debian 12's and 13's: build/makedumpfile.tar
#   makedumpfile.sh sid        the newest one, called makedumpfile-sid in build/makedumpfile-sid.tar
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

suite=${1:-}
name=makedumpfile${suite:+-$suite}
versions=${suite:-1.7.2 1.7.6}
disk=$BUILD/$name.tar
key=$(hash_of "$0")
if fresh "$BUILD/$name.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.$name.lock"
tmp=$BUILD/.$name.tmp
[ -z "$suite" ] || export APT_SUITES=$suite
rm -rf "$tmp"
mkdir -p "$tmp/libraries" "$tmp/stage"
mapfile -t libraries < <("$TOP/scripts/apt-private.sh" needs makedumpfile | grep -E '^(lib(bz2|c6|dw|elf|lzma|lzo|zstd)|zlib)')
"$TOP/scripts/apt-private.sh" deb "${libraries[@]}" "$tmp/libraries" >/dev/null
for deb in "$tmp/libraries"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
loader=$(find "$tmp/root" -name 'ld-linux-x86-64.so.2' | head -n 1)
path=$(find "$tmp/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
[ -n "$loader" ] || die "no loader among ${libraries[*]}"
cp -L "$loader" "$tmp/stage/ld.so"
for version in $versions; do
	package=makedumpfile
	[ -n "$suite" ] || package+==1:$version-1
	"$TOP/scripts/apt-private.sh" deb "$package" "$tmp/$version" >/dev/null
	dpkg-deb -x "$tmp/$version"/*.deb "$tmp/$version/root"
	cp "$tmp/$version/root/usr/bin/makedumpfile" "$tmp/stage/program-$version"
	needed=$("$loader" --library-path "$path" --list "$tmp/stage/program-$version") ||
		die "makedumpfile $version misses a library: $needed"
	awk '$2 == "=>" && $1 !~ /ld-linux/ { print $3 }' <<<"$needed" | while read -r file; do cp -L "$file" "$tmp/stage/"; done
	# shellcheck disable=SC2016 # the shell in the machine expands it
	install -m 755 /dev/stdin "$tmp/stage/makedumpfile-$version" <<<"#!/bin/sh
d=\${0%/*}
exec \$d/ld.so --library-path \$d \$d/program-$version \"\$@\""
done
tar -c -C "$tmp/stage" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/$name.stamp" "$key"
say "$name.tar, $(($(stat -c %s "$disk") >> 20)) MiB, versions $versions"
