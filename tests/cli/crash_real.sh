# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Real crashes, as scripts/crash.sh unpacks them, and what the machine says of a dump. Sourced; wants $tmp, $build,
# and for crash $suite and $vmlinux.

crash() { # COMMANDS OPTION... DUMP: leaves rc and out
	printf '%s\nquit\n' "$1" >"$tmp/commands"
	# shellcheck disable=SC2154
	TERM=dumb timeout 900 "$build/crash/$suite/crash" -s "${@:2:$#-2}" "$vmlinux" "${!#}" <"$tmp/commands" >"$tmp/out" 2>&1
	rc=$?
}

# facts FILE: "state Guest-Valid 1234" for each state that has pages, "guest SNP 5" for each guest and its ASID
facts() {
	python3 -c '
import json, sys
m = json.load(open(sys.argv[1]))
for state, pages in m["census"]["pages"].items():
    if pages and state not in ("Hypervisor", "HV-Fixed"):
        print("state", state, pages)
for g in m["guests"]:
    print("guest", g["kind"], g["asid"])
' "$1"
}
