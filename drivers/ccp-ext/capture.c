// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capture: stock of what must be kept out, from firmware, RMP and module, and of the RAM
 * around it. The buffers are allocated at load; from the reboot path they are only filled.
 */
#include "capture.h"

#include <linux/mm.h>

#include <chain.h>

/* what the small sections need at most, the rest is for runs */
#define SMALL_SECTIONS	SZ_256K

static struct rmpp_extent *assigned_v, *extents_v;
static struct rmpp_extents assigned;
/* region, zone and a page in each of KHO's scratch areas cut out */
static struct chain_ram ram[CCPX_MAX_RAM_RANGES + 2 + CCPX_KHO_MAX_AREAS];
static u32 nr_ram;		/* of the last capture */
static u64 ram_end_pfn;		/* where RAM ends for the next kernel; 0: where it does here */

int ccpx_capture_init(void)
{
	assigned_v = kvcalloc(CCPX_MAX_EXTENTS + CCPX_MAX_RAM_RANGES, sizeof(*assigned_v), GFP_KERNEL);
	extents_v = kvcalloc(CCPX_MAX_EXTENTS + CCPX_MAX_RAM_RANGES, sizeof(*extents_v), GFP_KERNEL);
	if (capture_blob_init() || !assigned_v || !extents_v) {
		ccpx_capture_exit();
		return -ENOMEM;
	}
	rmpp_extents_init(&assigned, assigned_v, CCPX_MAX_EXTENTS + CCPX_MAX_RAM_RANGES);
	return 0;
}

void ccpx_capture_exit(void)
{
	capture_blob_exit();
	kvfree(assigned_v);
	kvfree(extents_v);
	assigned_v = extents_v = NULL;
}

/* Assigned pages of the last capture, rounded out to 2 MiB. */
const struct rmpp_extents *ccpx_capture_assigned(void)
{
	return &assigned;
}

static bool state_is_assigned(u8 state)
{
	return state != RMPP_PAGE_HYPERVISOR && state != RMPP_PAGE_HV_FIXED;
}

/* Whole blocks: there are far fewer of them than of runs, and they merge at once. */
static void add_blocks(struct rmpp_extents *x, u64 pfn, u64 nr_pages)
{
	u64 end = ALIGN(pfn + nr_pages, RMPP_PAGES_PER_2M);

	pfn = ALIGN_DOWN(pfn, RMPP_PAGES_PER_2M);
	rmpp_extents_add(x, pfn, end - pfn, RMPP_REASON_ASSIGNED);
}

/* The runs that were just written are the cheapest second look at the table. */
static void extents_from_runs(const struct rmpp_writer *w, struct rmpp_extents *x)
{
	const struct rmpp_header_ser *h = (const void *)w->buf;
	const struct rmpp_section_ser *s = (const void *)(h + 1);
	const struct rmpp_run_ser *run;
	u64 n;

	s += w->nr_sections - 1;
	run = (const void *)w->buf + le64_to_cpu(s->offset);
	for (n = le64_to_cpu(s->size) / sizeof(*run); n; n--, run++)
		if (state_is_assigned(run->state))
			add_blocks(x, le64_to_cpu(run->pfn), le32_to_cpu(run->nr_pages));
}

static int capture_runs(struct rmpp_writer *w, const struct ccpx_rmp *rmp,
			struct ccpx_capture *c, u32 *flags)
{
	struct rmpp_scan_counts counts;
	u64 room = (w->size - SMALL_SECTIONS - ccpx_records_room()) / sizeof(struct rmpp_run_ser);
	bool coarse;
	int rc;

	rc = ccpx_rmp_runs(rmp, w, room, &counts, &coarse);
	if (rc)
		return rc;
	*flags |= RMPP_PLATFORM_RMP_READ | (coarse ? RMPP_PLATFORM_RUNS_COARSE : 0);
	extents_from_runs(w, &c->extents);
	c->nr_assigned = counts.nr_assigned;
	c->nr_immutable = counts.nr_immutable;
	return 0;
}

/* Merging may close gaps of RAM, but never over what the module itself needs. */
static u32 punch(u32 nr, u64 pa, u64 size)
{
	return chain_punch(ram, nr, pa >> PAGE_SHIFT, (pa + size) >> PAGE_SHIFT);
}

/*
 * ... nor over the only memory that a KHO kernel starts in, unless it is hit already. No gap
 * is closed that has a hole, and one in the middle leaves RAM's ends where they are.
 */
static u32 punch_scratch(u32 nr, const struct rmpp_extents *x)
{
	const struct ccpx_kho_area *area;
	u32 i, nr_areas;

	area = ccpx_kho_areas(&nr_areas);
	for (i = 0; i < nr_areas; i++)
		if (!rmpp_extents_overlap(x, area[i].pa >> PAGE_SHIFT, area[i].size >> PAGE_SHIFT))
			nr = punch(nr, PAGE_ALIGN(area[i].pa + area[i].size / 2), PAGE_SIZE);
	return nr;
}

/* Only for tests: one page in the topmost block, and all of the blocks below that are asked for. */
static void assume_top(struct rmpp_extents *x, const struct chain_ram *top)
{
	u64 nr = min((ccpx_params.assume_top - 1) * RMPP_PAGES_PER_2M + 1, top->end_pfn - top->start_pfn);

	rmpp_extents_add(x, top->end_pfn - nr, nr, RMPP_REASON_ASSIGNED);
}

static void collect_extents(struct ccpx_capture *c, const struct ccpx_quiesce *q)
{
	const struct rmpp_extents *held = &ccpx_restore.held;
	struct ccpx_watch_state w;
	u32 i;

	nr_ram = ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES);
	if (ccpx_params.assume_top && nr_ram)
		assume_top(&c->extents, &ram[nr_ram - 1]);
	ccpx_watch_get(&w);
	if (w.tmr_pa && (q ? q->tmr_locked : w.sev_state != RMPP_SEV_UNINIT))
		rmpp_extents_add(&c->extents, w.tmr_pa >> PAGE_SHIFT, w.tmr_size >> PAGE_SHIFT,
				 RMPP_REASON_TMR);
	for (i = 0; i < held->nr; i++)
		rmpp_extents_add(&c->extents, held->v[i].pfn, held->v[i].nr_pages,
				 held->v[i].reason);

	/* only the way out asks: a running host's IOMMUs and commands are its own */
	if (q && ccpx_park_needed(q))
		c->park_err = ccpx_park_extents(&c->extents);
	if (q)
		c->in_flight = ccpx_in_flight(&c->extents);

	memcpy(assigned.v, c->extents.v, c->extents.nr * sizeof(*assigned.v));
	assigned.nr = c->extents.nr;
	rmpp_extents_round_2m(&assigned);

	if (nr_ram && ram_end_pfn)
		ram[nr_ram - 1].end_pfn = ram_end_pfn;
	if (nr_ram) {
		nr_ram = punch(nr_ram, ccpx_memory.region_pa, ccpx_memory.region_size);
		nr_ram = punch(nr_ram, ccpx_memory.zone_pa, ccpx_memory.zone_size);
		nr_ram = punch_scratch(nr_ram, &assigned);
	}
	c->chain_err = chain_prepare_extents(&c->extents, ram, nr_ram, CHAIN_NODES_MAX, &c->waste);
}

/**
 * ccpx_capture() - take stock of everything that matters to the next kernel
 * @c: filled
 * @q: the quiesce that led here, NULL for a look at the running host
 * @guests: guests of before the quiesce with their fates; with @q only
 * @nr_guests: entries in @guests
 *
 * The set of pages is complete even where the blob is not: what matters for
 * safety is in c->extents, whatever becomes of the sections. On the way out only
 * the reboot path may: what it found must stay as it is until the jump.
 *
 * Context: process, ccpx_lock held. Return: 0 or -errno (-EIO: the RMP is
 * enforced and cannot be read; -EBUSY: on the way out).
 */
int ccpx_capture(struct ccpx_capture *c, struct ccpx_quiesce *q,
		 const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	struct rmpp_step_ser *step = q ? ccpx_step_begin(q, RMPP_STEP_SCAN) : NULL;
	struct rmpp_writer w;
	struct ccpx_rmp rmp;
	u32 flags = 0;
	int rc;

	if (!q && ccpx_leaving)
		return -EBUSY;
	memset(c, 0, sizeof(*c));
	rmpp_extents_init(&c->extents, extents_v, CCPX_MAX_EXTENTS + CCPX_MAX_RAM_RANGES);
	rc = capture_begin(&w, q, guests, nr_guests);
	c->rmp_unreadable = ccpx_rmp_open(&rmp) && ccpx_rmp_enforced(&rmp);
	if (!rc && rmp.readable && ccpx_rmp_enforced(&rmp))
		rc = capture_runs(&w, &rmp, c, &flags);
	if (rc)
		c->rmp_unreadable = true;
	collect_extents(c, q);
	if (step) {
		step->count = cpu_to_le32(min_t(u64, c->nr_assigned, U32_MAX));
		ccpx_step_end(q, step, c->rmp_unreadable ? -EIO : c->chain_err ? -ENOSPC : 0, 0);
	}
	capture_finish(&w, c, rc ?: capture_write_rest(&w, &rmp, c, q, guests, nr_guests, flags));
	ccpx_rmp_close(&rmp);
	return c->rmp_unreadable ? -EIO : 0;
}

/**
 * ccpx_capture_grown() - is there a block with assigned pages that the last capture lacks?
 * @rmp: the table, mapped
 *
 * Blocks that were known are not read: what has become free there is kept out all
 * the same.
 *
 * Context: any. Return: pfn of the first one, or U64_MAX.
 */
u64 ccpx_capture_grown(const struct ccpx_rmp *rmp)
{
	u64 pfn = 0, end, found;
	u32 i;

	if (ccpx_params.assume_late)
		return ccpx_params.assume_late >> PAGE_SHIFT;
	for (i = 0; i <= assigned.nr; i++) {
		end = i < assigned.nr ? min(assigned.v[i].pfn, rmp->nr_pages) : rmp->nr_pages;
		if (pfn < end) {
			found = ccpx_rmp_scan_block(rmp, pfn, end);
			if (found < end)
				return found;
		}
		if (i < assigned.nr)
			pfn = assigned.v[i].pfn + assigned.v[i].nr_pages;
	}
	return U64_MAX;
}

/**
 * ccpx_capture_in_flight() - is a firmware command under way that the last capture has not seen?
 * @more: set to whether it uses pages that are not kept out
 *
 * Context: as ccpx_in_flight(). Return: as ccpx_in_flight().
 */
const char *ccpx_capture_in_flight(bool *more)
{
	struct rmpp_extent v[4];
	struct rmpp_extents x;
	const char *why;
	u32 i;

	rmpp_extents_init(&x, v, ARRAY_SIZE(v));
	why = ccpx_in_flight(&x);
	*more = false;
	for (i = 0; i < x.nr; i++)
		*more |= !rmpp_extents_find(&assigned, x.v[i].pfn) ||
			 !rmpp_extents_find(&assigned, x.v[i].pfn + x.v[i].nr_pages - 1);
	return why;
}

/**
 * ccpx_capture_again() - take in what has become assigned since the last capture
 * @c: that capture; its extents grow
 * @q: its quiesce
 * @guests: as it was given
 * @nr_guests: as it was given
 * @rmp: the table, mapped
 *
 * What is not in the RMP is taken over from the last capture, RAM included: this
 * neither sleeps nor allocates.
 *
 * Context: one CPU left, nobody holds ccpx_watch's lock. Return: 0 or -EIO.
 */
int ccpx_capture_again(struct ccpx_capture *c, struct ccpx_quiesce *q,
		       const struct rmpp_guest_ser *guests, u32 nr_guests,
		       const struct ccpx_rmp *rmp)
{
	struct rmpp_writer w;
	u32 flags = 0;
	int rc;

	rc = capture_begin(&w, q, guests, nr_guests);
	rc = rc ?: capture_runs(&w, rmp, c, &flags);
	if (rc) {
		c->rmp_unreadable = true;
		return -EIO;
	}
	extents_from_runs(&w, &assigned);
	if (ccpx_params.assume_late) {
		add_blocks(&assigned, ccpx_params.assume_late >> PAGE_SHIFT, 1);
		add_blocks(&c->extents, ccpx_params.assume_late >> PAGE_SHIFT, 1);
	}
	c->in_flight = ccpx_in_flight(&c->extents);
	ccpx_in_flight(&assigned);
	c->chain_err = chain_prepare_extents(&c->extents, ram, nr_ram, CHAIN_NODES_MAX, &c->waste);
	capture_finish(&w, c, capture_write_rest(&w, rmp, c, q, guests, nr_guests, flags));
	return 0;
}

/* Below the first block that has no assigned page, or the end would be where the same trouble is. */
static u64 top_to_cut(void)
{
	const struct chain_ram *top = &ram[nr_ram - 1];
	u64 pfn = ALIGN_DOWN(top->end_pfn - 1, RMPP_PAGES_PER_2M);

	while (pfn >= top->start_pfn + RMPP_PAGES_PER_2M && rmpp_extents_find(&assigned, pfn - 1))
		pfn -= RMPP_PAGES_PER_2M;
	return pfn;
}

/**
 * ccpx_capture_can_cut_top() - would cutting the top of RAM cost no more than cut_max_mb?
 *
 * What earlier jumps cost, and did not get back, counts.
 *
 * Context: any, after a capture that found RAM. Return: true if so.
 */
bool ccpx_capture_can_cut_top(void)
{
	u64 end = ram[nr_ram - 1].end_pfn, max = (u64)ccpx_params.cut_max_mb << (20 - PAGE_SHIFT);
	u64 cut = ccpx_top_pages(end);

	return cut <= max && end - top_to_cut() <= max - cut;
}

/**
 * ccpx_capture_guest_at_top() - is a page of the block in which RAM ends a guest's?
 *
 * Context: process, ccpx_lock held, after a capture that found RAM. Return: true if so, or if nobody can tell.
 */
bool ccpx_capture_guest_at_top(void)
{
	u64 end = ram[nr_ram - 1].end_pfn, pfn = ALIGN_DOWN(end - 1, RMPP_PAGES_PER_2M);
	struct ccpx_rmp rmp;
	struct rmpp_entry e;
	bool found;

	found = ccpx_rmp_open(&rmp);
	for (; pfn < end && !found; pfn++)
		found = ccpx_rmp_assigned(&rmp, pfn, &e) && e.asid;
	ccpx_rmp_close(&rmp);
	return found;
}

/**
 * ccpx_capture_cut_top() - leave the topmost 2 MiB blocks of RAM out from now on
 *
 * Pages need no place in the chain once they are no RAM to the next kernel.
 *
 * Context: any, ccpx_capture_can_cut_top(). Return: the first pfn that is cut.
 */
u64 ccpx_capture_cut_top(void)
{
	ram_end_pfn = top_to_cut();
	ram[nr_ram - 1].end_pfn = ram_end_pfn;
	return ram_end_pfn;
}

/**
 * ccpx_capture_can_give_top() - can RAM end higher up again for the next kernel?
 * @pfn: where it ends now
 *
 * Context: any, after a capture. Return: pages that are RAM again, and free of anything.
 */
u64 ccpx_capture_can_give_top(u64 *pfn)
{
	if (!nr_ram)
		return 0;
	*pfn = ram[nr_ram - 1].end_pfn;
	return ccpx_top_to_give(&assigned, *pfn);
}

/**
 * ccpx_capture_give_top() - ... it does, from now on
 * @nr_pages: so much
 *
 * What becomes assigned there until the jump must be kept out like anywhere else.
 *
 * Context: any, ccpx_capture_can_give_top().
 */
void ccpx_capture_give_top(u64 nr_pages)
{
	ram_end_pfn = ram[nr_ram - 1].end_pfn + nr_pages;
	ram[nr_ram - 1].end_pfn = ram_end_pfn;
}
