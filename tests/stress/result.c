// SPDX-License-Identifier: GPL-2.0-only
#include "result.h"

const char * const check_names[NR_CHECKS] = {
	[CHECK_ARRIVAL] = "arrival",
	[CHECK_FIRMWARE] = "firmware",
	[CHECK_HANDOVER] = "handover",
	[CHECK_FAULTS] = "faults",
	[CHECK_CENSUS] = "census",
	[CHECK_ASIDS] = "asids",
	[CHECK_MEMORY] = "memory",
	[CHECK_GUESTS_AGAIN] = "guests_again",
	[CHECK_DUMP] = "dump",
	[CHECK_AUDIT] = "audit",
	[CHECK_COUNTERS] = "counters",
};

const char * const outcome_names[] = {
	[OUTCOME_LOST] = "lost",
	[OUTCOME_JUMPED] = "jumped",
	[OUTCOME_RESET] = "cold-reset",
	[OUTCOME_DUMPED] = "dumped",
};

bool result_check(struct result *result, enum check check, bool good)
{
	result->good[check] = good && (!result->looked[check] || result->good[check]);
	result->looked[check] = true;
	return good;
}

unsigned int result_fired(const struct result *result, const struct plan *plan)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < plan->nr_faults; i++)
		n += result->fired[i];
	return n;
}
