// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ccp that knows SNP and does not offer to shut it down, as in Linux 6.9 to 6.15: the module sends
 * the commands itself. These are kernels whose ccp does offer it; "make check-between" has one that
 * does not.
 */
#include <string.h>

#include "single.h"

#define SINGLY	"ccp_ext.snp_shutdown=1"
#define NOT_AT_ALL "ccp_ext.snp_shutdown=2"
#define PLATFORM_REFUSES 0x13	/* AMD SEV firmware status */
#define DFFLUSH_REQUIRED 0xf

/* ccp's own shutdown takes the TMR back by itself: no step of the blob's. */
bool was_shut_down_singly(struct run *r)
{
	return left_nothing(r) &&
	       inside(r, 30, "grep -q '^tmr-reclaim ' /sys/kernel/ccp_ext/last_shutdown || "
			     "{ cat /sys/kernel/ccp_ext/last_shutdown; false; }") &&
	       fill_memory(r);
}

static bool left_nothing_and_memory_is_ours(struct run *r)
{
	return left_nothing(r) && fill_memory(r);
}

static bool demand_a_flush(struct run *r)
{
	return inject(r, "SNP_SHUTDOWN_EX", DFFLUSH_REQUIRED, 2);
}

static bool a_flush_was_demanded(struct run *r)
{
	return injected(r, "SNP_SHUTDOWN_EX", "0xf") && was_shut_down_singly(r);
}

const struct scenario single_commands_scenario = {
	.name = "single-commands",
	.title = "SNP is shut down command by command",
	.on_demand = true,
	.config = { .name = "single-commands", .append = SINGLY },
	.steps = {
		{
			.name = "snp_shut_down_command_by_command_leaves_nothing_to_6.1",
			.label = "single commands, 6.12 to 6.1", .next = "6.1", .sev_es = 2, .snp = 2,
			.after = was_shut_down_singly,
		},
		{
			.name = "6.1_which_knows_no_snp_goes_on_as_ever",
			.label = "single commands, 6.1 to 6.12", .next = "6.12", .sev_es = 1,
			.after = left_nothing_and_memory_is_ours,
		},
		{
			.name = "snp_shut_down_command_by_command_leaves_nothing_to_7.3",
			.label = "single commands, 6.12 to 7.3, --file", .next = "7.3", .sev_es = 2, .snp = 2,
			.file = true, .after = was_shut_down_singly,
		},
		{
			.name = "the_flush_that_the_psp_demands_is_done_between_single_commands",
			.label = "single commands, 7.3 to 6.12, 0xF", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = demand_a_flush, .after = a_flush_was_demanded,
		},
		{
			.name = "guests_start_again_after_single_commands",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

static bool refuse_snp_shutdown(struct run *r)
{
	return inject(r, "SNP_SHUTDOWN_EX", PLATFORM_REFUSES, 0);
}

static bool only_snp_is_up(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->snp, "INIT") || strcmp(hop->tmr, "free"))
		return fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
	return injected(r, "SNP_SHUTDOWN_EX", "0x13") && kept_something(r) && fill_memory(r);
}

const struct scenario single_refused_scenario = {
	.name = "single-refused",
	.title = "SNP is to be shut down command by command, and the PSP refuses",
	.on_demand = true,
	.config = { .name = "single-refused", .append = SINGLY },
	.steps = {
		{
			.name = "what_snp_keeps_is_kept_out_when_its_shutdown_is_refused_to_us",
			.label = "single commands, refused", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = refuse_snp_shutdown, .after = only_snp_is_up,
		},
		{
			.name = "it_comes_back_when_the_psp_refuses_no_longer",
			.label = "... and no longer", .next = "6.12",
			.before = answer_again, .after = everything_came_back,
		},
	},
};

/* A status is a claim: what counts is what is read back. */
static bool pretend_snp_shutdown(struct run *r)
{
	return add_fault(r, "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"half\", \"without\": \"effect\"}");
}

static bool was_seen_through(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->snp, "INIT"))
		return fail(r, "at the jump SEV was %s, SNP %s", hop->sev, hop->snp);
	return everything_came_back(r);
}

const struct scenario single_pretended_scenario = {
	.name = "single-pretended",
	.title = "SNP is to be shut down command by command, and the PSP only says so",
	.on_demand = true,
	.config = { .name = "single-pretended", .append = SINGLY },
	.steps = {
		{
			.name = "a_shutdown_of_snp_that_was_only_claimed_is_found_out_and_kept_out",
			.label = "single commands, not done", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = pretend_snp_shutdown, .after = was_seen_through,
		},
	},
};

/* As a monitor does: PLATFORM_STATUS again and again, so that one waits while SNP is shut down. */
static bool poll_the_status(struct run *r)
{
	return add_fault(r, "{\"command\": \"SNP_SHUTDOWN_EX\", \"action\": \"delay\", \"ms\": 300, \"clock\": \"virtual\"}") &&
	       inside(r, 30, "sevstatus >/dev/null 2>&1 & sleep 0.3; pidof sevstatus");
}

/* ccp's buffer, left as a Firmware page */
static bool a_page_was_left(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->snp, "UNINIT"))
		return fail(r, "at the jump SNP was %s", hop->snp);
	return hop->assigned_after > 0 || fail(r, "no page was assigned at the jump");
}

#define POLLED(id, sentence, words, look) {						\
	.name = id, .title = "SNP is shut down command by command while somebody polls ccp",	\
	.on_demand = true,								\
	.config = { .name = id, .append = SINGLY words },				\
	.steps = {									\
		{									\
			.name = sentence, .label = id, .next = "6.12", .sev_es = 1, .snp = 1,	\
			.loaded = poll_the_status, .after = look,			\
		},									\
	},										\
}

const struct scenario single_polled_scenarios[2] = {
	POLLED("single-polled", "who_polls_the_platforms_status_leaves_no_page_behind", "", was_shut_down_singly),
	POLLED("single-polled-ungated", "without_the_gate_a_poll_leaves_a_page_to_a_firmware_that_is_down",
	       " ccp_ext.gate=0", a_page_was_left),
};

const struct scenario no_snp_shutdown_scenario = {
	.name = "no-snp-shutdown",
	.title = "the control: nobody shuts SNP down",
	.on_demand = true,
	.config = { .name = "no-snp-shutdown", .append = NOT_AT_ALL },
	.steps = {
		{
			.name = "where_nobody_shuts_snp_down_each_jump_by_kexec_file_load_is_a_cold_reset",
			.label = "nobody shuts SNP down, --file", .next = "6.12", .sev_es = 1, .snp = 1,
			.file = true, .resets = true,
		},
	},
};
