// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic with guests alive on an SNP host: the firmware is asked to let go of them before the CPUs stop, so that ccp's notifier
 * can shut SNP down, and a 6.12 crash kernel, which brings IOMMU buffers of its own, comes up. Where the PSP is
 * busy or does not answer, it is left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "kdump.h"

#define NO_EVICT "ccp_ext.panic_evict=0 "

static bool nothing_of_guests_is_read(struct run *r)
{
	long long pages;

	return kdump_is_filtered(r, "read", "read") && kdump_list_pages(r, &pages) &&
	       (pages || fail(r, "no page is a guest's: there is nothing to be read")) &&
	       inside(r, 300, "cp /proc/vmcore /dev/null && dd if=/proc/vmcore of=/dev/null bs=1M") &&
	       kdump_no_guest_read(r);
}

/* What a dump tells of them; it is not the machine's word, which knows of none any more. */
static bool tells_of_the_end_of(struct run *r, int guests)
{
	return inside(r, 60, "rmpctl show --json /proc/vmcore 2>/dev/null | grep -o '\"fate\": *\"decommissioned\"' | wc -l") &&
	       (atoi(r->output) == guests ||
		fail(r, "the blob tells of %d decommissioned guests instead of %d", atoi(r->output), guests));
}

static bool snp_was_shut_down(struct run *r)
{
	if (strcmp(r->hop.snp, "UNINIT"))
		return fail(r, "SNP was %s when the crash kernel began", r->hop.snp);
	/* one of ours, ahead of the stop, and ccp's */
	if (firmware_sent(r, "SHUTDOWN") != 1 + !!r->step->sev_es)
		return fail(r, "%lld times SHUTDOWN", firmware_sent(r, "SHUTDOWN"));
	if (firmware_sent(r, "SNP_DECOMMISSION") != 3)
		return fail(r, "%lld times SNP_DECOMMISSION for three guests", firmware_sent(r, "SNP_DECOMMISSION"));
	return tells_of_the_end_of(r, r->step->snp + r->step->sev_es) && nothing_of_guests_is_read(r);
}

static bool a_command_is_under_way(struct run *r)
{
	bool busy = false;

	if (!add_fault(r, "{\"command\": \"SNP_GCTX_CREATE\", \"action\": \"hang\"}") ||
	    !inside(r, 60, "sevguest --kind snp --count 1 --hold >/run/held 2>&1 &"))
		return false;
	for (int i = 0; i < 60 && !busy; i++)
		if (!inside(r, 60, "sleep 0.5") || !firmware_is_busy(r, &busy))
			return false;
	return busy || fail(r, "no command hangs");
}

static bool the_psp_dies_of_it(struct run *r)
{
	return add_fault(r, "{\"command\": \"SNP_DECOMMISSION\", \"action\": \"hang\"}");
}

static bool sent_only(struct run *r, long long decommissions)
{
	long long decommission = firmware_sent(r, "SNP_DECOMMISSION"), shutdown = firmware_sent(r, "SHUTDOWN"),
		  snp_shutdown = firmware_sent(r, "SNP_SHUTDOWN_EX");

	return (decommission == decommissions && !shutdown && !snp_shutdown) ||
	       fail(r, "%lld SNP_DECOMMISSION, %lld SHUTDOWN, %lld SNP_SHUTDOWN_EX were sent", decommission, shutdown, snp_shutdown);
}

static bool was_left_alone(struct run *r)
{
	return sent_only(r, 0) && firmware_lost_no_command(r) && nothing_of_guests_is_read(r);
}

/* The command that hangs counts when it is done. */
static bool was_asked_and_left_alone(struct run *r)
{
	bool busy;

	return firmware_is_busy(r, &busy) && (busy || fail(r, "the PSP was not asked at all")) && was_left_alone(r);
}

/* For the second one there is not time enough, and for the third one none at all. */
#define SLOW "ccp_ext.panic_budget_ms=400 "

static bool the_psp_is_slow(struct run *r)
{
	return add_fault(r, "{\"command\": \"SNP_DECOMMISSION\", \"action\": \"delay\", \"ms\": 300, \"clock\": \"virtual\", \"count\": 3}");
}

static bool was_asked_for_as_long_as_there_was_time(struct run *r)
{
	return sent_only(r, 2) && tells_of_the_end_of(r, 1) && nothing_of_guests_is_read(r);
}

#define EVICT(id, demand, what, words, into, verdict, ...) {							\
	.name = "kdump-evict" id, .on_demand = demand, .title = what,						\
	.config = { .name = "kdump-evict" id, .append = words KDUMP_HOST, .disk = KDUMP_DISK },			\
	.steps = { { .name = verdict, .label = "panic, guests alive", .next = into, .snp = 3,		\
		     .crash = true, .append = KDUMP_TOLD, __VA_ARGS__ } },						\
}

const struct scenario kdump_evict_scenarios[KDUMP_EVICT_NR] = {
	EVICT("", false, "a panic with SNP guests alive into 6.12", "", "6.12",
	      "a_6.12_crash_kernel_comes_up_after_guests_were_decommissioned_at_the_panic", .after = snp_was_shut_down),
	EVICT("-sev", true, "... and a SEV-ES guest beside them", "", "6.12",
	      "sev_guests_are_ended_as_well_and_a_6.12_crash_kernel_comes_up", .sev_es = 1, .after = snp_was_shut_down),
	EVICT("-control", false, "the control: the same, and guests stay", NO_EVICT, "6.12",
	      "a_6.12_crash_kernel_panics_if_guests_were_not_decommissioned", .deaf = true),
	EVICT("-busy", true, "a panic with a firmware command under way", "", "7.3",
	      "a_busy_psp_is_left_alone_at_a_panic", .loaded = a_command_is_under_way, .after = was_left_alone),
	EVICT("-slow", true, "a PSP for which panic_budget_ms is too little", SLOW, "7.3",
	      "a_slow_psp_is_asked_for_as_long_as_there_is_time", .loaded = the_psp_is_slow,
	      .after = was_asked_for_as_long_as_there_was_time),
	EVICT("-dead", true, "a PSP that does not answer at a panic", "", "7.3",
	      "a_psp_that_does_not_answer_is_asked_once_at_a_panic", .loaded = the_psp_dies_of_it, .after = was_asked_and_left_alone),
};
