// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of hosts without SNP, where no RMP tells what is locked: only what was handed over does. */
#include <stdlib.h>
#include <string.h>

#include "kdump.h"

#define HANDOVER "ccp_ext.kdump_handover=$(cat /sys/kernel/ccp_ext/region_address)"

static bool tmr_was_locked(struct run *r)
{
	return !strcmp(r->hop.tmr, "locked") || fail(r, "the TMR was %s when the crash kernel began", r->hop.tmr);
}

static bool reads_nothing_of_the_tmr(struct run *r)
{
	long long reads;

	if (!tmr_was_locked(r) || !kdump_is_filtered(r, "none", "read") || !kdump_read_all(r))
		return false;
	reads = kdump_counter(r, "tmr_reads");
	return !reads || (reads > 0 && fail(r, "%lld reads of the TMR", reads));
}

static bool reads_the_tmr(struct run *r)
{
	long long before, after;

	if (!tmr_was_locked(r))
		return false;
	before = kdump_counter(r, "tmr_reads");
	if (before || !inside(r, 300, "cp /proc/vmcore /dev/null"))
		return before > 0 ? fail(r, "%lld reads before the dump", before) : false;
	after = kdump_counter(r, "tmr_reads");
	if (after <= 0)
		return fail(r, "cp did not read the TMR");
	snprintf(r->note, sizeof(r->note), "without ccp_ext cp read the locked TMR %lld times", after);
	return true;
}

/* Not an empty dump that looks like one, but a reader that fails. */
static bool is_closed(struct run *r, const char *why)
{
	return tmr_was_locked(r) &&
	       inside(r, 60, "cat " KDUMP_SYSFS "; grep -qx 'state closed' " KDUMP_SYSFS " && grep -q '^why .*%s' "
			     KDUMP_SYSFS " && grep -qx 'refuses 1' " KDUMP_SYSFS, why) &&
	       inside_fails(r, 1, "Operation not permitted", "cp /proc/vmcore /dev/null 2>&1") &&
	       inside_fails(r, 1, "Operation not permitted", "dd if=/proc/vmcore of=/dev/null 2>&1") &&
	       kdump_tools(r) &&
	       inside_fails(r, 1, "Operation not permitted", "/tools/makedumpfile-1.7.2 -F -d 31 /proc/vmcore 2>&1 >/dev/null");
}

static bool is_closed_for_want_of_a_hand_over(struct run *r)
{
	return is_closed(r, "nothing was handed over");
}

static bool is_closed_behind_a_damaged_one(struct run *r)
{
	return is_closed(r, "what was handed over cannot be read") &&
	       inside(r, 60, "grep -q '^handover bad .*checksum' " KDUMP_SYSFS " && ! grep -qx 'pages 0' " KDUMP_SYSFS);
}

static bool is_closed_behind_none(struct run *r)
{
	return is_closed(r, "what was handed over cannot be read") &&
	       inside(r, 60, "grep -q '^handover bad ' " KDUMP_SYSFS);
}

/* A byte in the blob (kexec/chain.h: it begins at 4096), when the panic is on its way. */
static bool corrupt_the_blob(struct run *r)
{
	char fault[128];

	if (!inside(r, 30, "cat /sys/kernel/ccp_ext/region_address"))
		return false;
	snprintf(fault, sizeof(fault), "{\"on\":\"panic\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":1,\"xor\":1}",
		 strtoll(r->output, NULL, 0) + 4096 + 200);
	return add_fault(r, fault);
}

#define INHERITED_TMR(into) {										\
		.name = "a_host_inherits_a_locked_tmr_ahead_of_its_panic_into_" into,			\
		.label = "SEV-ES host, SHUTDOWN refused", .next = "6.12", .sev_es = 1, .before = refuse_shutdown,	\
	}

#define TMR(suffix, demand, into, verdict, words, ...) {								\
	.name = "kdump-tmr" suffix, .on_demand = demand,						\
	.title = "a dump of a host with a locked TMR, by " into,						\
	.config = { .name = "kdump-tmr" suffix, .profile = "rome", .append = KDUMP_HOST, .disk = KDUMP_DISK },	\
	.steps = { INHERITED_TMR(into suffix), {								\
		.name = verdict, .label = "panic, TMR locked", .next = into, .crash = true, .append = words,	\
		__VA_ARGS__										\
	} },												\
}

#define CLOSED(suffix, demand, host_words, verdict, words, ...) {						\
	.name = "kdump-closed" suffix, .on_demand = demand,						\
	.title = "a crash kernel that cannot know where the TMR is",					\
	.config = { .name = "kdump-closed" suffix, .profile = "rome", .append = host_words KDUMP_HOST,		\
		    .disk = KDUMP_DISK },								\
	.steps = { {											\
		.name = verdict, .label = "panic, TMR locked, not handed over", .next = "6.12", .sev_es = 1,	\
		.crash = true, .append = KDUMP_FILTER words, __VA_ARGS__					\
	} },												\
}

const struct scenario kdump_tmr_scenarios[KDUMP_TMR_NR] = {
	TMR("", false, "6.12", "no_reader_in_a_6.12_crash_kernel_touches_the_tmr_that_was_handed_over",
	    KDUMP_FILTER " " HANDOVER, .after = reads_nothing_of_the_tmr),
	TMR("-control", false, "6.12", "without_ccp_ext_cp_in_a_crash_kernel_reads_the_locked_tmr",
	    KDUMP_CONTROL, .touches = true, .after = reads_the_tmr),
	TMR("-6.1", true, "6.1", "no_reader_in_a_6.1_crash_kernel_touches_the_tmr_that_was_handed_over",
	    KDUMP_FILTER " " HANDOVER, .after = reads_nothing_of_the_tmr),
	TMR("-damaged", true, "6.12", "behind_a_damaged_blob_without_an_rmp_vmcore_cannot_be_opened",
	    KDUMP_FILTER " " HANDOVER, .loaded = corrupt_the_blob, .after = is_closed_behind_a_damaged_one),
	CLOSED("", false, "ccpext=0 ", "without_rmp_and_hand_over_vmcore_cannot_be_opened", "",
	       .after = is_closed_for_want_of_a_hand_over),
	CLOSED("-stray", true, "ccpext=0 ", "a_hand_over_that_is_not_there_is_not_believed",
	       " ccp_ext.kdump_handover=0x4000000", .after = is_closed_behind_none),
};
