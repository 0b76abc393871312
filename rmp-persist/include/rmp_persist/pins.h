/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages that were pinned for somebody, by pin: what one call pins another unpins, as a whole. Any page may
 * be in several pins.
 *
 * Bounded: of a pin of more ranges than there is room for those next to each other become one, and where there is no room for
 * another pin its pages are kept for good. Either way more is in it than was pinned, never less.
 *
 * One writer at a time. A reader needs no lock, and may read while the writer stands still for ever in
 * the middle of anything: what is not yet, or not any more, in the table as a whole is not seen.
 */
#ifndef RMP_PERSIST_PINS_H
#define RMP_PERSIST_PINS_H

#include <rmp_persist/filter.h>

#define RMPP_PINS_SLOTS		1024u	/* pins, the first two for what is kept for good */
#define RMPP_PINS_BLOCK		16u	/* extents that are taken at a time */
#define RMPP_PINS_BLOCKS	8192u	/* the first of them belong to a slot each */
#define RMPP_PINS_EXTENTS	(RMPP_PINS_BLOCKS * RMPP_PINS_BLOCK)
#define RMPP_PINS_RUNS		65536u	/* of one pin, beyond which they are rounded out to blocks */
#define RMPP_PINS_BITS		(1u << 20)	/* ... of 2 MiB, or more where RAM goes beyond 2 TiB */
#define RMPP_PINS_HASH		4096u

struct rmpp_pin {
	u64	key;		/* 0: free */
	u32	nr;		/* extents */
	u16	hash_next;
	bool	live;		/* readers may look */
};

struct rmpp_pins {
	struct rmpp_pin	slot[RMPP_PINS_SLOTS];
	struct rmpp_filter_extent v[RMPP_PINS_EXTENTS];
	u16	block_next[RMPP_PINS_BLOCKS];
	u16	hash[RMPP_PINS_HASH];	/* first slot, 0: none */
	u32	max_slots, nr_pins, nr_free_blocks;
	u16	free_block;		/* 0: none */
	u64	nr_kept;		/* pins that are kept for good for want of a slot */
	u64	nr_rounded;		/* pins that were rounded out */
	/* the pin that is being taken in */
	struct rmpp_filter f;
	struct rmpp_filter_extent run[RMPP_PINS_RUNS];
	u32	index[RMPP_FILTER_MIN_INDEX];
	u64	bit[RMPP_PINS_BITS / 64];
	u32	bit_shift;		/* pages of a bit, as a power of two */
	bool	coarse;
};

void rmpp_pins_init(struct rmpp_pins *p, u32 max_slots, u32 max_blocks, u64 end_pfn);
void rmpp_pins_begin(struct rmpp_pins *p);
int rmpp_pins_add(struct rmpp_pins *p, u64 pfn, u64 nr_pages);
int rmpp_pins_commit(struct rmpp_pins *p, u64 key);
bool rmpp_pins_may_have(const struct rmpp_pins *p, u64 key);
bool rmpp_pins_remove(struct rmpp_pins *p, u64 key);
void rmpp_pins_collect(const struct rmpp_pins *p, struct rmpp_filter *f);

#endif /* RMP_PERSIST_PINS_H */
