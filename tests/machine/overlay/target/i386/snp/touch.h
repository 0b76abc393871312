/* SPDX-License-Identifier: GPL-2.0-only */
/* Forbidden touches: counted always, the first ones also remembered. */
#ifndef TARGET_I386_SNP_TOUCH_H
#define TARGET_I386_SNP_TOUCH_H

#include "exec/hwaddr.h"

enum snp_touch_kind {
	SNP_TOUCH_RMP_FAULT,		/* a write that faulted: assigned page */
	SNP_TOUCH_RMP_FAULT_LARGE,	/* ... only the 2 MiB around it is */
	SNP_TOUCH_RMP_TABLE,		/* ... into the RMP itself */
	SNP_TOUCH_TMR_READ,
	SNP_TOUCH_TMR_WRITE,
	SNP_TOUCH_GUEST_READ,		/* a CPU read a guest's private page */
	SNP_TOUCH_DMA,			/* a device was denied */
	SNP_TOUCH_UNCHECKED,		/* a write that nothing stopped */
	SNP_TOUCH_NR
};

struct snp_touch {
	enum snp_touch_kind kind;
	int64_t time_ns;		/* virtual clock */
	int cpu;			/* -1: a device */
	uint64_t rip;			/* or, of a device, its PCI id */
	hwaddr pa;
	uint64_t entry;			/* low half of the RMP entry */
	uint64_t mapping_size;		/* bytes; 0: unknown */
	const char *access;
};

struct snp_touch_list {
	const struct snp_touch *touch;
	unsigned int nr;
	uint64_t dropped;
};

extern const char *const snp_touch_counter[SNP_TOUCH_NR];

const char *snp_touch_name(enum snp_touch_kind kind);
void snp_touch(const struct snp_touch *touch);
uint64_t snp_touch_count(enum snp_touch_kind kind);
uint64_t snp_touch_forbidden(void);
void snp_touch_clear(void);
void snp_touch_listen(QEMUBH *bh);
void snp_touch_get(unsigned int from, struct snp_touch_list *list);

#endif
