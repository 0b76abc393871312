// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the IOMMU itself reads and writes: its event log, the store of a
 * completion wait, its tables (AMD 48882, 2.5 and 2.12.2).
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "hw/pci/msi.h"
#include "system/dma.h"
#include "../amd_iommu.h"
#include "psp.h"
#include "target/i386/snp/core.h"
#include "target/i386/snp/hooks.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/touch.h"

#define STATUS_EVT_OVERFLOW	BIT_ULL(0)
#define STATUS_EVT_INT		BIT_ULL(1)
#define STATUS_EVT_RUN		BIT_ULL(3)

#define EVENT_TYPE_SHIFT	60
#define EVENT_IO_PAGE_FAULT	0x2ULL
#define EVENT_RMP_PAGE_FAULT	0xdULL
#define EVENT_FLAGS_SHIFT	48
#define EVENT_FLAGS_MASK	MAKE_64BIT_MASK(EVENT_FLAGS_SHIFT, 12)
#define EVENT_FLAG_WRITE	BIT_ULL(EVENT_FLAGS_SHIFT + 5)

#define DTE_V			BIT_ULL(0)
#define DTE_TV			BIT_ULL(1)
#define DTE_MODE(dte)		((dte) >> 9 & 7)
#define DTE_GV			BIT_ULL(55)

static uint64_t quad(const AMDVIState *iommu, hwaddr reg)
{
	return ldq_le_p(&iommu->mmior[reg]);
}

static void touch(AMDVIState *iommu, enum snp_touch_kind kind, hwaddr pa,
		  const char *access)
{
	bool large;

	snp_touch(&(struct snp_touch) {
		.kind = kind,
		.cpu = -1,
		.rip = pci_requester_id(&iommu->pci.dev),
		.pa = pa,
		.entry = rmp_covers(RMP_PFN(pa)) ?
			 rmp_effective(RMP_PFN(pa), &large) : 0,
		.access = access,
	});
}

/* While SNP is enabled the IOMMU writes to the pages that the firmware took. */
static bool may_write(AMDVIState *iommu, hwaddr pa, const char *access)
{
	if (!snp_iommu_locked() || rmp_page_state(pa) == RMP_FIRMWARE)
		return true;
	touch(iommu, SNP_TOUCH_IOMMU_LOG, pa, access);
	return false;
}

/**
 * snp_hook_iommu_store - a completion wait is about to store
 * @iommu: the device
 * @pa: its store address
 *
 * The address has to lie between Completion Store Base and Limit (AMD 48882,
 * 2.12.2.2).
 *
 * Return: false if the store does not happen.
 */
bool snp_hook_iommu_store(AMDVIState *iommu, hwaddr pa)
{
	hwaddr base = quad(iommu, AMDVI_MMIO_EXCL_BASE) & AMDVI_MMIO_EXCL_LIMIT_MASK;
	hwaddr limit = quad(iommu, AMDVI_MMIO_EXCL_LIMIT) | 0xfff;

	snp_core_write(SNP_CORE_IOMMU, pa);
	if (!snp_host || !snp_iommu_locked())
		return true;
	if (pa >= base && pa <= (limit & MAKE_64BIT_MASK(0, 52)))
		return may_write(iommu, pa, "completion-store");
	touch(iommu, SNP_TOUCH_IOMMU_LOG, pa, "completion-store");
	return false;
}

/**
 * snp_hook_iommu_fetch - the IOMMU reads a command or an entry of a table
 * @iommu: the device
 * @pa: from where
 *
 * A guest's page gives it ciphertext, and no host has a reason for that.
 */
void snp_hook_iommu_fetch(AMDVIState *iommu, hwaddr pa)
{
	uint64_t entry;
	bool large;

	if (!snp_host || !qatomic_read(&rmp_armed) || !rmp_covers(RMP_PFN(pa)))
		return;
	entry = rmp_effective(RMP_PFN(pa), &large);
	if (entry & RMP_ASSIGNED && RMP_ASID(entry))
		touch(iommu, SNP_TOUCH_GUEST_READ, pa, "iommu-read");
}

/**
 * snp_hook_iommu_dte_illegal - look at a device table entry
 * @dte: its first quadword
 *
 * Return: true if SNP forbids it: translation on and Mode 0 (AMD 48882, 2.12;
 * Linux offers no identity domain for that reason).
 */
bool snp_hook_iommu_dte_illegal(uint64_t dte)
{
	return snp_host && snp_iommu_locked() && dte & DTE_V &&
	       dte & DTE_TV && !(dte & DTE_GV) && !DTE_MODE(dte);
}

static void interrupt(AMDVIState *iommu)
{
	PCIDevice *pci = &iommu->pci.dev;
	MemTxAttrs attrs = { .requester_id = pci_requester_id(pci) };
	MSIMessage msg;

	if (!iommu->evtlog_intr || !msi_enabled(pci))
		return;
	msg = msi_get_message(pci, 0);
	address_space_stl_le(&address_space_memory, msg.address, msg.data,
			     attrs, NULL);
}

static void status_change(AMDVIState *iommu, uint64_t set, uint64_t clear)
{
	stq_le_p(&iommu->mmior[AMDVI_MMIO_STATUS],
		 (quad(iommu, AMDVI_MMIO_STATUS) & ~clear) | set);
}

/* The model puts the kind of access where the flags are, and no device's bus. */
static uint64_t event_header(uint64_t header)
{
	bool is_write = header >> EVENT_FLAGS_SHIFT & AMDVI_PERM_WRITE;

	if (header >> EVENT_TYPE_SHIFT != EVENT_IO_PAGE_FAULT)
		return header;
	return (header & ~EVENT_FLAGS_MASK) | (is_write ? EVENT_FLAG_WRITE : 0);
}

/**
 * snp_hook_iommu_event - log an event
 * @iommu: the device
 * @event: two quadwords
 *
 * The log is a ring; when it is full it overflows and stands still until
 * software has cleared the overflow and enabled it again (AMD 48882, 2.5).
 *
 * Return: true if nothing is left to do.
 */
bool snp_hook_iommu_event(AMDVIState *iommu, const uint64_t *event)
{
	uint64_t size = (uint64_t)iommu->evtlog_len * AMDVI_EVENT_LEN;
	uint64_t head, tail, next;
	uint64_t entry[2] = { cpu_to_le64(event_header(event[0])),
			      cpu_to_le64(event[1]) };

	if (!snp_host)
		return false;
	if (!iommu->evtlog_enabled || !size ||
	    !(quad(iommu, AMDVI_MMIO_STATUS) & STATUS_EVT_RUN))
		return true;
	head = quad(iommu, AMDVI_MMIO_EVENT_HEAD) & AMDVI_MMIO_EVTLOG_HEAD_MASK;
	tail = quad(iommu, AMDVI_MMIO_EVENT_TAIL) & AMDVI_MMIO_EVTLOG_TAIL_MASK;
	tail %= size;
	next = (tail + AMDVI_EVENT_LEN) % size;
	if (next == head) {
		status_change(iommu, STATUS_EVT_OVERFLOW, STATUS_EVT_RUN);
		interrupt(iommu);
		return true;
	}
	if (!may_write(iommu, iommu->evtlog + tail, "event-log"))
		return true;
	snp_core_write(SNP_CORE_IOMMU, iommu->evtlog + tail);
	dma_memory_write(&address_space_memory, iommu->evtlog + tail, entry,
			 sizeof(entry), MEMTXATTRS_UNSPECIFIED);
	stq_le_p(&iommu->mmior[AMDVI_MMIO_EVENT_TAIL], next);
	status_change(iommu, STATUS_EVT_INT, 0);
	interrupt(iommu);
	return true;
}

/**
 * snp_hook_iommu_rmp_fault - a device's write met the RMP
 * @iommu: the device that translated it
 * @devid: PCI bus, device and function of the one that wrote
 * @addr: the address that it used
 *
 * The event is RMP_PAGE_FAULT, once per page and burst.
 */
void snp_hook_iommu_rmp_fault(AMDVIState *iommu, uint16_t devid, hwaddr addr)
{
	static uint16_t last_devid;
	static hwaddr last_addr;
	uint64_t event[2] = {
		EVENT_RMP_PAGE_FAULT << EVENT_TYPE_SHIFT | EVENT_FLAG_WRITE | devid,
		addr,
	};
	bool same = devid == last_devid && addr == last_addr + 4 && addr % 4096;

	last_devid = devid;
	last_addr = addr;
	if (!same)
		snp_hook_iommu_event(iommu, event);
}
