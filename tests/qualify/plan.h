/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenarios, a step of which decides a cell; built at run time, because the kernel has its name only then. */
#ifndef QUALIFY_PLAN_H
#define QUALIFY_PLAN_H

#include <scenarios/scenario.h>

#include "matrix.h"

#define PLANS_MAX	(NR_ROWS * NR_COLUMNS)
#define PLAN_WORDS	512
#define GUESTS		2

/* The kernel that is asked about. */
struct target {
	const char *kernel;	/* directory below build/kernels */
	const char *reference;	/* ... of the one on the other side of a hand-over */
	const char *disk;	/* in the build directory, with both; NULL: boot.tar */
	const char *vmlinux;	/* with debug information, for crash(8); NULL: none */
};

struct plan {
	struct scenario scenario;	/* must be first: plan_of() */
	const struct target *target;
	enum kind row;
	enum column column[STEPS_MAX];
	bool lacks;		/* the kernel makes no guests of this row */
	char name[PLAN_WORDS], append[PLAN_WORDS];
};

/** plan_of() - of a scenario that is running */
static inline const struct plan *plan_of(const struct run *r)
{
	return (const struct plan *)r->scenario;
}

/** plan_kind() - sevguest's word for guests of this row */
const char *plan_kind(enum kind row);

/**
 * plan_cells() - what decides the cells of these columns that are not decided yet
 * @plans:  PLANS_MAX
 * @m:      cells that are VERDICT_UNSUPPORTED stay so
 * @launch: the column "launch" alone, whose answers decide what else is to be asked; or all others
 *
 * Return: how many there are.
 */
unsigned int plan_cells(struct plan *plans, const struct target *target, const struct matrix *m, bool launch);

/** plan_cell() - what decides this one cell, and perhaps others with it */
void plan_cell(struct plan *plan, const struct target *target, enum kind row, enum column column);

#endif
