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

static bool forget_ppr(u64 base)
{
	void __iomem *regs = ioremap(base, IOMMU_MAPPED);
	bool stale;

	if (!regs)
		return false;
	stale = !(readq(regs + IOMMU_CONTROL) & CONTROL_PPRLOG_EN) &&
		readq(regs + IOMMU_PPR_BASE);
	if (stale)
		writeq(0, regs + IOMMU_PPR_BASE);
	iounmap(regs);
	return stale;
}

/**
 * ccpx_iommu_forget() - clear PPR log addresses that nobody uses
 *
 * Context: process, before ccp initializes SNP.
 */
void ccpx_iommu_forget(void)
{
	struct acpi_ivrs_header *h;
	struct acpi_table_header *ivrs;
	unsigned int nr = 0;
	u8 *p, *end;

	if (!ccpx_kernel_knows_snp() || ACPI_FAILURE(acpi_get_table(ACPI_SIG_IVRS, 0, &ivrs)))
		return;
	end = (u8 *)ivrs + ivrs->length;
	for (p = (u8 *)ivrs + sizeof(struct acpi_table_ivrs); p + sizeof(*h) <= end; p += h->length) {
		h = (struct acpi_ivrs_header *)p;
		if (h->length < sizeof(*h) || p + h->length > end)
			break;
		/* an IOMMU has a block of each type that its firmware offers */
		if ((h->type == ACPI_IVRS_TYPE_HARDWARE1 || h->type == ACPI_IVRS_TYPE_HARDWARE2 ||
		     h->type == ACPI_IVRS_TYPE_HARDWARE3) &&
		    h->length >= sizeof(struct acpi_ivrs_hardware_10))
			nr += forget_ppr(((struct acpi_ivrs_hardware_10 *)p)->base_address);
	}
	acpi_put_table(ivrs);
	if (nr)
		pr_info("%u stale PPR log addresses of a previous kernel cleared\n", nr);
}
