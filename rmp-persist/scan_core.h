/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scan itself, inlined into each of its users so that what they do with a
 * run costs no indirect call (a retpoline per run in the kernel).
 *
 * A run is recognised by a masked pattern of the low word. Four entries, one
 * cache line, are tested a step; only where one differs is anything decoded.
 */
#ifndef RMP_PERSIST_SCAN_CORE_H
#define RMP_PERSIST_SCAN_CORE_H

#include <rmp_persist/rmp_persist.h>
#include "entry_bits.h"

struct rmpp_scanner {
	u64 mask, pattern;	/* an entry belongs if !((lo ^ pattern) & mask) */
	struct rmpp_run run;	/* the current one; nr_pages is set when it ends */
	u64 nr_pages[RMPP_PAGE_STATE_MAX + 1];
};

/* The 16 states of assigned, immutable, vmsa and validated, bits 0 to 3. */
#define STATES(gpa, asid) {						\
	RMPP_STATE_OF(0, 0, 0, 0, asid, gpa), RMPP_STATE_OF(1, 0, 0, 0, asid, gpa), \
	RMPP_STATE_OF(0, 1, 0, 0, asid, gpa), RMPP_STATE_OF(1, 1, 0, 0, asid, gpa), \
	RMPP_STATE_OF(0, 0, 0, 1, asid, gpa), RMPP_STATE_OF(1, 0, 0, 1, asid, gpa), \
	RMPP_STATE_OF(0, 1, 0, 1, asid, gpa), RMPP_STATE_OF(1, 1, 0, 1, asid, gpa), \
	RMPP_STATE_OF(0, 0, 1, 0, asid, gpa), RMPP_STATE_OF(1, 0, 1, 0, asid, gpa), \
	RMPP_STATE_OF(0, 1, 1, 0, asid, gpa), RMPP_STATE_OF(1, 1, 1, 0, asid, gpa), \
	RMPP_STATE_OF(0, 0, 1, 1, asid, gpa), RMPP_STATE_OF(1, 0, 1, 1, asid, gpa), \
	RMPP_STATE_OF(0, 1, 1, 1, asid, gpa), RMPP_STATE_OF(1, 1, 1, 1, asid, gpa) }

static const u8 scan_states[2][2][16] = {
	{ STATES(0, 0), STATES(0, 1) }, { STATES(1, 0), STATES(1, 1) },
};

static __always_inline u8 scan_state(u64 lo)
{
	return scan_states[!!(lo & RMP_LO_GPA)][!!(lo & RMP_LO_ASID)]
			  [(lo & 1) | ((lo >> 1) & 2) | ((lo >> 59) & 0xc)];
}

/*
 * Which bits tell a run. The GPA differs from page to page of a guest; of pages
 * without an ASID it tells Firmware from Metadata, so there it counts.
 */
static __always_inline u64 scan_mask(u64 lo)
{
	const u64 unassigned = RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE;
	const u64 guest = unassigned | RMP_LO_ASID | RMP_LO_VMSA | RMP_LO_VALIDATED;

	if (!(lo & RMP_LO_ASSIGNED))
		return unassigned;
	return lo & RMP_LO_ASID ? guest : guest | RMP_LO_GPA;
}

#define SCAN_2M		(RMP_LO_ASSIGNED | RMP_LO_2M)

static __always_inline u64 scan_read(const struct rmpp_raw_entry *e)
{
	return le64_to_cpu(READ_ONCE(e->lo));
}

static __always_inline int scan_end(struct rmpp_scanner *s, u64 pfn,
				    rmpp_run_fn emit, void *arg)
{
	s->run.nr_pages = pfn - s->run.pfn;
	s->nr_pages[s->run.state] += s->run.nr_pages;
	if (s->run.state == RMPP_PAGE_HYPERVISOR || !s->run.nr_pages)
		return 0;
	return emit(arg, &s->run);
}

/* The entry of pfn differs from the pattern: another run, or only other bits. */
static __always_inline int scan_turn(struct rmpp_scanner *s, u64 pfn, u64 lo,
				     u8 flags, rmpp_run_fn emit, void *arg)
{
	const u8 state = scan_state(lo);
	u32 asid = 0;
	int ret;

	if (lo & RMP_LO_ASSIGNED) {
		asid = (u32)((lo & RMP_LO_ASID) >> RMP_LO_ASID_SHIFT);
		if ((lo & RMP_LO_VMSA) && asid)
			flags |= RMPP_RUN_VMSA;
	}
	s->pattern = lo;
	s->mask = scan_mask(lo);
	if (state == s->run.state && asid == s->run.asid && flags == s->run.flags)
		return 0;

	ret = scan_end(s, pfn, emit, arg);
	s->run.pfn = pfn;
	s->run.asid = asid;
	s->run.state = state;
	s->run.flags = flags;
	return ret;
}

static __always_inline bool scan_differs(const struct rmpp_scanner *s, u64 lo)
{
	return (lo ^ s->pattern) & s->mask;
}

/* A 2 MiB block whose head, already read as lo, is no 2 MiB entry. */
static __always_inline int scan_block(struct rmpp_scanner *s, u64 pfn, u64 lo,
				      const struct rmpp_raw_entry *e, u64 n,
				      rmpp_run_fn emit, void *arg)
{
	u64 i = 0, v[4];
	unsigned int k;
	int ret;

	/* a pattern of 4 KiB entries says nothing about a run of 2 MiB ones */
	if (s->run.flags & RMPP_RUN_2M) {
		ret = scan_turn(s, pfn, lo, 0, emit, arg);
		if (ret)
			return ret;
	}
	for (; i + 4 <= n; i += 4) {
		v[0] = i ? scan_read(&e[i]) : lo;
		v[1] = scan_read(&e[i + 1]);
		v[2] = scan_read(&e[i + 2]);
		v[3] = scan_read(&e[i + 3]);
		if (likely(!(((v[0] ^ s->pattern) | (v[1] ^ s->pattern) |
			      (v[2] ^ s->pattern) | (v[3] ^ s->pattern)) & s->mask)))
			continue;
		for (k = 0; k < 4; k++) {
			if (!scan_differs(s, v[k]))
				continue;
			ret = scan_turn(s, pfn + i + k, v[k], 0, emit, arg);
			if (ret)
				return ret;
		}
	}
	for (; i < n; i++) {
		v[0] = i ? scan_read(&e[i]) : lo;
		if (!scan_differs(s, v[0]))
			continue;
		ret = scan_turn(s, pfn + i, v[0], 0, emit, arg);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * The size of a page comes from the entry of its 2 MiB block's first page. If
 * that entry is assigned and 2 MiB, it speaks for the whole block: what the 511
 * below it hold is not looked at, so no leftover there can make a page of the
 * block look free. Otherwise each entry speaks for its own page.
 */
static __always_inline int scan_table(const struct rmpp_raw_entry *table,
				      u64 first_pfn, u64 nr_pages,
				      struct rmpp_scan_counts *counts,
				      rmpp_run_fn emit, void *arg)
{
	struct rmpp_scanner s = {
		.mask = RMP_LO_ASSIGNED | RMP_LO_IMMUTABLE,
		.run.pfn = first_pfn,
	};
	u64 at, n, lo;
	int ret = 0;
	u32 i;

	for (at = 0; at < nr_pages; at += n) {
		n = nr_pages - at < RMPP_PAGES_PER_2M ?
			nr_pages - at : RMPP_PAGES_PER_2M;
		lo = scan_read(&table[at]);
		if ((lo & SCAN_2M) != SCAN_2M)
			ret = scan_block(&s, first_pfn + at, lo, &table[at], n,
					 emit, arg);
		else if (!(s.run.flags & RMPP_RUN_2M) || scan_differs(&s, lo))
			ret = scan_turn(&s, first_pfn + at, lo, RMPP_RUN_2M,
					emit, arg);
		if (ret)
			return ret;
	}
	ret = scan_end(&s, first_pfn + nr_pages, emit, arg);
	if (ret || !counts)
		return ret;

	memset(counts, 0, sizeof(*counts));
	for (i = 0; i <= RMPP_PAGE_STATE_MAX; i++) {
		counts->nr_pages[i] = s.nr_pages[i];
		if (i > RMPP_PAGE_HV_FIXED)
			counts->nr_assigned += s.nr_pages[i];
	}
	counts->nr_immutable = s.nr_pages[RMPP_PAGE_FIRMWARE] +
			       s.nr_pages[RMPP_PAGE_CONTEXT] +
			       s.nr_pages[RMPP_PAGE_METADATA] +
			       s.nr_pages[RMPP_PAGE_PRE_GUEST] +
			       s.nr_pages[RMPP_PAGE_PRE_SWAP];
	return 0;
}

static inline bool scan_arguments_ok(const struct rmpp_raw_entry *table,
				     u64 first_pfn, u64 nr_pages)
{
	return (table || !nr_pages) && !(first_pfn % RMPP_PAGES_PER_2M) &&
	       first_pfn <= RMPP_MAX_PFN && nr_pages <= RMPP_MAX_PFN - first_pfn;
}

#endif /* RMP_PERSIST_SCAN_CORE_H */
