// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is kept out and is no RAM of this kernel: the chain, which is made of this kernel's RAM, cannot name it.
 *
 * It was RAM of the previous kernel. Here it may be reserved: snp-kexec calls pages with EFI's tables so in the map
 * of its images, and the block of 2 MiB around them may be kept out. Or memmap= reserves it, or mem= has taken it
 * away, and the next kernel has it as RAM. Which of these it is, the map of the next image tells (image_map.c).
 */
#include "ccp_ext.h"

#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <chain.h>

#define MAX_ASIDE	64u

static struct rmpp_extent aside_v[MAX_ASIDE];
static struct rmpp_extents aside = { .v = aside_v, .max = MAX_ASIDE };

/* Return: false if a page of it is in no map that this kernel knows of. */
static bool put_aside(const struct rmpp_extent *e)
{
	u64 pfn, end = e->pfn + e->nr_pages;

	for (pfn = e->pfn; pfn < end; pfn++)
		if (region_intersects(pfn << PAGE_SHIFT, PAGE_SIZE, IORESOURCE_MEM, IORES_DESC_RESERVED) != REGION_INTERSECTS ||
		    rmpp_extents_add(&aside, pfn, 1, e->reason))
			return false;
	return true;
}

static bool look(const struct rmpp_extents *held)
{
	struct chain_ram *ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	u32 i, nr = ram ? ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES) : 0, max = held->nr + CCPX_MAX_RAM_RANGES;
	struct rmpp_extent *v = kvcalloc(max, sizeof(*v), GFP_KERNEL);
	struct rmpp_extents x;
	bool known = nr && v;

	if (known) {
		rmpp_extents_init(&x, v, max);
		memcpy(v, held->v, held->nr * sizeof(*v));
		x.nr = held->nr;
		for (i = 0; i < nr && known; i++)
			known = !rmpp_extents_remove(&x, ram[i].start_pfn, ram[i].end_pfn - ram[i].start_pfn);
		for (i = 0; i < x.nr && known; i++)
			known = put_aside(&x.v[i]);
	}
	kvfree(v);
	kvfree(ram);
	return known;
}

/**
 * ccpx_restore_look_for_hidden() - can all that is kept out be handed on?
 * @r: hidden is set if not, whatever image is next
 *
 * Context: process, ccpx_lock held or module init.
 */
void ccpx_restore_look_for_hidden(struct ccpx_restore *r)
{
	aside.nr = 0;
	r->hidden = r->held.nr && !look(&r->held);
	if (r->hidden)
		pr_warn("memory that must be kept out is hidden from this kernel (mem= on its command line?): jumps will be refused\n");
	else if (aside.nr)
		pr_info("%llu pages that are kept out are reserved in this kernel's memory map: a jump is refused if they are RAM in the next one's\n",
			rmpp_extents_pages(&aside));
}

/* What is reserved here, and may be RAM for the next kernel. Context: as above. */
const struct rmpp_extents *ccpx_restore_aside(void)
{
	return &aside;
}
