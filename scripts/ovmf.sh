#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# EDK2's UEFI firmware for the machine: Debian 13's package, never installed. Debian 12's takes all RAM
# below 4 GiB for its own, the RMP included: it does not ask QEMU's memory map about it.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$BUILD/ovmf
key=$(hash_of "$0")
if fresh "$dir/stamp" "$key" && [ -f "$dir/OVMF.fd" ]; then exit 0; fi
locked "$dir/.lock"
tmp=$dir/.tmp
rm -rf "$tmp"
mkdir -p "$tmp"
"$TOP/scripts/apt-private.sh" deb ovmf "$tmp" >/dev/null
dpkg-deb -x "$tmp"/ovmf_*.deb "$tmp/root"
mv "$tmp/root/usr/share/ovmf/OVMF.fd" "$dir/OVMF.fd"
rm -rf "$tmp"
stamp "$dir/stamp" "$key"
