/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a hop, for the record and for people. */
#ifndef STRESS_RESULT_H
#define STRESS_RESULT_H

#include <scenarios/scenario.h>

#include "plan.h"

enum check {
	CHECK_ARRIVAL,		/* the kernel that was to come came, in the way that it was to */
	CHECK_FIRMWARE,		/* its state at the jump, by the machine's word */
	CHECK_HANDOVER,		/* what the module says of guests and pages */
	CHECK_FAULTS,		/* they fired */
	CHECK_CENSUS,		/* the RMP holds what it should, by the machine's count */
	CHECK_ASIDS,		/* ASIDs, contexts, platform */
	CHECK_MEMORY,		/* memory keeps what is written to it */
	CHECK_GUESTS_AGAIN,
	CHECK_DUMP,		/* nobody who read old memory touched a guest's page */
	CHECK_AUDIT,		/* and none is in the dump */
	CHECK_COUNTERS,		/* no forbidden touch, no offence */
	NR_CHECKS
};

extern const char * const check_names[NR_CHECKS];

enum outcome { OUTCOME_LOST, OUTCOME_JUMPED, OUTCOME_RESET, OUTCOME_DUMPED };

extern const char * const outcome_names[];

struct result {
	bool ok;
	enum outcome outcome;
	char why[1024];
	bool looked[NR_CHECKS], good[NR_CHECKS];	/* what was not looked at is neither good nor bad */
	struct hop hop;
	bool jumped;		/* @hop tells of a jump */
	unsigned int fired[PLAN_FAULTS_MAX];
	long long forbidden;	/* -1: not known */
	double start_s, seconds;
	char logs[512];		/* where those of a failure are, or empty */
	char *again;		/* of a failure: the command that leads there again; or NULL */
};

/** result_check() - note a look. Return: @good. */
bool result_check(struct result *result, enum check check, bool good);

/** result_fired() - of all its faults */
unsigned int result_fired(const struct result *result, const struct plan *plan);

#endif
