// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMP, read: in place where its words are known (Zen 3 and 4, one contiguous table),
 * else entry by entry with RMPREAD (Zen 5), for which segments make no difference but
 * for what is covered. Works in kernels that know nothing of SNP.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/processor.h>

/* APM vol. 2, 15.36.2 and appendix A (MSR cross-reference) */
#define MSR_RMP_BASE		0xc0010132
#define MSR_RMP_END		0xc0010133
#define MSR_RMP_CFG		0xc0010136
#define RMP_BOOKKEEPING		0x4000

/* Segments: as arch/x86/virt/svm/sev.c has them since 6.14 */
#define RMP_CFG_SEGMENTED	BIT_ULL(0)
#define RMP_CFG_SHIFT(cfg)	(((cfg) >> 8) & 0x3f)
#define SEGMENTS_MAX		512
#define SEGMENT_GIB		GENMASK_ULL(19, 0)	/* covered, from the segment's first page on */
#define SEGMENT_BASE		GENMASK_ULL(51, 20)
#define PAGES_PER_GIB_SHIFT	(30 - PAGE_SHIFT)

/* 512 segments of such a size fit into 52 bits of address; sizes are in GiB */
#define SEGMENT_SHIFT_MIN	30
#define SEGMENT_SHIFT_MAX	43

static struct rmpp_raw_entry bounce[RMPP_PAGES_PER_2M];	/* ccpx_lock, or one CPU left */

static void count_snp_en(void *arg)
{
	atomic_t *nr = arg;

	if (ccpx_snp_enabled_here())
		atomic_inc(nr);
}

static u64 segment(const struct ccpx_rmp *rmp, u64 i)
{
	return le64_to_cpu(READ_ONCE(rmp->segments[i]));
}

/* The table of segments lies behind the bookkeeping; there are no words to decode in it. */
static int open_segments(struct ccpx_rmp *rmp)
{
	u64 i, nr;

	rmp->end = 0;
	rmp->segment_shift = RMP_CFG_SHIFT(rmp->cfg);
	if (!rmp->by_insn || rmp->segment_shift < SEGMENT_SHIFT_MIN ||
	    rmp->segment_shift > SEGMENT_SHIFT_MAX)
		return -EOPNOTSUPP;
	rmp->segments = memremap(rmp->base + RMP_BOOKKEEPING, SEGMENTS_MAX * sizeof(__le64),
				 MEMREMAP_WB);
	if (!rmp->segments)
		return -ENOMEM;
	for (i = 0; i < SEGMENTS_MAX; i++) {
		nr = (segment(rmp, i) & SEGMENT_GIB) << PAGES_PER_GIB_SHIFT;
		if (nr > 1ULL << (rmp->segment_shift - PAGE_SHIFT)) {
			ccpx_rmp_close(rmp);
			return -EOPNOTSUPP;
		}
		if (nr)
			rmp->nr_pages = (i << (rmp->segment_shift - PAGE_SHIFT)) + nr;
	}
	rmp->readable = rmp->nr_pages;
	return rmp->readable ? 0 : -EOPNOTSUPP;
}

/**
 * ccpx_rmp_open() - read the RMP registers, and map what is read in place
 * @rmp: filled; nr_pages is 0 where the CPU has no RMP
 *
 * The table is ordinary cacheable memory that may be read by anybody (APM vol.
 * 2, 15.36.3). A layout that is not understood is reported as unreadable, so that the
 * caller fails to the safe side: segments without RMPREAD, which no processor is known
 * to have.
 *
 * Context: process, interrupts on. Return: 0, also without an RMP; -EOPNOTSUPP
 * for a layout that cannot be read; -ENOMEM.
 */
int ccpx_rmp_open(struct ccpx_rmp *rmp)
{
	atomic_t nr = ATOMIC_INIT(0);
	bool segmented;

	memset(rmp, 0, sizeof(*rmp));
	on_each_cpu(count_snp_en, &nr, 1);
	rmp->nr_cpus_snp_en = atomic_read(&nr);
	rmp->nr_cpus = num_online_cpus();
	if (rdmsrq_safe(MSR_RMP_CFG, &rmp->cfg))
		rmp->cfg = 0;
	segmented = rmp->cfg & RMP_CFG_SEGMENTED;
	if (ccpx_params.assume_no_rmp ||
	    rdmsrq_safe(MSR_RMP_BASE, &rmp->base) || rdmsrq_safe(MSR_RMP_END, &rmp->end) ||
	    !rmp->base || (!segmented && rmp->end <= rmp->base + RMP_BOOKKEEPING)) {
		rmp->base = rmp->end = 0;
		return rmp->nr_cpus_snp_en ? -EOPNOTSUPP : 0;
	}
	rmp->by_insn = ccpx_params.rmp_insn && ccpx_has_rmpread();
	if (segmented)
		return open_segments(rmp);
	rmp->nr_pages = (rmp->end + 1 - rmp->base - RMP_BOOKKEEPING) /
			sizeof(struct rmpp_raw_entry);
	/* pages past the last of RAM have entries too, but nobody writes there */
	if (!rmp->by_insn)
		rmp->table = memremap(rmp->base + RMP_BOOKKEEPING,
				      rmp->nr_pages * sizeof(struct rmpp_raw_entry), MEMREMAP_WB);
	rmp->readable = rmp->by_insn || rmp->table;
	return rmp->readable ? 0 : -ENOMEM;
}

void ccpx_rmp_close(struct ccpx_rmp *rmp)
{
	if (rmp->table)
		memunmap((void *)rmp->table);
	if (rmp->segments)
		memunmap((void *)rmp->segments);
	rmp->table = NULL;
	rmp->segments = NULL;
	rmp->readable = false;
}

/* Some CPU checks the RMP, so what the table says is real. */
bool ccpx_rmp_enforced(const struct ccpx_rmp *rmp)
{
	return rmp->nr_cpus_snp_en;
}

/**
 * ccpx_rmp_lost() - do CPUs check an RMP whose entries cannot be read?
 *
 * By RMPREAD, one entry is asked for that must exist: that of a page of this module.
 *
 * Context: process, interrupts on. Return: true if so.
 */
bool ccpx_rmp_lost(void)
{
	struct ccpx_rmp rmp;
	bool lost;
	u8 buf[16];

	lost = ccpx_rmp_open(&rmp);
	if (!lost && rmp.by_insn)
		lost = ccpx_rmpread(vmalloc_to_pfn(bounce), buf);
	lost = lost && ccpx_rmp_enforced(&rmp);
	ccpx_rmp_close(&rmp);
	return lost;
}

static bool covered(const struct ccpx_rmp *rmp, u64 pfn)
{
	unsigned int shift = rmp->segment_shift - PAGE_SHIFT;

	if (pfn >= rmp->nr_pages)
		return false;
	return !rmp->segments || (pfn & ((1ULL << shift) - 1)) <
	       (segment(rmp, pfn >> shift) & SEGMENT_GIB) << PAGES_PER_GIB_SHIFT;
}

/* What cannot be read is the firmware's: nobody writes there, and nobody takes it back. */
static void entry_unknown(struct rmpp_entry *e)
{
	*e = (struct rmpp_entry) { .assigned = true, .immutable = true };
}

static void entry_by_insn(u64 pfn, struct rmpp_entry *e)
{
	u64 head = ALIGN_DOWN(pfn, RMPP_PAGES_PER_2M);
	u8 buf[16];

	if (ccpx_rmpread(head, buf)) {
		entry_unknown(e);
		return;
	}
	rmpp_entry_from_rmpread(e, buf);
	if (pfn == head || (e->assigned && e->pagesize_2m))
		return;
	if (ccpx_rmpread(pfn, buf))
		entry_unknown(e);
	else
		rmpp_entry_from_rmpread(e, buf);
}

static void entry_in_place(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e)
{
	struct rmpp_raw_entry raw;

	raw.lo = READ_ONCE(rmp->table[ALIGN_DOWN(pfn, RMPP_PAGES_PER_2M)].lo);
	raw.hi = 0;
	rmpp_entry_from_raw(e, &raw);
	if (e->assigned && e->pagesize_2m)
		return;
	raw.lo = READ_ONCE(rmp->table[pfn].lo);
	rmpp_entry_from_raw(e, &raw);
}

/**
 * ccpx_rmp_entry() - the entry in force for a page
 * @rmp: opened
 * @pfn: page; one without an entry is nobody's, and all fields are zero
 * @e: filled; a Firmware page where the entry cannot be read
 *
 * The entry of the first page of a 2 MiB block holds for all of it when it is
 * a 2 MiB entry (APM vol. 2, 15.36.3).
 */
void ccpx_rmp_entry(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e)
{
	memset(e, 0, sizeof(*e));
	if (!rmp->readable && (rmp->base || ccpx_rmp_enforced(rmp)))
		entry_unknown(e);
	else if (!covered(rmp, pfn))
		return;
	else if (rmp->by_insn)
		entry_by_insn(pfn, e);
	else
		entry_in_place(rmp, pfn, e);
}

/**
 * ccpx_rmp_assigned() - is a page somebody else's?
 * @rmp: opened
 * @pfn: page
 * @e: its entry; all zeroes where no CPU checks the RMP
 *
 * Return: true if the entry is in force and assigned.
 */
bool ccpx_rmp_assigned(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e)
{
	memset(e, 0, sizeof(*e));
	if (!ccpx_rmp_enforced(rmp))
		return false;
	ccpx_rmp_entry(rmp, pfn, e);
	return e->assigned;
}

/**
 * ccpx_rmp_may_be_context() - can this be a guest's context?
 * @rmp: where the entry is from
 * @e: entry
 *
 * RMPREAD does not tell a context from other pages of the firmware.
 *
 * Return: false if it is none.
 */
bool ccpx_rmp_may_be_context(const struct ccpx_rmp *rmp, const struct rmpp_entry *e)
{
	enum rmpp_page_state state = rmpp_entry_state(e);

	return state == RMPP_PAGE_CONTEXT || (rmp->by_insn && state == RMPP_PAGE_FIRMWARE);
}

/*
 * That a block's region status says whether any of it is assigned is a guess (docs/machine.md): it
 * is what the CPU itself has to know for writes through 2 MiB mappings. rmp_region=0 asks each page.
 */
static int fetch(void *arg, u64 pfn, u32 n, struct rmpp_raw_entry *v)
{
	const struct ccpx_rmp *rmp = arg;
	struct rmpp_entry e;
	u8 buf[16];
	u32 i;

	/* a block is covered as its first page is: segments are whole GiB */
	if (!covered(rmp, pfn))
		return 0;
	for (i = 0; i < n; i++) {
		if (ccpx_rmpread(pfn + i, buf))
			return RMPP_ERR_UNREADABLE;
		rmpp_entry_from_rmpread(&e, buf);
		rmpp_entry_to_raw(&e, &v[i]);
		if (i)
			continue;
		if (e.assigned && e.pagesize_2m)
			break;
		if (ccpx_params.rmp_region && !e.assigned && !rmpp_region_from_rmpread(buf))
			return 0;
	}
	return 1;
}

/* Neither allocates nor sleeps. */
static struct rmpp_source source(const struct ccpx_rmp *rmp)
{
	return (struct rmpp_source) { .fetch = fetch, .arg = (void *)rmp, .v = bounce };
}

static void uncount(const struct ccpx_rmp *rmp, u64 pa, u64 size, struct rmpp_scan_counts *counts)
{
	struct rmpp_entry e;
	u64 pfn;

	for (pfn = pa >> PAGE_SHIFT; pfn < (pa + size) >> PAGE_SHIFT; pfn++) {
		ccpx_rmp_entry(rmp, pfn, &e);
		counts->nr_assigned -= e.assigned;
		counts->nr_immutable -= e.assigned && e.immutable;
	}
}

/* The table's own pages are the firmware's for good, and no RAM. */
static void uncount_table(const struct ccpx_rmp *rmp, struct rmpp_scan_counts *counts)
{
	/* bookkeeping and table of segments; what is left of it before the first is as little RAM */
	u64 i, s, base, head_end = rmp->base + SZ_2M;

	if (!rmp->segments) {
		uncount(rmp, rmp->base, rmp->end + 1 - rmp->base, counts);
		return;
	}
	for (i = 0; i < SEGMENTS_MAX; i++) {
		s = segment(rmp, i);
		base = s & SEGMENT_BASE;
		if (!(s & SEGMENT_GIB))
			continue;
		if (base > rmp->base)
			head_end = min(head_end, base);
		uncount(rmp, base, ((s & SEGMENT_GIB) << PAGES_PER_GIB_SHIFT) *
				   sizeof(struct rmpp_raw_entry), counts);
	}
	uncount(rmp, rmp->base, head_end - rmp->base, counts);
}

/**
 * ccpx_rmp_runs() - rmpp_writer_rmp_runs() of all pages that have an entry
 * @rmp: opened, readable
 * @w: writer
 * @max_runs: as there
 * @counts: as there, without the table's own pages
 * @coarse: as there
 *
 * Context: ccpx_lock held, or one CPU left. Return: as there.
 */
int ccpx_rmp_runs(const struct ccpx_rmp *rmp, struct rmpp_writer *w, u32 max_runs,
		  struct rmpp_scan_counts *counts, bool *coarse)
{
	struct rmpp_source s = source(rmp);
	int rc;

	rc = rmp->table ?
		rmpp_writer_rmp_runs(w, rmp->table, 0, rmp->nr_pages, max_runs, counts, coarse) :
		rmpp_writer_fetch_runs(w, &s, 0, rmp->nr_pages, max_runs, counts, coarse);
	if (!rc)
		uncount_table(rmp, counts);
	return rc;
}

/**
 * ccpx_rmp_scan_block() - rmpp_scan_block() of this table
 * @rmp: opened, readable
 * @pfn: as there
 * @end: as there
 *
 * Context: as ccpx_rmp_runs(). Return: as there; also a block that cannot be read.
 */
u64 ccpx_rmp_scan_block(const struct ccpx_rmp *rmp, u64 pfn, u64 end)
{
	struct rmpp_source s = source(rmp);

	return rmp->table ? rmpp_scan_block(rmp->table, pfn, end) : rmpp_fetch_block(&s, pfn, end);
}
