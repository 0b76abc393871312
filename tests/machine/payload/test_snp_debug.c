// SPDX-License-Identifier: GPL-2.0-only
/* Debug commands: what the host may read of a guest, and only if it may. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define OUT	(TEST_PA + 0x402000)
#define IN	(TEST_PA + 0x403000)
#define PAGE_A	TEST_PA
#define PAGE_B	(TEST_PA + PAGE_SIZE)

#define CMD_DBG_DECRYPT	0xb0
#define CMD_DBG_ENCRYPT	0xb1

#define POLICY		0x30000
#define POLICY_DEBUG	BIT(19)
#define NORMAL		(1 << 1)
#define VMSA		(2 << 1)
#define SECRETS		(5 << 1)

static u32 dbg(u32 command, u64 gctx, u64 src, u64 dst)
{
	u64 c[3] = { gctx, src, dst };

	return psp(command, c);
}

static void debug_guest(void)
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY | POLICY_DEBUG, 0, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	CHECK_EQ(rmp_firmware(OUT), RMP_OK);
}

TEST("milan", dbg_policy, "no debug command for a guest whose policy forbids it",
     "56860, SNP_DBG_DECRYPT: POLICY_FAILURE")
{
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 1);
	snp_up();
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 0x10);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(rmp_firmware(OUT), RMP_OK);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 7);
	CHECK_EQ(dbg(CMD_DBG_ENCRYPT, GCTX, IN, PAGE_A), 7);
	CHECK_EQ(snp_gctx(0x93, GCTX), 0x1a);
}

TEST("milan", dbg_decrypt, "DBG_DECRYPT gives the plaintext, of a VMSA too",
     "56860, SNP_DBG_DECRYPT; Linux, sev_decrypt_vmsa()")
{
	debug_guest();
	page_write(PAGE_A, 0x1111222233334444);
	page_write(PAGE_A + PAGE_SIZE - 8, 0x55);
	page_write(PAGE_B, 0x66);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, VMSA), 0);
	CHECK_EQ(snp_launch_finish(GCTX), 0);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 0);
	CHECK_EQ(page_read(OUT), 0x1111222233334444);
	CHECK_EQ(page_read(OUT + PAGE_SIZE - 8), 0x55);
	CHECK(page_read(PAGE_A) != 0x1111222233334444);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_B, OUT), 0);
	CHECK_EQ(page_read(OUT), 0x66);
	CHECK_EQ(rmp_entry(OUT), 5);
}

TEST("milan", dbg_pages, "... from a page of the guest into a Firmware page",
     "56860, SNP_DBG_DECRYPT")
{
	debug_guest();
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, IN), 0x1a);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT + 16), 9);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A + 16, OUT), 9);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_B, OUT), 0x1a);
	CHECK_EQ(snp_launch(GCTX2, 10), 0);
	CHECK_EQ(snp_launch_page(GCTX2, 10, PAGE_B, NORMAL), 0);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_B, OUT), 0x1c);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, rdmsr(MSR_RMP_BASE)), 0x1a);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 2);
}

TEST("milan", dbg_encrypt, "DBG_ENCRYPT changes a page of the guest", "56860, SNP_DBG_ENCRYPT")
{
	debug_guest();
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	page_write(IN, 0x7777);
	CHECK_EQ(dbg(CMD_DBG_ENCRYPT, GCTX, IN, PAGE_B), 0x1a);
	CHECK_EQ(dbg(CMD_DBG_ENCRYPT, GCTX, IN, PAGE_A), 0);
	CHECK(page_read(PAGE_A) != 0x7777);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 0);
	CHECK_EQ(page_read(OUT), 0x7777);
}

TEST("milan", dbg_large, "... 4 KiB of a 2 MiB page", "56860, SNP_DBG_DECRYPT; a guess")
{
	debug_guest();
	page_write(TEST_PA + BLOCK_SIZE + 5 * PAGE_SIZE, 0x8888);
	CHECK_EQ(snp_launch_page(GCTX, 9, TEST_PA + BLOCK_SIZE, NORMAL | 1), 0);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, TEST_PA + BLOCK_SIZE + 5 * PAGE_SIZE, OUT), 0);
	CHECK_EQ(page_read(OUT), 0x8888);
}

TEST("milan", secrets_page, "a SECRETS page holds the firmware's words, not the host's",
     "56860, SNP_LAUNCH_UPDATE, SECRETS; Linux, struct snp_secrets_page")
{
	u64 key;

	debug_guest();
	page_write(PAGE_A + 32, 0x4141);
	page_write(PAGE_A + PAGE_SIZE - 8, 0x4242);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, SECRETS), 0);
	CHECK_EQ(dbg(CMD_DBG_DECRYPT, GCTX, PAGE_A, OUT), 0);
	CHECK_EQ(page_read(OUT), 3);
	CHECK_EQ(page_read(OUT + PAGE_SIZE - 8), 0);
	key = page_read(OUT + 32);
	CHECK(key != 0 && key != 0x4141);
	for (int i = 1; i < 4; i++)
		CHECK(page_read(OUT + 32 + i * 32) != key);
}
