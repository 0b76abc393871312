// SPDX-License-Identifier: GPL-2.0-only
/*
 * ASIDs and contexts, used up: by guests that live, which KVM or ccp_ext ends, and by guests that are gone and of which
 * nobody told the firmware. On this processor there are as many contexts as ASIDs, so that both run out with the same guest.
 */
#include <stdio.h>

#include "firmware.h"
#include "hop.h"

#define SNP_GUESTS	99	/* milan: ASIDs of SNP guests, and of the others */
#define SEV_GUESTS	410
#define ALL_GUESTS	(SNP_GUESTS + SEV_GUESTS)
/* as small as guests may be */
#define MAX		"--count max --pages 4 --together"
/* what KVM says when it has no ASID left: EBUSY */
#define NO_ASID		"\"errno\":16"
/* what the firmware says of an ASID that is another guest's, ASID_OWNED */
#define ASID_OWNED	"\"fw_status\":12"

static bool asids_are(struct run *r, unsigned int clean, unsigned int active)
{
	struct json_object *status = firmware_status(r), *asids;
	long long is_clean, is_active;

	if (!status)
		return false;
	asids = firmware_member(status, "asids");
	is_clean = json_object_get_int64(firmware_member(asids, "clean"));
	is_active = json_object_get_int64(firmware_member(asids, "active"));
	json_object_put(status);
	return (is_clean == clean && is_active == active) ||
	       fail(r, "%lld ASIDs are clean and %lld active instead of %u and %u", is_clean, is_active, clean, active);
}

static bool starts_no_more(struct run *r, const char *kind, const char *why)
{
	return inside_fails(r, 1, why, "sevguest --kind %s --pages 4 --together --json", kind);
}

static bool launch_all_snp(struct run *r)
{
	return hop_launch_guests(r, "snp", "--kind snp " MAX) && firmware_has_guests(r, SNP_GUESTS) &&
	       starts_no_more(r, "snp", NO_ASID) && starts_no_more(r, "sev-es", NO_ASID);
}

/* No ASID of any kind is left, and no context. */
static bool launch_all(struct run *r)
{
	return launch_all_snp(r) && hop_launch_guests(r, "sev", "--kind sev " MAX) &&
	       firmware_has_guests(r, ALL_GUESTS) && asids_are(r, 0, ALL_GUESTS) && starts_no_more(r, "sev", NO_ASID);
}

static bool end_all(struct run *r)
{
	return inside(r, 300, "killall sevguest; while pidof sevguest; do sleep 0.1; done");
}

static bool delete_all(struct run *r)
{
	return end_all(r) && firmware_has_guests(r, 0);
}

static bool all_start_again(struct run *r)
{
	return firmware_has_guests(r, 0) && launch_all(r) && delete_all(r);
}

static bool all_twice(struct run *r)
{
	return all_start_again(r) && all_start_again(r);
}

static bool all_were_evicted(struct run *r)
{
	if (r->hop.evicted != ALL_GUESTS)
		return fail(r, "%lld guests evicted instead of %d", r->hop.evicted, ALL_GUESTS);
	return all_start_again(r);
}

const struct scenario exhaust_scenario = {
	.name = "exhaust",
	.title = "no ASID and no context is left, in one kernel and at a kexec",
	/* so many guests, one by one, take longer than a host may usually take to be quiet */
	.config = { .name = "exhaust", .append = "ccp_ext.budget_ms=60000" },
	.steps = {
		{
			.name = "all_asids_and_contexts_are_taken_given_back_and_taken_again",
			.after = all_twice,
		},
		{
			.name = "a_host_without_an_asid_left_jumps_and_all_guests_start_again",
			.label = "no ASID left, evict", .next = "7.3", .before = launch_all, .after = all_were_evicted,
		},
	},
};

static bool snp_starts_again(struct run *r)
{
	return firmware_has_guests(r, 0) && launch_all_snp(r) && delete_all(r);
}

/* Answered with success and not carried out, as if the kernel had never sent it. */
static bool leak(struct run *r)
{
	return inject(r, "SNP_DECOMMISSION", 0, 0) && launch_all_snp(r) && end_all(r) && answer_again(r);
}

static bool nothing_starts(struct run *r)
{
	return firmware_has_guests(r, SNP_GUESTS) && starts_no_more(r, "snp", ASID_OWNED);
}

static bool leaked(struct run *r)
{
	return leak(r) && nothing_starts(r);
}

/* The firmware came over as it was, with SNP up, and whoever ends its guests does so with the IOMMUs parked. */
static bool leak_is_mended(struct run *r)
{
	return wait_for_give_back(r, 60) && firmware_has_guests(r, 0) && fill_memory(r);
}

static bool all_snp_start_again(struct run *r)
{
	return snp_starts_again(r) && fill_memory(r);
}

const struct scenario exhaust_leak_scenario = {
	.name = "exhaust-leak",
	.title = "all ASIDs of SNP guests leaked: nobody told the firmware of the guests' end",
	.config = { .name = "exhaust-leak" },
	.steps = {
		{
			.name = "without_decommission_every_asid_of_snp_guests_leaks",
			.after = leaked,
		},
		{
			.name = "the_next_kernel_ends_in_the_firmware_what_nobody_ended",
			.label = "ASIDs leaked", .next = "6.12", .after = leak_is_mended,
		},
		{
			.name = "after_that_all_leaked_asids_are_free_again",
			.label = "... and mended", .next = "6.12", .after = all_snp_start_again,
		},
	},
};

/* Whoever dies has met what leaked: a context is the firmware's for good. */
static bool dies_or_starts_nothing(struct run *r)
{
	if (r->hop.alive)
		return nothing_starts(r);
	return r->hop.rmp_fault || fail(r, "neither alive nor killed by an RMP fault: %s", r->hop.death);
}

const struct scenario exhaust_leak_stock_scenario = {
	.name = "exhaust-leak-stock",
	.title = "the control: the same, and a jump of stock kernels without ccp_ext",
	.config = { .name = "exhaust-leak-stock", .append = "ccpext=0", .sets = { IOMMU_UNLOCKED } },
	.steps = {
		{
			.name = "without_decommission_every_asid_of_snp_guests_leaks_in_a_stock_kernel",
			.after = leaked,
		},
		{
			.name = "after_a_stock_jump_no_snp_guest_starts_or_nobody_is_there_to_start_one",
			.label = "ASIDs leaked, stock", .next = "6.12", .stock = true, .may_die = true, .touches = true,
			.after = dies_or_starts_nothing,
		},
	},
};
