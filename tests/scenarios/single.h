/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SINGLE_H
#define SINGLE_H

#include "scenario.h"

/** was_shut_down_singly() - left_nothing(), memory is ours, and the module itself took the TMR back */
bool was_shut_down_singly(struct run *r);

#endif
