/* SPDX-License-Identifier: GPL-2.0-only */
/* What the harness must catch: a short run with a guard off, or with something wrong that no plan knows of. */
#ifndef STRESS_CONTROL_H
#define STRESS_CONTROL_H

#include "words.h"

/**
 * control_run() - the controls of this name, or all
 * @name: "all", or one of control_list()'s
 *
 * TAP on standard output. Return: the program's exit status; 2 for a name that is none.
 */
int control_run(const struct words *words, const char *name);

/** control_list() - names and what they show */
void control_list(void);

#endif
