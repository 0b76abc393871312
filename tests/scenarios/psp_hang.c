// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PSP that hangs: each command of the way out, one at a time, is answered long after the host has
 * jumped. The jump is in time, the next kernel leaves the PSP alone and everything kept out, and what
 * is executed late touches nothing; in the kernel after that all comes back.
 */
#include "below_top.h"
#include "psp.h"

/* how long ccp waits, in the control */
#define CCP_S		15

static bool hung_and_jumped(struct run *r)
{
	return psp_jumped_in_time(r) && psp_is_still_busy(r) && kept_something(r) && psp_is_left_alone(r) &&
	       fill_memory(r);
}

#define HANG(id, test, nr_sev_es, nr_snp) {							\
	.name = "a_hang_of_" test "_does_not_hold_up_the_jump",					\
	.label = id " hangs", .next = "6.12", .sev_es = (nr_sev_es), .snp = (nr_snp),		\
	.marks = true, .fault = "{\"command\": \"" id "\", " LATE "}",				\
	.before = (nr_snp) ? NULL : tmr_below_the_top, .after = hung_and_jumped,			\
}

#define OVER(test) {										\
	.name = "what_a_hang_of_" test "_kept_comes_back_later",				\
	.label = "... and is over", .next = "6.12",						\
	.before = psp_wait, .after = everything_came_back,					\
}

#define SEV_HOST(id, demand) .on_demand = demand,						\
	.config = { .name = id, .profile = "rome", .append = BUDGET " " BELOW_TOP }

#define SNP_HANG(id, test) {									\
	.name = "psp-hang-" test, .title = id " hangs on the way out", .on_demand = true,	\
	.config = { .name = "psp-hang-" test, .append = BUDGET },				\
	.steps = { HANG(id, test, 1, 1), OVER(test) },							\
}

const struct scenario psp_hang_scenario = {
	.name = "psp-hang",
	.title = "SHUTDOWN and DECOMMISSION hang, SEV-ES host",
	SEV_HOST("psp-hang", false),
	.steps = {
		HANG("SHUTDOWN", "shutdown", 2, 0), OVER("shutdown"),
		HANG("DECOMMISSION", "decommission", 2, 0), OVER("decommission"),
		{ .name = "guests_start_again_after_the_psp_hung", .sev_es = 1, .after = fill_memory },
	},
};

const struct scenario psp_hang_snp_scenario = {
	.name = "psp-hang-snp",
	.title = "SNP_SHUTDOWN_EX hangs",
	.config = { .name = "psp-hang-snp", .append = BUDGET },
	.steps = { HANG("SNP_SHUTDOWN_EX", "snp_shutdown_ex", 1, 1), OVER("snp_shutdown_ex") },
};

const struct scenario psp_hang_more_scenarios[PSP_HANG_MORE_NR] = {
	{
		.name = "psp-hang-more",
		.title = "the other commands to a SEV-ES host's firmware hang",
		SEV_HOST("psp-hang-more", true),
		.steps = {
			HANG("PLATFORM_STATUS", "platform_status", 1, 0), OVER("platform_status"),
			HANG("DEACTIVATE", "deactivate", 1, 0), OVER("deactivate"),
			HANG("DF_FLUSH", "df_flush", 1, 0), OVER("df_flush"),
		},
	},
	SNP_HANG("SNP_PLATFORM_STATUS", "snp_platform_status"),
	SNP_HANG("SNP_DECOMMISSION", "snp_decommission"),
	SNP_HANG("SNP_DF_FLUSH", "snp_df_flush"),
	SNP_HANG("SNP_PAGE_RECLAIM", "snp_page_reclaim"),
	{
		.name = "psp-hang-lazy",
		.title = "SNP_DECOMMISSION hangs, sent by the module itself",
		.on_demand = true,
		.config = { .name = "psp-hang-lazy", .append = BUDGET " ccp_ext.policy=lazy" },
		.steps = { HANG("SNP_DECOMMISSION", "snp_decommission_under_lazy", 1, 1), OVER("snp_decommission_under_lazy") },
	}, {
		.name = "psp-hang-preserve",
		.title = "SNP_GUEST_STATUS hangs, and no guest can be preserved",
		.on_demand = true,
		.config = { .name = "psp-hang-preserve", .append = BUDGET " ccp_ext.policy=preserve" },
		.steps = { HANG("SNP_GUEST_STATUS", "snp_guest_status_under_preserve", 0, 1), OVER("snp_guest_status_under_preserve") },
	},
	{
		.name = "psp-hang-7.3",
		.title = "... from 7.3",
		.on_demand = true,
		.config = { .name = "psp-hang-7.3", .series = "7.3", .append = BUDGET },
		.steps = { HANG("SNP_SHUTDOWN_EX", "snp_shutdown_ex_in_7.3", 1, 1), OVER("snp_shutdown_ex_in_7.3") },
	},
	{
		.name = "psp-hang-6.1",
		.title = "... from 6.1, SEV-ES host",
		.on_demand = true,
		.config = { .name = "psp-hang-6.1", .profile = "rome", .series = "6.1", .append = BUDGET " " BELOW_TOP },
		.steps = { HANG("SHUTDOWN", "shutdown_in_6.1", 2, 0), OVER("shutdown_in_6.1") },
	},
};

static bool ccp_waits_less(struct run *r)
{
	/* the limit is taken over by the next command */
	return inside(r, 30, "echo %d >/sys/module/ccp/parameters/psp_cmd_timeout && cat " SYSFS "/firmware", CCP_S);
}

static bool jumped_when_ccp_gave_up(struct run *r)
{
	long long ms;

	return psp_way_out_took(r, &ms) &&
	       (ms >= CCP_S * 1000 || fail(r, "only %lld ms from reboot(2) to the jump", ms));
}

const struct scenario psp_hang_waited_scenario = {
	.name = "psp-hang-waited",
	.title = "the control: nobody but ccp limits the wait",
	.config = { .name = "psp-hang-waited", .profile = "rome", .append = BUDGET " ccp_ext.courier=0" },
	.steps = {
		{
			.name = "without_the_courier_a_hang_holds_up_the_jump_for_as_long_as_ccp_waits",
			.label = "SHUTDOWN hangs, no courier", .next = "6.12", .sev_es = 1, .marks = true,
			.fault = "{\"command\": \"SHUTDOWN\", \"action\": \"hang\"}",
			.before = ccp_waits_less, .after = jumped_when_ccp_gave_up,
		},
	},
};
