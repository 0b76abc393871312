// SPDX-License-Identifier: GPL-2.0-only
/* A page that cannot be kept out, since the image itself lies there. */
#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PARAMETER(name)	"/sys/module/ccp_ext/parameters/" name

static bool a_page_of_the_image_is_taken_late(struct run *r)
{
	return inside(r, 30, "echo $(($(cat " SYSFS "/zone_address) + 0x400000)) >" PARAMETER("assume_late"));
}

static bool for_the_image_s_sake(struct run *r)
{
	return machine_console_has(&r->machine, "last look:") &&
	       machine_console_has(&r->machine, "near assigned pages; cold reset instead") ? true :
	       fail(r, "reset, but not because of the image");
}

static bool a_page_far_from_it_is_taken_late(struct run *r)
{
	return inside(r, 30, "echo $(($(cat " SYSFS "/zone_address) - 0x200000)) >" PARAMETER("assume_late"));
}

static bool one_block_crossed(struct run *r)
{
	if (r->hop.quarantined != 512 || r->hop.freed != 512)
		return fail(r, "%lld pages quarantined, %lld came back", r->hop.quarantined, r->hop.freed);
	return fill_memory(r);
}

/* A page of the chosen place counts as assigned at the last look, and not before. */
const struct scenario late_image_scenario = {
	.name = "late-image",
	.title = "a guest is launched over the image after the hand-over",
	.config = { .name = "late-image" },
	.steps = {
		{
			.name = "a_page_beside_the_image_that_is_assigned_after_the_hand_over_is_kept_out",
			.label = "page beside the image assigned late", .next = "6.12",
			.loaded = a_page_far_from_it_is_taken_late, .after = one_block_crossed,
		},
		{
			.name = "a_page_of_the_image_that_is_assigned_after_the_hand_over_ends_in_a_cold_reset",
			.label = "page of the image assigned late", .next = "6.12", .resets = true,
			.loaded = a_page_of_the_image_is_taken_late, .after = for_the_image_s_sake,
		},
	},
};
