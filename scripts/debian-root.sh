#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Debian 12 as an administrator has it before our packages come: systemd, two kernels with headers, initramfs-tools,
# kexec-tools, kdump-tools, and all that our packages depend on, so that they are installed without a network. Made by
# mmdebstrap: build/install/base.tar. Wants root, for it has files of other users.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 0 ] || die "usage: debian-root.sh" 2
dir=$BUILD/install
[ "$(id -u)" = 0 ] || die "a Debian root file system is made as root only; run it with sudo" 2
"$TOP/scripts/apt-private.sh" update
kernels=$(for series in 6.1 6.12; do "$TOP/scripts/apt-private.sh" newest-kernel $series; done)

# what an administrator has; what dkms builds with; what our packages depend on
packages=(
	apt systemd-sysv dbus udev kmod initramfs-tools zstd busybox kexec-tools kdump-tools makedumpfile file procps
	debian-archive-keyring
	dkms gcc-12 libc6-dev make dpkg-dev openssl
	libjson-c5 libkdumpfile10 zlib1g libgcrypt20 libglib2.0-0 libslirp0 crash
)
while read -r package version release; do
	packages+=("$package=$version" "linux-headers-$release=$version")
done <<<"$kernels"

mkdir -p "$dir"
locked "$dir/.lock"
key=$({ hash_of "$0"; echo "$kernels"; } | sha256sum | cut -c1-24)
if fresh "$dir/base.stamp" "$key" && [ -f "$dir/base.tar" ]; then exit 0; fi

# what goes into the machine is to be small, and unpacked soon
small='printf "MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=1\n"'
drivers='printf "virtio_pci\nvirtio_blk\next4\nccp\n"'

# Debian 12 alone, from where this machine has it; so has the proxy
grep ' bookworm[a-z-]* main$' "$BUILD/apt/sources.list" >"$dir/sources.list"
mapfile -t options < <(apt_options)

say "a Debian 12 with two kernels (some minutes, once)"
# shellcheck disable=SC2016 # mmdebstrap's hooks expand it
logged "$OUT/debian-root.log" mmdebstrap --mode=root --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" \
	"${options[@]}" --aptopt='Apt::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--essential-hook='echo kexec-tools kexec-tools/load_kexec boolean false | chroot "$1" debconf-set-selections' \
	--essential-hook='echo kdump-tools kdump-tools/use_kdump boolean true | chroot "$1" debconf-set-selections' \
	--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
	--essential-hook="$small >\"\$1/etc/initramfs-tools/conf.d/small\"" \
	--customize-hook="$drivers >>\"\$1/etc/initramfs-tools/modules\"" \
	bookworm "$dir/.base.tar" "$dir/sources.list"
mv "$dir/.base.tar" "$dir/base.tar"
stamp "$dir/base.stamp" "$key"
say "base.tar, $(($(stat -c %s "$dir/base.tar") >> 20)) MiB"
