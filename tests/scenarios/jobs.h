/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JOBS_H
#define JOBS_H

#include "scenario.h"

/**
 * jobs_run() - run scenarios side by side, each in a process of its own
 * @list:  scenarios, NULL-terminated
 * @width: how many at a time
 *
 * Verdicts come as TAP on standard output, a scenario at a time, when it is done. A process that
 * ends early leaves failed verdicts for the steps that it owes.
 */
void jobs_run(const struct scenario * const *list, unsigned int width);

#endif
