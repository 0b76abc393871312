// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is loaded for the next kernel, and whether this kernel can jump to it
 * without writing near an assigned page.
 *
 * relocate_kernel() runs on page tables of 1 GiB and 2 MiB pages, so every page
 * that it or machine_kexec() writes must lie in a 2 MiB block without assigned
 * pages: control, swap, source, indirection and destination pages (kernels up
 * to 6.12 write swap and source pages as well).
 *
 * kexec_image is not exported; kprobes on kimage_terminate() and kimage_free() see
 * images come and go. Both system calls end the making of an image with the
 * first: by then its segments have their final place and all pages that will be
 * written at the jump are on its lists.
 */
#include "ccp_ext.h"

#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

#define MAX_IMAGES	4	/* one loaded, one being loaded, and slack */
static DEFINE_RAW_SPINLOCK(image_lock);
static struct kimage *images[MAX_IMAGES];	/* oldest first */
static bool armed;

static bool in_zone(const struct kimage *image)
{
	return image->start - ccpx_memory.zone_pa < ccpx_memory.zone_size;
}

static struct kimage *newest_image(void)
{
	struct kimage *image = NULL;
	int i;

	for (i = 0; i < MAX_IMAGES && images[i]; i++)
		image = images[i];
	return image;
}

/* ---- the pages of an image ---- */

/* Final at load. Where the source is the destination, that is all there is of a segment. */
static void walk_segments(struct kimage *image, ccpx_image_page_fn fn, void *arg)
{
	unsigned long i;
	u64 pa, end;

	for (i = 0; i < image->nr_segments; i++) {
		end = image->segment[i].mem + image->segment[i].memsz;
		for (pa = image->segment[i].mem; pa < end; pa = ALIGN(pa + 1, SZ_2M))
			fn(arg, "destination", pa);
	}
}

static void walk_entries(struct kimage *image, ccpx_image_page_fn fn, void *arg)
{
	kimage_entry_t *p, entry;

	/* an adopted one will not jump with this list (image_file.c) */
	if (image == ccpx_zone_adopted(NULL))
		return;
	for (p = &image->head; (entry = *p) && !(entry & IND_DONE);
	     p = entry & IND_INDIRECTION ? phys_to_virt(entry & PAGE_MASK) : p + 1) {
		if (entry & IND_INDIRECTION)
			fn(arg, "indirection", entry & PAGE_MASK);
		else if (entry & IND_SOURCE)
			fn(arg, "source", entry & PAGE_MASK);
	}
}

/* What lies in place is on none of the kernel's lists. */
static void walk_zone(struct kimage *image, ccpx_image_page_fn fn, void *arg)
{
	u64 used = ccpx_zone_used(image->start), offset;

	for (offset = 0; offset < used; offset += SZ_2M)
		fn(arg, "landing zone", ccpx_memory.zone_pa + offset);
}

/*
 * Pages that this kernel writes when it jumps to @image, and those that the next one starts in; of a segment
 * and of the landing zone one in each 2 MiB.
 */
void ccpx_image_walk(struct kimage *image, ccpx_image_page_fn fn, void *arg)
{
	struct page *page;
	unsigned long i;

	list_for_each_entry(page, &image->control_pages, lru)
		for (i = 0; i < 1ul << page_private(page); i++)
			fn(arg, "control", page_to_phys(page + i));
	if (image->control_code_page)
		for (i = 0; i < KEXEC_CONTROL_PAGE_SIZE >> PAGE_SHIFT; i++)
			fn(arg, "control", page_to_phys(image->control_code_page + i));
	if (image->swap_page)
		fn(arg, "swap", page_to_phys(image->swap_page));
	walk_entries(image, fn, arg);
	walk_segments(image, fn, arg);
	walk_zone(image, fn, arg);
}

/* ---- images come and go ---- */

static int terminate_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kimage *image = (struct kimage *)regs->di;
	unsigned long flags;
	int i;

	if (image->type != KEXEC_TYPE_DEFAULT) {
		ccpx_crash_image_came(image);
		return 0;
	}
	raw_spin_lock_irqsave(&image_lock, flags);
	for (i = 0; i < MAX_IMAGES - 1 && images[i]; i++)
		;
	if (images[i] && in_zone(images[i]))
		module_put(THIS_MODULE);
	images[i] = image;
	/* an unloaded module's zone would be free memory under a loaded image */
	if (in_zone(image))
		__module_get(THIS_MODULE);
	ccpx_touch_image(image, true);
	raw_spin_unlock_irqrestore(&image_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(terminate_pre);

static int free_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kimage *image = (struct kimage *)regs->di;
	unsigned long flags;
	int i;

	ccpx_crash_image_went(image);
	raw_spin_lock_irqsave(&image_lock, flags);
	for (i = 0; i < MAX_IMAGES; i++) {
		if (!image || images[i] != image)
			continue;
		if (in_zone(image))
			module_put(THIS_MODULE);
		ccpx_zone_forget(image);
		memmove(&images[i], &images[i + 1], (MAX_IMAGES - 1 - i) * sizeof(images[0]));
		images[MAX_IMAGES - 1] = NULL;
		ccpx_touch_image(newest_image(), false);
		break;
	}
	raw_spin_unlock_irqrestore(&image_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(free_pre);

static struct kprobe terminate_probe = {
	.symbol_name = "kimage_terminate", .pre_handler = terminate_pre,
};

static struct kprobe free_probe = {
	.symbol_name = "kimage_free", .pre_handler = free_pre,
};

int ccpx_image_init(void)
{
	int rc;

	ccpx_touch_init();
	rc = register_kprobe(&terminate_probe);
	if (rc)
		goto err;
	rc = register_kprobe(&free_probe);
	if (rc) {
		unregister_kprobe(&terminate_probe);
		goto err;
	}
	armed = true;
	return 0;
err:
	pr_warn("no probe on kexec images (%pe): a jump with assigned pages will be treated as unsafe\n",
		ERR_PTR(rc));
	return 0;
}

void ccpx_image_exit(void)
{
	if (armed) {
		unregister_kprobe(&free_probe);
		unregister_kprobe(&terminate_probe);
	}
	armed = false;
	ccpx_touch_exit();
}

bool ccpx_image_armed(void)
{
	return armed;
}

/**
 * ccpx_image_visit() - look at the loaded image while it cannot go away
 * @image: must be what is loaded now
 * @fn: called with interrupts off
 * @arg: for @fn
 *
 * Context: any. Return: false if something else is loaded, or nothing.
 */
bool ccpx_image_visit(struct kimage *image, void (*fn)(struct kimage *image, void *arg), void *arg)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&image_lock, flags);
	found = image && newest_image() == image;
	if (found)
		fn(image, arg);
	raw_spin_unlock_irqrestore(&image_lock, flags);
	return found;
}

struct own_pages {
	u64	start_pfn, nr;
	unsigned long *map;
	u32	strays;
};

/* Only this kernel's tables for the way out are on none of the image's lists; nobody writes them at the jump. */
static void own_tables(struct kimage *image, ccpx_image_page_fn fn, void *arg)
{
	void *table[] = { image->arch.p4d, image->arch.pud, image->arch.pmd, image->arch.pte };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i])
			fn(arg, "table", __pa(table[i]));
}

static void own_page(void *arg, const char *what, u64 pa)
{
	struct own_pages *o = arg;
	u64 i = (pa >> PAGE_SHIFT) - o->start_pfn;

	if (pa - ccpx_memory.zone_pa < ccpx_memory.zone_size)
		return;
	if (i < o->nr)
		__set_bit(i, o->map);
	else if (!strcmp(what, "control") || !strcmp(what, "swap"))
		o->strays++;
}

/**
 * ccpx_image_own_pages() - where the pages are that the kernel took for the loaded image
 * @start_pfn: first page of where they should be
 * @nr: pages
 * @map: (out) bit for each of them; @nr bits, those of others are left as they are
 *
 * Context: any. Return: control pages elsewhere; 0 if nothing is loaded.
 */
u32 ccpx_image_own_pages(u64 start_pfn, u64 nr, unsigned long *map)
{
	struct own_pages o = { .start_pfn = start_pfn, .nr = nr, .map = map };
	struct kimage *image;
	unsigned long flags;

	raw_spin_lock_irqsave(&image_lock, flags);
	image = newest_image();
	if (image) {
		ccpx_image_walk(image, own_page, &o);
		own_tables(image, own_page, &o);
	}
	raw_spin_unlock_irqrestore(&image_lock, flags);
	return o.strays;
}

/* ---- verdict ---- */

struct page_check {
	const struct rmpp_extents *x;
	const char *dirty_what;
	u64	dirty_pa;
	u32	nr_dirty;
};

static void check_page(void *arg, const char *what, u64 pa)
{
	struct page_check *c = arg;

	/* the set is rounded out to 2 MiB, so this asks for the block */
	if (!rmpp_extents_find(c->x, pa >> PAGE_SHIFT))
		return;
	if (!c->nr_dirty++) {
		c->dirty_what = what;
		c->dirty_pa = pa;
	}
}

/* Somebody was stopped while he held the lock: it cannot be taken any more. */
bool ccpx_image_busy(void)
{
	return raw_spin_is_locked(&image_lock);
}

/**
 * ccpx_image_check() - may this kernel jump?
 * @x: assigned pages, rounded out to 2 MiB
 * @hash: also compare the zone's checksum (about 1 ms a MiB at most)
 * @why: reason for anything but CLEAN and NONE
 * @why_size: bytes in @why
 *
 * CLEAN means: our own in-place image, whose boot_params point at the region,
 * or one of kexec_file_load that was adopted, with every page in a clean block. A FOREIGN image (stock kexec) carries no
 * chain, so it is only as safe as @x is empty.
 *
 * Context: any where ccpx_image_busy() is not for ever. Return: the verdict.
 */
enum ccpx_image_verdict ccpx_image_check(const struct rmpp_extents *x, bool hash,
					 char *why, size_t why_size)
{
	struct page_check c = { .x = x };
	enum ccpx_image_verdict verdict = CCPX_IMAGE_NONE;
	struct kimage *image;
	unsigned long flags;

	if (!armed) {
		strscpy(why, "images cannot be watched", why_size);
		return CCPX_IMAGE_UNKNOWN;
	}
	why[0] = 0;
	raw_spin_lock_irqsave(&image_lock, flags);
	image = newest_image();
	if (image) {
		verdict = CCPX_IMAGE_CLEAN;
		ccpx_image_walk(image, check_page, &c);
		if (!in_zone(image)) {
			verdict = CCPX_IMAGE_FOREIGN;
			strscpy(why, "not loaded by snp-kexec, carries no quarantine", why_size);
		} else if (!ccpx_zone_enters(image->start)) {
			verdict = CCPX_IMAGE_CORRUPT;
			strscpy(why, "landing zone was written since the image was committed",
				why_size);
		}
		if (c.nr_dirty && verdict != CCPX_IMAGE_CORRUPT) {
			verdict = CCPX_IMAGE_DIRTY;
			snprintf(why, why_size, "%s %#llx and %u more near assigned pages",
				 c.dirty_what, c.dirty_pa, c.nr_dirty - 1);
		}
	}
	raw_spin_unlock_irqrestore(&image_lock, flags);

	if (verdict == CCPX_IMAGE_CLEAN && hash && !ccpx_zone_intact()) {
		verdict = CCPX_IMAGE_CORRUPT;
		strscpy(why, "landing zone changed since the image was committed", why_size);
	}
	return verdict;
}

ssize_t ccpx_image_show(char *buf, size_t size)
{
	static const char * const word[] = {
		"none", "clean", "dirty", "foreign", "corrupt", "unknown"
	};
	u32 others = ccpx_donation_others();
	char why[96];
	enum ccpx_image_verdict v;

	v = ccpx_image_check(ccpx_capture_assigned(), true, why, sizeof(why));
	if (v == CCPX_IMAGE_CLEAN && others)
		scnprintf(why, sizeof(why), "others have %u pages beside its own", others);
	return scnprintf(buf, size, "%s%s%s\n", word[v], why[0] ? " " : "", why);
}
