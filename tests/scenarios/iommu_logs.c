// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU's logs, which cannot all be made shared again once the firmware is down. A log that the
 * kernel never set up, the usual reason, comes to lie on a 2 MiB boundary by chance; here it is a page
 * that RMPUPDATE finds in use: when ccp wants it, or when the module does so behind ccp as well.
 */
#include "scenario.h"

static bool a_page_was_missed(struct run *r)
{
	return machine_console_has(&r->machine, "not all of the IOMMUs' logs were made shared again") ||
	       fail(r, "no page of the logs was missed");
}

static bool nothing_was_left(struct run *r)
{
	const struct hop *hop = &r->hop;

	return a_page_was_missed(r) &&
	       ((!hop->assigned_after && !hop->quarantined) ||
		fail(r, "%lld pages were assigned, and %lld kept out", hop->assigned_after, hop->quarantined)) &&
	       hop_found_firmware_down(r) && fill_memory(r);
}

static bool all_of_the_logs_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!a_page_was_missed(r))
		return false;
	if (hop->assigned_after <= 0 || hop->freed <= 0 || hop->kept || hop->pending)
		return fail(r, "%lld pages were assigned; %lld were given back, %lld are kept, %lld pending",
			    hop->assigned_after, hop->freed, hop->kept, hop->pending);
	return hop_found_firmware_down(r) && fill_memory(r);
}

static bool the_firmware_has_buffers(struct run *r)
{
	return hop_found_firmware_down(r) &&
	       (r->hop.kept > 0 || fail(r, "nothing is kept")) &&
	       inside(r, 30, "grep -q '^kept_firmware [1-9]' /sys/kernel/ccp_ext/giveback");
}

#define PAGE_IN_USE(times) "{\"command\": \"RMPUPDATE\", \"armed_by\": \"SNP_SHUTDOWN_EX\", \"status\": 3, \"count\": " times "}"

const struct scenario iommu_logs_scenarios[3] = {
	{
		.name = "iommu-logs",
		.title = "the IOMMU's logs stay assigned after the shutdown",
		.config = { .name = "iommu-logs" },
		.steps = {
			{
				.name = "logs_that_ccp_leaves_are_taken_back",
				.label = "a page of a log in use, into 6.1", .next = "6.1", .snp = 1,
				.fault = PAGE_IN_USE("1"), .after = nothing_was_left,
			},
		},
	}, {
		.name = "iommu-logs-left",
		.title = "... and one of them is still in use",
		.config = { .name = "iommu-logs-left" },
		.steps = {
			{
				.name = "logs_that_are_not_shared_again_come_back_in_a_kernel_without_snp",
				.label = "a page of a log in use for long, into 6.1", .next = "6.1", .snp = 1,
				.fault = PAGE_IN_USE("2"), .after = all_of_the_logs_came_back,
			},
		},
	}, {
		.name = "iommu-logs-told",
		.title = "... and ccp is told",
		.config = { .name = "iommu-logs-told", .append = "ccp_ext.iommu_share=0" },
		.steps = {
			{
				.name = "a_ccp_that_is_told_gives_the_firmware_buffers_that_do_not_come_back",
				.label = "the same with iommu_share=0", .next = "6.1", .snp = 1,
				.fault = PAGE_IN_USE("1"), .after = the_firmware_has_buffers,
			},
		},
	},
};
