// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the SEV-SNP firmware that stop half way, and what is then true. */
#include "payload.h"

#define SOURCE "docs/machine.md, Faults: half"

#define GCTX	(TEST_PA + 0x400000)
#define LIST	(TEST_PA + 0x402000)
#define BLOCK	TEST_PA
#define NORMAL	(1 << 1)

#define CMD_SNP_DF_FLUSH 0x84
#define CMD_DECOMMISSION 0x90
#define CMD_SET_STATE	0xc6

#define HALF(command, steps)						\
	fault("\"command\":\"" command "\",\"action\":\"half\",\"steps\":" #steps)

TEST("faults", half_init, "SNP_INIT_EX: the RMP is initialised, the platform is not", SOURCE)
{
	HALF("SNP_INIT_EX", 1);
	snp_enable();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp_snp_init(1, 0), 0x14);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(rmp_entry(rdmsr(MSR_RMP_BASE)), 5);
	CHECK_EQ(psp_snp_init(0, 0), 0x20);
	CHECK_EQ(psp_snp_init(1, 0), 0);
}

TEST("faults", half_shutdown, "SNP_SHUTDOWN_EX: UNINIT, and the RMP still counts", SOURCE)
{
	snp_up();
	HALF("SNP_SHUTDOWN_EX", 1);
	CHECK_EQ(psp_snp_shutdown(1), 0x14);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(control_get("status", "rmp_initialized"), 1);
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(control_get("status", "rmp_initialized"), 1);
}

TEST("faults", half_decommission, "SNP_DECOMMISSION: the ASID is free to flush, the context is still one",
     SOURCE)
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	HALF("SNP_DECOMMISSION", 1);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0x14);
	CHECK_EQ(control_get("status", "asids/dirty"), 1);
	CHECK_EQ(control_get("census", "pages/Context"), 1);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(control_get("census", "pages/Context"), 0);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0);
}

TEST("faults", half_update, "SNP_LAUNCH_UPDATE: a part is ciphertext, the page is Pre-Guest", SOURCE)
{
	snp_up();
	page_write(BLOCK + PAGE_SIZE, 0x1111);
	page_write(BLOCK + 2 * PAGE_SIZE, 0x2222);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	HALF("SNP_LAUNCH_UPDATE", 2);
	CHECK_EQ(snp_launch_page(GCTX, 9, BLOCK, NORMAL | 1), 0x14);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 512);
	CHECK(page_read(BLOCK + PAGE_SIZE) != 0x1111);
	CHECK_EQ(page_read(BLOCK + 2 * PAGE_SIZE), 0x2222);
	CHECK_EQ(psp_reclaim(BLOCK | 1), 0);
}

TEST("faults", half_flush, "SNP_DF_FLUSH: some ASIDs are clean, some dirty", SOURCE)
{
	snp_enable();
	CHECK_EQ(psp_snp_init(1, 0), 0);
	all_run(wbinvd);
	HALF("SNP_DF_FLUSH", 3);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0x14);
	CHECK_EQ(control_get("status", "asids/clean"), 3);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
	CHECK_EQ(control_get("status", "asids/dirty"), 0);
}

TEST("faults", half_set_state, "SNP_PAGE_SET_STATE: the list's first pages only", SOURCE)
{
	struct {
		u32 len, reserved;
		u64 list;
	} __packed c = { sizeof(c), 0, LIST };

	page_write(LIST, 1);
	page_write(LIST + 8, TEST_PA);
	page_write(LIST + 16, 2);
	snp_up();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
	HALF("SNP_PAGE_SET_STATE", 1);
	CHECK_EQ(psp(CMD_SET_STATE, &c), 0x14);
	CHECK_EQ(rmp_entry(TEST_PA), 4);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 5);
}
