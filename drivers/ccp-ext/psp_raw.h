/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CCPX_PSP_RAW_H
#define CCPX_PSP_RAW_H

#include <linux/bits.h>
#include <linux/mod_devicetable.h>

#include "psp_abi.h"

#define CCPX_MAX_CMD_LEN	128

#define PSP_BAR			2

/* registers in it, bytes */
struct psp_mailbox {
	u32	cmdresp, addr_lo, addr_hi;
};

#define PSP_CMDRESP_RESPONSE	BIT(31)
#define PSP_CMDRESP_CMD		GENMASK(26, 16)
#define PSP_CMDRESP_CMD_SHIFT	16
#define PSP_CMDRESP_STATUS	0xffff

enum psp_mailbox_word { PSP_MAILBOX_IDLE, PSP_MAILBOX_BUSY, PSP_MAILBOX_GONE };

struct pci_dev;
struct psp_raw;

extern const struct pci_device_id psp_raw_ids[];	/* ends with an empty one */

struct pci_dev *psp_mailbox_find(const struct psp_mailbox **mb);
enum psp_mailbox_word psp_mailbox_word(u32 reg);

struct psp_raw *psp_raw_open(bool bound, const u64 *deadline_ns);
void psp_raw_close(struct psp_raw *r);
int psp_raw_cmd(struct psp_raw *r, u32 cmd, void *data, u32 len, u32 *status);
int psp_raw_read(struct psp_raw *r, u32 cmd, void *data, u32 len, u64 *target_pa,
		 void *out, u32 out_len, u32 *status);
int psp_raw_snp_state(struct psp_raw *r, struct psp_snp_platform_status *s);

#endif /* CCPX_PSP_RAW_H */
