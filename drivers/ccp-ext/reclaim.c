// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: what the firmware still holds for the previous kernel is ended here,
 * before ccp probes: contexts, caches, its own pages, both platform states. A stock
 * ccp that meets a firmware which is still initialised gives up. The pages
 * themselves follow in the background (giveback.c).
 *
 * Works in kernels that know nothing of SNP: the mailbox is ours.
 */
#include "ccp_ext.h"

#include <linux/mm.h>
#include <linux/slab.h>

/*
 * Does the RMP, looked at page by page, not show this context? It lies at the top of RAM, which was
 * taken out of this kernel's map, and is in no extent; or RMPREAD does not know it from others.
 */
static bool is_overlooked(const struct ccpx_rmp *rmp, const struct rmpp_guest_ser *g)
{
	u64 pfn = le64_to_cpu(g->gctx_pa) >> PAGE_SHIFT;
	struct rmpp_entry e;

	return (!page_is_ram(pfn) || (rmp->by_insn && rmpp_extents_find(&ccpx_restore.held, pfn))) &&
	       ccpx_rmp_assigned(rmp, pfn, &e) && ccpx_rmp_may_be_context(rmp, &e) &&
	       !ccpx_adopted_context(le64_to_cpu(g->gctx_pa));
}

/* Contexts that the previous kernel left in the firmware, and those in the RMP. */
static u32 leftover_guests(const struct ccpx_rmp *rmp, struct rmpp_guest_ser *v, u32 max)
{
	struct ccpx_restore *r = &ccpx_restore;
	const struct rmpp_guest_ser *g;
	struct rmpp_entry e;
	u32 i, n = 0;
	u64 pfn;

	for (i = 0; r->blob_valid && n < max; i++) {
		g = rmpp_blob_entry(&r->blob, RMPP_SECTION_GUESTS, i);
		if (!g)
			break;
		if (g->fate != RMPP_FATE_ALIVE && g->fate != RMPP_FATE_LOST)
			continue;
		/* SNP contexts are taken from the RMP below, which cannot be out of date */
		if (g->kind != RMPP_GUEST_SNP || is_overlooked(rmp, g))
			v[n++] = *g;
	}
	for (i = 0; i < r->held.nr && !rmp->by_insn; i++) {
		for (pfn = r->held.v[i].pfn;
		     pfn < r->held.v[i].pfn + r->held.v[i].nr_pages && n < max; pfn++) {
			if (!ccpx_rmp_assigned(rmp, pfn, &e) ||
			    rmpp_entry_state(&e) != RMPP_PAGE_CONTEXT ||
			    ccpx_adopted_context(pfn << PAGE_SHIFT))
				continue;
			v[n++] = (struct rmpp_guest_ser) {
				.gctx_pa = cpu_to_le64(pfn << PAGE_SHIFT),
				.kind = RMPP_GUEST_SNP,
			};
		}
		cond_resched();
	}
	return n;
}

/*
 * Guests that the previous kernel preserved stay, and with them the firmware; what else it left
 * ends.
 */
static bool keep_guests(const struct ccpx_rmp *rmp, struct ccpx_psp *psp)
{
	struct ccpx_quiesce *q = &ccpx_restore.quiesce;
	struct rmpp_guest_ser *others;

	if (!ccpx_adopt_wanted() || ccpx_quiesce_at_rest(q, psp) || q->snp_state != RMPP_SNP_INIT ||
	    !ccpx_adopt(psp, rmp))
		return false;
	others = kvcalloc(CCPX_MAX_GUESTS, sizeof(*others), GFP_KERNEL);
	if (others)
		ccpx_quiesce_some(q, psp, others, leftover_guests(rmp, others, CCPX_MAX_GUESTS));
	kvfree(others);
	pr_info("%u guests of the previous kernel live on in the firmware\n", ccpx_adopted_count());
	return true;
}

/* Only a firmware that is not at rest is worth a look at every page that is kept out. */
static void end_guests(const struct ccpx_rmp *rmp, struct ccpx_psp *psp)
{
	struct ccpx_quiesce *q = &ccpx_restore.quiesce;
	struct rmpp_guest_ser *guests;

	if (ccpx_quiesce_at_rest(q, psp))
		return;
	guests = kvcalloc(CCPX_MAX_GUESTS, sizeof(*guests), GFP_KERNEL);
	if (!guests)
		return;
	ccpx_quiesce_firmware(q, psp, guests, leftover_guests(rmp, guests, CCPX_MAX_GUESTS));
	kvfree(guests);
}

static void keep_ccp_away(void)
{
	if (ccpx_hold_psp())
		pr_warn("ccp cannot be kept from the PSP\n");
}

static void reclaim_firmware(const struct ccpx_rmp *rmp)
{
	struct ccpx_restore *r = &ccpx_restore;
	struct ccpx_quiesce *q = &r->quiesce;
	struct ccpx_psp psp;
	int rc;

	ccpx_quiesce_begin(q, ccpx_params.budget_ms);
	/* before the mailbox is open, which ccp waits for */
	if (ccpx_adopt_wanted() || ccpx_mailbox_busy())
		keep_ccp_away();
	rc = ccpx_psp_open(&psp, 0);
	if (rc) {
		if (rc != -ENODEV)
			pr_warn("firmware cannot be reached (%pe)\n", ERR_PTR(rc));
		return;
	}
	if (!psp.raw) {
		pr_warn("ccp is bound already: firmware state is left to it\n");
		goto out;
	}
	if (!keep_guests(rmp, &psp))
		end_guests(rmp, &psp);
	/* before ccp, which waits for the device, can change anything */
	ccpx_watch_adopt(q->sev_state, q->snp_state);
	r->nr_commands = q->nr_commands;
	pr_info("firmware before ccp: SEV %u, SNP %u, %u guests decommissioned%s\n",
		q->sev_state, q->snp_state, q->nr_decommissioned,
		q->verified ? "" : ": NOT at rest");
out:
	ccpx_psp_close(&psp);
	if (q->psp_dead) {
		/* ccp would send a command beside one that is under way, and take that one's answer for its own */
		keep_ccp_away();
		pr_warn("the PSP does not answer: it is kept from ccp, and nothing is given back\n");
	} else if (!ccpx_adopted_count()) {
		ccpx_let_go_psp();
	}
}

static void locked_tmr(u64 *pfn, u64 *end_pfn)
{
	const struct rmpp_platform_ser *p = NULL;
	struct ccpx_restore *r = &ccpx_restore;

	*pfn = *end_pfn = 0;
	if (r->blob_valid)
		p = rmpp_blob_entry(&r->blob, RMPP_SECTION_PLATFORM, 0);
	if (r->quiesce.sev_state == RMPP_SEV_UNINIT)
		return;
	if (p && le32_to_cpu(p->flags) & RMPP_PLATFORM_QUIESCED) {
		if (r->quiesce.sev_state == RMPP_STATE_UNKNOWN) {
			/* nobody has started it since */
			if (r->quiesce.psp_dead)
				ccpx_watch_adopt_tmr(0, 0);
			return;
		}
		p = NULL;	/* it was at rest and is not: nothing it said holds */
	}
	if (!p) {
		/* nobody says where a TMR may be: everything stays */
		*end_pfn = U64_MAX;
		return;
	}
	*pfn = le64_to_cpu(p->tmr_pa) >> PAGE_SHIFT;
	*end_pfn = *pfn + (le64_to_cpu(p->tmr_size) >> PAGE_SHIFT);
	ccpx_watch_adopt_tmr(le64_to_cpu(p->tmr_pa), le64_to_cpu(p->tmr_size));
}

/**
 * ccpx_reclaim() - bring the firmware that was inherited to rest
 *
 * Where nothing was inherited and no CPU enforces an RMP, no command is sent; on
 * an SNP host's cold boot the two states are read and nothing else.
 *
 * Context: process, module init, before ccp.
 */
void ccpx_reclaim(void)
{
	struct ccpx_restore *r = &ccpx_restore;
	u64 tmr_pfn, tmr_end_pfn;
	struct ccpx_rmp rmp;

	ccpx_rmp_open(&rmp);
	r->quiesce.sev_state = r->quiesce.snp_state = RMPP_STATE_UNKNOWN;
	r->nr_quarantined = rmpp_extents_pages(&r->held);
	if (r->damaged || (r->found && !r->blob_valid)) {
		/* it may speak of guests that live on: neither firmware nor pages are touched */
		ccpx_rmp_close(&rmp);
		if (r->held.nr)
			ccpx_giveback_prepare(0, U64_MAX, "what was handed over with them cannot be read");
		ccpx_restore_look_for_hidden(r);
		return;
	}
	if (r->found || ccpx_rmp_enforced(&rmp))
		reclaim_firmware(&rmp);
	else
		ccpx_watch_adopt(RMPP_STATE_UNKNOWN,
				 rmp.nr_pages ? RMPP_SNP_UNINIT : RMPP_SNP_ABSENT);
	ccpx_rmp_close(&rmp);
	locked_tmr(&tmr_pfn, &tmr_end_pfn);
	if (ccpx_giveback_nothing())
		return;

	if (ccpx_params.parked && !ccpx_quiesce_snp_is_up(&r->quiesce))
		ccpx_park_release();
	ccpx_giveback_prepare(tmr_pfn, tmr_end_pfn,
			      r->quiesce.psp_dead ? "the PSP does not answer" : NULL);
	ccpx_restore_look_for_hidden(r);
}
