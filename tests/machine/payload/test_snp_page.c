// SPDX-License-Identifier: GPL-2.0-only
/* The SEV-SNP firmware's page commands beside PAGE_RECLAIM. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define MDATA	(TEST_PA + 0x402000)
#define PAGE_A	TEST_PA
#define PAGE_B	(TEST_PA + PAGE_SIZE)
#define BLOCK	(TEST_PA + 0x800000)
#define GPA	0x200000ULL

#define CMD_DECOMMISSION 0x90
#define CMD_MOVE	0xc2
#define CMD_MD_INIT	0xc3
#define CMD_UNSMASH	0xc8

#define NORMAL		(1 << 1)
#define VMSA		(2 << 1)
#define DEBUG_POLICY	(0x30000 | BIT(19))

static u32 md_init(u64 gctx, u64 pa)
{
	u64 c[2] = { gctx, pa };

	return psp(CMD_MD_INIT, c);
}

static u32 move(u64 gctx, u32 flags, u64 src, u64 dst)
{
	struct {
		u64 gctx;
		u32 flags, reserved;
		u64 src, dst;
	} __packed c = { gctx, flags, 0, src, dst };

	return psp(CMD_MOVE, &c);
}

static u32 unsmash(u64 pa)
{
	return psp(CMD_UNSMASH, &pa);
}

static u64 pre_guest(u64 pa, u64 gpa, u32 asid)
{
	return rmp_update(pa, (struct rmp_state){ .gpa = gpa, .assigned = 1,
		.immutable = 1, .asid = asid });
}

TEST("milan", md_init, "PAGE_MD_INIT makes a Firmware page Metadata, of one guest",
     "56860, SNP_PAGE_MD_INIT")
{
	CHECK_EQ(md_init(GCTX, MDATA), 1);
	snp_up();
	CHECK_EQ(md_init(GCTX, MDATA), 0x10);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(md_init(GCTX, MDATA), 0x1a);
	CHECK_EQ(md_init(GCTX, MDATA + 8), 9);
	page_write(MDATA, 1);
	CHECK_EQ(rmp_firmware(MDATA), RMP_OK);
	CHECK_EQ(md_init(GCTX, MDATA), 0);
	CHECK_EQ(control_get("census", "pages/Metadata"), 1);
	CHECK_EQ(rmp_entry(MDATA), 5 | GCTX);
	CHECK_EQ(page_read(MDATA), 0);
	CHECK_EQ(md_init(GCTX, MDATA), 0x1a);
	CHECK_EQ(rmp_shared(MDATA), RMP_FAIL_PERMISSION);
	CHECK_EQ(md_init(GCTX, rdmsr(MSR_RMP_BASE)), 0x1a);

	/* It outlives its guest, and is reclaimed as any other. */
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(control_get("census", "pages/Metadata"), 1);
	CHECK_EQ(psp_reclaim(MDATA), 0);
	CHECK_EQ(rmp_shared(MDATA), RMP_OK);
}

TEST("milan", unsmash, "PAGE_UNSMASH joins 512 pages that are a guest's, immutable, in order",
     "56860, SNP_PAGE_UNSMASH")
{
	CHECK_EQ(unsmash(BLOCK), 1);
	snp_up();
	CHECK_EQ(unsmash(BLOCK), 0x1a);
	CHECK_EQ(unsmash(BLOCK + PAGE_SIZE), 9);
	for (u64 at = 0; at < BLOCK_SIZE; at += PAGE_SIZE)
		CHECK_EQ(pre_guest(BLOCK + at, GPA + at, 9), RMP_OK);
	CHECK_EQ(unsmash(BLOCK | 1), 0);
	CHECK_EQ(rmp_entry(BLOCK), 7 | GPA | 9ULL << 51);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 512);
	CHECK_EQ(unsmash(BLOCK), 0x19);
	CHECK_EQ(psp_reclaim(BLOCK), 0x19);
	CHECK_EQ(psp_reclaim(BLOCK | 1), 0);
	CHECK_EQ(rmp_update(BLOCK, (struct rmp_state){ .pagesize = 1 }), RMP_OK);
	CHECK_EQ(control_get("census", "assigned"), 0);
}

TEST("milan", unsmash_refuses, "... and refuses if one of them differs",
     "56860, SNP_PAGE_UNSMASH")
{
	const u64 odd = BLOCK + 77 * PAGE_SIZE, gpa = GPA + 77 * PAGE_SIZE;

	snp_up();
	for (u64 at = 0; at < BLOCK_SIZE; at += PAGE_SIZE)
		CHECK_EQ(pre_guest(BLOCK + at, GPA + at, 9), RMP_OK);
	CHECK_EQ(psp_reclaim(odd), 0);
	CHECK_EQ(unsmash(BLOCK), 0x1a);
	CHECK_EQ(rmp_shared(odd), RMP_OK);
	CHECK_EQ(unsmash(BLOCK), 0x1a);
	CHECK_EQ(pre_guest(odd, gpa, 8), RMP_OK);
	CHECK_EQ(unsmash(BLOCK), 0x1a);
	CHECK_EQ(psp_reclaim(odd), 0);
	CHECK_EQ(rmp_shared(odd), RMP_OK);
	CHECK_EQ(pre_guest(odd, gpa + PAGE_SIZE, 9), RMP_OK);
	CHECK_EQ(unsmash(BLOCK), 0x1a);
	CHECK_EQ(psp_reclaim(odd), 0);
	CHECK_EQ(rmp_shared(odd), RMP_OK);
	CHECK_EQ(pre_guest(odd, gpa, 9), RMP_OK);
	CHECK_EQ(unsmash(BLOCK), 0);
}

TEST("milan", page_move, "PAGE_MOVE gives a guest's page another place, and keeps what is in it",
     "56860, SNP_PAGE_MOVE")
{
	struct rmp_state same = { .gpa = GPA, .assigned = 1, .immutable = 1, .asid = 9 };
	u64 dbg[3] = { GCTX, PAGE_B, MDATA };

	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, DEBUG_POLICY, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	page_write(PAGE_A, 0x41414141);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(move(GCTX2, 0, PAGE_A, PAGE_B), 0x10);
	CHECK_EQ(move(GCTX, 2, PAGE_A, PAGE_B), 0x16);
	CHECK_EQ(move(GCTX, 0, PAGE_A, PAGE_B), 0x1a);
	CHECK_EQ(rmp_update(PAGE_A, same), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Pre-Swap"), 1);
	CHECK_EQ(move(GCTX, 0, PAGE_A, PAGE_B), 0x1a);
	CHECK_EQ(pre_guest(PAGE_B, GPA + PAGE_SIZE, 9), RMP_OK);
	CHECK_EQ(move(GCTX, 0, PAGE_A, PAGE_B), 0x16);
	CHECK_EQ(psp_reclaim(PAGE_B), 0);
	CHECK_EQ(rmp_shared(PAGE_B), RMP_OK);
	CHECK_EQ(pre_guest(PAGE_B, GPA, 8), RMP_OK);
	CHECK_EQ(move(GCTX, 0, PAGE_A, PAGE_B), 0x1c);
	CHECK_EQ(psp_reclaim(PAGE_B), 0);
	CHECK_EQ(rmp_shared(PAGE_B), RMP_OK);
	CHECK_EQ(pre_guest(PAGE_B, GPA, 9), RMP_OK);
	CHECK_EQ(move(GCTX, 1, PAGE_A, PAGE_B), 0x19);
	CHECK_EQ(move(GCTX, 0, PAGE_A, PAGE_B), 0);
	CHECK_EQ(rmp_entry(PAGE_A), 5);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 1);
	CHECK_EQ(rmp_entry(PAGE_B), 1 | GPA | 9ULL << 51 | BIT(62));
	CHECK_EQ(rmp_firmware(MDATA), RMP_OK);
	CHECK_EQ(psp(0xb0, dbg), 0);
	CHECK_EQ(page_read(MDATA), 0x41414141);
}

TEST("milan", move_metadata, "... a Metadata page goes to a Firmware page",
     "56860, SNP_PAGE_MOVE")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch(GCTX2, 10), 0);
	CHECK_EQ(rmp_firmware(MDATA), RMP_OK);
	CHECK_EQ(md_init(GCTX, MDATA), 0);
	CHECK_EQ(move(GCTX, 0, MDATA, PAGE_A), 0x1a);
	CHECK_EQ(rmp_firmware(PAGE_A), RMP_OK);
	CHECK_EQ(move(GCTX2, 0, MDATA, PAGE_A), 0x1c);
	CHECK_EQ(move(GCTX, 0, MDATA, PAGE_A), 0);
	CHECK_EQ(rmp_entry(PAGE_A), 5 | GCTX);
	CHECK_EQ(rmp_entry(MDATA), 5);
}
