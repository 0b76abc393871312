// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PSP that dies, refuses for good, or is too slow for the time that there is. What it does not let go
 * of is kept out of the next kernel, hop after hop, until it is asked again and answers.
 */
#include <string.h>

#include "psp.h"

static bool is_dead(struct run *r)
{
	struct json_object *status = firmware_status(r);
	bool dead;

	if (!status)
		return false;
	dead = json_object_get_boolean(firmware_member(status, "psp_dead"));
	json_object_put(status);
	return dead || fail(r, "the PSP is not dead");
}

static bool lives_beside_a_dead_psp(struct run *r)
{
	return is_dead(r) && psp_is_left_alone(r) && fill_memory(r);
}

static bool died_and_kept(struct run *r)
{
	return psp_jumped_in_time(r) && kept_something(r) && lives_beside_a_dead_psp(r);
}

/* Both states were read back before: there is nothing left that it could hold. */
static bool died_and_left_nothing(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || !strcmp(hop->snp, "INIT") || !strcmp(hop->tmr, "locked"))
		return fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
	if (hop->quarantined)
		return fail(r, "%lld pages quarantined", hop->quarantined);
	return psp_jumped_in_time(r) && lives_beside_a_dead_psp(r);
}

static bool handed_on_beside_a_dead_psp(struct run *r)
{
	return r->hop.quarantined > 0 ? lives_beside_a_dead_psp(r) : fail(r, "nothing was handed on");
}

#define DEATH(id, text, test, when, first, second) {						\
	.name = "psp-dies-" id, .title = text,							\
	.config = { .name = "psp-dies-" id, .append = BUDGET },					\
	.steps = {										\
		{										\
			.name = "a_psp_that_dies_" test "_does_not_keep_the_host_from_jumping",	\
			.label = text, .next = "6.12", .sev_es = 1, .snp = 1, .marks = true,	\
			.fault = "{" when ", \"action\": \"death\"}", .after = first,		\
		},										\
		{										\
			.name = "nor_does_one_that_died_" test "_of_the_kernel_before",		\
			.label = "... and once more", .next = "6.12", .after = second,		\
		},										\
	},											\
}

const struct scenario psp_dies_scenarios[PSP_DIES_NR] = {
	/* nothing answers at its address any more */
	DEATH("before", "the PSP dies before its shutdown", "before_its_shutdown",
	      "\"on\": \"mark\", \"registers\": \"ones\"", died_and_kept, handed_on_beside_a_dead_psp),
	DEATH("during", "the PSP dies in the middle of SNP_SHUTDOWN_EX", "during_its_shutdown",
	      "\"command\": \"SNP_SHUTDOWN_EX\"", died_and_kept, handed_on_beside_a_dead_psp),
	DEATH("after", "the PSP dies when it was shut down", "after_its_shutdown",
	      "\"on\": \"kexec-jump\"", died_and_left_nothing, lives_beside_a_dead_psp),
};

/* ---- refused for good ---- */

static bool refuse_snp_shutdown(struct run *r)
{
	return inject(r, "SNP_SHUTDOWN_EX", HWERROR_PLATFORM, 0);
}

static bool only_snp_is_up(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->snp, "INIT") || strcmp(hop->tmr, "free"))
		return fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
	return injected(r, "SNP_SHUTDOWN_EX", "0x13") && kept_something(r) && fill_memory(r);
}

const struct scenario snp_refusal_scenario = {
	.name = "snp-refusal",
	.title = "a PSP that shuts SEV down, and SNP not",
	.config = { .name = "snp-refusal" },
	.steps = {
		{
			.name = "what_snp_keeps_is_kept_out_when_only_sev_is_down",
			.label = "SNP_SHUTDOWN_EX refused for good", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = refuse_snp_shutdown, .after = only_snp_is_up,
		},
		{
			.name = "it_comes_back_when_snp_is_shut_down_after_all",
			.label = "... and no longer", .next = "6.12",
			.before = answer_again, .after = everything_came_back,
		},
	},
};

static bool came_back_by_the_mailbox(struct run *r)
{
	return hop_found_firmware_down(r) && everything_came_back(r);
}

/* 6.1's ccp meets a firmware whose commands want Firmware pages, and gives SEV up. */
const struct scenario snp_refusal_unaware_scenario = {
	.name = "snp-refusal-unaware",
	.title = "a PSP that does not shut SNP down, beside a ccp that knows no SNP",
	.config = { .name = "snp-refusal-unaware" },
	.steps = {
		{
			.name = "what_snp_keeps_is_kept_out_of_a_kernel_whose_ccp_knows_no_snp",
			.label = "SNP_SHUTDOWN_EX refused for good, 6.1", .next = "6.1", .sev_es = 1, .snp = 1,
			.before = refuse_snp_shutdown, .after = only_snp_is_up,
		},
		{
			.name = "a_ccp_that_gave_sev_up_does_not_stand_between",
			.label = "... and no longer", .next = "6.12",
			.before = answer_again, .after = came_back_by_the_mailbox,
		},
	},
};

/* The second one's three tries: under lazy nobody but the module decommissions. */
static bool refuse_the_second(struct run *r, const char *command)
{
	char fault[128];

	for (int nth = 2; nth <= 4; nth++) {
		snprintf(fault, sizeof(fault), "{\"command\": \"%s\", \"nth\": %d, \"status\": 19}", command, nth);
		if (!add_fault(r, fault))
			return false;
	}
	return true;
}

static bool refuse_the_second_snp_guest(struct run *r)
{
	return firmware_has_guests(r, 3) && refuse_the_second(r, "SNP_DECOMMISSION");
}

static bool refuse_the_second_sev_guest(struct run *r)
{
	return firmware_has_guests(r, 3) && refuse_the_second(r, "DECOMMISSION");
}

/* An ASID that is in use keeps SNP up (56860, SNP_SHUTDOWN_EX); the next kernel asks again. */
static bool one_was_left(struct run *r)
{
	if (!injected(r, "SNP_DECOMMISSION", "0x13"))
		return false;
	if (strcmp(r->hop.snp, "INIT"))
		return fail(r, "SNP was %s at the jump, with a guest that was not decommissioned", r->hop.snp);
	if (r->hop.quarantined <= 0 || r->hop.kept)
		return fail(r, "%lld pages were quarantined, %lld are kept", r->hop.quarantined, r->hop.kept);
	return firmware_has_guests(r, 0) && fill_memory(r);
}

/* SHUTDOWN ends every guest (55766), so nothing is left. */
static bool shutdown_ended_it(struct run *r)
{
	if (!injected(r, "DECOMMISSION", "0x13"))
		return false;
	if (strcmp(r->hop.sev, "UNINIT") || strcmp(r->hop.tmr, "free"))
		return fail(r, "at the jump SEV was %s, TMR %s", r->hop.sev, r->hop.tmr);
	return firmware_has_guests(r, 0) && fill_memory(r);
}

const struct scenario decommission_scenarios[DECOMMISSION_NR] = {
	{
		.name = "decommission-snp",
		.title = "SNP_DECOMMISSION is refused for one guest of three",
		.config = { .name = "decommission-snp", .append = "ccp_ext.policy=lazy" },
		.steps = {
			{
				.name = "a_guest_that_cannot_be_decommissioned_is_ended_by_the_next_kernel",
				.label = "SNP_DECOMMISSION refused for one", .next = "6.12", .snp = 3,
				.loaded = refuse_the_second_snp_guest, .after = one_was_left,
			},
		},
	}, {
		/* where RMPREAD does not tell a context from other pages of the firmware */
		.name = "decommission-zen5",
		.title = "SNP_DECOMMISSION is refused for one guest of three, Zen 5",
		.config = { .name = "decommission-zen5", .series = "7.3", .profile = "turin",
			    .append = "ccp_ext.policy=lazy" },
		.steps = {
			{
				.name = "a_guest_whose_context_the_rmp_does_not_show_is_ended_by_the_next_kernel",
				.label = "the same on Zen 5", .next = "7.3", .snp = 3,
				.loaded = refuse_the_second_snp_guest, .after = one_was_left,
			},
		},
	}, {
		.name = "decommission-sev",
		.title = "DECOMMISSION is refused for one guest of three, SEV-ES host",
		.config = { .name = "decommission-sev", .profile = "rome", .append = "ccp_ext.policy=lazy" },
		.steps = {
			{
				.name = "a_sev_es_guest_that_cannot_be_decommissioned_ends_with_the_shutdown",
				.label = "DECOMMISSION refused for one", .next = "6.12", .sev_es = 3,
				.loaded = refuse_the_second_sev_guest, .after = shutdown_ended_it,
			},
		},
	},
};

/* ---- too slow ---- */

/* The next kernel has the time that this one had not. */
static bool kept_what_was_not_done(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->snp, "INIT"))
		return fail(r, "SNP was %s at the jump", hop->snp);
	return psp_jumped_in_time(r) && (hop->quarantined > 0 || fail(r, "nothing was quarantined")) &&
	       fill_memory(r);
}

const struct scenario budget_scenario = {
	.name = "budget",
	.title = "each command takes its time, and budget_ms is over before they are through",
	.config = { .name = "budget", .append = BUDGET },
	.steps = {
		{
			.name = "the_host_jumps_when_its_time_is_over_and_what_was_not_done_is_kept_out",
			.label = "PSP slow, time over", .next = "6.12", .sev_es = 1, .snp = 1, .marks = true,
			.fault = "{\"command\": \"SNP_PAGE_RECLAIM\", \"action\": \"delay\", \"ms\": 200, "
				 "\"clock\": \"real\", \"count\": 20}",
			.after = kept_what_was_not_done,
		},
	},
};
