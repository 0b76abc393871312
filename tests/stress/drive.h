/* SPDX-License-Identifier: GPL-2.0-only */
/* One emulated host, and hops on it. */
#ifndef STRESS_DRIVE_H
#define STRESS_DRIVE_H

#include "judge.h"

#define LOG_FILES 3	/* evidence.c */

struct drive {
	struct run run;
	struct scenario scenario;
	struct step step;
	const struct rules *rules;
	const struct guards_off *off;
	char append[512];
	bool up;
	struct place place;	/* where the host is, if it is up */
	void (*staged)(void *context);	/* called when all is ready for the jump, or NULL */
	void *context;
	long log_offset[LOG_FILES];	/* where the hop's part of each log begins */
	long long region_pa, region_size;	/* of the hand-over that is under way; 0: none */
};

/** drive_init() - @name: directory of the logs below build/out */
void drive_init(struct drive *d, const char *name, const struct rules *rules, const struct guards_off *off);

/** drive_to() - boot, and go to @kernel by a plain jump if that is another one. Return: false with d->run.why filled. */
bool drive_to(struct drive *d, unsigned int kernel);

/** drive_hop() - one hop from where the host is; @result gets all of it but times. The host is down after a failure. */
void drive_hop(struct drive *d, const struct plan *p, struct result *result);

void drive_stop(struct drive *d);

#endif
