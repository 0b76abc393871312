// SPDX-License-Identifier: GPL-2.0-only
/* ASIDs of SNP guests: reuse, core complexes, sockets. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)

#define CMD_SNP_DF_FLUSH	0x84
#define CMD_DECOMMISSION	0x90
#define CMD_GCTX_CREATE		0x93

#define POLICY			0x30000
#define POLICY_SINGLE_SOCKET	BIT(20)

static const u32 first[] = { 0 }, second[] = { 1 }, both[] = { 0, 1 };

TEST("milan", asid_reuse, "an ASID that is used again without a flush is an offence",
     "56860, SNP_ACTIVATE: DFFLUSH_REQUIRED")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(snp_launch(GCTX2, 9), 0xf);
	CHECK_EQ(control_get("counters", "asids_reused"), 1);
	all_run(wbinvd);
	CHECK_EQ(snp_activate(GCTX2, 9), 0xf);
	CHECK_EQ(control_get("counters", "asids_reused"), 2);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
	CHECK_EQ(snp_activate(GCTX2, 9), 0);
	CHECK_EQ(control_get("counters", "asids_reused"), 2);
}

TEST("milan", asid_flush_order, "WBINVD before DECOMMISSION does not count",
     "56860, SNP_DECOMMISSION, SNP_DF_FLUSH: WBINVD_REQUIRED")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	all_run(wbinvd);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	ap_run(wbinvd);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
	CHECK_EQ(control_get("status", "asids/clean"), 509);
}

TEST("milan", activate_ex, "ACTIVATE_EX names CPUs, and again to add some",
     "56860, SNP_ACTIVATE_EX")
{
	static const u32 no_such[] = { 0, 77 };

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX2, 9, both, 2), 0x10);
	CHECK_EQ(snp_activate_ex(GCTX, 9, both, 0), 0x16);
	CHECK_EQ(snp_activate_ex(GCTX, 9, no_such, 2), 0x16);
	CHECK_EQ(snp_activate_ex(GCTX, 100, both, 2), 0xd);
	CHECK_EQ(control_get("status", "asids/active"), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, first, 1), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, second, 1), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 10, second, 1), 0x12);
	CHECK_EQ(snp_activate(GCTX, 9), 0x12);
	CHECK_EQ(snp_launch(GCTX2, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX2, 9, second, 1), 0xc);
	CHECK_EQ(control_get("status", "asids/active"), 1);
}

TEST("complexes", flush_all_complexes, "DF_FLUSH wants WBINVD on complexes where the guest was not",
     "56860, SNP_DF_FLUSH; the strict reading")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, first, 1), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	ap_run(wbinvd);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
}

TEST("by-complex", flush_by_complex, "... or only where it was, if set so",
     "56860, SNP_DECOMMISSION; 55766, DEACTIVATE")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, first, 1), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	ap_run(wbinvd);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, first, 1), 0x10);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 0);
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX, 9, first, 1), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);

	/* Complexes that were added count, and ACTIVATE means all of them. */
	CHECK_EQ(snp_launch(GCTX2, 0), 0);
	CHECK_EQ(snp_activate_ex(GCTX2, 9, first, 1), 0);
	CHECK_EQ(snp_activate_ex(GCTX2, 9, second, 1), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX2), 0);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	ap_run(wbinvd);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0);
	CHECK_EQ(snp_launch(GCTX2 + PAGE_SIZE, 9), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX2 + PAGE_SIZE), 0);
	wbinvd();
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
}

TEST("sockets", single_socket, "a guest bound to one socket is not activated on two",
     "56860, guest policy, SINGLE_SOCKET")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY | POLICY_SINGLE_SOCKET, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 7);
	CHECK_EQ(snp_launch_start(GCTX2, POLICY, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX2, 9), 0);
}

TEST("milan", one_socket, "... where there is one it does not matter",
     "56860, guest policy, SINGLE_SOCKET")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY | POLICY_SINGLE_SOCKET, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
}
