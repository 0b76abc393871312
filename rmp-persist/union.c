// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two sorted lists of pages as one. */
#define RMPP_CORE
#include <rmp_persist/union.h>

/* The extent that comes first in the two lists. */
static bool first(const struct rmpp_union *u, struct rmpp_extent *e, bool *of_filter)
{
	const struct rmpp_filter_extent *a = u->i < u->f->nr ? &u->f->v[u->i] : NULL;
	const struct rmpp_extent *b = u->j < u->x->nr ? &u->x->v[u->j] : NULL;

	*of_filter = a && (!b || a->pfn < b->pfn);
	if (*of_filter) {
		e->pfn = a->pfn;
		e->nr_pages = a->end - a->pfn;
		e->reason = u->reason;
	} else if (b) {
		*e = *b;
	}
	return a || b;
}

/**
 * rmpp_union_next() - the next extent of both lists
 * @u: the lists, and how far they are through
 * @e: set to it; extents that overlap or touch become one, with the reasons of all
 *
 * Return: false if there is none.
 */
bool rmpp_union_next(struct rmpp_union *u, struct rmpp_extent *e)
{
	struct rmpp_extent next;
	bool any = false, of_filter;
	u64 end = 0;

	while (first(u, &next, &of_filter) && (!any || next.pfn <= end)) {
		if (!any) {
			e->pfn = next.pfn;
			e->reason = 0;
		}
		any = true;
		e->reason |= next.reason;
		if (next.pfn + next.nr_pages > end)
			end = next.pfn + next.nr_pages;
		if (of_filter)
			u->i++;
		else
			u->j++;
	}
	e->nr_pages = any ? end - e->pfn : 0;
	return any;
}
