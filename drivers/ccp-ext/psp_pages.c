// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that KVM took from ccp for the firmware: each SNP guest's context, and the page
 * in which its guest requests are answered. Firmware lets go of them only while it is
 * initialised (56860, SNP_PAGE_RECLAIM), and a VMM that is not waited for does not
 * return them, so who shuts the firmware down has to know them.
 *
 * Where they cannot be seen they stay assigned and are kept out, until the next
 * SNP_INIT_EX.
 */
#include "ccp_ext.h"

#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

static DEFINE_RAW_SPINLOCK(pages_lock);
static u64 pages[CCPX_MAX_FW_PAGES];	/* bytes */
static u32 nr_pages;
static struct kretprobe alloc_probe;
static struct kprobe free_probe;
static bool armed;

static int alloc_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	void *page = (void *)regs_return_value(regs);
	unsigned long flags;

	if (!virt_addr_valid(page))
		return 0;
	raw_spin_lock_irqsave(&pages_lock, flags);
	if (nr_pages < CCPX_MAX_FW_PAGES)
		pages[nr_pages++] = virt_to_phys(page);
	raw_spin_unlock_irqrestore(&pages_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(alloc_return);

static int free_pre(struct kprobe *p, struct pt_regs *regs)
{
	void *page = (void *)regs->di;
	unsigned long flags;
	u64 pa;
	u32 i;

	if (!virt_addr_valid(page))
		return 0;
	pa = virt_to_phys(page);
	raw_spin_lock_irqsave(&pages_lock, flags);
	for (i = 0; i < nr_pages && pages[i] != pa; i++)
		;
	if (i < nr_pages)
		pages[i] = pages[--nr_pages];
	raw_spin_unlock_irqrestore(&pages_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(free_pre);

/* A ccp that knows no SNP has neither function, and nothing to see. Context: before ccp's init. */
void ccpx_pages_arm(void)
{
	if (armed)
		return;
	nr_pages = 0;
	/* a probe must be zero but for its request when it is registered again */
	memset(&alloc_probe, 0, sizeof(alloc_probe));
	alloc_probe.kp.symbol_name = "ccp:snp_alloc_firmware_page";
	alloc_probe.handler = alloc_return;
	alloc_probe.maxactive = 32;
	if (register_kretprobe(&alloc_probe))
		return;
	memset(&free_probe, 0, sizeof(free_probe));
	free_probe.symbol_name = "ccp:snp_free_firmware_page";
	free_probe.pre_handler = free_pre;
	armed = !register_kprobe(&free_probe);
	if (!armed)
		unregister_kretprobe(&alloc_probe);
}

void ccpx_pages_disarm(void)
{
	if (!armed)
		return;
	unregister_kprobe(&free_probe);
	unregister_kretprobe(&alloc_probe);
	armed = false;
	nr_pages = 0;
}

/**
 * ccpx_pages_get() - pages that KVM has from ccp now
 * @pa: filled, bytes
 * @max: room in @pa
 *
 * Return: entries copied.
 */
u32 ccpx_pages_get(u64 *pa, u32 max)
{
	unsigned long flags;
	u32 n;

	raw_spin_lock_irqsave(&pages_lock, flags);
	n = min(nr_pages, max);
	memcpy(pa, pages, n * sizeof(*pa));
	raw_spin_unlock_irqrestore(&pages_lock, flags);
	return n;
}
