/* SPDX-License-Identifier: GPL-2.0-only */
/* A hop's stage before the jump, and the jump. */
#ifndef STRESS_STAGE_H
#define STRESS_STAGE_H

#include "result.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* What a run goes without, or goes wrong behind its back; for controls. */
struct guards_off {
	const char *append;	/* words of the command line of all kernels, or NULL */
	const char *set;	/* of the machine's platform, or NULL */
	bool stock;		/* loaded and started by stock means */
	bool lies;		/* whoever asks the module about pages hears that all came back */
	const char *fault;	/* a fault that the plan knows nothing of, or NULL */
};

/** stage_before() - guests, pressure, image, CPUs, faults. Return: false with the reason in @r. */
bool stage_before(struct run *r, const struct plan *p, const struct guards_off *off);

/** stage_step() - the hop as a scenario's step. Its strings live until the next call. */
void stage_step(struct step *step, const struct plan *p, const struct rules *rules, const struct guards_off *off);

/** stage_order() - what is run inside to jump. Lives until the next call. */
const char *stage_order(const struct plan *p, const struct guards_off *off);

#endif
