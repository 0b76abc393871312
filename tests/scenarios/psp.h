/* SPDX-License-Identifier: GPL-2.0-only */
/* What scenarios with a PSP that does not answer have in common. */
#ifndef PSP_H
#define PSP_H

#include "firmware.h"

#define SYSFS		"/sys/kernel/ccp_ext"

#define BUDGET		"ccp_ext.budget_ms=3000"

/* longer than the way out, and the next kernel's way to its agent */
#define LATE		"\"action\": \"delay\", \"ms\": 45000, \"clock\": \"real\""

/** psp_way_out_took() - from reboot(2) to the jump, milliseconds on the machine's clock */
bool psp_way_out_took(struct run *r, long long *ms);

/** psp_jumped_in_time() - ... was no more than BUDGET, and what is not the firmware's */
bool psp_jumped_in_time(struct run *r);

/** psp_is_still_busy() - a command must be under way */
bool psp_is_still_busy(struct run *r);

/** psp_wait() - until there is none */
bool psp_wait(struct run *r);

/** psp_is_left_alone() - the next kernel was not held up, keeps ccp away and gives nothing back */
bool psp_is_left_alone(struct run *r);

#endif
