// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A set of pages that is filled once and then asked very often. */
#define RMPP_CORE
#include <rmp_persist/filter.h>

/**
 * rmpp_filter_init() - begin with an empty set
 * @f:         the set
 * @v:         for its extents
 * @max:       room in @v, at least RMPP_FILTER_MIN_EXTENTS
 * @index:     for its index
 * @max_index: room in @index, at least RMPP_FILTER_MIN_INDEX; about as much as @max makes a look-up
 *             independent of the number of extents
 *
 * Return: 0 or RMPP_ERR_ARGUMENT.
 */
int rmpp_filter_init(struct rmpp_filter *f, struct rmpp_filter_extent *v, u32 max, u32 *index,
		     u32 max_index)
{
	if (!v || !index || max < RMPP_FILTER_MIN_EXTENTS || max_index < RMPP_FILTER_MIN_INDEX)
		return RMPP_ERR_ARGUMENT;
	memset(f, 0, sizeof(*f));
	f->v = v;
	f->index = index;
	f->max = max;
	f->max_index = max_index;
	return RMPP_OK;
}

static void sift_down(struct rmpp_filter_extent *v, u32 root, u32 nr)
{
	struct rmpp_filter_extent e = v[root];
	u32 child;

	for (; (child = 2 * root + 1) < nr; root = child) {
		if (child + 1 < nr && v[child + 1].pfn > v[child].pfn)
			child++;
		if (v[child].pfn <= e.pfn)
			break;
		v[root] = v[child];
	}
	v[root] = e;
}

/* A table is scanned in order, so that there is mostly nothing to sort. */
static void sort(struct rmpp_filter *f)
{
	struct rmpp_filter_extent e, *v = f->v;
	u32 i;

	for (i = 1; i < f->nr && v[i - 1].pfn <= v[i].pfn; i++)
		;
	if (i >= f->nr)
		return;
	for (i = f->nr / 2; i--; )
		sift_down(v, i, f->nr);
	for (i = f->nr; --i; ) {
		e = v[0];
		v[0] = v[i];
		v[i] = e;
		sift_down(v, 0, i);
	}
}

static struct rmpp_filter_extent rounded(const struct rmpp_filter *f, u64 pfn, u64 end)
{
	u64 mask = (1ULL << f->granule_shift) - 1;

	return (struct rmpp_filter_extent){ pfn & ~mask, (end + mask) & ~mask };
}

/* Sorted extents, rounded out, those that overlap or touch made one. */
static void merge(struct rmpp_filter *f)
{
	struct rmpp_filter_extent e;
	u32 i, nr = 0;

	for (i = 0; i < f->nr; i++) {
		e = rounded(f, f->v[i].pfn, f->v[i].end);
		if (nr && e.pfn <= f->v[nr - 1].end) {
			if (e.end > f->v[nr - 1].end)
				f->v[nr - 1].end = e.end;
		} else {
			f->v[nr++] = e;
		}
	}
	f->nr = nr;
}

/* A quarter is made free at once, so that filling an array of any size does not take for ever. */
static void make_room(struct rmpp_filter *f)
{
	sort(f);
	merge(f);
	while (f->nr > f->max - f->max / 4) {
		f->granule_shift++;
		merge(f);
	}
}

/**
 * rmpp_filter_add() - add a range
 * @f:        not sealed
 * @pfn:      first page
 * @nr_pages: pages
 *
 * O(1) for ranges that arrive in order.
 *
 * Return: 0, or RMPP_ERR_EXTENT_RANGE for a range that is empty or ends past the physical address
 * space, which changes nothing.
 */
int rmpp_filter_add(struct rmpp_filter *f, u64 pfn, u64 nr_pages)
{
	struct rmpp_filter_extent e, *last;

	if (!nr_pages || pfn >= RMPP_MAX_PFN || nr_pages > RMPP_MAX_PFN - pfn)
		return RMPP_ERR_EXTENT_RANGE;
	e = rounded(f, pfn, pfn + nr_pages);
	last = f->nr ? &f->v[f->nr - 1] : NULL;
	if (last && e.pfn >= last->pfn && e.pfn <= last->end) {
		if (e.end > last->end)
			last->end = e.end;
		return RMPP_OK;
	}
	if (f->nr == f->max)
		make_room(f);
	f->v[f->nr++] = e;
	return RMPP_OK;
}

/**
 * rmpp_filter_seal() - make it fit to be asked
 * @f: filled
 *
 * The index cuts the pages up to the last extent into equal buckets, and names for each the first
 * extent that ends behind the bucket's start.
 */
void rmpp_filter_seal(struct rmpp_filter *f)
{
	u64 span, bucket;
	u32 i = 0;

	sort(f);
	merge(f);
	if (!f->nr)
		return;
	span = f->v[f->nr - 1].end;
	for (f->index_shift = 0; ((span - 1) >> f->index_shift) + 2 > f->max_index; f->index_shift++)
		;
	for (bucket = 0; bucket <= (span - 1) >> f->index_shift; bucket++) {
		while (f->v[i].end <= bucket << f->index_shift)
			i++;
		f->index[bucket] = i;
	}
	f->index[bucket] = f->nr - 1;
}

/* The first extent that ends behind @pfn, which is below the last one's end. */
static const struct rmpp_filter_extent *extent_behind(const struct rmpp_filter *f, u64 pfn)
{
	u32 lo = f->index[pfn >> f->index_shift], hi = f->index[(pfn >> f->index_shift) + 1], mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (f->v[mid].end > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return &f->v[lo];
}

/**
 * rmpp_filter_has() - is this page in the set?
 * @f:   sealed
 * @pfn: page
 *
 * Context: any, concurrently. Return: true if it is.
 */
bool rmpp_filter_has(const struct rmpp_filter *f, u64 pfn)
{
	return f->nr && pfn < f->v[f->nr - 1].end && extent_behind(f, pfn)->pfn <= pfn;
}

/**
 * rmpp_filter_run() - how many pages from here on are all in the set, or all not
 * @f:   sealed
 * @pfn: the first page
 * @nr:  pages that are asked about, at least 1
 * @has: gets whether they are in the set
 *
 * Context: any, concurrently. Return: 1 to @nr.
 */
u64 rmpp_filter_run(const struct rmpp_filter *f, u64 pfn, u64 nr, bool *has)
{
	const struct rmpp_filter_extent *e;
	u64 end;

	*has = false;
	if (!f->nr || pfn >= f->v[f->nr - 1].end)
		return nr;
	e = extent_behind(f, pfn);
	*has = e->pfn <= pfn;
	end = *has ? e->end : e->pfn;
	return end - pfn < nr ? end - pfn : nr;
}

/**
 * rmpp_filter_pages() - size of the set
 * @f: sealed
 *
 * Return: pages.
 */
u64 rmpp_filter_pages(const struct rmpp_filter *f)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < f->nr; i++)
		pages += f->v[i].end - f->v[i].pfn;
	return pages;
}
