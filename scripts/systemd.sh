#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A root file system in which Debian 13's systemd is process 1, with our units and two of the tests', as a
# disk for the machine. Nothing of it is installed here.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

disk=$BUILD/systemd.tar
units=("$TOP/kexec/systemd" "$TOP/tests/initramfs/systemd")
key=$(hash_of "$0" "${units[@]}")
if fresh "$BUILD/systemd.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.systemd.lock"
tmp=$BUILD/.systemd.tmp
root=$tmp/root
rm -rf "$tmp"
mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{dev,proc,sys,run,tmp,var,root,etc/systemd/system}
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
mapfile -t packages < <("$TOP/scripts/apt-private.sh" needs systemd | grep -vE '^(debconf|openssl-)')
"$TOP/scripts/apt-private.sh" deb systemd "${packages[@]}" "$tmp" >/dev/null
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$root"; done
rm -rf "$root"/usr/share/{doc,man,locale,bash-completion,zsh,lintian} "$root/usr/lib/x86_64-linux-gnu/gconv"
for unit in "${units[@]}"; do cp -a "$unit"/* "$root/etc/systemd/system/"; done
cp /bin/busybox "$root/usr/bin/busybox"
/bin/busybox --list | while read -r name; do
	[ -e "$root/usr/bin/$name" ] || [ -e "$root/usr/sbin/$name" ] || ln -s busybox "$root/usr/bin/$name"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
tar -c -C "$root" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/systemd.stamp" "$key"
say "systemd.tar, $(($(stat -c %s "$disk") >> 20)) MiB"
