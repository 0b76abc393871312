/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of hops on a host of its own, up to the first failure: whoever only wants to know whether it fails. */
#ifndef STRESS_WALK_H
#define STRESS_WALK_H

#include "drive.h"
#include "hopset.h"

enum walk_end { WALK_SURVIVED, WALK_FAILED, WALK_UNDECIDED };

struct walk {
	struct plan plan;	/* of the last hop that was begun */
	struct result result;
	size_t hops;		/* so many were begun */
};

/**
 * walk_along() - boot, go to where the first hop starts, and hop
 * @d: as drive_init() left it; the host is down afterwards
 * @told: called for each hop when it is over, or NULL
 *
 * Return: WALK_UNDECIDED (with d->run.why filled) if there was no host to hop on, or Ctrl-C.
 */
enum walk_end walk_along(struct drive *d, const struct hopset *set, struct walk *walk,
			 void (*told)(void *context, const struct walk *walk), void *context);

#endif
