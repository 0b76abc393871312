/* SPDX-License-Identifier: GPL-2.0-only */
/* rmpctl vmcore: dumps of the whole machine. */
#ifndef RMPCTL_VMCORE_H
#define RMPCTL_VMCORE_H

#include "audit.h"
#include "find.h"
#include "rmpctl.h"

#define PATTERNS_MAX	64u

struct vmcore_options {
	const char *dump, *out;		/* out: scrub */
	const char *blob;		/* file, NULL: in the dump */
	u64 handover;			/* or FIND_ANYWHERE */
	bool json, all;
	struct pattern pattern[PATTERNS_MAX];
	u32 nr_patterns;
};

/* A dump, and what is known of its pages. */
struct vmcore {
	struct dump dump;
	int fd;
	struct found_blob found;	/* in the dump */
	struct input input;		/* or in a file */
	struct rmpp_blob blob;
	struct foreign_list list;
	struct foreign_sources sources;
};

/* vmcore.c; open: VERDICT_SAFE or VERDICT_UNKNOWN after saying why */
int vmcore_open(struct vmcore *v, const struct vmcore_options *o);
/* The blob and the list of pages; the same. */
int vmcore_know(struct vmcore *v, const struct vmcore_options *o);
void vmcore_close(struct vmcore *v);
int vmcore_complain(const struct dump *d);
int vmcore_incomplete(const struct vmcore *v);
int vmcore_audit(const struct vmcore_options *o);
int vmcore_scrub(const struct vmcore_options *o);

/* patterns.c; 0, or VERDICT_UNKNOWN after saying why */
int pattern_add(struct vmcore_options *o, const char *option, const char *text);
void patterns_free(struct vmcore_options *o);

/* What an audit found. */
struct verdict_of_audit {
	bool known;			/* a blob, so that pages were looked for */
	struct tally tally[KIND_COUNT];
	struct foreign_list in_dump;
	struct hits hits;
};

/* vmcore_json.c */
void vmcore_audit_json(const struct vmcore *v, const struct vmcore_options *o,
		       const struct verdict_of_audit *a);

#endif /* RMPCTL_VMCORE_H */
