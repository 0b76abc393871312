#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An initramfs that Debian 13's dracut makes with our module for crash kernels, as a disk for the machine. dracut runs
# in the root file system of scripts/kdump-tools.sh; nothing of it is installed here.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

"$TOP/scripts/kdump-tools.sh"
disk=$BUILD/dracut.tar
kernel=$BUILD/kernels/6.12
ccp_ext=$BUILD/modules/6.12/ccp_ext.ko
programs=$BUILD/guest-bin
key=$(hash_of "$0" "$BUILD/kdump-tools.stamp" "$kernel/modules" "$ccp_ext" "$programs/agent" "$programs/readcore" \
	"$TOP/kexec/dracut" "$TOP/kexec/initramfs-tools" "$TOP/tests/initramfs/dracut")
if fresh "$BUILD/dracut.stamp" "$key" && [ -f "$disk" ]; then exit 0; fi
locked "$BUILD/.dracut.lock"
tmp=$BUILD/.dracut.tmp
root=$tmp/root
rm -rf "$tmp"
mkdir -p "$root" "$tmp/stage"
tar -x -C "$root" -f "$BUILD/kdump-tools.tar"
"$TOP/scripts/apt-private.sh" deb dracut-core "$tmp" >/dev/null
dpkg-deb -x "$tmp"/dracut-core_*.deb "$root"

release=$(cat "$kernel/release")
modules=$root/usr/lib/modules/$release
mkdir -p "$modules/kernel" "$modules/updates" "$root/dev" "$root/var/tmp"
cp "$kernel"/modules/*.ko "$modules/kernel"
strip --strip-debug -o "$modules/updates/ccp_ext.ko" "$ccp_ext"
: | tee "$modules/modules.order" "$modules/modules.builtin" >"$modules/modules.builtin.modinfo"
depmod -b "$root" "$release"
printf 'CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\n' >"$root/boot/config-$release"
for name in agent readcore; do strip -o "$root/usr/sbin/$name" "$programs/$name"; done

# docs/kdump.md, Installing
cp -rL "$TOP/kexec/dracut/99ccp-ext-kdump" "$root/usr/lib/dracut/modules.d/"
cp -r "$TOP/tests/initramfs/dracut" "$root/usr/lib/dracut/modules.d/99snptest"

# gzip, which is what the machine has to look into it with
namespace=(unshare --mount)
[ "$(id -u)" = 0 ] || namespace+=(--map-root-user)
# shellcheck disable=SC2016 # the inner shell expands it
logged "$OUT/dracut.log" "${namespace[@]}" sh -euc 'mount --rbind /proc "$0/proc"; mount --rbind /sys "$0/sys"; mount --rbind /dev "$0/dev"
	exec chroot "$0" env PATH=/usr/sbin:/usr/bin TMPDIR=/var/tmp \
		dracut --force --no-hostonly --gzip /boot/initrd "$1"' "$root" "$release"
cp "$root/boot/initrd" "$tmp/stage/initrd-dracut"
tar -c -C "$tmp/stage" --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -f "$tmp/disk" .
mv "$tmp/disk" "$disk"
rm -rf "$tmp"
stamp "$BUILD/dracut.stamp" "$key"
say "dracut.tar, $(($(stat -c %s "$disk") >> 20)) MiB"
