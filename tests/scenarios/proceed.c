// SPDX-License-Identifier: GPL-2.0-only
/*
 * Controls: jumps that ccp_ext would not let happen, and that happen because somebody asks for it
 * (on_unsafe=proceed). What the guards are for is what becomes of the next kernel here.
 */
#include <stdlib.h>

#include "firmware.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PROCEED		"ccp_ext.on_unsafe=proceed"

const struct scenario stock_refusal_ignored_scenario = {
	.name = "stock-refusal-ignored",
	.title = "the control: a stock image beside a quarantine that it does not carry",
	.config = { .name = "stock-refusal-ignored", .sets = { IOMMU_UNLOCKED },
		    .append = ASSUME_UNLOCKED " " PROCEED },
	.steps = {
		{
			.name = "a_stock_image_that_jumps_without_its_quarantine_dies_of_an_rmp_fault",
			.label = "stock image, SHUTDOWN refused, no reset",
			.next = "6.12", .sev_es = 1, .snp = 1, .stock = true, .dies = true,
			.before = refuse_shutdown,
		},
	},
};
