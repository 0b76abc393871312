#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check-kho": the hand-over by KHO, on a kernel that is built for it first.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

log=$OUT/check-kho.log
scripts=$TOP/scripts
"$scripts/prepare.sh"
"$scripts/kho-kernel.sh"
"$scripts/build-module.sh" 7.3-kho --strict
"$scripts/initramfs.sh" kho 7.3-kho
cd "$TOP"
rc=0
"$BUILD/tests/scenarios" "$@" 'kho*' | tee "$log" || rc=$?
tap_sum "$log" || rc=1
exit $rc
