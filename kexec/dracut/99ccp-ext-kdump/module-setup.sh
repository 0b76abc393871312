#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Brings ccp_ext into an initramfs, and has it loaded first of all in a crash kernel.

# dracut has no way to tell what an initramfs is for: in any other kernel the hook does nothing. Where there is no
# ccp_ext, the hook closes /proc/vmcore.
check() {
	return 0
}

depends() {
	return 0
}

installkernel() {
	hostonly='' instmods ccp_ext
}

install() {
	inst_multiple sh modprobe mount
	# shellcheck disable=SC2154 # set by dracut
	inst_script "$moddir/ccp_ext-kdump" /sbin/ccp_ext-kdump
	inst_hook cmdline 00 "$moddir/ccp_ext-kdump.sh"
	# what /etc/snp-kexec.conf says to ccp_ext
	if command -v snp-kexec >/dev/null; then
		# shellcheck disable=SC2154 # set by dracut
		mkdir -p "$initdir/etc/modprobe.d"
		snp-kexec config modprobe >"$initdir/etc/modprobe.d/snp-kexec.conf" ||
			echo "ccp-ext-kdump: ccp_ext will have the parameters of /etc/modprobe.d alone" >&2
	fi
}
