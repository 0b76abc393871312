// SPDX-License-Identifier: GPL-2.0-only
/*
 * kdump-compressed dumps: which pages they have, and where. The layout is that of makedumpfile's
 * diskdump_mod.h and crash's diskdump.h on x86-64:
 *
 *	block 0			struct kdump_header
 *	sub_blocks blocks	struct kdump_sub_header, notes
 *	bitmap_blocks blocks	two bitmaps of the same size: pages of RAM, and those in the file
 *	struct kdump_desc [n]	one a page in the file
 *	data
 */
#include <inttypes.h>
#include <stdlib.h>

#include "dump.h"

#define BLOCK		4096u
#define RANK_BITS	4096u
#define VERSION_MAX	6u
#define INCOMPLETE	0x8u	/* makedumpfile ran out of disk */
#define FLAGS_KNOWN	(KDUMP_PACKED | KDUMP_VMEMMAP)

struct kdump_header {
	char	signature[8];
	__le32	version;
	char	utsname[6][65];
	u8	pad[6];
	__le64	timestamp[2];
	__le32	status;
	__le32	block_size;
	__le32	sub_blocks;
	__le32	bitmap_blocks;
	__le32	max_mapnr;	/* before version 6 */
	__le32	counts[5];
};
rmpp_static_assert(offsetof(struct kdump_header, status) == 424);
rmpp_static_assert(offsetof(struct kdump_header, max_mapnr) == 440);

struct kdump_sub_header {
	__le64	phys_base;
	__le32	dump_level;
	__le32	split;
	__le64	start_end[2];
	struct { __le64 offset, size; } place[3];	/* vmcoreinfo, notes, what was erased */
	__le64	start_end_64[2];
	__le64	max_mapnr_64;	/* since version 6 */
};
rmpp_static_assert(offsetof(struct kdump_sub_header, max_mapnr_64) == 96);

static int check_header(struct dump *d, const struct kdump_header *h)
{
	u32 version = le32_to_cpu(h->version);

	if (version < 1 || version > VERSION_MAX)
		return dump_fail(d, "kdump-compressed version %" PRIu32 ", known are 1 to %u", version,
				 VERSION_MAX);
	/* QEMU does not say; what is not of x86-64 has no hand-over either */
	if (strncmp(h->utsname[4], "x86_64", sizeof(h->utsname[4])) &&
	    strncmp(h->utsname[4], "Unknown", sizeof(h->utsname[4])))
		return dump_fail(d, "a dump of another machine than x86-64");
	if (le32_to_cpu(h->block_size) != BLOCK)
		return dump_fail(d, "blocks of %" PRIu32 " bytes, not %u", le32_to_cpu(h->block_size),
				 BLOCK);
	if (le32_to_cpu(h->status) & INCOMPLETE)
		return dump_fail(d, "incomplete: makedumpfile ran out of space");
	return 0;
}

static int check_sizes(struct dump *d, const struct kdump_header *h,
		       const struct kdump_sub_header *s)
{
	struct dump_kdump *k = &d->kdump;
	u64 start = (1 + (u64)le32_to_cpu(h->sub_blocks)) * BLOCK;
	u64 both = (u64)le32_to_cpu(h->bitmap_blocks) * BLOCK;

	k->max_pfn = le32_to_cpu(h->version) < 6 ? le32_to_cpu(h->max_mapnr) :
		     le64_to_cpu(s->max_mapnr_64);
	if (le32_to_cpu(s->split))
		return dump_fail(d, "one part of a split dump: makedumpfile --reassemble first");
	if (!le32_to_cpu(h->sub_blocks) || !both || start > d->size || both > d->size - start)
		return dump_fail(d, "truncated: its bitmaps end behind the file, which has %" PRIu64 " bytes",
				 (uint64_t)d->size);
	k->bitmap_size = both / 2;
	k->bitmap_offset = start + k->bitmap_size;
	k->desc_offset = start + both;
	if (!k->max_pfn || k->max_pfn > k->bitmap_size * 8 || k->max_pfn > RMPP_MAX_PFN)
		return dump_fail(d, "%" PRIu64 " pages of memory do not fit its bitmaps",
				 (uint64_t)k->max_pfn);
	return 0;
}

/* What libkdumpfile reads, and does not compare with the file's size. */
static int check_places(struct dump *d, const struct kdump_sub_header *s)
{
	u64 offset, size;
	u32 i;

	for (i = 0; i < sizeof(s->place) / sizeof(s->place[0]); i++) {
		offset = le64_to_cpu(s->place[i].offset);
		size = le64_to_cpu(s->place[i].size);
		if (size && (offset > d->size || size > d->size - offset))
			return dump_fail(d, "truncated: its notes at offset %" PRIu64 " end behind the file, which has %" PRIu64 " bytes",
					 (uint64_t)offset, (uint64_t)d->size);
	}
	return 0;
}

/* The bitmap, and how many pages come before each group of RANK_BITS. */
static int read_bitmap(struct dump *d)
{
	struct dump_kdump *k = &d->kdump;
	u64 i, words = (k->max_pfn + 63) / 64, word;

	k->bitmap = calloc(1, words * 8);
	k->rank = calloc(k->max_pfn / RANK_BITS + 1, sizeof(*k->rank));
	if (!k->bitmap || !k->rank)
		return dump_fail(d, "out of memory");
	if (dump_pread(d, k->bitmap, (k->max_pfn + 7) / 8, k->bitmap_offset, "the bitmap"))
		return -1;
	if (k->max_pfn % 8)
		k->bitmap[k->max_pfn / 8] &= (u8)((1u << k->max_pfn % 8) - 1);
	for (i = 0; i < words; i++) {
		if (i % (RANK_BITS / 64) == 0)
			k->rank[i / (RANK_BITS / 64)] = k->nr_pages;
		memcpy(&word, k->bitmap + i * 8, 8);
		k->nr_pages += (u64)__builtin_popcountll(word);
	}
	if (k->nr_pages * sizeof(struct kdump_desc) > d->size - k->desc_offset)
		return dump_fail(d, "truncated: %" PRIu64 " page descriptors end behind the file, which has %" PRIu64 " bytes",
				 (uint64_t)k->nr_pages, (uint64_t)d->size);
	return 0;
}

/**
 * dump_kdump_open() - headers and bitmap of a kdump-compressed dump
 * @d: the file
 *
 * Return: 0, or -1 and a message.
 */
int dump_kdump_open(struct dump *d)
{
	struct kdump_sub_header s;
	struct kdump_header h;

	d->format = DUMP_KDUMP;
	if (dump_pread(d, &h, sizeof(h), 0, "the header") || check_header(d, &h) ||
	    dump_pread(d, &s, sizeof(s), BLOCK, "the sub header") || check_sizes(d, &h, &s) ||
	    check_places(d, &s) || read_bitmap(d))
		return -1;
	return kdump_content_open(d);
}

/**
 * dump_kdump_close() - what dump_kdump_open() left
 * @d: the dump
 */
void dump_kdump_close(struct dump *d)
{
	kdump_content_close(d);
	free(d->kdump.bitmap);
	free(d->kdump.rank);
	d->kdump.bitmap = NULL;
	d->kdump.rank = NULL;
}

/** dump_kdump_has() - see dump_has() */
bool dump_kdump_has(const struct dump *d, u64 pfn)
{
	return pfn < d->kdump.max_pfn && (d->kdump.bitmap[pfn / 8] >> pfn % 8 & 1);
}

/** dump_kdump_next() - see dump_next() */
u64 dump_kdump_next(const struct dump *d, u64 pfn)
{
	const struct dump_kdump *k = &d->kdump;

	for (; pfn < k->max_pfn; pfn++) {
		while (pfn % 8 == 0 && pfn < k->max_pfn && !k->bitmap[pfn / 8])
			pfn += 8;
		if (dump_kdump_has(d, pfn))
			return pfn;
	}
	return RMPP_MAX_PFN;
}

static u64 rank_of(const struct dump_kdump *k, u64 pfn)
{
	u64 rank = k->rank[pfn / RANK_BITS], i = pfn / RANK_BITS * (RANK_BITS / 8);

	for (; i < pfn / 8; i++)
		rank += (u64)__builtin_popcount(k->bitmap[i]);
	return rank + (u64)__builtin_popcount(k->bitmap[i] & ((1u << pfn % 8) - 1));
}

/**
 * dump_kdump_desc() - where a page is in the file
 * @d:    the dump
 * @pfn:  a page that it has
 * @desc: filled
 *
 * Return: 0, or -1 and a message.
 */
int dump_kdump_desc(struct dump *d, u64 pfn, struct kdump_desc *desc)
{
	u64 at = d->kdump.desc_offset + rank_of(&d->kdump, pfn) * sizeof(*desc), offset, size;
	u32 flags;

	if (dump_pread(d, desc, sizeof(*desc), at, "a page descriptor"))
		return -1;
	offset = le64_to_cpu(desc->offset);
	size = le32_to_cpu(desc->size);
	flags = le32_to_cpu(desc->flags);
	if (flags & ~FLAGS_KNOWN)
		return dump_fail(d, "page %#" PRIx64 " is compressed with an unknown method (flags %#" PRIx32 ")",
				 (uint64_t)(pfn << RMPP_PAGE_SHIFT), flags);
	if (offset < d->kdump.desc_offset + d->kdump.nr_pages * sizeof(*desc) || !size ||
	    size > RMPP_PAGE_SIZE || (!(flags & KDUMP_PACKED) && size != RMPP_PAGE_SIZE))
		return dump_fail(d, "page %#" PRIx64 " is %" PRIu64 " bytes at offset %" PRIu64 ": damaged",
				 (uint64_t)(pfn << RMPP_PAGE_SHIFT), (uint64_t)size,
				 (uint64_t)offset);
	if (offset > d->size || size > d->size - offset)
		return dump_fail(d, "truncated: page %#" PRIx64 " ends at offset %" PRIu64 " of %" PRIu64,
				 (uint64_t)(pfn << RMPP_PAGE_SHIFT), (uint64_t)(offset + size),
				 (uint64_t)d->size);
	return 0;
}

/** dump_kdump_read() - see dump_read() */
int dump_kdump_read(struct dump *d, u64 pfn, u8 *page)
{
	struct kdump_desc desc;

	if (dump_kdump_desc(d, pfn, &desc))
		return -1;
	return kdump_content_read(d, pfn, page) ?: 1;
}
