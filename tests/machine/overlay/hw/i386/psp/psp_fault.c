// SPDX-License-Identifier: GPL-2.0-only
/* What goes wrong with the secure processor because somebody wants it to. */
#include "qemu/osdep.h"
#include "psp.h"

/**
 * psp_fault_step - ask before each step of a command that works in steps
 * @s: the device
 *
 * Return: true to go on; false to stop where it is: the caller answers
 * PSP_HWERROR_UNSAFE, and what was done stays done.
 */
bool psp_fault_step(PspState *s)
{
	return true;
}
