// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping old memory by runs of pages, in place of mmap_vmcore() (fs/proc/vmcore.c).
 *
 * As soon as there is a callback the kernel asks about each page of a mapping, and maps the zero page once for each that
 * is withheld. makedumpfile maps pieces of 4 MiB, each of which several times, and reads little of them: asking was
 * a quarter of what a dump took. The filter knows its pages as extents, and a mapping as a few of them; what is
 * withheld becomes the zero page once somebody touches it.
 *
 * Only what is understood whole is done here: a piece of old memory alone, of which the ELF header says where it
 * lies. All else is the kernel's own business, and so is all where another callback has a say, or where mappings of RAM
 * need SME's bit, which no module is told (cc_mkenc()).
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "kdump.h"

#include <linux/atomic.h>
#include <linux/cc_platform.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/uaccess.h>

static bool kdump_runs = true;
module_param(kdump_runs, bool, 0444);
MODULE_PARM_DESC(kdump_runs, "crash kernel: map by runs of pages; 0 is for tests only");

static atomic64_t nr_mapped = ATOMIC64_INIT(0);
static bool has_moved;	/* other drivers' dumps push all of it back (vmcore_add_device_dump()) */

/* All that is the host's is there from the beginning; if one of its pages is not, zeros would look like its content. */
static vm_fault_t give_zeros(struct vm_fault *vmf)
{
	u64 pa;

	if (!ccpx_old_at((u64)vmf->pgoff << PAGE_SHIFT, PAGE_SIZE, &pa) ||
	    !rmpp_filter_has(ccpx_vmcore_published(), pa >> PAGE_SHIFT))
		return VM_FAULT_SIGBUS;
	ccpx_vmcore_withhold();
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(ZERO_PAGE(vmf->address)));
}

static const struct vm_operations_struct ops = { .fault = give_zeros };

static u64 vma_size(const struct vm_area_struct *vma)
{
	return vma->vm_end - vma->vm_start;
}

/* In place of mmap_vmcore(), with its arguments, behind is_ours(). What a failure leaves is unmapped by the caller. */
static notrace noinline int map_runs(struct file *file, struct vm_area_struct *vma)
{
	const struct rmpp_filter *f = ccpx_vmcore_published();
	u64 pa, nr, run, left = vma_size(vma) >> PAGE_SHIFT;
	unsigned long at = vma->vm_start;
	bool withheld;
	int rc = 0;

	/* again, and now with a reader's means; the next one is the kernel's */
	if (!ccpx_old_is_as_read(file) || !ccpx_old_at((u64)vma->vm_pgoff << PAGE_SHIFT, vma_size(vma), &pa)) {
		WRITE_ONCE(has_moved, true);
		return -EAGAIN;
	}
	/* as remap_pfn_range() does, which there is none of where all is withheld */
	ccpx_new_vma_flags(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &ops;
	for (nr = pa >> PAGE_SHIFT; left && !rc; left -= run) {
		run = rmpp_filter_run(f, nr, left, &withheld);
		if (!withheld)
			rc = remap_pfn_range(vma, at, nr, run << PAGE_SHIFT, vma->vm_page_prot);
		nr += run;
		at += run << PAGE_SHIFT;
	}
	if (rc)
		return -EAGAIN;
	atomic64_inc(&nr_mapped);
	return 0;
}

/* Are these the arguments of an mmap method at all, and of one that can be done here? */
static bool is_ours(const struct file *file, const struct vm_area_struct *vma)
{
	struct file *mapped;
	u64 pa;

	return !copy_from_kernel_nofault(&mapped, &vma->vm_file, sizeof(mapped)) && mapped == file &&
	       !(vma->vm_flags & (VM_WRITE | VM_EXEC)) && !READ_ONCE(has_moved) && ccpx_vmcore_published() && ccpx_vmcore_alone() &&
	       ccpx_old_at((u64)vma->vm_pgoff << PAGE_SHIFT, vma_size(vma), &pa);
}

static int mmap_pre(struct kprobe *p, struct pt_regs *regs)
{
	if (!is_ours((const struct file *)regs->di, (const struct vm_area_struct *)regs->si))
		return 0;
	regs->ip = (unsigned long)map_runs;
	return 1;
}
NOKPROBE_SYMBOL(mmap_pre);

static struct kprobe probe = {
	.symbol_name = "mmap_vmcore", .pre_handler = mmap_pre, .post_handler = ccpx_gate_post,
};

/**
 * ccpx_vmcore_map_runs() - from now on map old memory by runs
 *
 * Without it nothing is unsafe, and dumps take longer.
 *
 * Context: process, once, behind ccpx_old_read().
 */
void ccpx_vmcore_map_runs(void)
{
	int rc;

	if (!kdump_runs)
		return;
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT)) {
		pr_info("/proc/vmcore: each page of a mapping is asked about, for SME is active\n");
		return;
	}
	rc = register_kprobe(&probe);
	if (rc)
		pr_warn("/proc/vmcore: each page of a mapping is asked about, which takes its time: %pe\n", ERR_PTR(rc));
}

/* How many mappings were made by runs. */
u64 ccpx_vmcore_runs(void)
{
	return atomic64_read(&nr_mapped);
}
