// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last act of ccp's SNP shutdown makes the IOMMUs' logs the hypervisor's again
 * (amd_iommu_snp_disable()). By then the firmware is down, but if it fails ccp goes on to believe
 * that it is up, and gives the firmware, which takes nothing back any more, the buffers of all later
 * commands. And it fails where there was nothing to do: of a log that the kernel allocated and never
 * set up, as 7.3 does the PPR log of an IOMMU without GIOSup or EPHSup (amd_iommu_gt_ppr_supported()),
 * the page on a 2 MiB boundary is missed in the RMP (iommu_page_make_shared()).
 *
 * So while it is asked to shut down, ccp hears that this went well, and what it left is taken back
 * here. A page that stays assigned all the same is found by the scan like any other one.
 */
#include "ccp_ext.h"

#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

static struct kretprobe disable_probe;
static bool armed;
static bool hidden;	/* ccp is shutting down for us */
static int failure;

static int disable_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	int rc = regs_return_value(regs);

	if (!rc || !READ_ONCE(hidden))
		return 0;
	WRITE_ONCE(failure, rc);
	if (ccpx_params.iommu_share)
		regs_set_return_value(regs, 0);
	return 0;
}
NOKPROBE_SYMBOL(disable_return);

/**
 * ccpx_iommu_share_begin() - ccp's shutdown is about to be called
 *
 * Context: process, ccpx_lock held; before ccpx_iommu_share_end().
 */
void ccpx_iommu_share_begin(void)
{
	WRITE_ONCE(failure, 0);
	WRITE_ONCE(hidden, true);
}

/**
 * ccpx_iommu_take_back() - pages that the firmware has let go and nobody has taken
 *
 * SNP_SHUTDOWN_EX makes those of the IOMMUs Reclaim (56860). Whoever is at one beside us (KVM, of a context)
 * finds that it is his already.
 *
 * Context: process, ccpx_lock held; SNP is read as UNINIT. Return: pages.
 */
u32 ccpx_iommu_take_back(void)
{
	struct ccpx_rmp rmp;
	struct rmpp_entry e;
	u64 block = 0, pfn;
	u32 nr = 0, n;

	if (!ccpx_params.iommu_share || ccpx_rmp_open(&rmp))
		return 0;
	while ((block = ccpx_rmp_scan_block(&rmp, block, rmp.nr_pages)) < rmp.nr_pages) {
		for (pfn = block; pfn < block + RMPP_PAGES_PER_2M; pfn += n) {
			ccpx_rmp_entry(&rmp, pfn, &e);
			n = e.assigned && e.pagesize_2m ? RMPP_PAGES_PER_2M : 1;
			if (rmpp_entry_state(&e) == RMPP_PAGE_RECLAIM && !ccpx_rmp_make_shared(pfn, e.pagesize_2m))
				nr += n;
		}
		block += RMPP_PAGES_PER_2M;
		cond_resched();
	}
	ccpx_rmp_close(&rmp);
	return nr;
}

/**
 * ccpx_iommu_share_end() - ... and has come back
 * @down: SNP is read as UNINIT
 *
 * Context: process, ccpx_lock held.
 */
void ccpx_iommu_share_end(bool down)
{
	WRITE_ONCE(hidden, false);
	if (failure)
		pr_warn("not all of the IOMMUs' logs were made shared again (%pe): %u pages were taken back, what is still assigned is kept out\n",
			ERR_PTR(failure), down ? ccpx_iommu_take_back() : 0);
}

/* A kernel that knows no SNP has no such function, and nothing to hide. Context: module init. */
void ccpx_iommu_share_init(void)
{
	int rc;

	disable_probe.kp.symbol_name = "amd_iommu_snp_disable";
	disable_probe.handler = disable_return;
	disable_probe.maxactive = 4;
	rc = register_kretprobe(&disable_probe);
	armed = !rc;
	if (rc && rc != -ENOENT)
		pr_warn("no probe on amd_iommu_snp_disable() (%pe): where it fails, so does the shutdown of SNP\n",
			ERR_PTR(rc));
}

/* Context: module exit. */
void ccpx_iommu_share_exit(void)
{
	if (armed)
		unregister_kretprobe(&disable_probe);
}
