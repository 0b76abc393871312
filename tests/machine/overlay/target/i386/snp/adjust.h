/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest does to its own pages; it is asked for from outside, because no guest runs. */
#ifndef TARGET_I386_SNP_ADJUST_H
#define TARGET_I386_SNP_ADJUST_H

#include "exec/hwaddr.h"

/* As the instruction leaves it in EAX; below 0: it does not come to an end. */
enum snp_adjust_status {
	SNP_ADJUST_NOT_VALIDATED = -2,	/* #VC */
	SNP_ADJUST_NOT_THERE = -1,	/* #NPF */
	SNP_ADJUST_SUCCESS = 0,
	SNP_ADJUST_FAIL_INPUT = 1,
	SNP_ADJUST_FAIL_PERMISSION = 2,
	SNP_ADJUST_FAIL_SIZEMISMATCH = 6,
};

/**
 * struct snp_adjust - RMPADJUST of a 4 KiB page, executed at VMPL 0
 * @asid: the guest
 * @gpa: its page, a multiple of 4 KiB
 * @vmpl: whose permissions change
 * @permissions: read, write, execute (user, supervisor), supervisor shadow stack
 * @vmsa: whether the page becomes a VMSA page, or ceases to be one
 */
struct snp_adjust {
	uint32_t asid;
	uint64_t gpa;
	unsigned int vmpl;
	unsigned int permissions;
	bool vmsa;
};

enum snp_adjust_status snp_rmpadjust(const struct snp_adjust *rq, hwaddr *pa);

#endif
