/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to a failure, cut down to what it takes: first hops, then guests, faults and the rest of each. */
#ifndef STRESS_REDUCE_H
#define STRESS_REDUCE_H

#include "result.h"
#include "words.h"

enum reduced {
	REDUCED_TO_MINIMUM,	/* nothing that is left can be left out */
	REDUCED_IN_PART,	/* there was no time for all tries, or no host */
	REDUCED_NOT_AGAIN,	/* the failure did not happen a second time */
	REDUCED_UNDECIDED,	/* nobody knows whether it would */
};

/**
 * reduce() - cut @way down in place, by going it again and again in part
 * @way:    the hop that failed is its last
 * @failed: how it did
 *
 * A line on standard output for each try.
 */
enum reduced reduce(const struct words *words, const struct result *failed, struct hopset *way);

/**
 * reduce_and_tell() - the same of the @nr hops at @entry, and what came of it as a line
 * @how: gets what the command is, or why there is none; for people
 *
 * Return: the command that goes the shortest way, malloc'd; or NULL.
 */
char *reduce_and_tell(const struct words *words, const struct result *failed, const struct hopset_entry *entry, size_t nr,
		      const char **how);

#endif
