// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sets of page ranges in a caller-owned array. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

static u64 extent_end(const struct rmpp_extent *e)
{
	return e->pfn + e->nr_pages;
}

/* Pages between extent i and its right neighbour. */
static u64 gap_after(const struct rmpp_extents *x, u32 i)
{
	return x->v[i + 1].pfn - extent_end(&x->v[i]);
}

static void extents_remove(struct rmpp_extents *x, u32 i, u32 count)
{
	memmove(&x->v[i], &x->v[i + count], (x->nr - i - count) * sizeof(*x->v));
	x->nr -= count;
}

static void extents_insert(struct rmpp_extents *x, u32 i,
			   const struct rmpp_extent *e)
{
	memmove(&x->v[i + 1], &x->v[i], (x->nr - i) * sizeof(*x->v));
	x->v[i] = *e;
	x->nr++;
}

/* Grow extent i to hold [pfn, end) as well, and anything between. */
static void extent_cover(struct rmpp_extent *e, u64 pfn, u64 end, u32 reason)
{
	u64 old_end = extent_end(e);

	if (pfn < e->pfn)
		e->pfn = pfn;
	e->nr_pages = (end > old_end ? end : old_end) - e->pfn;
	e->reason |= reason;
}

/* Index of the first extent whose end is above pfn; x->nr if none. */
static u32 first_ending_above(const struct rmpp_extents *x, u64 pfn)
{
	u32 lo = 0, hi = x->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (extent_end(&x->v[mid]) > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/**
 * rmpp_extents_init() - an empty set
 * @x:   the set
 * @v:   array that holds it, owned by the caller
 * @max: entries of @v
 */
void rmpp_extents_init(struct rmpp_extents *x, struct rmpp_extent *v, u32 max)
{
	x->v = v;
	x->nr = 0;
	x->max = max;
}

/* The array is full: let the two closest neighbours merge, e among them. */
static void extents_add_full(struct rmpp_extents *x, u32 i,
			     const struct rmpp_extent *e)
{
	u64 before = i ? e->pfn - extent_end(&x->v[i - 1]) : U64_MAX;
	u64 after = i < x->nr ? x->v[i].pfn - extent_end(e) : U64_MAX;
	u64 gap, least = U64_MAX;
	u32 k, at = 0;

	for (k = 0; k + 1 < x->nr; k++) {
		gap = gap_after(x, k);
		if (gap < least) {
			least = gap;
			at = k;
		}
	}
	if (before <= after && before <= least) {
		extent_cover(&x->v[i - 1], e->pfn, extent_end(e),
			     e->reason | RMPP_REASON_ROUNDING);
	} else if (after <= least) {
		extent_cover(&x->v[i], e->pfn, extent_end(e),
			     e->reason | RMPP_REASON_ROUNDING);
	} else {
		extent_cover(&x->v[at], x->v[at + 1].pfn,
			     extent_end(&x->v[at + 1]),
			     x->v[at + 1].reason | RMPP_REASON_ROUNDING);
		extents_remove(x, at + 1, 1);
		extents_insert(x, at < i ? i - 1 : i, e);
	}
}

/**
 * rmpp_extents_add() - unite a range with the set
 * @x:        the set
 * @pfn:      first page
 * @nr_pages: pages, not 0
 * @reason:   RMPP_REASON_* bits
 *
 * O(log nr), O(nr) for an insertion in the middle or into a full array: a
 * caller with millions of ranges rounds them to 2 MiB first, then most are
 * already covered by the extent before.
 *
 * Return: 0; RMPP_ERR_EXTENT_RANGE for a range that is empty or ends above
 * RMPP_MAX_PFN; RMPP_ERR_NO_SPACE if the array has no entry at all.
 */
int rmpp_extents_add(struct rmpp_extents *x, u64 pfn, u64 nr_pages, u32 reason)
{
	struct rmpp_extent e = { .pfn = pfn, .nr_pages = nr_pages, .reason = reason };
	u32 first, last;
	u64 end;

	if (!nr_pages || pfn >= RMPP_MAX_PFN || nr_pages > RMPP_MAX_PFN - pfn)
		return RMPP_ERR_EXTENT_RANGE;
	if (!x->max)
		return RMPP_ERR_NO_SPACE;

	end = pfn + nr_pages;
	/* [first, last): those that overlap or touch; pfn 0 touches nothing below */
	first = first_ending_above(x, pfn ? pfn - 1 : 0);
	for (last = first; last < x->nr && x->v[last].pfn <= end; last++)
		extent_cover(&e, x->v[last].pfn, extent_end(&x->v[last]),
			     x->v[last].reason);
	if (last > first) {
		x->v[first] = e;
		extents_remove(x, first + 1, last - first - 1);
	} else if (x->nr < x->max) {
		extents_insert(x, first, &e);
	} else {
		extents_add_full(x, first, &e);
	}
	return RMPP_OK;
}

/**
 * rmpp_extents_remove() - take a range out of the set
 * @x:        the set
 * @pfn:      first page
 * @nr_pages: pages, not 0; those that are not in the set do not matter
 *
 * What is left of an extent keeps its reasons. O(log nr), O(nr) where an extent
 * vanishes or is parted.
 *
 * Return: 0; RMPP_ERR_EXTENT_RANGE as rmpp_extents_add(); RMPP_ERR_NO_SPACE, and
 * @x as it was, if an extent would be parted and the array is full.
 */
int rmpp_extents_remove(struct rmpp_extents *x, u64 pfn, u64 nr_pages)
{
	struct rmpp_extent rest;
	u32 first, last;
	u64 end;

	if (!nr_pages || pfn >= RMPP_MAX_PFN || nr_pages > RMPP_MAX_PFN - pfn)
		return RMPP_ERR_EXTENT_RANGE;
	end = pfn + nr_pages;
	first = first_ending_above(x, pfn);
	if (first == x->nr || x->v[first].pfn >= end)
		return RMPP_OK;

	if (x->v[first].pfn < pfn) {
		rest = x->v[first];
		if (extent_end(&rest) > end) {
			if (x->nr == x->max)
				return RMPP_ERR_NO_SPACE;
			rest.nr_pages = extent_end(&rest) - end;
			rest.pfn = end;
			extents_insert(x, first + 1, &rest);
		}
		x->v[first].nr_pages = pfn - x->v[first].pfn;
		first++;
	}
	for (last = first; last < x->nr && extent_end(&x->v[last]) <= end; last++)
		;
	if (last < x->nr && x->v[last].pfn < end) {
		x->v[last].nr_pages = extent_end(&x->v[last]) - end;
		x->v[last].pfn = end;
	}
	extents_remove(x, first, last - first);
	return RMPP_OK;
}

/**
 * rmpp_extents_round_2m() - round each extent out to 2 MiB blocks and merge
 * @x: the set
 *
 * An assigned page poisons its whole 2 MiB block for writes through large
 * mappings (AMD APM vol. 2, 15.36.10). Extents that grow get
 * RMPP_REASON_ROUNDING.
 */
void rmpp_extents_round_2m(struct rmpp_extents *x)
{
	const u64 mask = RMPP_PAGES_PER_2M - 1;
	u32 i, out = 0;

	for (i = 0; i < x->nr; i++) {
		struct rmpp_extent e = x->v[i];
		u64 end = (extent_end(&e) + mask) & ~mask;

		if ((e.pfn & mask) || end != extent_end(&e))
			e.reason |= RMPP_REASON_ROUNDING;
		e.pfn &= ~mask;
		e.nr_pages = end - e.pfn;
		if (out && extent_end(&x->v[out - 1]) >= e.pfn)
			extent_cover(&x->v[out - 1], e.pfn, end, e.reason);
		else
			x->v[out++] = e;
	}
	x->nr = out;
}

/* Gaps that may close and are at most limit pages wide. */
static u32 count_gaps(const struct rmpp_extents *x, u64 limit)
{
	u32 i, count = 0;

	for (i = 0; i + 1 < x->nr; i++)
		count += !x->v[i].reserved && gap_after(x, i) <= limit;
	return count;
}

/* Close all open gaps below limit, and the first nr_equal that equal it. */
static u64 close_gaps(struct rmpp_extents *x, u64 limit, u32 nr_equal)
{
	u32 i, out = 0;
	u64 gap, waste = 0;

	for (i = 1; i < x->nr; i++) {
		const struct rmpp_extent *e = &x->v[i];

		gap = e->pfn - extent_end(&x->v[out]);
		if (x->v[out].reserved || gap > limit ||
		    (gap == limit && !nr_equal)) {
			x->v[++out] = *e;
			continue;
		}
		if (gap == limit)
			nr_equal--;
		waste += gap;
		extent_cover(&x->v[out], e->pfn, extent_end(e),
			     e->reason | RMPP_REASON_ROUNDING);
		x->v[out].reserved = e->reserved;
	}
	x->nr = out + 1;
	return waste;
}

/**
 * rmpp_extents_bound_if() - merge until at most max_nr extents are left
 * @x:        the set
 * @max_nr:   extents wanted
 * @may_join: says whether the gap [end_pfn, start_pfn) may be closed
 * @arg:      for @may_join
 *
 * What closing a gap costs does not depend on the others, so closing the
 * smallest ones is optimal. The width of the widest that has to close is found
 * by bisection: O(nr), nothing is allocated.
 *
 * Return: pages of waste added; RMPP_ERR_NO_SPACE, and @x as it was, if
 * @may_join leaves more than @max_nr.
 */
s64 rmpp_extents_bound_if(struct rmpp_extents *x, u32 max_nr,
			  rmpp_may_join_fn may_join, const void *arg)
{
	u64 lo = 0, hi = RMPP_MAX_PFN, mid, waste = 0;
	s64 ret = RMPP_ERR_NO_SPACE;
	u32 i, need;

	if (x->nr <= max_nr)
		return 0;
	need = x->nr - max_nr;

	/* reserved serves as a mark inside this function only */
	for (i = 0; i + 1 < x->nr; i++)
		x->v[i].reserved = !may_join(arg, extent_end(&x->v[i]),
					     x->v[i + 1].pfn);
	if (count_gaps(x, hi) >= need) {
		while (lo < hi) {
			mid = lo + (hi - lo) / 2;
			if (count_gaps(x, mid) >= need)
				hi = mid;
			else
				lo = mid + 1;
		}
		waste = close_gaps(x, lo, need - (lo ? count_gaps(x, lo - 1) : 0));
		ret = (s64)waste;
	}
	for (i = 0; i < x->nr; i++)
		x->v[i].reserved = 0;
	return ret;
}

struct barriers {
	const u64 *pfn;
	u32 nr;
};

static bool no_barrier_between(const void *arg, u64 end_pfn, u64 start_pfn)
{
	const struct barriers *b = arg;
	u32 lo = 0, hi = b->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (b->pfn[mid] >= end_pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo == b->nr || b->pfn[lo] > start_pfn;
}

/**
 * rmpp_extents_bound() - rmpp_extents_bound_if() with a list of barriers
 * @x:           the set
 * @max_nr:      extents wanted
 * @barrier:     sorted pfns; a gap [end, start) with end <= barrier <= start
 *               stays open. May be NULL
 * @nr_barriers: entries of @barrier
 *
 * Return: pages of waste added; RMPP_ERR_NO_SPACE, and @x as it was, if the
 * barriers leave more than @max_nr.
 */
s64 rmpp_extents_bound(struct rmpp_extents *x, u32 max_nr,
		       const u64 *barrier, u32 nr_barriers)
{
	struct barriers b = { .pfn = barrier, .nr = barrier ? nr_barriers : 0 };

	return rmpp_extents_bound_if(x, max_nr, no_barrier_between, &b);
}

/**
 * rmpp_extents_find() - look up a page
 * @x:   the set
 * @pfn: page
 *
 * Return: the extent that holds @pfn, else NULL. O(log nr).
 */
const struct rmpp_extent *rmpp_extents_find(const struct rmpp_extents *x, u64 pfn)
{
	u32 i = first_ending_above(x, pfn);

	return i < x->nr && x->v[i].pfn <= pfn ? &x->v[i] : NULL;
}

/**
 * rmpp_extents_overlap() - look up a range
 * @x:        the set
 * @pfn:      first page
 * @nr_pages: pages
 *
 * Return: the first extent that shares a page with the range, else NULL; NULL
 * for an empty range. A range that wraps reaches to the end. O(log nr).
 */
const struct rmpp_extent *rmpp_extents_overlap(const struct rmpp_extents *x,
					       u64 pfn, u64 nr_pages)
{
	u32 i = first_ending_above(x, pfn);

	if (!nr_pages || i == x->nr)
		return NULL;
	return x->v[i].pfn <= pfn || x->v[i].pfn - pfn < nr_pages ? &x->v[i] : NULL;
}

/**
 * rmpp_extents_pages() - size of the set
 * @x: the set
 *
 * Return: pages.
 */
u64 rmpp_extents_pages(const struct rmpp_extents *x)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < x->nr; i++)
		pages += x->v[i].nr_pages;
	return pages;
}
