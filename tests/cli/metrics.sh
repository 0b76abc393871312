#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# rmpctl metrics and watch, against a directory that plays ccp_ext.
#   metrics.sh RMPCTL
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/cli/ccp_ext.sh
. "$(dirname "$0")/ccp_ext.sh"
subject=rmpctl
chmod 755 "$tmp"
cp "$1" "$tmp/rmpctl"
rmpctl=$tmp/rmpctl

run() { # ARGUMENT...: leaves rc, out, err
	timeout 20 "$rmpctl" "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
}
metrics() { run metrics --sysfs "$sysfs" "$@"; }
# shellcheck disable=SC2317 # called by name
is() { [ "$rc" = "$1" ] && grep -qF -- "$3" "$tmp/$2"; } # RC WHERE TEXT
# shellcheck disable=SC2317 # called by name
has() { [ "$rc" = 0 ] && grep -qxF -- "$1" "$tmp/out"; } # LINE
# shellcheck disable=SC2317 # called by name
json() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$tmp/out" "$1"; }

# ---- metrics ----

fresh_sysfs
metrics
ok "metrics succeeds and says nothing on standard error" test "$rc" = 0 -a ! -s "$tmp/err"
while read -r line; do
	ok "metrics has $line" has "$line"
done <<-'END'
	ccp_ext_up 1
	ccp_ext_info{version="0.1",policy="lazy",on_unsafe="reset"} 1
	ccp_ext_state{state="ready"} 1
	ccp_ext_state{state="degraded"} 0
	ccp_ext_probe_armed{probe="psp_watch"} 1
	ccp_ext_probe_armed{probe="last_look"} 0
	ccp_ext_sev_state{state="INIT"} 1
	ccp_ext_snp_state{state="UNINIT"} 0
	ccp_ext_guests{kind="sev"} 0
	ccp_ext_guests{kind="sev-es"} 2
	ccp_ext_guests{kind="snp"} 3
	ccp_ext_psp_commands_total{command="PLATFORM_STATUS"} 12
	ccp_ext_psp_errors_total{command="SNP_SHUTDOWN_EX"} 2
	ccp_ext_psp_unanswered_total{command="SNP_SHUTDOWN_EX"} 1
	ccp_ext_psp_command_seconds_total{command="SNP_SHUTDOWN_EX"} 1.500001
	ccp_ext_psp_commands_total{command="0xee"} 1
	ccp_ext_adopted_guests 2
	ccp_ext_records{state="attached"} 1
	ccp_ext_records{state="inherited"} 2
	ccp_ext_records{state="damaged"} 0
	ccp_ext_handover_found 1
	ccp_ext_handover_error 0
	ccp_ext_hops 3
	ccp_ext_last_quiesce_seconds 0.250000
	ccp_ext_last_blackout_seconds 1.234567
	ccp_ext_quarantined_bytes 10485760
	ccp_ext_reclaimed_bytes 409600
	ccp_ext_freed_bytes 4194304
	ccp_ext_pending_bytes 4194304
	ccp_ext_giveback_state{state="running"} 1
	ccp_ext_kept_bytes{reason="tmr"} 2097152
	ccp_ext_lost_bytes 4194304
	ccp_ext_last_shutdown_step_seconds{step="df-flush"} 0.004000
	ccp_ext_last_shutdown_step_tries{step="df-flush"} 3
	ccp_ext_last_shutdown_step_failed{step="snp-shutdown"} 1
	ccp_ext_crash_handover_current 1
	ccp_ext_unreadable_attributes 0
	# TYPE ccp_ext_psp_commands_total counter
	# TYPE ccp_ext_lost_bytes gauge
END
ok "each sample is told once" test -z "$(grep -v '^#' "$tmp/out" | sed 's/ [^ ]*$//' | sort | uniq -d)"
ok "each family is described once" test -z "$(grep '^# TYPE' "$tmp/out" | sort | uniq -d)"
sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p' "$tmp/out" | sort >"$tmp/families"
metrics --json
ok "metrics --json has the same" json '{(m["name"], *m["labels"].values()): m["value"] for m in d["metrics"]}[("ccp_ext_psp_command_seconds_total", "SNP_SHUTDOWN_EX")] == 1.500001'
ok "all of it" json "sorted({m['name'] for m in d['metrics']}) == open('$tmp/families').read().split()"

echo dead >"$sysfs/state"
metrics
ok "a state that is not known is told as it is" has 'ccp_ext_state{state="dead"} 1'
printf 'a"b\\c\033[2J\n' >"$sysfs/policy"
metrics
ok "nothing that ccp_ext says breaks the format" has 'ccp_ext_info{version="0.1",policy="a\"b\\c?[2J",on_unsafe="reset"} 1'
fresh_sysfs
sed -i 's/^blackout_us .*/blackout_us 0/; s/^error .*/error -5 unknown incompatible feature/' "$sysfs/restore"
metrics
ok "a blackout that could not be measured is left out" test "$(grep -c blackout "$tmp/out")" = 0
ok "a hand-over that cannot be used is told" has "ccp_ext_handover_error 1"
rm "$sysfs/psp"
metrics
ok "what an older ccp_ext does not have is left out" test "$rc" = 0 -a ! -s "$tmp/err" -a "$(grep -c psp_commands "$tmp/out")" = 0
fresh_sysfs
rm "$sysfs/restore"
mkdir "$sysfs/restore"
metrics
ok "what cannot be read is noted" is 0 err "restore: Is a directory; what it says is left out"
ok "and counted" has "ccp_ext_unreadable_attributes 1"
ok "what is lost is not told without what is kept" test "$(grep -c ccp_ext_lost_bytes "$tmp/out")" = 0
run metrics --sysfs "$tmp/none"
ok "without ccp_ext that is what is told" has "ccp_ext_up 0"
ok "and noted, with what to do" is 0 err "ccp_ext module is not loaded; load it from the initramfs"
fresh_sysfs
chmod 000 "$sysfs/version"
as_other=()
[ "$(id -u)" != 0 ] || as_other=(setpriv --reuid 65534 --regid 65534 --clear-groups)
"${as_other[@]}" "$rmpctl" metrics --sysfs "$sysfs" >"$tmp/out" 2>"$tmp/err"
rc=$?
ok "who may not read is told so" is 2 err "only root may read what ccp_ext says"

# ---- the file ----

fresh_sysfs
metrics -o "$tmp/x.prom"
ok "-o writes a file" test "$rc" = 0 -a -s "$tmp/x.prom" -a ! -s "$tmp/out"
ok "that all may read" test "$(stat -c %a "$tmp/x.prom")" = 644
ok "and nothing beside it" test "$(find "$tmp" -maxdepth 1 -name '.x.prom*' | wc -l)" = 0
inode=$(stat -c %i "$tmp/x.prom")
metrics --output "$tmp/x.prom"
ok "the next time it is another file in its place" test "$(stat -c %i "$tmp/x.prom")" != "$inode"
echo old >"$tmp/y.prom"
(ulimit -f 0; exec "$rmpctl" metrics --sysfs "$sysfs" -o "$tmp/y.prom") 2>&1 | cat >"$tmp/err"
rc=${PIPESTATUS[0]}
ok "a full disk is told" is 2 err "y.prom: File too large; it is as it was"
ok "and leaves the old file" grep -qx old "$tmp/y.prom"
ok "and nothing beside it" test "$(find "$tmp" -maxdepth 1 -name '.y.prom*' | wc -l)" = 0
metrics -o /dev/full
ok "a device is no file to be replaced" is 2 err "/dev/full: not a regular file"
metrics -o "$tmp/none/x.prom"
ok "a directory that is not there is named" is 2 err "$tmp/none/x.prom: No such file or directory"
"$rmpctl" metrics --sysfs "$sysfs" >/dev/full 2>"$tmp/err"
rc=$?
ok "a full standard output is told" is 2 err "standard output: No space left"

# ---- preflight ----

echo '{"command":"preflight","verdict":"safe","reasons":[]}' >"$tmp/preflight"
touch -d @1700000000 "$tmp/preflight"
metrics --preflight "$tmp/preflight"
ok "the last preflight's verdict is told" has 'ccp_ext_preflight_verdict{verdict="safe"} 1'
ok "and its time" has 'ccp_ext_preflight_timestamp_seconds 1700000000'
for bad in '{"verdict":"s\"afe"}' '{"verdict":7}' '[' '"safe"' ''; do
	printf '%s' "$bad" >"$tmp/preflight"
	metrics --preflight "$tmp/preflight"
	ok "a preflight that is none ($bad) is not known" has 'ccp_ext_preflight_verdict{verdict="unknown"} 1'
	ok "nor is it safe" has 'ccp_ext_preflight_verdict{verdict="safe"} 0'
done
metrics --preflight "$tmp/none"
ok "one that is missing is noted" is 0 err "no output of snp-kexec preflight --json"
metrics --preflight /dev/zero
ok "one that never ends is not read" is 0 err "no output of snp-kexec preflight --json"

# ---- watch ----

fresh_sysfs
run watch --sysfs "$sysfs" --count 2 -n 1
ok "watch prints a line each time where there is no terminal" test "$rc" = 0 -a "$(wc -l <"$tmp/out")" = 2
ok "with state and guests" is 0 out 'state=ready policy=lazy sev=INIT snp=INIT guests=0/2/3 kept="2 MiB" pending="4 MiB" giveback=running commands=16 errors=3'
ok "and no control characters" test "$(tr -d '\n' <"$tmp/out" | grep -c '[[:cntrl:]]')" = 0
run watch --sysfs "$sysfs" --count 1 --json
ok "watch --json prints an object" json 'd["guests"]["snp"] == 3 and d["pending"] == 1024 and d["state"] == "ready"'
rm "$sysfs/psp"
run watch --sysfs "$sysfs" --count 1
ok "an older ccp_ext is watched as well" is 0 out "state=ready policy=lazy sev=? snp=?"
run watch --sysfs "$tmp/none"
ok "without ccp_ext there is nothing to watch" is 2 err "ccp_ext module is not loaded; load it"
fresh_sysfs
# a background job of a shell ignores Ctrl-C
env --default-signal=INT timeout --foreground 60 "$rmpctl" watch --sysfs "$sysfs" -n 1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in $(seq 200); do
	[ -s "$tmp/out" ] && break
	sleep 0.1
done
kill -INT $pid
wait $pid
rc=$?
ok "Ctrl-C ends it, and that is no failure" test "$rc" = 0 -a ! -s "$tmp/err"
# a background job of a shell ignores Ctrl-C
env --default-signal=INT timeout --foreground 60 "$rmpctl" watch --sysfs "$sysfs" -n 1 >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in $(seq 200); do
	[ -s "$tmp/out" ] && break
	sleep 0.1
done
rm "$sysfs/version"
wait $pid
rc=$?
ok "that ccp_ext was unloaded ends it" is 2 err "gone: the ccp_ext module was unloaded"
fresh_sysfs
on_terminal() { # COMMAND...: what it would draw
	script -qec "stty cols 60; $*" /dev/null </dev/null >"$tmp/out" 2>"$tmp/err"
	rc=$?
}
on_terminal "$rmpctl watch --sysfs $sysfs --count 2 -n 1"
ok "in a terminal it draws over what it drew" is 0 out $'\033[6A'
ok "in colour" is 0 out $'\033[32mccp_ext     ready'
ok "with a bar" is 0 out "[##################............]"
on_terminal "NO_COLOR=1 $rmpctl watch --sysfs $sysfs --count 1"
ok "unless NO_COLOR says otherwise" test "$rc" = 0 -a "$(grep -c $'\033\[32m' "$tmp/out")" = 0
on_terminal "$rmpctl watch --sysfs $sysfs --count 1 --no-color"
ok "or --no-color" test "$rc" = 0 -a "$(grep -c $'\033\[32m' "$tmp/out")" = 0

# ---- usage ----

for wrong in "metrics extra:too many arguments: extra" "metrics -o:an argument is missing: -o" "metrics --frob:no such option: --frob" \
	"watch -n 0:seconds from 1 to 3600, not 0" "watch -n x:not x" "watch --count -1:a number from 1, not -1" \
	"watch --frob:no such option: --frob" "watch a:too many arguments: a"; do
	# shellcheck disable=SC2086 # words
	run ${wrong%%:*}
	ok "${wrong%%:*} is wrong usage" is 2 err "${wrong#*:}"
	ok "in one line, which says where there is help" test "$(wc -l <"$tmp/err")" = 1 -a "$(grep -c 'try: rmpctl [a-z]* --help' "$tmp/err")" = 1
done
for c in metrics watch; do
	run $c --help
	ok "$c --help explains it" is 0 out "Usage: rmpctl $c"
done

tap_end
