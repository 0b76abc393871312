#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make check-fleet": the roles without a machine, what tests/fleet/fleet.sh needs, and that. Says how long it took.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || die "the hosts' disk is made in a chroot, which root alone may do; run it with sudo" 2

scripts=$TOP/scripts
mkdir -p "$OUT"
"$scripts/deps.sh"
"$scripts/deps.sh" --for deb
"$scripts/deps.sh" --for fleet
cd "$TOP"
logged "$OUT/programs.log" env -u MAKEFLAGS -u MAKELEVEL make "$BUILD/bin/rmpctl"
rc=0
tests/cli/ansible.sh "$BUILD/bin/rmpctl" | tee "$OUT/check-fleet.log" || rc=$?
"$scripts/build-qemu.sh"
"$scripts/kernels.sh" 6.12 7.3
for series in 6.12 7.3; do "$scripts/build-module.sh" "$series"; done
logged "$OUT/programs.log" env -u MAKEFLAGS -u MAKELEVEL make guest-programs tools machinectl
debs=$("$scripts/deb.sh" --no-lintian)
"$scripts/fleet-root.sh" "$debs"
programs=$("$scripts/prometheus.sh")
begun=$SECONDS
tests/fleet/fleet.sh "$programs" | tee -a "$OUT/check-fleet.log" || rc=$?
say "the fleet's hosts ran for $((SECONDS - begun)) s, all of it took $SECONDS s"
tap_sum "$OUT/check-fleet.log"
exit $rc
