/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenarios of the hand-over by KHO, with a kernel of our own making that has it (scripts/kho-kernel.sh).
 * The word nohandover takes the other way to the region, the one by the command line, from /init.
 */
#ifndef KHO_H
#define KHO_H

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define KHO		"7.3-kho"
#define MACHINE(words)	.series = KHO, .disk = "boot-kho.tar", .append = "kho=on" words

/** kho_knows_nothing() - nothing is found or given back, and what was kept out stays so all the same */
bool kho_knows_nothing(struct run *r);

#endif
