/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which pages a reader of somebody else's memory must leave alone: filled once, in any order, then
 * asked for each page of a host. As the rest of the core it allocates nothing.
 */
#ifndef RMP_PERSIST_FILTER_H
#define RMP_PERSIST_FILTER_H

#include <rmp_persist/rmp_persist.h>

#define RMPP_FILTER_MIN_EXTENTS	16u
#define RMPP_FILTER_MIN_INDEX	2u

struct rmpp_filter_extent { u64 pfn, end; };	/* pages; end is exclusive */

struct rmpp_filter {
	struct rmpp_filter_extent *v;	/* the caller's; sorted and apart once sealed */
	u32	*index;			/* the caller's */
	u32	nr, max, max_index;
	u32	index_shift;		/* pages of a bucket, as a power of two */
	u32	granule_shift;		/* extents are rounded out to so many pages; 0: exact */
};

int rmpp_filter_init(struct rmpp_filter *f, struct rmpp_filter_extent *v, u32 max, u32 *index,
		     u32 max_index);
/*
 * When the array is full extents are rounded out more and more until there is room again: the set
 * only grows, nothing is ever lost.
 */
int rmpp_filter_add(struct rmpp_filter *f, u64 pfn, u64 nr_pages);
/* What a checked blob names; the same rules as for any reader of its writer's memory. */
int rmpp_filter_add_blob(struct rmpp_filter *f, const struct rmpp_blob *blob, bool rmp_known);
/* Sorts, merges, and makes the index. Nothing may be added afterwards. */
void rmpp_filter_seal(struct rmpp_filter *f);
/* Is a page in the set? Of a sealed one only. */
bool rmpp_filter_has(const struct rmpp_filter *f, u64 pfn);
u64 rmpp_filter_run(const struct rmpp_filter *f, u64 pfn, u64 nr, bool *has);
u64 rmpp_filter_pages(const struct rmpp_filter *f);

#endif /* RMP_PERSIST_FILTER_H */
