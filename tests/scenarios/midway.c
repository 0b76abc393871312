// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests in the middle of something: being launched, sent to another host, received from one. No VMM
 * comes back to finish that, so each is ended under every policy, and the blob tells what it was doing.
 */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS	"/sys/kernel/ccp_ext"
#define BLOB	SYSFS "/incoming"

static bool leave(struct run *r, const char *kind, const char *where)
{
	char name[32];

	snprintf(name, sizeof(name), "left-%s", where);
	return hop_launch_guests(r, name, "--kind %s %s%s", kind, *where ? "--leave " : "", where);
}

static bool policy_is(struct run *r, const char *policy)
{
	return inside(r, 30, "echo %s >" SYSFS "/policy", policy);
}

static bool three_sev_guests(struct run *r, const char *policy)
{
	if (!policy_is(r, policy) || !leave(r, "sev", "launch") || !leave(r, "sev", "send") ||
	    !leave(r, "sev", "receive"))
		return false;
	if (firmware_guests(r, NULL) != 3 || firmware_guests(r, "LUPDATE") != 1 || firmware_guests(r, "SUPDATE") != 1 ||
	    firmware_guests(r, "RUPDATE") != 1)
		return fail(r, "the firmware has not one guest in each of the states");
	return true;
}

/*
 * None is received: beside SNP kvm_amd's RECEIVE_UPDATE_DATA fails on each host whose SME is not active, since ccp looks for
 * the page's entry in the RMP by its address with the C-bit (snp_map_cmd_buf_desc() clears SME's mask, which is 0 then).
 */
static bool beside_snp(struct run *r, const char *policy)
{
	if (!policy_is(r, policy) || !leave(r, "sev", "launch") || !leave(r, "sev", "send") || !leave(r, "snp", ""))
		return false;
	if (firmware_guests(r, NULL) != 3 || firmware_guests(r, "LUPDATE") != 1 || firmware_guests(r, "SUPDATE") != 1 ||
	    firmware_guests(r, "RUNNING") != 1)
		return fail(r, "the firmware has not one guest in each of the states, and one that runs");
	return true;
}

static bool two_snp_guests(struct run *r, const char *policy)
{
	if (!policy_is(r, policy) || !leave(r, "snp", "launch") || !leave(r, "snp", ""))
		return false;
	if (firmware_guests(r, NULL) != 2 || firmware_guests(r, "LAUNCH") != 1 || firmware_guests(r, "RUNNING") != 1)
		return fail(r, "the firmware has not one guest in its launch and one that runs");
	return true;
}

#define BEFORE(guests, policy) \
	static bool guests##_##policy(struct run *r) { return guests(r, #policy); }

BEFORE(three_sev_guests, evict)
BEFORE(three_sev_guests, lazy)
BEFORE(three_sev_guests, preserve)
BEFORE(beside_snp, evict)
BEFORE(beside_snp, lazy)
BEFORE(two_snp_guests, evict)
BEFORE(two_snp_guests, lazy)
BEFORE(two_snp_guests, preserve)

/* The blob names one guest of @kind with this fate that was in @state. */
static bool told(struct run *r, const char *kind, const char *fate, const char *state)
{
	return inside(r, 30, "[ $(rmpctl show " BLOB " | grep -cE '^ *%s +ASID .* %s, was %s$') = 1 ]", kind, fate,
		      state);
}

/* By rule: ended, whatever they were doing; the firmware is at rest, and the host can begin anew. */
static bool all_three_ended(struct run *r, const char *fate)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->tmr, "free"))
		return fail(r, "at the jump SEV was %s, TMR %s", hop->sev, hop->tmr);
	if (hop->quarantined || hop->kept)
		return fail(r, "%lld pages quarantined, %lld kept", hop->quarantined, hop->kept);
	return told(r, "SEV", fate, "LUPDATE") && told(r, "SEV", fate, "SUPDATE") &&
	       told(r, "SEV", fate, "RUPDATE") && firmware_has_guests(r, 0) &&
	       inside(r, 180, "sevguest --kind sev --count 2 && sevguest --kind sev-es --count 2") &&
	       firmware_has_guests(r, 0);
}

static bool three_were_evicted(struct run *r)
{
	return all_three_ended(r, "evicted");
}

static bool three_were_decommissioned(struct run *r)
{
	return all_three_ended(r, "decommissioned") && fill_memory(r);
}

#define STEP(sentence, text, to, guests, policy, look) {			\
	.name = sentence, .label = text, .next = to,			\
	.before = guests##_##policy, .after = look,			\
}

const struct scenario midway_scenario = {
	.name = "midway",
	.title = "SEV guests in the middle of launch, send and receive",
	.config = { .name = "midway", .profile = "rome" },
	.steps = {
		STEP("guests_in_launch_send_and_receive_are_evicted_and_their_states_are_told",
		     "SEV guests midway, evict", "6.12", three_sev_guests, evict, three_were_evicted),
		STEP("a_lazy_jump_decommissions_guests_in_launch_send_and_receive",
		     "SEV guests midway, lazy", "7.3", three_sev_guests, lazy, three_were_decommissioned),
		STEP("a_preserving_jump_decommissions_guests_in_launch_send_and_receive",
		     "SEV guests midway, preserve", "6.1", three_sev_guests, preserve, three_were_decommissioned),
		STEP("6.1_evicts_guests_in_launch_send_and_receive_too",
		     "SEV guests midway, evict, 6.1 to 6.12", "6.12", three_sev_guests, evict, three_were_evicted),
	},
};

static bool all_of_both_kinds_ended(struct run *r, const char *fate)
{
	return told(r, "SEV", fate, "LUPDATE") && told(r, "SEV", fate, "SUPDATE") && told(r, "SNP", fate, "RUNNING") &&
	       firmware_has_guests(r, 0) && fill_memory(r) &&
	       inside(r, 180, "sevguest --kind sev --count 2 && sevguest --kind snp --count 2") && firmware_has_guests(r, 0);
}

static bool both_kinds_were_evicted(struct run *r)
{
	return all_of_both_kinds_ended(r, "evicted");
}

static bool both_kinds_were_decommissioned(struct run *r)
{
	return all_of_both_kinds_ended(r, "decommissioned");
}

const struct scenario midway_beside_scenario = {
	.name = "midway-beside",
	.title = "SEV guests in the middle of launch and send, beside an SNP guest",
	.config = { .name = "midway-beside" },
	.steps = {
		STEP("beside_snp_guests_in_launch_and_send_are_evicted_and_their_states_are_told",
		     "SEV guests midway, beside SNP, evict", "7.3", beside_snp, evict, both_kinds_were_evicted),
		STEP("a_lazy_jump_decommissions_guests_in_launch_and_send_beside_snp",
		     "SEV guests midway, beside SNP, lazy", "6.12", beside_snp, lazy, both_kinds_were_decommissioned),
	},
};

static bool both_were_evicted(struct run *r)
{
	return told(r, "SNP", "evicted", "LAUNCH") && told(r, "SNP", "evicted", "RUNNING") && firmware_has_guests(r, 0);
}

static bool both_were_decommissioned(struct run *r)
{
	return told(r, "SNP", "decommissioned", "LAUNCH") && told(r, "SNP", "decommissioned", "RUNNING") &&
	       firmware_has_guests(r, 0) && fill_memory(r);
}

/* The one that was whole is there; the other one's pages have come back. */
static bool one_lives_on(struct run *r)
{
	return told(r, "SNP", "decommissioned", "LAUNCH") && told(r, "SNP", "alive", "RUNNING") &&
	       firmware_has_guests(r, 1) && inside(r, 30, "[ $(wc -l <" SYSFS "/adopted) = 1 ]") && fill_memory(r) &&
	       inside(r, 60, "echo all >" SYSFS "/adopted_release") && wait_for_give_back(r, 60) && firmware_has_guests(r, 0);
}

const struct scenario midway_snp_scenario = {
	.name = "midway-snp",
	.title = "an SNP guest in the middle of its launch, beside one that runs",
	.config = { .name = "midway-snp" },
	.steps = {
		STEP("an_snp_guest_in_its_launch_is_evicted_and_its_state_is_told",
		     "SNP guest in launch, evict", "7.3", two_snp_guests, evict, both_were_evicted),
		STEP("a_lazy_jump_decommissions_an_snp_guest_in_its_launch",
		     "SNP guest in launch, lazy", "6.12", two_snp_guests, lazy, both_were_decommissioned),
		STEP("a_preserving_jump_decommissions_only_the_guest_in_its_launch",
		     "SNP guest in launch, preserve", "6.12", two_snp_guests, preserve, one_lives_on),
	},
};
