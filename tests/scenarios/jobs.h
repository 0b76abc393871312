/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JOBS_H
#define JOBS_H

#include "scenario.h"

/* What becomes of verdicts on their way from a worker to us. */
struct jobs_way {
	/* in the worker: standard output goes to @collect */
	void (*report)(void *context, const struct run *r, bool ok);
	/* here, when the worker has ended; perhaps early, and then verdicts are missing */
	void (*collect)(void *context, const struct scenario *s, FILE *output);
	void *context;
};

/**
 * jobs_run_by() - run scenarios side by side, each in a process of its own
 * @list:  scenarios, NULL-terminated
 * @width: how many at a time
 */
void jobs_run_by(const struct scenario * const *list, unsigned int width, const struct jobs_way *way);

/**
 * jobs_run() - the same, with TAP on standard output
 *
 * Verdicts come a scenario at a time, when it is done. A process that ends early leaves failed verdicts for the
 * steps that it owes.
 */
void jobs_run(const struct scenario * const *list, unsigned int width);

/** jobs_width() - how many at a time this host takes */
unsigned int jobs_width(void);

#endif
