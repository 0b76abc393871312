// SPDX-License-Identifier: GPL-2.0-only
/*
 * An SNP guest as an SVSM lays it out: beside the VMSA page that the firmware launched for VMPL 0, one for each other VMPL
 * of each virtual CPU, which the guest itself made of its pages by RMPADJUST, and pages that VMPL 1 was allowed. To
 * a host all of them are pages of that guest; KVM knows of the first one only.
 */
#include <stdio.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
/* one page in each 2 MiB, so that each poisons a block of its own */
#define GUEST		"--kind snp --size 128 --spread 2"
#define GUEST_PAGES	64
#define PAGE_STRIDE	(2LL << 20)
#define VCPUS		20
#define VMPLS		4
#define MADE		(VCPUS * (VMPLS - 1))
#define VMSA_PAGES	(MADE + 1)
#define ALL_ALLOWED	0xf	/* read, write, execute in user and in supervisor mode */

static unsigned long long made[MADE];	/* where in the host's memory these pages lie */

/* What the guest does, being at VMPL 0; @pa is set. */
static bool adjust(struct run *r, long long asid, long long gpa, int vmpl, int permissions, bool vmsa,
		   unsigned long long *pa)
{
	struct json_object *arguments = json_object_new_object(), *answer;
	long long status;

	json_object_object_add(arguments, "asid", json_object_new_int64(asid));
	json_object_object_add(arguments, "gpa", json_object_new_int64(gpa));
	json_object_object_add(arguments, "vmpl", json_object_new_int(vmpl));
	json_object_object_add(arguments, "permissions", json_object_new_int(permissions));
	json_object_object_add(arguments, "vmsa", json_object_new_boolean(vmsa));
	if (machine_control(&r->machine, "rmpadjust", arguments, &answer))
		return fail(r, "%s", r->machine.error);
	status = json_object_get_int64(firmware_member(answer, "status"));
	*pa = json_object_get_uint64(firmware_member(answer, "pa"));
	json_object_put(answer);
	return !status || fail(r, "RMPADJUST of guest page %#llx gave %lld", gpa, status);
}

static bool only_asid(struct run *r, long long *asid)
{
	struct json_object *status = firmware_status(r), *guests;

	if (!status)
		return false;
	guests = firmware_member(status, "guests");
	*asid = json_object_array_length(guests) != 1 ? 0 :
		json_object_get_int64(firmware_member(json_object_array_get_idx(guests, 0), "asid"));
	json_object_put(status);
	return *asid || fail(r, "the firmware has not one guest with an ASID");
}

/* Guests' pages with the VMSA attribute now, and when the next kernel began. */
static bool vmsa_pages(struct run *r, long long *now, long long *then)
{
	struct json_object *arguments = json_object_new_object(), *census, *diff;

	*now = -1;
	*then = -1;
	json_object_object_add(arguments, "from", json_object_new_string("next"));
	if (machine_control(&r->machine, "census", NULL, &census) ||
	    machine_control(&r->machine, "diff", arguments, &diff))
		return fail(r, "%s", r->machine.error);
	*now = json_object_get_int64(firmware_member(census, "vmsa"));
	*then = *now - json_object_get_int64(firmware_member(firmware_member(diff, "census"), "vmsa"));
	json_object_put(census);
	json_object_put(diff);
	return true;
}

static bool vmsa_pages_are(struct run *r, long long at_the_jump, long long now)
{
	long long is_now, was;

	return vmsa_pages(r, &is_now, &was) &&
	       ((is_now == now && was == at_the_jump) ||
		fail(r, "%lld VMSA pages when the next kernel began, %lld now; not %lld and %lld", was, is_now,
		     at_the_jump, now));
}

static bool layout(struct run *r)
{
	unsigned long long pa;
	long long asid;

	if (!hop_launch_guests(r, "svsm", GUEST) || !only_asid(r, &asid))
		return false;
	for (int i = 0; i < MADE; i++)
		if (!adjust(r, asid, i * PAGE_STRIDE, 1 + i % (VMPLS - 1), 0, true, &made[i]))
			return false;
	for (int i = MADE; i < GUEST_PAGES; i++)
		if (!adjust(r, asid, i * PAGE_STRIDE, 1, ALL_ALLOWED, false, &pa))
			return false;
	return true;
}

static bool layout_under(struct run *r, const char *policy)
{
	return inside(r, 30, "echo %s >" SYSFS "/policy", policy) && layout(r);
}

static bool evict(struct run *r)
{
	return layout_under(r, "evict");
}

static bool lazy(struct run *r)
{
	return layout_under(r, "lazy");
}

static bool preserve(struct run *r)
{
	return layout_under(r, "preserve");
}

/* Also those that KVM does not know. */
static bool none_crossed(struct run *r)
{
	if (r->hop.evicted != 1 || r->hop.quarantined)
		return fail(r, "%lld guests evicted, %lld pages quarantined", r->hop.evicted, r->hop.quarantined);
	return vmsa_pages_are(r, 0, 0) && fill_memory(r);
}

static bool are_told(struct run *r)
{
	return inside(r, 30, "[ $(rmpctl show --runs " SYSFS "/incoming | awk '/, VMSA$/ { n += $2 } END { print n }') = %d ]",
		      VMSA_PAGES);
}

static bool all_crossed_and_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined < hop->assigned_after || hop->kept || hop->pending || hop->freed != hop->quarantined)
		return fail(r, "%lld pages were assigned; of %lld quarantined %lld came back, %lld are kept, %lld pending",
			    hop->assigned_after, hop->quarantined, hop->freed, hop->kept, hop->pending);
	return vmsa_pages_are(r, VMSA_PAGES, 0) && are_told(r) && fill_memory(r);
}

static bool all_stay(struct run *r)
{
	return vmsa_pages_are(r, VMSA_PAGES, VMSA_PAGES) && are_told(r) && firmware_has_guests(r, 1) &&
	       inside(r, 30, "[ $(wc -l <" SYSFS "/adopted) = 1 ]") && fill_memory(r);
}

static bool all_come_back_with_the_guest(struct run *r)
{
	long long now, then;

	if (!inside(r, 60, "echo all >" SYSFS "/adopted_release") || !wait_for_give_back(r, 60) ||
	    !firmware_has_guests(r, 0) || !vmsa_pages(r, &now, &then))
		return false;
	return now ? fail(r, "%lld VMSA pages are left of a guest that has ended", now) : fill_memory(r);
}

/* One of the pages that only the guest knew has killed the next kernel: nothing else is in its block. */
static bool died_of_one(struct run *r)
{
	struct json_object *fault;
	unsigned long long pa;

	if (!hop_was_harmed(r))
		return false;
	fault = machine_event(&r->machine, "rmp-fault");
	if (!fault)
		return fail(r, "harmed, but not by an RMP fault");
	pa = json_object_get_uint64(firmware_member(fault, "pa"));
	for (int i = 0; i < MADE; i++)
		if (pa / PAGE_STRIDE == made[i] / PAGE_STRIDE)
			return true;
	return fail(r, "the fault at %#llx is in no block of a VMSA page that the guest made", pa);
}

#define HOP(sentence, to, policy, look) { \
	.name = sentence, .label = "SVSM, " #policy, .next = to, .before = policy, .after = look, \
}

const struct scenario svsm_scenarios[SVSM_NR] = {
	{
		.name = "svsm",
		.title = "a guest with VMSA pages at four VMPLs",
		.config = { .name = "svsm" },
		.steps = {
			HOP("vmsa_pages_at_every_vmpl_are_reclaimed_with_their_guest", "7.3", evict, none_crossed),
			HOP("vmsa_pages_at_every_vmpl_are_kept_out_and_come_back", "6.12", lazy,
			    all_crossed_and_came_back),
		},
	},
	{
		.name = "svsm-preserve",
		.title = "... that crosses in the firmware",
		.config = { .name = "svsm-preserve" },
		.steps = {
			HOP("vmsa_pages_at_every_vmpl_stay_a_preserved_guests", "6.12", preserve, all_stay),
			{
				.name = "vmsa_pages_come_back_when_a_preserved_guest_is_released",
				.after = all_come_back_with_the_guest,
			},
		},
	},
	{
		.name = "svsm-no-quarantine",
		.title = "the control: quarantine switched off",
		.config = { .name = "svsm-no-quarantine",
			    .append = "ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed" },
		.steps = {
			{
				.name = "without_quarantine_a_vmsa_page_kills_the_next_kernel",
				.label = "SVSM, lazy without quarantine", .next = "6.12", .may_die = true,
				.touches = true, .before = lazy, .after = died_of_one,
			},
		},
	},
};
