/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine holds against its software: forbidden touches of memory, and
 * offences against the firmware's rules. Counted always, the first ones also
 * remembered.
 */
#ifndef TARGET_I386_SNP_TOUCH_H
#define TARGET_I386_SNP_TOUCH_H

#include "exec/hwaddr.h"

enum snp_touch_kind {
	/* touches of memory: the sum of these is "forbidden" */
	SNP_TOUCH_RMP_FAULT,		/* a write that faulted: assigned page */
	SNP_TOUCH_RMP_FAULT_LARGE,	/* ... only the 2 MiB around it is */
	SNP_TOUCH_RMP_TABLE,		/* ... into the RMP itself */
	SNP_TOUCH_WALK,			/* a page walk had to set a bit in such a page */
	SNP_TOUCH_VMCB,			/* a VMCB or host save area on such a page */
	SNP_TOUCH_TMR_READ,
	SNP_TOUCH_TMR_WRITE,
	SNP_TOUCH_GUEST_READ,		/* a CPU or device read a guest's private page */
	SNP_TOUCH_DMA,			/* a device was denied */
	SNP_TOUCH_UNCHECKED,		/* a write that nothing stopped */
	SNP_TOUCH_PSP_WRITE,		/* the firmware was told to write what is not its own */
	SNP_TOUCH_IOMMU_LOG,		/* the IOMMU could not write its log or store */
	/* offences: counted, not forbidden touches */
	SNP_OFFENCE_ORDER,		/* a command in a state that does not allow it */
	SNP_OFFENCE_BUFFER,		/* a command whose buffer is in the wrong page state */
	SNP_OFFENCE_ASID,		/* an ASID used again without a flush */
	SNP_OFFENCE_FREED,		/* a page taken from the firmware while it owned it */
	SNP_OFFENCE_LOCKED,		/* a write to an IOMMU register that is locked */
	SNP_OFFENCE_NO_CHECKS,		/* a CPU runs without SNPEn beside an armed RMP */
	SNP_TOUCH_NR
};

#define SNP_TOUCH_FORBIDDEN_NR SNP_OFFENCE_ORDER

struct snp_touch {
	enum snp_touch_kind kind;
	int64_t time_ns;		/* virtual clock */
	int cpu;			/* -1: a device */
	uint64_t rip;			/* or, of a device, its PCI id */
	hwaddr pa;
	uint64_t entry;			/* low half of the RMP entry */
	uint64_t mapping_size;		/* bytes; 0: unknown */
	const char *access;
	uint16_t command;		/* that the firmware was given; 0: none */
};

struct snp_touch_list {
	const struct snp_touch *touch;
	unsigned int nr;
	uint64_t dropped;
};

const char *snp_touch_counter(enum snp_touch_kind kind);
const char *snp_touch_event(enum snp_touch_kind kind);
const char *snp_touch_name(enum snp_touch_kind kind);
void snp_touch(const struct snp_touch *touch);
uint64_t snp_touch_count(enum snp_touch_kind kind);
uint64_t snp_touch_forbidden(void);
void snp_touch_clear(void);
void snp_touch_listen(QEMUBH *bh);
void snp_touch_get(unsigned int from, struct snp_touch_list *list);

#endif
