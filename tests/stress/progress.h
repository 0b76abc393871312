/* SPDX-License-Identifier: GPL-2.0-only */
/* What people see while a run goes on: one live line on a terminal, a line a hop anywhere else. */
#ifndef STRESS_PROGRESS_H
#define STRESS_PROGRESS_H

#include "rundir.h"

struct progress {
	bool live;
	size_t all;		/* hops of the run */
	size_t behind;		/* ... before this start of the program */
	int64_t start_ms;
	struct totals totals;
};

void progress_begin(struct progress *p, size_t all, size_t behind, const struct totals *totals);

/** progress_hop() - a hop begins */
void progress_hop(struct progress *p, const struct plan *plan, const struct rules *rules);

/** progress_done() - and is over */
void progress_done(struct progress *p, const struct plan *plan, const struct rules *rules, const struct result *result);

/** progress_end() - the last line: "N of N hops survived, ..." */
void progress_end(struct progress *p, uint64_t seed);

/** progress_describe() - a hop in a few words */
void progress_describe(const struct plan *plan, const struct rules *rules, char *text, size_t size);

/** progress_time() - "1:02:03" */
const char *progress_time(double seconds, char *text, size_t size);

#endif
