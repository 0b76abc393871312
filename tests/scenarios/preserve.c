// SPDX-License-Identifier: GPL-2.0-only
/* Policy preserve: SNP guests cross in the firmware, and live until somebody ends them. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "firmware.h"
#include "hop.h"
#include "preserve.h"

#define SYSFS		"/sys/kernel/ccp_ext"
/* AMD SEV-SNP firmware ABI, GUEST_POLICY: bits 16 and 17 as always, bit 19 debugging allowed */
#define DEBUG_POLICY	"b0000"
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096

/* Launched by the harness: one that may not be looked into; here: one that may. */
bool preserve_launch_debug_guest(struct run *r)
{
	return hop_launch_guests(r, "debug", "--kind snp --policy " DEBUG_POLICY);
}

static bool firmware_is_up(struct run *r)
{
	const struct hop *hop = &r->hop;

	return (!strcmp(hop->snp, "INIT") && !strcmp(hop->tmr, "locked")) ||
	       fail(r, "at the jump SNP was %s, TMR %s", hop->snp, hop->tmr);
}

/* The same two contexts, each alive by the firmware's word, one by its plaintext too. */
bool preserve_guests_live_on(struct run *r)
{
	long long gctx[4];
	int n = firmware_contexts(r, gctx, 4);

	if (!firmware_is_up(r) || n < 0)
		return false;
	if (n != 2)
		return fail(r, "%d contexts in the firmware instead of 2", n);
	for (int i = 0; i < n; i++)
		if (!inside(r, 30, "grep -E '^0x%llx [0-9]+ 0x[0-9a-f]+ 2 ' " SYSFS "/adopted", gctx[i]))
			return false;
	if (!inside(r, 30, "grep -E '^0x[0-9a-f]+ [0-9]+ 0x" DEBUG_POLICY " 2 same$' " SYSFS "/adopted && "
			   "grep -E ' 2 none$' " SYSFS "/adopted"))
		return false;
	if (r->hop.assigned_after < 2 * GUEST_PAGES)
		return fail(r, "only %lld pages are still assigned", r->hop.assigned_after);
	return inside(r, 30, "ls -d /sys/bus/pci/drivers/ccp_ext/0*") && fill_memory(r);
}

static bool number(struct run *r, long long *value, const char *command)
{
	if (!inside(r, 60, "%s", command))
		return false;
	*value = strtoll(r->output, NULL, 0);
	return true;
}

#define KEPT "sed -n 's/^kept_guest //p' " SYSFS "/giveback"
#define KEPT_ALL "awk '/^kept_/ { n += $2 } END { print n }' " SYSFS "/giveback"
#define FREED "sed -n 's/^pages_freed //p' " SYSFS "/restore"

/* One ends and its pages come back, and the other is not touched. */
static bool one_is_released(struct run *r)
{
	long long gctx[4], freed, freed_then, kept, kept_then, all, all_then;

	if (!number(r, &freed, FREED) || !number(r, &kept, KEPT) || !number(r, &all, KEPT_ALL) ||
	    !inside(r, 60, "set -- $(grep ' same$' " SYSFS "/adopted); echo $1 >" SYSFS "/adopted_release && "
			   "[ $(wc -l <" SYSFS "/adopted) = 1 ] && grep -E ' 2 none$' " SYSFS "/adopted") ||
	    !wait_for_give_back(r, 60) || !number(r, &freed_then, FREED) ||
	    !number(r, &kept_then, KEPT) || !number(r, &all_then, KEPT_ALL))
		return false;
	/* what shares a block with the firmware's pages is kept for those now */
	if (freed_then - freed != all - all_then)
		return fail(r, "%lld pages fewer are kept, but %lld came back", all - all_then,
			    freed_then - freed);
	/* some may lie where the top of RAM was cut off */
	if (kept - kept_then < GUEST_PAGES / 2 || freed_then - freed < GUEST_PAGES / 2 ||
	    kept_then < GUEST_PAGES / 2)
		return fail(r, "%lld pages were kept for two guests, %lld for one, and %lld came back", kept,
			    kept_then, freed_then - freed);
	if (firmware_contexts(r, gctx, 4) != 1)
		return fail(r, "the firmware has not one context left");
	return inside_fails(r, 1, "", "echo 0x1000 >" SYSFS "/adopted_release 2>&1") && fill_memory(r);
}

/* With the last one the firmware comes to rest, ccp takes over, and all that was kept comes back. */
static bool the_last_is_released(struct run *r)
{
	long long gctx[4];

	if (!inside(r, 60, "echo all >" SYSFS "/adopted_release && ! grep -q . " SYSFS "/adopted") ||
	    !wait_for_give_back(r, 60))
		return false;
	if (firmware_contexts(r, gctx, 4))
		return fail(r, "the firmware still has contexts");
	return inside(r, 60, "ls -d /sys/bus/pci/drivers/ccp/0* && "
			     "rmmod kvm_amd && rmmod ccp && modprobe ccp && modprobe kvm_amd && "
			     "sevguest --kind sev-es --count 2 --json") && fill_memory(r);
}

#define HOP(sentence, from, to, nr_sev_es, nr_snp, first) {				\
	.name = sentence, .label = "preserve, " from " to " to, .next = to,		\
	.sev_es = (nr_sev_es), .snp = (nr_snp), .before = first, .after = preserve_guests_live_on, \
}

const struct scenario preserve_scenario = {
	.name = "preserve",
	.title = "SNP guests cross in the firmware, hop after hop, and end one by one",
	.config = { .name = "preserve", .append = PRESERVE },
	.steps = {
		HOP("preserved_guests_live_on_after_6.12_to_6.12", "6.12", "6.12", 1, 1, preserve_launch_debug_guest),
		HOP("preserved_guests_live_on_after_6.12_to_7.3", "6.12", "7.3", 0, 0, NULL),
		HOP("preserved_guests_live_on_after_7.3_to_6.1_which_knows_no_snp", "7.3", "6.1", 0, 0, NULL),
		HOP("preserved_guests_live_on_after_6.1_to_6.12", "6.1", "6.12", 0, 0, NULL),
		{
			.name = "a_preserved_guest_is_released_and_the_other_is_not_touched",
			.after = one_is_released,
		},
		{
			.name = "with_the_last_guest_the_firmware_comes_to_rest_and_ccp_takes_over",
			.after = the_last_is_released,
		},
		{
			.name = "snp_guests_start_again_after_the_next_jump",
			.label = "preserve, back to normal", .next = "6.12",
		},
		{
			.name = "memory_is_ours_after_all_preserved_guests_ended",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

/* Where the module will look: the first page of the guest's that its runs name. */
static bool corrupt_the_page_that_proves(struct run *r)
{
	char fault[128];
	long long pfn;

	if (!preserve_launch_debug_guest(r) ||
	    !number(r, &pfn, "rmpctl show --json --runs " SYSFS "/blob | tr -d ' \\n' | tr '{' '\\n' | "
		    "sed -n 's/^\"pfn\":\\([0-9]*\\),.*\"state\":\"Guest-Valid\",\"flags\":[01]}.*/\\1/p' | "
		    "head -n 1"))
		return false;
	if (!pfn)
		return fail(r, "no page of the guest is in the blob");
	snprintf(fault, sizeof(fault), "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":4096}",
		 pfn << 12);
	if (machine_control(&r->machine, "fault-add", json_tokener_parse(fault), NULL))
		return fail(r, "the machine does not take the fault %s", fault);
	return true;
}

static bool the_damage_is_seen(struct run *r)
{
	return inside(r, 30, "grep -E ' 2 differs$' " SYSFS "/adopted");
}

const struct scenario preserve_damaged_scenario = {
	.name = "preserve-damaged",
	.title = "the control: a guest's page is damaged by the jump",
	.config = { .name = "preserve-damaged", .append = PRESERVE },
	.steps = {
		{
			.name = "a_preserved_guest_whose_memory_changed_is_told_by_its_proof",
			.label = "preserve, a page damaged", .next = "6.12",
			.before = corrupt_the_page_that_proves, .after = the_damage_is_seen,
		},
	},
};

static bool were_evicted(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!machine_console_has(&r->machine, "guests are evicted although the policy is preserve: SNP would stay up"))
		return fail(r, "guests were not evicted for the sake of the image");
	if (hop->evicted != 1 || hop->quarantined || strcmp(hop->snp, "UNINIT"))
		return fail(r, "%lld guests evicted, %lld pages kept out, SNP %s", hop->evicted, hop->quarantined, hop->snp);
	return fill_memory(r);
}

/* What becomes of such an image beside a firmware that stays up, file-locked-iommu shows. */
const struct scenario preserve_file_scenario = {
	.name = "preserve-file",
	.title = "policy preserve, and an image that cannot be told to leave the IOMMU alone",
	.config = { .name = "preserve-file", .append = PRESERVE },
	.steps = {
		{
			.name = "guests_are_not_preserved_for_an_image_whose_command_line_cannot_change",
			.label = "preserve, file", .next = "6.12", .snp = 1, .file = true, .after = were_evicted,
		},
	},
};

/* The firmware runs them still, and what they have in memory is the host's. */
static bool guests_lost_their_memory(struct run *r)
{
	long long gctx[4], assigned = hop_assigned_pages(&r->machine);

	if (!firmware_is_up(r) || firmware_contexts(r, gctx, 4) != 2)
		return fail(r, "the firmware has not two contexts");
	if (r->hop.assigned_after < 2 * GUEST_PAGES || assigned < 0 || assigned > r->hop.assigned_after - GUEST_PAGES)
		return fail(r, "%lld pages were assigned at the jump, and are %lld after the give-back",
			    r->hop.assigned_after, assigned);
	return true;
}

const struct scenario preserve_taken_scenario = {
	.name = "preserve-taken",
	.title = "the control: the give-back does not go around adopted guests",
	.config = { .name = "preserve-taken", .append = PRESERVE " ccp_ext.assume_ended=1" },
	.steps = {
		{
			.name = "without_the_look_at_asids_preserved_guests_lose_their_memory",
			.label = "preserve, guests' pages given back", .next = "6.12", .snp = 1,
			.before = preserve_launch_debug_guest, .after = guests_lost_their_memory,
		},
	},
};

/* The pairs that the first walk leaves out. */
const struct scenario policy_preserve_scenario = {
	.name = "policy-preserve",
	.title = "policy preserve, where SNP guests are at stake",
	.on_demand = true,
	.config = { .name = "policy-preserve", .append = PRESERVE },
	.steps = {
		HOP("policy_preserve_takes_6.12_to_6.1", "6.12", "6.1", 0, 1, preserve_launch_debug_guest),
		HOP("policy_preserve_takes_6.1_to_7.3", "6.1", "7.3", 0, 0, NULL),
		HOP("policy_preserve_takes_7.3_to_6.12", "7.3", "6.12", 0, 0, NULL),
		{
			.name = "after_three_hops_a_preserved_guest_is_released",
			.after = one_is_released,
		},
		{
			.name = "after_three_hops_the_last_preserved_guest_is_released",
			.after = the_last_is_released,
		},
	},
};

/* Guests of 7.3: another ccp, another KVM, and another teardown than 6.12's. */
const struct scenario policy_preserve_7_3_scenario = {
	.name = "policy-preserve-7.3",
	.title = "policy preserve, guests launched in 7.3",
	.on_demand = true,
	.config = { .name = "policy-preserve-7.3", .series = "7.3", .append = PRESERVE },
	.steps = {
		HOP("policy_preserve_takes_guests_of_7.3_to_7.3", "7.3", "7.3", 1, 1, preserve_launch_debug_guest),
		HOP("policy_preserve_takes_guests_of_7.3_on_to_6.12", "7.3", "6.12", 0, 0, NULL),
		{
			.name = "a_preserved_guest_of_7.3_is_released",
			.after = one_is_released,
		},
		{
			.name = "the_last_preserved_guest_of_7.3_is_released",
			.after = the_last_is_released,
		},
		{
			.name = "snp_guests_start_again_in_7.3_after_the_next_jump",
			.label = "preserve, back to normal", .next = "7.3",
		},
		HOP("policy_preserve_takes_guests_of_7.3_to_6.12", "7.3", "6.12", 0, 1, preserve_launch_debug_guest),
	},
};
