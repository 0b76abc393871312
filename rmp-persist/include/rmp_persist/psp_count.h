/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was sent to the secure processor, summed up by command. */
#ifndef RMP_PERSIST_PSP_COUNT_H
#define RMP_PERSIST_PSP_COUNT_H

#include <rmp_persist/env.h>

#define RMPP_PSP_COMMANDS	256u	/* numbers from 1 on; 0 is for those beyond */

struct rmpp_psp_count {
	u64	commands;
	u64	errors;		/* of them: with a status other than success, or with none */
	u64	unanswered;	/* of those: in the time that was given */
	u64	latency_us;	/* of all, until the answer or until nobody waited any more */
};

struct rmpp_psp_counts {
	struct rmpp_psp_count v[RMPP_PSP_COMMANDS];
};

void rmpp_psp_count_add(struct rmpp_psp_counts *c, u32 command, bool failed, bool unanswered,
			u64 latency_us);

#endif /* RMP_PERSIST_PSP_COUNT_H */
