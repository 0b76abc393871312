/* SPDX-License-Identifier: GPL-2.0-only */
/* A hop's stage after the jump: what must hold, asked of the machine first and of the kernel then. */
#ifndef STRESS_JUDGE_H
#define STRESS_JUDGE_H

#include "stage.h"

/* The machine's counters that have to stand still, as they were before the hop. */
struct tally {
	long long forbidden, freed, offences;
};

/** judge_tally() - Return: false with the reason in @r. */
bool judge_tally(struct run *r, struct tally *tally);

/** judge_faults() - how often each of the plan's faults struck; false if one that must have did not */
bool judge_faults(struct run *r, const struct plan *p, struct result *result);

/** judge_jump() - after a jump that a kernel survived */
bool judge_jump(struct run *r, const struct plan *p, struct result *result);

/** judge_boot() - after a cold reset: a boot like any other */
bool judge_boot(struct run *r, const struct plan *p, struct result *result);

/** judge_dump() - in a crash kernel */
bool judge_dump(struct run *r, const struct plan *p, struct result *result);

/** judge_counters() - what was counted since @before; judge_faults() has had its look */
bool judge_counters(struct run *r, const struct plan *p, const struct tally *before, struct result *result);

#endif
