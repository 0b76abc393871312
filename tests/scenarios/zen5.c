// SPDX-License-Identifier: GPL-2.0-only
/* Zen 5: entries of the RMP are read by an instruction, and the table may lie in segments. */
#include "scenario.h"

/* else SNPEn is cleared with the firmware's shutdown, and there is nothing to read any more */
#define SNP_EN_STAYS "x86-snp-shutdown=off"

#define ZEN5(scenario, step_name, ...) {							\
	.name = scenario,									\
	.title = "an RMP that ccp_ext cannot read",						\
	.config = { .name = scenario, .series = "7.3", .profile = "turin", .sets = { __VA_ARGS__ } }, \
	.steps = {										\
		{ .name = step_name, .label = scenario, .next = "7.3", .snp = 1, .stock = true, .resets = true },	\
	},											\
}

const struct scenario zen5_scenarios[ZEN5_NR] = {
	ZEN5("zen5-segmented", "a_segmented_rmp_ends_in_a_cold_reset", SNP_EN_STAYS),
	ZEN5("zen5-contiguous", "a_table_that_only_rmpread_can_read_ends_in_a_cold_reset",
	     SNP_EN_STAYS, "rmp-segmented=off"),
};
