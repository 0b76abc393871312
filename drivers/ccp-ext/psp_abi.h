/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few commands of the SEV API (AMD 55766) and the SEV-SNP firmware ABI
 * (AMD 56860) that ccp_ext sends or watches. Kernels before 6.9 have no SNP
 * structures in linux/psp-sev.h, so all of them stand here, under own names.
 */
#ifndef CCPX_PSP_ABI_H
#define CCPX_PSP_ABI_H

#include <linux/types.h>

enum ccpx_psp_cmd {
	PSP_SEV_INIT		= 0x01,
	PSP_SEV_SHUTDOWN	= 0x02,
	PSP_SEV_PLATFORM_STATUS	= 0x04,
	PSP_SEV_DF_FLUSH	= 0x0a,
	PSP_SEV_INIT_EX		= 0x0d,
	PSP_SEV_DECOMMISSION	= 0x20,
	PSP_SEV_ACTIVATE	= 0x21,
	PSP_SEV_DEACTIVATE	= 0x22,
	PSP_SEV_LAUNCH_START	= 0x30,
	PSP_SEV_LAUNCH_MEASURE	= 0x33,
	PSP_SEV_LAUNCH_FINISH	= 0x35,
	PSP_SEV_SEND_START	= 0x40,
	PSP_SEV_SEND_FINISH	= 0x43,
	PSP_SEV_SEND_CANCEL	= 0x44,
	PSP_SEV_RECEIVE_START	= 0x50,
	PSP_SEV_RECEIVE_FINISH	= 0x53,
	PSP_SNP_INIT		= 0x81,
	PSP_SNP_SHUTDOWN	= 0x82,
	PSP_SNP_PLATFORM_STATUS	= 0x83,
	PSP_SNP_DF_FLUSH	= 0x84,
	PSP_SNP_INIT_EX		= 0x85,
	PSP_SNP_SHUTDOWN_EX	= 0x86,
	PSP_SNP_DECOMMISSION	= 0x90,
	PSP_SNP_ACTIVATE	= 0x91,
	PSP_SNP_GUEST_STATUS	= 0x92,
	PSP_SNP_GCTX_CREATE	= 0x93,
	PSP_SNP_LAUNCH_START	= 0xa0,
	PSP_SNP_LAUNCH_FINISH	= 0xa2,
	PSP_SNP_DBG_DECRYPT	= 0xb0,
	PSP_SNP_PAGE_RECLAIM	= 0xc7,
};

#define PSP_FIRST_SNP_CMD	0x80

enum ccpx_psp_status {
	PSP_OK			= 0x00,
	PSP_INVALID_PLATFORM_STATE = 0x01,
	PSP_WBINVD_REQUIRED	= 0x0e,
	PSP_DFFLUSH_REQUIRED	= 0x0f,
	PSP_INVALID_GUEST	= 0x10,
	PSP_INVALID_ADDRESS	= 0x09,
	PSP_INACTIVE		= 0x08,
	PSP_INVALID_PAGE_STATE	= 0x1a,
};

struct psp_sev_init {			/* 55766, INIT */
	u32	flags, reserved;
	u64	tmr_pa;
	u32	tmr_len;
} __packed;

struct psp_sev_init_ex {		/* 55766, INIT_EX */
	u32	length, flags;
	u64	tmr_pa;
	u32	tmr_len, reserved;
	u64	nv_pa;
	u32	nv_len;
} __packed;

struct psp_sev_platform_status {	/* 55766, PLATFORM_STATUS: 12 bytes */
	u8	api_major, api_minor, state;
	u32	flags;
	u8	build;
	u32	guest_count;
} __packed;

struct psp_sev_launch_start {		/* 55766, LAUNCH_START and RECEIVE_START: head */
	u32	handle, policy;
} __packed;

#define PSP_SEV_POLICY_ES	0x4

struct psp_sev_activate {
	u32	handle, asid;
} __packed;

struct psp_sev_handle {			/* DEACTIVATE, DECOMMISSION; head of others */
	u32	handle;
} __packed;

struct psp_snp_addr {			/* PLATFORM_STATUS, GCTX_CREATE, DECOMMISSION, PAGE_RECLAIM */
	u64	pa;
} __packed;

struct psp_snp_platform_status {	/* 56860, SNP_PLATFORM_STATUS: 32 bytes */
	u8	api_major, api_minor, state, is_rmp_initialized;
	u32	build, flags, guest_count;
	u64	current_tcb, reported_tcb;
} __packed;

struct psp_snp_guest_status_cmd {	/* 56860, SNP_GUEST_STATUS */
	u64	gctx_pa, status_pa;
} __packed;

struct psp_snp_guest_status {		/* its answer: 32 bytes */
	u64	policy;
	u32	asid;
	u8	state;			/* PSP_SNP_GUEST_* */
	u8	reserved[19];
} __packed;

#define PSP_SNP_GUEST_INIT	0
#define PSP_SNP_GUEST_LAUNCH	1
#define PSP_SNP_GUEST_RUNNING	2

#define PSP_SNP_POLICY_DEBUG	BIT_ULL(19)	/* 56860, GUEST_POLICY */

struct psp_snp_dbg {			/* 56860, SNP_DBG_DECRYPT */
	u64	gctx_pa, src_pa, dst_pa;
} __packed;

struct psp_snp_shutdown_ex {
	u32	len;
	u32	flags;			/* bit 0 IOMMU_SNP_SHUTDOWN, bit 1 X86_SNP_SHUTDOWN */
} __packed;

struct psp_snp_activate {
	u64	gctx_pa;
	u32	asid;
} __packed;

struct psp_snp_launch_start {
	u64	gctx_pa, policy;
} __packed;

#endif /* CCPX_PSP_ABI_H */
