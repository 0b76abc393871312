#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The root file system of scripts/systemd.sh with Debian 13's kdump-tools, kexec-tools and makedumpfile, and our hooks
# for them, as a disk for the machine. Nothing of it is installed here.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

"$TOP/scripts/systemd.sh"
disk=$BUILD/kdump-tools.tar
test_files=$TOP/tests/initramfs/kdump-tools
hook=scripts/init-top/ccp_ext-kdump
key=$(hash_of "$0" "$BUILD/systemd.stamp" "$TOP/kexec/kdump-tools" "$TOP/kexec/initramfs-tools" "$test_files")
if fresh "$BUILD/kdump-tools.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.kdump-tools.lock"
tmp=$BUILD/.kdump-tools.tmp
root=$tmp/root
rm -rf "$tmp"
mkdir -p "$root"
tar -x -C "$root" -f "$BUILD/systemd.tar"

# what kdump-config calls; what else these packages want is for their installation
programs=(kexec-tools makedumpfile file dash coreutils sed grep sysvinit-utils)
mapfile -t libraries < <(for p in "${programs[@]}"; do "$TOP/scripts/apt-private.sh" needs "$p"; done |
	grep -E '^(lib|zlib)' | grep -vE '^lib(perl|gdbm|db5)' | sort -u)
"$TOP/scripts/apt-private.sh" deb kdump-tools "${programs[@]}" "${libraries[@]}" "$tmp" >/dev/null
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$root"; done
rm -rf "$root"/usr/share/{doc,man,locale,bash-completion,zsh,lintian} "$root/usr/lib/x86_64-linux-gnu/gconv"
ln -sf dash "$root/usr/bin/sh"

# docs/kdump.md, Installing
install -D -m 644 "$TOP/kexec/kdump-tools/ccp_ext" "$root/etc/kdump/ccp_ext"
install -D -m 755 "$TOP/kexec/initramfs-tools/$hook" "$root/etc/initramfs-tools/$hook"
install -D -m 644 "$TOP/kexec/kdump-tools/ccp_ext.conf" "$root/etc/systemd/system/kdump-tools-dump.service.d/ccp_ext.conf"
mkdir -p "$root/etc/default" "$root/boot" "$root/var/crash" "$root/var/lib/kdump"
cp "$root/usr/share/kdump-tools/kdump-tools.conf" "$root/etc/default/kdump-tools"

install -m 644 "$test_files/agent.conf" "$root/etc/systemd/system/kdump-tools-dump.service.d/agent.conf"
rm -f "$root/usr/sbin/reboot"
install -m 755 "$test_files/reboot" "$root/usr/bin/reboot"
tar -c -C "$root" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/kdump-tools.stamp" "$key"
say "kdump-tools.tar, $(($(stat -c %s "$disk") >> 20)) MiB"
