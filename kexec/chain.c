// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Extents to a setup_data chain and back. */
#define RMPP_CORE
#include "chain.h"

#define NODE_PA(buf_pa, i)	((buf_pa) + sizeof(struct chain_node) + \
				 (u64)(i) * sizeof(struct chain_indirect))

/**
 * chain_strerror() - what is wrong with a chain
 * @err: 0 or the negative of an enum chain_error
 *
 * Return: a phrase without a full stop.
 */
const char *chain_strerror(int err)
{
	static const char * const text[] = {
		[CHAIN_OK]		= "no error",
		[CHAIN_ERR_ARGUMENT]	= "invalid argument",
		[CHAIN_ERR_SPACE]	= "more extents than there is room for",
		[CHAIN_ERR_TOP]		= "an assigned page in the topmost 2 MiB of RAM",
		[CHAIN_ERR_TRUNCATED]	= "truncated",
		[CHAIN_ERR_TYPE]	= "not a hand-over chain",
		[CHAIN_ERR_NEXT]	= "a link that leads nowhere",
		[CHAIN_ERR_RANGE]	= "a range that is unaligned, empty, unsorted or too high",
		[CHAIN_ERR_LOW]		= "an assigned page in the first 2 MiB, where the next kernel starts its processors",
	};

	return err > 0 || err < -CHAIN_ERR_LOW ? "unknown error" : text[-err];
}

struct ram {
	const struct chain_ram *v;
	u32 nr;
};

/* Index of the first range that ends above pfn; nr if none. */
static u32 ram_ending_above(const struct ram *ram, u64 pfn)
{
	u32 lo = 0, hi = ram->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ram->v[mid].end_pfn > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static bool ram_sorted(const struct ram *ram)
{
	u64 end = 0;
	u32 i;

	for (i = 0; i < ram->nr; i++) {
		if (ram->v[i].start_pfn < end ||
		    ram->v[i].end_pfn <= ram->v[i].start_pfn ||
		    ram->v[i].end_pfn > RMPP_MAX_PFN)
			return false;
		end = ram->v[i].end_pfn;
	}
	return ram->nr;
}

/* Is every page of the gap RAM, in one range or in ranges that touch? */
static bool gap_is_ram(const void *arg, u64 end_pfn, u64 start_pfn)
{
	const struct ram *ram = arg;
	u32 i = ram_ending_above(ram, end_pfn);

	if (i == ram->nr || ram->v[i].start_pfn > end_pfn)
		return false;
	while (ram->v[i].end_pfn < start_pfn) {
		if (i + 1 == ram->nr || ram->v[i + 1].start_pfn != ram->v[i].end_pfn)
			return false;
		i++;
	}
	return true;
}

/* A piece of RAM inside [*pfn, end): its bounds; false if there is none. */
static bool next_piece(const struct ram *ram, u64 *pfn, u64 end, u64 *piece_end)
{
	u32 i = ram_ending_above(ram, *pfn);

	if (*pfn >= end || i == ram->nr || ram->v[i].start_pfn >= end)
		return false;
	if (ram->v[i].start_pfn > *pfn)
		*pfn = ram->v[i].start_pfn;
	while (i + 1 < ram->nr && ram->v[i + 1].start_pfn == ram->v[i].end_pfn)
		i++;
	*piece_end = ram->v[i].end_pfn < end ? ram->v[i].end_pfn : end;
	return true;
}

static u32 count_pieces(const struct ram *ram, const struct rmpp_extent *e, u64 *pages)
{
	u64 pfn = e->pfn, end = e->pfn + e->nr_pages, piece_end;
	u32 count = 0;

	for (; next_piece(ram, &pfn, end, &piece_end); pfn = piece_end) {
		*pages += piece_end - pfn;
		count++;
	}
	return count;
}

/*
 * Keep only what is RAM. Extents without a piece of it go first; after that each
 * yields one or more, so that writing from the end never overtakes reading.
 */
static int clip(struct rmpp_extents *x, const struct ram *ram)
{
	u64 total = 0, pages = 0, pfn, end;
	u32 i, count, nr = 0, out;

	for (i = 0; i < x->nr; i++)
		total += count_pieces(ram, &x->v[i], &pages);
	if (total > x->max)
		return -CHAIN_ERR_SPACE;
	for (i = 0; i < x->nr; i++)
		if (count_pieces(ram, &x->v[i], &pages))
			x->v[nr++] = x->v[i];

	for (out = (u32)total; nr--; ) {
		struct rmpp_extent e = x->v[nr];

		count = count_pieces(ram, &e, &pages);
		out -= count;
		pfn = e.pfn;
		for (i = out; next_piece(ram, &pfn, e.pfn + e.nr_pages, &end); i++) {
			x->v[i] = e;
			x->v[i].pfn = pfn;
			x->v[i].nr_pages = end - pfn;
			pfn = end;
		}
	}
	x->nr = (u32)total;
	return 0;
}

/**
 * chain_prepare_extents() - make a set of pages fit to be a chain
 * @x:         in: pages that no next kernel may touch. out: the same and more,
 *             rounded out to 2 MiB, clipped to RAM, at most @max_nodes extents.
 *             Its array needs room for x->nr + @nr_ram extents
 * @ram:       System RAM as the next kernel will see it
 * @nr_ram:    ranges
 * @max_nodes: at most CHAIN_NODES_MAX
 * @waste:     set to the pages kept out though nobody asked for them
 *
 * Rounding, because one assigned page poisons its 2 MiB block for writes through
 * large mappings. Clipping, because only RAM is ever handed out. Bounding closes
 * the smallest gaps, never across an end of RAM, which is the least waste.
 *
 * Up to 6.14 an INDIRECT target becomes E820_TYPE_RESERVED_KERN, which is not
 * counted by e820_end_pfn() (e820__end_ram_pfn() in 6.12) in arch/x86/kernel/e820.c:
 * a target that holds the topmost page of RAM lowers max_pfn below memory that
 * memblock still has, and free_area_init() oopses. (The type went in 6.15, with
 * efe659ac0146; which kernel comes next is not known here.) Leaving out just that
 * page is no way out while its block holds an assigned page, so then the caller must
 * not jump. (The same function finds the last page below 4 GiB, but max_low_pfn is
 * raised to max_pfn in init_mem_mapping() before anything depends on it: no rule
 * follows.)
 *
 * Return: 0, -CHAIN_ERR_ARGUMENT, -CHAIN_ERR_LOW or -CHAIN_ERR_TOP with @x as it was, or
 * -CHAIN_ERR_SPACE; @x then has grown, but covers all it did.
 */
int chain_prepare_extents(struct rmpp_extents *x, const struct chain_ram *ram,
			  u32 nr_ram, u32 max_nodes, s64 *waste)
{
	struct ram r = { .v = ram, .nr = nr_ram };
	u64 asked = 0, top_block;
	u32 i;
	int ret;

	if (!ram_sorted(&r) || max_nodes > CHAIN_NODES_MAX)
		return -CHAIN_ERR_ARGUMENT;
	/* reserve_real_mode() needs room for the trampoline below 1 MiB */
	if (rmpp_extents_overlap(x, 0, RMPP_PAGES_PER_2M))
		return -CHAIN_ERR_LOW;
	top_block = (ram[nr_ram - 1].end_pfn - 1) & ~(RMPP_PAGES_PER_2M - 1);
	if (rmpp_extents_overlap(x, top_block, RMPP_PAGES_PER_2M))
		return -CHAIN_ERR_TOP;

	for (i = 0; i < x->nr; i++)
		count_pieces(&r, &x->v[i], &asked);
	rmpp_extents_round_2m(x);
	ret = clip(x, &r);
	if (ret)
		return ret;
	if (rmpp_extents_bound_if(x, max_nodes, gap_is_ram, &r) < 0)
		return -CHAIN_ERR_SPACE;
	*waste = (s64)(rmpp_extents_pages(x) - asked);
	return 0;
}

static bool target_ok(u64 pfn, u64 nr_pages, u64 end_before)
{
	return nr_pages && pfn < RMPP_MAX_PFN && nr_pages <= RMPP_MAX_PFN - pfn &&
	       (!end_before || pfn > end_before);
}

/**
 * chain_build() - write the chain into the head of the region
 * @buf:       the region, 8-byte aligned; CHAIN_BLOB_OFFSET bytes are written
 * @buf_pa:    its physical address, page aligned
 * @size:      its bytes
 * @next_pa:   what the last node links to, usually 0
 * @first_len: bytes that node 0 claims behind its own 16; the blob included
 * @x:         targets, as chain_prepare_extents() leaves them
 * @used:      set to the bytes that the nodes take; may be NULL
 *
 * Return: 0; -CHAIN_ERR_ARGUMENT, -CHAIN_ERR_TRUNCATED, -CHAIN_ERR_SPACE or
 * -CHAIN_ERR_RANGE with nothing written.
 */
int chain_build(void *buf, u64 buf_pa, u32 size, u64 next_pa, u32 first_len,
		const struct rmpp_extents *x, u32 *used)
{
	struct chain_node *first = buf;
	struct chain_indirect *node = (struct chain_indirect *)(first + 1);
	u64 end = 0;
	u32 i;

	if ((uintptr_t)buf % RMPP_ALIGN || buf_pa % RMPP_PAGE_SIZE ||
	    next_pa - buf_pa < size || first_len < CHAIN_BLOB_OFFSET - sizeof(*first))
		return -CHAIN_ERR_ARGUMENT;
	if (size < sizeof(*first) || first_len > size - sizeof(*first))
		return -CHAIN_ERR_TRUNCATED;
	if (x->nr > CHAIN_NODES_MAX)
		return -CHAIN_ERR_SPACE;
	for (i = 0; i < x->nr; i++) {
		if (!target_ok(x->v[i].pfn, x->v[i].nr_pages, end))
			return -CHAIN_ERR_RANGE;
		end = x->v[i].pfn + x->v[i].nr_pages;
	}

	memset(buf, 0, CHAIN_BLOB_OFFSET);
	for (i = 0; i < x->nr; i++) {
		node[i].node.next = cpu_to_le64(i + 1 < x->nr ? NODE_PA(buf_pa, i + 1) :
						next_pa);
		node[i].node.type = cpu_to_le32(CHAIN_INDIRECT);
		node[i].node.len = cpu_to_le32(sizeof(node[i]) - sizeof(node[i].node));
		node[i].type = cpu_to_le32(CHAIN_INDIRECT_TYPE);
		node[i].len = cpu_to_le64(x->v[i].nr_pages << RMPP_PAGE_SHIFT);
		node[i].addr = cpu_to_le64(x->v[i].pfn << RMPP_PAGE_SHIFT);
	}
	first->next = cpu_to_le64(x->nr ? NODE_PA(buf_pa, 0) : next_pa);
	first->type = cpu_to_le32(CHAIN_TYPE);
	first->len = cpu_to_le32(first_len);
	if (used)
		*used = (u32)NODE_PA(0, x->nr);
	return 0;
}

/**
 * chain_region_size() - read the region's size from its first bytes
 * @buf:         hostile, 8-byte aligned
 * @size:        bytes of @buf; 16 will do
 * @region_size: set to bytes, at least CHAIN_BLOB_OFFSET; may be more than @size
 *
 * For a next kernel that has to know how much to map before it can check.
 *
 * Return: 0, -CHAIN_ERR_ARGUMENT, -CHAIN_ERR_TRUNCATED or -CHAIN_ERR_TYPE.
 */
int chain_region_size(const void *buf, u64 size, u64 *region_size)
{
	const struct chain_node *first = buf;
	u64 found;

	if (!buf || (uintptr_t)buf % RMPP_ALIGN)
		return -CHAIN_ERR_ARGUMENT;
	if (size < sizeof(*first))
		return -CHAIN_ERR_TRUNCATED;
	if (le32_to_cpu(first->type) != CHAIN_TYPE)
		return -CHAIN_ERR_TYPE;
	found = sizeof(*first) + (u64)le32_to_cpu(first->len);
	if (found < CHAIN_BLOB_OFFSET)
		return -CHAIN_ERR_TRUNCATED;
	*region_size = found;
	return 0;
}

static int check_node(const struct chain_indirect *node, u64 end_before)
{
	u64 addr = le64_to_cpu(node->addr), len = le64_to_cpu(node->len);

	if (le32_to_cpu(node->node.type) != CHAIN_INDIRECT ||
	    le32_to_cpu(node->node.len) != sizeof(*node) - sizeof(node->node) ||
	    le32_to_cpu(node->type) != CHAIN_INDIRECT_TYPE || node->reserved)
		return -CHAIN_ERR_TYPE;
	if (addr % RMPP_PAGE_SIZE || len % RMPP_PAGE_SIZE ||
	    !target_ok(addr >> RMPP_PAGE_SHIFT, len >> RMPP_PAGE_SHIFT, end_before))
		return -CHAIN_ERR_RANGE;
	return 0;
}

/**
 * chain_check() - read a chain that a previous kernel left
 * @buf:    hostile, 8-byte aligned
 * @size:   bytes of @buf, at least what chain_region_size() says
 * @buf_pa: where it lies, page aligned; links are checked against it
 * @x:      set to the targets, reason RMPP_REASON_INHERITED. On success only
 *
 * Nodes are accepted only where chain_build() puts them, so a walk ends after
 * CHAIN_NODES_MAX steps whatever the links say. A link out of the region is the
 * end: what follows is not ours.
 *
 * Return: 0 or the negative of an enum chain_error.
 */
int chain_check(const void *buf, u64 size, u64 buf_pa, struct rmpp_extents *x)
{
	const struct chain_node *first = buf;
	const struct chain_indirect *node = (const struct chain_indirect *)(first + 1);
	u64 region_size, next, end = 0;
	u32 nr, i;
	int ret;

	ret = chain_region_size(buf, size, &region_size);
	if (ret)
		return ret;
	if (buf_pa % RMPP_PAGE_SIZE)
		return -CHAIN_ERR_ARGUMENT;
	if (region_size > size)
		return -CHAIN_ERR_TRUNCATED;

	next = le64_to_cpu(first->next);
	for (nr = 0; next - buf_pa < region_size; nr++) {
		if (nr == CHAIN_NODES_MAX || next != NODE_PA(buf_pa, nr))
			return -CHAIN_ERR_NEXT;
		ret = check_node(&node[nr], end);
		if (ret)
			return ret;
		end = (le64_to_cpu(node[nr].addr) + le64_to_cpu(node[nr].len)) >>
		      RMPP_PAGE_SHIFT;
		next = le64_to_cpu(node[nr].node.next);
	}
	if (nr > x->max)
		return -CHAIN_ERR_SPACE;

	for (i = 0; i < nr; i++)
		x->v[i] = (struct rmpp_extent) {
			.pfn = le64_to_cpu(node[i].addr) >> RMPP_PAGE_SHIFT,
			.nr_pages = le64_to_cpu(node[i].len) >> RMPP_PAGE_SHIFT,
			.reason = RMPP_REASON_INHERITED,
		};
	x->nr = nr;
	return 0;
}
