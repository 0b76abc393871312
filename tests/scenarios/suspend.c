// SPDX-License-Identifier: GPL-2.0-only
/* Suspend with guests alive, as far as a kernel can test it. */
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"

static bool is_ready(struct run *r)
{
	return inside(r, 60, "grep -qx ready " SYSFS "/state && ! grep -q missing " SYSFS "/probes && "
			     "grep -qx 'snp INIT' " SYSFS "/firmware && ! dmesg | grep -E 'BUG:|WARNING:|Oops'");
}

/*
 * Each level is one step further, a second, and back: processes frozen, devices suspended, all CPUs but
 * one offline. Nothing wakes the machine from the last step, sleep itself, in time.
 */
static bool comes_back_from_each_level(struct run *r)
{
	return inside(r, 240, "echo 1 >/sys/module/suspend/parameters/pm_test_delay && "
			      "for level in freezer devices platform; do "
			      "echo $level >/sys/power/pm_test && echo freeze >/sys/power/state || exit 1; done; "
			      "echo deep >/sys/power/mem_sleep && for level in processors core; do "
			      "echo $level >/sys/power/pm_test && echo mem >/sys/power/state || exit 1; done; "
			      "echo none >/sys/power/pm_test; grep -q 'success: 5' /sys/kernel/debug/suspend_stats") &&
	       is_ready(r);
}

static bool left_nothing_behind(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->snp, "UNINIT") || hop->evicted != 2 || hop->quarantined)
		return fail(r, "at the jump SEV was %s, SNP %s; %lld guests evicted, %lld pages quarantined",
			    hop->sev, hop->snp, hop->evicted, hop->quarantined);
	return fill_memory(r);
}

const struct scenario suspend_scenario = {
	.name = "suspend",
	.title = "suspend with guests alive, and a jump after it",
	.config = { .name = "suspend", .processors = 4 },
	.steps = {
		{
			.name = "ccp_ext_is_ready_after_each_level_of_suspend",
			.sev_es = 1, .snp = 1, .after = comes_back_from_each_level,
		},
		{
			.name = "a_jump_after_a_suspend_leaves_nothing_behind",
			.label = "after a suspend", .next = "6.12", .after = left_nothing_behind,
		},
	},
};
