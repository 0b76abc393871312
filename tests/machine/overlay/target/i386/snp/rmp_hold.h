/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_RMP_HOLD_H
#define TARGET_I386_SNP_RMP_HOLD_H

#include "exec/hwaddr.h"

bool rmp_hold(hwaddr pa);
void rmp_let_go(hwaddr pa);
void rmp_let_go_all(void);
bool rmp_in_use(uint64_t pfn, uint64_t nr_pages);

#endif
