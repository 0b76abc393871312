// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that the module must own before any guest can start:
 *
 *  region	hand-over blob and setup_data chain; low, because image loaders
 *		fill RAM from the top
 *  zone	landing zone: the next kernel's image is written in place here
 *  donation	a 2 MiB block for the image's control pages (donation.c)
 *  psp block	a 2 MiB block for pages that change hands with the firmware
 *  top blocks	the last 2 MiB block of RAM, and of RAM below 4 GiB: a
 *		setup_data range must not reach the topmost page of RAM
 *
 * All are whole 2 MiB blocks, since one assigned page poisons its whole block
 * for writes through large mappings (APM vol. 2, 15.36.10).
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/smp.h>

#include <chain.h>

#define BLOCK_ORDER	9
#define BLOCK_PAGES	(1u << BLOCK_ORDER)
#define MIN_PIECE	16u		/* each try drains the free lists of all CPUs */
#define ALIGN_4M	(SZ_4M >> PAGE_SHIFT)

struct ccpx_memory ccpx_memory;

static struct chain_ram ram[CCPX_MAX_RAM_RANGES];
static u32 nr_ram;

static struct page *psp_block;
static bool psp_block_lost;

struct owned_top {
	u64	pfn, nr;		/* the block, as far as it is RAM */
	DECLARE_BITMAP(owned, BLOCK_PAGES);
	u32	nr_owned, nr_reserved;
};

static struct owned_top top[2];

static bool range_is_free_ram(u64 start, u64 nr)
{
	u64 pfn;

	if (page_zone(pfn_to_page(start)) != page_zone(pfn_to_page(start + nr - 1)))
		return false;
	/* spares alloc_contig_range() from isolating what it can never get */
	for (pfn = start; pfn < start + nr; pfn += 64)
		if (!pfn_valid(pfn) || PageReserved(pfn_to_page(pfn)))
			return false;
	return true;
}

/* First fit of nr pages between low and high, all pfns; 0 = none. */
static u64 find_contig(u64 low, u64 high, u64 nr)
{
	u32 i;

	for (i = 0; i < nr_ram; i++) {
		u64 start = ALIGN(max(ram[i].start_pfn, low), ALIGN_4M);
		u64 end = min(ram[i].end_pfn, high);

		for (; start + nr <= end; start += ALIGN_4M) {
			/* never the last block: it must stay ordinary RAM */
			if (start + nr == ram[i].end_pfn)
				continue;
			if (range_is_free_ram(start, nr) && !ccpx_alloc_contig(start, nr))
				return start;
		}
	}
	return 0;
}

/* Take what can be taken, in pieces as large as busy neighbours allow. */
static void own_pieces(struct owned_top *t, u64 pfn, u64 nr)
{
	if (!ccpx_alloc_contig(pfn, nr)) {
		bitmap_set(t->owned, pfn - t->pfn, nr);
		t->nr_owned += nr;
	} else if (nr >= 2 * MIN_PIECE) {
		own_pieces(t, pfn, nr / 2);
		own_pieces(t, pfn + nr / 2, nr - nr / 2);
	}
}

static void own_top(struct owned_top *t, u64 end_pfn)
{
	u64 pfn, run = 0;

	t->pfn = ALIGN_DOWN(end_pfn - 1, BLOCK_PAGES);
	t->nr = end_pfn - t->pfn;
	for (pfn = t->pfn; pfn < end_pfn; pfn++) {
		if (pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn))) {
			run++;
			continue;
		}
		/* the kernel's own since boot: as good as owned */
		t->nr_reserved++;
		if (run)
			own_pieces(t, pfn - run, run);
		run = 0;
	}
	if (run)
		own_pieces(t, pfn - run, run);
	if (t->nr_owned + t->nr_reserved < t->nr)
		pr_info("last block of RAM at %#llx: %llu of %llu pages belong to others; a guest page among them would cost the next kernel that block\n",
			t->pfn << PAGE_SHIFT, t->nr - t->nr_owned - t->nr_reserved, t->nr);
}

static void disown_top(struct owned_top *t)
{
	unsigned int i;

	for_each_set_bit(i, t->owned, BLOCK_PAGES)
		ccpx_free_contig(t->pfn + i, 1);
	memset(t, 0, sizeof(*t));
}

static void own_tops(void)
{
	u64 limit = SZ_4G >> PAGE_SHIFT, low_end = 0, end = 0;
	u32 i;

	for (i = 0; i < nr_ram; i++) {
		end = ram[i].end_pfn;
		if (end <= limit)
			low_end = end;
	}
	if (!end)
		return;
	own_top(&top[0], end);
	if (low_end && low_end != end)
		own_top(&top[1], low_end);
}

/**
 * ccpx_psp_page() - a page that may be handed to the firmware
 * @i: page in the block
 *
 * Nothing else lives in its 2 MiB block, so that other writers through the
 * direct map are not hit while the page is assigned.
 */
void *ccpx_psp_page(unsigned int i)
{
	return psp_block && !psp_block_lost ? page_address(psp_block + i) : NULL;
}

/* The firmware kept a page: the block must not be written again, nor freed. */
void ccpx_psp_page_lost(void)
{
	psp_block_lost = true;
}

/**
 * ccpx_memory_init() - take everything that must be owned from boot
 * @adopt_pa: region inherited from the previous kernel, reserved since boot, or 0
 * @adopt_size: its size in bytes
 *
 * A missing piece is reported and leaves its address 0: the module stays
 * useful, but a jump with assigned pages will be refused.
 *
 * Context: process, early. Return: 0, or -ENOMEM without a region.
 */
int ccpx_memory_init(u64 adopt_pa, u64 adopt_size)
{
	struct ccpx_memory *m = &ccpx_memory;
	u64 region_pages = ALIGN(((u64)ccpx_params.region_mb << 20) >> PAGE_SHIFT, ALIGN_4M);
	u64 zone_pages = ALIGN(((u64)ccpx_params.zone_mb << 20) >> PAGE_SHIFT, ALIGN_4M);
	u64 pfn;

	nr_ram = ccpx_ram_ranges(ram, ARRAY_SIZE(ram));
	if (!nr_ram)
		pr_warn("more than %d ranges of RAM: no landing zone\n", CCPX_MAX_RAM_RANGES);
	if (ccpx_params.own_top)
		own_tops();

	if (adopt_pa && adopt_size >= region_pages << PAGE_SHIFT) {
		m->region_pa = adopt_pa;
		m->region_size = adopt_size;
		/* KHO's pages are like any that were allocated */
		m->region_adopted = !ccpx_restore.by_kho;
	} else {
		if (adopt_pa && ccpx_restore.by_kho)
			ccpx_free_contig(adopt_pa >> PAGE_SHIFT, adopt_size >> PAGE_SHIFT);
		/* above the first 64 MiB: the loaders' own low pieces live below */
		pfn = find_contig(SZ_64M >> PAGE_SHIFT, SZ_4G >> PAGE_SHIFT, region_pages);
		if (!pfn) {
			pr_err("no %llu MiB of contiguous memory below 4 GiB for the hand-over region\n",
			       region_pages >> 8);
			return -ENOMEM;
		}
		m->region_pa = pfn << PAGE_SHIFT;
		m->region_size = region_pages << PAGE_SHIFT;
	}
	m->region = phys_to_virt(m->region_pa);
	/* a reset may have left RAM as it was, with a blob of before in it */
	if (m->region_pa != adopt_pa)
		memset(m->region, 0, CHAIN_BLOB_OFFSET + PAGE_SIZE);
	ccpx_kho_hold();

	if (zone_pages) {
		pfn = find_contig(SZ_128M >> PAGE_SHIFT, U64_MAX >> PAGE_SHIFT, zone_pages);
		if (pfn) {
			m->zone_pa = pfn << PAGE_SHIFT;
			m->zone_size = zone_pages << PAGE_SHIFT;
			m->zone = phys_to_virt(m->zone_pa);
		} else {
			pr_warn("no %llu MiB of contiguous memory for the landing zone: snp-kexec cannot load (zone_mb=)\n",
				zone_pages >> 8);
		}
	}

	psp_block = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO, BLOCK_ORDER);
	if (!psp_block)
		pr_warn("no 2 MiB block for firmware pages: firmware that is still running cannot be shut down\n");
	ccpx_donation_init();
	pr_info("region %#llx+%#llx%s, landing zone %#llx+%#llx, %u pages owned at the top of RAM\n",
		m->region_pa, m->region_size, m->region_adopted ? " (inherited)" : "",
		m->zone_pa, m->zone_size, top[0].nr_owned + top[1].nr_owned);
	return 0;
}

void ccpx_memory_exit(void)
{
	struct ccpx_memory *m = &ccpx_memory;
	unsigned int i;

	ccpx_kho_drop();
	ccpx_donation_exit();
	if (psp_block && !psp_block_lost)
		__free_pages(psp_block, BLOCK_ORDER);
	if (m->zone_pa)
		ccpx_free_contig(m->zone_pa >> PAGE_SHIFT, m->zone_size >> PAGE_SHIFT);
	/* an adopted region was never ours to give: it stays reserved */
	if (m->region_pa && !m->region_adopted)
		ccpx_free_contig(m->region_pa >> PAGE_SHIFT, m->region_size >> PAGE_SHIFT);
	for (i = 0; i < ARRAY_SIZE(top); i++)
		disown_top(&top[i]);
	memset(m, 0, sizeof(*m));
}
