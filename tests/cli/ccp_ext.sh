# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A directory that plays /sys/kernel/ccp_ext after a kexec with guests, for rmpctl. Sourced, behind tap.sh.
sysfs=$tmp/ccp_ext

# shellcheck disable=SC2154 # tmp is tap.sh's
fresh_sysfs() {
	rm -rf "$sysfs"
	mkdir "$sysfs"
	cd "$sysfs" || exit 2
	echo 0.1 >version
	printf 'ready\n' >state
	echo lazy >policy
	echo reset >on_unsafe
	printf 'psp_watch armed\nlast_look missing\n' >probes
	cat >psp <<-'END'
		sev INIT
		snp INIT
		guests_sev 0
		guests_sev_es 2
		guests_snp 3
		command 0x4 PLATFORM_STATUS 12 0 0 2400
		command 0x86 SNP_SHUTDOWN_EX 3 2 1 1500001
		command 0xee ? 1 1 0 7
	END
	printf '0x1000 5 0x30000 2 same\n0x2000 6 0x30000 2 none\n' >adopted
	printf '1 snp 64055 21 0 attached\n2 snp 0 8 2 inherited\n3 sev 0 8 2 inherited\n' >records
	cat >restore <<-'END'
		found 1
		carrier setup_data
		error 0 none
		hops 3
		quiesce_us 250000
		blackout_us 1234567
		pages_quarantined 2560
		pages_reclaimed 100
		pages_freed 1024
		pages_dropped 0
		pages_kept 512
		pages_pending 1024
		psp_commands 9
		lacks none
	END
	printf 'running\npages_pending 1024\npasses 1\nturns 2\nduration_us 42\nkept_tmr 512\nkept_guest 0\ntop_cut 512\ntop_free 0\n' >giveback
	cat >last_shutdown <<-'END'
		evict 1 0 0x0 2 0 200000
		df-flush 2 0 0x0 1 200000 3000
		snp-shutdown 3 5 0x13 1 203000 9000
		df-flush 1 0 0x0 1 212000 1000
	END
	printf 'state current\nprobes 2\nsize 4096\n' >crash_handover
	cd "$OLDPWD" || exit 2
}
