// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crash kernels that are armed as the hook for kdump-tools does it, with what loads ccp_ext from their initramfs: what
 * snp-kexec kdump check says of them ahead of the panic, and what they do then.
 */
#include "kdump.h"

#define HOOK	"ccpext=hook no_timer_check "
#define WORDS	"$(KDUMP_CMDLINE_APPEND=irqpoll; . /etc/kdump/ccp_ext; echo $KDUMP_CMDLINE_APPEND)"
#define STALE	"ccp_ext.kdump_handover=$(cat /sys/kernel/ccp_ext/region_address) " KDUMP_HOP_BEFORE
/* No number: the module refuses to load, whatever the reason may be on another host. */
#define BROKEN	" ccp_ext.kdump_hop=x"

#define CHECK	"tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && tar -xOf /dev/vda initrd-6.12 >/tmp/initrd && "	\
		"{ snp-kexec kdump check --kernel /tmp/vmlinuz --initrd /tmp/initrd; rc=$?; "			\
		"rm /tmp/vmlinuz /tmp/initrd; test $rc = 0 || exit $rc; }"

static bool nothing_is_armed(struct run *r)
{
	return inside_fails(r, 1, "no crash kernel is loaded", "snp-kexec kdump check");
}

static bool check_is_content(struct run *r)
{
	/* what is armed and what lies on a disk are two things */
	return inside(r, 120, CHECK) &&
	       inside_fails(r, 2, "name it with --kernel", "snp-kexec kdump check 2>&1");
}

static bool check_misses_the_words(struct run *r)
{
	return inside_fails(r, 1, "has no ccp_ext.kdump_handover=", CHECK);
}

static bool check_finds_stale_words(struct run *r)
{
	return inside_fails(r, 1, "stale words", CHECK);
}

static bool it_filters(struct run *r)
{
	return kdump_tmr_was_locked(r) && kdump_is_filtered(r, "none", "read") && kdump_read_each_way(r) &&
	       kdump_no_tmr_read(r);
}

static bool it_is_closed(struct run *r)
{
	return kdump_tmr_was_locked(r) && inside(r, 60, "cat " KDUMP_SYSFS "; grep -qx 'state closed' " KDUMP_SYSFS) &&
	       inside_fails(r, 1, "Operation not permitted", "cp /proc/vmcore /dev/null 2>&1") && kdump_no_tmr_read(r);
}

/* A file that is there and not empty, as kdump-tools wants it, and that nobody gets to open. */
static bool the_hook_has_closed_it(struct run *r)
{
	return kdump_tmr_was_locked(r) && inside(r, 60, "! test -e /sys/kernel/ccp_ext && test -s /proc/vmcore") &&
	       inside_fails(r, 1, "Permission denied", "cp /proc/vmcore /dev/null 2>&1") &&
	       inside_fails(r, 1, "Permission denied", "dd if=/proc/vmcore of=/dev/null 2>&1") &&
	       inside(r, 60, "dmesg | grep 'ccp_ext: not loaded: /proc/vmcore is closed'") && kdump_no_tmr_read(r);
}

/* ... but by whoever insists. */
static bool the_hook_can_be_undone(struct run *r)
{
	return the_hook_has_closed_it(r) && inside(r, 60, "umount /proc/vmcore") && kdump_reads_the_tmr(r);
}

/* Debian's dracut has made the initramfs; what it dumps with is the driver, from a hook behind ours. */
static bool arm_dracut(struct run *r, const char *words)
{
	return inside(r, 120, "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && tar -xOf /dev/vdb ./initrd-dracut >/tmp/initrd && "
			      "stockkexec --panic /tmp/vmlinuz /tmp/initrd \"console=ttyS0 panic=-1 oops=panic nr_cpus=1 "
			      "reset_devices no_timer_check root=/dev/vda %s\"", words);
}

static bool dracut_is_armed(struct run *r)
{
	return arm_dracut(r, WORDS) &&
	       inside(r, 120, "snp-kexec kdump status --kernel /tmp/vmlinuz --initrd /tmp/initrd >/run/status || "
			      "{ cat /run/status; exit 1; }; grep \"dracut's hook\" /run/status");
}

static bool dracut_is_armed_in_vain(struct run *r)
{
	return arm_dracut(r, WORDS BROKEN);
}

static bool a_later_hook_reads_nothing(struct run *r)
{
	return kdump_tmr_was_locked(r) && kdump_is_filtered(r, "none", "read") &&
	       inside(r, 300, "cp /proc/vmcore /dev/null && dd if=/proc/vmcore of=/dev/null bs=1M && readcore /proc/vmcore") &&
	       kdump_no_tmr_read(r);
}

#define DRACUT(suffix, about, verdict, before_panic, behind)							\
	{													\
		.name = "kdump-dracut" suffix, .on_demand = true, .title = about,				\
		.config = { .name = "kdump-dracut" suffix, .profile = "rome", .append = KDUMP_HOST, .disk = "dracut.tar" },	\
		.steps = { {											\
			.name = verdict, .label = "panic, dracut", .next = "6.12", .sev_es = 1, .crash = true,	\
			.loaded = before_panic, .after = behind,						\
		} },												\
	}

#define ARMED(suffix, demand, about, verdict, words, before_panic, behind, ...)					\
	{													\
		.name = "kdump-armed" suffix, .on_demand = demand, .title = about,				\
		.config = { .name = "kdump-armed" suffix, .profile = "rome", .append = KDUMP_HOST, .disk = KDUMP_DISK },	\
		.steps = { {											\
			.name = verdict, .label = "panic, armed by the hook", .next = "6.12", .sev_es = 1, .crash = true,	\
			.append = HOOK words, .before = nothing_is_armed, .loaded = before_panic, .after = behind,	\
			__VA_ARGS__										\
		} },												\
	}

const struct scenario kdump_armed_scenarios[KDUMP_ARMED_NR] = {
	ARMED("", false, "a crash kernel armed by the hook for kdump-tools",
	      "a_crash_kernel_that_kdump_check_is_content_with_filters", WORDS, check_is_content, it_filters),
	ARMED("-bare", true, "... without the words",
	      "without_the_words_kdump_check_says_no_and_the_crash_kernel_stays_closed", "",
	      check_misses_the_words, it_is_closed),
	ARMED("-broken", true, "... and a ccp_ext that does not load in it",
	      "where_ccp_ext_does_not_load_the_hook_closes_vmcore", WORDS BROKEN, check_finds_stale_words,
	      the_hook_has_closed_it),
	ARMED("-undone", true, "the control: what the hook has closed is opened by hand",
	      "opened_by_hand_vmcore_lets_cp_read_the_locked_tmr", WORDS BROKEN, NULL, the_hook_can_be_undone,
	      .touches = true),
	{
		.name = "kdump-armed-stale", .on_demand = true, .title = "... with the words of the boot before",
		.config = { .name = "kdump-armed-stale", .profile = "rome", .append = KDUMP_HOST, .disk = KDUMP_DISK },
		.steps = { {
			.name = "a_host_is_started_by_another",
			.label = "SEV-ES host, nothing left over", .next = "6.12", .sev_es = 1,
		}, {
			.name = "of_stale_words_kdump_check_says_no_and_the_crash_kernel_stays_closed",
			.label = "panic, armed by the boot before", .next = "6.12", .sev_es = 1, .crash = true,
			.append = HOOK STALE, .before = nothing_is_armed, .loaded = check_finds_stale_words, .after = it_is_closed,
		} },
	},
	DRACUT("", "an initramfs that Debian's dracut made with our module",
	       "behind_dracuts_hook_nobody_reads_the_tmr", dracut_is_armed, a_later_hook_reads_nothing),
	DRACUT("-broken", "... and a ccp_ext that does not load in it",
	       "where_ccp_ext_does_not_load_dracuts_hook_closes_vmcore", dracut_is_armed_in_vain, the_hook_has_closed_it),
};
