// SPDX-License-Identifier: GPL-2.0-only
/*
 * Give back, a 2 MiB block: each assigned page is taken back by RMPUPDATE, then the whole
 * block is read back as Hypervisor, cleared, freed.
 *
 * Works in kernels that know nothing of SNP: the instruction is issued here.
 */
#include "giveback.h"
#include "compat/compat.h"

#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>

#define BATCH			32u	/* RMPUPDATEs with interrupts off */

static struct resource *next_resource(struct resource *p)
{
	if (p->child)
		return p->child;
	while (!p->sibling && p->parent)
		p = p->parent;
	return p->sibling;
}

/* brk, which holds page tables, follows the image; cleanup_highmap() leaves just these blocks mapped. */
static u64 end_of_brk(u64 end_pfn)
{
	unsigned long va = __START_KERNEL_map + ALIGN(end_pfn << PAGE_SHIFT, PMD_SIZE) - phys_base;
	unsigned int level;

	while (va - __START_KERNEL_map < KERNEL_IMAGE_SIZE && lookup_address(va, &level))
		va += PMD_SIZE;
	return (va - __START_KERNEL_map + phys_base) >> PAGE_SHIFT;
}

/*
 * A forged chain could name the running kernel itself; its pages are reserved
 * too, and freeing them would be fatal. Its ranges are looked for at any depth: a target in the
 * middle of them is RAM of its own to e820, and stands below them in the tree.
 */
void giveback_find_kernel(void)
{
	u64 start = U64_MAX, end = 0;
	struct resource *p;

	for (p = iomem_resource.child; p; p = next_resource(p)) {
		if (!p->name || strncmp(p->name, "Kernel ", 7))
			continue;
		start = min_t(u64, start, p->start >> PAGE_SHIFT);
		end = max_t(u64, end, (p->end >> PAGE_SHIFT) + 1);
	}
	ccpx_gb.kernel_unknown = !end;
	ccpx_gb.kernel_start = start;
	ccpx_gb.kernel_end = end ? end_of_brk(end) : 0;
}

/* Fail closed: which pages they are must be known. */
static bool is_kernel(u64 pfn)
{
	return ccpx_params.spare_kernel &&
	       (ccpx_gb.kernel_unknown || (pfn >= ccpx_gb.kernel_start && pfn < ccpx_gb.kernel_end));
}

static bool may_free(u64 pfn)
{
	const struct ccpx_memory *m = &ccpx_memory;

	/* the first MiB is the firmware's and the trampoline's; the region stays ours */
	if (is_kernel(pfn) || pfn < SZ_1M >> PAGE_SHIFT)
		return false;
	if (m->region_adopted && pfn - (m->region_pa >> PAGE_SHIFT) < m->region_size >> PAGE_SHIFT)
		return false;
	/* ranges that are reserved in e820 as well have no memory to give */
	return pfn_valid(pfn) && page_is_ram(pfn) && PageReserved(pfn_to_page(pfn));
}

static const u32 kept_reason[NR_KEPT] = {
	RMPP_REASON_TMR, RMPP_REASON_FIRMWARE, RMPP_REASON_ASSIGNED, RMPP_REASON_FIRMWARE,
	RMPP_REASON_ASSIGNED, 0,
};

static bool is_alive(const struct rmpp_entry *e)
{
	return e->asid && e->asid < CCPX_MAX_ASIDS && test_bit(e->asid, ccpx_gb.alive);
}

/* Return: the page after the last one that is done. */
static u64 unassign_batch(u64 pfn, u64 end)
{
	struct ccpx_restore *r = &ccpx_restore;
	struct rmpp_entry e;
	u64 p;

	for (p = pfn; p < end; p++) {
		if (!ccpx_rmp_assigned(&ccpx_gb.rmp, p, &e) || e.immutable || is_alive(&e))
			continue;
		if (!e.pagesize_2m) {
			r->nr_reclaimed += !ccpx_rmp_make_shared(p, false);
			continue;
		}
		/* one entry for the block, whatever of it is kept out */
		if (!ccpx_rmp_make_shared(ALIGN_DOWN(p, GIVEBACK_BLOCK), true))
			r->nr_reclaimed += GIVEBACK_BLOCK;
		return ALIGN_DOWN(p, GIVEBACK_BLOCK) + GIVEBACK_BLOCK;
	}
	return end;
}

static int unassign(u64 pfn, u64 end)
{
	int rc = 0;

	if (!ccpx_rmp_enforced(&ccpx_gb.rmp))
		return 0;
	while (pfn < end && !rc)
		rc = giveback_through_gate(unassign_batch, &pfn, min(pfn + BATCH, end));
	return rc;
}

/* Neighbours outside of the extent poison the block all the same. NR_KEPT: nothing keeps it. */
static enum kept_for block_kept_for(u64 head)
{
	bool assigned = false;
	struct rmpp_entry e;
	u64 p;

	if (head < ccpx_gb.tmr_end_pfn && head + GIVEBACK_BLOCK > ccpx_gb.tmr_pfn)
		return KEPT_TMR;
	if (rmpp_extents_overlap(&ccpx_gb.in_use, head, GIVEBACK_BLOCK))
		return KEPT_IOMMU;
	for (p = head; p < head + GIVEBACK_BLOCK; p++) {
		if (!ccpx_rmp_assigned(&ccpx_gb.rmp, p, &e))
			continue;
		if (is_alive(&e))
			return KEPT_GUEST;
		if (e.immutable)
			return KEPT_FIRMWARE;
		assigned = true;
	}
	return assigned ? KEPT_REFUSED : NR_KEPT;
}

/* What a page held is not asked: guests' data, another kernel's, or nothing. */
static void free_block(u64 pfn, u64 end)
{
	struct ccpx_restore *r = &ccpx_restore;

	for (; pfn < end; pfn++) {
		if (!may_free(pfn)) {
			r->nr_dropped++;
			continue;
		}
		clear_page(pfn_to_kaddr(pfn));
		ccpx_free_reserved(pfn);
		r->nr_freed++;
	}
}

/**
 * giveback_block() - return what is kept out of one 2 MiB block
 * @pfn: first page
 * @end: page after the last one, of the same block
 * @reason: RMPP_REASON_* that it was kept out for
 *
 * What cannot be returned goes back on the list, with its reason.
 *
 * Context: process, ccpx_lock held, in a pass. Return: 0; -EAGAIN if the RMP must not be
 * changed now.
 */
int giveback_block(u64 pfn, u64 end, u32 reason)
{
	struct rmpp_extents *held = &ccpx_restore.held;
	enum kept_for what;
	int rc;

	rc = unassign(pfn, end);
	if (rc)
		return rc;
	what = block_kept_for(ALIGN_DOWN(pfn, GIVEBACK_BLOCK));
	if (what == NR_KEPT && rmpp_extents_remove(held, pfn, end - pfn))
		what = KEPT_PARTED;
	if (what == NR_KEPT) {
		free_block(pfn, end);
		return 0;
	}
	ccpx_gb.kept[what] += end - pfn;
	rmpp_extents_add(held, pfn, end - pfn, reason | kept_reason[what]);
	return 0;
}

/**
 * giveback_top_block() - the same with what is cut off the end of RAM
 * @pfn: first page
 * @end: page after the last one, of the same block
 *
 * There is nothing to free: what is nobody's is noted.
 *
 * Context, Return: as giveback_block().
 */
int giveback_top_block(u64 pfn, u64 end)
{
	int rc = unassign(pfn, end);

	if (!rc && block_kept_for(ALIGN_DOWN(pfn, GIVEBACK_BLOCK)) == NR_KEPT)
		ccpx_top_is_free(pfn, end);
	return rc;
}
