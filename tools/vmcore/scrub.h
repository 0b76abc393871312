/* SPDX-License-Identifier: GPL-2.0-only */
/* A dump once more, without some of its pages. */
#ifndef VMCORE_SCRUB_H
#define VMCORE_SCRUB_H

#include "pages.h"

/* Pieces of the file that become zeros; sorted and not overlapping before they are used. */
struct blank {
	u64 offset, size;
};

struct blanks {
	struct blank *v;
	u64 nr, room;
};

/*
 * Writes out_name, which is replaced as a whole or not at all. 0, or -1 and a message in d->error,
 * and nothing was written. signals_catch() first: a signal is such an error, too.
 */
int scrub(struct dump *d, const struct foreign_list *list, const char *out_name);

/* for the formats; 0 or -1 and a message */
int blanks_add(struct dump *d, struct blanks *b, u64 offset, u64 size);
void blanks_sort(struct blanks *b);
int scrub_elf_blanks(struct dump *d, const struct foreign_list *list, struct blanks *b);
int scrub_kdump_blanks(struct dump *d, const struct foreign_list *list, struct blanks *b);
/* Bitmap and page descriptors without the pages. */
int scrub_kdump_index(struct dump *d, const struct foreign_list *list, int fd);

#endif /* VMCORE_SCRUB_H */
