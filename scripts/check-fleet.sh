#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check-fleet": what tests/fleet/fleet.sh needs, and that. Says how long it took.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$TOP/scripts
mkdir -p "$OUT"
"$scripts/deps.sh"
"$scripts/deps.sh" --for deb
"$scripts/deps.sh" --for fleet
"$scripts/build-qemu.sh"
"$scripts/kernels.sh" 6.12 7.3
for series in 6.12 7.3; do "$scripts/build-module.sh" "$series"; done
cd "$TOP"
logged "$OUT/programs.log" env -u MAKEFLAGS -u MAKELEVEL make guest-programs tools machinectl
debs=$("$scripts/deb.sh" --no-lintian)
"$scripts/fleet-root.sh" "$debs"
programs=$("$scripts/prometheus.sh")
begun=$SECONDS
rc=0
tests/fleet/fleet.sh "$programs" | tee "$OUT/check-fleet.log" || rc=$?
say "the fleet's hosts ran for $((SECONDS - begun)) s, all of it took $SECONDS s"
tap_sum "$OUT/check-fleet.log"
exit $rc
