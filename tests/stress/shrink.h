/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cutting a failing list down to what it takes to fail: delta debugging (Zeller and Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", 2002). What the elements are only the one knows who is asked.
 */
#ifndef STRESS_SHRINK_H
#define STRESS_SHRINK_H

#include <stddef.h>

enum shrink_answer { SHRINK_PASSES, SHRINK_FAILS, SHRINK_STOP };

/**
 * shrink_oracle - does it still fail with these elements alone?
 * @keep: ascending
 *
 * SHRINK_STOP ends the search with what is known so far.
 */
typedef enum shrink_answer (*shrink_oracle)(void *context, const size_t *keep, size_t nr);

/**
 * shrink_list() - take away what is not needed, until each single element that is left is
 * @keep: elements that fail together; cut down in place
 * @nr:   how many; none at all is tried, too
 *
 * Return: how many are left.
 */
size_t shrink_list(size_t *keep, size_t nr, shrink_oracle oracle, void *context);

/**
 * shrink_tail() - how many of the last elements of a list that fails are enough to fail
 *
 * Tries 0, 1, 3, 7, ... of them: what a hop leaves behind is seldom met long afterwards, and a short run is soon over.
 *
 * Return: how many; @nr without a shorter tail that fails.
 */
size_t shrink_tail(size_t nr, shrink_oracle oracle, void *context);

#endif
