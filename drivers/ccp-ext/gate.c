// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: what others may no longer do once this kernel is on its way out.
 *
 * Userspace runs until the CPUs stop, and ccp has a shutdown of its own in
 * device_shutdown(): what was found and handed over must not change after that.
 *
 *   closing	the notifier quiesces the host: no new guest and no start of the
 *		firmware; what ends guests still passes
 *   closed	captured and handed over: no firmware command, no page becomes
 *		assigned, and ccp's teardown is left out
 *
 * Three functions are sent home by kprobes: ccp's __sev_do_cmd_locked(), which
 * every command of every caller passes; rmp_make_private(), the only one with
 * which this kernel assigns a page (arch/x86/virt/svm/sev.c); sev_dev_destroy().
 * Whoever was inside one of them already is not stopped: that is what the last
 * look is for (jump.c).
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "psp_abi.h"

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

static enum ccpx_gate gate = CCPX_GATE_OPEN;
static struct task_struct *owner;	/* who quiesces, while the gate is closing */
static bool frozen;
static bool all_held;		/* a panic has the mailbox */
static bool sev_held;		/* SNP is down, or about to be, and ccp does not know */
static bool cmd_armed, teardown_armed, rmp_placed;
static atomic_t refused = ATOMIC_INIT(0);

static notrace noinline int gate_busy(void)
{
	barrier();
	return -EBUSY;
}

/* Leave the probed function by one that only returns. */
static int send_home(struct pt_regs *regs)
{
	regs->ip = (unsigned long)gate_busy;
	atomic_inc(&refused);
	return 1;
}
NOKPROBE_SYMBOL(send_home);

/* A post_handler: its presence keeps a probe from being optimized into a jump, which could not redirect. */
void ccpx_gate_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(ccpx_gate_post);

/* Commands after which there is more for the next kernel to look after. */
static bool cmd_creates(u32 cmd)
{
	switch (cmd) {
	case PSP_SEV_INIT:
	case PSP_SEV_INIT_EX:
	case PSP_SEV_LAUNCH_START:
	case PSP_SEV_RECEIVE_START:
	case PSP_SEV_ACTIVATE:
	case PSP_SNP_INIT:
	case PSP_SNP_INIT_EX:
	case PSP_SNP_GCTX_CREATE:
	case PSP_SNP_LAUNCH_START:
	case PSP_SNP_ACTIVATE:
		return true;
	}
	return false;
}

static bool may_pass(bool creates)
{
	enum ccpx_gate now = READ_ONCE(gate);

	if (now == CCPX_GATE_OPEN || !ccpx_params.gate)
		return true;
	return now == CCPX_GATE_CLOSING && (!creates || current == READ_ONCE(owner));
}

static int cmd_pre(struct kprobe *p, struct pt_regs *regs)
{
	u32 cmd = regs->di;

	if (READ_ONCE(all_held))
		return send_home(regs);
	if (may_pass(cmd_creates(cmd)) && !(READ_ONCE(sev_held) && cmd < PSP_FIRST_SNP_CMD))
		return 0;
	pr_info_once("%s and what follows is refused: this host is on its way into another kernel\n",
		     rmpp_psp_command_name(cmd));
	return send_home(regs);
}
NOKPROBE_SYMBOL(cmd_pre);

/*
 * rmp_make_private(u64 pfn, u64 gpa, enum pg_level level, u32 asid, bool immutable)
 *
 * Pages without an ASID are ccp's command buffers: refused while other commands
 * may pass, ccp would be left with a buffer that it takes for busy.
 */
static int rmp_pre(struct kprobe *p, struct pt_regs *regs)
{
	u64 pfn = regs->di;
	u32 asid = regs->cx;

	ccpx_touch_page(pfn);
	if (may_pass(asid) && !READ_ONCE(sev_held))
		return 0;
	pr_info_once("page %#llx is not assigned: this host is on its way into another kernel\n",
		     pfn << PAGE_SHIFT);
	return send_home(regs);
}
NOKPROBE_SYMBOL(rmp_pre);

static int teardown_pre(struct kprobe *p, struct pt_regs *regs)
{
	return READ_ONCE(frozen) ? send_home(regs) : 0;
}
NOKPROBE_SYMBOL(teardown_pre);

static struct kprobe cmd_probe, teardown_probe;
static struct kprobe rmp_probe = {
	.symbol_name = "rmp_make_private",
	.pre_handler = rmp_pre,
	.post_handler = ccpx_gate_post,
	/* costs launching guests nothing as long as no image is loaded */
	.flags = KPROBE_FLAG_DISABLED,
};

static bool arm(struct kprobe *p, const char *symbol, kprobe_pre_handler_t pre)
{
	int rc;

	/* a probe must be zero but for its request when it is registered again */
	memset(p, 0, sizeof(*p));
	p->symbol_name = symbol;
	p->pre_handler = pre;
	p->post_handler = ccpx_gate_post;
	rc = register_kprobe(p);
	if (rc)
		pr_warn("no probe on %s (%pe): ccp cannot be held back on the way out\n",
			symbol, ERR_PTR(rc));
	return !rc;
}

/*
 * ccp is there. Before any other probe on the same functions: the first one on a
 * function decides whether it can be redirected (kernel/kprobes.c, kprobe_ipmodify_ops).
 */
void ccpx_gate_arm_ccp(void)
{
	cmd_armed = arm(&cmd_probe, "ccp:__sev_do_cmd_locked", cmd_pre);
	teardown_armed = arm(&teardown_probe, "ccp:sev_dev_destroy", teardown_pre);
}

void ccpx_gate_disarm_ccp(void)
{
	if (cmd_armed)
		unregister_kprobe(&cmd_probe);
	if (teardown_armed)
		unregister_kprobe(&teardown_probe);
	cmd_armed = teardown_armed = false;
}

void ccpx_gate_init(void)
{
	int rc;

	/* without it no page of this kernel's doing is ever assigned */
	if (!ccpx_kernel_knows_snp())
		return;
	rc = register_kprobe(&rmp_probe);
	rmp_placed = !rc;
	if (rc)
		pr_warn("no probe on rmp_make_private (%pe): guests can be launched over a loaded image unnoticed\n",
			ERR_PTR(rc));
}

void ccpx_gate_exit(void)
{
	/* ccpx_gate_watch() runs under this lock */
	mutex_lock(&ccpx_lock);
	if (rmp_placed)
		unregister_kprobe(&rmp_probe);
	rmp_placed = false;
	mutex_unlock(&ccpx_lock);
}

/**
 * ccpx_gate_watch() - look at pages that become assigned, or no longer
 * @on: an image is loaded, or this kernel is on its way out
 *
 * Context: process. Return: 0, or -errno if they cannot be seen.
 */
int ccpx_gate_watch(bool on)
{
	if (!rmp_placed)
		return ccpx_kernel_knows_snp() ? -ENOENT : 0;
	return on ? enable_kprobe(&rmp_probe) : disable_kprobe(&rmp_probe);
}

/**
 * ccpx_gate_set() - open, closing, or closed for good
 * @to: CLOSING lets the caller's own commands pass
 *
 * Context: process, reboot notifier.
 */
void ccpx_gate_set(enum ccpx_gate to)
{
	WRITE_ONCE(owner, to == CCPX_GATE_CLOSING ? current : NULL);
	if (to != CCPX_GATE_OPEN && ccpx_gate_watch(true))
		pr_warn("pages can become assigned until the jump\n");
	if (to == CCPX_GATE_CLOSED && ccpx_params.gate)
		ccpx_gate_freeze_ccp();
	WRITE_ONCE(gate, to);
}

/**
 * ccpx_gate_hold_sev() - let none of SEV's commands pass, nor a page become the firmware's
 * @on: from now on, or no longer
 *
 * For both ccp makes a page the firmware's as long as it takes SNP for up, and one that is down does not
 * give it back. Who was in a command before has ccp's mutex, for which the next one waits.
 *
 * Context: process, the gate is closing.
 */
void ccpx_gate_hold_sev(bool on)
{
	WRITE_ONCE(sev_held, on && ccpx_params.gate);
}

/**
 * ccpx_gate_hold_all() - let no command of ccp's pass at a panic
 * @on: from now on, or no longer
 *
 * Context: any. Who is in a command already stays in it. Return: false if there is no probe for it.
 */
bool ccpx_gate_hold_all(bool on)
{
	WRITE_ONCE(all_held, on);
	return cmd_armed;
}

/**
 * ccpx_gate_freeze_ccp() - leave ccp's teardown in device_shutdown() out
 *
 * With a firmware that would not shut down it frees the TMR although it is still
 * locked (6.1 ignores SHUTDOWN's result; 6.12 does the same where SNP is off).
 */
void ccpx_gate_freeze_ccp(void)
{
	WRITE_ONCE(frozen, true);
}

/* ccp's teardown can be held back, or there is none. */
bool ccpx_gate_can_freeze(void)
{
	return teardown_armed || !ccpx_ccp_loaded();
}

/* ... and its commands. */
bool ccpx_gate_can_refuse(void)
{
	return cmd_armed || !ccpx_ccp_loaded();
}

/* How often somebody was. */
u32 ccpx_gate_refused(void)
{
	return atomic_read(&refused);
}

bool ccpx_gate_sees_pages(void)
{
	return rmp_placed || !ccpx_kernel_knows_snp();
}
