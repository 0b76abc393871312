#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What users get wrong: one line that says what it is and what to do, exit code 2, nothing on standard output, and
# colours on terminals only.
#   errors.sh SNP-KEXEC SNP-KEXEC-FAKE MAKE-INPUT RMPCTL
set -u

rmpctl=$(realpath "$4")
set -- "$1" "$2" "$3"
# shellcheck source=tests/cli/host.sh
. "$(dirname "$0")/host.sh"

# shellcheck disable=SC2154 # set by host.sh
cp "$rmpctl" "$dir/rmpctl"
rmpctl=$dir/rmpctl
fresh_host

# shellcheck disable=SC2154,SC2317 # set by host.sh; called by ok
one_line() { # TOOL TEXT: and in it something to do
	[ "$rc" = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -q "^$1: " "$dir/err" && grep -qF -- "$2" "$dir/err" &&
	grep -qE '; |try: |: is |\(.*\)|sudo' "$dir/err" && [ ! -s "$dir/out" ]
}

while IFS='|' read -r text arguments; do
	# shellcheck disable=SC2086,SC2154 # words; set by host.sh
	run "$command" $arguments
	ok "snp-kexec $arguments" one_line snp-kexec "$text"
done <<-END
	no command given|
	frob: unknown command|frob
	-x: unknown option|-x
	--frob: unknown option|--frob status
	-q: unknown option|status -q
	--frob: unknown option|exec --frob
	--sysfs: unknown option, or its argument is missing|--sysfs
	status: takes no argument, got "x"|status x
	load: --initrd needs an argument|load x --initrd
	load: --frob: unknown option|load x --frob
	a number from 1 to 1000|load x --tries 1001
	preflight: no KERNEL given|preflight
	annotate: no INITRD given|annotate
	annotate: no --module given|annotate x
	kdump: status or check?|kdump
	kdump: frob: neither status nor check|kdump frob
	config: check, show, apply or modprobe?|config
END
while IFS='|' read -r text arguments; do
	# shellcheck disable=SC2086 # words
	run "$rmpctl" $arguments
	ok "rmpctl $arguments" one_line rmpctl "$text"
done <<-END
	no command given|
	no such command: frob|frob
	no such option: --frob|show --frob
	an argument is missing: --handover|show --handover
	not an address: x|show --handover x
	too many arguments: b|check a b
	vmcore what? audit or scrub|vmcore
	no such option: --frob|vmcore audit --frob
	is the ccp_ext module loaded?|show --incoming
	no such option: --frob|metrics --frob
	no such option: --frob|watch --frob
	ccp_ext module is not loaded; load it from the initramfs|watch
END

# ---- no root, no module, another CPU ----

head -c 100 /dev/zero >"$dir/secret"
chmod 000 "$dir/secret"
run as_user "$rmpctl" check "$dir/secret"
ok "rmpctl on what only root may read" one_line rmpctl "Permission denied; run it with sudo"
run as_user "$command" exec
ok "snp-kexec exec without root" err_has "only root may change what this host does; run it with sudo"
# shellcheck disable=SC2154 # set by host.sh
rm -r "$root/sys/kernel/ccp_ext"
for c in status "preflight x" "kdump check" "config apply --dry-run"; do
	# shellcheck disable=SC2086 # words
	fake $c
	ok "snp-kexec $c without ccp_ext says what to load" err_has "the ccp_ext module is not loaded; load it from the initramfs, ahead of ccp"
	ok "in one line" [ "$rc$(wc -l <"$dir/err")" = 21 ]
done
printf 'processor\t: 0\nvendor_id\t: GenuineIntel\n' >"$root/proc/cpuinfo"
fake status
ok "on a CPU that has no SEV status asks only whether a kernel is loaded" eval '[ $rc = 1 ] && out_has "not safe: no kernel is loaded" && ! err_has ccp_ext'
echo 1 >"$root/sys/kernel/kexec_loaded"
fake status
ok "one that is may be jumped into" eval '[ $rc = 0 ] && out_has "a CPU of GenuineIntel has no SEV: there is nothing to hand over"'
fake kdump check
ok "what wants ccp_ext says that there is nothing to do" err_has "a CPU of GenuineIntel has no SEV: there is nothing to hand over, kexec(8) alone will do"
printf 'processor\t: 0\nvendor_id\t: AuthenticAMD\n' >"$root/proc/cpuinfo"
fake status
ok "on one that may have it what to load" err_has "load it from the initramfs"
fresh_host
# shellcheck disable=SC2154 # set by host.sh
echo unsupported >"$ccp/state"
fake status
ok "where SEV is off, that there is nothing to hand over" out_has "no SEV and no SNP on this host"
echo 1 >"$root/sys/kernel/kexec_loaded"
echo "foreign not loaded by snp-kexec" >"$ccp/image"
fake status
ok "what kexec(8) has loaded may be jumped into there" [ "$rc" = 0 ]
echo unknown >"$ccp/image"
fake status
ok "not what nobody has looked at" [ "$rc" = 1 ]
echo "foreign not loaded by snp-kexec" >"$ccp/image"
echo "0x10000000 512 0x1" >"$ccp/quarantine_next"
fake status
ok "nor where something is kept out all the same" [ "$rc" = 1 ]
: >"$ccp/quarantine_next"
echo ready >"$ccp/state"
fake status
ok "nor where SEV is on" [ "$rc" = 1 ]

# ---- colours ----

fresh_host
in_terminal() { # COMMAND...
	script -qec "$*" /dev/null </dev/null >"$dir/out" 2>"$dir/err"
	rc=$?
}
# shellcheck disable=SC2317 # called by ok
colored() { grep -q $'\033\[' "$dir/out"; }
# shellcheck disable=SC2154 # set by host.sh
in_terminal "$fake --root $root status"
ok "snp-kexec has colours in a terminal" colored
in_terminal "NO_COLOR=1 $fake --root $root status"
ok "not with NO_COLOR" eval '! colored && out_has verdict'
in_terminal "$fake --root $root --no-color status"
ok "nor with --no-color" eval '! colored && out_has verdict'
in_terminal "$fake --root $root --json status"
ok "nor with --json" eval '! colored && out_has "\"verdict\""'
fake status
ok "nor in a pipe" eval '! colored && out_has verdict'

# ---- --json for scripts ----

for c in status exec unload "load $dir/none" "preflight $dir/none" "annotate --show $dir/none" "kdump check" "config check" "config show" "config modprobe"; do
	# shellcheck disable=SC2086 # words
	fake --json $c
	ok "snp-kexec --json ${c%% /*}: one object with its verdict" json 'd["verdict"] in ("safe", "not-safe", "unknown") and isinstance(d["reasons"], list)'
done

# shellcheck disable=SC2154 # set by host.sh
echo "1..$count"
[ "$failed" = 0 ]
