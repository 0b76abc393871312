#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the build needs from Debian 12 itself: installs what is missing, silent when all is there.
#   deps.sh [--for deb|install|fleet] [--list]    for packages, for trying them, or for trying Ansible, alone; what is
#                                                 missing, and nothing else
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

packages=(
	# compilers and the usual companions
	gcc libc6-dev make pkg-config patch perl python3 binutils
	# QEMU
	ninja-build python3-venv libglib2.0-dev zlib1g-dev flex bison
	libgcrypt20-dev libslirp-dev
	# packages of other suites, unpacked and never installed
	dpkg-dev xz-utils zstd debian-archive-keyring
	# kernel modules
	gcc-12 bc libelf-dev kmod sparse patchelf
	# initramfs and guest programs
	busybox-static cpio
	# tools and tests
	libjson-c-dev libcmocka-dev libkdumpfile-dev crash
	liblzo2-dev libsnappy-dev libzstd-dev
	# man pages
	groff-base man-db
)

if [ "${1:-}" = --for ]; then
	case ${2:-} in
	deb) packages=(build-essential debhelper dh-dkms lintian fakeroot) ;;
	install) packages=(mmdebstrap e2fsprogs openssl) ;;
	fleet) packages=(ansible ansible-lint yamllint mmdebstrap e2fsprogs qemu-utils openssh-client) ;;
	*) die "--for ${2:-}: deb, install or fleet" 2 ;;
	esac
	shift 2
fi

os=$(sed -nE 's/^(ID|VERSION_ID)="?([^"]*)"?$/\2/p' /etc/os-release 2>/dev/null | sort -r | xargs)
[ "$os" = "debian 12" ] ||
	say "this is ${os:-an unknown system}, not debian 12: the package names below may not fit"

missing=()
for package in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
[ "${1:-}" = --list ] && { printf '%s\n' "${missing[@]}"; exit 0; }

[ "$(id -u)" = 0 ] || die "packages are missing; as root, run:
    apt-get install --no-install-recommends ${missing[*]}" 2

say "installing ${missing[*]}"
install() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 install "${missing[@]}"
}
# A foreign repository that is down makes "update" fail although Debian's own lists are fine,
# so the verdict is left to the installation.

mkdir -p "$OUT"
apt-get -q update >"$OUT/deps-update.log" 2>&1 ||
	say "apt-get update complained (see $OUT/deps-update.log): trying all the same"
logged "$OUT/deps.log" install ||
	die "could not install ${missing[*]}; see $OUT/deps.log" 2
say "installed ${#missing[@]} packages"
