/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of the quiesce: quiesce.c (the order), quiesce_step.c (a step, and what
 * answers a refusal), quiesce_guests.c (guests ended), quiesce_single.c (where ccp does not shut
 * SNP down).
 */
#ifndef CCPX_QUIESCE_H
#define CCPX_QUIESCE_H

#include "ccp_ext.h"

#define TRIES_FLUSH	8	/* answers 0xE and 0xF, each of which is progress */
#define TRIES_REFUSED	3	/* any other refusal */
#define REFUSED_WAIT_MS	20

/* ---- quiesce_step.c ---- */

bool quiesce_time_left(const struct ccpx_quiesce *q);
bool quiesce_may_try(const struct ccpx_quiesce *q, unsigned int tries);
void quiesce_note_death(struct ccpx_quiesce *q, int rc);
u32 quiesce_flush(struct ccpx_quiesce *q, struct ccpx_psp *psp, u32 flush);
int quiesce_cmd(struct ccpx_quiesce *q, struct ccpx_psp *psp, struct rmpp_step_ser *s,
		u32 cmd, void *data, u32 len, u32 *status);
int quiesce_snp_shutdown_step(struct ccpx_quiesce *q, struct ccpx_psp *psp);
int quiesce_plain_step(struct ccpx_quiesce *q, struct ccpx_psp *psp, u16 step, u32 cmd);
void quiesce_wbinvd_step(struct ccpx_quiesce *q);

/* ---- quiesce_guests.c ---- */

void quiesce_decommission(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			  const struct rmpp_guest_ser *guests, u32 nr);
void quiesce_reclaim_kvm_pages(struct ccpx_quiesce *q, struct ccpx_psp *psp);

/* ---- quiesce_single.c ---- */

void quiesce_single_shutdown(struct ccpx_quiesce *q, struct ccpx_psp *psp);
void quiesce_free_iommu(struct ccpx_psp *psp);

#endif /* CCPX_QUIESCE_H */
