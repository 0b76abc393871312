// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ccp that knows SNP takes each of its commands (sev_do_cmd()), but may not offer to shut it
 * down. What it would have done is done here instead, and ccp is not told: it goes on to believe
 * that SNP is up. It may, since nobody asks it again: the gate closes next, and its teardown is
 * left out. Until then no command of SEV passes, since ccp would make its buffer the firmware's
 * (snp_prep_cmd_buf()), for good; ours is not sent (read_states()).
 *
 * Unbinding ccp would have it do all of this itself, but frees what its other callers still look
 * at (psp_master), and holds the device's lock, for which device_shutdown() would wait as long as
 * a PSP that hangs.
 */
#include "quiesce.h"
#include "psp_abi.h"

#include <linux/sched.h>

/*
 * The TMR is ccp's, and ccp would reclaim it in its own shutdown. It never frees it here (gate.c),
 * so nobody writes to a page that does not come back.
 */
static void reclaim_tmr(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_TMR_RECLAIM);
	u64 pa, n = 0, refused = 0;
	u32 status = 0, last = 0;
	int rc = 0;

	for (pa = q->tmr_pa; pa < q->tmr_pa + q->tmr_size; pa += PAGE_SIZE) {
		struct psp_snp_addr d = { pa };

		if (!quiesce_time_left(q)) {
			rc = -ETIME;
			break;
		}
		rc = ccpx_psp_cmd(psp, PSP_SNP_PAGE_RECLAIM, &d, sizeof(d), &status);
		q->nr_commands++;
		if (!rc && !ccpx_rmp_make_shared(pa >> PAGE_SHIFT, false)) {
			n++;
		} else {
			refused++;
			last = status;
		}
		quiesce_note_death(q, rc);
		if (rc && rc != -EIO)
			break;
		rc = 0;
		cond_resched();
	}
	s->count = cpu_to_le32(n);
	s->tries = cpu_to_le16(min_t(u64, n + refused, U16_MAX));
	ccpx_step_end(q, s, rc, last);
}

/**
 * quiesce_single_shutdown() - shut SNP down through ccp, command by command
 * @q: begun; SEV is read as UNINIT
 * @psp: open through ccp, which takes SNP's commands
 *
 * The outcome is for the caller to read back.
 *
 * Context: process, on the way out (ccpx_leaving): ccp is of no use afterwards.
 */
void quiesce_single_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	int rc;

	reclaim_tmr(q, psp);
	ccpx_gate_hold_sev(true);
	rc = quiesce_snp_shutdown_step(q, psp);
	psp->behind_ccp = !rc;
	if (rc)
		ccpx_gate_hold_sev(false);
}

/**
 * quiesce_free_iommu() - what ccp's own shutdown would do behind the firmware's
 * @psp: open through ccp; SNP is read as UNINIT
 *
 * Context: process, ccpx_lock held.
 */
void quiesce_free_iommu(struct ccpx_psp *psp)
{
	int rc = ccpx_psp_free_iommu(psp);

	if (rc)
		pr_warn("not all of the IOMMUs' logs were made shared again (%pe): %u pages were taken back, what is still assigned is kept out\n",
			ERR_PTR(rc), ccpx_iommu_take_back());
}
