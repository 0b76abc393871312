#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The disk on which the hosts of "make check-fleet" are overlays: Debian 12 with systemd, sshd, python3 and kdump-tools, the
# kernels 6.12 and 7.3, and our packages. Below build/fleet: disk.ext4, and of each kernel
# vmlinuz-SERIES and initrd-SERIES. Made by mmdebstrap; wants root, for it has files of other users.
#   fleet-root.sh DEBS      the directory of our packages, which scripts/deb.sh prints
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

debs=${1:-}
compgen -G "$debs/snp-kexec_*.deb" >/dev/null || die "usage: fleet-root.sh DEBS; no snp-kexec_*.deb in \"$debs\", see scripts/deb.sh" 2
dir=$BUILD/fleet
series_here="6.12 7.3"
[ "$(id -u)" = 0 ] || die "a Debian root file system is made as root only; run it with sudo" 2
for series in $series_here; do
	[ -f "$BUILD/kernels/$series/package" ] || die "no kernel $series: run scripts/kernels.sh $series" 2
	[ -f "$BUILD/modules/$series/ccp_ext.ko" ] || die "no ccp_ext for $series: run scripts/build-module.sh $series" 2
done

# what an administrator has on a host that Ansible looks after
packages=(
	systemd-sysv dbus udev kmod initramfs-tools zstd busybox procps iproute2 ifupdown
	openssh-server openssh-client python3
	kexec-tools kdump-tools makedumpfile file
	libjson-c5 libkdumpfile10 prometheus-node-exporter
)
kernel=$(tr ' ' = <"$BUILD/kernels/6.12/package")

tmp=$dir/.tmp

# ---- Debian ----

debian() {
	local options key
	key=$(printf '%s\n' "${packages[@]}" "$kernel" "$(declare -f debian)" | sha256sum | cut -c1-24)
	if fresh "$dir/debian.stamp" "$key" && [ -f "$dir/debian.tar" ]; then return 0; fi
	"$TOP/scripts/apt-private.sh" update
	grep -E '^deb .* (bookworm|bookworm-security) main$' "$BUILD/apt/sources.list" >"$dir/sources.list"
	mapfile -t options < <(apt_options)
	say "a Debian 12 with 6.12 (some minutes, once)"
	# shellcheck disable=SC2016 # $1 is mmdebstrap's
	# INITRD: all initramfs are made once, at the end
	logged "$OUT/fleet-debian.log" env INITRD=No PATH=/usr/sbin:/usr/bin:/sbin:/bin mmdebstrap --mode=root --variant=minbase \
		--include="$(IFS=,; echo "${packages[*]},$kernel")" \
		"${options[@]}" --aptopt='Apt::Install-Recommends "false"' \
		--dpkgopt=force-unsafe-io \
		--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" && echo MODULES=list >"$1/etc/initramfs-tools/conf.d/fleet"' \
		--essential-hook='echo kexec-tools kexec-tools/load_kexec boolean false | chroot "$1" debconf-set-selections' \
		--essential-hook='echo kdump-tools kdump-tools/use_kdump boolean true | chroot "$1" debconf-set-selections' \
		bookworm "$dir/.debian.tar" "$dir/sources.list"
	mv "$dir/.debian.tar" "$dir/debian.tar"
	stamp "$dir/debian.stamp" "$key"
	say "debian.tar, $(($(stat -c %s "$dir/debian.tar") >> 20)) MiB"
}

# 7.3 is Debian 13's: what its scripts call is not in Debian 12 (linux-base of trixie-backports wants a newer run-parts), so that
# it is unpacked, and what its scripts would do is done here.
newer_kernel() { # ROOT
	local deb version release file
	read -r _ version <"$BUILD/kernels/7.3/package"
	release=$(cat "$BUILD/kernels/7.3/release")
	mkdir -p "$tmp/debs"
	"$TOP/scripts/apt-private.sh" deb "linux-binary-$release=$version" "linux-modules-$release=$version" \
		"linux-base-$release=$version" "$tmp/debs"
	for deb in "$tmp"/debs/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --keep-directory-symlink; done
	for file in vmlinuz config System.map; do
		[ ! -e "$1/lib/modules/$release/$file" ] || cp "$1/lib/modules/$release/$file" "$1/boot/$file-$release"
	done
	chroot "$1" depmod "$release"
}

# ---- ours, and what an installation asks an administrator ----

# Debian 12 has no compiler for 7.3, so that DKMS could not build there: the modules come built, as a package of their own.
modules_package() { # DIRECTORY
	local series modules
	mkdir -p "$1/modules/DEBIAN"
	printf '%s\n' 'Package: ccp-ext-modules-fleet' 'Version: 1' 'Architecture: amd64' 'Provides: ccp-ext-modules' \
		'Maintainer: snp-kexec developers <snp-kexec@packages.invalid>' 'Description: ccp_ext, built' >"$1/modules/DEBIAN/control"
	for series in $series_here; do
		modules=$1/modules/lib/modules/$(cat "$BUILD/kernels/$series/release")/updates
		mkdir -p "$modules"
		strip --strip-debug -o "$modules/ccp_ext.ko" "$BUILD/modules/$series/ccp_ext.ko"
	done
	# shellcheck disable=SC2016 # the package's
	printf '#!/bin/sh\nset -e\nfor modules in /lib/modules/*; do depmod "${modules##*/}"; done\n' >"$1/modules/DEBIAN/postinst"
	chmod 755 "$1/modules/DEBIAN/postinst"
	dpkg-deb --root-owner-group --build "$1/modules" "$1/modules.deb"
}

install_ours() { # ROOT
	modules_package "$tmp"
	cp "$tmp/modules.deb" "$1/tmp/modules.deb"
	cp "$debs"/snp-kexec_*.deb "$1/tmp/snp-kexec.deb"
	chroot "$1" dpkg --install /tmp/modules.deb /tmp/snp-kexec.deb
	rm "$1"/tmp/*.deb
	strip -o "$1/usr/local/bin/sevguest" "$BUILD/guest-bin/sevguest"
}

configure() { # ROOT
	echo /dev/vda / ext4 errors=remount-ro 0 0 >"$1/etc/fstab"
	printf 'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet static\n\taddress 10.0.2.15/24\n\tgateway 10.0.2.2\n' \
		>"$1/etc/network/interfaces"
	printf 'virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n' >>"$1/etc/initramfs-tools/modules"
	sed -i 's/^#MAKEDUMP_ARGS=.*/MAKEDUMP_ARGS="-c -d 17"/' "$1/etc/default/kdump-tools"
	echo host >"$1/etc/hostname"
	echo 0123456789abcdef0123456789abcdef >"$1/etc/machine-id"
	printf '[Service]\nExecStart=/usr/local/bin/sevguest --kind %%i --count 2 --size 32 --hold\n' \
		>"$1/etc/systemd/system/guests@.service"
	cp "$1/etc/ssh/ssh_host_ed25519_key.pub" "$dir/host_key.pub"
	install -d -m 700 "$1/root/.ssh"
	install -m 600 "$dir/key.pub" "$1/root/.ssh/authorized_keys"
	# services that the hosts have no use for, and that cost an emulated CPU its time
	chroot "$1" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
		e2scrub_reap.service systemd-timesyncd.service man-db.timer
}

# as a kernel's installation does, kdump-tools' own included
initramfs() { # ROOT
	local series release
	for series in $series_here; do
		release=$(cat "$BUILD/kernels/$series/release")
		chroot "$1" update-initramfs -c -k "$release"
		chroot "$1" /etc/kernel/postinst.d/kdump-tools "$release"
		# or kdump-config takes its settings for changed at the first boot, and makes that initramfs again
		cp "$1/etc/kdump/sysctl.conf" "$1/var/lib/kdump/latest_sysctls-$release"
		chroot "$1" snp-kexec annotate --show "/boot/initrd.img-$release"
		# for what stands in for a boot loader
		install -m 644 "$1/boot/vmlinuz-$release" "$dir/vmlinuz-$series"
		install -m 644 "$1/boot/initrd.img-$release" "$dir/initrd-$series"
	done
}

disk() {
	rm -rf "$tmp"
	mkdir -p "$tmp/root"
	tar -x -C "$tmp/root" --numeric-owner -f "$dir/debian.tar" --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*' \
		--exclude='./usr/share/man/*'
	mount -t proc proc "$tmp/root/proc"
	configure "$tmp/root"
	newer_kernel "$tmp/root"
	install_ours "$tmp/root"
	initramfs "$tmp/root"
	umount "$tmp/root/proc"
	truncate -s 4G "$tmp/disk.ext4"
	mke2fs -q -t ext4 -d "$tmp/root" "$tmp/disk.ext4"
	mv "$tmp/disk.ext4" "$dir/disk.ext4"
	rm -rf "$tmp"
}

# Its own process, because "set -e" does not work in a command whose status is asked for, and what it mounts ends with it.
if [ "${2:-}" = --disk ]; then
	disk
	exit 0
fi
mkdir -p "$dir"
locked "$dir/.lock"
debian
[ -f "$dir/key" ] || ssh-keygen -q -t ed25519 -N '' -C fleet -f "$dir/key"
inputs=("$0" "$dir/debian.stamp" "$dir/key.pub" "$debs"/snp-kexec_*.deb "$BUILD/guest-bin/sevguest")
for series in $series_here; do inputs+=("$BUILD/modules/$series/ccp_ext.ko"); done
key=$(hash_of "${inputs[@]}")
if fresh "$dir/stamp" "$key" && [ -f "$dir/disk.ext4" ]; then exit 0; fi
say "its disk, with ccp_ext and snp-kexec"
logged "$OUT/fleet-disk.log" unshare --mount "$0" "$debs" --disk
stamp "$dir/stamp" "$key"
say "disk.ext4, $(du -m "$dir/disk.ext4" | cut -f1) MiB"
