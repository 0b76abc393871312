#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Everything that a run in the machine needs, in order; each step does nothing if it is done.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$TOP/scripts
"$scripts/deps.sh"
"$scripts/build-qemu.sh"
"$scripts/ovmf.sh"
"$scripts/makedumpfile.sh"
"$scripts/kernels.sh"
for series in $SERIES; do "$scripts/build-module.sh" "$series"; done
cd "$TOP"
logged "$OUT/programs.log" env -u MAKEFLAGS -u MAKELEVEL make -j"$(nproc)" guest-programs tools drivers
"$scripts/initramfs.sh"
