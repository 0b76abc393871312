// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 2 MiB block whose pages become the few pages that the kernel takes for an
 * image itself. Nobody else may have pages of that block: a guest's would
 * poison it for the relocation code, which writes through large mappings.
 *
 * Between lending and taking back, somebody else may be served from this
 * CPU's lists, too (a fork that preempts the loader). That is told, so that
 * the image is loaded once more, from another block: what he got is free for
 * guests some day, and alloc_contig_range() cannot take it from among pages
 * that do not move.
 */
#include "ccp_ext.h"

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/kexec.h>
#include <linux/mm.h>

#define BLOCK_ORDER	9
#define BLOCK_PAGES	(1u << BLOCK_ORDER)
#define DONATE_PAGES	32u		/* kexec_load of one page takes about a dozen */
#define DONATE_HIGHER	4u		/* control pages of order 1 before 6.12 */

/* NULL where a page is out on the free lists */
static struct page *donation[BLOCK_PAGES];
static struct page *donation_block;
static u32 nr_donation;
static u32 nr_others;

static bool of_block(const struct page *p)
{
	return p >= donation_block && p < donation_block + BLOCK_PAGES;
}

static int donation_alloc(void)
{
	u32 i;

	donation_block = alloc_pages(GFP_KERNEL | __GFP_NOWARN, BLOCK_ORDER);
	if (!donation_block)
		return -ENOMEM;
	split_page(donation_block, BLOCK_ORDER);
	for (i = 0; i < BLOCK_PAGES; i++)
		donation[i] = donation_block + i;
	nr_donation = BLOCK_PAGES;
	return 0;
}

static void donation_free(void)
{
	u32 i;

	for (i = 0; i < BLOCK_PAGES; i++) {
		if (donation[i])
			__free_page(donation[i]);
		donation[i] = NULL;
	}
	nr_donation = 0;
	nr_others = 0;
	donation_block = NULL;
}

static bool donation_dirty(void)
{
	return rmpp_extents_find(ccpx_capture_assigned(), page_to_pfn(donation_block));
}

/**
 * ccpx_donate_prepare() - have a clean block to donate from
 *
 * Context: process, ccpx_lock held, after a capture. Return: 0 or -ENOMEM.
 */
int ccpx_donate_prepare(void)
{
	u32 order = get_order(KEXEC_CONTROL_PAGE_SIZE), higher = order ? DONATE_HIGHER : 0;

	if (donation_block && (nr_donation < DONATE_PAGES + (higher << order) || nr_others ||
			       donation_dirty()))
		donation_free();
	return donation_block ? 0 : donation_alloc();
}

/**
 * ccpx_donate_pages() - put clean pages on this CPU's free lists
 *
 * The page allocator serves the last freed page first (per-CPU lists,
 * mm/page_alloc.c): if the kernel takes an image's own pages next, and on this
 * CPU, they come from a block that holds nothing else.
 *
 * Context: any but NMI and hard interrupt, after ccpx_donate_prepare(); nobody else donates
 * or takes back meanwhile.
 */
void ccpx_donate_pages(void)
{
	u32 order = get_order(KEXEC_CONTROL_PAGE_SIZE), higher = order ? DONATE_HIGHER : 0;
	u32 i, j, n = 0;

	for (i = 0; i < BLOCK_PAGES && higher; i += 1u << order) {
		for (j = 0; j < 1u << order && donation[i + j]; j++)
			;
		if (j < 1u << order)
			continue;
		/* undo split_page() for these, so that they are freed as one */
		for (j = 1; j < 1u << order; j++)
			set_page_count(donation[i + j], 0);
		__free_pages(donation[i], order);
		for (j = 0; j < 1u << order; j++)
			donation[i + j] = NULL;
		nr_donation -= 1u << order;
		higher--;
	}
	for (i = 0; i < BLOCK_PAGES && n < DONATE_PAGES; i++) {
		if (!donation[i])
			continue;
		__free_page(donation[i]);
		donation[i] = NULL;
		nr_donation--;
		n++;
	}
}

static void retake_order(unsigned int order, u32 tries)
{
	LIST_HEAD(others);
	struct page *p, *q;
	u32 i;

	while (tries-- && nr_donation < BLOCK_PAGES) {
		p = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);
		if (!p)
			break;
		if (!of_block(p)) {
			list_add(&p->lru, &others);
			continue;
		}
		split_page(p, order);
		for (i = 0; i < 1u << order; i++)
			donation[p - donation_block + i] = p + i;
		nr_donation += 1u << order;
	}
	list_for_each_entry_safe(p, q, &others, lru) {
		list_del(&p->lru);
		__free_pages(p, order);
	}
}

/*
 * Pages that are out and are not the image's. One may be a table of the direct map, which had to be split
 * where the image's code lies: that stays the kernel's.
 */
static void look_for_others(void)
{
	DECLARE_BITMAP(known, BLOCK_PAGES);
	u64 pfn = page_to_pfn(donation_block);
	unsigned int level;
	u32 i, strays;
	pte_t *pte;

	bitmap_zero(known, BLOCK_PAGES);
	strays = ccpx_image_own_pages(pfn, BLOCK_PAGES, known);
	if (strays)
		pr_info("%u of the image's control pages are not of the block at %#llx that was lent for them\n",
			strays, pfn << PAGE_SHIFT);
	pte = lookup_address((unsigned long)page_address(donation_block), &level);
	if (pte && level == PG_LEVEL_4K && of_block(virt_to_page(pte)))
		__set_bit(virt_to_page(pte) - donation_block, known);
	nr_others = 0;
	for (i = 0; i < BLOCK_PAGES; i++)
		nr_others += !donation[i] && !test_bit(i, known);
}

/**
 * ccpx_donation_others() - pages of the block that are neither here nor the image's
 *
 * Once they are free they may become a guest's. As of the last ccpx_retake().
 *
 * Context: process, ccpx_lock held.
 */
u32 ccpx_donation_others(void)
{
	return nr_others;
}

/**
 * ccpx_retake() - take back what kexec_load left of the donation
 *
 * Without it guests would be given the rest of the block, and their assigned
 * pages would poison the image's. Context: process, ccpx_lock held.
 */
void ccpx_retake(void)
{
	unsigned int order = get_order(KEXEC_CONTROL_PAGE_SIZE);

	if (!donation_block)
		return;
	if (ccpx_params.retake) {
		retake_order(0, BLOCK_PAGES);
		if (order)
			retake_order(order, BLOCK_PAGES >> order);
	}
	look_for_others();
}

void ccpx_donation_init(void)
{
	if (donation_alloc())
		pr_warn("no 2 MiB block to donate to kexec_load\n");
}

void ccpx_donation_exit(void)
{
	if (donation_block)
		donation_free();
}
