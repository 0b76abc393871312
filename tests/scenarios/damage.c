// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes of the hand-over that change in the jump. The kernel has reserved what the chain names before anybody looks,
 * so what cannot be read costs memory, and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "damage.h"

#define SYSFS		"/sys/kernel/ccp_ext"

bool damage_in_the_jump(struct run *r, long offset)
{
	char fault[128];

	if (!inside(r, 30, "cat " SYSFS "/region_address"))
		return false;
	snprintf(fault, sizeof(fault),
		 "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":1,\"xor\":1}",
		 strtoll(r->output, NULL, 0) + offset);
	return !machine_control(&r->machine, "fault-add", json_tokener_parse(fault), NULL) ||
	       fail(r, "the machine does not take the fault %s", fault);
}

static bool refuse_and_corrupt_the_blob(struct run *r)
{
	return refuse_shutdown(r) && damage_in_the_jump(r, DAMAGE_BLOB);
}

static bool refuse_and_corrupt_the_chain(struct run *r)
{
	return refuse_shutdown(r) && damage_in_the_jump(r, DAMAGE_CHAIN);
}

/* What the firmware holds stays with it, and nobody asks it for anything before ccp does. */
static bool quarantine_is_kept(struct run *r)
{
	if (strcmp(r->hop.tmr, "locked") || r->hop.quarantined <= 0 || r->hop.kept != r->hop.quarantined)
		return fail(r, "TMR %s at the jump; of %lld pages %lld are kept", r->hop.tmr,
			    r->hop.quarantined, r->hop.kept);
	return inside(r, 30, "grep -q '^error -\\?[1-9][0-9]* .*checksum' " SYSFS "/restore && "
			     "grep -qx 'psp_commands 0' " SYSFS "/restore && "
			     "grep -qx degraded " SYSFS "/state && grep -q 'nothing is restored' " SYSFS "/state && "
			     "grep -q . " SYSFS "/quarantine && ! grep -q . " SYSFS "/last_shutdown") &&
	       inside_fails(r, 1, "", "rmmod ccp_ext 2>&1") && fill_memory(r);
}

static bool all_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined <= 0 || hop->freed != hop->quarantined || hop->kept)
		return fail(r, "of %lld pages %lld came back, %lld are kept", hop->quarantined, hop->freed,
			    hop->kept);
	return inside(r, 30, "grep -qx 'error 0 none' " SYSFS "/restore") && fill_memory(r);
}

/* The list is lost to the module; the kernel has kept to it. */
static bool chain_is_not_believed(struct run *r)
{
	return inside(r, 30, "grep -qx 'found 0' " SYSFS "/restore && "
			     "grep -q '^error -\\?[1-9][0-9]* not a hand-over chain' " SYSFS "/restore && "
			     "grep -qx degraded " SYSFS "/state") &&
	       fill_memory(r);
}

const struct scenario damaged_scenario = {
	.name = "damaged",
	.title = "the hand-over is damaged by the jump",
	.config = { .name = "damaged" },
	.steps = {
		{
			.name = "behind_a_blob_that_the_jump_broke_the_quarantine_is_kept_and_nothing_restored",
			.label = "blob damaged, SHUTDOWN refused", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = refuse_and_corrupt_the_blob, .after = quarantine_is_kept,
		},
		{
			.name = "it_is_handed_on_and_comes_back_once_the_psp_answers",
			.label = "... and on", .next = "6.12", .before = answer_again, .after = all_came_back,
		},
		{
			.name = "behind_a_chain_that_the_jump_broke_memory_stays_kept_out",
			.label = "chain damaged, SHUTDOWN refused", .next = "6.12",
			.before = refuse_and_corrupt_the_chain, .after = chain_is_not_believed,
		},
		{
			.name = "a_quarantine_of_which_the_list_was_lost_ends_in_a_cold_reset",
			.label = "... and on, SHUTDOWN still refused", .next = "6.12", .resets = true,
		},
	},
};

static bool corrupt_the_blob(struct run *r)
{
	return damage_in_the_jump(r, DAMAGE_BLOB);
}

static bool nothing_is_restored(struct run *r)
{
	return inside(r, 30, "grep -qx degraded " SYSFS "/state") && fill_memory(r);
}

/* What SNP is, only the firmware knows there, and 6.1's ccp cannot ask for its status. */
static bool snp_was_known_to_be_down(struct run *r)
{
	return hop_found_firmware_down(r) && inside(r, 30, "! grep -q ccp_ext.parked /proc/cmdline") && fill_memory(r);
}

const struct scenario damaged_unaware_scenario = {
	.name = "damaged-unaware",
	.title = "... into a kernel that knows no SNP",
	.config = { .name = "damaged-unaware" },
	.steps = {
		{
			.name = "a_kernel_without_snp_does_not_believe_a_blob_that_the_jump_broke",
			.label = "blob damaged, 6.1", .next = "6.1", .sev_es = 1, .snp = 1,
			.before = corrupt_the_blob, .after = nothing_is_restored,
		},
		{
			.name = "and_finds_out_that_snp_is_down_before_it_jumps_on",
			.label = "... and on", .next = "6.12", .sev_es = 1, .after = snp_was_known_to_be_down,
		},
		{
			.name = "where_snp_guests_start",
			.label = "... and on", .next = "6.12", .snp = 1, .after = snp_was_known_to_be_down,
		},
	},
};
