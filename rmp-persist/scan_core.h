/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scan itself, inlined into each of its users so that what they do with a
 * run costs no indirect call (a retpoline per run in the kernel).
 *
 * Speed: 64 entries at a time. Where nothing has changed lately, they are only
 * compared with the last one. Else each is compared with its left neighbour,
 * without a branch, into a bitmap of changes, and only where a bit is set is
 * anything decoded: a branch an entry or a line would be mispredicted for each
 * run of a fragmented host. Where only whole blocks are of interest, pages are
 * just counted. Hardware prefetchers stop at each 4 KiB, so the lines ahead are asked
 * for.
 */
#ifndef RMP_PERSIST_SCAN_CORE_H
#define RMP_PERSIST_SCAN_CORE_H

#include <rmp_persist/rmp_persist.h>
#include "entry_bits.h"

#define SCAN_BATCH	64
/*
 * Entries to fetch ahead, each where it measured best. Where nothing but loads stands
 * in the way, a short distance is worse than none: it disturbs the hardware's own.
 */
#define SCAN_AHEAD	128
#define SCAN_AHEAD_SAME	1024
#define SCAN_AHEAD_BLOCK	1024
#define SCAN_2M		(RMP_LO_ASSIGNED | RMP_LO_2M)

/* What tells one run from the next; for unassigned pages the first two do. */
#define SCAN_BITS	(RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE | RMP_LO_ASID | \
			 RMP_LO_VMSA | RMP_LO_VALIDATED)
#define SCAN_BITS_UNASSIGNED	(RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE)

/*
 * The key of a run: SCAN_BITS of its entries; RMP_LO_2M if they are heads; and
 * this one if they have no ASID, but a GPA, which tells Metadata from Firmware.
 */
#define SCAN_KEY_GPA	(1ULL << 12)
#define SCAN_KEY_NONE	(~0ULL)
#define SCAN_KEY_MIXED	(~1ULL)	/* given to emit only */

struct rmpp_scanner {
	u64 pfn, key;		/* of the current run */
	u64 last;		/* low word of the page before */
	bool busy;		/* runs ended in the batch before */
	u64 nr_pages[RMPP_PAGE_STATE_MAX + 1];
};

#define STATES(asid, gpa) {						\
	RMPP_STATE_OF(0, 0, 0, 0, asid, gpa), RMPP_STATE_OF(1, 0, 0, 0, asid, gpa), \
	RMPP_STATE_OF(0, 1, 0, 0, asid, gpa), RMPP_STATE_OF(1, 1, 0, 0, asid, gpa), \
	RMPP_STATE_OF(0, 0, 0, 1, asid, gpa), RMPP_STATE_OF(1, 0, 0, 1, asid, gpa), \
	RMPP_STATE_OF(0, 1, 0, 1, asid, gpa), RMPP_STATE_OF(1, 1, 0, 1, asid, gpa), \
	RMPP_STATE_OF(0, 0, 1, 0, asid, gpa), RMPP_STATE_OF(1, 0, 1, 0, asid, gpa), \
	RMPP_STATE_OF(0, 1, 1, 0, asid, gpa), RMPP_STATE_OF(1, 1, 1, 0, asid, gpa), \
	RMPP_STATE_OF(0, 0, 1, 1, asid, gpa), RMPP_STATE_OF(1, 0, 1, 1, asid, gpa), \
	RMPP_STATE_OF(0, 1, 1, 1, asid, gpa), RMPP_STATE_OF(1, 1, 1, 1, asid, gpa) }

/* [asid][gpa][assigned | immutable << 1 | vmsa << 2 | validated << 3] */
static const u8 scan_states[2][2][16] = {
	{ STATES(0, 0), STATES(0, 1) }, { STATES(1, 0), STATES(1, 1) },
};

static __always_inline u8 scan_state(u64 key)
{
	return scan_states[!!(key & RMP_LO_ASID)][!!(key & SCAN_KEY_GPA)]
			  [(key & 1) | ((key >> 1) & 2) | ((key >> 59) & 0xc)];
}

/* Without an ASID the GPA counts, and SCAN_BITS alone do not tell runs apart. */
static __always_inline bool scan_gpa_counts(u64 lo)
{
	return (lo & (RMP_LO_ASSIGNED | RMP_LO_ASID)) == RMP_LO_ASSIGNED;
}

/* The key of an entry whose GPA does not count. */
static __always_inline u64 scan_key(u64 lo)
{
	return lo & (SCAN_BITS_UNASSIGNED | (SCAN_BITS & -(lo & RMP_LO_ASSIGNED)));
}

static __always_inline u64 scan_any_key(u64 lo)
{
	if (!scan_gpa_counts(lo))
		return scan_key(lo);
	/* only what the state depends on: equal neighbours have equal keys */
	if (!(lo & RMP_LO_IMMUTABLE))
		return lo & (RMP_LO_ASSIGNED | RMP_LO_VALIDATED);
	if (lo & RMP_LO_VMSA)
		return RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE | RMP_LO_VMSA;
	return RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE | (lo & RMP_LO_GPA ? SCAN_KEY_GPA : 0);
}

static __always_inline u64 scan_read(const struct rmpp_raw_entry *e)
{
	return le64_to_cpu(READ_ONCE(e->lo));
}

static __always_inline void scan_run(struct rmpp_run *run, u64 pfn, u64 nr_pages, u64 key)
{
	run->pfn = pfn;
	run->nr_pages = nr_pages;
	run->asid = (u32)((key & RMP_LO_ASID) >> RMP_LO_ASID_SHIFT);
	run->state = scan_state(key);
	run->flags = (key & RMP_LO_2M ? RMPP_RUN_2M : 0) |
		     ((key & RMP_LO_VMSA) && run->asid ? RMPP_RUN_VMSA : 0);
}

/* Runs of pages that are the hypervisor's have the key 0; users drop them. */
typedef int (*scan_emit_fn)(void *arg, u64 pfn, u64 nr_pages, u64 key);

static __always_inline int scan_turn(struct rmpp_scanner *s, u64 pfn, u64 key,
				     scan_emit_fn emit, void *arg)
{
	const u64 run_pfn = s->pfn, run_key = s->key;

	if (key == run_key)
		return 0;
	s->pfn = pfn;
	s->key = key;
	s->nr_pages[scan_state(run_key)] += pfn - run_pfn;
	return emit(arg, run_pfn, pfn - run_pfn, run_key);
}

/* Entries one by one: after the last full batch, and where the GPA counts. */
static __always_inline int scan_slowly(struct rmpp_scanner *s, u64 pfn, const u64 *lo,
				       u32 n, scan_emit_fn emit, void *arg)
{
	u32 i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = scan_turn(s, pfn + i, scan_any_key(lo[i]), emit, arg);
		if (ret)
			return ret;
	}
	return 0;
}

/* Do all entries of a batch belong to the run of the page before? */
static __always_inline bool scan_same(const struct rmpp_raw_entry *e, u64 first, u64 last)
{
	u64 differ = first ^ last;
	u32 i;

	for (i = 0; i < SCAN_BATCH; i += 8) {
		__builtin_prefetch(&e[i + SCAN_AHEAD_SAME]);
		__builtin_prefetch(&e[i + SCAN_AHEAD_SAME + 4]);
		if (i)
			differ |= scan_read(&e[i]) ^ last;
		differ |= (scan_read(&e[i + 1]) ^ last) | (scan_read(&e[i + 2]) ^ last);
		differ |= (scan_read(&e[i + 3]) ^ last) | (scan_read(&e[i + 4]) ^ last);
		differ |= (scan_read(&e[i + 5]) ^ last) | (scan_read(&e[i + 6]) ^ last);
		differ |= scan_read(&e[i + 7]) ^ last;
	}
	return !(differ & SCAN_BITS) && !scan_gpa_counts(last);
}

/* The four entries of a line, the first already in lo[0]: a bit for each change. */
static __always_inline u64 scan_line(const struct rmpp_raw_entry *e, u64 *lo, u64 last)
{
	__builtin_prefetch(&e[SCAN_AHEAD]);
	lo[1] = scan_read(&e[1]);
	lo[2] = scan_read(&e[2]);
	lo[3] = scan_read(&e[3]);
	return (u64)!!((lo[0] ^ last) & SCAN_BITS) |
	       (u64)!!((lo[1] ^ lo[0]) & SCAN_BITS) << 1 |
	       (u64)!!((lo[2] ^ lo[1]) & SCAN_BITS) << 2 |
	       (u64)!!((lo[3] ^ lo[2]) & SCAN_BITS) << 3;
}

static __always_inline int scan_batch(struct rmpp_scanner *s, u64 pfn,
				      const struct rmpp_raw_entry *e, u64 first,
				      scan_emit_fn emit, void *arg)
{
	u64 lo[SCAN_BATCH], changes;
	u32 i, next;
	int ret;

	if (!s->busy && scan_same(e, first, s->last))
		return 0;

	lo[0] = first;
	changes = scan_line(e, lo, s->last);
	for (i = 4; i < SCAN_BATCH; i += 4) {
		lo[i] = scan_read(&e[i]);
		changes |= scan_line(&e[i], &lo[i], lo[i - 1]) << i;
	}
	if (unlikely(scan_gpa_counts(s->last)))
		changes |= 1;
	s->last = lo[SCAN_BATCH - 1];
	s->busy = changes;

	while (changes) {
		i = (u32)__builtin_ctzll(changes);
		changes &= changes - 1;
		if (unlikely(scan_gpa_counts(lo[i]))) {
			next = changes ? (u32)__builtin_ctzll(changes) : SCAN_BATCH;
			ret = scan_slowly(s, pfn + i, lo + i, next - i, emit, arg);
		} else {
			ret = scan_turn(s, pfn + i, scan_key(lo[i]), emit, arg);
		}
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Count a block without looking for runs, if all of it is Guest-Valid pages and the
 * hypervisor's: then Validated, bit 62, equals Assigned, bit 0, and the other 11
 * low bits are clear, so that the sum of all entries has the count in its low bits.
 */
#define TALLY_BITS	0xfffULL
#define TALLY_SHIFT	62

struct scan_tally {
	u64 sum;
	u64 other;		/* bits that do not fit in */
	u64 last;		/* low word */
};

static __always_inline void scan_tally_one(struct scan_tally *t, u64 lo)
{
	t->sum += lo;
	t->other |= lo ^ (lo >> TALLY_SHIFT);
}

static __always_inline struct scan_tally scan_tally(const struct rmpp_raw_entry *e, u64 first)
{
	struct scan_tally t = { .last = first };
	u32 i;

	for (i = 0; ; i += 4, t.last = scan_read(&e[i])) {
		__builtin_prefetch(&e[i + SCAN_AHEAD_BLOCK]);
		scan_tally_one(&t, t.last);
		scan_tally_one(&t, scan_read(&e[i + 1]));
		scan_tally_one(&t, scan_read(&e[i + 2]));
		t.last = scan_read(&e[i + 3]);
		scan_tally_one(&t, t.last);
		if (i == RMPP_PAGES_PER_2M - 4)
			return t;
	}
}

static __always_inline bool scan_differ(const struct rmpp_raw_entry *e, u64 first)
{
	u64 differ = 0;
	u32 i;

	for (i = 0; i < RMPP_PAGES_PER_2M; i += 4)
		differ |= (scan_read(&e[i]) ^ first) | (scan_read(&e[i + 1]) ^ first) |
			  (scan_read(&e[i + 2]) ^ first) | (scan_read(&e[i + 3]) ^ first);
	return differ & SCAN_BITS;
}

/* A block in sum; sets *done, unless it needs a closer look. */
static __always_inline int scan_sum(struct rmpp_scanner *s, u64 pfn, u64 first,
				    const struct rmpp_raw_entry *e, bool *done,
				    scan_emit_fn emit, void *arg)
{
	const struct scan_tally t = scan_tally(e, first);
	const u64 valid = t.sum & TALLY_BITS;
	int ret;

	if (t.other & TALLY_BITS)
		return 0;
	/* all the hypervisor's, or all of one guest: part of a run, not mixed */
	if (!valid || (valid == RMPP_PAGES_PER_2M && !scan_differ(e, first))) {
		s->busy = false;
		return 0;
	}
	*done = true;
	ret = s->pfn == pfn ? 0 : scan_turn(s, pfn, SCAN_KEY_NONE, emit, arg);
	if (!ret)
		ret = emit(arg, pfn, RMPP_PAGES_PER_2M, SCAN_KEY_MIXED);
	s->nr_pages[RMPP_PAGE_GUEST_VALID] += valid;
	s->nr_pages[RMPP_PAGE_HYPERVISOR] += RMPP_PAGES_PER_2M - valid;
	s->pfn = pfn + RMPP_PAGES_PER_2M;
	s->key = scan_any_key(t.last);
	s->last = t.last;
	return ret;
}

/* A 2 MiB block whose head, already read as lo, is no 2 MiB entry. */
static __always_inline int scan_block(struct rmpp_scanner *s, u64 pfn, u64 lo,
				      const struct rmpp_raw_entry *e, u64 n,
				      const bool *coarse, scan_emit_fn emit, void *arg)
{
	bool done = false;
	u64 at;
	int ret;

	/* of a run of 2 MiB entries nothing goes on here */
	if (s->key & RMP_LO_2M)
		s->last = ~lo;
	if (s->busy && coarse && *coarse && n == RMPP_PAGES_PER_2M) {
		ret = scan_sum(s, pfn, lo, e, &done, emit, arg);
		if (ret || done)
			return ret;
	}
	for (at = 0; at + SCAN_BATCH <= n; at += SCAN_BATCH) {
		ret = scan_batch(s, pfn + at, e + at, at ? scan_read(&e[at]) : lo,
				 emit, arg);
		if (ret)
			return ret;
	}
	for (; at < n; at++) {
		lo = at ? scan_read(&e[at]) : lo;
		ret = scan_slowly(s, pfn + at, &lo, 1, emit, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static __always_inline void scan_count(const struct rmpp_scanner *s,
				       struct rmpp_scan_counts *counts)
{
	u32 i;

	memset(counts, 0, sizeof(*counts));
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++) {
		counts->nr_pages[i] = s->nr_pages[i];
		if (i > RMPP_PAGE_HV_FIXED)
			counts->nr_assigned += s->nr_pages[i];
	}
	counts->nr_immutable = s->nr_pages[RMPP_PAGE_FIRMWARE] +
			       s->nr_pages[RMPP_PAGE_CONTEXT] +
			       s->nr_pages[RMPP_PAGE_METADATA] +
			       s->nr_pages[RMPP_PAGE_PRE_GUEST] +
			       s->nr_pages[RMPP_PAGE_PRE_SWAP];
}

/*
 * The size of a page comes from the entry of its 2 MiB block's first page. If
 * that entry is assigned and 2 MiB, it speaks for the whole block: what the 511
 * below it hold is not looked at, so no leftover there can make a page of the
 * block look free. Otherwise each entry speaks for its own page. *coarse, which emit
 * may set, says that of blocks with several runs SCAN_KEY_MIXED is all that is asked.
 */
static __always_inline int scan_table(const struct rmpp_raw_entry *table,
				      u64 first_pfn, u64 nr_pages,
				      struct rmpp_scan_counts *counts, const bool *coarse,
				      scan_emit_fn emit, void *arg)
{
	struct rmpp_scanner s = { .pfn = first_pfn };
	u64 at, n, lo;
	int ret = 0;

	for (at = 0; at < nr_pages; at += n) {
		n = nr_pages - at < RMPP_PAGES_PER_2M ?
			nr_pages - at : RMPP_PAGES_PER_2M;
		lo = scan_read(&table[at]);
		if ((lo & SCAN_2M) == SCAN_2M)
			ret = scan_turn(&s, first_pfn + at, scan_any_key(lo) | RMP_LO_2M,
					emit, arg);
		else
			ret = scan_block(&s, first_pfn + at, lo, &table[at], n,
					 coarse, emit, arg);
		if (ret)
			return ret;
	}
	ret = scan_turn(&s, first_pfn + nr_pages, SCAN_KEY_NONE, emit, arg);
	if (!ret && counts)
		scan_count(&s, counts);
	return ret;
}

static inline bool scan_arguments_ok(const struct rmpp_raw_entry *table,
				     u64 first_pfn, u64 nr_pages)
{
	return (table || !nr_pages) && !(first_pfn % RMPP_PAGES_PER_2M) &&
	       first_pfn <= RMPP_MAX_PFN && nr_pages <= RMPP_MAX_PFN - first_pfn;
}

#endif /* RMP_PERSIST_SCAN_CORE_H */
