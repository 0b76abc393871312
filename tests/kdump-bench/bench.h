/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dump costs by guests' share of a host's memory, with ccp_ext in the crash kernel and without. */
#ifndef KDUMP_BENCH_H
#define KDUMP_BENCH_H

#include <scenarios/kdump.h>

#define ROUNDS_MAX 100
#define PERCENT_MAX 90
/* A dump takes a fraction of what cp does, and a shared host is now fast, now slow. */
#define DUMPS_A_ROUND 3

/* In one crash kernel, of the same memory: first without ccp_ext, then with it, loaded late. */
enum filtering { STOCK, FILTER, NR_WAYS };

/* What is made of /proc/vmcore, and thrown away. */
enum work {
	WORK_DUMP,	/* makedumpfile -l -d 31 */
	WORK_CP,
	WORK_OTHER,	/* neither: what this host does in a while, for when it is shared */
	NR_WORKS
};

struct taken {
	double ms[NR_WORKS][ROUNDS_MAX * DUMPS_A_ROUND];
	unsigned int nr[NR_WORKS];
	long long reads[NR_WORKS];	/* of guests' pages, as the machine counts; the most in one round */
	long long bytes;		/* of the dump with -d 31 */
	long long dumped, dumped_1;	/* guests' pages in it; with -d 1 */
	long long copied;		/* guests' pages of which cp has the content */
};

struct share {
	int percent;
	long long pages;	/* of guests */
	long long covered;	/* pages of /proc/vmcore */
	unsigned int rounds;
	struct taken taken[NR_WAYS];
};

/**
 * measure() - a host with so many guests panics, and is dumped in either way
 * @r:       zeroed by this function
 * @s:       percent and rounds are set; the rest is filled
 *
 * Return: false with r->why filled, also where the filter let a page of a guest through, or where nothing did
 * without it: nothing would have been measured then.
 */
bool measure(struct run *r, struct share *s);

/**
 * report() - tables and ratios
 *
 * Whether a target was reached is only said: on a shared machine time is no verdict.
 */
void report(const struct share *shares, unsigned int nr);

#define MEMORY_MIB	6144
#define CRASH_MIB	256
#define SERIES		"6.12"
#define CRASH_SERIES	"7.3"

#endif
