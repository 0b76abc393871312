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
awk '/^1\.\./ { plan = substr($1, 4) } /^ok/ { good++ } END { print good + 0 " passed, " plan - good " failed"; exit !plan }' "$log"
exit $rc
