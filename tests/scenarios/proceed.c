// SPDX-License-Identifier: GPL-2.0-only
/*
 * Controls: jumps that ccp_ext would not let happen, and that happen because somebody asks for it
 * (on_unsafe=proceed). What the guards are for is what becomes of the next kernel here.
 */
#include <stdlib.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PROCEED		"ccp_ext.on_unsafe=proceed"

const struct scenario stock_refusal_ignored_scenario = {
	.name = "stock-refusal-ignored",
	.title = "the control: a stock image beside a quarantine that it does not carry",
	.config = { .name = "stock-refusal-ignored", .sets = { IOMMU_UNLOCKED },
		    .append = ASSUME_UNLOCKED " " PROCEED },
	.steps = {
		{
			.name = "a_stock_image_that_jumps_without_its_quarantine_touches_what_is_not_ours",
			.label = "stock image, SHUTDOWN refused, no reset",
			.next = "6.12", .sev_es = 1, .snp = 1, .stock = true, .may_die = true, .touches = true,
			.before = refuse_shutdown, .after = hop_was_harmed,
		},
	},
};

/* Behind the module's back: its file would have told it. */
static bool image_changes_by_itself(struct run *r)
{
	char fault[128];
	long long pa;

	if (!inside(r, 30, "set -- $(cat " SYSFS "/zone_commit); echo $(($(cat " SYSFS "/zone_address) + $5))"))
		return false;
	pa = strtoll(r->output, NULL, 0) & ~0xfffLL;
	snprintf(fault, sizeof(fault), "{\"on\": \"mark\", \"action\": \"corrupt\", \"pa\": %lld, \"len\": 4096}", pa);
	return add_fault(r, fault) &&
	       (!machine_control(&r->machine, "mark", json_tokener_parse("{\"mark\": 1}"), NULL) ||
		fail(r, "%s", r->machine.error)) &&
	       inside(r, 60, "grep '^corrupt landing zone changed' " SYSFS "/image");
}

static bool never_began(struct run *r)
{
	if (r->hop.alive || !machine_event(&r->machine, "kexec-jump"))
		return fail(r, "it %s", r->hop.alive ? "lives" : "did not jump");
	return !machine_event(&r->machine, "next-kernel") || fail(r, "the next kernel began");
}

const struct scenario changed_image_scenarios[2] = {
	{
		.name = "changed-by-itself",
		.title = "the landing zone is not what it was, and nobody wrote to it",
		.config = { .name = "changed-by-itself" },
		.steps = {
			{
				.name = "an_image_that_is_not_what_was_loaded_ends_in_a_cold_reset",
				.label = "image corrupted in memory",
				.next = "6.12", .force = true, .resets = true, .loaded = image_changes_by_itself,
			},
		},
	}, {
		.name = "changed-image-ignored",
		.title = "the control: the same, and the jump goes on",
		.config = { .name = "changed-image-ignored", .append = PROCEED },
		.steps = {
			{
				.name = "an_image_that_is_not_what_was_loaded_never_begins",
				.label = "image corrupted in memory, no reset",
				.next = "6.12", .force = true, .may_die = true, .touches = true,
				.loaded = image_changes_by_itself, .after = never_began,
			},
		},
	},
};
