#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian 12's prometheus (later ones come without promtool) and node_exporter, unpacked and not installed: promtool checks
# what rmpctl metrics writes, and the alert rules; the two others see a host through them.
#   prometheus.sh     prints where their programs are
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$BUILD/prometheus
key=$(hash_of "$0")
programs=(promtool prometheus prometheus-node-exporter)
if ! fresh "$dir/stamp" "$key"; then
	locked "$BUILD/.prometheus.lock"
	rm -rf "$dir.tmp"
	mkdir -p "$dir.tmp"
	APT_SUITES=bookworm "$TOP/scripts/apt-private.sh" deb prometheus prometheus-node-exporter "$dir.tmp" >/dev/null
	for deb in "$dir.tmp"/*.deb; do dpkg-deb -x "$deb" "$dir.tmp"; done
	for program in "${programs[@]}"; do
		[ -x "$dir.tmp/usr/bin/$program" ] || die "Debian's prometheus and prometheus-node-exporter have no $program any more" 2
	done
	rm -rf "$dir" "$dir.tmp"/*.deb
	mv "$dir.tmp" "$dir"
	stamp "$dir/stamp" "$key"
	say "$("$dir/usr/bin/promtool" --version 2>&1 | sed -n '1s/ (.*//p')"
fi
echo "$dir/usr/bin"
