// SPDX-License-Identifier: GPL-2.0-only
/* What two kernels can make of each other: features that one has and the other lacks. */
#include <string.h>

#include "scenario.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* As if a later ccp_ext had written it: bit 63 belongs to no feature. */
static bool mark_the_blob(struct run *r)
{
	return inside(r, 30, "echo 0x8000000000000000 >/sys/module/ccp_ext/parameters/assume_incompat");
}

/* Not a command to the firmware, not a page given back, and a reason that names the feature. */
static bool leaves_all_of_it_alone(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept != r->hop.quarantined)
		return fail(r, "%lld of %lld pages are still kept out", r->hop.kept, r->hop.quarantined);
	return inside(r, 30, "cd " SYSFS " && grep -qx 'found 1' restore && "
		      "grep -qx 'error -5 unknown incompatible feature' restore && "
		      "grep -qx 'lacks 63:?' restore && grep -qx 'psp_commands 0' restore && "
		      "grep -qx 'pages_freed 0' restore") &&
	       inside(r, 30, "cd " SYSFS " && grep -q . quarantine && grep -qx degraded state && "
		      "grep -q 'nothing is restored.*incompatible feature' state") &&
	       inside(r, 30, "dmesg | grep -q 'hand-over feature 63 (?), which this ccp_ext cannot restore'") &&
	       fill_memory(r);
}

static bool gets_all_of_it_back(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept)
		return fail(r, "%lld of %lld pages are still kept out", r->hop.kept, r->hop.quarantined);
	return inside(r, 30, "cd " SYSFS " && grep -qx 'error 0 none' restore && grep -qx 'lacks none' restore && "
		      "grep -qx 'pages_freed %lld' restore", r->hop.quarantined) && fill_memory(r);
}

const struct scenario unknown_feature_scenario = {
	.name = "unknown-feature",
	.title = "the previous kernel used a feature that the next one lacks",
	.config = { .name = "unknown-feature" },
	.steps = {
		{
			.name = "a_blob_with_an_unknown_feature_is_left_alone_and_its_quarantine_kept",
			.label = "unknown feature, SHUTDOWN refused",
			.next = "6.12", .sev_es = 2, .snp = 2, .force = true,
			.before = refuse_shutdown, .loaded = mark_the_blob, .after = leaves_all_of_it_alone,
		},
		{
			.name = "a_kernel_that_knows_all_features_gets_what_was_handed_on_back",
			.label = "... and on, all features known",
			.next = "6.12", .before = answer_again, .after = gets_all_of_it_back,
		},
	},
};
