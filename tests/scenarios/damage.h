/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes of the hand-over that the machine changes in the jump. */
#ifndef DAMAGE_H
#define DAMAGE_H

#include "scenario.h"

/* kexec/chain.h: node 0 is 16 bytes, node 1 an indirect one with its inner type at 16; the blob at 4096 */
#define DAMAGE_CHAIN	(16 + 16)
#define DAMAGE_BLOB	(4096 + 200)

/** damage_in_the_jump() - one bit of the byte at @offset in the region */
bool damage_in_the_jump(struct run *r, long offset);

#endif
