/* SPDX-License-Identifier: GPL-2.0-only */
/* Stages of the steps that decide cells. */
#ifndef QUALIFY_CELLS_H
#define QUALIFY_CELLS_H

#include "plan.h"

/**
 * cells_said() - what a step that failed has found out about why
 *
 * VERDICT_UNSUPPORTED if the kernel, or a tool, says so of itself, which is never guessed from a failure;
 * VERDICT_UNKNOWN if something is missing on this side; otherwise VERDICT_FAIL.
 */
enum verdict cells_said(void);
void cells_say(enum verdict verdict);

bool cell_launches(struct run *r);
bool cell_left_nothing(struct run *r);
bool cell_demand_flushes(struct run *r);
bool cell_flushed(struct run *r);
bool cell_refuse_shutdown(struct run *r);
bool cell_keeps(struct run *r);
bool cell_keeps_tmr(struct run *r);
bool cell_gave_back(struct run *r);
bool cell_tmr_came_back(struct run *r);
bool cell_handed_over(struct run *r);
bool cell_ready_to_panic(struct run *r);
bool cell_dump_is_clean(struct run *r);
bool cell_crash_opens(struct run *r);

#endif
