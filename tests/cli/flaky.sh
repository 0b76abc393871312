#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How selftest-flaky counts: from what tries have printed, without a machine.
#   flaky.sh
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
subject=selftest-flaky:

tries() { # FILE COUNT NOTE: so many more of these
	local i
	for ((i = 0; i < $2; i++)); do
		echo "ok $i - a_try"
		echo "# flaky: $3"
	done >>"$tmp/$1"
}

# shellcheck disable=SC2317 # called by name
says() { # RC TEXT N STOCK GUARDED
	scripts/selftest-flaky.sh --count "$3" "$tmp/$4" "$tmp/$5" >"$tmp/out" 2>&1
	[ $? = "$1" ] && grep -qF -- "$2" "$tmp/out"
}

tries harmed 30 killed; tries harmed 10 corrupted; tries harmed 5 touched; tries harmed 5 unharmed
tries unharmed 50 unharmed
tries one 49 unharmed; tries one 1 "killed: no answer in time, no RMP fault"
tries few 49 unharmed; echo "not ok 50 - a_try" >>"$tmp/few"; echo "# the machine died (logs in build/out/x)" >>"$tmp/few"
: >"$tmp/none"

ok "only stock kernels were harmed" says 0 "stock: 45 of 50 next kernels harmed" 50 harmed unharmed
ok "... with the interval of Wilson" says 0 "(95 %: 78.6 to 95.7 %); with ccp_ext: 0 of 50 (95 %: 0.0 to 7.1 %)" 50 harmed unharmed
ok "one harmed with ccp_ext is too many" says 1 "with ccp_ext: 1 of 50 (95 %: 0.4 to 10.5 %)" 50 harmed one
ok "where no stock kernel was harmed there was nothing to guard against" says 1 "stock: 0 of 50" 50 unharmed unharmed
ok "a try that came to no end does not count as unharmed" says 2 "49 of 50 with ccp_ext" 50 harmed few
ok "nor do tries that were not made" says 2 "0 of 50 jumps of stock kernels were tried" 50 none unharmed
ok "nor what says nothing at all" says 2 "0 of 50 with ccp_ext" 50 harmed none
tap_end
