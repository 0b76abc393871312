#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What rmpctl metrics writes, and the alert rules, by Prometheus' own promtool; and by a Prometheus that sees a host, which
# is played, through a node_exporter.
#   prometheus.sh RMPCTL DIRECTORY       of Debian's programs
set -u
# shellcheck disable=SC2013,SC2016,SC2317 # ok() evaluates and calls them; names are words
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/cli/ccp_ext.sh
. "$(dirname "$0")/ccp_ext.sh"
# shellcheck source=tests/lib/loopback.sh
. "$(dirname "$0")/../lib/loopback.sh"
# shellcheck source=tests/lib/prometheus.sh
. "$(dirname "$0")/../lib/prometheus.sh"
subject=prometheus:
rmpctl=$1
prometheus_bin=$(realpath "$2")
promtool=$prometheus_bin/promtool
rules=packaging/prometheus

run() { "$@" >"$tmp/out" 2>"$tmp/err"; }
# promtool prints what it would have otherwise, and exits with 3 then
# shellcheck disable=SC2317 # called by name
checks() { "$promtool" check metrics <"$1" >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]; }

fresh_sysfs
echo '{"verdict":"safe"}' >"$tmp/preflight"
"$rmpctl" metrics --sysfs "$sysfs" --preflight "$tmp/preflight" -o "$tmp/x.prom"
ok "promtool has no complaint about the metrics" checks "$tmp/x.prom"
"$rmpctl" metrics --sysfs "$tmp/none" -o "$tmp/none.prom" 2>/dev/null
ok "nor about those of a host without ccp_ext" checks "$tmp/none.prom"
printf 'a"b\\c\n' >"$sysfs/policy"
"$rmpctl" metrics --sysfs "$sysfs" -o "$tmp/odd.prom"
ok "nor about odd words" checks "$tmp/odd.prom"
{ cat "$tmp/x.prom"; echo 'ccp_ext_odd{policy="a"b"} 1'; } >"$tmp/bad.prom"
ok "control: it has one about a label that ends too early" eval '! checks "$tmp/bad.prom"'
sed 's/psp_commands_total/psp_commands/' "$tmp/x.prom" >"$tmp/bad.prom"
ok "control: and one about a counter that is not called so" eval '! checks "$tmp/bad.prom"'

ok "the rules are sound" run "$promtool" check rules "$rules/snp-kexec.rules.yml"
ok "each alert fires where it should, and only there" run "$promtool" test rules "$rules/snp-kexec.test.yml"
mkdir "$tmp/rules"
cp "$rules/snp-kexec.test.yml" "$tmp/rules/"
for alert in $(sed -n 's/.* alert: //p' "$rules/snp-kexec.rules.yml"); do
	awk -v alert="$alert" '/ alert: / { on = $NF == alert } on && / expr: / { sub(/expr: .*/, "expr: vector(0) > 1") } { print }' \
		"$rules/snp-kexec.rules.yml" >"$tmp/rules/snp-kexec.rules.yml"
	ok "control: the tests notice when $alert does not fire" eval '! run "$promtool" test rules "$tmp/rules/snp-kexec.test.yml"'
done
ok "every metric in a rule is one that is written" test -z "$(grep -o 'ccp_ext_[a-z_]*' "$rules/snp-kexec.rules.yml" | sort -u |
	while read -r name; do grep -q "^${name}[ {]" "$tmp/x.prom" || grep -q "/$name\b" "$rules/snp-kexec.rules.yml" || echo "$name"; done)"

# ---- a host, from its files to the alert ----

fresh_sysfs
sed -i 's/ 3 2 1 1500001$/ 3 0 0 1500001/' "$sysfs/psp"
mkdir "$tmp/text"
collect() { "$rmpctl" metrics --sysfs "$sysfs" -o "$tmp/text/snp-kexec.prom"; }
collect
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$tmp"' EXIT
read -r exporter prometheus <<<"$(free_ports 2)"
node_exporter_begin "$tmp/text" "$exporter"
prometheus_begin "$prometheus" "$rules/snp-kexec.rules.yml" host="$exporter"
cp "$tmp/prometheus.log" "$tmp/err"
ok "a Prometheus sees the host by its node_exporter" until_true 120 prometheus_has 1 ccp_ext_up
ok "with all that was written" prometheus_has "$(grep -c '^ccp_ext_' "$tmp/text/snp-kexec.prom")" 'count({__name__=~"ccp_ext_.*"})'
ok "and node_exporter has no complaint" prometheus_has 0 node_textfile_scrape_error
# the rules have been looked at, and more than once
until_true 60 prometheus_has 1 'min(scrape_samples_scraped offset 5s > bool 0)'
ok "no alert fires of a host that is well" prometheus_fires host
sed -i 's/ 3 0 0 1500001$/ 3 2 1 1500001/' "$sysfs/psp"
collect
ok "the secure processor does not answer: that fires, and nothing else does" until_true 120 prometheus_fires host PspUnanswered
ok "it says which command" prometheus_says "[a['annotations']['summary'] for a in d['alerts'] if a['state'] == 'firing'] == ['host: the secure processor did not answer SNP_SHUTDOWN_EX']"
sed -i 's/^error .*/error 7 bad-crc/' "$sysfs/restore"
collect
ok "a hand-over that cannot be used fires beside it" until_true 120 prometheus_fires host PspUnanswered CcpExtHandoverUnusable

tap_end
