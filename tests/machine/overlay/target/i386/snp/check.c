// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may touch which page: asked on every TLB fill of a CPU and on every
 * translation of a device's access (APM vol. 2, 15.36.10; AMD 48882).
 */
#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/page-protection.h"
#include "exec/cpu-common.h"
#include "tcg/insn-start-words.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"
#include "touch.h"

#define PG_ERROR_RMP_MASK (1u << 31)

enum verdict {
	FREE,		/* the page may be written */
	NEIGHBOUR,	/* so large a mapping may not: the 2 MiB is not clean */
	ASSIGNED,
	TABLE,
};

static enum verdict judge(hwaddr pa, uint64_t mapping_size, uint64_t *entry)
{
	uint64_t pfn = RMP_PFN(pa);
	bool large;

	*entry = 0;
	if (!rmp_covers(pfn))
		return FREE;
	*entry = rmp_effective(pfn, &large);
	if (rmp_is_table(pa))
		return TABLE;
	if (*entry & RMP_ASSIGNED)
		return ASSIGNED;
	/* A 1 GiB mapping counts as the 2 MiB one around the address. */
	if (mapping_size > 4096 && rmp_block_assigned(pfn))
		return NEIGHBOUR;
	return FREE;
}

/**
 * snp_cpu_rip - where a CPU is
 * @cs: the CPU
 * @ra: where in the translated code; 0: between two instructions
 *
 * With CF_PCREL code the unwinder knows only the offset in the page.
 *
 * Return: its instruction pointer.
 */
uint64_t snp_cpu_rip(CPUState *cs, uintptr_t ra)
{
	uint64_t data[TARGET_INSN_START_WORDS];
	uint64_t eip = cpu_env(cs)->eip;

	if (!ra || !cpu_unwind_state_data(cs, ra, data))
		return eip;
	return (eip & ~0xfffULL) | (data[0] & 0xfff);
}

static void cpu_touch(CPUState *cs, enum snp_touch_kind kind, hwaddr pa,
		      uint64_t entry, uint64_t mapping_size,
		      MMUAccessType type, uintptr_t ra)
{
	static const char *const name[] = {
		[MMU_DATA_LOAD] = "read",
		[MMU_DATA_STORE] = "write",
		[MMU_INST_FETCH] = "fetch",
	};

	snp_touch(&(struct snp_touch) {
		.kind = kind,
		.cpu = cs->cpu_index,
		.rip = snp_cpu_rip(cs, ra),
		.pa = pa,
		.entry = entry,
		.mapping_size = mapping_size,
		.access = name[type],
	});
}

static enum snp_touch_kind fault_kind(enum verdict verdict)
{
	switch (verdict) {
	case TABLE:
		return SNP_TOUCH_RMP_TABLE;
	case NEIGHBOUR:
		return SNP_TOUCH_RMP_FAULT_LARGE;
	default:
		return SNP_TOUCH_RMP_FAULT;
	}
}

/**
 * snp_hook_fill - a CPU is about to keep a translation
 * @cs: the CPU
 * @pa: physical address of the access
 * @page_size: size of the mapping, bytes
 * @type: load, store or instruction fetch
 * @mmu_idx: QEMU's kind of address; the walks of page tables are not checked
 * @probe: nothing was really accessed yet
 * @ra: where in the translated code
 * @prot: what the mapping allows; PAGE_WRITE is taken away where a later
 *	  store has to ask again
 *
 * Return: 0, or the page fault's error code without its user bit.
 */
int snp_hook_fill(CPUState *cs, hwaddr pa, int page_size, MMUAccessType type,
		  int mmu_idx, bool probe, uintptr_t ra, int *prot)
{
	enum verdict verdict;
	uint64_t entry;
	bool checks;

	if (likely(!qatomic_read(&rmp_armed)) || mmu_idx == MMU_PHYS_IDX)
		return 0;
	verdict = judge(pa, page_size, &entry);
	if (verdict == FREE)
		return 0;
	checks = snp_cpu_enabled(cs->cpu_index);
	if (!checks && verdict == NEIGHBOUR)
		return 0;

	if (type != MMU_DATA_STORE) {
		*prot &= ~PAGE_WRITE;
		if (verdict == ASSIGNED && RMP_ASID(entry))
			cpu_touch(cs, SNP_TOUCH_GUEST_READ, pa, entry,
				  page_size, type, ra);
		return 0;
	}
	if (!checks) {
		cpu_touch(cs, SNP_TOUCH_UNCHECKED, pa, entry, page_size, type, ra);
		return 0;
	}
	if (!probe)
		cpu_touch(cs, fault_kind(verdict), pa, entry, page_size, type, ra);
	return PG_ERROR_P_MASK | PG_ERROR_W_MASK | PG_ERROR_RMP_MASK;
}

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

	if (!qatomic_read(&rmp_armed))
		return false;
	if (judge(pa, 4096, &touch.entry) == FREE)
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
 * snp_hook_dma_around - something writes memory that no IOMMU translates for
 * @pa: physical address
 * @len: bytes
 */
void snp_hook_dma_around(hwaddr pa, uint64_t len)
{
	if (!qatomic_read(&rmp_armed) || !len)
		return;
	for (hwaddr at = pa & ~0xfffULL; at < pa + len; at += 4096) {
		struct snp_touch touch = {
			.kind = SNP_TOUCH_UNCHECKED,
			.cpu = -1,
			.pa = MAX(at, pa),
			.access = "dma-write",
		};

		if (judge(at, 4096, &touch.entry) != FREE)
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
