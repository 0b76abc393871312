/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCPX_PSP_RAW_H
#define CCPX_PSP_RAW_H

#include "psp_abi.h"

#define CCPX_MAX_CMD_LEN	128

struct psp_raw;

struct psp_raw *psp_raw_open(bool bound);
void psp_raw_close(struct psp_raw *r);
int psp_raw_cmd(struct psp_raw *r, u32 cmd, void *data, u32 len, u32 *status);
int psp_raw_snp_state(struct psp_raw *r, struct psp_snp_platform_status *s);

#endif /* CCPX_PSP_RAW_H */
