// SPDX-License-Identifier: GPL-2.0-only
/* Guests ended: their VMMs first, then what the firmware still has of them. */
#include "quiesce.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

/* A gone guest is not enough: guest_memfd returns pages while the VMM's files close. */
static u32 evict(u64 until_ns)
{
	if (ccpx_guests_count())
		ccpx_guests_signal_vmms(SIGKILL);
	/* nobody would end a guest that was preserved: it is decommissioned at once */
	while ((ccpx_guests_owned() || ccpx_guests_vmms_alive()) && ktime_get_ns() < until_ns)
		usleep_range(500, 1000);
	return ccpx_guests_count();
}

/*
 * A VMM that ends takes its pages apart one by one, and there may be millions. A VMM
 * that is stopped changes nothing any more, and never runs again. Nobody is asked to
 * finish: a signal stops a thread no earlier than on its way back to user mode.
 */
static u32 stop(u64 until_ns)
{
	ccpx_guests_signal_vmms(SIGSTOP);
	while (ccpx_guests_vmms_running() && ktime_get_ns() < until_ns)
		usleep_range(100, 200);
	return ccpx_guests_vmms_running();
}

/**
 * ccpx_quiesce_guests() - see to it that no guest runs any more
 * @q: begun; policy is the one that this jump can have
 *
 * evict: VMMs are killed, and waited for until KVM has torn their guests down. lazy and
 * preserve: VMMs are stopped, and their guests' pages stay as they are. At most half of the budget;
 * guests that the firmware still has are decommissioned in ccpx_quiesce_firmware().
 *
 * Context: process, reboot notifier (userspace still runs), ccpx_lock held.
 */
void ccpx_quiesce_guests(struct ccpx_quiesce *q)
{
	u64 until = q->t0_ns + (q->deadline_ns - q->t0_ns) / 2;
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_EVICT);
	u32 before = ccpx_guests_count(), left;

	left = q->policy == RMPP_POLICY_EVICT ? evict(until) : stop(until);
	q->nr_evicted = before - min(before, left);
	s->count = cpu_to_le32(q->nr_evicted);
	ccpx_step_end(q, s, left ? -ETIMEDOUT : 0, 0);
}

static bool guest_is_gone(int rc, u32 status)
{
	return !rc || (rc == -EIO && (status == PSP_INVALID_GUEST || status == PSP_INVALID_ADDRESS));
}

/**
 * quiesce_reclaim_kvm_pages() - take back what KVM took for its guests, contexts among it
 * @q: counts what is sent
 * @psp: open, through ccp
 *
 * Only an initialised firmware lets go of its pages (56860, SNP_PAGE_RECLAIM). One that
 * it keeps stays assigned, and is kept out like all that is. Where guests were waited for
 * there are none left.
 *
 * Context: process, reboot path, ccpx_lock held.
 */
void quiesce_reclaim_kvm_pages(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	static u64 pa[CCPX_MAX_FW_PAGES];
	u32 i, nr = ccpx_pages_get(pa, ARRAY_SIZE(pa)), status;

	for (i = 0; i < nr && !q->psp_dead; i++) {
		struct psp_snp_addr d = { pa[i] };
		int rc = ccpx_psp_cmd(psp, PSP_SNP_PAGE_RECLAIM, &d, sizeof(d), &status);

		if (!rc)
			ccpx_rmp_make_shared(pa[i] >> PAGE_SHIFT, false);
		quiesce_note_death(q, rc);
		q->nr_commands++;
	}
}

/**
 * quiesce_decommission() - end guests in the firmware
 * @q: counts those that ended
 * @psp: open
 * @guests: which
 * @nr: entries in @guests
 *
 * Context: process.
 */
void quiesce_decommission(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			  const struct rmpp_guest_ser *guests, u32 nr)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_DECOMMISSION);
	u32 i, status = 0, last = 0;
	int rc, err = 0;

	for (i = 0; i < nr && !q->psp_dead; i++) {
		if (guests[i].kind == RMPP_GUEST_SNP) {
			struct psp_snp_addr d = { le64_to_cpu(guests[i].gctx_pa) };

			rc = quiesce_cmd(q, psp, s, PSP_SNP_DECOMMISSION, &d, sizeof(d), &status);
		} else {
			struct psp_sev_handle d = { le32_to_cpu(guests[i].handle) };

			/* ACTIVE is refused; a guest without ASID answers INACTIVE, which is fine */
			quiesce_note_death(q, ccpx_psp_cmd(psp, PSP_SEV_DEACTIVATE, &d, sizeof(d), &status));
			q->nr_commands++;
			rc = quiesce_cmd(q, psp, s, PSP_SEV_DECOMMISSION, &d, sizeof(d), &status);
		}
		if (guest_is_gone(rc, status)) {
			q->nr_decommissioned++;
		} else {
			err = rc;
			last = status;
		}
	}
	s->count = cpu_to_le32(q->nr_decommissioned);
	ccpx_step_end(q, s, err, last);
}

/**
 * ccpx_quiesce_some() - end some guests, and leave the firmware running for the others
 * @q: begun; verified stays false and tmr_locked true
 * @psp: open
 * @guests: what ends
 * @nr_guests: entries in @guests
 *
 * Context: process.
 */
void ccpx_quiesce_some(struct ccpx_quiesce *q, struct ccpx_psp *psp,
		       const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	ccpx_quiesce_at_rest(q, psp);
	if (!nr_guests)
		return;
	quiesce_decommission(q, psp, guests, nr_guests);
	/* the next guest with their ASIDs finds nothing of them in any cache */
	quiesce_wbinvd_step(q);
	if (q->sev_state != RMPP_SEV_UNINIT)
		quiesce_plain_step(q, psp, RMPP_STEP_DF_FLUSH, PSP_SEV_DF_FLUSH);
	if (q->snp_state == RMPP_SNP_INIT)
		quiesce_plain_step(q, psp, RMPP_STEP_SNP_DF_FLUSH, PSP_SNP_DF_FLUSH);
}

/**
 * ccpx_quiesce_guest() - end one SNP guest
 * @q: begun
 * @psp: open
 * @gctx_pa: its context page
 *
 * Context: process. Return: 0, or -EIO if the firmware still has it.
 */
int ccpx_quiesce_guest(struct ccpx_quiesce *q, struct ccpx_psp *psp, u64 gctx_pa)
{
	const struct rmpp_guest_ser g = {
		.gctx_pa = cpu_to_le64(gctx_pa), .kind = RMPP_GUEST_SNP,
	};
	u32 before = q->nr_decommissioned;

	ccpx_quiesce_some(q, psp, &g, 1);
	return q->nr_decommissioned > before ? 0 : -EIO;
}
