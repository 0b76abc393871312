// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNP_INIT_EX takes the pages that each IOMMU's event log, PPR log and
 * completion-wait registers point at (AMD 56860, SNP_INIT_EX; AMD 48882, SNP).
 * A kernel that uses no PPR log leaves that register as a previous kernel wrote
 * it: 6.1 sets it up, 6.12 does not touch it. The firmware would then take pages
 * that this kernel has long given to somebody else.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>

/* AMD 48882, MMIO registers; drivers/iommu/amd/amd_iommu_types.h */
#define IOMMU_CONTROL		0x18
#define IOMMU_PPR_BASE		0x38
#define IOMMU_MAPPED		0x40
#define CONTROL_PPRLOG_EN	BIT_ULL(13)

/**
 * ccpx_iommu_for_each() - call a function for each IOMMU of this host
 * @fn: is given the physical address of the IOMMU's registers; nonzero ends the walk
 * @arg: for @fn
 *
 * Context: process. Return: 0, also without any, or what @fn returned.
 */
int ccpx_iommu_for_each(int (*fn)(u64 base, void *arg), void *arg)
{
	struct acpi_ivrs_header *h;
	struct acpi_table_header *ivrs;
	u64 seen = 0, base;
	u8 *p, *end;
	int rc = 0;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_IVRS, 0, &ivrs)))
		return 0;
	end = (u8 *)ivrs + ivrs->length;
	for (p = (u8 *)ivrs + sizeof(struct acpi_table_ivrs); p + sizeof(*h) <= end && !rc; p += h->length) {
		h = (struct acpi_ivrs_header *)p;
		if (h->length < sizeof(*h) || p + h->length > end)
			break;
		/* an IOMMU has a block of each type that its firmware offers, one after the other */
		if ((h->type != ACPI_IVRS_TYPE_HARDWARE1 && h->type != ACPI_IVRS_TYPE_HARDWARE2 &&
		     h->type != ACPI_IVRS_TYPE_HARDWARE3) ||
		    h->length < sizeof(struct acpi_ivrs_hardware_10))
			continue;
		base = ((struct acpi_ivrs_hardware_10 *)p)->base_address;
		if (base != seen)
			rc = fn(base, arg);
		seen = base;
	}
	acpi_put_table(ivrs);
	return rc;
}

static int forget_ppr(u64 base, void *nr)
{
	void __iomem *regs = ioremap(base, IOMMU_MAPPED);

	if (!regs)
		return 0;
	if (!(readq(regs + IOMMU_CONTROL) & CONTROL_PPRLOG_EN) && readq(regs + IOMMU_PPR_BASE)) {
		writeq(0, regs + IOMMU_PPR_BASE);
		++*(unsigned int *)nr;
	}
	iounmap(regs);
	return 0;
}

/**
 * ccpx_iommu_forget() - clear PPR log addresses that nobody uses
 *
 * Context: process, before ccp initializes SNP. While SNP is enabled, or may be, they are
 * locked.
 */
void ccpx_iommu_forget(void)
{
	struct ccpx_watch_state w;
	unsigned int nr = 0;

	ccpx_watch_get(&w);
	if (!ccpx_kernel_knows_snp() || w.snp_state != RMPP_SNP_UNINIT)
		return;
	ccpx_iommu_for_each(forget_ppr, &nr);
	if (nr)
		pr_info("%u stale PPR log addresses of a previous kernel cleared\n", nr);
}
