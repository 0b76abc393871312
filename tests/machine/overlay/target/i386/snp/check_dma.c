// SPDX-License-Identifier: GPL-2.0-only
/* What devices may touch: asked on every translation of an access (AMD 48882). */
#include "qemu/osdep.h"
#include "exec/memory.h"
#include "check.h"
#include "core.h"
#include "hidden.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"

/* A denied access comes back for each 4 bytes; once per page is enough. */
static bool dma_continues(uint16_t devid, hwaddr pa)
{
	static uint16_t last_devid;
	static hwaddr last_pa;
	bool same = devid == last_devid && pa == last_pa + 4 && pa % 4096;

	last_devid = devid;
	last_pa = pa;
	return same;
}

/**
 * snp_hook_dma_denied - a device accesses memory
 * @devid: its PCI bus, device and function
 * @pa: translated address
 * @is_write: direction
 * @iommu_on: the IOMMU is enabled at all
 *
 * The IOMMU stops writes between SNP_INIT_EX and IOMMU_SNP_SHUTDOWN. Reads of
 * guests' pages are let through, as those of a CPU are: they give ciphertext,
 * but no host has a reason for one.
 *
 * Return: true if the access must not happen.
 */
bool snp_hook_dma_denied(uint16_t devid, hwaddr pa, bool is_write, bool iommu_on)
{
	struct snp_touch touch = { .cpu = -1, .rip = devid, .pa = pa };
	bool deny;

	if (is_write)
		snp_core_write(devid, pa);
	if (!qatomic_read(&rmp_armed))
		return false;
	if (snp_judge(pa, 4096, &touch.entry) == SNP_FREE)
		return false;
	if (!is_write) {
		touch.kind = SNP_TOUCH_GUEST_READ;
		touch.access = "dma-read";
		if (RMP_ASID(touch.entry))
			snp_touch(&touch);
		return false;
	}
	deny = iommu_on && snp_host->iommu_enforced;
	touch.kind = deny ? SNP_TOUCH_DMA : SNP_TOUCH_UNCHECKED;
	touch.access = "dma-write";
	if (!deny || !dma_continues(devid, pa))
		snp_touch(&touch);
	return deny;
}

/**
 * snp_hook_dma_hide - lead a device's read away from what is hidden
 * @translation: what the IOMMU made of the address; changed in place
 * @addr: the device's address
 * @is_write: direction
 */
void snp_hook_dma_hide(IOMMUTLBEntry *translation, hwaddr addr, bool is_write)
{
	hwaddr pa = translation->translated_addr |
		    (addr & translation->addr_mask);
	uint64_t entry;

	if (is_write || !qatomic_read(&rmp_armed) ||
	    !snp_host->ciphertext_hidden || translation->perm == IOMMU_NONE)
		return;
	if (snp_judge(pa, 4096, &entry) != SNP_ASSIGNED || !snp_hidden(entry))
		return;
	translation->iova = addr & ~0xfffULL;
	translation->translated_addr = snp_hidden_pa(0);
	translation->addr_mask = 0xfff;
	translation->perm = IOMMU_RO;
}

/**
 * snp_hook_dma_around - something writes memory that no IOMMU translates for
 * @pa: physical address
 * @len: bytes
 */
void snp_hook_dma_around(hwaddr pa, uint64_t len)
{
	snp_core_write(SNP_CORE_AROUND, pa);
	if (!qatomic_read(&rmp_armed) || !len)
		return;
	for (hwaddr at = pa & ~0xfffULL; at < pa + len; at += 4096) {
		struct snp_touch touch = {
			.kind = SNP_TOUCH_UNCHECKED,
			.cpu = -1,
			.pa = MAX(at, pa),
			.access = "dma-write",
		};

		if (snp_judge(at, 4096, &touch.entry) != SNP_FREE)
			snp_touch(&touch);
	}
}

/**
 * snp_hook_virtio_refused - a virtio device is plugged
 * @iommu_platform: it uses the IOMMU
 *
 * Return: true if it has no place in this machine.
 */
bool snp_hook_virtio_refused(bool iommu_platform)
{
	return snp_host && !iommu_platform;
}
