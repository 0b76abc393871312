#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian 12's prometheus (later ones come without promtool), unpacked and not installed: promtool checks what rmpctl
# metrics writes, and the alert rules.
#   prometheus.sh     prints where promtool is
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$BUILD/prometheus
key=$(hash_of "$0")
if ! fresh "$dir/stamp" "$key" || [ ! -x "$dir/usr/bin/promtool" ]; then
	locked "$BUILD/.prometheus.lock"
	rm -rf "$dir.tmp"
	mkdir -p "$dir.tmp"
	APT_SUITES=bookworm "$TOP/scripts/apt-private.sh" deb prometheus "$dir.tmp" >/dev/null
	dpkg-deb -x "$dir.tmp"/prometheus_*.deb "$dir.tmp"
	[ -x "$dir.tmp/usr/bin/promtool" ] || die "Debian's prometheus has no promtool any more" 2
	rm -rf "$dir" "$dir.tmp"/*.deb
	mv "$dir.tmp" "$dir"
	stamp "$dir/stamp" "$key"
	say "$("$dir/usr/bin/promtool" --version 2>&1 | sed -n '1s/ (.*//p')"
fi
echo "$dir/usr/bin/promtool"
