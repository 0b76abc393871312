/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages are not the host's, by all that a dump says about them. */
#ifndef VMCORE_PAGES_H
#define VMCORE_PAGES_H

#include "dump.h"

/* What a page is: an enum rmpp_page_state, or one of these where no RMP tells. */
enum page_kind {
	KIND_TMR	= RMPP_PAGE_STATE_MAX + 1,
	KIND_FIRMWARE,		/* buffers that the firmware may still use */
	KIND_GUEST,		/* pinned for a SEV or SEV-ES guest */
	KIND_LEAKED,
	KIND_INHERITED,		/* kept out since an earlier kernel */
	KIND_ASSIGNED,		/* kept out as assigned, and the RMP could not be read */
	KIND_COUNT,
};

struct foreign {
	u64 pfn, nr_pages;
	u32 asid;
	u8 kind;
};

/* Sorted, not overlapping. */
struct foreign_list {
	struct foreign *v;
	u64 nr, room;
};

/* Where the RMP came from. */
struct foreign_sources {
	u64 rmp_pages;		/* pages of memory that an RMP in the dump speaks of */
	u64 rmp_missing;	/* ... and those whose entries the dump lacks */
	bool rmp_segmented;	/* not looked for */
	bool runs;		/* the blob has what the RMP was */
	bool runs_coarse;
	/*
	 * A CPU checked an RMP, and neither the dump nor the blob has it whole: pages of SNP guests are
	 * not in the list, and a dump that has none of the listed ones need not be clean.
	 */
	bool incomplete;
};

const char *kind_name(u32 kind);
/* 0, or -1 and a message in d->error. */
int foreign_collect(struct dump *d, const struct rmpp_blob *blob, struct foreign_list *list,
		    struct foreign_sources *s);
/* Behind all that are there. 0 or -ENOMEM. */
int foreign_append(struct foreign_list *list, u64 pfn, u64 nr_pages, u32 asid, u8 kind);
void foreign_free(struct foreign_list *list);
/* The entry that holds a page, or NULL. */
const struct foreign *foreign_find(const struct foreign_list *list, u64 pfn);
u64 foreign_pages(const struct foreign_list *list);

#endif /* VMCORE_PAGES_H */
