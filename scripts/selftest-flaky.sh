#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How often a TMR that is still locked harms the next kernel: N jumps of stock kernels and N with ccp_ext, 6.1, 6.12 and
# 7.3 in turn, each in a machine of its own; the two run side by side. 50 take about an hour.
# usage: selftest-flaky.sh N | --count N STOCK GUARDED (what two such runs have printed)
# Exit status: 0 only stock kernels were harmed; 1 with ccp_ext one was, or without it none (then there was nothing to
# guard against); 2 could not tell, not every jump was tried.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage() { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }

# count N STOCK GUARDED: shares and their intervals of Wilson, 95 %
count() {
	awk -v n="$1" -v z=1.96 '
		function interval(k, n,   p, d, m, h) {
			p = k / n; d = 1 + z * z / n; m = (p + z * z / (2 * n)) / d
			h = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
			return sprintf("95 %%: %.1f to %.1f %%", 100 * (m - h < 0 ? 0 : m - h), 100 * (m + h > 1 ? 1 : m + h))
		}
		/^# flaky: unharmed/ { tried[run]++ }
		/^# flaky: (killed|corrupted|touched)/ { tried[run]++; harmed[run]++ }
		END {
			if (tried[1] != n || tried[2] != n) {
				printf "%d of %d jumps of stock kernels were tried, %d of %d with ccp_ext\n", tried[1], n, tried[2], n
				exit 2
			}
			printf "stock: %d of %d next kernels harmed (%s); with ccp_ext: %d of %d (%s)\n", harmed[1], n,
				interval(harmed[1], n), harmed[2], n, interval(harmed[2], n)
			exit harmed[2] > 0 || !harmed[1]
		}' run=1 "$2" run=2 "$3"
}

# tries N KIND: names of that many scenarios
tries() {
	local i series=(6.12 6.1 7.3)
	for ((i = 0; i < $1; i++)); do echo "flaky-$2-${series[i % 3]}"; done
}

# start N KIND: what the tries print, into a file
start() {
	local names
	mapfile -t names < <(tries "$1" "$2")
	"$BUILD/tests/scenarios" -j1 "${names[@]}" >"$OUT/flaky-$2.log" &
}

# await PID KIND: a try that failed is counted later
await() {
	wait "$1" || true
	say "$2: done, see $OUT/flaky-$2.log"
}

if [ "${1:-}" = --count ] && [ $# = 4 ]; then
	count "$2" "$3" "$4"
	exit
fi
[[ $# = 1 && $1 =~ ^[1-9][0-9]*$ ]] || usage
[ "$1" -le 256 ] || die "256 jumps of a kind at most" 2
mkdir -p "$OUT"
start "$1" stock
stock=$!
start "$1" guarded
guarded=$!
trap 'kill $stock $guarded 2>/dev/null; wait; exit 130' INT TERM
await $stock stock
await $guarded guarded
count "$1" "$OUT/flaky-stock.log" "$OUT/flaky-guarded.log"
