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
 * kexec_image is not exported; kprobes on kimage_terminate(), which ends the
 * making of every image, and kimage_free() see them come and go.
 */
#include "ccp_ext.h"

#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/xxhash.h>
#include <asm/bootparam.h>
#include <asm/e820/types.h>

#define MAX_IMAGES	4	/* one loaded, one being loaded, and slack */

static DEFINE_RAW_SPINLOCK(image_lock);
static struct kimage *images[MAX_IMAGES];	/* oldest first */
static bool armed;

static struct {
	bool	valid;
	u64	used, entry, hash;
	u32	features;	/* 1 << enum rmpp_feature that the image can restore */
} commit;

static bool in_zone(const struct kimage *image)
{
	return image->start - ccpx_memory.zone_pa < ccpx_memory.zone_size;
}

static int terminate_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kimage *image = (struct kimage *)regs->di;
	unsigned long flags;
	int i;

	if (image->type != KEXEC_TYPE_DEFAULT)
		return 0;
	raw_spin_lock_irqsave(&image_lock, flags);
	for (i = 0; i < MAX_IMAGES - 1 && images[i]; i++)
		;
	if (images[i] && in_zone(images[i]))
		module_put(THIS_MODULE);
	images[i] = image;
	/* an unloaded module's zone would be free memory under a loaded image */
	if (in_zone(image))
		__module_get(THIS_MODULE);
	raw_spin_unlock_irqrestore(&image_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(terminate_pre);

static int free_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kimage *image = (struct kimage *)regs->di;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&image_lock, flags);
	for (i = 0; i < MAX_IMAGES; i++) {
		if (!image || images[i] != image)
			continue;
		if (in_zone(image))
			module_put(THIS_MODULE);
		memmove(&images[i], &images[i + 1], (MAX_IMAGES - 1 - i) * sizeof(images[0]));
		images[MAX_IMAGES - 1] = NULL;
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
	int rc = register_kprobe(&terminate_probe);

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
	if (!armed)
		return;
	unregister_kprobe(&free_probe);
	unregister_kprobe(&terminate_probe);
	armed = false;
}

bool ccpx_image_armed(void)
{
	return armed;
}

/**
 * ccpx_image_commit() - the zone holds a whole image from now on
 * @used: bytes of the zone that count, 0 to forget the image
 * @entry: offset of its entry point
 *
 * The checksum is taken now and compared right before the jump: the image may
 * lie there for hours.
 *
 * Context: process, ccpx_lock held. Return: 0 or -EINVAL.
 */
int ccpx_image_commit(u64 used, u64 entry)
{
	commit.valid = false;
	if (!used)
		return 0;
	if (!ccpx_memory.zone || used > ccpx_memory.zone_size || entry >= used)
		return -EINVAL;
	commit.used = used;
	commit.entry = entry;
	commit.features = 0;
	commit.hash = xxh64(ccpx_memory.zone, used, 0);
	commit.valid = true;
	return 0;
}

/**
 * ccpx_image_cut_top() - take the end of RAM away from the next kernel
 * @start_pfn: from here to the end of that range of RAM
 *
 * An assigned page in the topmost block of RAM cannot be a target of the chain.
 * Our image's boot_params lie at the head of the zone: there the block becomes
 * reserved, so that the next kernel neither maps nor counts it as RAM. Changes the
 * zone; the checksum must have been compared before.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT without our image; -ENOSPC.
 */
int ccpx_image_cut_top(u64 start_pfn)
{
	struct boot_params *bp = ccpx_memory.zone;
	u64 start = start_pfn << PAGE_SHIFT, end;
	int i;

	if (!commit.valid)
		return -ENOENT;
	for (i = 0; i < bp->e820_entries; i++) {
		struct boot_e820_entry *e = &bp->e820_table[i];

		end = e->addr + e->size;
		if (e->type != E820_TYPE_RAM || start < e->addr || start >= end)
			continue;
		if (bp->e820_entries == E820_MAX_ENTRIES_ZEROPAGE)
			return -ENOSPC;
		memmove(e + 1, e, (bp->e820_entries - i) * sizeof(*e));
		bp->e820_entries++;
		e[0].size = start - e->addr;
		e[1].addr = start;
		e[1].size = end - start;
		e[1].type = E820_TYPE_RESERVED;
		commit.hash = xxh64(ccpx_memory.zone, commit.used, 0);
		return 0;
	}
	return -ENOENT;
}

/**
 * ccpx_image_add_words() - put words before the next kernel's command line
 * @words: separated by blanks
 *
 * Changes the zone; the checksum must have been compared before.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT without our image; -ENOSPC if the
 * next kernel would not take so long a line.
 */
int ccpx_image_add_words(const char *words)
{
	struct boot_params *bp = ccpx_memory.zone;
	size_t length, more = strlen(words) + 1;
	u64 offset, room;
	char *line;

	if (!commit.valid)
		return -ENOENT;
	offset = (bp->hdr.cmd_line_ptr | (u64)bp->ext_cmd_line_ptr << 32) - ccpx_memory.zone_pa;
	if (offset >= commit.used)
		return -ENOENT;
	/* the line has a page of its own */
	room = min3(commit.used - offset, (u64)PAGE_SIZE - offset_in_page(offset),
		    (u64)bp->hdr.cmdline_size + 1);
	line = ccpx_memory.zone + offset;
	length = strnlen(line, room);
	if (length + more >= room)
		return -ENOSPC;
	memmove(line + more, line, length + 1);
	memcpy(line, words, more - 1);
	line[more - 1] = ' ';
	commit.hash = xxh64(ccpx_memory.zone, commit.used, 0);
	return 0;
}

/**
 * ccpx_image_set_features() - somebody says what the committed image can restore
 * @features: 1 << enum rmpp_feature, ored
 *
 * Holds until another image is committed, or none.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT if none is committed.
 */
int ccpx_image_set_features(u32 features)
{
	if (!commit.valid)
		return -ENOENT;
	commit.features = features;
	return 0;
}

/**
 * ccpx_image_can() - does the committed image say that it can restore a feature?
 * @feature: enum rmpp_feature
 *
 * Context: process, ccpx_lock held. Return: true if so.
 */
bool ccpx_image_can(u32 feature)
{
	return commit.valid && commit.features & 1u << feature;
}

ssize_t ccpx_image_commit_show(char *buf)
{
	if (!commit.valid)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "committed bytes %#llx entry %#llx hash %#018llx\n",
			  commit.used, commit.entry, commit.hash);
}

struct page_walk {
	const struct rmpp_extents *x;
	const char *dirty_what;
	u64	dirty_pa;
	u32	nr_control, nr_source, nr_indirection, nr_dirty;
};

static void check_page(struct page_walk *w, const char *what, u64 pa)
{
	/* the set is rounded out to 2 MiB, so this asks for the block */
	if (!rmpp_extents_find(w->x, pa >> PAGE_SHIFT))
		return;
	if (!w->nr_dirty++) {
		w->dirty_what = what;
		w->dirty_pa = pa;
	}
}

static void walk_image(struct kimage *image, struct page_walk *w)
{
	kimage_entry_t *p, entry;
	unsigned long i, dest = 0;
	struct page *page;

	list_for_each_entry(page, &image->control_pages, lru) {
		for (i = 0; i < 1ul << page_private(page); i++) {
			w->nr_control++;
			check_page(w, "control", page_to_phys(page + i));
		}
	}
	if (image->control_code_page)
		for (i = 0; i < KEXEC_CONTROL_PAGE_SIZE >> PAGE_SHIFT; i++)
			check_page(w, "control", page_to_phys(image->control_code_page + i));
	if (image->swap_page)
		check_page(w, "swap", page_to_phys(image->swap_page));
	for (p = &image->head; (entry = *p) && !(entry & IND_DONE);
	     p = entry & IND_INDIRECTION ? phys_to_virt(entry & PAGE_MASK) : p + 1) {
		if (entry & IND_INDIRECTION) {
			w->nr_indirection++;
			check_page(w, "indirection", entry & PAGE_MASK);
		} else if (entry & IND_DESTINATION) {
			dest = entry & PAGE_MASK;
		} else if (entry & IND_SOURCE) {
			w->nr_source++;
			check_page(w, "source", entry & PAGE_MASK);
			check_page(w, "destination", dest);
			dest += PAGE_SIZE;
		}
	}
}

/**
 * ccpx_image_check() - may this kernel jump?
 * @x: assigned pages, rounded out to 2 MiB
 * @hash: also compare the zone's checksum (about 1 ms a MiB at most)
 * @why: reason for anything but CLEAN and NONE
 * @why_size: bytes in @why
 *
 * CLEAN means: our own in-place image, whose boot_params point at the region,
 * with every page in a clean block. A FOREIGN image (stock kexec) carries no
 * chain, so it is only as safe as @x is empty.
 *
 * Context: process. Return: the verdict.
 */
enum ccpx_image_verdict ccpx_image_check(const struct rmpp_extents *x, bool hash,
					 char *why, size_t why_size)
{
	struct page_walk w = { .x = x };
	enum ccpx_image_verdict verdict = CCPX_IMAGE_NONE;
	struct kimage *image = NULL;
	unsigned long flags;
	int i;

	if (!armed) {
		strscpy(why, "images cannot be watched", why_size);
		return CCPX_IMAGE_UNKNOWN;
	}
	why[0] = 0;
	raw_spin_lock_irqsave(&image_lock, flags);
	for (i = 0; i < MAX_IMAGES && images[i]; i++)
		image = images[i];
	if (image) {
		verdict = CCPX_IMAGE_CLEAN;
		walk_image(image, &w);
		if (in_zone(image) && (!commit.valid || image->start != ccpx_memory.zone_pa + commit.entry)) {
			verdict = CCPX_IMAGE_CORRUPT;
			strscpy(why, "landing zone was written since the image was committed",
				why_size);
		} else if (!in_zone(image)) {
			verdict = CCPX_IMAGE_FOREIGN;
			strscpy(why, "not loaded by snp-kexec, carries no quarantine", why_size);
		}
		if (w.nr_dirty && verdict != CCPX_IMAGE_CORRUPT) {
			verdict = CCPX_IMAGE_DIRTY;
			snprintf(why, why_size, "%s %#llx and %u more near assigned pages",
				 w.dirty_what, w.dirty_pa, w.nr_dirty - 1);
		}
	}
	raw_spin_unlock_irqrestore(&image_lock, flags);

	if (verdict == CCPX_IMAGE_CLEAN && hash &&
	    xxh64(ccpx_memory.zone, commit.used, 0) != commit.hash) {
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
	char why[96];
	enum ccpx_image_verdict v;

	v = ccpx_image_check(ccpx_capture_assigned(), true, why, sizeof(why));
	return scnprintf(buf, size, "%s%s%s\n", word[v], why[0] ? " " : "", why);
}
