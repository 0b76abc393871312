// SPDX-License-Identifier: GPL-2.0-only
/*
 * The image in the landing zone: what snp-kexec wrote there, committed with a
 * checksum, and the few changes that the way out makes to it.
 */
#include "ccp_ext.h"

#include <linux/mm.h>
#include <linux/xxhash.h>
#include <asm/bootparam.h>
#include <asm/e820/types.h>

static struct {
	bool	valid;
	u64	used, entry, hash;
	u32	features;	/* 1 << enum rmpp_feature that the image can restore */
	struct kimage *image;	/* one of kexec_file_load, see image_file.c */
	u64	list_pa;	/* ... and the list that it will jump with */
} commit;

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
	commit.image = NULL;
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

/* The map's entry of a type that holds @pa, or NULL. */
static struct boot_e820_entry *find_entry(struct boot_params *bp, u32 type, u64 pa)
{
	return ccpx_map_find(bp->e820_table, min_t(u32, bp->e820_entries, E820_MAX_ENTRIES_ZEROPAGE), type, pa);
}

/* Whether our boot_params may change on the way out: a purgatory would see it. */
static int may_change(void)
{
	if (!commit.valid)
		return -ENOENT;
	return commit.image ? -EROFS : 0;
}

/**
 * ccpx_image_map_is_fixed() - is our image one whose memory map may not change any more?
 *
 * Context: ccpx_lock held. Return: true if its purgatory would see a change.
 */
bool ccpx_image_map_is_fixed(void)
{
	return may_change() == -EROFS;
}

/**
 * ccpx_image_cut_top() - take the end of RAM away from the next kernel
 * @start_pfn: from here to the end of that range of RAM
 * @end_pfn: set to that end
 *
 * An assigned page in the topmost block of RAM cannot be a target of the chain.
 * Our image's boot_params lie at the head of the zone: there the block becomes
 * reserved, so that the next kernel neither maps nor counts it as RAM. Changes the
 * zone; the checksum must have been compared before.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT without our image; -EROFS if its
 * purgatory would see the change; -ENOSPC.
 */
int ccpx_image_cut_top(u64 start_pfn, u64 *end_pfn)
{
	struct boot_params *bp = ccpx_memory.zone;
	u64 start = start_pfn << PAGE_SHIFT, end;
	struct boot_e820_entry *e;
	int rc = may_change();

	if (rc)
		return rc;
	e = find_entry(bp, E820_TYPE_RAM, start);
	if (!e)
		return -ENOENT;
	if (bp->e820_entries == E820_MAX_ENTRIES_ZEROPAGE)
		return -ENOSPC;
	end = e->addr + e->size;
	memmove(e + 1, e, (void *)&bp->e820_table[bp->e820_entries++] - (void *)e);
	e[0].size = start - e->addr;
	e[1].addr = start;
	e[1].size = end - start;
	e[1].type = E820_TYPE_RESERVED;
	commit.hash = xxh64(ccpx_memory.zone, commit.used, 0);
	*end_pfn = end >> PAGE_SHIFT;
	return 0;
}

/**
 * ccpx_image_give_top() - let RAM go on a little further in the next kernel's map
 * @start_pfn: where a range of RAM ends
 * @nr_pages: of reserved memory behind it, which was cut off an earlier kernel's map
 *
 * Changes the zone; the checksum must have been compared before.
 *
 * Context, Return: as ccpx_image_cut_top(); -ENOENT also if the map does not look like that.
 */
int ccpx_image_give_top(u64 start_pfn, u64 nr_pages)
{
	struct boot_params *bp = ccpx_memory.zone;
	u64 start = start_pfn << PAGE_SHIFT, size = nr_pages << PAGE_SHIFT;
	struct boot_e820_entry *ram, *rest;
	int rc = may_change();

	if (rc)
		return rc;
	ram = find_entry(bp, E820_TYPE_RAM, start - 1);
	rest = find_entry(bp, E820_TYPE_RESERVED, start);
	if (!ram || !rest || ram->addr + ram->size != start || rest->addr != start || rest->size < size)
		return -ENOENT;
	ram->size += size;
	rest->addr += size;
	rest->size -= size;
	if (!rest->size)
		memmove(rest, rest + 1, (void *)&bp->e820_table[bp->e820_entries--] - (void *)(rest + 1));
	commit.hash = xxh64(ccpx_memory.zone, commit.used, 0);
	return 0;
}

/**
 * ccpx_image_hides() - is this no RAM to the next kernel?
 * @pa: bytes
 *
 * Context: any, ccpx_lock held or one CPU left. Return: true if so; false also if that is not known.
 */
bool ccpx_image_hides(u64 pa)
{
	struct boot_params *bp = ccpx_memory.zone;

	/* kexec_file_load has its map elsewhere, and a full one goes on elsewhere */
	return !may_change() && bp->e820_entries < E820_MAX_ENTRIES_ZEROPAGE &&
	       !find_entry(bp, E820_TYPE_RAM, pa);
}

/**
 * ccpx_image_add_words() - put words before the next kernel's command line
 * @words: separated by blanks
 *
 * Changes the zone; the checksum must have been compared before.
 *
 * Context: process, ccpx_lock held. Return: 0; -ENOENT without our image; -EROFS if its
 * purgatory would see the change; -ENOSPC if the next kernel would not take so long a line.
 */
int ccpx_image_add_words(const char *words)
{
	struct boot_params *bp = ccpx_memory.zone;
	size_t length, more = strlen(words) + 1;
	u64 offset, room;
	int rc = may_change();
	char *line;

	if (rc)
		return rc;
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

/* The zone holds a committed image, and @start is its entry point. */
bool ccpx_zone_enters(u64 start)
{
	return commit.valid && start == ccpx_memory.zone_pa + commit.entry;
}

/* ... and not a byte of it has changed; about 1 ms a MiB at most. */
bool ccpx_zone_intact(void)
{
	return commit.valid && xxh64(ccpx_memory.zone, commit.used, 0) == commit.hash;
}

/**
 * ccpx_zone_adopt() - what was committed is all of an image of kexec_file_load
 * @image: that image
 * @list_pa: an empty list of pages to copy, in the zone
 *
 * Context: ccpx_image_visit().
 */
void ccpx_zone_adopt(struct kimage *image, u64 list_pa)
{
	commit.image = image;
	commit.list_pa = list_pa;
}

/* It is about to be freed; another one may come to lie at the same address. */
void ccpx_zone_forget(const struct kimage *image)
{
	if (commit.image != image)
		return;
	commit.image = NULL;
	commit.valid = false;
}

/* Bytes at the head of the zone that are the image which begins at @start; 0 if there is none. */
u64 ccpx_zone_used(u64 start)
{
	return ccpx_zone_enters(start) ? commit.used : 0;
}

/* The image that was adopted, or NULL; @list_pa may be NULL. */
struct kimage *ccpx_zone_adopted(u64 *list_pa)
{
	if (list_pa)
		*list_pa = commit.list_pa;
	return commit.valid ? commit.image : NULL;
}
