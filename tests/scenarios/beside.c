// SPDX-License-Identifier: GPL-2.0-only
/* The module's own pieces of memory, next to each other: where they come to lie is the first fit, and so is chance. */
#include "scenario.h"

static bool zone_begins_where_the_region_ends(struct run *r)
{
	return inside(r, 30, "set -- $(dmesg | sed -n 's/.*ccp_ext: region \\(0x[0-9a-f]*\\)+\\(0x[0-9a-f]*\\), "
			     "landing zone \\(0x[0-9a-f]*\\)+.*/\\1 \\2 \\3/p') && echo $* && test $(($1 + $2)) -eq $(($3))") &&
	       refuse_shutdown(r);
}

/* A region that is large ends above 128 MiB, from where on the zone is looked for. */
const struct scenario beside_scenario = {
	.name = "beside",
	.title = "the landing zone begins where the region ends",
	.config = { .name = "beside", .append = "nokaslr ccp_ext.region_mb=128" },
	.steps = {
		{
			.name = "a_landing_zone_that_begins_where_the_region_ends_does_not_hinder_a_quarantine",
			.label = "zone beside region, SHUTDOWN refused", .next = "6.12", .snp = 1,
			.before = zone_begins_where_the_region_ends, .after = kept_something,
		},
		{
			.name = "and_all_of_it_comes_back",
			.label = "... and no longer", .next = "6.12", .before = answer_again, .after = everything_came_back,
		},
	},
};
