// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate of the give-back. The firmware writes the RMP itself during SNP_INIT_EX, and
 * SNP_SHUTDOWN_EX may take RMPUPDATE away from the processors: no entry is changed while one
 * of them is under way. psp_watch.c, which sees each command begin and end, holds the gate.
 */
#include "giveback.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/spinlock.h>

#define GATE_US			10000u	/* far more than a batch takes */

static DEFINE_RAW_SPINLOCK(gate_lock);
static bool gate_closed, gate_broken;

/* During which the firmware writes the RMP itself, or takes the instruction away. */
bool giveback_changes_rmp(u32 cmd)
{
	return cmd == PSP_SNP_INIT || cmd == PSP_SNP_INIT_EX ||
	       cmd == PSP_SNP_SHUTDOWN || cmd == PSP_SNP_SHUTDOWN_EX;
}

/**
 * ccpx_giveback_command_begins() - ccp is about to send a command
 * @cmd: its number
 *
 * Waits for a batch of RMPUPDATEs that is under way, but not for ever: in a panic the
 * CPU that held the gate may have been stopped, and then changes nothing any more.
 *
 * Context: kprobe handler.
 */
void ccpx_giveback_command_begins(u32 cmd)
{
	unsigned long flags;
	unsigned int us;

	if (!giveback_changes_rmp(cmd))
		return;
	for (us = 0; us < GATE_US; us++) {
		if (raw_spin_trylock_irqsave(&gate_lock, flags)) {
			gate_closed = true;
			raw_spin_unlock_irqrestore(&gate_lock, flags);
			return;
		}
		udelay(1);
	}
	WRITE_ONCE(gate_closed, true);
}
NOKPROBE_SYMBOL(ccpx_giveback_command_begins);

/**
 * ccpx_giveback_command_ended() - ... and it came back
 * @cmd: its number
 * @rc: what ccp made of it
 *
 * A command that was not answered may still be executed: nothing is given back then.
 *
 * Context: kprobe handler.
 */
void ccpx_giveback_command_ended(u32 cmd, int rc)
{
	if (giveback_changes_rmp(cmd)) {
		if (rc == -ETIMEDOUT)
			WRITE_ONCE(gate_broken, true);
		if (!READ_ONCE(gate_broken))
			WRITE_ONCE(gate_closed, false);
	}
	if (!rc)
		giveback_event(cmd);
}
NOKPROBE_SYMBOL(ccpx_giveback_command_ended);

/* ccp's commands cannot be watched: nobody would hold the gate. */
void ccpx_giveback_stop(void)
{
	WRITE_ONCE(gate_broken, true);
	ccpx_giveback_command_begins(PSP_SNP_INIT);
}

/**
 * giveback_through_gate() - change entries now, if that is allowed
 * @fn: changes some; returns the page after the last one that is done
 * @pfn: first page; where @fn came to, if it was called
 * @end: page after the last one
 *
 * Context: any; @fn runs with interrupts off. Return: 0; -EAGAIN if a command that changes the
 * RMP may be under way.
 */
int giveback_through_gate(u64 (*fn)(u64 pfn, u64 end), u64 *pfn, u64 end)
{
	unsigned long flags;
	int rc = -EAGAIN;

	raw_spin_lock_irqsave(&gate_lock, flags);
	if (!gate_closed || !ccpx_params.giveback_gate) {
		*pfn = fn(*pfn, end);
		rc = 0;
	}
	raw_spin_unlock_irqrestore(&gate_lock, flags);
	return rc;
}

/* A command that changes the RMP was not answered, or none can be seen: closed for good. */
bool giveback_gate_is_broken(void)
{
	return READ_ONCE(gate_broken);
}
