// SPDX-License-Identifier: GPL-2.0-only
/* The RMP as the crash found it, read by the crash kernel. How it is read: rmp.c. */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/sched.h>
#include <linux/sizes.h>

#define SEGMENTS_MAX	512
#define SEGMENT_GIB	GENMASK_ULL(19, 0)
#define SEGMENT_BASE	GENMASK_ULL(51, 20)
#define PAGES_PER_GIB	(SZ_1G >> PAGE_SHIFT)

/* The table's own pages, which are no RAM. */
struct own {
	u64	pfn, end;
};

struct walk {
	struct ccpx_kdump *k;
	struct rmpp_filter *f;
	struct own own[1 + SEGMENTS_MAX];	/* sorted */
	u32	nr_own;
};

static void add_own(struct walk *w, u64 pa, u64 size)
{
	u32 i;

	for (i = w->nr_own++; i && w->own[i - 1].pfn > pa >> PAGE_SHIFT; i--)
		w->own[i] = w->own[i - 1];
	w->own[i] = (struct own) { pa >> PAGE_SHIFT, (pa + size) >> PAGE_SHIFT };
}

static void find_own(struct walk *w, const struct ccpx_rmp *rmp)
{
	u64 s, pages, rest = rmp->base + SZ_2M;
	u32 i;

	w->nr_own = 0;
	if (!rmp->segments) {
		add_own(w, rmp->base, rmp->end + 1 - rmp->base);
		return;
	}
	for (i = 0; i < SEGMENTS_MAX; i++) {
		s = le64_to_cpu(READ_ONCE(rmp->segments[i]));
		pages = (s & SEGMENT_GIB) * PAGES_PER_GIB;
		if (!pages)
			continue;
		add_own(w, s & SEGMENT_BASE, pages * sizeof(struct rmpp_raw_entry));
		if ((s & SEGMENT_BASE) > rmp->base)
			rest = min(rest, s & SEGMENT_BASE);
	}
	/* bookkeeping, table of segments, and what is left up to the first of them */
	add_own(w, rmp->base, rest - rmp->base);
}

static void keep(struct walk *w, u64 pfn, u64 end, u8 state)
{
	if (pfn >= end)
		return;
	rmpp_filter_add(w->f, pfn, end - pfn);
	w->k->counts.nr_assigned += end - pfn;
	w->k->counts.nr_pages[state] += end - pfn;
}

static void keep_foreign(struct walk *w, u64 pfn, u64 end, u8 state)
{
	const struct own *own;

	for (own = w->own; own < w->own + w->nr_own && own->pfn < end; own++) {
		keep(w, pfn, own->pfn, state);
		pfn = max(pfn, own->end);
	}
	keep(w, pfn, end, state);
}

/*
 * HV-Fixed pages are the hypervisor's: fixed, not assigned. A page of which the entry cannot be read
 * counts as the firmware's.
 */
static void read_block(struct walk *w, const struct ccpx_rmp *rmp, u64 pfn, u64 end)
{
	u64 start = pfn;
	struct rmpp_entry e;
	u8 state = RMPP_PAGE_HYPERVISOR, next;

	for (; pfn < end; pfn++) {
		ccpx_rmp_entry(rmp, pfn, &e);
		next = e.assigned ? rmpp_entry_state(&e) : RMPP_PAGE_HYPERVISOR;
		if (next == state)
			continue;
		if (state != RMPP_PAGE_HYPERVISOR)
			keep_foreign(w, start, pfn, state);
		start = pfn;
		state = next;
	}
	if (state != RMPP_PAGE_HYPERVISOR)
		keep_foreign(w, start, end, state);
}

static void read_table(struct walk *w, const struct ccpx_rmp *rmp)
{
	u64 pfn = 0, end, next;

	while (pfn < rmp->nr_pages) {
		/* a GiB at a time, for whoever else wants this CPU */
		end = min(ALIGN_DOWN(pfn, PAGES_PER_GIB) + PAGES_PER_GIB, rmp->nr_pages);
		pfn = ccpx_rmp_scan_block(rmp, pfn, end);
		if (pfn < end) {
			next = min(pfn + RMPP_PAGES_PER_2M, end);
			read_block(w, rmp, pfn, next);
			pfn = next;
		}
		cond_resched();
	}
}

/**
 * ccpx_kdump_read_rmp() - add what the RMP says is assigned
 * @k: rmp, rmp_why and counts are set
 * @f: grows
 *
 * Where no CPU checks the RMP there is none in force, and what lies in its place may be anything. SNP
 * stays enabled through a crash: SYSCFG is cleared by a reset only (APM vol. 2, 15.36.2), or by a
 * shutdown that also clears the table.
 *
 * Context: process, ccpx_lock held; may take a second for each TiB, with RMPREAD more.
 */
void ccpx_kdump_read_rmp(struct ccpx_kdump *k, struct rmpp_filter *f)
{
	static struct walk w;
	struct ccpx_rmp rmp;
	int rc;

	w.k = k;
	w.f = f;
	rc = ccpx_rmp_open(&rmp);
	if (!ccpx_rmp_enforced(&rmp)) {
		k->rmp = CCPX_SOURCE_NONE;
	} else if (rc) {
		k->rmp = CCPX_SOURCE_BAD;
		k->rmp_why = !rmp.base ? "its registers make no sense" :
			     rc == -ENOMEM ? "it cannot be mapped" : "its layout is not known";
	} else {
		find_own(&w, &rmp);
		read_table(&w, &rmp);
		k->rmp = CCPX_SOURCE_READ;
	}
	ccpx_rmp_close(&rmp);
}

/**
 * ccpx_kdump_is_clean() - is none of these pages assigned?
 * @pa: bytes, a multiple of 2 MiB
 * @size: likewise
 *
 * Context: process, ccpx_lock held. Return: false if one is; true where no RMP is in force, or none
 * can be read.
 */
bool ccpx_kdump_is_clean(u64 pa, u64 size)
{
	u64 pfn = pa >> PAGE_SHIFT, end = (pa + size) >> PAGE_SHIFT;
	struct ccpx_rmp rmp;
	bool clean;

	clean = ccpx_rmp_open(&rmp) || !ccpx_rmp_enforced(&rmp) ||
		ccpx_rmp_scan_block(&rmp, pfn, min(end, rmp.nr_pages)) >= min(end, rmp.nr_pages);
	ccpx_rmp_close(&rmp);
	return clean;
}
