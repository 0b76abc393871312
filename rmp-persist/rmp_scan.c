// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A contiguous table to runs, by callback; and the blocks of it that are not clean. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>
#include "scan_fetch.h"

struct sink {
	rmpp_run_fn fn;
	void *arg;
};

static __always_inline int call_back(void *arg, u64 pfn, u64 nr_pages, u64 key)
{
	const struct sink *sink = arg;
	struct rmpp_run run;

	if (!key)
		return 0;
	scan_run(&run, pfn, nr_pages, key);
	return sink->fn(sink->arg, &run);
}

/**
 * rmpp_scan() - call fn for each run of equal neighbours
 * @table:     entry of page @first_pfn in the table (AMD APM vol. 2, 15.36.3)
 * @first_pfn: a multiple of 512
 * @nr_pages:  entries
 * @counts:    pages by state, filled after a complete scan; may be NULL
 * @fn:        called in ascending order of pfn, not for state Hypervisor;
 *             nonzero stops the scan
 * @arg:       for @fn
 *
 * Equal means: same state, ASID, VMSA and page size; the GPA does not count. The
 * table may change meanwhile: each entry is read at most once.
 *
 * Return: 0, what @fn returned, or RMPP_ERR_ARGUMENT.
 */
int rmpp_scan(const struct rmpp_raw_entry *table, u64 first_pfn, u64 nr_pages,
	      struct rmpp_scan_counts *counts, rmpp_run_fn fn, void *arg)
{
	struct sink sink = { .fn = fn, .arg = arg };

	if (!fn || !scan_arguments_ok(table, first_pfn, nr_pages))
		return RMPP_ERR_ARGUMENT;
	return scan_table(table, first_pfn, nr_pages, counts, NULL, call_back, &sink);
}

/* Is a page of this block assigned? All of it is read: a clean one is what is expected. */
static bool block_assigned(const struct rmpp_raw_entry *e, u64 n)
{
	u64 any = 0, i;

	for (i = 0; i + 4 <= n; i += 4) {
		__builtin_prefetch(&e[i + SCAN_AHEAD_SAME]);
		any |= scan_read(&e[i]) | scan_read(&e[i + 1]) |
		       scan_read(&e[i + 2]) | scan_read(&e[i + 3]);
	}
	for (; i < n; i++)
		any |= scan_read(&e[i]);
	return any & RMP_LO_ASSIGNED;
}

/**
 * rmpp_scan_block() - the next 2 MiB block in which a page is assigned
 * @table: entry of page 0 (AMD APM vol. 2, 15.36.3)
 * @pfn:   where to begin, a multiple of 512
 * @end:   where to stop, exclusive, at most what the table covers
 *
 * For a second look at a table that should not have changed: as fast as reading
 * it, and nothing is said of what the pages are.
 *
 * Return: the block's first page, or @end.
 */
u64 rmpp_scan_block(const struct rmpp_raw_entry *table, u64 pfn, u64 end)
{
	u64 n;

	for (; pfn < end; pfn += RMPP_PAGES_PER_2M) {
		n = end - pfn < RMPP_PAGES_PER_2M ? end - pfn : RMPP_PAGES_PER_2M;
		if (block_assigned(&table[pfn], n))
			return pfn;
	}
	return end;
}

/**
 * rmpp_fetch_block() - rmpp_scan_block() for entries that have to be fetched
 * @source: where from
 * @pfn:    as there
 * @end:    as there
 *
 * Return: the block's first page, which is also one that could not be fetched, or @end.
 */
u64 rmpp_fetch_block(const struct rmpp_source *source, u64 pfn, u64 end)
{
	int ret;
	u32 n;

	for (; pfn < end; pfn += RMPP_PAGES_PER_2M) {
		n = scan_block_size(end - pfn);
		ret = source->fetch(source->arg, pfn, n, source->v);
		if (ret < 0)
			return pfn;
		/* of a 2 MiB entry the head says enough, whatever lies behind it */
		if (ret && block_assigned(source->v, n))
			return pfn;
	}
	return end;
}
