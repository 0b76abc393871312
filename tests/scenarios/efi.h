/* SPDX-License-Identifier: GPL-2.0-only */
/* Of the table that tells a kernel which EFI has started where its initrd lies. */
#ifndef SCENARIO_EFI_H
#define SCENARIO_EFI_H

#include "scenario.h"

/** mark_initrd_table() - the page where it lay is filled when the next kernel begins */
bool mark_initrd_table(struct run *r);

/** initrd_table_was_wiped() - ... and the kernel has written there: 16 zeros, as memory itself tells */
bool initrd_table_was_wiped(struct run *r);

#endif
