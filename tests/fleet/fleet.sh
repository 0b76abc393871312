#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A fleet of three emulated hosts is taken from 6.12 to 7.3 and back by the playbooks of packaging/ansible; the secure
# processor of one of them hangs on the way, one crashes, and a Prometheus watches one. TAP.
#   fleet.sh DIRECTORY      of Debian's prometheus (scripts/prometheus.sh)
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
set +e
# shellcheck source=tests/cli/tap.sh
. "$TOP/tests/cli/tap.sh"
# shellcheck source=tests/lib/loopback.sh
. "$TOP/tests/lib/loopback.sh"
# shellcheck source=tests/lib/prometheus.sh
. "$TOP/tests/lib/prometheus.sh"
# shellcheck source=tests/fleet/hosts.sh
. "$TOP/tests/fleet/hosts.sh"
# shellcheck disable=SC2034 # tap.sh's
subject=fleet
# shellcheck disable=SC2034 # tap.sh's
lines=40
# shellcheck disable=SC2034 # prometheus.sh's
prometheus_bin=$1
# as long as an emulated host's node_exporter, which has all its collectors, may take for an answer
# shellcheck disable=SC2034 # prometheus.sh's
prometheus_interval=15s
# shellcheck disable=SC2034 # loopback.sh's
pause=5
trap 'power_off; kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

first=$(cat "$BUILD/kernels/6.12/release")
second=$(cat "$BUILD/kernels/7.3/release")
BOOT=1200
nr=0

# play BOOK ARGUMENT...: leaves rc, out; a log for each
play() {
	nr=$((nr + 1))
	say "ansible-playbook $*"
	(cd "$tmp" && ansible-playbook -v -i "$inventory" "$TOP/packaging/ansible/$1" -e "snp_kexec_report=$logs/report" "${@:2}") \
		>"$tmp/out" 2>&1 </dev/null
	rc=$?
	cp "$tmp/out" "$logs/play-$nr.log"
	[ ! -e "$logs/report.txt" ] || cp "$logs/report.txt" "$logs/report-$nr.txt"
}
roll() { # RELEASE ARGUMENT...
	play rolling-kexec.yml -e "snp_kexec_release=$1" -e snp_kexec_jump_timeout=1800 "${@:2}"
}
# shellcheck disable=SC2317 # called by name
report() { # EXPRESSION: true of the report, in which h is the hosts by name
	python3 -c 'import json,sys; r = json.load(open(sys.argv[1])); h = {x["host"]: x for x in r["hosts"]}; sys.exit(not eval(sys.argv[2]))' \
		"$logs/report.json" "$1" 2>>"$tmp/out"
}
# shellcheck disable=SC2317 # called by name
outcomes() { # WORD...: of all hosts, in order
	report "[x['outcome'] for x in r['hosts']] == '$*'.replace('-', ' ').split(',')"
}
# shellcheck disable=SC2317 # called by name
runs() { [ "$(on "$1" uname -r)" = "$2" ]; } # HOST RELEASE
boot_id() { on "$1" cat /proc/sys/kernel/random/boot_id; }
# shellcheck disable=SC2317 # called by name
untouched() { [ "$(for host in "${@:2}"; do boot_id "$host" || echo "no answer"; done)" = "$1" ]; } # BOOT-IDS HOST...
# shellcheck disable=SC2317 # called by name
boots() { [[ $1 =~ ^([0-9a-f-]{36}$'\n'?){$2}$ ]]; } # BOOT-IDS NUMBER: as many of them as that
# shellcheck disable=SC2317 # called by name
guests() { # HOST: two of each kind that matters
	on "$1" systemctl start guests@snp guests@sev-es &&
		until_true 120 on "$1" "rmpctl metrics | grep -c '^ccp_ext_guests{kind=\"s[en][vp].*} 2$' | grep -qx 2"
}
end() {
	say "console and Ansible's logs: $logs"
	tap_end
}

fleet_of h1 h2 h3
for host in h1 h2 h3; do power_on $host 6.12; done
for host in h1 h2 h3; do
	ok "$host is up, with systemd and sshd" until_true $BOOT is_up $host
	ok "$host runs 6.12, and ccp_ext is ready" on $host "[ \$(uname -r) = $first ] && head -n 1 /sys/kernel/ccp_ext/state | grep -qx ready"
done
[ "$failed" = 0 ] || end

# ---- guests that nobody allowed to go ----

ok "h2 has guests" guests h2
before=$(boot_id h2)
ok "h2's boot has an ID" boots "$before" 1
roll "$second" --limit h2
ok "guests stop a roll-out that was not told that they may go" test $rc != 0
ok "and h2 is in the same boot" untouched "$before" h2
ok "the report says so" report "h['h2']['outcome'] == 'stopped' and '4 guests are left' in h['h2']['reason']"

# ---- a secure processor that hangs ----

ask h1 faults add '{"command": "SNP_SHUTDOWN_EX", "action": "hang"}' >/dev/null
before=$(boot_id h2; boot_id h3)
ok "so have h2's and h3's" boots "$before" 2
roll "$second" -e snp_kexec_giveback_timeout=60
ok "a secure processor that hangs stops the roll-out at its host" test $rc != 0
ok "which is alive, and nobody after it was reached" outcomes stopped,not-reached,not-reached
ok "the report says what was wrong with it" report "h['h1']['to'] == '$second' and 'ccp_ext is' in h['h1']['reason']"
ok "the others run on untouched" untouched "$before" h2 h3
ok "so does what runs on them" on h2 systemctl -q is-active guests@snp guests@sev-es

roll "$second" --limit h1,h2 -e snp_kexec_giveback_timeout=5 -e '{"snp_kexec_guests_allowed": true,
	"snp_kexec_waive": ["told", "state", "psp", "giveback", "lost"]}'
ok "the control: without the gates it goes on to the next host" test $rc = 0
ok "which was upgraded, the policy having its guests" outcomes already,upgraded
ok "the report says what was waived" report "h['h1']['waived'] and not h['h2']['waived']"
ok "h2's guests are gone, and nothing was lost" report "h['h2']['seen']['guests'] == 0 and h['h2']['seen']['lost_bytes'] == 0"

roll "$second" -e snp_kexec_giveback_timeout=5
ok "with them it stops at the sick host again, although that runs the release" outcomes stopped,not-reached,not-reached

# ---- mended ----

ask h1 faults clear >/dev/null
ok "h1 is reset" reset_host h1
ok "and boots what its boot loader has" until_true $BOOT runs h1 "$first"
ok "with all its services" until_true $BOOT is_up h1
ok "cold: nothing was handed over" on h1 grep -qx "'found 0'" /sys/kernel/ccp_ext/restore
before=$(boot_id h2)
ok "h2's boot still has an ID" boots "$before" 1
roll "$second"
ok "the same command goes on where it stopped" test $rc = 0
ok "the host that was there already is skipped" outcomes upgraded,already,upgraded
ok "and was not touched" untouched "$before" h2
ok "the report knows where it came from" report "h['h2']['from'] == '$first' and h['h2']['to'] == '$second'"
for host in h1 h2 h3; do ok "$host runs 7.3" runs $host "$second"; done

# ---- and back ----

ok "h3 has guests" guests h3
roll "$first" -e '{"snp_kexec_guests_allowed": true}' -e snp_kexec_settle=5
ok "the fleet goes back to 6.12" test $rc = 0
ok "each of its hosts" outcomes upgraded,upgraded,upgraded
ok "with a blackout that was measured or is said to be unknown" \
	report "all(x['seen']['blackout_seconds'] is None or x['seen']['blackout_seconds'] > 0 for x in r['hosts'])"
ok "in the text, too" test "$(grep -cE "^h[123] +upgraded +${second//+/\\+} +[0-9.e-]+ +([0-9.e-]+|\?) " "$logs/report.txt")" = 3
ok "a shutdown by stages, and nothing lost" \
	report "all(x['seen']['quiesce_seconds'] > 0 and x['stages'] and x['seen']['giveback'] == 'done' and x['seen']['lost_bytes'] == 0 and x['seen']['state'] == 'ready' for x in r['hosts'])"
for host in h1 h2 h3; do
	ok "$host runs 6.12" runs $host "$first"
	ok "$host has touched nothing that is not its own, by the machine's count" test "$(forbidden $host)" = 0
done

# ---- a dump ----

power_off h3
play kdump-collect.yml --limit h1,h2 -e snp_kexec_dump_host=h2 -e snp_kexec_dump_address=10.0.2.2 -e "snp_kexec_dump_port=${port[h2]}"
ok "h1's dumps go to h2" test $rc = 0
play kdump-collect.yml --limit h1,h2 -e snp_kexec_dump_host=h2 -e snp_kexec_dump_address=10.0.2.2 -e "snp_kexec_dump_port=${port[h2]}"
ok "and a second time there is nothing to be done" grep -qE '^h1 .* changed=0 .* failed=0' "$tmp/out"
ok "h1 has guests" guests h1
on h1 'echo 1 >/proc/sys/kernel/sysrq; (sleep 2; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &'
ok "h1 crashes, and its dump is on h2" until_true 1800 on h2 'ls /var/crash/hosts/h1-*/dump.[0-9]*'
ok "with the kernel's messages" on h2 'grep -q "sysrq triggered crash" /var/crash/hosts/h1-*/dmesg.*'
from h2 '/var/crash/hosts/h1-*/dump.[0-9]*' "$logs/dump"
"$BUILD/bin/rmpctl" vmcore audit "$logs/dump" >"$tmp/out" 2>&1
rc=$?
ok "nothing in it is not the host's" test $rc = 0
ok "and there were guests" grep -qE '^(Guest-Valid|SEV guest) +[1-9]' "$tmp/out"
ok "nobody has touched them, by the machine's count" test "$(forbidden h1)" = 0
cp "$tmp/out" "$logs/audit.txt"

# ---- an alert ----

read -r exporter prometheus <<<"$(free_ports 2)"
tunnel h2 "$exporter"
prometheus_begin "$prometheus" "$TOP/packaging/prometheus/snp-kexec.rules.yml" h2="$exporter"
ok "a Prometheus sees h2 by its node_exporter, for which the packages' timer writes" until_true 300 prometheus_has 1 ccp_ext_up
ok "with what its kernels have been through" until_true 60 prometheus_says "float(d['result'][0]['value'][1]) > 0" ccp_ext_hops
ok "it has looked at h2 some times" until_true 600 prometheus_says "float(d['result'][0]['value'][1]) >= 4" 'count_over_time(ccp_ext_up{instance="h2"}[1h])'
ok "with all its rules, of which each could be worked out" prometheus_says "{r['health'] for g in d['groups'] for r in g['rules']} == {'ok'}" /rules
ok "no alert fires, or is about to" prometheus_is_quiet h2
ask h2 faults add '{"command": "PLATFORM_STATUS", "action": "hang"}' >/dev/null
on h2 cat /sys/kernel/ccp_ext/firmware >/dev/null
ok "its secure processor hangs, and the alert fires" until_true 600 prometheus_says \
	"'PspUnanswered' in [a['labels']['alertname'] for a in d['alerts'] if a['state'] == 'firing' and a['labels']['instance'] == 'h2']"
end
