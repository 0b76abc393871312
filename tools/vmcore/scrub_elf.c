// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of an ELF core stay, as zeros: that is also what the kernel gives for a page that it
 * does not read, and the number of program headers does not grow.
 */
#include "scrub.h"

/* The first entry that ends behind a page. */
static u64 first_behind(const struct foreign_list *list, u64 pfn)
{
	u64 lo = 0, hi = list->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (list->v[mid].pfn + list->v[mid].nr_pages > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/** scrub_elf_blanks() - see scrub.h */
int scrub_elf_blanks(struct dump *d, const struct foreign_list *list, struct blanks *b)
{
	u32 i;

	for (i = 0; i < d->nr_loads; i++) {
		const struct dump_load *l = &d->load[i];
		u64 j = first_behind(list, l->pa >> RMPP_PAGE_SHIFT), end = l->pa + l->size;

		for (; j < list->nr && list->v[j].pfn << RMPP_PAGE_SHIFT < end; j++) {
			u64 from = list->v[j].pfn << RMPP_PAGE_SHIFT;
			u64 to = from + (list->v[j].nr_pages << RMPP_PAGE_SHIFT);

			from = from > l->pa ? from : l->pa;
			to = to < end ? to : end;
			if (blanks_add(d, b, l->offset + (from - l->pa), to - from))
				return -1;
		}
	}
	blanks_sort(b);
	return 0;
}
