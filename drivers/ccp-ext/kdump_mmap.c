// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping what lies beside a page that is kept from readers.
 *
 * A piece of /proc/vmcore without such a page is mapped whole, and cached, as RAM is. With one it is mapped in
 * parts, each smaller than the mapping, and then the kernel goes by what is noted of each page's memory type
 * (track_pfn_remap(), since 6.16 pfnmap_setup_cachemode(); arch/x86/mm/pat/memtype.c). Nothing is noted of old memory,
 * which makes it uncached: a dump of it would take many times as long. Or something is, of one page among
 * others, and mmap() fails with EAGAIN: 7.3 keeps the buffers of the crashed kernel's IOMMU mapped, cached (since
 * f32fe7cb0198, "iommu/amd: Add support to remap/unmap IOMMU buffers for kdump"). Old memory was RAM, so its
 * parts are mapped as the whole would have been.
 */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

static bool kdump_cached = true;
module_param(kdump_cached, bool, 0444);
MODULE_PARM_DESC(kdump_cached, "crash kernel: map what lies beside withheld pages as RAM; 0 is for tests only");

static atomic64_t nr_parts = ATOMIC64_INIT(0);

static notrace noinline int as_it_was_asked_for(void)
{
	barrier();
	return 0;
}

static int redirect(struct pt_regs *regs, u64 pfn, u64 size)
{
	if (!ccpx_old_holds(pfn << PAGE_SHIFT, size))
		return 0;
	atomic64_inc(&nr_parts);
	regs->ip = (unsigned long)as_it_was_asked_for;
	return 1;
}
NOKPROBE_SYMBOL(redirect);

/* int pfnmap_setup_cachemode(unsigned long pfn, unsigned long size, pgprot_t *prot): of parts only */
static int cachemode_pre(struct kprobe *p, struct pt_regs *regs)
{
	return redirect(regs, regs->di, regs->si);
}
NOKPROBE_SYMBOL(cachemode_pre);

/*
 * int track_pfn_remap(struct vm_area_struct *vma, pgprot_t *prot, unsigned long pfn, unsigned long addr,
 *		       unsigned long size): of a whole mapping, too, for which there is something to be noted
 */
static int track_pre(struct kprobe *p, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (const struct vm_area_struct *)regs->di;

	if (!vma || (regs->cx == vma->vm_start && regs->r8 == vma->vm_end - vma->vm_start))
		return 0;
	return redirect(regs, regs->dx, regs->r8);
}
NOKPROBE_SYMBOL(track_pre);

static struct kprobe probes[] = {
	{ .symbol_name = "pfnmap_setup_cachemode", .pre_handler = cachemode_pre, .post_handler = ccpx_gate_post },
	{ .symbol_name = "track_pfn_remap", .pre_handler = track_pre, .post_handler = ccpx_gate_post },
};

/**
 * ccpx_vmcore_map_cached() - let old memory be mapped as RAM, whatever lies beside it
 *
 * Without it nothing is unsafe: tools read where they cannot map, or map and are slow.
 *
 * Context: process, once, behind ccpx_old_read().
 */
void ccpx_vmcore_map_cached(void)
{
	int i, rc = -ENOENT;

	if (!kdump_cached)
		return;
	for (i = 0; i < ARRAY_SIZE(probes) && rc; i++)
		rc = register_kprobe(&probes[i]);
	if (rc)
		pr_warn("/proc/vmcore: parts of it may be mapped uncached, or not at all: %pe\n", ERR_PTR(rc));
}

/* How many parts of pieces were mapped as RAM. */
u64 ccpx_vmcore_parts(void)
{
	return atomic64_read(&nr_parts);
}
