// SPDX-License-Identifier: GPL-2.0-only
/*
 * At a panic with guests alive on an SNP host: what has to be done before the other CPUs stop, so that ccp can shut
 * SNP down.
 *
 * SNP_SHUTDOWN_EX wants each ASID clean, that is decommissioned, then WBINVD on every CPU, then DF_FLUSH; a
 * WBINVD from before does not count (56860, SNP_DECOMMISSION, SNP_DF_FLUSH). A CPU that was stopped can do
 * nothing more: it stands in its NMI handler, where no second NMI reaches it (nmi_shootdown_cpus()). But on its
 * way there it does one WBINVD (kdump_sev_callback(), 6.12 and 7.3). With crash_kexec_post_notifiers,
 * which a kernel with SNP sets itself, that comes ahead of the notifiers, and ccp's notifier does all the rest,
 * polling: SHUTDOWN, WBINVD here, SNP_SHUTDOWN_EX, SNP_DF_FLUSH (snp_shutdown_on_panic()). It fails for want of
 * what makes ASIDs dirty only. So that is done here, ahead of crash_smp_send_stop(): SNP_DECOMMISSION of each SNP
 * guest and, if there are SEV or SEV-ES guests, SHUTDOWN, which ends them all and has no buffer that would
 * have to be a Firmware page. ccp's own is one of a platform that is down already (SEV API, SHUTDOWN: in any state).
 *
 * vCPUs may still run then. That firmware lets go of their guest nevertheless, and that nobody but the guest is
 * harmed, is a guess: panic_evict=0 leaves it out. Where a command is under way, or the PSP does not
 * answer, nothing is sent.
 */
#include "panic.h"
#include "compat/compat.h"
#include "psp_abi.h"

#include <linux/gfp.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>

#define SETTLE_US	50000u	/* for a command that is under way */

static void *buffer;		/* of our commands */
static struct ccpx_snapshot *snapshot;
static bool armed, done, sev_ended;

/* What was asked of the firmware, and its answer. */
static struct {
	u64	gctx_pa;
	u32	status;
} asked[CCPX_MAX_GUESTS];
static u32 nr_asked;

/* Nobody else is in a command any more, nor begins one: the gate is shut. */
static bool mailbox_is_ours(void)
{
	u32 us;

	/* who has passed the gate is seen by the watch in a moment */
	udelay(100);
	for (us = 0; us < SETTLE_US; us += 10) {
		if (!ccpx_watch_unanswered(NULL) && !ccpx_mailbox_busy())
			return true;
		udelay(10);
	}
	return false;
}

/* Return: 1 with *@status filled, 0 if no time is left to ask, -1 if the PSP does not answer. */
static int send(u32 cmd, u64 data, u64 t0, u32 *status)
{
	u64 us = ccpx_us_since(t0), budget = ccpx_params.panic_budget_ms * 1000ULL;

	if (us >= budget)
		return 0;
	return ccpx_mailbox_send_polled(cmd, data, budget - us, status) ? -1 : 1;
}

/* Return: false if the PSP does not answer. */
static bool decommission(u64 gctx_pa, u64 t0)
{
	struct psp_snp_addr addr = { gctx_pa };
	int rc;

	memcpy(buffer, &addr, sizeof(addr));
	rc = send(PSP_SNP_DECOMMISSION, __sme_pa(buffer), t0, &asked[nr_asked].status);
	if (rc > 0)
		asked[nr_asked++].gctx_pa = gctx_pa;
	return rc >= 0;
}

static bool end_sev(u64 t0)
{
	u32 status;
	int rc = send(PSP_SEV_SHUTDOWN, 0, t0, &status);

	sev_ended = rc > 0 && !status;
	return rc >= 0;
}

static u8 fate_of(const struct rmpp_guest_ser *g)
{
	u32 i;

	if (g->kind != RMPP_GUEST_SNP)
		return sev_ended ? RMPP_FATE_DECOMMISSIONED : g->fate;
	for (i = 0; i < nr_asked; i++)
		if (asked[i].gctx_pa == le64_to_cpu(g->gctx_pa))
			return asked[i].status ? RMPP_FATE_LOST : RMPP_FATE_DECOMMISSIONED;
	return g->fate;
}

/**
 * ccpx_panic_evict_fates() - what became of guests at the panic
 * @v:  guests that were alive then; fate is filled where something was asked for
 * @nr: their number
 *
 * Context: panic, one CPU.
 */
void ccpx_panic_evict_fates(struct rmpp_guest_ser *v, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		v[i].fate = fate_of(&v[i]);
}

static void evict(void)
{
	struct ccpx_snapshot *s = snapshot;
	u64 t0 = rdtsc();
	u32 i, nr = 0, all = 0;
	bool answers = true;

	if (!ccpx_watch_try_get(&s->watch, s->flight, 0, &s->nr_flight) ||
	    !ccpx_guests_try_get(s->guests, ARRAY_SIZE(s->guests), &s->nr_guests))
		return;
	if (s->watch.snp_state != RMPP_SNP_INIT || s->watch.unanswered)
		return;
	for (i = 0; i < s->nr_guests; i++)
		all += s->guests[i].kind == RMPP_GUEST_SNP;
	if (!s->nr_guests)
		return;
	if (!ccpx_gate_hold_all(true) || !mailbox_is_ours()) {
		/* ccp finds its mutex held, and leaves the firmware alone */
		ccpx_gate_hold_all(false);
		pr_info("panic: a firmware command is under way, or may be: guests stay\n");
		return;
	}
	for (i = 0; i < s->nr_guests && answers; i++)
		if (s->guests[i].kind == RMPP_GUEST_SNP)
			answers = decommission(le64_to_cpu(s->guests[i].gctx_pa), t0);
	if (answers && all < s->nr_guests)
		answers = end_sev(t0);
	for (i = 0; i < nr_asked; i++)
		nr += !asked[i].status;
	/* what is not answered would be waited for by ccp as well, and for longer */
	if (answers)
		ccpx_gate_hold_all(false);
	pr_info("panic: %u of %u SNP guests decommissioned%s in %llu us%s\n", nr, all,
		sev_ended ? ", those of SEV ended" : "", ccpx_us_since(t0),
		answers ? "" : "; the PSP does not answer, and is left alone");
}

static int stop_pre(struct kprobe *p, struct pt_regs *regs)
{
	/* without notifiers ahead of the crash kernel nobody would go on with it */
	if (!done && !ccpx_panic_begun() && kexec_crash_loaded())
		evict();
	done = true;
	return 0;
}
NOKPROBE_SYMBOL(stop_pre);

static struct kprobe stop_probe = { .symbol_name = "crash_smp_send_stop", .pre_handler = stop_pre };

/* Context: process, module init. @s is used at a panic only, ahead of what is written then. */
void ccpx_panic_evict_init(struct ccpx_snapshot *s)
{
	int rc;

	if (!ccpx_params.panic_evict || !ccpx_kernel_knows_snp())
		return;
	snapshot = s;
	buffer = (void *)get_zeroed_page(GFP_KERNEL);
	if (!buffer)
		return;
	rc = register_kprobe(&stop_probe);
	armed = !rc;
	if (rc)
		pr_warn("no probe on crash_smp_send_stop (%pe): with SNP guests alive a crash kernel finds SNP enabled\n",
			ERR_PTR(rc));
}

void ccpx_panic_evict_exit(void)
{
	if (armed)
		unregister_kprobe(&stop_probe);
	armed = false;
	free_page((unsigned long)buffer);
	buffer = NULL;
}
