/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of the capture: capture.c (what there is to keep out), capture_blob.c
 * (how that is written down).
 */
#ifndef CCPX_CAPTURE_H
#define CCPX_CAPTURE_H

#include "ccp_ext.h"

/* ---- capture_blob.c ---- */

int capture_blob_init(void);
void capture_blob_exit(void);
int capture_begin(struct rmpp_writer *w, const struct ccpx_quiesce *q,
		  const struct rmpp_guest_ser *guests, u32 nr_guests);
int capture_write_rest(struct rmpp_writer *w, const struct ccpx_rmp *rmp,
		       const struct ccpx_capture *c, const struct ccpx_quiesce *q,
		       const struct rmpp_guest_ser *guests, u32 nr_guests, u32 flags);
void capture_finish(struct rmpp_writer *w, struct ccpx_capture *c, int rc);

#endif /* CCPX_CAPTURE_H */
