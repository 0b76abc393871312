/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the machine's catalogue of which it can be said what must come of it. */
#ifndef STRESS_FAULT_H
#define STRESS_FAULT_H

#include <stdbool.h>

#define FAULT_LINES_MAX	4

/* What a jump with it must lead to. */
enum fault_effect {
	EFFECT_NONE,		/* a jump like any other: retried, waited for, or not even noticed */
	EFFECT_HELD,		/* a jump; the firmware stays up for good, what it holds is kept out */
	EFFECT_LATE,		/* ... and the next kernel brings it to rest: all comes back */
	EFFECT_DEAD,		/* a jump; nobody asks the firmware any more, what it holds is kept out */
	EFFECT_DEAD_DOWN,	/* ... which was at rest before: nothing is kept out */
	EFFECT_UNREAD,		/* a jump; what was handed over is not believed, the chain is kept to */
	EFFECT_RESET,		/* a cold reset */
};

/* Where it can be had. */
#define FAULT_ON_SNP	0x01	/* SNP is up */
#define FAULT_ON_GUESTS	0x02	/* two SNP guests and more, and the module decommissions them (lazy) */
#define FAULT_ON_ZONE	0x04	/* the image lies in the landing zone (kexec_load) */
#define FAULT_ALONE	0x08	/* beside no other fault */
#define FAULT_HASTE	0x10	/* the way out has not all the time that it has by default */
#define FAULT_MARKS	0x20	/* the program that jumps marks the moment */

/* What stock ccp makes of it: it believes the answer. */
#define FAULT_MISLEADS	0x40

/* The firmware is gone before guests are ended: KVM waits for its answer to the first one's DEACTIVATE, or DECOMMISSION. */
#define FAULT_BEFORE	0x80

/* What "%llu" in a line stands for. */
enum fault_place { AT_NOTHING, AT_BLOB, AT_IMAGE };

struct fault {
	const char *name;
	const char *line[FAULT_LINES_MAX];	/* as the machine takes them, docs/machine.md */
	enum fault_effect effect;
	unsigned int traits;	/* FAULT_* */
	enum fault_place place;
};

/** fault_table - all of them; ended by one without name */
extern const struct fault fault_table[];

/** fault_find() - by its name, or NULL */
const struct fault *fault_find(const char *name);

/** fault_parks() - does the next kernel begin beside IOMMUs that are still locked, if SNP was up? */
bool fault_parks(const struct fault *fault);

#endif
