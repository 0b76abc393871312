/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the pages that are not the host's a dump has, and what bytes are where in it. */
#ifndef VMCORE_AUDIT_H
#define VMCORE_AUDIT_H

#include "pages.h"

/*
 * Pages of one kind. A filter leaves pages out, or has zeros in their place; ones are what
 * ciphertext hiding and a locked TMR show to whoever reads all the same.
 */
struct tally {
	u64 listed, absent, zeros, ones, content;
};

/* tally: by kind, KIND_COUNT of them. in_dump: pages with ones or content. 0, or -1 and a message. */
int audit_pages(struct dump *d, const struct foreign_list *list, struct tally *tally,
		struct foreign_list *in_dump);

/* ---- search ---- */

#define PATTERN_MIN	8u
#define PATTERN_MAX	(1u << 20)
#define HITS_MAX	1000u

struct pattern {
	u8 *bytes;
	size_t size;
	const char *option, *text;	/* as it was given */
};

struct hit {
	u64 where;		/* physical address, or offset in the file */
	u32 pattern;
	bool note;		/* in a note of an ELF core */
};

struct hits {
	struct hit v[HITS_MAX];
	u32 nr;			/* in v */
	u64 total;
};

/* Whole dump, across borders of pages that are neighbours. 0, or -1 and a message. */
int search_dump(struct dump *d, const struct pattern *pattern, u32 nr, struct hits *hits);

#endif /* VMCORE_AUDIT_H */
