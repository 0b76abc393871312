#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What captures in a test: the test driver, which reads /proc/vmcore as dracut's hooks do that come behind the first one.
check() {
	return 0
}

depends() {
	return 0
}

install() {
	inst_multiple cp dd cat grep sed dmesg test stat
	inst_simple /usr/sbin/agent
	inst_simple /usr/sbin/readcore
	# shellcheck disable=SC2154 # set by dracut
	inst_hook pre-trigger 50 "$moddir/capture.sh"
}
