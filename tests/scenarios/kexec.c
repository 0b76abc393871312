// SPDX-License-Identifier: GPL-2.0-only
/* Jumps with guests alive: what dies without ccp_ext, and what lives with it. */
#include <string.h>

#include "scenario.h"

/* AMD SEV firmware statuses */
#define WBINVD_REQUIRED		0xe
#define DFFLUSH_REQUIRED	0xf

bool firmware_down_at_jump(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!strcmp(hop->sev, "UNINIT") && strcmp(hop->snp, "INIT") && strcmp(hop->tmr, "locked"))
		return true;
	return fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
}

bool left_nothing(struct run *r)
{
	const struct hop *hop = &r->hop;
	int guests = step_guests(r->step);

	if (!firmware_down_at_jump(r))
		return false;
	if (hop->evicted != guests)
		return fail(r, "%lld guests evicted instead of %d", hop->evicted, guests);
	if (hop->quarantined || hop->kept)
		return fail(r, "%lld pages quarantined, %lld kept", hop->quarantined, hop->kept);
	return true;
}

static bool left_nothing_and_memory_is_ours(struct run *r)
{
	return left_nothing(r) && fill_memory(r);
}

const struct scenario stock_scenario = {
	.name = "stock",
	.title = "the control: guests alive, stock kernels, no ccp_ext",
	.config = { .name = "stock", .append = "ccpext=0" },
	.steps = {
		{
			.name = "stock_kexec_with_guests_alive_dies_of_an_rmp_fault",
			.label = "(a) stock kexec, no ccp_ext",
			.next = "6.12", .sev_es = 2, .snp = 2, .stock = true, .dies = true,
		},
	},
};

const struct scenario evict_scenario = {
	.name = "evict",
	.title = "hop after hop with guests alive",
	.config = { .name = "evict" },
	.steps = {
		{
			.name = "first_hop_6.12_to_6.12_evicts_sev_es_and_snp_guests",
			.label = "(b) guests alive",
			.next = "6.12", .sev_es = 2, .snp = 2, .after = left_nothing,
		},
		{
			.name = "second_hop_6.12_to_6.1_evicts_guests_for_a_kernel_without_snp",
			.label = "(b) into a kernel without SNP",
			.next = "6.1", .sev_es = 2, .snp = 2, .after = left_nothing_and_memory_is_ours,
		},
		{
			.name = "third_hop_6.1_to_6.12_evicts_sev_es_guests",
			.label = "(b) and back to one with SNP",
			.next = "6.12", .sev_es = 2, .after = left_nothing,
		},
		{
			.name = "memory_is_ours_and_guests_start_again_after_three_hops",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

const struct scenario evict_7_3_scenario = {
	.name = "evict-7.3",
	.title = "the same, with a kernel of 7.3 on either side",
	.config = { .name = "evict-7.3" },
	.steps = {
		{
			.name = "first_hop_6.12_to_7.3_evicts_sev_es_and_snp_guests",
			.label = "6.12 to 7.3, guests alive",
			.next = "7.3", .sev_es = 2, .snp = 2, .after = left_nothing_and_memory_is_ours,
		},
		{
			.name = "second_hop_7.3_to_7.3_evicts_sev_es_and_snp_guests",
			.label = "7.3 to 7.3",
			.next = "7.3", .sev_es = 2, .snp = 2, .after = left_nothing,
		},
		{
			.name = "third_hop_7.3_to_6.12_evicts_sev_es_and_snp_guests",
			.label = "and back",
			.next = "6.12", .sev_es = 2, .snp = 2, .after = left_nothing,
		},
		{
			.name = "memory_is_ours_and_guests_start_again_after_7.3",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

static bool demand_flushes(struct run *r)
{
	return inject(r, "SNP_SHUTDOWN_EX", DFFLUSH_REQUIRED, 1) &&
	       inject(r, "SNP_DF_FLUSH", WBINVD_REQUIRED, 1);
}

static bool flushes_were_demanded(struct run *r)
{
	return injected(r, "SNP_SHUTDOWN_EX", "0xf") && injected(r, "SNP_DF_FLUSH", "0xe") &&
	       left_nothing(r);
}

const struct scenario retry_scenario = {
	.name = "retry",
	.title = "a PSP that wants WBINVD and DF_FLUSH first",
	.config = { .name = "retry" },
	.steps = {
		{
			.name = "shutdown_is_retried_after_the_flushes_that_the_psp_demands",
			.label = "(c) SNP_SHUTDOWN_EX 0xF, SNP_DF_FLUSH 0xE",
			.next = "6.12", .sev_es = 2, .snp = 2,
			.before = demand_flushes, .after = flushes_were_demanded,
		},
	},
};

bool quarantine_holds(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined <= 0)
		return fail(r, "nothing was quarantined, although the PSP refused to shut down");
	if (strcmp(hop->tmr, "locked"))
		return fail(r, "TMR %s at the jump, although SHUTDOWN was refused", hop->tmr);
	/* unlike a kernel that may not read the blob (unknown-feature), this one asks again */
	return inside(r, 30, "! grep -qx 'psp_commands 0' /sys/kernel/ccp_ext/restore") && fill_memory(r);
}

const struct scenario refusal_scenario = {
	.name = "refusal",
	.title = "a PSP that refuses SHUTDOWN for good",
	.config = { .name = "refusal" },
	.steps = {
		{
			.name = "what_the_psp_keeps_is_kept_out_of_the_next_kernel",
			.label = "(d) SHUTDOWN refused for good",
			.next = "6.12", .sev_es = 2, .snp = 2,
			.before = refuse_shutdown, .after = quarantine_holds,
		},
		{
			.name = "the_quarantine_survives_a_second_hop",
			.label = "(d) and once more",
			.next = "6.12", .after = quarantine_holds,
		},
	},
};

const struct scenario no_quarantine_scenario = {
	.name = "no-quarantine",
	.title = "the control of (d): the same refusal, quarantine switched off",
	.config = { .name = "no-quarantine", .sets = { IOMMU_UNLOCKED },
		    .append = "ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "without_quarantine_the_next_kernel_dies_of_an_rmp_fault",
			.label = "(d) the same without quarantine",
			.next = "6.12", .sev_es = 2, .snp = 2, .dies = true,
			.before = refuse_shutdown, .after = NULL,
		},
	},
};

const struct scenario rome_scenario = {
	.name = "rome",
	.title = "a host with SEV-ES and without SNP",
	.config = { .name = "rome", .profile = "rome" },
	.steps = {
		{
			.name = "sev_es_guests_are_evicted_on_a_host_without_snp",
			.label = "SEV-ES only, 6.12 to 6.1",
			.next = "6.1", .sev_es = 2, .after = left_nothing_and_memory_is_ours,
		},
		{
			.name = "sev_es_guests_are_evicted_on_6.1_without_snp",
			.label = "SEV-ES only, 6.1 to 6.12",
			.next = "6.12", .sev_es = 2, .after = left_nothing,
		},
	},
};
