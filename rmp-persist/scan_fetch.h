/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scan of scan_core.h where entries have to be fetched, block by block. Beside
 * scan_table(), not in its place: what a table costs that is read in place is measured.
 */
#ifndef RMP_PERSIST_SCAN_FETCH_H
#define RMP_PERSIST_SCAN_FETCH_H

#include "scan_core.h"

static inline u32 scan_block_size(u64 left)
{
	return left < RMPP_PAGES_PER_2M ? (u32)left : (u32)RMPP_PAGES_PER_2M;
}

/* A block of which none is assigned: nobody looks at its entries. */
static __always_inline int scan_clean(struct rmpp_scanner *s, u64 pfn,
				      scan_emit_fn emit, void *arg)
{
	s->last = 0;
	s->busy = false;
	return scan_turn(s, pfn, 0, emit, arg);
}

static __always_inline int scan_fetched(const struct rmpp_source *source,
					u64 first_pfn, u64 nr_pages,
					struct rmpp_scan_counts *counts, const bool *coarse,
					scan_emit_fn emit, void *arg)
{
	struct rmpp_scanner s = { .pfn = first_pfn };
	u64 at, lo;
	u32 n;
	int ret;

	for (at = 0; at < nr_pages; at += n) {
		n = scan_block_size(nr_pages - at);
		ret = source->fetch(source->arg, first_pfn + at, n, source->v);
		if (ret < 0)
			return ret;
		lo = ret ? scan_read(source->v) : 0;
		if (!ret)
			ret = scan_clean(&s, first_pfn + at, emit, arg);
		else if ((lo & SCAN_2M) == SCAN_2M)
			ret = scan_turn(&s, first_pfn + at, scan_any_key(lo) | RMP_LO_2M, emit, arg);
		else
			ret = scan_block(&s, first_pfn + at, lo, source->v, n, coarse, emit, arg);
		if (ret)
			return ret;
	}
	ret = scan_turn(&s, first_pfn + nr_pages, SCAN_KEY_NONE, emit, arg);
	if (!ret && counts)
		scan_count(&s, counts);
	return ret;
}

#endif /* RMP_PERSIST_SCAN_FETCH_H */
