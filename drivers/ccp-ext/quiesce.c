// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quiesce: bring the firmware to rest in the order that it demands (AMD 56860,
 * SNP_SHUTDOWN_EX; 55766, SHUTDOWN):
 *
 *   guests gone -> DECOMMISSION -> WBINVD on every core -> DF_FLUSH ->
 *   SEV SHUTDOWN -> TMR reclaimed -> SNP_SHUTDOWN_EX -> both states read back
 *
 * The same steps run from the reboot notifier through ccp, and in the next kernel
 * through the mailbox, before ccp probes.
 */
#include "quiesce.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/ktime.h>

/*
 * Firmware pages can only be reclaimed while SNP is INIT (56860,
 * SNP_PAGE_RECLAIM), so before the shutdown: TMR, old contexts, command pages.
 * Pages of the IOMMU are refused here; the shutdown turns them to Reclaim.
 */
static void reclaim_immutable(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_TMR_RECLAIM);
	const struct rmpp_extents *x = &ccpx_restore.held;
	struct ccpx_rmp rmp;
	struct rmpp_entry e;
	u64 pfn, n = 0, refused = 0;
	u32 i, status = 0, last = 0;
	int rc;

	rc = ccpx_rmp_open(&rmp);
	for (i = 0; !rc && i < x->nr && !q->psp_dead; i++) {
		for (pfn = x->v[i].pfn; pfn < x->v[i].pfn + x->v[i].nr_pages; pfn++) {
			struct psp_snp_addr d = { pfn << PAGE_SHIFT };

			ccpx_rmp_entry(&rmp, pfn, &e);
			if (!e.assigned || !e.immutable)
				continue;
			/* the rest comes back with the next SNP_INIT_EX, and nobody waits for it */
			if (!quiesce_time_left(q)) {
				rc = -ETIME;
				goto out;
			}
			rc = ccpx_psp_cmd(psp, PSP_SNP_PAGE_RECLAIM, &d, sizeof(d), &status);
			if (!rc) {
				n++;
			} else {
				refused++;
				last = status;
			}
			q->nr_commands++;
			quiesce_note_death(q, rc);
			if (rc && rc != -EIO)
				goto out;
			rc = 0;
			cond_resched();
		}
	}
out:
	ccpx_rmp_close(&rmp);
	s->count = cpu_to_le32(n);
	s->tries = cpu_to_le16(min_t(u64, n + refused, U16_MAX));
	ccpx_step_end(q, s, rc, last);
}

static int raw_snp_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	reclaim_immutable(q, psp);
	return quiesce_snp_shutdown_step(q, psp);
}

/*
 * ccp's own shutdown reclaims the TMR and the IOMMU's pages. It retries 0xF
 * once and 0xE never; each round here flushes first and reads the state after.
 */
static int ccp_snp_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp, bool snp_up)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_SNP_SHUTDOWN);
	unsigned int tries;
	u32 guests, status = 0;
	bool down = !snp_up;
	int rc = -EIO;
	u8 state;

	ccpx_iommu_share_begin();
	for (tries = 0; tries < TRIES_FLUSH && quiesce_may_try(q, tries); tries++) {
		rc = ccpx_psp_platform_shutdown(psp);
		le16_add_cpu(&s->tries, 1);
		if (rc || !snp_up)
			break;
		rc = ccpx_psp_snp_state(psp, &state, &guests);
		down = !rc && state == RMPP_SNP_UNINIT;
		if (rc || down)
			break;
		rc = -EIO;
		status = quiesce_flush(q, psp, PSP_SNP_DF_FLUSH);
		if (tries >= TRIES_REFUSED)
			msleep(REFUSED_WAIT_MS);
	}
	ccpx_iommu_share_end(down);
	quiesce_note_death(q, rc);
	ccpx_step_end(q, s, rc, status);
	return rc;
}

static bool read_states(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct ccpx_rmp rmp;
	int rc = -EBUSY;
	u32 guests;

	/* it was read as UNINIT: SNP would not have shut down otherwise, and INIT is refused (gate.c) */
	if (psp->behind_ccp)
		rc = 0;
	else if (!q->psp_dead)
		rc = ccpx_psp_sev_state(psp, &q->sev_state, &q->api_major, &q->api_minor,
					&q->build, &q->guest_count);
	if (rc)
		q->sev_state = RMPP_STATE_UNKNOWN;
	quiesce_note_death(q, rc);
	ccpx_rmp_open(&rmp);
	if (!ccpx_rmp_enforced(&rmp)) {
		q->snp_state = rmp.nr_pages ? RMPP_SNP_UNINIT : RMPP_SNP_ABSENT;
	} else {
		rc = ccpx_psp_snp_state(psp, &q->snp_state, &guests);
		if (rc)
			q->snp_state = RMPP_STATE_UNKNOWN;
		quiesce_note_death(q, rc);
	}
	ccpx_rmp_close(&rmp);
	return q->sev_state == RMPP_SEV_UNINIT &&
	       (q->snp_state == RMPP_SNP_UNINIT || q->snp_state == RMPP_SNP_ABSENT);
}

/**
 * ccpx_quiesce_snp_is_up() - is SNP still initialised in the firmware, or may it be?
 * @q: the quiesce
 *
 * Where the firmware could not be asked, it counts as up if the CPUs enforce an RMP.
 *
 * Context: process. Return: true if so.
 */
bool ccpx_quiesce_snp_is_up(const struct ccpx_quiesce *q)
{
	struct ccpx_rmp rmp;
	bool enforced;

	if (q->snp_state != RMPP_STATE_UNKNOWN)
		return q->snp_state == RMPP_SNP_INIT;
	ccpx_rmp_open(&rmp);
	enforced = ccpx_rmp_enforced(&rmp);
	ccpx_rmp_close(&rmp);
	return enforced;
}

static void verify(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	struct rmpp_step_ser *s = ccpx_step_begin(q, RMPP_STEP_VERIFY);

	/* the one thing that is worth a moment more: what cannot be read counts as not done */
	if (psp->deadline_ns)
		psp->deadline_ns = max(psp->deadline_ns, ktime_get_ns()) + CCPX_GRACE_MS * NSEC_PER_MSEC;
	q->verified = read_states(q, psp);
	q->tmr_locked = q->sev_state != RMPP_SEV_UNINIT;
	ccpx_step_end(q, s, q->verified ? 0 : -EBUSY, 0);
}

/**
 * ccpx_quiesce_at_rest() - does the firmware say that both platforms are shut down?
 * @q: begun; verified if so
 * @psp: open
 *
 * Context: process. Return: true if so.
 */
bool ccpx_quiesce_at_rest(struct ccpx_quiesce *q, struct ccpx_psp *psp)
{
	q->verified = read_states(q, psp);
	q->tmr_locked = !q->verified;
	return q->verified;
}

/**
 * ccpx_quiesce_firmware() - shut SEV and SNP down, and prove it
 * @q: begun; verified and tmr_locked tell the outcome
 * @psp: open
 * @guests: what still lives in the firmware
 * @nr_guests: entries in @guests
 *
 * Context: process. Nothing is undone on failure: the caller quarantines what
 * the firmware keeps.
 */
void ccpx_quiesce_firmware(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			   const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	struct ccpx_watch_state w;
	bool snp_up;

	/* a status that says UNINIT lets the watch forget it */
	ccpx_watch_get(&w);
	q->tmr_pa = w.tmr_pa;
	q->tmr_size = w.tmr_size;
	/*
	 * ccp's own shutdown must run even if the firmware is at rest already: it
	 * returns the IOMMU's pages and the TMR. Raw, there is nothing more to do.
	 */
	if (ccpx_quiesce_at_rest(q, psp) && psp->raw)
		return;
	q->verified = false;
	q->tmr_locked = true;
	snp_up = q->snp_state != RMPP_SNP_UNINIT && q->snp_state != RMPP_SNP_ABSENT;
	if (nr_guests)
		quiesce_decommission(q, psp, guests, nr_guests);
	if (snp_up && !psp->raw)
		quiesce_reclaim_kvm_pages(q, psp);

	quiesce_wbinvd_step(q);
	if (q->sev_state != RMPP_SEV_UNINIT) {
		quiesce_plain_step(q, psp, RMPP_STEP_DF_FLUSH, PSP_SEV_DF_FLUSH);
		if (quiesce_plain_step(q, psp, RMPP_STEP_SEV_SHUTDOWN, PSP_SEV_SHUTDOWN))
			goto out;	/* SNP refuses while SEV is up */
		/* before ccp frees the TMR on the strength of a status alone */
		read_states(q, psp);
		if (q->sev_state != RMPP_SEV_UNINIT)
			goto out;
	}
	if (snp_up)
		quiesce_plain_step(q, psp, RMPP_STEP_SNP_DF_FLUSH, PSP_SNP_DF_FLUSH);
	if (!psp->raw && ccpx_psp_can_shutdown(psp))
		ccp_snp_shutdown(q, psp, snp_up);
	else if (psp->raw && snp_up)
		raw_snp_shutdown(q, psp);
	/* what ccp believes afterwards no host can run on with */
	else if (snp_up && ccpx_leaving && ccpx_psp_takes_snp(psp))
		quiesce_single_shutdown(q, psp);
out:
	verify(q, psp);
	if (q->verified && psp->behind_ccp)
		quiesce_free_iommu(psp);
}
