// SPDX-License-Identifier: GPL-2.0-only
/* Holes in RAM that are not RAM's own: memory over which no gap of a chain may be closed. */
#include "chain.h"

/**
 * chain_punch() - take memory out of RAM
 * @v:         System RAM, sorted; its array needs room for one range more
 * @nr:        ranges
 * @start_pfn: first page
 * @end_pfn:   exclusive. Memory that is not within one range stays as it is
 *
 * No range that is empty comes of it (chain_prepare_extents() refuses those), whatever lies next to what. RAM
 * ends where it did, for its topmost block is another matter than its last hole: of memory at the end of a
 * range the last page stays.
 *
 * Context: any. Return: ranges that there are now.
 */
u32 chain_punch(struct chain_ram *v, u32 nr, u64 start_pfn, u64 end_pfn)
{
	u32 i, k;

	for (i = 0; i < nr && start_pfn < end_pfn; i++) {
		if (start_pfn < v[i].start_pfn || end_pfn > v[i].end_pfn)
			continue;
		if (end_pfn == v[i].end_pfn && --end_pfn == start_pfn)
			break;
		if (start_pfn == v[i].start_pfn) {
			v[i].start_pfn = end_pfn;
			break;
		}
		for (k = nr; k > i; k--)
			v[k] = v[k - 1];
		v[i].end_pfn = start_pfn;
		v[i + 1].start_pfn = end_pfn;
		return nr + 1;
	}
	return nr;
}
