// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second carrier: where both kernels are built with CONFIG_KEXEC_HANDOVER, KHO
 * preserves the region's pages and names the region in its tree, and the next kernel needs
 * no word on its command line to find it. KHO data pass with images of kexec_file_load(2) only.
 *
 * What keeps the quarantine is the chain in the region, as ever: an image does not say
 * whether it has KHO, and what becomes assigned behind the notifier can still be put into the
 * chain, but not into KHO's tree, which takes a mutex and memory (docs/handover.md, "Carriers").
 */
#include "ccp_ext.h"
#include "compat/kho.h"

#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#define NODE		"ccp_ext"
#define ORDERS		(52 - PAGE_SHIFT)	/* physical addresses have so many bits */

static bool held;
static struct ccpx_kho_area scratch[CCPX_KHO_MAX_AREAS];
static u32 nr_scratch;

/**
 * ccpx_kho_keeps() - are all these pages kept by KHO, as one piece that can be asked back?
 * @pa: first byte, page aligned, not 0
 * @size: bytes, page aligned
 *
 * KHO keeps a range as naturally aligned pieces, the largest that fit.
 *
 * Context: any. Return: true if so; false too if they were asked back already.
 */
bool ccpx_kho_keeps(u64 pa, u64 size)
{
	u64 pfn = pa >> PAGE_SHIFT, end = (pa + size) >> PAGE_SHIFT, last;
	unsigned int order;

	for (; pfn < end; pfn = last + 1) {
		order = min_t(unsigned int, __ffs64(pfn), ilog2(end - pfn));
		last = pfn + (1ULL << order) - 1;
		if (!pfn_valid(pfn) || !pfn_valid(last) || !page_is_ram(pfn) ||
		    !page_is_ram(last) || !ccpx_kho_heads(pfn, order))
			return false;
	}
	return true;
}

/**
 * ccpx_kho_page() - is this page part of anything that KHO keeps, for whomever?
 * @pfn: a valid one
 *
 * Context: any.
 */
bool ccpx_kho_page(u64 pfn)
{
	unsigned int order;
	u64 head;

	for (order = 0; order <= ORDERS; order++) {
		head = ALIGN_DOWN(pfn, 1ULL << order);
		if (pfn_valid(head) && ccpx_kho_heads(head, order))
			return true;
	}
	return false;
}

/**
 * ccpx_kho_find() - the region that the previous kernel gave to KHO
 * @pa: its address
 * @size: its size in bytes
 *
 * Both are checked: a region's alignment and size, in RAM, and kept as a whole. Its
 * contents are not.
 *
 * Context: process. Return: 0; -ENOENT if there is none; -EINVAL if it cannot be one.
 */
int ccpx_kho_find(u64 *pa, u64 *size)
{
	int rc = ccpx_kho_retrieve(NODE, pa, size);

	if (rc)
		return rc == -ENOENT ? rc : -EINVAL;
	if (!*pa || !IS_ALIGNED(*pa, SZ_2M) || *pa >> PAGE_SHIFT >= RMPP_MAX_PFN ||
	    !*size || !IS_ALIGNED(*size, SZ_2M) || *size > SZ_256M)
		return -EINVAL;
	return ccpx_kho_keeps(*pa, *size) ? 0 : -EINVAL;
}

/**
 * ccpx_kho_take() - from now on the region's pages are ours, each to be freed by itself
 * @pa: as ccpx_kho_find() told
 * @size: as ccpx_kho_find() told
 *
 * Context: process. Return: true if they are.
 */
bool ccpx_kho_take(u64 pa, u64 size)
{
	return ccpx_kho_restore(pa, size);
}

/**
 * ccpx_kho_hold() - have KHO keep the region for the next kernel
 *
 * Now, while memory can be had: what is written there later goes along. Without it the next
 * kernel finds the region by its command line.
 *
 * Context: process, module init; the region is there.
 */
void ccpx_kho_hold(void)
{
	const struct ccpx_memory *m = &ccpx_memory;
	int rc;

	if (!ccpx_kho_enabled())
		return;
	rc = ccpx_kho_preserve(m->region_pa, m->region_size);
	if (!rc) {
		rc = ccpx_kho_add(NODE, m->region, m->region_size);
		if (rc)
			ccpx_kho_unpreserve(m->region_pa, m->region_size);
	}
	held = !rc;
	if (rc)
		pr_warn("KHO does not take the region (%pe)\n", ERR_PTR(rc));
	else
		pr_info("KHO keeps the region as well\n");
}

/* Context: process, before the region is freed. */
void ccpx_kho_drop(void)
{
	const struct ccpx_memory *m = &ccpx_memory;

	if (!held)
		return;
	ccpx_kho_remove(m->region);
	ccpx_kho_unpreserve(m->region_pa, m->region_size);
	held = false;
}

/**
 * ccpx_kho_note() - which memory the next kernel starts in, if this image is jumped into
 * @image: one of kexec_file_load, whole
 *
 * A KHO kernel makes its first allocations from the scratch areas that it is told, and from
 * nothing else: the chain may not be made to cover them for the sake of its length.
 *
 * Context: ccpx_image_visit(). Return: false if there are more of them than can be noted.
 */
bool ccpx_kho_note(const struct kimage *image)
{
	u64 pa, size;
	u32 i;

	for (i = 0; ccpx_kho_scratch(image, i, &pa, &size); i++) {
		if (i == CCPX_KHO_MAX_AREAS)
			return false;
		scratch[i].pa = pa;
		scratch[i].size = size;
	}
	nr_scratch = i;
	return true;
}

/**
 * ccpx_kho_areas() - the scratch areas of the image that will be jumped into
 * @nr: how many; 0 for an image in place, which hands on none
 *
 * Context: ccpx_lock held, or one CPU left.
 */
const struct ccpx_kho_area *ccpx_kho_areas(u32 *nr)
{
	*nr = ccpx_zone_adopted(NULL) ? nr_scratch : 0;
	return scratch;
}

/**
 * ccpx_kho_hit() - does any of it lie in the scratch areas?
 * @x: extents
 *
 * Context: any. Return: true if so.
 */
bool ccpx_kho_hit(const struct rmpp_extents *x)
{
	u32 i, nr;

	ccpx_kho_areas(&nr);
	for (i = 0; i < nr; i++)
		if (rmpp_extents_overlap(x, scratch[i].pa >> PAGE_SHIFT, scratch[i].size >> PAGE_SHIFT))
			return true;
	return false;
}

