// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last look, with one CPU left.
 *
 * What the notifier found may have changed since: userspace ran on until the CPUs
 * stopped. kernel_kexec() calls machine_kexec() after machine_shutdown(), which
 * stops the other CPUs with interrupts off for good, so on entry to machine_kexec()
 * the RMP is what the next kernel will meet. (syscore_shutdown() comes earlier, with
 * all CPUs running, and 6.1 does not call it on this way.) It is read again, where
 * it was clean. What is new is added to what was handed over; where that cannot
 * be, or the image is hit, this is a cold reset.
 *
 * No lock is taken that a stopped CPU may hold, and nothing is allocated.
 */
#include "ccp_ext.h"

#include <linux/delay.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/reboot.h>
#include <asm/msr.h>

#include <chain.h>

static struct {
	bool	announced;	/* the notifier has been here */
	struct ccpx_capture *capture;
	struct ccpx_quiesce *quiesce;
	const struct rmpp_guest_ser *guests;
	u32	nr_guests;
	struct ccpx_rmp rmp;	/* mapped while memory could be had */
	bool	enforced, complete;
} last;

static bool armed;

/**
 * ccpx_jump_announce() - the notifier is done: what is looked at again at the jump
 * @c: the capture that was published
 * @q: its quiesce
 * @guests: as they were captured
 * @nr_guests: entries in @guests
 *
 * All of them stay in place. Context: process, reboot notifier, gate closed.
 */
void ccpx_jump_announce(struct ccpx_capture *c, struct ccpx_quiesce *q,
			const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	last.capture = c;
	last.quiesce = q;
	last.guests = guests;
	last.nr_guests = nr_guests;
	last.complete = ccpx_watch_complete();
	if (!last.announced)
		ccpx_rmp_open(&last.rmp);
	last.enforced = ccpx_rmp_enforced(&last.rmp);
	last.announced = true;
}

/* Why the firmware is not what the notifier left, or NULL. */
static const char *firmware_changed(const struct ccpx_watch_state *w)
{
	if (last.complete && !ccpx_watch_complete())
		return "firmware commands were sent unseen on the way out";
	if (last.quiesce->verified &&
	    (w->sev_state == RMPP_SEV_INIT || w->sev_state == RMPP_SEV_WORKING ||
	     w->snp_state == RMPP_SNP_INIT))
		return "the firmware was started again after its shutdown";
	if (!last.enforced && ccpx_snp_enabled_here())
		return "SNP was enabled on the way out";
	return NULL;
}

/* There is more to keep out than was handed over: hand that over, or say why not. */
static const char *hand_over_more(void)
{
	struct ccpx_capture *c = last.capture;
	static char why[96];
	const char *lacks;
	u64 pfn;

	if (!ccpx_params.quarantine)
		return NULL;	/* left out on request: the control run of the tests */
	if (ccpx_capture_again(c, last.quiesce, last.guests, last.nr_guests, &last.rmp))
		return "the RMP cannot be read";
	if (c->chain_err == -CHAIN_ERR_TOP && ccpx_capture_can_cut_top()) {
		if (ccpx_top_cut(&pfn))
			return chain_strerror(c->chain_err);
		ccpx_capture_again(c, last.quiesce, last.guests, last.nr_guests, &last.rmp);
	}
	if (c->chain_err)
		return chain_strerror(c->chain_err);
	/* the chain was made with holes there (capture.c) */
	if (ccpx_kho_hit(ccpx_capture_assigned()))
		return "pages of KHO's scratch memory are assigned";
	if (c->in_flight)
		return c->in_flight;
	if (c->blob_size < 0)
		return rmpp_strerror(c->blob_size);
	if (ccpx_image_check(ccpx_capture_assigned(), false, why, sizeof(why)) != CCPX_IMAGE_CLEAN)
		return why[0] ? why : "no image is known";
	lacks = ccpx_image_lacks(&c->extents);
	if (lacks)
		return lacks;
	c->chain_err = ccpx_capture_publish(c);
	return c->chain_err ? chain_strerror(c->chain_err) : NULL;
}

/* Kernels with CONFIG_KEXEC_JUMP call no notifier for an image that is to come back. */
static const char *unannounced(void)
{
	struct ccpx_watch_state w;

	ccpx_watch_get(&w);
	if (ccpx_snp_enabled_here() || ccpx_restore.held.nr ||
	    w.sev_state == RMPP_SEV_INIT || w.sev_state == RMPP_SEV_WORKING)
		return "no reboot notifier was called, and the firmware may be up";
	return NULL;
}

static const char *last_look(void)
{
	u64 t0 = rdtsc(), grown = U64_MAX, us;
	struct ccpx_watch_state w;
	bool more = false;
	const char *why;

	if (ccpx_watch_busy() || ccpx_image_busy())
		return "a CPU was stopped in the middle of what has to be known";
	if (!last.announced)
		return unannounced();
	ccpx_watch_get(&w);
	why = firmware_changed(&w);
	if (!why && ccpx_params.quarantine)
		why = ccpx_capture_in_flight(&more);
	if (!why && more && !last.enforced)
		why = "a firmware command was begun on the way out";
	if (!why && last.enforced) {
		if (last.rmp.readable)
			grown = ccpx_capture_grown(&last.rmp);
		else
			why = "the RMP cannot be read a last time";
	}
	if (grown != U64_MAX || (more && !why))
		why = hand_over_more();
	us = ccpx_us_since(t0);
	pr_info("last look: %llu MiB of RMP in %llu us, %u calls refused on the way%s\n",
		last.enforced ? last.rmp.nr_pages >> 16 : 0, us, ccpx_gate_refused(),
		grown == U64_MAX && !more ? "" : why ? ", more is assigned" :
		", more is assigned and handed over");
	return why;
}

static int jump_pre(struct kprobe *p, struct pt_regs *regs)
{
	const struct kimage *image = (const struct kimage *)regs->di;
	const char *why;

	if (image->type != KEXEC_TYPE_DEFAULT || !ccpx_params.last_look)
		return 0;
	why = last_look();
	if (!why || !ccpx_unsafe(why))
		return 0;
	/* not from here: a probe that is hit in a probe's handler is missed */
	regs->ip = (unsigned long)ccpx_reset;
	return 1;
}
NOKPROBE_SYMBOL(jump_pre);

static struct kprobe jump_probe = {
	.symbol_name = "machine_kexec", .pre_handler = jump_pre, .post_handler = ccpx_gate_post,
};

/* Only for tests: makes what can happen between notifier and jump happen there. */
static int linger(struct notifier_block *nb, unsigned long code, void *cmd)
{
	if (code != SYS_RESTART || !cmd || strcmp(cmd, "kexec reboot"))
		return NOTIFY_DONE;
	if (ccpx_params.linger_ms) {
		pr_info("lingering for %u ms\n", ccpx_params.linger_ms);
		msleep(ccpx_params.linger_ms);
	}
	if (ccpx_params.reenter)
		ccpx_reboot_again(cmd);
	return NOTIFY_DONE;
}

/* After KVM's and everybody else's. */
static struct notifier_block linger_nb = { .notifier_call = linger, .priority = INT_MIN };

int ccpx_jump_init(void)
{
	int rc = register_reboot_notifier(&linger_nb);

	if (rc)
		return rc;
	rc = register_kprobe(&jump_probe);
	armed = !rc;
	if (rc)
		pr_warn("no probe on machine_kexec (%pe): a jump on a host with SNP will be treated as unsafe\n",
			ERR_PTR(rc));
	return 0;
}

void ccpx_jump_exit(void)
{
	unregister_reboot_notifier(&linger_nb);
	if (armed)
		unregister_kprobe(&jump_probe);
	armed = false;
}

bool ccpx_jump_armed(void)
{
	return armed;
}
