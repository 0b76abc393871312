// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of SEV and SEV-ES guests, which no RMP names. KVM pins them, all of a guest's memory when its VMM
 * registers it and a little more for a moment with some commands: sev_pin_memory(kvm, uaddr, ulen, &n, flags)
 * returns an array of pages, and unpin_user_pages() gets the same array in the end (arch/x86/kvm/svm/sev.c;
 * sev_unpin_memory() itself is inlined in 6.1, 6.12 and 7.3). And pages that the kernel leaks for
 * good (arch/x86/virt/svm/sev.c).
 */
#include "panic.h"

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>

#include <chain.h>
#include <rmp_persist/pins.h>

/* process context only; readers at a panic take none */
static DEFINE_RAW_SPINLOCK(pins_lock);
static struct rmpp_pins *pins;
static DEFINE_MUTEX(arm_lock);
static struct kretprobe pin_probe;
static struct kprobe unpin_probe, leak_probe;
static bool pin_armed, unpin_armed, leak_armed, missed;

static struct rmpp_extent leaks[CCPX_MAX_LEAKS];
static u32 nr_leaks;

/* Neighbours in the array that are neighbours in memory: the pages of a large one, mostly. */
static int take_in(struct page **pages, unsigned long nr)
{
	unsigned long i, end;
	int rc = 0;

	rmpp_pins_begin(pins);
	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && pages[end] == pages[end - 1] + 1; end++)
			;
		rc |= rmpp_pins_add(pins, page_to_pfn(pages[i]), end - i);
	}
	return rc;
}

static int pin_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(unsigned long **)ri->data = (unsigned long *)regs->cx;
	return 0;
}
NOKPROBE_SYMBOL(pin_entry);

static int pin_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct page **pages = (struct page **)regs_return_value(regs);
	unsigned long *nr = *(unsigned long **)ri->data;
	int rc;

	if (IS_ERR_OR_NULL(pages) || !nr || !*nr || *nr > INT_MAX)
		return 0;
	raw_spin_lock(&pins_lock);
	rc = take_in(pages, *nr);
	rmpp_pins_commit(pins, (u64)pages);
	raw_spin_unlock(&pins_lock);
	if (rc)
		missed = true;
	ccpx_panic_changed();
	return 0;
}
NOKPROBE_SYMBOL(pin_return);

/* Called for whatever anybody has pinned, also from interrupts: who is not KVM is told by the array. */
static int unpin_pre(struct kprobe *p, struct pt_regs *regs)
{
	if (!rmpp_pins_may_have(pins, regs->di) || !in_task())
		return 0;
	raw_spin_lock(&pins_lock);
	rmpp_pins_remove(pins, regs->di);
	raw_spin_unlock(&pins_lock);
	ccpx_panic_changed();
	return 0;
}
NOKPROBE_SYMBOL(unpin_pre);

/* snp_leak_pages(pfn, nr_pages), or what it is a name for: each is called for few pages, and seldom. */
static int leak_pre(struct kprobe *p, struct pt_regs *regs)
{
	u64 pfn = regs->di, nr = (u32)regs->si;

	raw_spin_lock(&pins_lock);
	if (nr_leaks < CCPX_MAX_LEAKS) {
		leaks[nr_leaks] = (struct rmpp_extent) { pfn, nr, RMPP_REASON_LEAKED };
		/* pairs with ccpx_leaks_collect() */
		smp_store_release(&nr_leaks, nr_leaks + 1);
	} else {
		rmpp_pins_begin(pins);
		if (rmpp_pins_add(pins, pfn, nr))
			missed = true;
		else
			rmpp_pins_commit(pins, 0);
	}
	raw_spin_unlock(&pins_lock);
	ccpx_panic_changed();
	return 0;
}
NOKPROBE_SYMBOL(leak_pre);

static void arm(bool coming)
{
	int rc, rc_unpin;

	lockdep_assert_held(&arm_lock);
	if (pin_armed || !pins)
		return;
	memset(&pin_probe, 0, sizeof(pin_probe));
	pin_probe.kp.symbol_name = "kvm_amd:sev_pin_memory";
	pin_probe.entry_handler = pin_entry;
	pin_probe.handler = pin_return;
	pin_probe.data_size = sizeof(unsigned long *);
	pin_probe.maxactive = 256;	/* it sleeps */
	rc = register_kretprobe(&pin_probe);
	memset(&unpin_probe, 0, sizeof(unpin_probe));
	unpin_probe.symbol_name = "unpin_user_pages";
	unpin_probe.pre_handler = unpin_pre;
	rc_unpin = rc ? rc : register_kprobe(&unpin_probe);
	pin_armed = !rc;
	unpin_armed = !rc_unpin;
	/* it was there before, or it has no such function */
	missed |= coming ? rc : !rc;
	if (rc && coming)
		pr_warn("pages of SEV and SEV-ES guests cannot be followed (%pe): a crash kernel is told nothing while there are such guests\n",
			ERR_PTR(rc));
	else if (!rc && rc_unpin)
		pr_warn("the end of SEV and SEV-ES guests cannot be seen (%pe): their pages stay out of dumps\n",
			ERR_PTR(rc_unpin));
}

static void disarm(void)
{
	lockdep_assert_held(&arm_lock);
	if (unpin_armed)
		unregister_kprobe(&unpin_probe);
	if (pin_armed)
		unregister_kretprobe(&pin_probe);
	missed |= pin_probe.nmissed || pin_probe.kp.nmissed;
	pin_armed = unpin_armed = false;
}

static int pins_module(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "kvm_amd"))
		return NOTIFY_DONE;
	mutex_lock(&arm_lock);
	if (action == MODULE_STATE_COMING)
		arm(true);
	else if (action == MODULE_STATE_GOING)
		disarm();
	mutex_unlock(&arm_lock);
	return NOTIFY_DONE;
}

static struct notifier_block pins_nb = { .notifier_call = pins_module };

static void arm_leaks(void)
{
	/* 7.x: an inline function calls the second with one argument more */
	static const char * const names[] = { "snp_leak_pages", "__snp_leak_pages" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names) && !leak_armed; i++) {
		memset(&leak_probe, 0, sizeof(leak_probe));
		leak_probe.symbol_name = names[i];
		leak_probe.pre_handler = leak_pre;
		leak_armed = !register_kprobe(&leak_probe);
	}
}

static u64 ram_end_pfn(void)
{
	struct chain_ram *ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	u32 nr = ram ? ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES) : 0;
	u64 end = nr ? ram[nr - 1].end_pfn : 0;

	kvfree(ram);
	return end;
}

/**
 * ccpx_pins_init() - follow what is pinned for guests from now on
 *
 * Guests that KVM has already are not known, and that is remembered.
 *
 * Context: process, module init. Return: 0 or -errno.
 */
int ccpx_pins_init(void)
{
	u64 end = ram_end_pfn();
	int rc;

	pins = vzalloc(sizeof(*pins));
	if (!pins || !end) {
		ccpx_pins_exit();
		return -ENOMEM;
	}
	rmpp_pins_init(pins, RMPP_PINS_SLOTS, RMPP_PINS_BLOCKS, end);
	arm_leaks();
	rc = register_module_notifier(&pins_nb);
	if (rc) {
		ccpx_pins_exit();
		return rc;
	}
	mutex_lock(&arm_lock);
	/* a probe finds what it is for only if KVM is here already */
	if (!pin_armed)
		arm(false);
	mutex_unlock(&arm_lock);
	return 0;
}

void ccpx_pins_exit(void)
{
	if (!pins)
		return;
	unregister_module_notifier(&pins_nb);
	mutex_lock(&arm_lock);
	disarm();
	mutex_unlock(&arm_lock);
	if (leak_armed)
		unregister_kprobe(&leak_probe);
	leak_armed = false;
	vfree(pins);
	pins = NULL;
}

/* There may be pages of guests that were not seen. Context: any. */
bool ccpx_pins_missed(void)
{
	return !pins || missed || pin_probe.nmissed || pin_probe.kp.nmissed;
}

/* Context: any, beside whoever pins or has been stopped while he did. */
void ccpx_pins_collect(struct rmpp_filter *f)
{
	if (pins)
		rmpp_pins_collect(pins, f);
}

/* Context: as ccpx_pins_collect(). */
void ccpx_leaks_collect(struct rmpp_extents *x)
{
	u32 i, nr;

	/* pairs with leak_pre() */
	nr = smp_load_acquire(&nr_leaks);
	for (i = 0; i < nr; i++)
		rmpp_extents_add(x, leaks[i].pfn, leaks[i].nr_pages, leaks[i].reason);
}

ssize_t ccpx_pins_show(char *buf, ssize_t n)
{
	if (!pins)
		return 0;
	return sysfs_emit_at(buf, n, "pins %u\npins_kept %llu\npins_rounded %llu\npins_missed %d\nleaks %u\n",
			     READ_ONCE(pins->nr_pins), READ_ONCE(pins->nr_kept), READ_ONCE(pins->nr_rounded),
			     ccpx_pins_missed(), READ_ONCE(nr_leaks));
}
