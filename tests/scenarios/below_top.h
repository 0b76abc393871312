/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The top of RAM. What is locked or assigned there is cut off the next kernel's map, and is in no quarantine.
 * Where something comes to lie is chance, so a scenario that looks at it keeps its first kernel off the top, and
 * checks that it did.
 */
#ifndef BELOW_TOP_H
#define BELOW_TOP_H

#include "scenario.h"

/* On a first kernel's command line, 2 GiB: it keeps off what may be cut off, and whatever it allocates with it. */
#define BELOW_TOP	"memmap=80M$0x7b000000"

/** top_of_ram() - where what may be cut off begins, bytes */
bool top_of_ram(struct run *r, unsigned long long *pa);

/**
 * lies_below_the_top() - does something lie below the top of RAM?
 * @where: finds its address, bytes; false (with the reason) if that is not to be had
 * @what:  its name
 *
 * Return: false (with the reason) if not.
 */
bool lies_below_the_top(struct run *r, bool (*where)(struct run *r, unsigned long long *pa), const char *what);

/** tmr_below_the_top() - the same of the TMR, on a host without SNP all that a firmware keeps for sure */
bool tmr_below_the_top(struct run *r);

#endif
