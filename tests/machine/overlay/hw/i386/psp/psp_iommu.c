// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU's buffers that SNP_INIT_EX takes from the kernel: event log, PPR
 * log and completion-wait store (AMD 56860, SNP_INIT_EX; AMD 48882, SNP).
 */
#include "qemu/osdep.h"
#include "hw/i386/x86-iommu.h"
#include "../amd_iommu.h"
#include "psp.h"
#include "target/i386/snp/host.h"

#define BASE_MASK	MAKE_64BIT_MASK(12, 40)
#define LOG_SIZE(reg)	(16ULL << ((reg) >> 56 & 0xf))

static uint64_t reg_read(AMDVIState *iommu, unsigned int reg)
{
	return ldq_le_p(&iommu->mmior[reg]);
}

/**
 * psp_iommu_take - make the IOMMU's buffers the firmware's, and remember them
 * @s: the device
 *
 * Context: rmp_lock held.
 */
void psp_iommu_take(PspState *s)
{
	X86IOMMUState *x86 = x86_iommu_get_default();
	uint64_t event, ppr, store, limit;
	AMDVIState *iommu;

	memset(s->iommu, 0, sizeof(s->iommu));
	iommu = x86 ? (AMDVIState *)object_dynamic_cast(OBJECT(x86),
					TYPE_AMD_IOMMU_DEVICE) : NULL;
	if (!iommu)
		return;
	event = reg_read(iommu, AMDVI_MMIO_EVENT_BASE);
	ppr = reg_read(iommu, AMDVI_MMIO_PPR_BASE);
	/* With SNP the exclusion range is the completion store's range. */
	store = reg_read(iommu, AMDVI_MMIO_EXCL_BASE) & BASE_MASK;
	limit = reg_read(iommu, AMDVI_MMIO_EXCL_LIMIT) & BASE_MASK;
	s->iommu[0] = (struct psp_iommu_buffer){ event & BASE_MASK, LOG_SIZE(event) };
	s->iommu[1] = (struct psp_iommu_buffer){ ppr & BASE_MASK, LOG_SIZE(ppr) };
	s->iommu[2] = (struct psp_iommu_buffer){ store,
		limit < store ? 0 : limit + 4096 - store };

	for (int i = 0; i < PSP_NR_IOMMU_BUFFERS; i++)
		for (hwaddr at = s->iommu[i].pa;
		     at && at < s->iommu[i].pa + s->iommu[i].size; at += 4096)
			if (rmp_page_state(at) == RMP_HYPERVISOR)
				rmp_write(RMP_PFN(at), RMP_ENTRY_FIRMWARE);
}

/**
 * psp_iommu_give_back - let go of the buffers, as IOMMU_SNP_SHUTDOWN does
 * @s: the device
 *
 * Firmware before 1.53 makes them Hypervisor pages itself, and forgets to
 * correct the count of assigned pages in their 2 MiB, so that the next kernel
 * faults there (Linux works around it with iommu_page_make_shared()).
 *
 * Context: rmp_lock held.
 */
void psp_iommu_give_back(PspState *s)
{
	bool old = snp_host->api_major == 1 && snp_host->api_minor < 53;

	for (int i = 0; i < PSP_NR_IOMMU_BUFFERS; i++)
		for (hwaddr at = s->iommu[i].pa;
		     at && at < s->iommu[i].pa + s->iommu[i].size; at += 4096) {
			if (rmp_page_state(at) != RMP_FIRMWARE)
				continue;
			if (old)
				rmp_write_uncounted(RMP_PFN(at),
						    RMP_ENTRY_HYPERVISOR);
			else
				rmp_write(RMP_PFN(at), RMP_ENTRY_RECLAIM);
		}
	memset(s->iommu, 0, sizeof(s->iommu));
}
