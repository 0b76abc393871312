// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define RMPP_CORE
#include <rmp_persist/psp_count.h>

/**
 * rmpp_psp_count_add() - one more command
 * @c: sums; zeroed at first
 * @command: its number
 * @failed: its status was not success, or is not known
 * @unanswered: it was not answered in time, which is a failure whatever @failed says
 * @latency_us: how long it took, microseconds
 */
void rmpp_psp_count_add(struct rmpp_psp_counts *c, u32 command, bool failed, bool unanswered,
			u64 latency_us)
{
	struct rmpp_psp_count *sum = &c->v[command < RMPP_PSP_COMMANDS ? command : 0];

	sum->commands++;
	sum->errors += failed || unanswered;
	sum->unanswered += unanswered;
	sum->latency_us += latency_us;
}
