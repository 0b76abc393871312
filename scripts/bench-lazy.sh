#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# "make bench-lazy": bench-lazy.sh ROUNDS - what guests' memory costs a jump, medians of so many rounds
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${1:-}
[[ $rounds =~ ^[1-9][0-9]?$ ]] || die "\"$rounds\" rounds: a number from 1 to 99 is needed" 2
jumps=$OUT/bench-lazy.jumps
mkdir -p "$OUT"
: >"$jumps"
for ((n = 1; n <= rounds; n++)); do
	say "round $n of $rounds"
	logged "$OUT/bench-lazy.log" "$BUILD/tests/scenarios" lazy-bench
	sed -nE 's/^# ((evict|lazy) [0-9]+ MiB .*)/\1/p' "$OUT/bench-lazy.log" | tr -d , >>"$jumps"
done

awk -v rounds="$rounds" '
# words of a line: policy, MiB, "MiB", "shutdown", us, "us", "blackout", us, ...
{
	kind = $1 " " $2
	if (!(kind in n))
		kinds[++nr] = kind
	i = ++n[kind]
	v[kind, "shutdown", i] = $5
	v[kind, "blackout", i] = $8
	v[kind, "together", i] = $11
	v[kind, "pages", i] = $15
	v[kind, "back", i] = $(NF - 1)
}
function sorted(kind, what,   i, j, t) {
	for (i = 2; i <= n[kind]; i++)
		for (j = i; j > 1 && v[kind, what, j] + 0 < v[kind, what, j - 1] + 0; j--) {
			t = v[kind, what, j]; v[kind, what, j] = v[kind, what, j - 1]; v[kind, what, j - 1] = t
		}
}
function median(kind, what,   m) {
	sorted(kind, what)
	m = int(n[kind] / 2)
	return n[kind] % 2 ? v[kind, what, m + 1] : (v[kind, what, m] + v[kind, what, m + 1]) / 2
}
function compare(what,   a, b) {
	a = median("lazy 0", what)
	b = median("lazy " most, what)
	return sprintf("%.2f", b / a)
}
END {
	if (nr != 8)
		exit 1
	printf "%-8s %10s %13s %13s   %-21s %13s %15s %18s\n", "policy", "guests MiB", "shutdown us", "blackout us",
		"(least -      most)", "together us", "pages kept out", "all back within us"
	for (k = 1; k <= nr; k++) {
		kind = kinds[k]
		split(kind, word, " ")
		if (n[kind] != rounds)
			exit 1
		if (word[2] > most + 0)
			most = word[2]
		blackout = median(kind, "blackout")
		printf "%-8s %10d %13d %13d   (%8d - %8d) %13d %15d %18d\n", word[1], word[2], median(kind, "shutdown"), blackout,
			v[kind, "blackout", 1], v[kind, "blackout", n[kind]], median(kind, "together"), median(kind, "pages"),
			median(kind, "back")
		if (word[2] == 0 && (!least || v[kind, "blackout", 1] < least))
			least = v[kind, "blackout", 1]
		if (word[2] == 0 && v[kind, "blackout", n[kind]] > longest)
			longest = v[kind, "blackout", n[kind]]
	}
	printf "lazy: with %d MiB of guests shutdown and blackout together are %s of those with none, the shutdown %s;\n", most,
		compare("together"), compare("shutdown")
	printf "without guests, where nothing differs, blackouts differ by a factor of %.2f\n", longest / least
}' "$jumps" || die "not every jump has told its times: $jumps"
