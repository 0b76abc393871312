// SPDX-License-Identifier: GPL-2.0-only
/* Guests' pages swapped out and in again. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define MDATA	(TEST_PA + 0x402000)
#define MDATA2	(TEST_PA + 0x403000)
#define AWAY	(TEST_PA + 0x404000)
#define AWAY2	(TEST_PA + 0x405000)
#define OUT	(TEST_PA + 0x406000)
#define PAGE_A	TEST_PA
#define PAGE_B	(TEST_PA + PAGE_SIZE)
#define LARGE	(TEST_PA + 0x800000)
#define LARGE_AWAY (TEST_PA + 0xa00000)
#define GPA	0x200000ULL

#define CMD_SWAP_OUT	0xc0
#define CMD_SWAP_IN	0xc1
#define CMD_MD_INIT	0xc3
#define CMD_DBG_DECRYPT	0xb0

#define POLICY		0x30000
#define POLICY_DEBUG	BIT(19)
#define POLICY_PAGE_SWAP_DISABLE BIT(25)
#define NORMAL		(1 << 1)
#define SWAP_2M		1
#define SWAP_METADATA	2
#define SWAP_ROOT	4

static u32 swap(u32 command, u64 src, u64 dst, u64 mdata, u32 flags)
{
	struct {
		u64 gctx, src, dst, mdata, software_data;
		u32 flags, reserved;
	} __packed c = { GCTX, src, dst, mdata, 0x1234, flags, 0 };

	return psp(command, &c);
}

static u64 immutable(u64 pa, u8 large)
{
	return rmp_update(pa, (struct rmp_state){ .gpa = GPA, .assigned = 1,
		.immutable = 1, .asid = 9, .pagesize = large });
}

static u64 plaintext(u64 pa)
{
	u64 c[3] = { GCTX, pa, OUT };

	CHECK_EQ(psp(CMD_DBG_DECRYPT, c), 0);
	return page_read(OUT);
}

/* A guest with a page, 0x4141, that is ready to be swapped out. */
static void swap_guest(u64 policy)
{
	u64 c[2] = { GCTX, MDATA };

	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, policy, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	page_write(PAGE_A, 0x4141);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(immutable(PAGE_A, 0), RMP_OK);
	CHECK_EQ(rmp_firmware(MDATA), RMP_OK);
	CHECK_EQ(psp(CMD_MD_INIT, c), 0);
	CHECK_EQ(rmp_firmware(AWAY), RMP_OK);
	CHECK_EQ(rmp_firmware(OUT), RMP_OK);
}

TEST("milan", swap, "a page swapped out and in again is what it was, and Guest-Valid",
     "56860, SNP_PAGE_SWAP_OUT, SNP_PAGE_SWAP_IN")
{
	swap_guest(POLICY | POLICY_DEBUG);
	CHECK_EQ(control_get("census", "pages/Pre-Swap"), 1);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 0), 0);
	CHECK(page_read(AWAY) != 0x4141);
	CHECK_EQ(page_read(MDATA), 0x1234);
	CHECK_EQ(rmp_entry(PAGE_A), 5);
	CHECK_EQ(psp_reclaim(PAGE_A), 0);
	CHECK_EQ(rmp_shared(PAGE_A), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 0);

	CHECK_EQ(immutable(PAGE_B, 0), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA, 0), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 1);
	CHECK_EQ(rmp_entry(PAGE_B), 1 | GPA | 9ULL << 51 | BIT(62));
	CHECK(page_read(PAGE_B) != 0x4141);
	CHECK_EQ(plaintext(PAGE_B), 0x4141);

	/* Once in, its entry is used up. */
	CHECK_EQ(rmp_shared(PAGE_B), RMP_OK);
	CHECK_EQ(immutable(PAGE_B, 0), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA, 0), 0x1b);
}

TEST("milan", swap_tampered, "... and is refused if it was changed meanwhile",
     "56860, SNP_PAGE_SWAP_IN: BAD_MEASUREMENT")
{
	swap_guest(POLICY);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 0), 0);
	CHECK_EQ(immutable(PAGE_B, 0), RMP_OK);
	CHECK_EQ(psp_reclaim(AWAY), 0);
	CHECK_EQ(rmp_shared(AWAY), RMP_OK);
	page_write(AWAY + 512, page_read(AWAY + 512) ^ 1);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA, 0), 0xb);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 1);
	page_write(AWAY + 512, page_read(AWAY + 512) ^ 1);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA, 0), 0);
}

TEST("milan", swap_pages, "... each page involved has its state and owner",
     "56860, SNP_PAGE_SWAP_OUT")
{
	swap_guest(POLICY);
	CHECK_EQ(psp_reclaim(PAGE_A), 0);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 0), 0x1a);
	CHECK_EQ(immutable(PAGE_A, 0), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, PAGE_B, MDATA, 0), 0x1a);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, AWAY, 0), 0x1a);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA + 8, 0), 9);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, SWAP_2M | SWAP_METADATA), 0x16);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 8), 0x16);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, SWAP_METADATA), 0x1a);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA + 64, 0), 0);

	/* An entry in use is not overwritten, nor taken for another GPA. */
	CHECK_EQ(immutable(PAGE_B, 0), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_B, AWAY, MDATA + 64, 0), 0x1b);
	CHECK_EQ(psp_reclaim(PAGE_B), 0);
	CHECK_EQ(rmp_update(PAGE_B, (struct rmp_state){ .gpa = GPA + PAGE_SIZE,
		.assigned = 1, .immutable = 1, .asid = 9 }), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA + 64, 0), 0x1b);
}

TEST("milan", swap_metadata, "a Metadata page is swapped out itself, its entry in the context",
     "56860, SNP_PAGE_SWAP_OUT, ROOT_MDATA_EN")
{
	swap_guest(POLICY | POLICY_DEBUG);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 0), 0);
	CHECK_EQ(rmp_firmware(AWAY2), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_OUT, MDATA, AWAY2, 0, SWAP_METADATA | SWAP_ROOT), 0);
	CHECK_EQ(rmp_entry(MDATA), 5);
	CHECK_EQ(control_get("census", "pages/Metadata"), 0);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY2, MDATA2, 0, SWAP_METADATA | SWAP_ROOT), 0x1a);
	CHECK_EQ(rmp_firmware(MDATA2), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY2, MDATA2, 0, SWAP_METADATA | SWAP_ROOT), 0);
	CHECK_EQ(rmp_entry(MDATA2), 5 | GCTX);
	CHECK_EQ(immutable(PAGE_B, 0), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_B, MDATA2, 0), 0);
	CHECK_EQ(plaintext(PAGE_B), 0x4141);
}

TEST("milan", swap_large, "a 2 MiB page is swapped as one", "56860, SNP_PAGE_SWAP_OUT, PAGE_SIZE")
{
	swap_guest(POLICY | POLICY_DEBUG);
	page_write(LARGE + BLOCK_SIZE - PAGE_SIZE, 0x4343);
	CHECK_EQ(snp_launch_page(GCTX, 9, LARGE, NORMAL | 1), 0);
	CHECK_EQ(immutable(LARGE, 1), RMP_OK);
	for (u64 at = 0; at < BLOCK_SIZE; at += PAGE_SIZE)
		CHECK_EQ(rmp_firmware(LARGE_AWAY + at), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_OUT, LARGE, LARGE_AWAY, MDATA, 0), 0x19);
	CHECK_EQ(swap(CMD_SWAP_OUT, LARGE, LARGE_AWAY, MDATA, SWAP_2M), 0);
	CHECK_EQ(psp_reclaim(LARGE | 1), 0);
	CHECK_EQ(immutable(LARGE, 1), RMP_OK);
	CHECK_EQ(swap(CMD_SWAP_IN, LARGE_AWAY, LARGE, MDATA, SWAP_2M), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 512);
	CHECK_EQ(plaintext(LARGE + BLOCK_SIZE - PAGE_SIZE), 0x4343);
}

TEST("new-firmware", swap_policy, "no swapping and moving if the policy disables it",
     "56860, guest policy, PAGE_SWAP_DISABLE")
{
	swap_guest(POLICY | POLICY_PAGE_SWAP_DISABLE);
	CHECK_EQ(swap(CMD_SWAP_OUT, PAGE_A, AWAY, MDATA, 0), 7);
	CHECK_EQ(swap(CMD_SWAP_IN, AWAY, PAGE_A, MDATA, 0), 7);
	CHECK_EQ(control_get("census", "pages/Pre-Swap"), 1);
}
