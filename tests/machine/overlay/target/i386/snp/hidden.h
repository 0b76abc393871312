/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_HIDDEN_H
#define TARGET_I386_SNP_HIDDEN_H

#include "host.h"

void snp_hidden_init(SnpHost *host);
bool snp_hidden(uint64_t entry);
hwaddr snp_hidden_pa(hwaddr pa);

#endif
