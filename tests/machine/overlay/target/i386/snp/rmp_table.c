// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/bitops.h"
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "host.h"
#include "rmp.h"
#include "rmp_table.h"

/* What the processor keeps for itself is no entry, whatever reads it as one. */
#define BOOKKEEPING_WORD 0xa5a5a5a5a5a5a5a5ULL

/* How an entry looks where RMPREAD is the only way to read it. */
#define RAW_ROTATION 31

struct segment {
	uint64_t first_pfn;
	uint64_t nr_pages;	/* 0: there is no such segment */
	uint64_t offset;	/* from the RMP's base */
	uint64_t *entry;	/* two words each; the second one is opaque */
};

/* A contiguous table is one segment. */
static struct segment segment[RMP_MAX_SEGMENTS];
static uint64_t nr_pages;
static uint8_t *base;

static unsigned int segment_index(uint64_t pfn)
{
	return snp_host->rmp_segmented ?
	       pfn >> (snp_host->rmp_segment_shift - 12) : 0;
}

static struct segment *segment_of(uint64_t pfn)
{
	return &segment[segment_index(pfn)];
}

/**
 * rmp_table_add - make the entries of some pages part of the table
 * @first_pfn: page frame number where the segment starts
 * @nr: pages that have an entry
 * @offset: where the entries lie, bytes from the RMP's base
 */
void rmp_table_add(uint64_t first_pfn, uint64_t nr, uint64_t offset)
{
	*segment_of(first_pfn) = (struct segment){ first_pfn, nr, offset, NULL };
	nr_pages = MAX(nr_pages, first_pfn + nr);
}

/* Mapped size in GiB, and the segment's address, a multiple of 1 MiB. */
static void segment_table_write(void)
{
	uint64_t *at = (uint64_t *)(base + RMP_BOOKKEEPING);

	for (int i = 0; i < RMP_MAX_SEGMENTS; i++)
		stq_le_p(&at[i], segment[i].nr_pages ?
			 segment[i].nr_pages >> 18 |
			 (snp_host->rmp_base + segment[i].offset) : 0);
}

/**
 * rmp_table_attach - find the table in the machine's RAM
 *
 * Context: after the board is made; again after each reset, because system
 * firmware writes the segment table.
 */
void rmp_table_attach(void)
{
	hwaddr want = snp_host->rmp_end + 1 - snp_host->rmp_base;
	hwaddr len = want;

	if (!base) {
		base = address_space_map(&address_space_memory,
					 snp_host->rmp_base, &len, true,
					 MEMTXATTRS_UNSPECIFIED);
		g_assert(base && len == want);
		for (int i = 0; i < RMP_MAX_SEGMENTS; i++)
			segment[i].entry = (uint64_t *)(base + segment[i].offset);
	}
	if (snp_host->rmp_segmented)
		segment_table_write();
}

/**
 * rmp_table_attached - whether there is a table to ask
 *
 * Return: true if there is.
 */
bool rmp_table_attached(void)
{
	return base;
}

/**
 * rmp_table_clear - make every page a Hypervisor page, and forget the bookkeeping
 */
void rmp_table_clear(void)
{
	memset(base, 0, RMP_BOOKKEEPING);
	for (int i = 0; i < RMP_MAX_SEGMENTS; i++)
		memset(segment[i].entry, 0, segment[i].nr_pages * 16);
}

/**
 * rmp_table_mark_bookkeeping - use the first 16 KiB, as processors do
 */
void rmp_table_mark_bookkeeping(void)
{
	uint64_t *word = (uint64_t *)base;

	for (int i = 0; i < RMP_BOOKKEEPING / 8; i++)
		word[i] = BOOKKEEPING_WORD;
}

/**
 * rmp_nr_pages - where the table ends
 *
 * Return: the first page frame number behind all that have an entry. Between
 * segments there may be pages without.
 */
uint64_t rmp_nr_pages(void)
{
	return nr_pages;
}

/**
 * rmp_covers - whether the table has an entry for a page
 * @pfn: page frame number
 *
 * Return: true if it has.
 */
bool rmp_covers(uint64_t pfn)
{
	const struct segment *s;

	if (pfn >= nr_pages)
		return false;
	s = segment_of(pfn);
	return pfn - s->first_pfn < s->nr_pages;
}

static uint64_t *word_of(uint64_t pfn)
{
	const struct segment *s = segment_of(pfn);

	return &s->entry[(pfn - s->first_pfn) * 2];
}

/**
 * rmp_table_get - read a page's own entry
 * @pfn: page frame number, covered
 *
 * Return: its low half, as Zen 3 has it, whatever it looks like in RAM.
 */
uint64_t rmp_table_get(uint64_t pfn)
{
	uint64_t raw = qatomic_read(word_of(pfn));

	return snp_host->rmp_raw_zen3 ? raw : ror64(raw, RAW_ROTATION);
}

/**
 * rmp_table_set - write a page's own entry
 * @pfn: page frame number, covered
 * @entry: its low half, as Zen 3 has it
 */
void rmp_table_set(uint64_t pfn, uint64_t entry)
{
	uint64_t *word = word_of(pfn);

	if (!snp_host->rmp_raw_zen3)
		entry = rol64(entry, RAW_ROTATION);
	qatomic_set(&word[0], entry);
	word[1] = 0;
}

/**
 * rmp_table_get_opaque - read what the processor keeps of a page beside its entry
 * @pfn: page frame number, covered
 *
 * Return: its high half.
 */
uint64_t rmp_table_get_opaque(uint64_t pfn)
{
	return qatomic_read(&word_of(pfn)[1]);
}

/**
 * rmp_table_set_opaque - write it; rmp_table_set() makes it 0
 * @pfn: page frame number, covered
 * @word: its high half
 */
void rmp_table_set_opaque(uint64_t pfn, uint64_t word)
{
	qatomic_set(&word_of(pfn)[1], word);
}
