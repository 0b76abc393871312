// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "scenario.h"

const struct scenario * const scenario_table[] = {
	&stock_scenario,
	&evict_scenario,
	&evict_7_3_scenario,
	&retry_scenario,
	&refusal_scenario,
	&no_quarantine_scenario,
	&rome_scenario,
	&no_ccp_scenario,
	&no_psp_scenario,
	&stray_handover_scenarios[0],
	&stray_handover_scenarios[1],
	&stray_handover_scenarios[2],
	&bad_image_scenario,
	&no_module_scenario,
	&no_zone_scenario,
	&stock_image_scenario,
	&stock_refusal_scenario,
	&changed_image_scenario,
	&give_back_scenario,
	&rome_refusal_scenario,
	&rome_no_quarantine_scenario,
	&unload_scenario,
	&top_of_ram_scenario,
	&late_scenario,
	&hidden_memory_scenario,
	&locked_iommu_scenario,
	&crash_locked_scenario,
	&crash_reuse_scenario,
	&crash_down_scenario,
	&crash_no_snp_scenario,
	&crash_no_snp_7_3_scenario,
	NULL,
};
