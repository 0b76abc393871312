// SPDX-License-Identifier: GPL-2.0-only
/* Contexts: how many guests the firmware can hold. */
#include "payload.h"

#define GCTX(n)		(TEST_PA + 0x800000 + (n) * PAGE_SIZE)
#define NR_CONTEXTS	509	/* of the profile */

#define CMD_LAUNCH_START	0x30
#define CMD_SNP_DECOMMISSION	0x90
#define CMD_GCTX_CREATE		0x93

TEST("milan", contexts_limit, "guests of all kinds share the contexts, and they run out",
     "56860, SNP_GCTX_CREATE; 55766, LAUNCH_START: RESOURCE_LIMIT")
{
	u64 sev = TEST_PA;
	u32 handle;

	for (int i = 0; i < 5; i++)
		page_write(sev + i * 8, 0);
	snp_up();
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(rmp_firmware(sev), RMP_OK);
	CHECK_EQ(psp_at(CMD_LAUNCH_START, sev), 0);
	handle = page_read(sev);
	for (u32 n = 1; n < NR_CONTEXTS; n++) {
		CHECK_EQ(rmp_firmware(GCTX(n)), RMP_OK);
		CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX(n)), 0);
	}
	CHECK_EQ(rmp_firmware(GCTX(0)), RMP_OK);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX(0)), 0x17);
	CHECK_EQ(rmp_entry(GCTX(0)), 5);
	CHECK_EQ(psp_reclaim(sev), 0);
	CHECK_EQ(rmp_shared(sev), RMP_OK);
	page_write(sev, 0);
	CHECK_EQ(rmp_firmware(sev), RMP_OK);
	CHECK_EQ(psp_at(CMD_LAUNCH_START, sev), 0x17);

	CHECK_EQ(snp_gctx(CMD_SNP_DECOMMISSION, GCTX(7)), 0);
	CHECK_EQ(psp_at(CMD_LAUNCH_START, sev), 0);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX(0)), 0x17);
	CHECK_EQ(psp(0x20, &handle), 0);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX(0)), 0);
}
