/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dump that crash has open, behind the functions of tools/vmcore/dump.h, so that blob, RMP and
 * pages are found by the same code as in rmpctl. Nothing of crash's defs.h shows here.
 */
#ifndef CRASH_MEMORY_H
#define CRASH_MEMORY_H

#include "dump.h"

/* Pages at and behind limit_pfn are taken for missing: what is looked through has to have an end. */
void memory_open(struct dump *d, u64 limit_pfn);
/* readmem(): whole, or not at all and without a message. */
bool memory_read(u64 pa, void *buf, u64 size);

#endif /* CRASH_MEMORY_H */
