// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IOMMU's registers: those that are locked while SNP is enabled (AMD 48882,
 * 2.12.2.1), and those that QEMU's model only stores.
 */
#include "qemu/osdep.h"
#include "../amd_iommu.h"
#include "hw/core/cpu.h"
#include "psp.h"
#include "target/i386/snp/hooks.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/touch.h"

#define CONTROL_PPRLOG_EN	BIT_ULL(13)
#define STATUS_EVT_OVERFLOW	BIT_ULL(0)
#define STATUS_EVT_RUN		BIT_ULL(3)
#define STATUS_PPR_RUN		BIT_ULL(7)
#define STATUS_W1C		0x667ULL

static bool is_locked(hwaddr reg)
{
	switch (reg) {
	case AMDVI_MMIO_DEVICE_TABLE:
	case AMDVI_MMIO_COMMAND_BASE:
	case AMDVI_MMIO_EVENT_BASE:
	case AMDVI_MMIO_EXCL_BASE:	/* with SNP: the completion store's base */
	case AMDVI_MMIO_EXCL_LIMIT:
	case AMDVI_MMIO_PPR_BASE:
		return true;
	}
	return false;
}

static void offence(hwaddr addr)
{
	CPUState *cs = current_cpu;

	snp_touch(&(struct snp_touch) {
		.kind = SNP_OFFENCE_LOCKED,
		.cpu = cs ? cs->cpu_index : -1,
		.rip = cs ? snp_cpu_rip(cs, cs->mem_io_pc) : 0,
		.pa = AMDVI_BASE_ADDR + addr,
		.access = "write",
	});
}

static uint64_t quad(const AMDVIState *iommu, hwaddr reg)
{
	return ldq_le_p(&iommu->mmior[reg]);
}

/* Whoever writes what is there already changes nothing, and is not told of. */
static bool changes(const AMDVIState *iommu, hwaddr addr, uint64_t val,
		    unsigned int size)
{
	return ldn_le_p(&iommu->mmior[addr], size) != extract64(val, 0, size * 8);
}

/* Only the byte with IommuEn matters: it stays set, the other bits can change. */
static void hold_enabled(const AMDVIState *iommu, uint64_t *val)
{
	if (!snp_host->iommu_lock_enable || *val & AMDVI_MMIO_CONTROL_AMDVIEN ||
	    !(quad(iommu, AMDVI_MMIO_CONTROL) & AMDVI_MMIO_CONTROL_AMDVIEN))
		return;
	*val |= AMDVI_MMIO_CONTROL_AMDVIEN;
	offence(AMDVI_MMIO_CONTROL);
}

/**
 * snp_hook_iommu_reg_write - software writes a register of the IOMMU
 * @iommu: the device
 * @addr: offset of the first byte
 * @val: what is written; may be changed
 * @size: bytes
 *
 * Return: true if nothing is left to do.
 */
bool snp_hook_iommu_reg_write(AMDVIState *iommu, hwaddr addr, uint64_t *val,
			      unsigned int size)
{
	hwaddr reg = addr & ~7ULL;

	if (!snp_host)
		return false;
	if (reg == AMDVI_MMIO_STATUS) {
		uint64_t clear = *val << (addr - reg) * 8 & STATUS_W1C;

		stq_le_p(&iommu->mmior[reg], quad(iommu, reg) & ~clear);
		return true;
	}
	if (!snp_iommu_locked())
		return false;
	if (addr == AMDVI_MMIO_CONTROL)
		hold_enabled(iommu, val);
	if (!is_locked(reg))
		return false;
	if (changes(iommu, addr, *val, size))
		offence(addr);
	return true;
}

/**
 * snp_hook_iommu_control - the control register was written
 * @iommu: the device, whose model has set its status
 *
 * A log that ran over stands still until its overflow bit is cleared
 * (AMD 48882, EventLog and PPR log); the model knows no PPR log.
 */
void snp_hook_iommu_control(AMDVIState *iommu)
{
	uint64_t status = quad(iommu, AMDVI_MMIO_STATUS);
	uint64_t control = quad(iommu, AMDVI_MMIO_CONTROL);

	if (!snp_host)
		return;
	if (status & STATUS_EVT_OVERFLOW)
		status &= ~STATUS_EVT_RUN;
	status &= ~STATUS_PPR_RUN;
	if (iommu->enabled && control & CONTROL_PPRLOG_EN)
		status |= STATUS_PPR_RUN;
	stq_le_p(&iommu->mmior[AMDVI_MMIO_STATUS], status);
}
