/* SPDX-License-Identifier: GPL-2.0-only */
/* Between psp_watch.c, which sees commands, and psp_effect.c, which knows what they change. */
#ifndef CCPX_PSP_WATCH_H
#define CCPX_PSP_WATCH_H

#include "ccp_ext.h"

void watch_set_tmr(struct ccpx_watch_state *w, u64 pa, u64 size);
void watch_init_cmd(struct ccpx_watch_state *w, u32 cmd, const void *data);
void watch_apply_at_panic(struct ccpx_watch_state *w, u32 cmd);
void watch_apply(struct ccpx_watch_state *w, u32 cmd, const void *data);

#endif /* CCPX_PSP_WATCH_H */
