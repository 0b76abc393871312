/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_CHECK_H
#define TARGET_I386_SNP_CHECK_H

#include "touch.h"

enum snp_verdict {
	SNP_FREE,	/* the page may be written */
	SNP_NEIGHBOUR,	/* so large a mapping may not: the 2 MiB is not clean */
	SNP_ASSIGNED,
	SNP_TABLE,
};

enum snp_verdict snp_judge(hwaddr pa, uint64_t mapping_size, uint64_t *entry);
void snp_blame_cpu(CPUState *cs, const struct snp_touch *what, uintptr_t ra);

#endif
