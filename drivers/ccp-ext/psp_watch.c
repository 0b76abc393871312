// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSP watch: sees every command that the stock ccp sends, from its first INIT
 * to its last SHUTDOWN, and keeps what only those commands tell: the TMR's
 * address and the guests (psp_effect.c), and the last commands (flight recorder).
 *
 * One kretprobe on ccp's __sev_do_cmd_locked(int cmd, void *data, int *psp_ret)
 * (drivers/crypto/ccp/sev-dev.c; every command of every caller passes it). ccp
 * is a module that loads after this one, so the probe is placed by a module
 * notifier while ccp is "coming", before its init function runs.
 */
#include "psp_watch.h"
#include "compat/compat.h"
#include "panic.h"
#include "psp_abi.h"

#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <asm/processor-flags.h>

struct watch_call {
	u32	cmd;
	void	*data;
	int	*psp_ret;
	u64	start_ns;
	u32	slot;
	u32	outer;		/* command in whose course this one is sent */
};

static DEFINE_RAW_SPINLOCK(watch_lock);
static struct ccpx_watch_state watch = {
	.sev_state = RMPP_STATE_UNKNOWN, .snp_state = RMPP_STATE_UNKNOWN,
};
static struct rmpp_flight_ser flight[CCPX_NR_FLIGHT];
static u64 nr_flight;
static struct rmpp_psp_counts counts;
static u32 active_cmd;		/* what ccp has sent last and not come back from; 0: none */
static u64 unanswered_pa;	/* of a command of our own */
static bool armed, ccp_was_loaded;

static u32 flight_add(u32 cmd, u64 buffer_pa, u32 flags)
{
	u32 slot = nr_flight++ % CCPX_NR_FLIGHT;

	flight[slot] = (struct rmpp_flight_ser) {
		.time_ns = cpu_to_le64(ktime_get_boottime_ns()),
		.command = cpu_to_le32(cmd),
		.status = cpu_to_le32(CCPX_PSP_NO_STATUS),
		.buffer_pa = cpu_to_le64(buffer_pa),
		.flags = cpu_to_le32(flags | RMPP_FLIGHT_OPEN),
	};
	return slot;
}

static void flight_close(u32 slot, u32 cmd, u32 status, u64 latency_ns, bool timed_out)
{
	struct rmpp_flight_ser *f = &flight[slot];

	rmpp_psp_count_add(&counts, cmd, status, timed_out, latency_ns / NSEC_PER_USEC);
	/* more than CCPX_NR_FLIGHT nested or later commands: the slot is gone */
	if (timed_out)
		watch.unanswered = cmd;
	if (le32_to_cpu(f->command) != cmd)
		return;
	f->status = cpu_to_le32(status);
	f->latency_us = cpu_to_le32(min_t(u64, latency_ns / 1000, U32_MAX));
	if (!timed_out)
		f->flags &= cpu_to_le32(~RMPP_FLIGHT_OPEN);
}

/* ccp polls at a panic, with one CPU left: whoever has the lock then does not let go of it any more. */
static nokprobe_inline bool at_panic(const struct pt_regs *regs)
{
	return !(regs->flags & X86_EFLAGS_IF);
}

static nokprobe_inline bool lock_is_free(void)
{
	u32 i;

	for (i = 0; i < CCPX_POLLS && raw_spin_is_locked(&watch_lock); i++)
		udelay(10);
	return i < CCPX_POLLS;
}

static int watch_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct watch_call *c = (struct watch_call *)ri->data;
	unsigned long flags;

	if (at_panic(regs) && !lock_is_free())
		return 1;	/* goes unseen */
	c->cmd = regs->di;
	c->data = (void *)regs->si;
	c->psp_ret = (int *)regs->dx;
	c->start_ns = ktime_get_boottime_ns();
	raw_spin_lock_irqsave(&watch_lock, flags);
	c->slot = flight_add(c->cmd, c->data && virt_addr_valid(c->data) ?
			     virt_to_phys(c->data) : 0, 0);
	c->outer = active_cmd;
	active_cmd = c->cmd;
	raw_spin_unlock_irqrestore(&watch_lock, flags);
	ccpx_giveback_command_begins(c->cmd);
	return 0;
}
NOKPROBE_SYMBOL(watch_entry);

static int watch_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct watch_call *c = (struct watch_call *)ri->data;
	int rc = regs_return_value(regs);
	u32 status = CCPX_PSP_NO_STATUS;
	unsigned long flags;

	if (!rc)
		status = PSP_OK;
	else if (rc == -EIO && c->psp_ret)	/* firmware answered with an error */
		status = *c->psp_ret;
	if (!rc && c->data)
		ccpx_mailbox_learn();
	raw_spin_lock_irqsave(&watch_lock, flags);
	active_cmd = c->outer;
	watch.nr_commands++;
	if (rc)
		watch.nr_errors++;
	else if (at_panic(regs))
		watch_apply_at_panic(&watch, c->cmd);
	else
		watch_apply(&watch, c->cmd, c->data);
	if (rc != -EIO && rc != -ENODEV && rc != -EBUSY && rc != -EINVAL)
		watch_init_cmd(&watch, c->cmd, c->data);
	flight_close(c->slot, c->cmd, status, ktime_get_boottime_ns() - c->start_ns,
		     rc == -ETIMEDOUT);
	raw_spin_unlock_irqrestore(&watch_lock, flags);
	if (at_panic(regs))
		return 0;
	ccpx_giveback_command_ended(c->cmd, rc);
	ccpx_panic_changed();
	return 0;
}
NOKPROBE_SYMBOL(watch_return);

static struct kretprobe watch_probe;

static DEFINE_MUTEX(arm_lock);
static bool missed;		/* some command may have gone unseen */

static void watch_arm(void)
{
	int rc;

	lockdep_assert_held(&arm_lock);
	if (armed)
		return;
	ccpx_gate_arm_ccp();
	ccpx_mailbox_forget();
	/* a probe must be zero but for its request when it is registered again */
	memset(&watch_probe, 0, sizeof(watch_probe));
	watch_probe.kp.symbol_name = "ccp:__sev_do_cmd_locked";
	watch_probe.entry_handler = watch_entry;
	watch_probe.handler = watch_return;
	watch_probe.data_size = sizeof(struct watch_call);
	watch_probe.maxactive = 32;
	rc = register_kretprobe(&watch_probe);
	if (rc)
		pr_warn("PSP watch cannot be placed on __sev_do_cmd_locked (%pe): TMR and guests unknown, jumps will be treated as unsafe\n",
			ERR_PTR(rc));
	armed = !rc;
	missed |= rc;
	if (rc)
		ccpx_giveback_stop();
	ccpx_pages_arm();
}

static void watch_disarm(void)
{
	ccpx_pages_disarm();
	if (armed)
		unregister_kretprobe(&watch_probe);
	missed |= watch_probe.nmissed || watch_probe.kp.nmissed;
	ccpx_gate_disarm_ccp();
	armed = false;
}

static int watch_module(struct notifier_block *nb, unsigned long action, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, "ccp"))
		return NOTIFY_DONE;
	mutex_lock(&arm_lock);
	if (action == MODULE_STATE_COMING) {
		watch_arm();
		if (armed)
			pr_info("PSP watch armed before ccp starts\n");
	} else if (action == MODULE_STATE_GOING) {
		watch_disarm();
		ccpx_giveback_ccp_gone();
	}
	mutex_unlock(&arm_lock);
	return NOTIFY_DONE;
}

static struct notifier_block watch_nb = { .notifier_call = watch_module };

/**
 * ccpx_watch_init() - start watching ccp
 *
 * If ccp is loaded already its INIT was missed: the TMR's address and the
 * guests of before are unknown, which ccpx_watch_complete() reports.
 *
 * Context: process. Return: 0 or -errno.
 */
int ccpx_watch_init(void)
{
	int rc;

	rc = ccpx_guests_init();
	if (rc)
		return rc;
	rc = register_module_notifier(&watch_nb);
	if (rc) {
		ccpx_guests_exit();
		return rc;
	}
	mutex_lock(&arm_lock);
	if (!armed && ccpx_ccp_loaded()) {
		ccp_was_loaded = true;
		watch_arm();
		pr_warn("ccp was loaded first: its INIT was not seen; load ccp_ext before ccp (softdep ccp pre: ccp_ext)\n");
	}
	mutex_unlock(&arm_lock);
	return 0;
}

void ccpx_watch_exit(void)
{
	unregister_module_notifier(&watch_nb);
	mutex_lock(&arm_lock);
	watch_disarm();
	mutex_unlock(&arm_lock);
	ccpx_guests_exit();
}

/* The probe is in place now. */
bool ccpx_watch_armed(void)
{
	return armed;
}

/* Every command since ccp's first was seen. */
bool ccpx_watch_complete(void)
{
	return !ccp_was_loaded && !ccpx_guests_overflow() && !missed &&
	       !watch_probe.nmissed && !watch_probe.kp.nmissed;
}

/* Somebody was stopped while he held the lock: it cannot be taken any more. */
bool ccpx_watch_busy(void)
{
	return raw_spin_is_locked(&watch_lock);
}

void ccpx_watch_get(struct ccpx_watch_state *state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&watch_lock, flags);
	*state = watch;
	raw_spin_unlock_irqrestore(&watch_lock, flags);
}

/* State read by other means, before ccp starts. */
void ccpx_watch_adopt(u8 sev_state, u8 snp_state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&watch_lock, flags);
	watch.sev_state = sev_state;
	watch.snp_state = snp_state;
	if (sev_state == RMPP_SEV_UNINIT)
		watch_set_tmr(&watch, 0, 0);
	raw_spin_unlock_irqrestore(&watch_lock, flags);
}

/* A TMR that the previous kernel set up and that is still locked. */
void ccpx_watch_adopt_tmr(u64 tmr_pa, u64 tmr_size)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&watch_lock, flags);
	watch_set_tmr(&watch, tmr_pa, tmr_size);
	raw_spin_unlock_irqrestore(&watch_lock, flags);
}

/**
 * ccpx_watch_unanswered() - a command to which no answer was seen
 * @buffer_pa: set to its buffer if that is known; NULL
 *
 * Context: any, ccpx_watch_busy() has said no. Return: its number, or 0.
 */
u32 ccpx_watch_unanswered(u64 *buffer_pa)
{
	unsigned long flags;
	u32 cmd;

	raw_spin_lock_irqsave(&watch_lock, flags);
	cmd = watch.unanswered ?: active_cmd;
	if (buffer_pa)
		*buffer_pa = unanswered_pa;
	raw_spin_unlock_irqrestore(&watch_lock, flags);
	return cmd;
}

static u32 copy_flight(struct rmpp_flight_ser *v, u32 max)
{
	u32 i, n = min_t(u64, min_t(u64, nr_flight, CCPX_NR_FLIGHT), max);

	for (i = 0; i < n; i++)
		v[i] = flight[(nr_flight - n + i) % CCPX_NR_FLIGHT];
	return n;
}

/**
 * ccpx_watch_flight() - copy the flight recorder, oldest first
 * @v: filled
 * @max: room in @v, entries
 *
 * Return: entries copied.
 */
u32 ccpx_watch_flight(struct rmpp_flight_ser *v, u32 max)
{
	unsigned long flags;
	u32 n;

	raw_spin_lock_irqsave(&watch_lock, flags);
	n = copy_flight(v, max);
	raw_spin_unlock_irqrestore(&watch_lock, flags);
	return n;
}

/**
 * ccpx_watch_counts() - copy the sums by command
 * @c: filled
 */
void ccpx_watch_counts(struct rmpp_psp_counts *c)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&watch_lock, flags);
	*c = counts;
	raw_spin_unlock_irqrestore(&watch_lock, flags);
}

/**
 * ccpx_watch_try_get() - state and flight recorder at a panic
 * @state: filled
 * @v: filled, oldest first
 * @max: room in @v, entries
 * @nr: set to the entries copied
 *
 * Context: any, CPUs may be stopped. Return: false if somebody has the lock and does not let go of it.
 */
bool ccpx_watch_try_get(struct ccpx_watch_state *state, struct rmpp_flight_ser *v, u32 max, u32 *nr)
{
	unsigned long flags;
	u32 i;

	for (i = 0; i < CCPX_POLLS; i++) {
		if (raw_spin_trylock_irqsave(&watch_lock, flags)) {
			*state = watch;
			*nr = copy_flight(v, max);
			raw_spin_unlock_irqrestore(&watch_lock, flags);
			return true;
		}
		udelay(10);
	}
	return false;
}

/* A command of our own through the raw mailbox, which the probe cannot see. */
void ccpx_watch_own(u32 cmd, const void *data, u64 buffer_pa, u32 status, u64 latency_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&watch_lock, flags);
	flight_close(flight_add(cmd, buffer_pa, RMPP_FLIGHT_OWN), cmd, status, latency_ns,
		     status == CCPX_PSP_NO_STATUS);
	if (status == CCPX_PSP_NO_STATUS)
		unanswered_pa = buffer_pa;
	watch.nr_commands++;
	if (status)
		watch.nr_errors++;
	else
		watch_apply(&watch, cmd, data);
	raw_spin_unlock_irqrestore(&watch_lock, flags);
	ccpx_panic_changed();
}

/* Only for tests: come to grief, with or without the lock that whoever asks afterwards wants. */
void ccpx_watch_oops(bool locked)
{
	const u64 *nothing = NULL;

	OPTIMIZER_HIDE_VAR(nothing);
	if (!locked)
		watch.nr_errors += READ_ONCE(*nothing);
	raw_spin_lock(&watch_lock);
	watch.nr_errors += READ_ONCE(*nothing);
	raw_spin_unlock(&watch_lock);
}
