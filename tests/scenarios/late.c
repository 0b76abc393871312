// SPDX-License-Identifier: GPL-2.0-only
/* Places where a page cannot be kept out: the image itself, and too much of the top of RAM. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096
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

/* RMPUPDATEs since the machine began, resets or not. */
static bool rmp_updates(struct run *r, long long *count)
{
	struct json_object *counters, *field;
	bool ok;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	ok = json_object_object_get_ex(counters, "rmpupdate", &field) &&
	     json_object_object_get_ex(field, "count", &field);
	*count = ok ? json_object_get_int64(field) : 0;
	json_object_put(counters);
	return ok || fail(r, "the machine counted no RMPUPDATE");
}

static long long updates;

static bool cut_more(struct run *r)
{
	return inside(r, 30, "echo lazy >" SYSFS "/policy") && fill_the_top(r, "33", "64") &&
	       rmp_updates(r, &updates);
}

/* Pages of an evicted guest are given back one by one; lazy would not have touched them. */
static bool guests_were_evicted_for_want_of_a_top(struct run *r)
{
	long long now;

	if (!machine_console_has(&r->machine, "in the topmost 2 MiB of RAM; cold reset instead"))
		return fail(r, "reset, but not because of the top of RAM");
	if (!rmp_updates(r, &now))
		return false;
	return now - updates >= GUEST_PAGES ||
	       fail(r, "%lld RMPUPDATEs: the guest was not evicted", now - updates);
}

const struct scenario top_bound_scenario = {
	.name = "top-bound",
	.title = "how much of the top of RAM a jump may cost",
	.config = { .name = "top-bound", .reboots = true },
	.steps = {
		{
			.name = "64_mib_of_assigned_pages_at_the_top_of_ram_cost_the_next_kernel_64_mib",
			.label = "64 MiB at the top assigned", .next = "6.12", .before = cut_64_mib,
			.after = lost_64_mib,
		},
		{
			.name = "for_more_than_that_lazy_guests_are_evicted_and_if_that_does_not_help_it_is_a_cold_reset",
			.label = "66 MiB at the top assigned", .next = "6.12", .snp = 1, .resets = true,
			.before = cut_more, .after = guests_were_evicted_for_want_of_a_top,
		},
	},
};
