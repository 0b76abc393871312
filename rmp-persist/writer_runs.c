// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The RMP_RUNS section, in one pass over the table. Runs are written exactly as
 * long as they fit. When the room is used up, what stands there is coarsened in
 * place to 2 MiB blocks, and the scan goes on in blocks; when those do not fit
 * either, the smallest gaps close. No assigned page is ever left out.
 */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>
#include "scan_fetch.h"

/*
 * Longest runs, for an le32. An exact one still fits after it was rounded out to
 * blocks, so coarsening never needs two pieces for one.
 */
#define EXACT_MAX	0xffff0000ULL
#define COARSE_MAX	0xfffffe00ULL

struct runs {
	struct rmpp_run_ser *v;
	u64 end_pfn;		/* of the table: blocks do not reach beyond */
	u64 covered;		/* pfn: up to here there is no more to say */
	u32 nr, max;
	bool coarse;
};

static u64 run_end(const struct rmpp_run_ser *r)
{
	return le64_to_cpu(r->pfn) + le32_to_cpu(r->nr_pages);
}

static bool run_alike(const struct rmpp_run_ser *r, const struct rmpp_run *to)
{
	return r->state == to->state && r->flags == to->flags &&
	       le16_to_cpu(r->asid) == to->asid;
}

static void run_store(struct rmpp_run_ser *r, const struct rmpp_run *run)
{
	r->pfn = cpu_to_le64(run->pfn);
	r->nr_pages = cpu_to_le32((u32)run->nr_pages);
	r->asid = cpu_to_le16((u16)run->asid);
	r->state = run->state;
	r->flags = run->flags;
}

/* Merge b into its left neighbour a, and what lies between. */
static void run_join(struct rmpp_run_ser *a, const struct rmpp_run_ser *b)
{
	u64 gap = le64_to_cpu(b->pfn) - run_end(a);

	if (gap || a->state != b->state || a->flags != b->flags || a->asid != b->asid) {
		a->state = RMPP_PAGE_MIXED;
		a->flags = 0;
		a->asid = 0;
	}
	a->nr_pages = cpu_to_le32((u32)(run_end(b) - le64_to_cpu(a->pfn)));
}

static bool runs_joinable(const struct rmpp_run_ser *a, const struct rmpp_run_ser *b,
			  u64 max_gap)
{
	return le64_to_cpu(b->pfn) - run_end(a) <= max_gap &&
	       run_end(b) - le64_to_cpu(a->pfn) <= COARSE_MAX;
}

/*
 * Close the smallest gaps, in classes that double, until an eighth of the room
 * is free: enough at once that the walks do not add up.
 */
static bool runs_compact(struct runs *x)
{
	u32 want = x->max - (x->max + 7) / 8, i, out;
	u64 max_gap;

	for (max_gap = 0; x->nr > want && max_gap <= RMPP_MAX_PFN;
	     max_gap = max_gap ? max_gap * 2 : RMPP_PAGES_PER_2M) {
		u32 need = x->nr - want;

		for (i = 1, out = 0; i < x->nr; i++) {
			if (need && runs_joinable(&x->v[out], &x->v[i], max_gap)) {
				run_join(&x->v[out], &x->v[i]);
				need--;
			} else {
				x->v[++out] = x->v[i];
			}
		}
		x->nr = out + 1;
	}
	return x->nr < x->max;
}

/* Make room for one more, or let the last run take the piece in. */
static int runs_squeeze(struct runs *x, const struct rmpp_run *piece)
{
	struct rmpp_run_ser ser;

	if (runs_compact(x))
		return 0;
	run_store(&ser, piece);
	if (!x->nr || !runs_joinable(&x->v[x->nr - 1], &ser, RMPP_MAX_PFN))
		return RMPP_ERR_NO_SPACE;
	run_join(&x->v[x->nr - 1], &ser);
	return 0;
}

/* Append a piece made of whole blocks; it may repeat the last block. */
static int runs_put_blocks(struct runs *x, u64 pfn, u64 end, const struct rmpp_run *like)
{
	struct rmpp_run piece = *like;
	struct rmpp_run_ser *last;
	int ret;

	if (end > x->end_pfn)
		end = x->end_pfn;
	while (x->nr == 0 || run_end(&x->v[x->nr - 1]) < end) {
		last = x->nr ? &x->v[x->nr - 1] : NULL;
		if (last && pfn < run_end(last))
			pfn = run_end(last);
		if (last && pfn == run_end(last) && run_alike(last, like) &&
		    end - le64_to_cpu(last->pfn) <= COARSE_MAX) {
			last->nr_pages = cpu_to_le32((u32)(end - le64_to_cpu(last->pfn)));
			return 0;
		}
		piece.pfn = pfn;
		piece.nr_pages = end - pfn < COARSE_MAX ? end - pfn : COARSE_MAX;
		if (x->nr < x->max) {
			run_store(&x->v[x->nr++], &piece);
			continue;
		}
		ret = runs_squeeze(x, &piece);
		if (ret)
			return ret;
	}
	return 0;
}

static const struct rmpp_run mixed = { .state = RMPP_PAGE_MIXED };

/*
 * A run in blocks: those it fills keep its state, the two at its ends are mixed
 * (their other pages are of another kind, or they would be part of the run).
 * With room for one piece only, the whole is mixed.
 */
static int runs_put_coarse(struct runs *x, const struct rmpp_run *run, u32 room)
{
	const u64 mask = RMPP_PAGES_PER_2M - 1;
	u64 pfn = run->pfn & ~mask, end = (run->pfn + run->nr_pages + mask) & ~mask;
	u64 full = (run->pfn + mask) & ~mask;
	u64 full_end = (run->pfn + run->nr_pages) & ~mask;
	int ret;

	if (pfn == full && full_end == end)
		return runs_put_blocks(x, pfn, end, run);
	if (full >= full_end || room < (u32)(pfn < full) + 1 + (full_end < end))
		return runs_put_blocks(x, pfn, end, &mixed);
	ret = runs_put_blocks(x, pfn, full, &mixed);
	if (!ret)
		ret = runs_put_blocks(x, full, full_end, run);
	if (!ret)
		ret = runs_put_blocks(x, full_end, end, &mixed);
	return ret;
}

static int runs_coarsen(struct runs *x)
{
	u32 i, nr = x->nr;
	int ret;

	x->coarse = true;
	x->nr = 0;
	for (i = 0; i < nr; i++) {
		const struct rmpp_run run = {
			.pfn = le64_to_cpu(x->v[i].pfn),
			.nr_pages = le32_to_cpu(x->v[i].nr_pages),
			.asid = le16_to_cpu(x->v[i].asid),
			.state = x->v[i].state,
			.flags = x->v[i].flags,
		};

		/* pieces must not overwrite runs that are still to be read */
		ret = runs_put_coarse(x, &run, i + 1 - x->nr);
		if (ret)
			return ret;
	}
	return 0;
}

static int runs_put(struct runs *x, const struct rmpp_run *run)
{
	struct rmpp_run piece = *run;
	u64 end = run->pfn + run->nr_pages;
	int ret;

	while (!x->coarse && piece.pfn < end) {
		if (x->nr == x->max) {
			ret = runs_coarsen(x);
			if (ret)
				return ret;
			break;
		}
		piece.nr_pages = end - piece.pfn < EXACT_MAX ? end - piece.pfn : EXACT_MAX;
		run_store(&x->v[x->nr++], &piece);
		piece.pfn += piece.nr_pages;
	}
	if (piece.pfn == end)
		return 0;
	piece.nr_pages = end - piece.pfn;
	ret = runs_put_coarse(x, &piece, U32_MAX);
	if (!ret)
		x->covered = run_end(&x->v[x->nr - 1]);
	return ret;
}

static __always_inline int runs_put_mixed(struct runs *x, u64 pfn, u64 nr_pages)
{
	struct rmpp_run_ser *last = x->nr ? &x->v[x->nr - 1] : NULL;
	int ret = 0;

	/* on a fragmented host that is one block after the other */
	if (last && last->state == RMPP_PAGE_MIXED && x->covered == pfn &&
	    le32_to_cpu(last->nr_pages) <= COARSE_MAX - nr_pages) {
		last->nr_pages = cpu_to_le32(le32_to_cpu(last->nr_pages) + (u32)nr_pages);
		x->covered = pfn + nr_pages;
		return 0;
	}
	ret = runs_put_blocks(x, pfn, pfn + nr_pages, &mixed);
	if (!ret)
		x->covered = run_end(&x->v[x->nr - 1]);
	return ret;
}

static __always_inline int runs_emit(void *arg, u64 pfn, u64 nr_pages, u64 key)
{
	struct runs *x = arg;
	struct rmpp_run run;

	/* most runs of a fragmented host end in a block that is mixed already */
	if (pfn + nr_pages <= x->covered || !key)
		return 0;
	if (key == SCAN_KEY_MIXED)
		return runs_put_mixed(x, pfn, nr_pages);
	scan_run(&run, pfn, nr_pages, key);
	return runs_put(x, &run);
}

/**
 * rmpp_writer_rmp_runs() - scan a table into a section RMPP_SECTION_RMP_RUNS
 * @w:         the writer, no section open
 * @table:     as for rmpp_scan()
 * @first_pfn: as for rmpp_scan()
 * @nr_pages:  as for rmpp_scan()
 * @max_runs:  bound of the section's entries; what is left of the buffer is another
 * @counts:    pages by state, exact in any case; may be NULL
 * @coarse:    set to whether runs had to be merged; may be NULL
 *
 * Return: 0, RMPP_ERR_ARGUMENT, RMPP_ERR_SECTION_DUP, or RMPP_ERR_NO_SPACE if not
 * even merged runs fit; on error the writer is as it was.
 */
int rmpp_writer_rmp_runs(struct rmpp_writer *w, const struct rmpp_raw_entry *table,
			 u64 first_pfn, u64 nr_pages, u32 max_runs,
			 struct rmpp_scan_counts *counts, bool *coarse)
{
	struct runs x = { .end_pfn = first_pfn + nr_pages };
	struct rmpp_scan_counts found;
	u64 room;
	int ret;

	if (!scan_arguments_ok(table, first_pfn, nr_pages))
		return RMPP_ERR_ARGUMENT;
	ret = rmpp_writer_begin(w, RMPP_SECTION_RMP_RUNS, 0, sizeof(*x.v));
	if (ret)
		return ret;

	room = (w->size - w->used) / sizeof(*x.v);
	x.max = room < max_runs ? (u32)room : max_runs;
	x.v = (struct rmpp_run_ser *)(w->buf + w->used);
	ret = scan_table(table, first_pfn, nr_pages, &found, &x.coarse, runs_emit, &x);
	if (ret) {
		rmpp_writer_cancel(w);
		return ret;
	}
	w->used += (u64)x.nr * sizeof(*x.v);
	rmpp_writer_end(w);
	if (counts)
		*counts = found;
	if (coarse)
		*coarse = x.coarse;
	return RMPP_OK;
}

/* A call a run is little beside what it takes to fetch entries. */
static int runs_emit_fetched(void *arg, u64 pfn, u64 nr_pages, u64 key)
{
	return runs_emit(arg, pfn, nr_pages, key);
}

/**
 * rmpp_writer_fetch_runs() - rmpp_writer_rmp_runs() for entries that have to be fetched
 * @w:         as there
 * @source:    where from; HV-Fixed pages of blocks without assigned ones are not seen
 * @first_pfn: as there
 * @nr_pages:  as there
 * @max_runs:  as there
 * @counts:    as there
 * @coarse:    as there
 *
 * What it shares with the above is written twice, since the code that makes of that is measured.
 *
 * Return: as there, or what @source returned; on error the writer is as it was.
 */
int rmpp_writer_fetch_runs(struct rmpp_writer *w, const struct rmpp_source *source,
			   u64 first_pfn, u64 nr_pages, u32 max_runs,
			   struct rmpp_scan_counts *counts, bool *coarse)
{
	struct runs x = { .end_pfn = first_pfn + nr_pages };
	struct rmpp_scan_counts found;
	u64 room;
	int ret;

	if (!scan_arguments_ok(source->v, first_pfn, nr_pages))
		return RMPP_ERR_ARGUMENT;
	ret = rmpp_writer_begin(w, RMPP_SECTION_RMP_RUNS, 0, sizeof(*x.v));
	if (ret)
		return ret;

	room = (w->size - w->used) / sizeof(*x.v);
	x.max = room < max_runs ? (u32)room : max_runs;
	x.v = (struct rmpp_run_ser *)(w->buf + w->used);
	ret = scan_fetched(source, first_pfn, nr_pages, &found, &x.coarse, runs_emit_fetched, &x);
	if (ret) {
		rmpp_writer_cancel(w);
		return ret;
	}
	w->used += (u64)x.nr * sizeof(*x.v);
	rmpp_writer_end(w);
	if (counts)
		*counts = found;
	if (coarse)
		*coarse = x.coarse;
	return RMPP_OK;
}
