// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of RAM, as far as it was cut off the map that this kernel or an earlier one got
 * (ccpx_image_cut_top()), and how it becomes RAM again. Here it is nobody's memory. Its pages are
 * taken back like all that is kept out (giveback.c), and what is free of it, from its start up to
 * the first block that is not, is RAM again in the map that the next kernel gets.
 */
#include "ccp_ext.h"

#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>

/* by ccpx_lock, or one CPU left */
static struct rmpp_extent top;		/* nr_pages 0: there is none */
static u64 nr_free;			/* pages from its start that are free, and cleared */

/**
 * ccpx_top_restore() - what the previous kernel says of the end of RAM
 * @blob: checked
 *
 * That it was RAM once only that kernel knows; that it is reserved in this kernel's map and
 * nobody's memory is looked at here.
 *
 * Context: process, module init.
 */
void ccpx_top_restore(const struct rmpp_blob *blob)
{
	const struct rmpp_extent_ser *x = rmpp_blob_entry(blob, RMPP_SECTION_TOP, 0);
	u64 pfn, nr;

	if (!x)
		return;
	pfn = le64_to_cpu(x->pfn);
	nr = le64_to_cpu(x->nr_pages);
	if (region_intersects(pfn << PAGE_SHIFT, nr << PAGE_SHIFT, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT ||
	    region_intersects(pfn << PAGE_SHIFT, nr << PAGE_SHIFT, IORESOURCE_MEM,
			      IORES_DESC_RESERVED) != REGION_INTERSECTS) {
		pr_err("%#llx+%#llx, which the previous kernel says that it cut off the end of RAM, is not reserved here: ignored\n",
		       pfn << PAGE_SHIFT, nr << PAGE_SHIFT);
		return;
	}
	top.pfn = pfn;
	top.nr_pages = nr;
	top.reason = le32_to_cpu(x->reason);
	pr_info("%llu KiB at the end of RAM are cut off this kernel's map\n", nr << (PAGE_SHIFT - 10));
}

/* Its pages that are not known to be free, from @cursor on; false: there are none. */
bool ccpx_top_rest(u64 cursor, u64 *pfn, u64 *end)
{
	*pfn = max(cursor, top.pfn + nr_free);
	*end = top.pfn + top.nr_pages;
	return *pfn < *end;
}

static bool clear(u64 pfn, u64 end)
{
	void *p = memremap(pfn << PAGE_SHIFT, (end - pfn) << PAGE_SHIFT, MEMREMAP_WB);

	if (!p)
		return false;
	memset(p, 0, (end - pfn) << PAGE_SHIFT);
	memunmap(p);
	return true;
}

/**
 * ccpx_top_is_free() - a block of it is nobody's any more
 * @pfn: first page
 * @end: page after the last one
 *
 * Counts if all that lies below is free as well; clears it.
 *
 * Context: process, ccpx_lock held.
 */
void ccpx_top_is_free(u64 pfn, u64 end)
{
	if (pfn == top.pfn + nr_free && clear(pfn, end))
		nr_free = end - top.pfn;
}

static void note_cut(u64 pfn, u64 end)
{
	if (top.nr_pages)
		end = top.pfn + top.nr_pages;
	nr_free = 0;
	top.pfn = pfn;
	top.nr_pages = end - pfn;
	top.reason = RMPP_REASON_ASSIGNED;
}

/**
 * ccpx_top_cut() - cut more off the end of RAM, for the capture and in the next kernel's map
 * @pfn: set to where its RAM ends then
 *
 * Context: as ccpx_top_is_free(); ccpx_capture_can_cut_top(). Return: as ccpx_image_cut_top().
 */
int ccpx_top_cut(u64 *pfn)
{
	u64 end;
	int rc;

	*pfn = ccpx_capture_cut_top();
	rc = ccpx_image_cut_top(*pfn, &end);
	if (!rc)
		note_cut(*pfn, end);
	return rc;
}

/**
 * ccpx_top_pages() - how much is cut off already
 * @end_pfn: where this kernel's RAM ends
 *
 * Context: as ccpx_top_is_free(). Return: 4 KiB pages; U64_MAX if it does not begin at @end_pfn, so
 * that the two cannot become one.
 */
u64 ccpx_top_pages(u64 end_pfn)
{
	if (!top.nr_pages)
		return 0;
	return top.pfn == end_pfn ? top.nr_pages : U64_MAX;
}

/**
 * ccpx_top_to_give() - pages that can be RAM again
 * @assigned: pages that must be kept out now, rounded out to 2 MiB
 * @end_pfn: where this kernel's RAM ends
 *
 * Context: as ccpx_top_is_free(). Return: 4 KiB pages from @end_pfn on; 0: none.
 */
u64 ccpx_top_to_give(const struct rmpp_extents *assigned, u64 end_pfn)
{
	const struct rmpp_extent *hit;

	if (top.pfn != end_pfn || !nr_free)
		return 0;
	hit = rmpp_extents_overlap(assigned, top.pfn, nr_free);
	return hit ? max(hit->pfn, top.pfn) - top.pfn : nr_free;
}

/**
 * ccpx_top_given() - ... and the next kernel's map says so
 * @nr_pages: of them
 *
 * Context: as ccpx_top_is_free().
 */
void ccpx_top_given(u64 nr_pages)
{
	top.pfn += nr_pages;
	top.nr_pages -= nr_pages;
	nr_free -= nr_pages;
}

/**
 * ccpx_top_get() - what the next kernel has to know of it
 * @x: filled
 *
 * Context: as ccpx_top_is_free(). Return: entries, 0 or 1.
 */
u32 ccpx_top_get(struct rmpp_extent_ser *x)
{
	*x = (struct rmpp_extent_ser) {
		.pfn = cpu_to_le64(top.pfn),
		.nr_pages = cpu_to_le64(top.nr_pages),
		.reason = cpu_to_le32(top.reason),
	};
	return !!top.nr_pages;
}

/* Context: ccpx_lock held. */
ssize_t ccpx_top_show(char *buf, ssize_t n)
{
	return sysfs_emit_at(buf, n, "top_cut %llu\ntop_free %llu\n", top.nr_pages, nr_free);
}
