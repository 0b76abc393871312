// SPDX-License-Identifier: GPL-2.0-only
/*
 * The courier: a thread that sends commands through ccp for somebody who cannot wait for ever.
 *
 * ccp waits for the firmware's answer as long as its own limit says (psp_cmd_timeout, 100 s), and for
 * its mutex without any; both uninterruptibly (drivers/crypto/ccp/sev-dev.c, sev_wait_cmd_ioc(),
 * sev_do_cmd()). So whoever has a deadline gives the errand to this thread, which was started when
 * the module was loaded, and waits for the thread. One that does not come back in time is left
 * behind: what it was given is its own, nobody looks at it any more, and all further errands fail
 * until it is back. What it may still send is held up by the gate (gate.c) once that is closed.
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "psp_raw.h"

#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static struct task_struct *courier;
static DECLARE_WAIT_QUEUE_HEAD(asked);
static DECLARE_WAIT_QUEUE_HEAD(idle);
static DEFINE_SPINLOCK(courier_lock);
static bool todo, busy, abandoned;

/* The errand as the courier has it: copies, since who gave it may be gone. */
static struct ccpx_errand job;
static u8 job_data[CCPX_MAX_CMD_LEN] __aligned(8);
static u8 job_out[PAGE_SIZE];

static void finish(void)
{
	struct ccpx_ccp *ccp;
	u32 cmd = job.cmd;

	spin_lock(&courier_lock);
	ccp = abandoned ? job.ccp : NULL;
	abandoned = false;
	busy = false;
	spin_unlock(&courier_lock);
	if (ccp) {
		pr_info("%s has come back after all\n", rmpp_psp_command_name(cmd));
		ccpx_ccp_put(ccp);
		kfree(ccp);
	}
	wake_up(&idle);
}

static int courier_fn(void *unused)
{
	for (;;) {
		/* pairs with ccpx_courier_send(): the errand before the word of it */
		wait_event_idle(asked, smp_load_acquire(&todo) || kthread_should_stop());
		if (!READ_ONCE(todo))
			return 0;
		WRITE_ONCE(todo, false);
		job.fn(&job);
		finish();
	}
}

/**
 * ccpx_courier_init() - start the thread
 *
 * Context: process. Return: 0 or -errno.
 */
int ccpx_courier_init(void)
{
	struct task_struct *t = kthread_run(courier_fn, NULL, "ccp_ext_courier");

	if (IS_ERR(t))
		return PTR_ERR(t);
	courier = t;
	return 0;
}

/* Waits for a courier that was left behind. */
void ccpx_courier_exit(void)
{
	kthread_stop(courier);
	courier = NULL;
}

static long jiffies_until(u64 deadline_ns)
{
	u64 now = ktime_get_ns();

	return now < deadline_ns ? nsecs_to_jiffies(deadline_ns - now) + 1 : 0;
}

static void pack(const struct ccpx_errand *e)
{
	job = *e;
	if (e->data) {
		memcpy(job_data, e->data, sizeof(job_data));
		job.data = job_data;
	}
	if (e->target)
		job.target = (u64 *)(job_data + ((u8 *)e->target - (u8 *)e->data));
	job.out = job_out;
}

static void unpack(struct ccpx_errand *e)
{
	if (e->data)
		memcpy(e->data, job_data, sizeof(job_data));
	if (e->out)
		memcpy(e->out, job_out, e->out_len);
	e->rc = job.rc;
	e->psp_ret = job.psp_ret;
}

/**
 * ccpx_courier_send() - have an errand run, and wait for it until psp's deadline
 * @psp: open through ccp, with a deadline; if abandoned afterwards it is of no further use
 * @e: what to do; filled on return if it was done
 *
 * Context: process, ccpx_lock held. Return: 0 if it was done; -ETIME if it was too late to begin;
 * -ETIMEDOUT if it did not end in time; -EBUSY if an earlier one has not ended yet.
 */
int ccpx_courier_send(struct ccpx_psp *psp, struct ccpx_errand *e)
{
	lockdep_assert_held(&ccpx_lock);
	if (psp->abandoned)
		return -EBUSY;
	if (!jiffies_until(psp->deadline_ns))
		return -ETIME;
	if (!ccpx_params.courier) {
		e->fn(e);	/* left out on request: the control run of the tests */
		return 0;
	}
	if (!wait_event_timeout(idle, !READ_ONCE(busy), jiffies_until(psp->deadline_ns)))
		return -EBUSY;
	pack(e);
	spin_lock(&courier_lock);
	busy = true;
	spin_unlock(&courier_lock);
	smp_store_release(&todo, true);	/* after what it is about */
	wake_up(&asked);
	wait_event_timeout(idle, !READ_ONCE(busy), jiffies_until(psp->deadline_ns));
	spin_lock(&courier_lock);
	abandoned = psp->abandoned = busy;
	spin_unlock(&courier_lock);
	if (psp->abandoned) {
		pr_err("%s does not come back: the PSP counts as dead\n",
		       rmpp_psp_command_name(e->cmd));
		return -ETIMEDOUT;
	}
	unpack(e);
	return 0;
}
