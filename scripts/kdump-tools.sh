#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The root file system of scripts/systemd.sh with Debian 13's kdump-tools, kexec-tools, makedumpfile, initramfs-tools
# and udev, with 7.3's modules and our hooks, as a disk for the machine. Nothing of it is installed here.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

"$TOP/scripts/systemd.sh"
disk=$BUILD/kdump-tools.tar
test_files=$TOP/tests/initramfs/kdump-tools
hooks=$TOP/kexec/initramfs-tools
kernel=$BUILD/kernels/7.3
ccp_ext=$BUILD/modules/7.3/ccp_ext.ko
key=$(hash_of "$0" "$BUILD/systemd.stamp" "$kernel/modules" "$ccp_ext" "$BUILD/guest-bin/agent" "$BUILD/guest-bin/readcore" "$TOP/kexec/kdump-tools" "$hooks" \
	"$test_files")
if fresh "$BUILD/kdump-tools.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.kdump-tools.lock"
tmp=$BUILD/.kdump-tools.tmp
root=$tmp/root
rm -rf "$tmp"
mkdir -p "$root"
tar -x -C "$root" -f "$BUILD/systemd.tar"

# what kdump-config and mkinitramfs call; what else these packages want is for their installation
programs=(kexec-tools makedumpfile file dash bash coreutils sed grep findutils sysvinit-utils cpio zstd
	kmod udev busybox klibc-utils util-linux mount debianutils mawk initramfs-tools-core)
mapfile -t others < <(for p in "${programs[@]}"; do "$TOP/scripts/apt-private.sh" needs "$p"; done |
	grep -E '^(lib|zlib|initramfs-tools-bin|dracut-install)' | grep -vE '^lib(perl|gdbm|db5)' | sort -u)
"$TOP/scripts/apt-private.sh" deb kdump-tools libc-bin "${programs[@]}" "${others[@]}" "$tmp" >/dev/null
for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$root"; done
rm -rf "$root"/usr/share/{doc,man,locale,bash-completion,zsh,lintian} "$root"/usr/lib/x86_64-linux-gnu/{gconv,perl*}
# busybox's dpkg is none to those who ask it, and its modinfo must not stand in front of kmod's
rm -f "$root/usr/bin/dpkg"
find "$root/usr/bin" -lname busybox -printf '%f\n' | while read -r name; do
	[ ! -e "$root/usr/sbin/$name" ] || rm "$root/usr/bin/$name"
done
ln -sf dash "$root/usr/bin/sh"
ln -sf ../lib/systemd/systemd "$root/usr/sbin/init"

release=$(cat "$kernel/release")
modules=$root/usr/lib/modules/$release
mkdir -p "$modules/kernel" "$modules/updates" "$root/boot"
cp "$kernel"/modules/*.ko "$modules/kernel"
strip --strip-debug -o "$modules/updates/ccp_ext.ko" "$ccp_ext"
: | tee "$modules/modules.order" "$modules/modules.builtin" >"$modules/modules.builtin.modinfo"
depmod -b "$root" "$release"
echo CONFIG_RD_ZSTD=y >"$root/boot/config-$release"

# docs/kdump.md, Installing
install -D -m 644 "$TOP/kexec/kdump-tools/ccp_ext" "$root/etc/kdump/ccp_ext"
cp -r "$hooks"/* "$root/etc/initramfs-tools/"
for unit in kdump-tools kdump-tools-dump; do
	install -D -m 644 "$TOP/kexec/kdump-tools/ccp_ext.conf" "$root/etc/systemd/system/$unit.service.d/ccp_ext.conf"
done

# what the packages' scripts and an administrator leave behind
mkdir -p "$root/etc/default" "$root/var/crash" "$root/var/lib/kdump"
cp "$root/usr/share/kdump-tools/kdump-tools.conf" "$root/etc/default/kdump-tools"
printf 'MODULES=list\nCOMPRESSLEVEL=1\n' >>"$root/etc/initramfs-tools/initramfs.conf"
printf 'virtio_pci\nvirtio_blk\n' >"$root/etc/initramfs-tools/modules"

install -m 644 "$test_files/mountroot" "$root/etc/initramfs-tools/scripts/snptest"
install -m 644 "$test_files/agent.conf" "$root/etc/systemd/system/kdump-tools-dump.service.d/agent.conf"
rm -f "$root/usr/sbin/reboot"
install -m 755 "$test_files/reboot" "$root/usr/bin/reboot"
install -m 755 "$test_files/linux-version" "$root/usr/bin/linux-version"
for name in agent readcore; do strip -o "$root/usr/sbin/$name" "$BUILD/guest-bin/$name"; done
tar -c -C "$root" --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/kdump-tools.stamp" "$key"
say "kdump-tools.tar, $(($(stat -c %s "$disk") >> 20)) MiB"
