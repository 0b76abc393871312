/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What QEMU's own files call. Without a snp-host object each of these does
 * nothing, so that the machine is the one that upstream ships.
 */
#ifndef TARGET_I386_SNP_HOOKS_H
#define TARGET_I386_SNP_HOOKS_H

#include "exec/hwaddr.h"
#include "exec/mmu-access-type.h"

/* hw/i386/pc.c, hw/i386/x86-common.c: the RMP's place at the top of low RAM */
uint64_t snp_hook_low_ram_end(uint64_t low_end, uint64_t top);
uint64_t snp_hook_low_ram_held(void);
uint32_t snp_hook_initrd_max(uint32_t max, uint32_t initrd_end);

/* hw/i386/amd_iommu.c */
struct AMDVIState;
struct IOMMUTLBEntry;
uint64_t snp_hook_iommu_features(void);
bool snp_hook_iommu_reg_write(struct AMDVIState *iommu, hwaddr addr,
			      uint64_t *val, unsigned int size);
void snp_hook_iommu_control(struct AMDVIState *iommu);
bool snp_hook_iommu_event(struct AMDVIState *iommu, const uint64_t *event);
bool snp_hook_iommu_store(struct AMDVIState *iommu, hwaddr pa);
void snp_hook_iommu_fetch(struct AMDVIState *iommu, hwaddr pa);
bool snp_hook_iommu_dte_illegal(uint64_t dte);
void snp_hook_iommu_rmp_fault(struct AMDVIState *iommu, uint16_t devid,
			      hwaddr addr);
bool snp_hook_dma_denied(uint16_t devid, hwaddr pa, bool is_write,
			 bool iommu_on);

void snp_hook_dma_hide(struct IOMMUTLBEntry *translation, hwaddr addr,
		       bool is_write);

/* hw/virtio/virtio-bus.c, hw/nvram/fw_cfg.c */
bool snp_hook_virtio_refused(bool iommu_platform);
void snp_hook_dma_around(hwaddr pa, uint64_t len);

/* target/i386/cpu.c, target/i386/tcg */
void snp_hook_cpuid(uint32_t leaf, uint32_t *eax, uint32_t *ebx, uint32_t *ecx,
		    uint32_t *edx);
bool snp_hook_wrmsr(CPUState *cs, uint32_t msr, uint64_t val, uintptr_t ra);
bool snp_hook_rdmsr(CPUState *cs, uint32_t msr, uint64_t *val);
void snp_hook_write_cr(CPUState *cs, int reg, uint64_t val);
int snp_hook_fill(CPUState *cs, hwaddr *pa, int *page_size, MMUAccessType type,
		  int mmu_idx, bool probe, uintptr_t ra, int *prot);
bool snp_hook_walk_denied(CPUState *cs, hwaddr pte);
void snp_hook_walk_fault(CPUState *cs, hwaddr pte, uintptr_t ra);
void snp_hook_vmcb(CPUState *cs, hwaddr vmcb, hwaddr hsave, const char *insn,
		   uintptr_t ra);

/* Bit 31 of a page fault's error code: the RMP forbids it. */
#define SNP_PG_ERROR_RMP (1u << 31)

/* hw/intc/apic.c */
void snp_hook_nmi_ipi(void);

#endif
