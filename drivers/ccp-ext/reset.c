// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cold reset that takes the place of a jump that is not safe, and its
 * reason in persistent storage.
 *
 * emergency_restart() hands the log to kmsg dumpers as KMSG_DUMP_EMERG, which
 * pstore's backends do not keep by default (kernel/printk/printk.c,
 * kmsg_dump_desc(): up to KMSG_DUMP_OOPS unless always_kmsg_dump). So the reason
 * is raised, in this one case, to KMSG_DUMP_PANIC: everybody keeps that one, and
 * nobody waits for a lock then (fs/pstore/platform.c), which a stopped CPU may hold.
 */
#include "ccp_ext.h"

#include <linux/kmsg_dump.h>
#include <linux/kprobes.h>
#include <linux/reboot.h>

static bool resetting, armed;

static int dump_pre(struct kprobe *p, struct pt_regs *regs)
{
	if (READ_ONCE(resetting) && regs->di == KMSG_DUMP_EMERG)
		regs->di = KMSG_DUMP_PANIC;
	return 0;
}
NOKPROBE_SYMBOL(dump_pre);

static struct kprobe dump_probe;

static int __init dump_arm(const char *symbol)
{
	memset(&dump_probe, 0, sizeof(dump_probe));
	dump_probe.symbol_name = symbol;
	dump_probe.pre_handler = dump_pre;
	return register_kprobe(&dump_probe);
}

void __init ccpx_reset_init(void)
{
	/* the second is the first's inline wrapper where the first exists */
	int rc = dump_arm("kmsg_dump_desc");

	if (rc)
		rc = dump_arm("kmsg_dump");
	armed = !rc;
	if (rc)
		pr_info("no probe on kmsg_dump (%pe): pstore keeps the reason of a cold reset only with printk.always_kmsg_dump=1\n",
			ERR_PTR(rc));
}

void ccpx_reset_exit(void)
{
	if (armed)
		unregister_kprobe(&dump_probe);
	armed = false;
}

bool ccpx_reset_armed(void)
{
	return armed;
}

/**
 * ccpx_unsafe() - a jump would not be safe: say so
 * @why: the reason
 *
 * Context: any. Return: true if the caller has to call ccpx_reset() now; false if
 * it was asked for the jump all the same (on_unsafe=proceed).
 */
bool ccpx_unsafe(const char *why)
{
	if (ccpx_params.on_unsafe == CCPX_UNSAFE_PROCEED) {
		pr_crit("UNSAFE kexec goes on as asked (on_unsafe=proceed): %s\n", why);
		return false;
	}
	pr_emerg("kexec is not safe: %s; cold reset instead\n", why);
	return true;
}

/**
 * ccpx_reset() - cold reset, the log in persistent storage where there is one
 *
 * Not from a kprobe's handler, where the probe on kmsg_dump would be missed.
 *
 * Context: any other. Does not return.
 */
void ccpx_reset(void)
{
	WRITE_ONCE(resetting, true);
	emergency_restart();
}
