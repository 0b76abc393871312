// SPDX-License-Identifier: GPL-2.0-only
/* Crash kernels that cannot know which pages are not the host's, for each reason that there is. */
#include <stdlib.h>

#include "kdump.h"

/* ... but of the hop before: what lies in the region is the previous kernel's, and taken for the crashed one's. */
#define STALE_WORDS "ccp_ext.kdump_handover=$(cat /sys/kernel/ccp_ext/region_address) " KDUMP_HOP_BEFORE

/* Not an empty dump that looks like one, but a reader that fails. */
static bool is_closed(struct run *r, const char *why, const char *handover)
{
	return inside(r, 60, "cat " KDUMP_SYSFS "; grep -qx 'state closed' " KDUMP_SYSFS " && grep -q '^why .*%s' "
		      KDUMP_SYSFS " && grep -q '^handover %s' " KDUMP_SYSFS " && grep -qx 'refuses 1' " KDUMP_SYSFS, why, handover) &&
	       inside_fails(r, 1, "Operation not permitted", "cp /proc/vmcore /dev/null 2>&1") &&
	       inside_fails(r, 1, "Operation not permitted", "dd if=/proc/vmcore of=/dev/null 2>&1") &&
	       inside_fails(r, 1, "Operation not permitted", "readcore /proc/vmcore 2>&1") &&
	       kdump_tools(r) &&
	       inside_fails(r, 1, "Operation not permitted", "/tools/makedumpfile-1.7.2 -F -d 31 /proc/vmcore 2>&1 >/dev/null");
}

static bool is_closed_for_want_of_a_hand_over(struct run *r)
{
	return kdump_tmr_was_locked(r) && is_closed(r, "nothing was handed over", "none");
}

/* The blob is bad, the chain is not: what it names is kept even from who had the file open. */
static bool is_closed_behind_a_damaged_one(struct run *r)
{
	return kdump_tmr_was_locked(r) && is_closed(r, "what was handed over cannot be read", "bad .*checksum") &&
	       inside(r, 60, "! grep -qx 'pages 0' " KDUMP_SYSFS);
}

static bool is_closed_behind_none(struct run *r)
{
	return kdump_tmr_was_locked(r) && is_closed(r, "what was handed over cannot be read", "bad ");
}

static bool is_closed_behind_a_stale_one(struct run *r)
{
	return kdump_tmr_was_locked(r) &&
	       is_closed(r, "what was handed over cannot be read", "bad it is of an earlier boot");
}

static bool is_closed_without_registers(struct run *r)
{
	return is_closed(r, "the RMP cannot be read", "none") && kdump_no_guest_read(r);
}

static bool overwrite(struct run *r, long long offset, const char *how)
{
	char fault[128];

	if (!inside(r, 30, "cat /sys/kernel/ccp_ext/region_address"))
		return false;
	snprintf(fault, sizeof(fault), "{\"on\":\"panic\",\"action\":\"corrupt\",\"pa\":%lld,%s}",
		 strtoll(r->output, NULL, 0) + offset, how);
	return add_fault(r, fault);
}

/* A byte in the blob (kexec/chain.h: it begins at 4096), when the panic is on its way. */
static bool corrupt_the_blob(struct run *r)
{
	return overwrite(r, 4096 + 200, "\"len\":1,\"xor\":1");
}

/* Chain and blob, by something that wrote where it should not. */
static bool overwrite_the_region(struct run *r)
{
	return overwrite(r, 0, "\"len\":65536,\"fill\":165");
}

#define HOST(scenario_name, about, words)									\
	.name = scenario_name, .title = about,								\
	.config = { .name = scenario_name, .profile = "rome", .append = words KDUMP_HOST, .disk = KDUMP_DISK }

/* Where a kernel that does not move is: the TMR, which may be anywhere else, is not there. */
#define KERNEL_TEXT "0x1000000"

/* A host that never had ccp_ext, its TMR locked. */
#define ALONE(suffix, about, demand, verdict, ...) {								\
	HOST("kdump-closed" suffix, about, "ccpext=0 nokaslr "), .on_demand = demand,			\
	.steps = { { .name = verdict, .label = "panic, TMR locked", .next = "6.12", .sev_es = 1,	\
		     .crash = true, __VA_ARGS__ } },							\
}

/* A host that inherited a locked TMR, and was told of it. */
#define TOLD(suffix, about, verdict, ...) {									\
	HOST("kdump-closed" suffix, about, ""), .on_demand = true,					\
	.steps = { {											\
		.name = "a_host_inherits_a_locked_tmr_ahead_of_its_panic" suffix,			\
		.label = "SEV-ES host, SHUTDOWN refused", .next = "6.12", .sev_es = 1, .before = refuse_shutdown,	\
	}, { .name = verdict, .label = "panic, TMR locked", .next = "6.12", .crash = true,		\
	     .append = KDUMP_TOLD, __VA_ARGS__ } },							\
}

/* A host that inherited nothing, and locked a TMR of its own: what lies in the region is of before, if nobody wipes it. */
#define STALE(suffix, about, verdict, ...) {									\
	HOST("kdump-stale" suffix, about, "ccp_ext.crash_copy=0 "), .on_demand = true,			\
	.steps = { {											\
		.name = "a_host_has_a_region_from_the_kernel_before_it" suffix,			\
		.label = "SEV-ES host, nothing left over", .next = "6.12", .sev_es = 1,			\
	}, { .name = verdict, .label = "panic, TMR locked since", .next = "6.12", .sev_es = 1, .crash = true, __VA_ARGS__ } }, \
}

const struct scenario kdump_closed_scenarios[KDUMP_CLOSED_NR] = {
	ALONE("", "a crash kernel that cannot know where the TMR is", false,
	      "without_rmp_and_hand_over_vmcore_cannot_be_opened",
	      .append = KDUMP_FILTER, .after = is_closed_for_want_of_a_hand_over),
	ALONE("-stray", "a crash kernel that is told a wrong place", true,
	      "a_hand_over_that_is_not_there_is_not_believed",
	      .append = KDUMP_FILTER " ccp_ext.kdump_handover=" KERNEL_TEXT " ccp_ext.kdump_hop=1", .after = is_closed_behind_none),
	ALONE("-device", "a crash kernel that is told the place of a device", true,
	      "a_hand_over_in_a_device_is_not_read",
	      .append = KDUMP_FILTER " ccp_ext.kdump_handover=0xfec00000 ccp_ext.kdump_hop=1", .after = is_closed_behind_none),
	ALONE("-control", "the control of these: no ccp_ext in the crash kernel", true,
	      "where_nobody_closes_vmcore_cp_reads_the_locked_tmr",
	      .append = KDUMP_CONTROL, .touches = true, .after = kdump_reads_the_tmr),
	TOLD("-damaged", "a blob that the panic damaged",
	     "behind_a_damaged_blob_without_an_rmp_vmcore_cannot_be_opened",
	     .loaded = corrupt_the_blob, .after = is_closed_behind_a_damaged_one),
	TOLD("-overwritten", "a region that was overwritten",
	     "behind_an_overwritten_region_without_an_rmp_vmcore_cannot_be_opened",
	     .loaded = overwrite_the_region, .after = is_closed_behind_none),
	STALE("", "a blob of an earlier boot", "what_an_earlier_boot_handed_over_does_not_open_vmcore",
	      .append = KDUMP_TOLD, .after = is_closed_behind_a_stale_one),
	STALE("-control", "the control: it is taken for the crashed kernel's",
	      "taken_for_the_crashed_kernels_a_blob_of_an_earlier_boot_lets_cp_read_the_tmr",
	      .append = KDUMP_FILTER " " STALE_WORDS, .touches = true, .after = kdump_reads_the_tmr),
	{
		.name = "kdump-no-rmp", .on_demand = true,
		.title = "SNP enabled, and registers that name no RMP",
		.config = { .name = "kdump-no-rmp", .memory = "1G", .append = "ccpext=0 " KDUMP_HOST, .disk = KDUMP_DISK },
		.steps = { {
			.name = "without_the_rmps_registers_vmcore_cannot_be_opened",
			.label = "panic, guests alive, no RMP to be found", .next = "7.3", .sev_es = 1, .snp = 2,
			.crash = true, .append = KDUMP_FILTER " ccp_ext.assume_no_rmp=1", .after = is_closed_without_registers,
		} },
	},
};
