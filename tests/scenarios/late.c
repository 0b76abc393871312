// SPDX-License-Identifier: GPL-2.0-only
/* Places where a page cannot be kept out: the image itself, and too much of the top of RAM. */
#include <stdlib.h>
#include <string.h>

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

static bool fill_the_top(struct run *r, const char *blocks, const char *cut_max_mb)
{
	return inside(r, 30, "echo %s >" PARAMETER("assume_top") " && echo %s >" PARAMETER("cut_max_mb"),
		      blocks, cut_max_mb);
}

static long long ram_end;

/* Where the last range of RAM ends, in the map that this kernel was given. */
static bool end_of_ram(struct run *r, long long *end)
{
	if (!inside(r, 30, "dmesg | sed -n 's/.*BIOS-e820: .mem 0x[0-9a-f]*-\\(0x[0-9a-f]*\\). usable/\\1/p' | tail -n 1"))
		return false;
	*end = strtoll(r->output, NULL, 16);
	return *end || fail(r, "no RAM in the log");
}

static bool cut_64_mib(struct run *r)
{
	return end_of_ram(r, &ram_end) && fill_the_top(r, "32", "64");
}

static bool lost_64_mib(struct run *r)
{
	long long end, lost;

	if (!end_of_ram(r, &end))
		return false;
	lost = ram_end - end;
	if (lost > 64 << 20 || lost <= 62 << 20)
		return fail(r, "RAM ended at %#llx and ends at %#llx", ram_end, end);
	return fill_memory(r);
}

static bool cut_more(struct run *r)
{
	return fill_the_top(r, "33", "64");
}

static bool for_want_of_a_top(struct run *r)
{
	return machine_console_has(&r->machine, "in the topmost 2 MiB of RAM; cold reset instead") ||
	       fail(r, "reset, but not because of the top of RAM");
}

const struct scenario top_bound_scenario = {
	.name = "top-bound",
	.title = "how much of the top of RAM a jump may cost",
	.config = { .name = "top-bound" },
	.steps = {
		{
			.name = "64_mib_of_assigned_pages_at_the_top_of_ram_cost_the_next_kernel_64_mib",
			.label = "64 MiB at the top assigned", .next = "6.12", .before = cut_64_mib,
			.after = lost_64_mib,
		},
		{
			.name = "more_than_that_ends_in_a_cold_reset",
			.label = "66 MiB at the top assigned", .next = "6.12", .resets = true,
			.before = cut_more, .after = for_want_of_a_top,
		},
	},
};

/* A guest with a page in each block has one in each of those at the top. */
static bool crowd_lazily(struct run *r, const char *cut_max_mb)
{
	return inside(r, 30, "echo lazy >" SYSFS "/policy && echo 1 >" PARAMETER("lazy_spare_mb") " && "
			     "echo %s >" PARAMETER("cut_max_mb"), cut_max_mb) &&
	       inside(r, 180, "(sevguest --kind snp --size 1500 --spread 2 --hold >/run/crowd 2>&1) & "
			      "until grep -qE 'ready|sevguest:' /run/crowd 2>/dev/null; do sleep 0.1; done; "
			      "grep ready /run/crowd");
}

static bool crowd_the_top(struct run *r)
{
	return crowd_lazily(r, "4");
}

static bool were_evicted(struct run *r)
{
	return (r->hop.evicted == 1 && !r->hop.assigned_after) ||
	       fail(r, "%lld guests evicted, %lld pages assigned", r->hop.evicted, r->hop.assigned_after);
}

const struct scenario top_lazy_scenario = {
	.name = "top-lazy",
	.title = "policy lazy, and guests that fill the top of RAM",
	.on_demand = true,
	.config = { .name = "top-lazy" },
	.steps = {
		{
			.name = "lazy_evicts_guests_that_fill_more_of_the_top_of_ram_than_may_be_lost",
			.label = "lazy, guests fill the top of RAM", .next = "6.12", .before = crowd_the_top,
			.after = were_evicted,
		},
	},
};
