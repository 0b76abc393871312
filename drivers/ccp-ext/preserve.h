/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by preserve.c, before the jump, and adopt.c, after it: what the firmware says of a guest. */
#ifndef CCPX_PRESERVE_H
#define CCPX_PRESERVE_H

#include "ccp_ext.h"

struct psp_snp_guest_status;

bool preserve_ask(struct ccpx_psp *psp, u64 gctx_pa, struct psp_snp_guest_status *s);
int preserve_page_sum(struct ccpx_psp *psp, u64 gctx_pa, u64 page_pa, u32 *sum);

#endif /* CCPX_PRESERVE_H */
