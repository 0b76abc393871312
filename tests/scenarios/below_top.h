/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The top of RAM. What is locked or assigned there is cut off the next kernel's map, and is in no quarantine.
 * Where something comes to lie is chance, so a scenario that looks at it there has it lie lower first.
 */
#ifndef BELOW_TOP_H
#define BELOW_TOP_H

#include "scenario.h"

/** top_of_ram() - where what may be cut off begins, bytes */
bool top_of_ram(struct run *r, unsigned long long *pa);

/**
 * top_keep_clear() - boot again, the step's guests with it, until something lies below the top of RAM
 * @where: finds its address, bytes; false (with the reason) if that is not to be had
 * @what:  its name
 *
 * Return: true if it does; false (with the reason) if not in a handful of boots.
 */
bool top_keep_clear(struct run *r, bool (*where)(struct run *r, unsigned long long *pa), const char *what);

/** tmr_below_the_top() - the same of the TMR, on a host without SNP all that a firmware keeps for sure */
bool tmr_below_the_top(struct run *r);

#endif
