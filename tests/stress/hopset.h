/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hops a run goes through: "7", "3-9", "12,17~fault.0~guests.1~pressure~cpus", where what follows a ~ is
 * left out of the hop as it was drawn.
 */
#ifndef STRESS_HOPSET_H
#define STRESS_HOPSET_H

#include <stddef.h>

#include "plan.h"

#define HOPS_MAX 1000000

struct hopset_entry {
	unsigned int hop;
	struct without without;
};

struct hopset {
	struct hopset_entry *entry;
	size_t nr;
};

/** hopset_parse() - Return: 0; -1 with @why saying which part of @text is none */
int hopset_parse(struct hopset *set, const char *text, char *why, size_t size);

/** hopset_range() - hops @first to @last, with nothing left out. Return: 0, or -1 without memory. */
int hopset_range(struct hopset *set, unsigned int first, unsigned int last);

/** hopset_format() - as hopset_parse() takes it; malloc'd, NULL without memory */
char *hopset_format(const struct hopset *set);

void hopset_free(struct hopset *set);

#endif
