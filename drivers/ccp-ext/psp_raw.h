/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCPX_PSP_RAW_H
#define CCPX_PSP_RAW_H

#include <linux/mod_devicetable.h>

#include "psp_abi.h"

#define CCPX_MAX_CMD_LEN	128

struct psp_raw;

extern const struct pci_device_id psp_raw_ids[];	/* ends with an empty one */

struct psp_raw *psp_raw_open(bool bound);
void psp_raw_close(struct psp_raw *r);
int psp_raw_cmd(struct psp_raw *r, u32 cmd, void *data, u32 len, u32 *status);
int psp_raw_read(struct psp_raw *r, u32 cmd, void *data, u32 len, u64 *target_pa,
		 void *out, u32 out_len, u32 *status);
int psp_raw_snp_state(struct psp_raw *r, struct psp_snp_platform_status *s);

#endif /* CCPX_PSP_RAW_H */
