// SPDX-License-Identifier: GPL-2.0-only
/*
 * Give back: what was kept out of this kernel goes to its page allocator, in the
 * background and a 2 MiB block at a time. Each assigned page is taken back by
 * RMPUPDATE, then the whole block is read back as Hypervisor, cleared, freed.
 * There may be millions of pages, of guests that a lazy jump did not wait for:
 * they come back at giveback_rate pages a second.
 *
 * A block that cannot be returned stays kept out, and is looked at again whenever
 * the firmware was initialised or shut down by ccp: SNP_INIT_EX makes every page
 * of RAM Hypervisor (56860, INIT_RMP), SHUTDOWN lets go of the TMR.
 *
 * The firmware writes the RMP itself during SNP_INIT_EX, and SNP_SHUTDOWN_EX may
 * take RMPUPDATE away from the processors: no entry is changed while one of them is
 * under way. psp_watch.c, which sees each command begin and end, holds that gate.
 *
 * Works in kernels that know nothing of SNP: the instruction is issued here.
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/ioport.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define BLOCK			RMPP_PAGES_PER_2M
#define TURN_MAX		2048u	/* pages; ccpx_lock is held for so long */
#define BATCH			32u	/* RMPUPDATEs with interrupts off */
#define GATE_US			10000u	/* far more than a batch takes */
#define MAX_KERNEL_RANGES	8
#define MAX_TABLES		128

/* What a block that stays is kept for; first match. */
enum kept_for { KEPT_TMR, KEPT_IOMMU, KEPT_GUEST, KEPT_FIRMWARE, KEPT_REFUSED, KEPT_PARTED, NR_KEPT };

static const char * const kept_words[NR_KEPT] = {
	"tmr", "iommu", "guest", "firmware", "refused", "parted",
};

static const u32 kept_reason[NR_KEPT] = {
	RMPP_REASON_TMR, RMPP_REASON_FIRMWARE, RMPP_REASON_ASSIGNED, RMPP_REASON_FIRMWARE,
	RMPP_REASON_ASSIGNED, 0,
};

static struct {
	const char *off;		/* why nothing is given back, or NULL */
	struct ccpx_rmp rmp;		/* mapped for the length of a pass */
	u64	cursor;			/* what lies below was looked at in this pass */
	u64	tmr_pfn, tmr_end_pfn;	/* locked, or empty */
	struct rmpp_extents in_use;	/* tables of parked IOMMUs */
	DECLARE_BITMAP(alive, CCPX_MAX_ASIDS);	/* of guests that were preserved */
	struct rmpp_extent in_use_v[MAX_TABLES];
	u64	kernel_start[MAX_KERNEL_RANGES], kernel_end[MAX_KERNEL_RANGES];
	u32	nr_kernel;
	bool	kernel_unknown, mapped, holds_module;
	unsigned long not_before;	/* jiffies: the next turn, events or not */
	u64	debt;			/* pages * HZ that were not waited for */
	u64	passes, turns, kept[NR_KEPT];
	u64	start_ns, end_ns;
} gb;

static void work_fn(struct work_struct *w);
static void event_fn(struct irq_work *w);

static struct workqueue_struct *queue;	/* NULL: there is nothing to do */
static DECLARE_DELAYED_WORK(work, work_fn);
static struct irq_work event = IRQ_WORK_INIT(event_fn);
/* set by handlers of psp_watch.c, taken by the work */
static bool look_again, sev_started, sev_stopped;

static DEFINE_RAW_SPINLOCK(gate_lock);
static bool gate_closed, gate_broken;

/* ---- which pages are ours to give ---- */

/*
 * A forged chain could name the running kernel itself; its pages are reserved
 * too, and freeing them would be fatal.
 */
static void find_kernel(void)
{
	struct resource *p, *q;

	for (p = iomem_resource.child; p; p = p->sibling) {
		for (q = p->child; q; q = q->sibling) {
			if (!q->name || strncmp(q->name, "Kernel ", 7))
				continue;
			if (gb.nr_kernel == MAX_KERNEL_RANGES) {
				gb.kernel_unknown = true;
				return;
			}
			gb.kernel_start[gb.nr_kernel] = q->start >> PAGE_SHIFT;
			gb.kernel_end[gb.nr_kernel++] = (q->end >> PAGE_SHIFT) + 1;
		}
	}
}

static bool may_free(u64 pfn)
{
	const struct ccpx_memory *m = &ccpx_memory;
	u32 i;

	/* the first MiB is the firmware's and the trampoline's; the region stays ours */
	if (gb.kernel_unknown || pfn < SZ_1M >> PAGE_SHIFT)
		return false;
	if (m->region_adopted && pfn - (m->region_pa >> PAGE_SHIFT) < m->region_size >> PAGE_SHIFT)
		return false;
	for (i = 0; i < gb.nr_kernel; i++)
		if (pfn >= gb.kernel_start[i] && pfn < gb.kernel_end[i])
			return false;
	/* ranges that are reserved in e820 as well have no memory to give */
	return pfn_valid(pfn) && page_is_ram(pfn) && PageReserved(pfn_to_page(pfn));
}

/* ---- the gate ---- */

static bool changes_rmp(u32 cmd)
{
	return cmd == PSP_SNP_INIT || cmd == PSP_SNP_INIT_EX ||
	       cmd == PSP_SNP_SHUTDOWN || cmd == PSP_SNP_SHUTDOWN_EX;
}

/**
 * ccpx_giveback_command_begins() - ccp is about to send a command
 * @cmd: its number
 *
 * Waits for a batch of RMPUPDATEs that is under way, but not for ever: in a panic the
 * CPU that held the gate may have been stopped, and then changes nothing any more.
 *
 * Context: kprobe handler.
 */
void ccpx_giveback_command_begins(u32 cmd)
{
	unsigned long flags;
	unsigned int us;

	if (!changes_rmp(cmd))
		return;
	for (us = 0; us < GATE_US; us++) {
		if (raw_spin_trylock_irqsave(&gate_lock, flags)) {
			gate_closed = true;
			raw_spin_unlock_irqrestore(&gate_lock, flags);
			return;
		}
		udelay(1);
	}
	WRITE_ONCE(gate_closed, true);
}
NOKPROBE_SYMBOL(ccpx_giveback_command_begins);

/**
 * ccpx_giveback_command_ended() - ... and it came back
 * @cmd: its number
 * @rc: what ccp made of it
 *
 * A command that was not answered may still be executed: nothing is given back then.
 *
 * Context: kprobe handler.
 */
void ccpx_giveback_command_ended(u32 cmd, int rc)
{
	if (changes_rmp(cmd)) {
		if (rc == -ETIMEDOUT)
			WRITE_ONCE(gate_broken, true);
		if (!READ_ONCE(gate_broken))
			WRITE_ONCE(gate_closed, false);
	}
	if (rc)
		return;
	if (cmd == PSP_SEV_INIT || cmd == PSP_SEV_INIT_EX)
		WRITE_ONCE(sev_started, true);
	else if (cmd == PSP_SEV_SHUTDOWN)
		WRITE_ONCE(sev_stopped, true);
	else if (!changes_rmp(cmd))
		return;
	WRITE_ONCE(look_again, true);
	/* a workqueue's locks may not be taken here */
	irq_work_queue(&event);
}
NOKPROBE_SYMBOL(ccpx_giveback_command_ended);

/* ccp's commands cannot be watched: nobody would hold the gate. */
void ccpx_giveback_stop(void)
{
	WRITE_ONCE(gate_broken, true);
	ccpx_giveback_command_begins(PSP_SNP_INIT);
}

static void kick(void)
{
	struct workqueue_struct *q = READ_ONCE(queue);

	if (q)
		mod_delayed_work(q, &work, 0);
}

/**
 * ccpx_giveback_again() - there may be more to give back
 * @at_rest: the firmware was seen shut down: its TMR is free
 *
 * Context: process.
 */
void ccpx_giveback_again(bool at_rest)
{
	if (at_rest)
		WRITE_ONCE(sev_started, true);
	WRITE_ONCE(look_again, true);
	kick();
}

static void event_fn(struct irq_work *w)
{
	kick();
}

/* ---- a block ---- */

static bool is_alive(const struct rmpp_entry *e)
{
	return e->asid && e->asid < CCPX_MAX_ASIDS && test_bit(e->asid, gb.alive);
}

/* Return: the page after the last one that is done. */
static u64 unassign_batch(u64 pfn, u64 end)
{
	struct ccpx_restore *r = &ccpx_restore;
	struct rmpp_entry e;
	u64 p;

	for (p = pfn; p < end; p++) {
		if (!ccpx_rmp_assigned(&gb.rmp, p, &e) || e.immutable || is_alive(&e))
			continue;
		if (!e.pagesize_2m) {
			r->nr_reclaimed += !ccpx_rmp_make_shared(p, false);
			continue;
		}
		/* one entry for the block, whatever of it is kept out */
		if (!ccpx_rmp_make_shared(ALIGN_DOWN(p, BLOCK), true))
			r->nr_reclaimed += BLOCK;
		return ALIGN_DOWN(p, BLOCK) + BLOCK;
	}
	return end;
}

static int unassign(u64 pfn, u64 end)
{
	unsigned long flags;

	if (!gb.rmp.table || !ccpx_rmp_enforced(&gb.rmp))
		return 0;
	while (pfn < end) {
		raw_spin_lock_irqsave(&gate_lock, flags);
		if (gate_closed && ccpx_params.giveback_gate) {
			raw_spin_unlock_irqrestore(&gate_lock, flags);
			return -EAGAIN;
		}
		pfn = unassign_batch(pfn, min(pfn + BATCH, end));
		raw_spin_unlock_irqrestore(&gate_lock, flags);
	}
	return 0;
}

/* Neighbours outside of the extent poison the block all the same. NR_KEPT: nothing keeps it. */
static enum kept_for block_kept_for(u64 head)
{
	bool assigned = false;
	struct rmpp_entry e;
	u64 p;

	if (head < gb.tmr_end_pfn && head + BLOCK > gb.tmr_pfn)
		return KEPT_TMR;
	if (rmpp_extents_overlap(&gb.in_use, head, BLOCK))
		return KEPT_IOMMU;
	for (p = head; p < head + BLOCK; p++) {
		if (!ccpx_rmp_assigned(&gb.rmp, p, &e))
			continue;
		if (is_alive(&e))
			return KEPT_GUEST;
		if (e.immutable)
			return KEPT_FIRMWARE;
		assigned = true;
	}
	return assigned ? KEPT_REFUSED : NR_KEPT;
}

/* What a page held is not asked: guests' data, another kernel's, or nothing. */
static void free_block(u64 pfn, u64 end)
{
	struct ccpx_restore *r = &ccpx_restore;

	for (; pfn < end; pfn++) {
		if (!may_free(pfn)) {
			r->nr_dropped++;
			continue;
		}
		clear_page(pfn_to_kaddr(pfn));
		ccpx_free_reserved(pfn);
		r->nr_freed++;
	}
}

static int give_block(u64 pfn, u64 end, u32 reason)
{
	struct rmpp_extents *held = &ccpx_restore.held;
	enum kept_for what;
	int rc;

	rc = unassign(pfn, end);
	if (rc)
		return rc;
	what = block_kept_for(ALIGN_DOWN(pfn, BLOCK));
	if (what == NR_KEPT && rmpp_extents_remove(held, pfn, end - pfn))
		what = KEPT_PARTED;
	if (what == NR_KEPT) {
		free_block(pfn, end);
		return 0;
	}
	gb.kept[what] += end - pfn;
	rmpp_extents_add(held, pfn, end - pfn, reason | kept_reason[what]);
	return 0;
}

static bool next_block(u64 *pfn, u64 *end, u32 *reason)
{
	const struct rmpp_extents *held = &ccpx_restore.held;
	u64 x_end;
	u32 i;

	for (i = 0; i < held->nr; i++) {
		x_end = held->v[i].pfn + held->v[i].nr_pages;
		if (x_end <= gb.cursor)
			continue;
		*pfn = max(held->v[i].pfn, gb.cursor);
		*end = min(x_end, ALIGN_DOWN(*pfn, BLOCK) + BLOCK);
		*reason = held->v[i].reason;
		return true;
	}
	return false;
}

static u64 pending(void)
{
	const struct rmpp_extents *held = &ccpx_restore.held;
	u64 pages = 0, end;
	u32 i;

	for (i = 0; i < held->nr; i++) {
		end = held->v[i].pfn + held->v[i].nr_pages;
		if (end > gb.cursor)
			pages += end - max(held->v[i].pfn, gb.cursor);
	}
	return pages;
}

/* ---- a pass over all that is kept out ---- */

static void begin_pass(void)
{
	if (READ_ONCE(sev_started))
		/* INIT succeeds only after the old TMR was let go */
		gb.tmr_pfn = gb.tmr_end_pfn = 0;
	ccpx_rmp_close(&gb.rmp);
	if (ccpx_rmp_open(&gb.rmp) && ccpx_rmp_enforced(&gb.rmp)) {
		gb.off = "the RMP cannot be read";
		return;
	}
	ccpx_adopted_asids(gb.alive);
	gb.cursor = 0;
	gb.passes++;
	memset(gb.kept, 0, sizeof(gb.kept));
}

static void end_pass(void)
{
	struct ccpx_restore *r = &ccpx_restore;
	u32 i;

	gb.end_ns = ktime_get_ns();
	ccpx_rmp_close(&gb.rmp);
	ccpx_restore_look_for_hidden(r);
	pr_info("gave back %llu of %llu pages in %llu ms, %llu of them taken back by RMPUPDATE\n",
		r->nr_freed, r->nr_quarantined, (gb.end_ns - gb.start_ns) / NSEC_PER_MSEC,
		r->nr_reclaimed);
	for (i = 0; i < NR_KEPT; i++)
		if (gb.kept[i])
			pr_info("%llu pages stay out of reach: %s\n", gb.kept[i], kept_words[i]);
	if (!r->held.nr && gb.holds_module) {
		gb.holds_module = false;
		module_put(THIS_MODULE);
	}
}

/* The firmware has said that it shut down; that the TMR is free only its state proves. */
static void ask_for_tmr(void)
{
	u8 state, major, minor;
	struct ccpx_psp psp;
	u32 build, guests;

	if (!xchg(&sev_stopped, false) || !READ_ONCE(gb.tmr_end_pfn) || READ_ONCE(ccpx_leaving) ||
	    ccpx_psp_open(&psp))
		return;
	if (!ccpx_psp_sev_state(&psp, &state, &major, &minor, &build, &guests) &&
	    state == RMPP_SEV_UNINIT)
		WRITE_ONCE(sev_started, true);
	ccpx_psp_close(&psp);
}

/* Return: whether there is more to do; *pages is how many this turn went over. */
static bool turn(u32 rate, u64 *pages)
{
	u32 reason;
	u64 quota = clamp(rate / HZ, 1u, TURN_MAX), pfn, end;

	if (ccpx_leaving || gb.off || !ccpx_restore.held.nr)
		return false;
	if (xchg(&look_again, false))
		begin_pass();
	if (!rate || gb.off || !pending())
		return false;
	gb.turns++;
	while (*pages < quota && next_block(&pfn, &end, &reason)) {
		if (give_block(pfn, end, reason))
			return !READ_ONCE(gate_broken);
		*pages += end - pfn;
		gb.cursor = end;
		cond_resched();
	}
	if (pending())
		return true;
	end_pass();
	return READ_ONCE(look_again);
}

static void work_fn(struct work_struct *w)
{
	u32 rate = READ_ONCE(ccpx_params.giveback_rate);
	bool more = true;
	u64 pages = 0;

	ask_for_tmr();
	mutex_lock(&ccpx_lock);
	if (time_after_eq(jiffies, gb.not_before)) {
		more = turn(rate, &pages);
		gb.debt += pages * HZ;
		gb.not_before = jiffies + (rate ? gb.debt / rate : 0) + !pages;
		gb.debt = rate ? gb.debt % rate : 0;
	}
	if (more && queue)
		queue_delayed_work(queue, &work, time_before(jiffies, gb.not_before) ?
				   gb.not_before - jiffies : 0);
	mutex_unlock(&ccpx_lock);
}

/**
 * ccpx_giveback_set_rate() - pages a second from now on
 * @rate: 0 to pause
 *
 * Context: process.
 */
void ccpx_giveback_set_rate(u32 rate)
{
	mutex_lock(&ccpx_lock);
	WRITE_ONCE(ccpx_params.giveback_rate, rate);
	gb.not_before = jiffies;
	gb.debt = 0;
	kick();
	mutex_unlock(&ccpx_lock);
}

/**
 * ccpx_giveback_pending() - pages that were not looked at yet
 *
 * Context: ccpx_lock held. Return: pages; those that stay for now are not among them.
 */
u64 ccpx_giveback_pending(void)
{
	return gb.off ? 0 : pending();
}

static const char *state_word(void)
{
	if (!ccpx_restore.held.nr)
		return "done";
	if (gb.off)
		return "off";
	if (READ_ONCE(gate_broken) || ccpx_leaving)
		return "stopped";
	if (!pending())
		return "waiting";
	return READ_ONCE(ccpx_params.giveback_rate) ? "running" : "paused";
}

/* Context: ccpx_lock held. */
ssize_t ccpx_giveback_show(char *buf)
{
	u64 until = pending() && !gb.off ? ktime_get_ns() : gb.end_ns;
	ssize_t n = sysfs_emit(buf, "%s\n", state_word());
	u32 i;

	n += sysfs_emit_at(buf, n, "pages_pending %llu\npasses %llu\nturns %llu\nduration_us %llu\n",
			   ccpx_giveback_pending(), gb.passes, gb.turns,
			   gb.start_ns ? (until - gb.start_ns) / NSEC_PER_USEC : 0);
	for (i = 0; i < NR_KEPT; i++)
		n += sysfs_emit_at(buf, n, "kept_%s %llu\n", kept_words[i], gb.kept[i]);
	return n;
}

/**
 * ccpx_giveback_prepare() - what is kept out is going to be given back
 * @tmr_pfn: first page of a TMR that the firmware may still hold
 * @tmr_end_pfn: page after its last; 0 if there is none
 * @why_not: why nothing may be given back, or NULL
 *
 * Context: process, module init, before ccp.
 */
void ccpx_giveback_prepare(u64 tmr_pfn, u64 tmr_end_pfn, const char *why_not)
{
	struct rmpp_extents *held = &ccpx_restore.held;
	u32 i;

	gb.tmr_pfn = tmr_pfn;
	gb.tmr_end_pfn = tmr_end_pfn;
	rmpp_extents_init(&gb.in_use, gb.in_use_v, MAX_TABLES);
	find_kernel();
	for (i = 0; i < held->nr; i++)
		held->v[i].reason |= RMPP_REASON_INHERITED;
	if (!why_not && !ccpx_params.giveback)
		why_not = "giveback=0";
	if (!why_not && ccpx_params.parked && ccpx_park_extents(&gb.in_use))
		why_not = "the IOMMUs cannot be read";
	gb.off = why_not;
	/* whoever holds a quarantine must be there to hand it on */
	__module_get(THIS_MODULE);
	gb.holds_module = true;
}

/**
 * ccpx_giveback_start() - begin
 *
 * Context: process, last step of module init.
 */
void ccpx_giveback_start(void)
{
	struct ccpx_restore *r = &ccpx_restore;

	if (!r->held.nr)
		return;
	mutex_lock(&ccpx_lock);
	gb.start_ns = gb.end_ns = ktime_get_ns();
	gb.not_before = jiffies;
	queue = alloc_workqueue("ccp_ext_giveback", WQ_UNBOUND | WQ_FREEZABLE | WQ_SYSFS, 1);
	if (!queue)
		gb.off = "no memory for a workqueue";
	if (!gb.off)
		begin_pass();
	if (gb.off)
		pr_info("%llu pages stay out of reach (%s)\n", r->nr_quarantined, gb.off);
	else
		kick();
	mutex_unlock(&ccpx_lock);
}

/* Context: process, after psp_watch.c has ended, which calls no more. */
void ccpx_giveback_exit(void)
{
	struct workqueue_struct *q;

	irq_work_sync(&event);
	mutex_lock(&ccpx_lock);
	q = queue;
	WRITE_ONCE(queue, NULL);
	mutex_unlock(&ccpx_lock);
	if (q) {
		cancel_delayed_work_sync(&work);
		destroy_workqueue(q);
	}
	ccpx_rmp_close(&gb.rmp);
}
