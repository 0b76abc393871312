/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table's words in RAM. Contiguous: 16 KiB of bookkeeping, then 16 bytes for
 * each page. Segmented: behind the bookkeeping a table of up to 512 segments, each
 * of which has the entries of its own part of memory (APM vol. 2, 15.36, reverse map
 * table; Linux, arch/x86/virt/svm/sev.c).
 */
#ifndef TARGET_I386_SNP_RMP_TABLE_H
#define TARGET_I386_SNP_RMP_TABLE_H

#include "exec/hwaddr.h"

#define RMP_BOOKKEEPING		0x4000
#define RMP_MAX_SEGMENTS	512

void rmp_table_add(uint64_t first_pfn, uint64_t nr_pages, uint64_t offset);
void rmp_table_attach(void);
bool rmp_table_attached(void);
void rmp_table_clear(void);
void rmp_table_mark_bookkeeping(void);
uint64_t rmp_table_get(uint64_t pfn);
void rmp_table_set(uint64_t pfn, uint64_t entry);
uint64_t rmp_table_get_opaque(uint64_t pfn);
void rmp_table_set_opaque(uint64_t pfn, uint64_t word);

#endif
