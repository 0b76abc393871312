// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region, as a crash kernel finds it: current at each panic.
 *
 * Two ways, since neither does alone. A *standing copy* is made anew whenever a command, a pin or a
 * give-back has changed something, in process context, some milliseconds later. And at a panic the region is
 * *written once more*, from a kprobe, with what has happened since. The copy alone would be late, or cost each
 * command and each pin a rewrite of it all; writing at the panic alone would depend on a probe, which is not
 * called if the panic comes from within another probe's handler (kprobe_running()), and on locks that a
 * stopped CPU may hold for ever.
 *
 * So at a panic no lock is waited for: watch and guests are asked for a while (CCPX_POLLS), and taken from
 * the last copy if they do not answer; the pages that are pinned, on which a dump's harmlessness depends, are
 * kept such that they can be read beside a writer who has been stopped (rmp-persist/pins.c).
 *
 * Probes on machine_crash_shutdown() and machine_kexec(): __crash_kexec() calls both if there is an image,
 * whether the panic notifiers have been called before or not (crash_kexec_post_notifiers), for a panic, an oops
 * and an NMI alike; it may itself be inlined, these are in other files. On entry to the first the other CPUs
 * may still run, on entry to the second they stand, so that what it writes is final.
 */
#include "panic.h"

#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/panic_notifier.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/msr.h>

#include <chain.h>

static struct ccpx_draft standing, last;
/* two for the standing copy, of which one is whole, and one for the panic */
static struct ccpx_snapshot *snapshots;
static u32 whole;
static bool ready, writing, leaving, begun;
static const char *why = "not yet";	/* there is no blob in the region, or NULL */
static DEFINE_MUTEX(panic_lock);
static u32 nr_probes;

static void refresh(struct work_struct *work);
static DECLARE_DELAYED_WORK(refresh_work, refresh);

/**
 * ccpx_panic_changed() - something has happened that a crash kernel should know
 *
 * Context: any but NMI and hard interrupt, with interrupts on; once a panic has begun, any.
 */
void ccpx_panic_changed(void)
{
	if (READ_ONCE(ready) && !READ_ONCE(begun))
		queue_delayed_work(system_highpri_wq, &refresh_work,
				   msecs_to_jiffies(ccpx_params.crash_refresh_ms));
}
NOKPROBE_SYMBOL(ccpx_panic_changed);

/*
 * Header last, so that a blob that was not finished is none. A chain that was inherited stays: this kernel's list of
 * setup_data leads through it (/sys/kernel/boot_params), and what it names is never less than what is kept out now.
 */
static void write_region(const struct ccpx_draft *d, const struct ccpx_snapshot *s)
{
	const struct ccpx_memory *m = &ccpx_memory;
	void *to = m->region + CHAIN_BLOB_OFFSET;
	struct rmpp_extents none = { NULL, 0, 0 };
	u32 used, head = sizeof(struct rmpp_header_ser), room = m->region_size - sizeof(struct chain_node);

	memset(to, 0, head);
	/* ... in the order in which a crash kernel takes it */
	wmb();
	/* the rest of the first page is not read */
	if (!m->region_adopted && chain_build(m->region, m->region_pa, m->region_size, 0, room, &s->held, &used))
		chain_build(m->region, m->region_pa, m->region_size, 0, room, &none, &used);
	if (d->size <= head)
		return;
	memcpy(to + head, d->blob + head, d->size - head);
	/* likewise */
	wmb();
	memcpy(to, d->blob, head);
}

static void set_held(struct ccpx_snapshot *s, const struct rmpp_extents *x)
{
	rmpp_extents_init(&s->held, s->held_v, ARRAY_SIZE(s->held_v));
	s->held.nr = min_t(u32, x->nr, ARRAY_SIZE(s->held_v));
	memcpy(s->held_v, x->v, s->held.nr * sizeof(*x->v));
	ccpx_leaks_collect(&s->held);
}

/* ---- the standing copy ---- */

static void refresh(struct work_struct *work)
{
	const struct ccpx_snapshot *old = &snapshots[whole];
	struct ccpx_snapshot *s = &snapshots[!whole];
	const char *now;

	mutex_lock(&panic_lock);
	if (!ready || leaving)
		goto out;
	ccpx_watch_get(&s->watch);
	s->nr_guests = ccpx_guests_get(s->guests, ARRAY_SIZE(s->guests));
	s->nr_flight = ccpx_watch_flight(s->flight, ARRAY_SIZE(s->flight));
	/* a capture of a large host takes its time: what is held shrinks, so that less is not known */
	if (mutex_trylock(&ccpx_lock)) {
		set_held(s, &ccpx_restore.held);
		mutex_unlock(&ccpx_lock);
	} else {
		set_held(s, &old->held);
		queue_delayed_work(system_highpri_wq, &refresh_work, HZ / 10);
	}
	/* pairs with write_last() */
	smp_store_release(&whole, !whole);
	now = ccpx_draft_write(&standing, s);
	/* pairs with the loop in write_last(): what is written lies between the two */
	smp_store_mb(writing, true);
	write_region(&standing, s);
	/* likewise */
	smp_store_release(&writing, false);
	if (now != why)
		pr_info("crash kernels are told %s%s\n", now ? "nothing: " : "what is not the host's", now ?: "");
	WRITE_ONCE(why, now);
out:
	mutex_unlock(&panic_lock);
}

/* The region is the next kernel's from here on. Context: process, reboot notifier. */
void ccpx_panic_leave(void)
{
	mutex_lock(&panic_lock);
	leaving = true;
	mutex_unlock(&panic_lock);
}

/* ---- at the panic ---- */

static void write_last(const char *where)
{
	struct ccpx_snapshot *s = &snapshots[2];
	const struct ccpx_snapshot *old;
	u64 t0 = rdtsc();
	bool watch, guests;
	const char *no;
	u32 i;

	/* pairs with refresh() */
	old = &snapshots[smp_load_acquire(&whole)];
	watch = ccpx_watch_try_get(&s->watch, s->flight, ARRAY_SIZE(s->flight), &s->nr_flight);
	if (!watch) {
		s->watch = old->watch;
		s->nr_flight = old->nr_flight;
		memcpy(s->flight, old->flight, sizeof(s->flight));
	}
	guests = ccpx_guests_try_get(s->guests, ARRAY_SIZE(s->guests), &s->nr_guests);
	if (!guests) {
		s->nr_guests = old->nr_guests;
		memcpy(s->guests, old->guests, sizeof(s->guests));
	}
	ccpx_panic_evict_fates(s->guests, s->nr_guests);
	set_held(s, &old->held);
	no = ccpx_draft_write(&last, s);
	/* a CPU that still runs would go on with the copy that it writes */
	for (i = 0; i < CCPX_POLLS && READ_ONCE(writing); i++)
		udelay(10);
	write_region(&last, s);
	pr_info("%s: crash kernel is told %s%s: %u extents, %u guests, %llu us%s\n", where,
		no ? "nothing: " : "what is not the host's", no ?: "", last.nr_extents, s->nr_guests,
		ccpx_us_since(t0),
		watch && guests ? "" : "; firmware commands as of the last copy");
}

/* __crash_kexec() is on its way. */
bool ccpx_panic_begun(void)
{
	return READ_ONCE(begun);
}

static int shutdown_pre(struct kprobe *p, struct pt_regs *regs)
{
	/* who holds a lock of the work queues may have been stopped */
	WRITE_ONCE(begun, true);
	write_last("panic");
	return 0;
}
NOKPROBE_SYMBOL(shutdown_pre);

static int kexec_pre(struct kprobe *p, struct pt_regs *regs)
{
	const struct kimage *image = (const struct kimage *)regs->di;

	if (image->type == KEXEC_TYPE_CRASH)
		write_last("CPUs stopped");
	return 0;
}
NOKPROBE_SYMBOL(kexec_pre);

static struct kprobe probes[] = {
	{ .symbol_name = "machine_crash_shutdown", .pre_handler = shutdown_pre },
	{ .symbol_name = "machine_kexec", .pre_handler = kexec_pre },
};
static bool armed[ARRAY_SIZE(probes)];

static int panic_notify(struct notifier_block *nb, unsigned long code, void *data)
{
	write_last("panic notifier");
	return NOTIFY_DONE;
}

/* only where there is no probe; it is called if crash_kexec_post_notifiers is set */
static struct notifier_block panic_nb = { .notifier_call = panic_notify, .priority = INT_MIN };

static void arm_probes(void)
{
	u32 i;
	int rc;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		rc = ccpx_params.panic_probes ? register_kprobe(&probes[i]) : -EPERM;
		armed[i] = !rc;
		nr_probes += !rc;
		if (rc)
			pr_warn("no probe on %s (%pe): crash kernels may get a copy that is some milliseconds old\n",
				probes[i].symbol_name, ERR_PTR(rc));
	}
	if (!nr_probes)
		atomic_notifier_chain_register(&panic_notifier_list, &panic_nb);
}

/**
 * ccpx_panic_init() - keep the region current from now on
 *
 * What lies in memory that was just taken may be a blob of an earlier boot: that is gone first of all, also
 * where there is nothing to tell.
 *
 * Context: process, module init, with a region. Return: 0; without memory crash kernels are told nothing.
 */
int ccpx_panic_init(void)
{
	u32 i;

	if (!ccpx_params.crash_copy) {
		why = "crash_copy=0";
		return 0;
	}
	memset(ccpx_memory.region + CHAIN_BLOB_OFFSET, 0, sizeof(struct rmpp_header_ser));
	if (!ccpx_sev_capable()) {
		why = "this CPU has no SEV, or it is off";
		return 0;
	}
	snapshots = vzalloc(3 * sizeof(*snapshots));
	if (!snapshots || ccpx_draft_init(&standing) || ccpx_draft_init(&last) || ccpx_pins_init()) {
		pr_warn("no memory to tell a crash kernel what is not the host's\n");
		ccpx_panic_exit();
		why = "no memory";
		return 0;
	}
	for (i = 0; i < 3; i++)
		set_held(&snapshots[i], &ccpx_restore.held);
	ready = true;
	arm_probes();
	ccpx_panic_evict_init(&snapshots[2]);
	refresh(NULL);
	return 0;
}

void ccpx_panic_exit(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (armed[i])
			unregister_kprobe(&probes[i]);
	if (ready && !nr_probes)
		atomic_notifier_chain_unregister(&panic_notifier_list, &panic_nb);
	ccpx_panic_evict_exit();
	ccpx_pins_exit();
	/* what lies there is anybody's from now on */
	if (ready)
		memset(ccpx_memory.region + CHAIN_BLOB_OFFSET, 0, sizeof(struct rmpp_header_ser));
	ready = false;
	cancel_delayed_work_sync(&refresh_work);
	ccpx_draft_exit(&standing);
	ccpx_draft_exit(&last);
	vfree(snapshots);
	snapshots = NULL;
}

ssize_t ccpx_panic_show(char *buf)
{
	const char *no = READ_ONCE(why);
	ssize_t n;

	n = sysfs_emit(buf, "state %s\n", no ? "withheld" : "current");
	if (no)
		n += sysfs_emit_at(buf, n, "why %s\n", no);
	n += sysfs_emit_at(buf, n, "probes %u\nsize %lld\nextents %u\n", nr_probes,
			   no ? 0 : READ_ONCE(standing.size), no ? 0 : READ_ONCE(standing.nr_extents));
	return n + ccpx_pins_show(buf, n);
}
