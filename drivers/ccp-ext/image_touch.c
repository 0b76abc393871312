// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that are launched over a loaded image: said when it happens, not only when
 * it is time to jump.
 *
 * The 2 MiB blocks in which the image has pages are a bitmap. While there is an image
 * each page that this kernel assigns is looked up there (gate.c).
 */
#include "ccp_ext.h"

#include <linux/bitmap.h>
#include <linux/kexec.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <chain.h>

#define BLOCK_SHIFT	21
/* snp-kexec has taken back what it lent to kexec_load() by then */
#define LOOK_DELAY	(HZ / 2)

static unsigned long *blocks;	/* [nr_blocks] bits */
static u64 nr_blocks;
static bool loaded, fresh;	/* fresh: not looked at since it was loaded */
static u64 touched_pa, told_pa;	/* first page that came near; 0 = none */

static void watch(struct work_struct *work);
static void look(struct work_struct *work);
static DECLARE_WORK(watch_work, watch);
static DECLARE_DELAYED_WORK(look_work, look);

/* RAM that is added later has no bits; it is seen at the jump. */
void ccpx_touch_init(void)
{
	struct chain_ram *ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	u32 nr = ram ? ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES) : 0;

	if (nr) {
		nr_blocks = DIV_ROUND_UP(ram[nr - 1].end_pfn, RMPP_PAGES_PER_2M);
		blocks = kvcalloc(BITS_TO_LONGS(nr_blocks), sizeof(long), GFP_KERNEL);
	}
	kvfree(ram);
	if (!blocks)
		pr_warn("guests that are launched over a loaded image are noticed at the jump only\n");
}

void ccpx_touch_exit(void)
{
	cancel_work_sync(&watch_work);
	cancel_delayed_work_sync(&look_work);
	kvfree(blocks);
	blocks = NULL;
}

static void mark(void *arg, const char *what, u64 pa)
{
	if (pa >> BLOCK_SHIFT < nr_blocks)
		__set_bit(pa >> BLOCK_SHIFT, blocks);
}

/**
 * ccpx_touch_image() - another image is the one to be jumped to
 * @image: that one; NULL: none
 * @is_new: it was loaded just now
 *
 * Context: kprobe handler, under the lock that keeps @image in place.
 */
void ccpx_touch_image(struct kimage *image, bool is_new)
{
	if (!blocks)
		return;
	bitmap_zero(blocks, nr_blocks);
	if (image)
		ccpx_image_walk(image, mark, NULL);
	WRITE_ONCE(loaded, image);
	if (is_new) {
		WRITE_ONCE(touched_pa, 0);
		WRITE_ONCE(fresh, true);
	}
	/* at once: to arm a probe takes long, and the way out would wait for it */
	schedule_work(&watch_work);
	schedule_delayed_work(&look_work, LOOK_DELAY);
}

/**
 * ccpx_touch_page() - a page is about to be assigned
 * @pfn: the page
 *
 * The first one near the loaded image is told of in the log, and whoever polls
 * /sys/kernel/ccp_ext/image is woken up.
 *
 * Context: any, kprobe handlers included.
 */
void ccpx_touch_page(u64 pfn)
{
	u64 block = pfn / RMPP_PAGES_PER_2M;

	if (!blocks || block >= nr_blocks || !test_bit(block, blocks) || READ_ONCE(touched_pa))
		return;
	WRITE_ONCE(touched_pa, pfn << PAGE_SHIFT);
	schedule_delayed_work(&look_work, 0);
}

static void look_at_fresh(void)
{
	struct ccpx_capture c;
	char why[96];

	if (!ccpx_capture(&c, NULL, NULL, 0) &&
	    ccpx_image_check(ccpx_capture_assigned(), false, why, sizeof(why)) == CCPX_IMAGE_DIRTY)
		pr_warn_ratelimited("loaded image: %s: if they still are then, a kexec ends in a cold reset\n",
				    why);
}

static void watch(struct work_struct *work)
{
	mutex_lock(&ccpx_lock);
	if (!ccpx_leaving)
		ccpx_gate_watch(READ_ONCE(loaded));
	mutex_unlock(&ccpx_lock);
}

static void look(struct work_struct *work)
{
	u64 pa;

	mutex_lock(&ccpx_lock);
	if (ccpx_leaving)
		goto out;
	/* first, so that nothing is assigned unseen behind the look */
	ccpx_gate_watch(READ_ONCE(loaded));
	if (READ_ONCE(loaded) && xchg(&fresh, false)) {
		told_pa = 0;
		look_at_fresh();
	}
	pa = READ_ONCE(touched_pa);
	if (READ_ONCE(loaded) && pa && pa != told_pa) {
		pr_warn_ratelimited("page %#llx is assigned in a 2 MiB block of the loaded image: if it still is then, a kexec ends in a cold reset\n",
				    pa);
		told_pa = pa;
		ccpx_sysfs_notify("image");
	}
out:
	mutex_unlock(&ccpx_lock);
}
