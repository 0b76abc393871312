// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map that the committed image was given.
 *
 * What it does not call RAM the chain cannot keep out for good. Memory that was added to a running
 * host (ACPI, PNP0C80) is added again by the next kernel's ACPI, which then gives every page
 * of it to the allocator (online_pages(), mm/memory_hotplug.c): memblock's reservations are asked for memory of the
 * map only. kexec_load's images have the map of /sys/firmware/memmap, where added memory stands
 * (firmware_map_add_hotplug()) if it was there at the load; those of kexec_file_load have that of
 * the boot (e820_table_kexec), where it never does.
 */
#include "ccp_ext.h"

#include <linux/sizes.h>

#include <asm/bootparam.h>
#include <asm/e820/types.h>

#define MAX_NODES	16u		/* of setup_data, before the region */

struct table {
	struct boot_e820_entry *v;
	u32	nr;
};

/**
 * ccpx_map_find() - the entry of a memory map that holds an address
 * @v: entries
 * @nr: of them
 * @type: E820_TYPE_*; entries of others do not count
 * @pa: bytes
 *
 * Context: any. Return: the first one, or NULL.
 */
struct boot_e820_entry *ccpx_map_find(struct boot_e820_entry *v, u32 nr, u32 type, u64 pa)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (v[i].type == type && pa - v[i].addr < v[i].size)
			return &v[i];
	return NULL;
}

/* Entries beyond those that fit in boot_params; they lie in the zone as well. */
static struct table more_entries(const struct boot_params *bp)
{
	u64 offset = bp->hdr.setup_data - ccpx_memory.zone_pa;
	struct setup_data *node;
	u32 n;

	for (n = 0; n < MAX_NODES && offset < ccpx_memory.zone_size - sizeof(*node); n++) {
		node = ccpx_memory.zone + offset;
		if (node->type == SETUP_E820_EXT &&
		    node->len <= ccpx_memory.zone_size - sizeof(*node) - offset)
			return (struct table){ (void *)node->data,
					       node->len / sizeof(struct boot_e820_entry) };
		offset = node->next - ccpx_memory.zone_pa;
	}
	return (struct table){ NULL, 0 };
}

/* The end of the RAM that holds this address, or 0. */
static u64 ram_end(const struct table *t, u64 pa)
{
	const struct boot_e820_entry *e = ccpx_map_find(t->v, t->nr, E820_TYPE_RAM, pa);

	return e ? e->addr + e->size : 0;
}

static bool has_ram(const struct table *t, u64 pa, u64 end)
{
	u32 i;

	for (i = 0; i < t->nr; i++)
		if (t->v[i].type == E820_TYPE_RAM && t->v[i].addr < end &&
		    t->v[i].addr + t->v[i].size > pa)
			return true;
	return false;
}

/*
 * What is kept out was rounded out to 2 MiB, over holes that firmware left. Memory is added in
 * whole blocks of 128 MiB or more (check_hotplug_memory_range(), mm/memory_hotplug.c), never
 * around a hole: where a piece of 2 MiB has RAM of the map in it, none of it was added.
 */
static bool is_known(const struct table *map, u64 pa, u64 end)
{
	u64 next;

	while (pa < end) {
		next = ram_end(&map[0], pa) ?: ram_end(&map[1], pa);
		if (!next) {
			pa = round_down(pa, SZ_2M);
			next = pa + SZ_2M;
			if (!has_ram(&map[0], pa, next) && !has_ram(&map[1], pa, next))
				return false;
		}
		pa = next;
	}
	return true;
}

/* Return: false if it is not known. */
static bool map_of_image(struct table *map)
{
	struct boot_params *bp = ccpx_memory.zone;

	/* both kinds of images have them at the head of the zone */
	if (!bp || bp->hdr.header != CCPX_HEADER_MAGIC)
		return false;
	map[0] = (struct table){ bp->e820_table, min_t(u32, bp->e820_entries, E820_MAX_ENTRIES_ZEROPAGE) };
	map[1] = more_entries(bp);
	return true;
}

/**
 * ccpx_image_lacks() - must something be kept out that the committed image does not know as RAM?
 * @x: what the chain will name, in blocks of 2 MiB; what is no RAM of this kernel is not in it
 *
 * Context: any, ccpx_lock held or one CPU left; an image that is committed and clean. Return: why
 * these pages would not stay kept out, or NULL.
 */
const char *ccpx_image_lacks(const struct rmpp_extents *x)
{
	struct table map[2];
	u32 i;

	if (!x->nr || !ccpx_params.check_map)
		return NULL;
	if (!map_of_image(map))
		return "the image's memory map is not known";
	for (i = 0; i < x->nr; i++)
		if (!is_known(map, x->v[i].pfn << PAGE_SHIFT, (x->v[i].pfn + x->v[i].nr_pages) << PAGE_SHIFT))
			return "pages must be kept out of memory that the image's map lacks (added since boot?)";
	return NULL;
}

/**
 * ccpx_image_frees() - is something RAM for the committed image that must be kept out, and that the chain cannot name?
 * @x: what is kept out and no RAM of this kernel
 *
 * Context: as ccpx_image_lacks(). Return: why it would not stay kept out, or NULL.
 */
const char *ccpx_image_frees(const struct rmpp_extents *x)
{
	struct table map[2];
	u64 pa, end;
	u32 i;

	if (!x->nr)
		return NULL;
	if (!map_of_image(map))
		return "the image's memory map is not known";
	for (i = 0; i < x->nr; i++) {
		pa = x->v[i].pfn << PAGE_SHIFT;
		end = pa + (x->v[i].nr_pages << PAGE_SHIFT);
		if (has_ram(&map[0], pa, end) || has_ram(&map[1], pa, end))
			return "pages that must be kept out are reserved in this kernel, and RAM for the next one (memmap= on its command line?)";
	}
	return NULL;
}
