/* SPDX-License-Identifier: GPL-2.0-only */
/* The way to a failure, cut down to what it takes: first hops, then guests, faults and the rest of each. */
#ifndef STRESS_REDUCE_H
#define STRESS_REDUCE_H

#include "result.h"
#include "words.h"

/**
 * reduce() - cut @way down in place, by going it again and again in part
 * @way:    the hop that failed is its last
 * @failed: how it did
 *
 * A line on standard output for each try. Return: false if the failure did not happen a second time.
 */
bool reduce(const struct words *words, const struct result *failed, struct hopset *way);

#endif
