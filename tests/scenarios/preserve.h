/* SPDX-License-Identifier: GPL-2.0-only */
/* What scenarios with policy preserve have in common. */
#ifndef PRESERVE_H
#define PRESERVE_H

#include "scenario.h"

#define PRESERVE	"ccp_ext.policy=preserve"

/** preserve_launch_debug_guest() - an SNP guest that may be looked into, beside the step's own */
bool preserve_launch_debug_guest(struct run *r);

/** preserve_guests_live_on() - that guest and another one crossed, and are what they were */
bool preserve_guests_live_on(struct run *r);

#endif
