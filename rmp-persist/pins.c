// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pages that were pinned, by pin. */
#define RMPP_CORE
#include <rmp_persist/pins.h>

#define FOR_GOOD	2u	/* slots, of which one is filled while readers have the other */
#define MIN_BIT_SHIFT	9	/* 2 MiB */

static u32 hash_of(u64 key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> 52;
}
rmpp_static_assert(RMPP_PINS_HASH == 1u << (64 - 52));
rmpp_static_assert(1u << 16 >= RMPP_PINS_BLOCKS && RMPP_PINS_SLOTS < 1u << 16);

/**
 * rmpp_pins_init() - begin with an empty table
 * @p:          the table
 * @max_slots:  pins at most, and two; 3 to RMPP_PINS_SLOTS
 * @max_blocks: @max_slots and so many more as pins may share, up to RMPP_PINS_BLOCKS
 * @end_pfn:    where RAM ends; may end later, up to the next power of two
 */
void rmpp_pins_init(struct rmpp_pins *p, u32 max_slots, u32 max_blocks, u64 end_pfn)
{
	u32 b;

	memset(p, 0, sizeof(*p));
	p->max_slots = max_slots;
	for (b = max_slots; b < max_blocks; b++) {
		p->block_next[b] = p->free_block;
		p->free_block = b;
		p->nr_free_blocks++;
	}
	for (p->bit_shift = MIN_BIT_SHIFT; (end_pfn - 1) >> p->bit_shift >= RMPP_PINS_BITS / 2; p->bit_shift++)
		;
	rmpp_pins_begin(p);
}

/**
 * rmpp_pins_begin() - a pin is to be taken in
 * @p: the table; what was begun and not committed is forgotten
 */
void rmpp_pins_begin(struct rmpp_pins *p)
{
	rmpp_filter_init(&p->f, p->run, RMPP_PINS_RUNS, p->index, RMPP_FILTER_MIN_INDEX);
	p->coarse = false;
}

static void set_bits(struct rmpp_pins *p, u64 pfn, u64 nr_pages)
{
	u64 b = pfn >> p->bit_shift, last = (pfn + nr_pages - 1) >> p->bit_shift;

	for (; b <= last; b++)
		p->bit[b / 64] |= 1ULL << b % 64;
}

/* Too many runs to sort them over and over: from here on a page costs a bit. */
static void become_coarse(struct rmpp_pins *p)
{
	u32 i;

	memset(p->bit, 0, sizeof(p->bit));
	for (i = 0; i < p->f.nr; i++)
		set_bits(p, p->f.v[i].pfn, p->f.v[i].end - p->f.v[i].pfn);
	p->coarse = true;
}

/**
 * rmpp_pins_add() - pages of the pin that was begun
 * @p:        the table
 * @pfn:      first page
 * @nr_pages: pages, in a row
 *
 * Return: 0, or RMPP_ERR_EXTENT_RANGE for what is empty or lies where no RAM was expected.
 */
int rmpp_pins_add(struct rmpp_pins *p, u64 pfn, u64 nr_pages)
{
	u64 end = (u64)RMPP_PINS_BITS << p->bit_shift;

	if (!nr_pages || pfn >= end || nr_pages > end - pfn)
		return RMPP_ERR_EXTENT_RANGE;
	if (!p->coarse && p->f.nr == RMPP_PINS_RUNS)
		become_coarse(p);
	if (!p->coarse)
		return rmpp_filter_add(&p->f, pfn, nr_pages);
	set_bits(p, pfn, nr_pages);
	return RMPP_OK;
}

static void runs_from_bits(struct rmpp_pins *p)
{
	u64 b, word;

	rmpp_filter_init(&p->f, p->run, RMPP_PINS_RUNS, p->index, RMPP_FILTER_MIN_INDEX);
	for (b = 0; b < RMPP_PINS_BITS; b++) {
		word = p->bit[b / 64] >> b % 64;
		if (!word)
			b |= 63;
		else if (word & 1)
			rmpp_filter_add(&p->f, b << p->bit_shift, 1ULL << p->bit_shift);
	}
}

/* Sorted extents, over the smallest gaps between them made one until they fit. */
static void close_gaps(struct rmpp_filter *f, u32 max)
{
	u64 gap;
	u32 i, nr;

	for (gap = 1; f->nr > max; gap *= 2) {
		for (i = 1, nr = 1; i < f->nr; i++) {
			if (f->v[i].pfn - f->v[nr - 1].end <= gap)
				f->v[nr - 1].end = f->v[i].end;
			else
				f->v[nr++] = f->v[i];
		}
		f->nr = nr;
	}
}

static void free_blocks(struct rmpp_pins *p, u32 slot)
{
	u16 b = p->block_next[slot], next;

	p->block_next[slot] = 0;
	for (; b; b = next) {
		next = p->block_next[b];
		p->block_next[b] = p->free_block;
		p->free_block = b;
		p->nr_free_blocks++;
	}
}

/* Its own block, and others as they are needed: there are enough. */
static void fill_slot(struct rmpp_pins *p, u32 slot)
{
	u32 i, b = slot, next;

	for (i = 0; i < p->f.nr; i++) {
		if (i && i % RMPP_PINS_BLOCK == 0) {
			next = p->free_block;
			p->free_block = p->block_next[next];
			p->nr_free_blocks--;
			p->block_next[next] = 0;
			p->block_next[b] = next;
			b = next;
		}
		p->v[b * RMPP_PINS_BLOCK + i % RMPP_PINS_BLOCK] = p->f.v[i];
	}
	p->slot[slot].nr = p->f.nr;
}

static void collect(const struct rmpp_pins *p, u32 slot, struct rmpp_filter *f)
{
	u32 i, b = slot, nr = READ_ONCE(p->slot[slot].nr);
	struct rmpp_filter_extent e;

	/* a writer that goes on meanwhile may lead astray, but not for ever, nor out of the table */
	for (i = 0; i < nr && i < RMPP_PINS_EXTENTS; i++) {
		if (i && i % RMPP_PINS_BLOCK == 0)
			b = READ_ONCE(p->block_next[b]) % RMPP_PINS_BLOCKS;
		e = p->v[b * RMPP_PINS_BLOCK + i % RMPP_PINS_BLOCK];
		if (e.pfn < e.end)
			rmpp_filter_add(f, e.pfn, e.end - e.pfn);
	}
}

static u32 find(const struct rmpp_pins *p, u64 key)
{
	u32 i;

	for (i = p->hash[hash_of(key)]; i && p->slot[i].key != key; i = p->slot[i].hash_next)
		;
	return i;
}

/* No room for another pin: what was pinned, and what was kept before, is one. */
static void keep_for_good(struct rmpp_pins *p)
{
	u32 old = p->slot[1].live;

	if (p->slot[old].live)
		collect(p, old, &p->f);
	rmpp_filter_seal(&p->f);
	close_gaps(&p->f, RMPP_PINS_BLOCK);
	fill_slot(p, !old);
	rmpp_store_release(&p->slot[!old].live, true);
	rmpp_store_release(&p->slot[old].live, false);
	p->nr_kept++;
}

/**
 * rmpp_pins_commit() - the pin is complete
 * @p:   the table
 * @key: names it, not 0; 0: its pages are kept for good
 *
 * A pin gets half of the room that is left at most, beside what each has.
 *
 * Return: 0, or RMPP_ERR_NO_SPACE if its pages are kept for good for want of a slot.
 */
int rmpp_pins_commit(struct rmpp_pins *p, u64 key)
{
	u32 i, max = RMPP_PINS_BLOCK * (1 + p->nr_free_blocks / 2);
	bool rounded = p->coarse;

	if (p->coarse)
		runs_from_bits(p);
	rmpp_filter_seal(&p->f);
	if (!key) {
		keep_for_good(p);
		return RMPP_OK;
	}
	/* the same array again, and its end was not seen */
	rmpp_pins_remove(p, key);
	for (i = FOR_GOOD; i < p->max_slots && p->slot[i].key; i++)
		;
	if (i == p->max_slots) {
		keep_for_good(p);
		return RMPP_ERR_NO_SPACE;
	}
	rounded |= p->f.nr > max;
	p->nr_rounded += rounded;
	close_gaps(&p->f, max);
	fill_slot(p, i);
	p->slot[i].key = key;
	p->slot[i].hash_next = p->hash[hash_of(key)];
	rmpp_store_release(&p->slot[i].live, true);
	rmpp_store_release(&p->hash[hash_of(key)], (u16)i);
	p->nr_pins++;
	return RMPP_OK;
}

/**
 * rmpp_pins_may_have() - is it worth while to ask for this pin?
 * @p:   the table
 * @key: the pin
 *
 * Context: any, beside the writer. Return: false if there is none.
 */
bool rmpp_pins_may_have(const struct rmpp_pins *p, u64 key)
{
	return READ_ONCE(p->hash[hash_of(key)]);
}

/**
 * rmpp_pins_remove() - a pin has ended
 * @p:   the table
 * @key: which
 *
 * Return: true if there was one.
 */
bool rmpp_pins_remove(struct rmpp_pins *p, u64 key)
{
	u32 i = find(p, key), j;

	if (!i)
		return false;
	rmpp_store_release(&p->slot[i].live, false);
	if (p->hash[hash_of(key)] == i) {
		p->hash[hash_of(key)] = p->slot[i].hash_next;
	} else {
		for (j = p->hash[hash_of(key)]; p->slot[j].hash_next != i; j = p->slot[j].hash_next)
			;
		p->slot[j].hash_next = p->slot[i].hash_next;
	}
	free_blocks(p, i);
	p->slot[i].key = 0;
	p->nr_pins--;
	return true;
}

/**
 * rmpp_pins_collect() - all pages that are pinned
 * @p: the table
 * @f: grows
 *
 * Context: any, beside the writer; see the head of pins.h.
 */
void rmpp_pins_collect(const struct rmpp_pins *p, struct rmpp_filter *f)
{
	u32 i;

	for (i = 0; i < p->max_slots; i++)
		if (rmpp_load_acquire(&p->slot[i].live))
			collect(p, i, f);
}
