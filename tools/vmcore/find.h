/* SPDX-License-Identifier: GPL-2.0-only */
/* The hand-over in a dump of the whole machine. */
#ifndef VMCORE_FIND_H
#define VMCORE_FIND_H

#include "dump.h"

#define FIND_ANYWHERE	U64_MAX
/* The module takes its region from below 4 GiB; the rest is looked through only if that has none. */
#define FIND_FIRST_PFN	(1ULL << 20)

struct found_blob {
	u8 *buf;		/* malloc()ed */
	u64 size;		/* bytes: no more than the region has, maybe more than the blob */
	u64 region_pa;
	u32 nr_regions;		/* how many the dump has; this is the one that counts */
};

/*
 * region_pa: where the hand-over region lies, or FIND_ANYWHERE. 0, or -1 and a message in
 * d->error. The blob is not checked, unless there was a choice of sound ones.
 */
int find_blob(struct dump *d, u64 region_pa, struct found_blob *f);

#endif /* VMCORE_FIND_H */
