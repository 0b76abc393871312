#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's newest kexec-tools with the libraries that they need, never installed, as a disk for the
# machine: what bench-kexec compares with.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

disk=$BUILD/kexec-tools.tar
key=$(hash_of "$0")
if fresh "$BUILD/kexec-tools.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.kexec-tools.lock"
tmp=$BUILD/.kexec-tools.tmp
rm -rf "$tmp"
mkdir -p "$tmp/stage" "$tmp/root"
mapfile -t libraries < <("$TOP/scripts/apt-private.sh" needs kexec-tools | grep -E '^(lib|zlib)')
"$TOP/scripts/apt-private.sh" deb kexec-tools "${libraries[@]}" "$tmp" >/dev/null
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp/root"; done
kexec=$(find "$tmp/root" -path '*sbin/kexec' -type f)
loader=$(find "$tmp/root" -name 'ld-linux-x86-64.so.2' | head -n 1)
if [ -z "$kexec" ] || [ -z "$loader" ]; then die "no kexec, or no loader, among ${libraries[*]}"; fi
cp -L "$loader" "$tmp/stage/ld.so"
cp "$kexec" "$tmp/stage/kexec"
path=$(find "$tmp/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
"$loader" --library-path "$path" --list "$kexec" | awk '$2 == "=>" && $1 !~ /ld-linux/ { print $3 }' |
	while read -r file; do cp -L "$file" "$tmp/stage/"; done
tar -c -C "$tmp/stage" --format=ustar --sort=name -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/kexec-tools.stamp" "$key"
