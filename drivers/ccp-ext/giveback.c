// SPDX-License-Identifier: GPL-2.0-only
/*
 * Give back: what was kept out of this kernel goes to its page allocator, in the
 * background and a 2 MiB block at a time (giveback_block.c).
 * There may be millions of pages, of guests that a lazy jump did not wait for:
 * they come back at giveback_rate pages a second.
 *
 * A block that cannot be returned stays kept out, and is looked at again whenever
 * the firmware was initialised or shut down by ccp: SNP_INIT_EX makes every page
 * of RAM Hypervisor (56860, INIT_RMP), SHUTDOWN lets go of the TMR.
 */
#include "giveback.h"
#include "panic.h"
#include "psp_abi.h"

#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>

#define TURN_MAX		2048u	/* pages; ccpx_lock is held for so long */

static const char * const kept_words[NR_KEPT] = {
	"tmr", "iommu", "guest", "firmware", "refused", "parted",
};

struct giveback ccpx_gb;

static void work_fn(struct work_struct *w);
static void event_fn(struct irq_work *w);

static struct workqueue_struct *queue;	/* NULL: there is nothing to do */
static DECLARE_DELAYED_WORK(work, work_fn);
static struct irq_work event = IRQ_WORK_INIT(event_fn);
/* set by handlers of psp_watch.c, taken by the work */
static bool look_again, sev_started, sev_stopped;

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

/**
 * giveback_event() - ccp's command succeeded: what stayed may come back now
 * @cmd: its number
 *
 * Context: kprobe handler.
 */
void giveback_event(u32 cmd)
{
	if (cmd == PSP_SEV_INIT || cmd == PSP_SEV_INIT_EX)
		WRITE_ONCE(sev_started, true);
	else if (cmd == PSP_SEV_SHUTDOWN)
		WRITE_ONCE(sev_stopped, true);
	else if (!giveback_changes_rmp(cmd))
		return;
	WRITE_ONCE(look_again, true);
	/* a workqueue's locks may not be taken here */
	irq_work_queue(&event);
}
NOKPROBE_SYMBOL(giveback_event);

static void event_fn(struct irq_work *w)
{
	kick();
}

/**
 * ccpx_giveback_ccp_gone() - ccp has let go of the PSP
 *
 * A SHUTDOWN that it sent as the last thing may not have been looked at yet.
 *
 * Context: process.
 */
void ccpx_giveback_ccp_gone(void)
{
	if (READ_ONCE(sev_stopped))
		ccpx_giveback_again(false);
}

/* ---- a pass over all that is kept out ---- */

/* Behind all that is kept out, which is RAM. */
static bool next_top_block(u64 *pfn, u64 *end)
{
	if (!ccpx_top_rest(ccpx_gb.cursor, pfn, end))
		return false;
	*end = min(*end, ALIGN_DOWN(*pfn, GIVEBACK_BLOCK) + GIVEBACK_BLOCK);
	return true;
}

static bool next_block(u64 *pfn, u64 *end, u32 *reason)
{
	const struct rmpp_extents *held = &ccpx_restore.held;
	u64 x_end;
	u32 i;

	for (i = 0; i < held->nr; i++) {
		x_end = held->v[i].pfn + held->v[i].nr_pages;
		if (x_end <= ccpx_gb.cursor)
			continue;
		*pfn = max(held->v[i].pfn, ccpx_gb.cursor);
		*end = min(x_end, ALIGN_DOWN(*pfn, GIVEBACK_BLOCK) + GIVEBACK_BLOCK);
		*reason = held->v[i].reason;
		return true;
	}
	return false;
}

static u64 held_pending(void)
{
	const struct rmpp_extents *held = &ccpx_restore.held;
	u64 pages = 0, end;
	u32 i;

	for (i = 0; i < held->nr; i++) {
		end = held->v[i].pfn + held->v[i].nr_pages;
		if (end > ccpx_gb.cursor)
			pages += end - max(held->v[i].pfn, ccpx_gb.cursor);
	}
	return pages;
}

static bool pending(void)
{
	u64 pfn, end;

	return held_pending() || ccpx_top_rest(ccpx_gb.cursor, &pfn, &end);
}

static void begin_pass(void)
{
	if (READ_ONCE(sev_started))
		/* INIT succeeds only after the old TMR was let go */
		ccpx_gb.tmr_pfn = ccpx_gb.tmr_end_pfn = 0;
	ccpx_rmp_close(&ccpx_gb.rmp);
	if (ccpx_rmp_open(&ccpx_gb.rmp) && ccpx_rmp_enforced(&ccpx_gb.rmp)) {
		ccpx_gb.off = "the RMP cannot be read";
		return;
	}
	if (!ccpx_params.assume_ended)
		ccpx_adopted_asids(ccpx_gb.alive);
	ccpx_gb.cursor = 0;
	ccpx_gb.passes++;
	memset(ccpx_gb.kept, 0, sizeof(ccpx_gb.kept));
}

static void end_pass(void)
{
	struct ccpx_restore *r = &ccpx_restore;
	u32 i;

	ccpx_gb.end_ns = ktime_get_ns();
	ccpx_rmp_close(&ccpx_gb.rmp);
	ccpx_restore_look_for_hidden(r);
	pr_info("gave back %llu of %llu pages in %llu ms, %llu of them taken back by RMPUPDATE\n",
		r->nr_freed, r->nr_quarantined, (ccpx_gb.end_ns - ccpx_gb.start_ns) / NSEC_PER_MSEC,
		r->nr_reclaimed);
	for (i = 0; i < NR_KEPT; i++)
		if (ccpx_gb.kept[i])
			pr_info("%llu pages stay out of reach: %s\n", ccpx_gb.kept[i], kept_words[i]);
	if (!r->held.nr && ccpx_gb.holds_module) {
		ccpx_gb.holds_module = false;
		module_put(THIS_MODULE);
	}
}

/* The firmware has said that it shut down; that the TMR is free only its state proves. */
static void ask_for_tmr(void)
{
	u8 state, major, minor;
	struct ccpx_psp psp;
	u32 build, guests;

	if (!READ_ONCE(sev_stopped) || !READ_ONCE(ccpx_gb.tmr_end_pfn) || READ_ONCE(ccpx_leaving))
		return;
	/* a ccp that is on its way out still has the device, and answers nobody: ccpx_giveback_ccp_gone() */
	if (ccpx_psp_open(&psp, 0))
		return;
	WRITE_ONCE(sev_stopped, false);
	if (!ccpx_psp_sev_state(&psp, &state, &major, &minor, &build, &guests) &&
	    state == RMPP_SEV_UNINIT)
		WRITE_ONCE(sev_started, true);
	ccpx_psp_close(&psp);
}

/**
 * ccpx_giveback_nothing() - is nothing kept out, nor cut off the end of RAM?
 *
 * Context: ccpx_lock held, or module init.
 */
bool ccpx_giveback_nothing(void)
{
	u64 pfn, end;

	return !ccpx_restore.held.nr && !ccpx_top_rest(0, &pfn, &end);
}

/* Return: whether there is more to do; *pages is how many this turn went over. */
static bool turn(u32 rate, u64 *pages)
{
	u32 reason;
	u64 quota = clamp(rate / HZ, 1u, TURN_MAX), pfn, end;
	int rc;

	if (ccpx_leaving || ccpx_gb.off || ccpx_giveback_nothing())
		return false;
	if (xchg(&look_again, false))
		begin_pass();
	if (!rate || ccpx_gb.off || !pending())
		return false;
	ccpx_gb.turns++;
	while (*pages < quota) {
		if (next_block(&pfn, &end, &reason))
			rc = giveback_block(pfn, end, reason);
		else if (next_top_block(&pfn, &end))
			rc = giveback_top_block(pfn, end);
		else
			break;
		if (rc)
			return !giveback_gate_is_broken();
		*pages += end - pfn;
		ccpx_gb.cursor = end;
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
	if (time_after_eq(jiffies, ccpx_gb.not_before)) {
		more = turn(rate, &pages);
		ccpx_gb.debt += pages * HZ;
		ccpx_gb.not_before = jiffies + (rate ? ccpx_gb.debt / rate : 0) + !pages;
		ccpx_gb.debt = rate ? ccpx_gb.debt % rate : 0;
	}
	if (more && queue)
		queue_delayed_work(queue, &work, time_before(jiffies, ccpx_gb.not_before) ?
				   ccpx_gb.not_before - jiffies : 0);
	mutex_unlock(&ccpx_lock);
	ccpx_panic_changed();
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
	ccpx_gb.not_before = jiffies;
	ccpx_gb.debt = 0;
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
	return ccpx_gb.off ? 0 : held_pending();
}

static const char *state_word(void)
{
	if (!ccpx_restore.held.nr && !pending())
		return "done";
	if (ccpx_gb.off)
		return "off";
	if (giveback_gate_is_broken() || ccpx_leaving)
		return "stopped";
	if (!pending())
		return "waiting";
	return READ_ONCE(ccpx_params.giveback_rate) ? "running" : "paused";
}

/* Context: ccpx_lock held. */
ssize_t ccpx_giveback_show(char *buf)
{
	u64 until = pending() && !ccpx_gb.off ? ktime_get_ns() : ccpx_gb.end_ns;
	ssize_t n = sysfs_emit(buf, "%s\n", state_word());
	u32 i;

	n += sysfs_emit_at(buf, n, "pages_pending %llu\npasses %llu\nturns %llu\nduration_us %llu\n",
			   ccpx_giveback_pending(), ccpx_gb.passes, ccpx_gb.turns,
			   ccpx_gb.start_ns ? (until - ccpx_gb.start_ns) / NSEC_PER_USEC : 0);
	for (i = 0; i < NR_KEPT; i++)
		n += sysfs_emit_at(buf, n, "kept_%s %llu\n", kept_words[i], ccpx_gb.kept[i]);
	return n + ccpx_top_show(buf, n);
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

	ccpx_gb.tmr_pfn = tmr_pfn;
	ccpx_gb.tmr_end_pfn = tmr_end_pfn;
	rmpp_extents_init(&ccpx_gb.in_use, ccpx_gb.in_use_v, GIVEBACK_MAX_TABLES);
	giveback_find_kernel();
	for (i = 0; i < held->nr; i++)
		held->v[i].reason |= RMPP_REASON_INHERITED;
	if (!why_not && ccpx_restore.shown)
		why_not = "everybody could read it in /sys/kernel/boot_params/setup_data";
	if (!why_not && !ccpx_params.giveback)
		why_not = "giveback=0";
	if (!why_not && ccpx_params.parked && ccpx_park_extents(&ccpx_gb.in_use))
		why_not = "the IOMMUs cannot be read";
	ccpx_gb.off = why_not;
	if (!held->nr)
		return;
	/* whoever holds a quarantine must be there to hand it on */
	__module_get(THIS_MODULE);
	ccpx_gb.holds_module = true;
}

/**
 * ccpx_giveback_start() - begin
 *
 * Context: process, last step of module init.
 */
void ccpx_giveback_start(void)
{
	struct ccpx_restore *r = &ccpx_restore;

	if (ccpx_giveback_nothing())
		return;
	mutex_lock(&ccpx_lock);
	ccpx_gb.start_ns = ccpx_gb.end_ns = ktime_get_ns();
	ccpx_gb.not_before = jiffies;
	queue = alloc_workqueue("ccp_ext_giveback", WQ_UNBOUND | WQ_FREEZABLE | WQ_SYSFS, 1);
	if (!queue)
		ccpx_gb.off = "no memory for a workqueue";
	if (!ccpx_gb.off)
		begin_pass();
	if (ccpx_gb.off)
		pr_info("%llu pages stay out of reach (%s)\n", r->nr_quarantined, ccpx_gb.off);
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
	ccpx_rmp_close(&ccpx_gb.rmp);
}
