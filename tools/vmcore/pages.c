// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources, each filling in what those before it left open: an RMP that is itself in the dump, what
 * the blob says the RMP was, the TMR, contexts of guests where no RMP tells of them, and the quarantine where nothing
 * more exact is known. HV-Fixed pages are the host's to read. So is the RMP.
 */
#include <errno.h>
#include <stdlib.h>

#include "pages.h"

/* bytes at RMP_BASE before the first entry (AMD APM vol. 2, 15.36.4) */
#define RMP_BOOKKEEPING		0x4000u
#define RMP_CFG_SEGMENTED	1u
#define BLOCK_BYTES	(RMPP_PAGES_PER_2M * sizeof(struct rmpp_raw_entry))
#define ENTRIES_PER_PAGE (RMPP_PAGE_SIZE / sizeof(struct rmpp_raw_entry))

/*
 * What the RMP and the TMR's address tell exactly; an extent with nothing else adds nothing. Buffers
 * of the firmware that no RMP protects are the host's to read: it is writes that they are kept from.
 */
#define REASONS_EXACT	(RMPP_REASON_ASSIGNED | RMPP_REASON_TMR | RMPP_REASON_FIRMWARE | \
			 RMPP_REASON_HV_FIXED | RMPP_REASON_ROUNDING)

/**
 * kind_name() - for people
 * @kind: enum rmpp_page_state or enum page_kind
 *
 * Return: a word.
 */
const char *kind_name(u32 kind)
{
	static const char * const name[] = {
		[KIND_TMR] = "TMR", [KIND_FIRMWARE] = "firmware buffer", [KIND_GUEST] = "SEV guest",
		[KIND_LEAKED] = "leaked", [KIND_INHERITED] = "inherited",
		[KIND_ASSIGNED] = "assigned",
	};

	return kind <= RMPP_PAGE_STATE_MAX ? rmpp_page_state_name(kind) :
	       kind < KIND_COUNT ? name[kind] : "?";
}

/** foreign_append() - see pages.h; neighbours of one kind become one */
int foreign_append(struct foreign_list *list, u64 pfn, u64 nr_pages, u32 asid, u8 kind)
{
	struct foreign *last = list->nr ? &list->v[list->nr - 1] : NULL;

	if (last && last->pfn + last->nr_pages == pfn && last->kind == kind && last->asid == asid) {
		last->nr_pages += nr_pages;
		return 0;
	}
	if (list->nr == list->room) {
		u64 room = list->room ? list->room * 2 : 64;
		void *v = realloc(list->v, room * sizeof(*list->v));

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->room = room;
	}
	list->v[list->nr++] = (struct foreign){ pfn, nr_pages, asid, kind };
	return 0;
}

static int append(struct foreign_list *list, const struct foreign *f)
{
	return foreign_append(list, f->pfn, f->nr_pages, f->asid, f->kind);
}

/* What of more is not in list yet goes in; both are sorted, and more is freed. */
static int layer(struct foreign_list *list, struct foreign_list *more)
{
	struct foreign_list both = { 0 };
	u64 i = 0, j = 0;
	int rc = 0;

	while (!rc && (i < list->nr || j < more->nr)) {
		struct foreign *old = i < list->nr ? &list->v[i] : NULL;
		struct foreign *new = j < more->nr ? &more->v[j] : NULL, piece;
		u64 end;

		if (!new || (old && old->pfn <= new->pfn)) {
			rc = append(&both, old);
			end = old->pfn + old->nr_pages;
			/* what old covers of the new ones is told */
			while (j < more->nr && more->v[j].pfn < end) {
				new = &more->v[j];
				if (new->pfn + new->nr_pages <= end) {
					j++;
					continue;
				}
				new->nr_pages -= end - new->pfn;
				new->pfn = end;
			}
			i++;
			continue;
		}
		piece = *new;
		if (old && old->pfn < new->pfn + new->nr_pages) {
			piece.nr_pages = old->pfn - new->pfn;
			new->nr_pages -= piece.nr_pages;
			new->pfn = old->pfn;
		} else {
			j++;
		}
		rc = append(&both, &piece);
	}
	foreign_free(list);
	foreign_free(more);
	*list = both;
	return rc;
}

static bool is_foreign(u32 state)
{
	return state != RMPP_PAGE_HYPERVISOR && state != RMPP_PAGE_HV_FIXED;
}

struct rmp_walk {
	struct foreign_list *list;
	u64 own_pfn, own_end;	/* the RMP itself, where it is one table */
};

static void set_own(struct rmp_walk *w, const struct rmpp_platform_ser *p)
{
	u64 base = le64_to_cpu(p->rmp_base), end = le64_to_cpu(p->rmp_end);

	w->own_pfn = base >> RMPP_PAGE_SHIFT;
	w->own_end = end ? (end >> RMPP_PAGE_SHIFT) + 1 : w->own_pfn;
}

static int add_run(void *arg, const struct rmpp_run *run)
{
	struct rmp_walk *w = arg;
	struct foreign f = { run->pfn, run->nr_pages, run->asid, run->state };
	u64 end = run->pfn + run->nr_pages;
	int rc = 0;

	if (!is_foreign(run->state))
		return 0;
	if (f.pfn < w->own_end && end > w->own_pfn) {
		if (f.pfn < w->own_pfn) {
			f.nr_pages = w->own_pfn - f.pfn;
			rc = append(w->list, &f);
		}
		if (rc || end <= w->own_end)
			return rc;
		f.pfn = w->own_end;
		f.nr_pages = end - w->own_end;
	}
	return append(w->list, &f);
}

/* The first page at or behind pfn whose 2 MiB block may have its entries in the dump. */
static u64 next_block(const struct dump *d, u64 table, u64 pfn)
{
	u64 at = (table + pfn * sizeof(struct rmpp_raw_entry)) >> RMPP_PAGE_SHIFT;
	u64 skipped = dump_next(d, at) - at;

	return pfn + skipped * ENTRIES_PER_PAGE / RMPP_PAGES_PER_2M * RMPP_PAGES_PER_2M;
}

/* The raw layout of Zen 3 and 4; a segmented table is left alone. */
static int walk_rmp(struct dump *d, const struct rmpp_platform_ser *p, struct foreign_list *list,
		    struct foreign_sources *s)
{
	u64 base = le64_to_cpu(p->rmp_base), end = le64_to_cpu(p->rmp_end), pfn, nr;
	struct rmp_walk w = { .list = list };
	struct rmpp_raw_entry entry[RMPP_PAGES_PER_2M];
	int rc;

	s->rmp_segmented = le64_to_cpu(p->rmp_cfg) & RMP_CFG_SEGMENTED;
	if (!end || s->rmp_segmented || base % RMPP_PAGE_SIZE ||
	    end >= RMPP_MAX_PFN << RMPP_PAGE_SHIFT || end < base + RMP_BOOKKEEPING)
		return 0;
	set_own(&w, p);
	base += RMP_BOOKKEEPING;
	nr = (end + 1 - base) / BLOCK_BYTES * RMPP_PAGES_PER_2M;
	if (nr > RMPP_MAX_PFN)
		nr = RMPP_MAX_PFN;
	for (pfn = next_block(d, base, 0); pfn < nr; pfn = next_block(d, base, pfn)) {
		rc = dump_read_at(d, base + pfn * sizeof(entry[0]), entry, BLOCK_BYTES);
		if (rc < 0)
			return rc;
		if (rc) {
			s->rmp_pages += RMPP_PAGES_PER_2M;
			rc = rmpp_scan(entry, pfn, RMPP_PAGES_PER_2M, NULL, add_run, &w);
		}
		if (rc)
			return dump_fail(d, "%s", strerror(-rc));
		pfn += RMPP_PAGES_PER_2M;
	}
	s->rmp_missing = nr - s->rmp_pages;
	return 0;
}

static int add_runs(const struct rmpp_blob *blob, const struct rmpp_platform_ser *p, struct foreign_list *list)
{
	struct rmp_walk w = { .list = list };
	const struct rmpp_run_ser *r;
	int rc = 0;
	u32 i;

	set_own(&w, p);
	for (i = 0; !rc && (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++) {
		struct rmpp_run run = { .pfn = le64_to_cpu(r->pfn), .nr_pages = le32_to_cpu(r->nr_pages),
					.asid = le16_to_cpu(r->asid), .state = r->state };

		rc = add_run(&w, &run);
	}
	return rc;
}

static int by_pfn(const void *a, const void *b)
{
	const struct foreign *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* All that is known of SNP guests without an RMP. */
static int add_contexts(const struct rmpp_blob *blob, struct foreign_list *list)
{
	const struct rmpp_guest_ser *g;
	u64 i, k;
	int rc = 0;

	for (i = 0; !rc && (g = rmpp_blob_entry(blob, RMPP_SECTION_GUESTS, (u32)i)); i++) {
		struct foreign f = { le64_to_cpu(g->gctx_pa) >> RMPP_PAGE_SHIFT, 1, le32_to_cpu(g->asid),
				     RMPP_PAGE_CONTEXT };

		if (g->kind == RMPP_GUEST_SNP && f.pfn && f.pfn < RMPP_MAX_PFN)
			rc = append(list, &f);
	}
	if (rc || !list->nr)
		return rc;
	qsort(list->v, list->nr, sizeof(*list->v), by_pfn);
	for (i = 0, k = 0; i < list->nr; i++)
		if (!k || list->v[i].pfn >= list->v[k - 1].pfn + list->v[k - 1].nr_pages)
			list->v[k++] = list->v[i];
	list->nr = k;
	return 0;
}

static int add_tmr(const struct rmpp_platform_ser *p, struct foreign_list *list)
{
	u64 pa = le64_to_cpu(p->tmr_pa), size = le64_to_cpu(p->tmr_size);
	struct foreign f = { .pfn = pa >> RMPP_PAGE_SHIFT, .kind = KIND_TMR };

	if (!pa || !size || le32_to_cpu(p->flags) & RMPP_PLATFORM_QUIESCED)
		return 0;
	f.nr_pages = ((pa + size - 1) >> RMPP_PAGE_SHIFT) - f.pfn + 1;
	return append(list, &f);
}

static u8 kind_of_extent(u32 reason)
{
	return reason & RMPP_REASON_GUEST ? KIND_GUEST :
	       reason & RMPP_REASON_FIRMWARE ? KIND_FIRMWARE :
	       reason & RMPP_REASON_TMR ? KIND_TMR :
	       reason & RMPP_REASON_LEAKED ? KIND_LEAKED :
	       reason & RMPP_REASON_ASSIGNED ? KIND_ASSIGNED : KIND_INHERITED;
}

static int add_quarantine(const struct rmpp_blob *blob, const struct rmpp_platform_ser *p,
			  const struct foreign_sources *s, struct foreign_list *list)
{
	u32 exact = RMPP_REASON_HV_FIXED | RMPP_REASON_ROUNDING, i;
	const struct rmpp_extent_ser *x;
	int rc = 0;

	if (s->runs || (s->rmp_pages && !s->rmp_missing))
		exact = le64_to_cpu(p->tmr_pa) ? REASONS_EXACT : REASONS_EXACT & ~RMPP_REASON_TMR;
	for (i = 0; !rc && (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++) {
		u32 reason = le32_to_cpu(x->reason);
		struct foreign f = { le64_to_cpu(x->pfn), le64_to_cpu(x->nr_pages), 0,
				     kind_of_extent(reason) };

		if (reason & ~exact)
			rc = append(list, &f);
	}
	return rc;
}

/** foreign_collect() - see pages.h */
int foreign_collect(struct dump *d, const struct rmpp_blob *blob, struct foreign_list *list,
		    struct foreign_sources *s)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	struct foreign_list more = { 0 };
	int rc;

	memset(list, 0, sizeof(*list));
	memset(s, 0, sizeof(*s));
	s->runs = le32_to_cpu(p->flags) & RMPP_PLATFORM_RMP_READ;
	s->runs_coarse = le32_to_cpu(p->flags) & RMPP_PLATFORM_RUNS_COARSE;
	if (walk_rmp(d, p, list, s))
		return -1;
	s->incomplete = le32_to_cpu(p->flags) & (RMPP_PLATFORM_SNP_EN | RMPP_PLATFORM_SNP_EN_MIXED) &&
			!s->runs && (!s->rmp_pages || s->rmp_missing);
	rc = add_runs(blob, p, &more) ?: layer(list, &more);
	rc = rc ?: add_tmr(p, &more) ?: layer(list, &more);
	if (s->incomplete)
		rc = rc ?: add_contexts(blob, &more) ?: layer(list, &more);
	rc = rc ?: add_quarantine(blob, p, s, &more) ?: layer(list, &more);
	foreign_free(&more);
	return rc ? dump_fail(d, "%s", strerror(-rc)) : 0;
}

/** foreign_free() - forget a list */
void foreign_free(struct foreign_list *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/** foreign_find() - see pages.h */
const struct foreign *foreign_find(const struct foreign_list *list, u64 pfn)
{
	u64 lo = 0, hi = list->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (list->v[mid].pfn + list->v[mid].nr_pages > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < list->nr && list->v[lo].pfn <= pfn ? &list->v[lo] : NULL;
}

/** foreign_pages() - how many pages a list has */
u64 foreign_pages(const struct foreign_list *list)
{
	u64 i, sum = 0;

	for (i = 0; i < list->nr; i++)
		sum += list->v[i].nr_pages;
	return sum;
}
