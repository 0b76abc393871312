// SPDX-License-Identifier: GPL-2.0-only
/*
 * A next kernel that has never heard of SNP, and has no ccp_ext either: 6.1, beside what guests still have in the RMP. It can
 * ask nobody; what it may not touch is kept out of its hands by the chain alone.
 */
#include "firmware.h"
#include "hop.h"

#define GUESTS		2
#define GUEST_PAGES	4096	/* what sevguest launches unless told otherwise */

/* All that was assigned is so still, after the kernel has used all its memory. */
static bool leaves_the_rmp_alone(struct run *r)
{
	const struct hop *hop = &r->hop;
	long long now;

	if (r->machine.hello.ccp_ext)
		return fail(r, "the next kernel has ccp_ext");
	if (!inside(r, 30, "test -e /sys/module/kvm_amd/parameters/sev_es && "
			   "! test -e /sys/module/kvm_amd/parameters/sev_snp") || !fill_memory(r))
		return false;
	now = hop_assigned_pages(&r->machine);
	return (hop->assigned_after >= GUESTS * GUEST_PAGES && now == hop->assigned_after) ||
	       fail(r, "%lld pages were assigned when the next kernel began, and %lld are now", hop->assigned_after, now);
}

static bool lives_beside_pages(struct run *r)
{
	return leaves_the_rmp_alone(r) && inside(r, 120, "sevguest --kind sev-es --count 2 --json") &&
	       leaves_the_rmp_alone(r);
}

static bool lives_beside_guests(struct run *r)
{
	return leaves_the_rmp_alone(r) && firmware_has_guests(r, GUESTS) && firmware_guests(r, "RUNNING") == GUESTS;
}

#define SCENARIO(suffix, about, words, ...) {								\
	.name = "unaware" suffix,									\
	.title = about,											\
	.config = { .name = "unaware" suffix, .append = words },					\
	.steps = { {											\
		.label = about, .next = "6.1", .append = "ccpext=0", .snp = GUESTS, __VA_ARGS__		\
	} },												\
}

const struct scenario unaware_scenarios[UNAWARE_NR] = {
	SCENARIO("", "guests' pages, and a next kernel that knows nothing of SNP", "ccp_ext.policy=lazy",
		 .name = "a_kernel_without_snp_and_ccp_ext_leaves_guests_pages_alone", .after = lives_beside_pages),
	SCENARIO("-preserve", "guests that live on, and a next kernel that knows nothing of SNP", "ccp_ext.policy=preserve",
		 .name = "a_kernel_without_snp_and_ccp_ext_leaves_living_guests_alone", .after = lives_beside_guests),
	SCENARIO("-no-quarantine", "the control: quarantine switched off",
		 "ccp_ext.policy=lazy ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed",
		 .name = "without_quarantine_a_kernel_without_snp_dies_of_guests_pages", .dies = true),
};
