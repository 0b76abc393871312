// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's kdump-tools, initramfs-tools, kexec-tools and makedumpfile under systemd and udev, on a host with SNP guests alive: a
 * unit of kdump-tools makes the crash kernel's initramfs and arms it, and another one there writes the dump, by makedumpfile or, for
 * want of it, by cp.
 */
#include "kdump.h"

/*
 * 7.3, and guests left alone: then their pages are what a reader must not touch. The crash kernel's memory has to hold all of
 * the crashed one's, as cp leaves it, and to be in one piece: so the kernel does not lie in the middle of it by chance.
 */
#define HOST	"snptest.systemd nokaslr crashkernel=1400M ccp_ext.panic_evict=0"
#define DEFAULTS "/etc/default/kdump-tools"
#define OWN	"reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 usbcore.nousb no_timer_check boot=snptest"
#define SOURCE	"[ ! -r /etc/kdump/ccp_ext ] || . /etc/kdump/ccp_ext"
#define ARMED	"test \"$(cat /sys/kernel/kexec_crash_loaded)\" = 1"
#define DUMP	"/var/crash/[0-9]*/"

/* The administrator's part: a kernel in /boot, and a line or two. */
static bool arm(struct run *r, const char *own, const char *source)
{
	return inside(r, 120, "until systemctl is-active default.target >/dev/null; do sleep 0.5; done") &&
	       inside(r, 180, "kexec -p -u && tar -xOf /dev/vda vmlinuz-7.3 >/boot/vmlinuz-$(uname -r) && "
			      "echo 'KDUMP_CMDLINE_APPEND=\"" OWN " %s\"' >>" DEFAULTS " && echo '%s' >>" DEFAULTS, own, source) &&
	       inside(r, 600, "systemctl start kdump-tools; " ARMED " || { journalctl -n 30 --no-pager; exit 1; }");
}

static bool arm_with_the_hook(struct run *r)
{
	return arm(r, "", SOURCE) &&
	       inside(r, 120, "kdump-config show && snp-kexec kdump status && snp-kexec kdump check");
}

static bool arm_with_the_hook_for_cp(struct run *r)
{
	/* and by the other system call */
	return inside(r, 30, "echo 'KDUMP_KEXEC_ARGS=-c' >>" DEFAULTS) && arm(r, "snptest.cp", SOURCE) &&
	       inside(r, 120, "snp-kexec kdump check && grep -x 'by kexec_load' /sys/kernel/ccp_ext/crash_image");
}

static bool arm_without(struct run *r)
{
	return arm(r, "modprobe.blacklist=ccp,kvm_amd,ccp_ext snptest.cp", "") &&
	       inside_fails(r, 1, "has no ccp_ext.kdump_handover=", "snp-kexec kdump check");
}

/* kdump-tools restarts the host when it is done; here something else is called by that name. */
static bool has_dumped(struct run *r)
{
	return inside(r, 600, "n=0; until test -e /run/rebooted; do n=$((n + 1)); "
			      "test $n -lt 1000 || { systemctl status kdump-tools-dump; exit 1; }; sleep 0.5; done; "
			      "ls -s " DUMP "*");
}

static bool of_guests_nothing_was_read(struct run *r)
{
	/* udev has looked at all devices by now */
	return kdump_is_filtered(r, "read", "read") && inside(r, 60, "! grep -E '^(ccp|kvm_amd) ' /proc/modules") &&
	       kdump_no_guest_read(r) && kdump_no_tmr_read(r);
}

static bool makedumpfile_has_dumped(struct run *r)
{
	return has_dumped(r) && of_guests_nothing_was_read(r) &&
	       inside(r, 120, "grep -q 'sysrq: Trigger a crash' " DUMP "dmesg.* && "
			      "test \"$(head -c 12 " DUMP "dump.[0-9]*)\" = makedumpfile && "
			      "test $(stat -c %%s " DUMP "dump.[0-9]*) -gt 1000000");
}

static bool has_copied(struct run *r)
{
	return has_dumped(r) && inside(r, 60, "test \"$(head -c 4 " DUMP "vmcore.[0-9]* | tail -c 3)\" = ELF && "
					      "test $(stat -c %%s " DUMP "vmcore.[0-9]*) -gt 900000000");
}

static bool cp_has_dumped(struct run *r)
{
	/* the first MiB is elsewhere in an image of kexec_load, and no reader may take what is there now for it */
	return has_copied(r) && inside(r, 600, "readcore /proc/vmcore && ! grep -qx 'runs 0' " KDUMP_SYSFS) &&
	       of_guests_nothing_was_read(r);
}

static bool cp_has_read_guests(struct run *r)
{
	long long reads;

	if (!has_copied(r))
		return false;
	reads = firmware_counter(r, "guest_reads");
	if (reads <= 0)
		return reads ? false : fail(r, "cp read nothing of guests");
	snprintf(r->note, sizeof(r->note), "without the hook kdump-tools read guests' pages %lld times", reads);
	return true;
}

#define KDUMP_TOOLS(suffix, about, verdict, arms, behind, ...)							\
	{													\
		.name = "kdump-tools" suffix, .on_demand = true, .title = about,				\
		.config = { .name = "kdump-tools" suffix, .series = "7.3", .disk = "kdump-tools.tar", .memory = "2400M",	\
			    .append = HOST },									\
		.steps = { {											\
			.name = verdict, .label = "panic, armed by kdump-tools", .next = "7.3", .snp = 2, .crash = true,	\
			.loaded = arms, .after = behind, __VA_ARGS__						\
		} },												\
	}

const struct scenario kdump_debian_scenarios[KDUMP_DEBIAN_NR] = {
	KDUMP_TOOLS("", "Debian's kdump-tools with our hook, SNP guests alive",
		    "kdump_tools_dump_a_host_and_touch_no_guest", arm_with_the_hook, makedumpfile_has_dumped),
	KDUMP_TOOLS("-cp", "... where they copy, for want of makedumpfile",
		    "kdump_tools_copy_a_host_and_touch_no_guest", arm_with_the_hook_for_cp, cp_has_dumped),
	KDUMP_TOOLS("-control", "the control: the same without the hook",
		    "without_the_hook_kdump_tools_read_guests", arm_without, cp_has_read_guests, .touches = true),
};
