// SPDX-License-Identifier: GPL-2.0-only
/*
 * Give back: what the previous kernel could not return is returned here, before
 * ccp probes. Firmware first (contexts, shutdown, reclaim), then RMPUPDATE for
 * every page that is still assigned, then a block at a time to the page
 * allocator, once each of its pages was read back as Hypervisor.
 *
 * Works in kernels that know nothing of SNP: mailbox and instruction are ours.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/bitmap.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <chain.h>

#define MAX_KERNEL_RANGES	8

#define MAX_TABLES		128

struct reclaim {
	struct ccpx_restore *r;
	struct ccpx_rmp	rmp;
	u64	tmr_pfn, tmr_end_pfn;	/* locked, or empty */
	struct rmpp_extents kept;
	struct rmpp_extents in_use;	/* tables of parked IOMMUs */
	struct rmpp_extent in_use_v[MAX_TABLES];
	u64	kernel_start[MAX_KERNEL_RANGES], kernel_end[MAX_KERNEL_RANGES];
	u32	nr_kernel;
	bool	kernel_unknown;
};

/*
 * A forged chain could name the running kernel itself; its pages are reserved
 * too, and freeing them would be fatal.
 */
static void find_kernel(struct reclaim *c)
{
	struct resource *p, *q;

	for (p = iomem_resource.child; p; p = p->sibling) {
		for (q = p->child; q; q = q->sibling) {
			if (!q->name || strncmp(q->name, "Kernel ", 7))
				continue;
			if (c->nr_kernel == MAX_KERNEL_RANGES) {
				c->kernel_unknown = true;
				return;
			}
			c->kernel_start[c->nr_kernel] = q->start >> PAGE_SHIFT;
			c->kernel_end[c->nr_kernel++] = (q->end >> PAGE_SHIFT) + 1;
		}
	}
}

static bool may_free(const struct reclaim *c, u64 pfn)
{
	const struct ccpx_memory *m = &ccpx_memory;
	u32 i;

	/* the first MiB is the firmware's and the trampoline's; the region stays ours */
	if (c->kernel_unknown || pfn < SZ_1M >> PAGE_SHIFT)
		return false;
	if (m->region_adopted && pfn - (m->region_pa >> PAGE_SHIFT) < m->region_size >> PAGE_SHIFT)
		return false;
	for (i = 0; i < c->nr_kernel; i++)
		if (pfn >= c->kernel_start[i] && pfn < c->kernel_end[i])
			return false;
	/* ranges that are reserved in e820 as well have no memory to give */
	return pfn_valid(pfn) && page_is_ram(pfn) && PageReserved(pfn_to_page(pfn));
}

static bool page_assigned(const struct reclaim *c, u64 pfn, struct rmpp_entry *e)
{
	if (!c->rmp.table || !ccpx_rmp_enforced(&c->rmp)) {
		memset(e, 0, sizeof(*e));
		return false;
	}
	ccpx_rmp_entry(&c->rmp, pfn, e);
	return e->assigned;
}

/* Pages of one block that the host had to take back: they held others' data. */
static void unassign(struct reclaim *c, u64 pfn, u64 end, unsigned long *was)
{
	u64 head = pfn & ~(RMPP_PAGES_PER_2M - 1), p;
	struct rmpp_entry e;

	for (p = pfn; p < end; p++) {
		if (!page_assigned(c, p, &e))
			continue;
		set_bit(p - head, was);
		if (e.immutable)
			continue;
		if (!e.pagesize_2m)
			ccpx_rmp_make_shared(p, false);
		else if (p == pfn)
			ccpx_rmp_make_shared(head, true);
	}
}

static void reclaim_block(struct reclaim *c, u64 pfn, u64 end, u32 reason)
{
	u64 head = pfn & ~(RMPP_PAGES_PER_2M - 1), p, nr_assigned = 0;
	DECLARE_BITMAP(was, RMPP_PAGES_PER_2M) = { 0 };
	struct ccpx_restore *r = c->r;
	struct rmpp_entry e;

	unassign(c, pfn, end, was);
	/* neighbours outside of the extent poison the block all the same */
	for (p = head; p < head + RMPP_PAGES_PER_2M; p++)
		nr_assigned += page_assigned(c, p, &e);
	if (nr_assigned || rmpp_extents_overlap(&c->in_use, head, RMPP_PAGES_PER_2M) ||
	    (head < c->tmr_end_pfn && head + RMPP_PAGES_PER_2M > c->tmr_pfn)) {
		rmpp_extents_add(&c->kept, pfn, end - pfn, reason);
		r->nr_kept += end - pfn;
		return;
	}
	r->nr_reclaimed += bitmap_weight(was, RMPP_PAGES_PER_2M);
	for (p = pfn; p < end; p++) {
		if (!may_free(c, p))
			continue;
		if (test_bit(p - head, was))
			clear_page(pfn_to_kaddr(p));
		ccpx_free_reserved(p);
		r->nr_freed++;
	}
}

static void reclaim_pages(struct reclaim *c)
{
	struct ccpx_restore *r = c->r;
	u64 pfn, end, next;
	u32 i;

	for (i = 0; i < r->held.nr; i++) {
		end = r->held.v[i].pfn + r->held.v[i].nr_pages;
		for (pfn = r->held.v[i].pfn; pfn < end; pfn = next) {
			next = min(end, (pfn | (RMPP_PAGES_PER_2M - 1)) + 1);
			reclaim_block(c, pfn, next, r->held.v[i].reason | RMPP_REASON_INHERITED);
			cond_resched();
		}
	}
	for (i = 0; i < c->kept.nr; i++)
		r->held.v[i] = c->kept.v[i];
	r->held.nr = c->kept.nr;
}

/* Contexts that the previous kernel left in the firmware, and those in the RMP. */
static u32 leftover_guests(struct reclaim *c, struct rmpp_guest_ser *v, u32 max)
{
	const struct rmpp_guest_ser *g;
	struct ccpx_restore *r = c->r;
	struct rmpp_entry e;
	u32 i, n = 0;
	u64 pfn;

	for (i = 0; r->blob_valid && n < max; i++) {
		g = rmpp_blob_entry(&r->blob, RMPP_SECTION_GUESTS, i);
		if (!g)
			break;
		/* SNP contexts are taken from the RMP, which cannot be out of date */
		if (g->kind != RMPP_GUEST_SNP &&
		    (g->fate == RMPP_FATE_ALIVE || g->fate == RMPP_FATE_LOST))
			v[n++] = *g;
	}
	for (i = 0; i < r->held.nr; i++) {
		for (pfn = r->held.v[i].pfn;
		     pfn < r->held.v[i].pfn + r->held.v[i].nr_pages && n < max; pfn++) {
			if (!page_assigned(c, pfn, &e) ||
			    rmpp_entry_state(&e) != RMPP_PAGE_CONTEXT)
				continue;
			v[n++] = (struct rmpp_guest_ser) {
				.gctx_pa = cpu_to_le64(pfn << PAGE_SHIFT),
				.kind = RMPP_GUEST_SNP,
			};
		}
	}
	return n;
}

static void reclaim_firmware(struct reclaim *c)
{
	struct ccpx_quiesce *q = &c->r->quiesce;
	struct rmpp_guest_ser *guests;
	struct ccpx_psp psp;
	u32 nr;
	int rc;

	ccpx_quiesce_begin(q, ccpx_params.budget_ms);
	rc = ccpx_psp_open(&psp);
	if (rc) {
		if (rc != -ENODEV)
			pr_warn("firmware cannot be reached (%pe)\n", ERR_PTR(rc));
		return;
	}
	if (!psp.raw) {
		pr_warn("ccp is bound already: firmware state is left to it\n");
		goto out;
	}
	guests = kvcalloc(CCPX_MAX_GUESTS, sizeof(*guests), GFP_KERNEL);
	if (!guests)
		goto out;
	nr = leftover_guests(c, guests, CCPX_MAX_GUESTS);
	ccpx_quiesce_firmware(q, &psp, guests, nr);
	kvfree(guests);
	/* before ccp, which waits for the device, can change anything */
	ccpx_watch_adopt(q->sev_state, q->snp_state);
	c->r->nr_commands = q->nr_commands;
	pr_info("firmware before ccp: SEV %u, SNP %u, %u guests decommissioned%s\n",
		q->sev_state, q->snp_state, q->nr_decommissioned,
		q->verified ? "" : ": NOT at rest");
out:
	ccpx_psp_close(&psp);
}

static void locked_tmr(struct reclaim *c)
{
	const struct rmpp_platform_ser *p = NULL;
	struct ccpx_restore *r = c->r;

	if (r->blob_valid)
		p = rmpp_blob_entry(&r->blob, RMPP_SECTION_PLATFORM, 0);
	if (r->quiesce.sev_state == RMPP_SEV_UNINIT)
		return;
	if (p && le32_to_cpu(p->flags) & RMPP_PLATFORM_QUIESCED) {
		if (r->quiesce.sev_state == RMPP_STATE_UNKNOWN)
			return;
		p = NULL;	/* it was at rest and is not: nothing it said holds */
	}
	if (!p) {
		/* nobody says where a TMR may be: everything stays */
		c->tmr_end_pfn = U64_MAX;
		return;
	}
	c->tmr_pfn = le64_to_cpu(p->tmr_pa) >> PAGE_SHIFT;
	c->tmr_end_pfn = c->tmr_pfn + (le64_to_cpu(p->tmr_size) >> PAGE_SHIFT);
	ccpx_watch_adopt_tmr(le64_to_cpu(p->tmr_pa), le64_to_cpu(p->tmr_size));
}

static bool in_ram(const struct rmpp_extent *x, const struct chain_ram *v, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (x->pfn >= v[i].start_pfn && x->pfn + x->nr_pages <= v[i].end_pfn)
			return true;
	return false;
}

/*
 * What is kept out was RAM of the previous kernel and will be of the next one. Where mem= or
 * memmap= hides it from this kernel, the chain, which is made of this kernel's RAM, cannot name it.
 */
static bool some_is_hidden(const struct rmpp_extents *held)
{
	struct chain_ram *ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	u32 i, nr = ram ? ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES) : 0;

	for (i = 0; i < held->nr && in_ram(&held->v[i], ram, nr); i++)
		;
	kvfree(ram);
	return i < held->nr;
}

/**
 * ccpx_reclaim() - give back what was inherited
 * @r: restored; held shrinks to what must be kept out further on
 *
 * Where nothing was inherited and no CPU enforces an RMP, no command is sent; on
 * an SNP host's cold boot the two states are read and nothing else.
 *
 * Context: process, module init, before ccp.
 */
void ccpx_reclaim(struct ccpx_restore *r)
{
	struct reclaim *c;
	int rc;

	/* whoever holds a quarantine must be there to hand it on */
	if (r->held.nr)
		__module_get(THIS_MODULE);
	c = kvzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return;
	c->r = r;
	c->kept.v = kvcalloc(CCPX_MAX_EXTENTS, sizeof(*c->kept.v), GFP_KERNEL);
	if (!c->kept.v)
		goto out;
	rmpp_extents_init(&c->kept, c->kept.v, CCPX_MAX_EXTENTS);

	rc = ccpx_rmp_open(&c->rmp);
	r->quiesce.sev_state = r->quiesce.snp_state = RMPP_STATE_UNKNOWN;
	r->nr_quarantined = rmpp_extents_pages(&r->held);
	if (r->found && !r->blob_valid) {
		/* it may speak of guests that live on: neither firmware nor pages are touched */
		r->nr_kept = r->nr_quarantined;
		pr_warn("%llu pages stay out of reach: what was handed over with them cannot be read\n",
			r->nr_kept);
		goto out;
	}
	if (r->found || ccpx_rmp_enforced(&c->rmp))
		reclaim_firmware(c);
	else
		ccpx_watch_adopt(RMPP_STATE_UNKNOWN,
				 c->rmp.nr_pages ? RMPP_SNP_UNINIT : RMPP_SNP_ABSENT);
	if (!r->held.nr)
		goto out;

	locked_tmr(c);
	find_kernel(c);
	rmpp_extents_init(&c->in_use, c->in_use_v, MAX_TABLES);
	if (ccpx_params.parked) {
		if (!ccpx_quiesce_snp_is_up(&r->quiesce))
			ccpx_park_release();
		rc = rc ?: ccpx_park_extents(&c->in_use);
	}
	if (!ccpx_params.giveback || rc) {
		r->nr_kept = r->nr_quarantined;
		pr_info("%llu pages stay out of reach (%s)\n", r->nr_kept,
			rc ? "RMP or IOMMUs cannot be read" : "giveback=0");
		goto out;
	}
	reclaim_pages(c);
	if (!r->held.nr)
		module_put(THIS_MODULE);
	pr_info("gave back %llu of %llu pages, %llu of them reclaimed; %llu stay out of reach\n",
		r->nr_freed, r->nr_quarantined, r->nr_reclaimed, r->nr_kept);
out:
	r->hidden = some_is_hidden(&r->held);
	if (r->hidden)
		pr_warn("memory that must be kept out is hidden from this kernel (mem= on its command line?): jumps will be refused\n");
	ccpx_rmp_close(&c->rmp);
	kvfree(c->kept.v);
	kvfree(c);
}
