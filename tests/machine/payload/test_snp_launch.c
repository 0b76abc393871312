// SPDX-License-Identifier: GPL-2.0-only
/* Launch of SNP guests: policy, agents, special pages, ID block. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define MA	(TEST_PA + 0x402000)
#define PAGE_A	TEST_PA
#define PAGE_B	(TEST_PA + PAGE_SIZE)
#define ID_BLOCK (TEST_PA + 0x600000)
#define ID_AUTH	(TEST_PA + 0x601000)

#define POLICY			0x30000ULL
#define POLICY_SMT		BIT(16)
#define POLICY_MIGRATE_MA	BIT(18)
#define POLICY_PAGE_SWAP_DISABLE BIT(25)

#define MA_EN	1
#define IMI_EN	2

#define CMD_DECOMMISSION 0x90
#define TYPE(n) ((n) << 1)
#define NORMAL	TYPE(1)
#define UNMEASURED TYPE(4)
#define SECRETS	TYPE(5)
#define CPUID	TYPE(6)
#define IMI	BIT(4)

#define ID_BLOCK_EN	1
#define AUTH_KEY_EN	2
#define VCEK_DIS	4

static u32 finish(u64 gctx, u64 flags)
{
	struct {
		u64 gctx, id_block, id_auth, flags;
		u8 host_data[32];
	} __packed c = { gctx, ID_BLOCK, ID_AUTH, flags, { 0 } };

	return psp(0xa2, &c);
}

TEST("milan", policy, "a policy is refused that the platform cannot keep",
     "56860, guest policy, SNP_LAUNCH_START: POLICY_FAILURE")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY_SMT, 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | 1 << 8 | 56, 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | 2 << 8, 0, 0), 7);
	for (int bit = 21; bit < 64; bit++)
		CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(bit), 0, 0), 7);
	CHECK(control_is("status", "guests/0/state", "INIT"));
	CHECK_EQ(snp_launch_start(GCTX, (POLICY & ~POLICY_SMT) | 1 << 8 | 55, 0, 0), 0);
}

TEST("new-firmware", policy_new, "... newer firmware knows more of it",
     "Linux, sev_get_snp_policy_bits()")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(22), 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(23), 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(24), 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(26), 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | BIT(21) | POLICY_PAGE_SWAP_DISABLE, 0, 0), 0);
}

TEST("threads", policy_smt, "a guest that forbids SMT is not launched where there is SMT",
     "56860, guest policy, SMT")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY & ~POLICY_SMT, 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, 0), 0);
}

TEST("milan", start_reserved, "LAUNCH_START refuses flags that it does not know",
     "56860, SNP_LAUNCH_START")
{
	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, 4), 0x16);
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, IMI_EN), 0x16);
	CHECK_EQ(snp_launch_start(GCTX, POLICY, 0, 0), 0);
}

TEST("milan", migration_agent, "a guest is bound to a running agent, if its policy allows one",
     "56860, SNP_LAUNCH_START, migration agents")
{
	const u64 policy = POLICY | POLICY_MIGRATE_MA;

	snp_up();
	CHECK_EQ(snp_launch_start(GCTX, policy, MA, MA_EN), 0x10);
	CHECK_EQ(snp_launch(MA, 5), 0);
	CHECK_EQ(snp_launch_start(GCTX, policy, MA, MA_EN), 2);
	CHECK_EQ(snp_launch_finish(MA), 0);
	CHECK_EQ(snp_launch_start(GCTX, POLICY, MA, MA_EN), 7);
	CHECK_EQ(snp_launch_start(GCTX, policy, GCTX, MA_EN), 0x10);
	CHECK_EQ(snp_launch_start(GCTX, policy, MA, MA_EN), 0);

	/* An agent stays as long as there is a guest of its own. */
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, MA), 2);
	CHECK(control_is("status", "guests/1/kind", "SNP"));
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	CHECK_EQ(snp_launch_finish(GCTX), 0);
	CHECK_EQ(snp_launch_start(GCTX2, policy, GCTX, MA_EN), 7);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, MA), 0);
}

TEST("milan", imi_pages, "only a guest from a migration image has pages of one",
     "56860, SNP_LAUNCH_UPDATE, IMI_PAGE")
{
	snp_up();
	CHECK_EQ(snp_launch(MA, 5), 0);
	CHECK_EQ(snp_launch_page(MA, 5, PAGE_A, NORMAL | IMI), 0x16);
	CHECK_EQ(snp_launch_finish(MA), 0);
	CHECK_EQ(snp_launch_start(GCTX, POLICY | POLICY_MIGRATE_MA, MA, MA_EN | IMI_EN), 0);
	CHECK_EQ(snp_activate(GCTX, 6), 0);
	CHECK_EQ(snp_launch_page(GCTX, 6, PAGE_B, NORMAL | IMI), 0);
}

TEST("milan", update_reserved, "LAUNCH_UPDATE refuses what is reserved, pages of type 7 too",
     "56860, SNP_LAUNCH_UPDATE")
{
	struct {
		u64 gctx;
		u32 flags, reserved;
		u64 pa;
		u32 perms, reserved2;
	} __packed c = { GCTX, NORMAL, 0, PAGE_A, 0, 0 };

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL | BIT(5)), 0x16);
	CHECK_EQ(snp_launch_page(GCTX, 0, PAGE_A, TYPE(7)), 0x16);
	c.reserved = 1;
	CHECK_EQ(psp(0xa1, &c), 0x16);
	c.reserved = 0;
	c.perms = 1;
	CHECK_EQ(psp(0xa1, &c), 0x16);
	c.perms = 0x2000;
	CHECK_EQ(psp(0xa1, &c), 0x16);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 1);
	c.perms = 0x1f1f1f00;
	CHECK_EQ(psp(0xa1, &c), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 1);
}

TEST("milan", update_large, "a 2 MiB page of type UNMEASURED or ZERO, not SECRETS",
     "56860, SNP_LAUNCH_UPDATE")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, TEST_PA, SECRETS | 1), 0x19);
	CHECK_EQ(snp_launch_page(GCTX, 0, TEST_PA, CPUID | 1), 0x19);
	CHECK_EQ(snp_launch_page(GCTX, 0, TEST_PA, UNMEASURED | 1), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 512);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 512);
}

TEST("milan", cpuid_page, "a CPUID page that promises too much is corrected and left plaintext",
     "56860, SNP_LAUNCH_UPDATE, CPUID; Linux, sev_gmem_post_populate()")
{
	u32 reg[4];

	snp_up();
	cpuid(1, reg);
	page_write(PAGE_A, 1);
	page_write(PAGE_A + 16, 1);
	page_write(PAGE_A + 48, 0xffffffffULL);		/* ECX, EDX */
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, CPUID), 0x16);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 1);
	CHECK_EQ(page_read(PAGE_A), 1);
	CHECK_EQ(page_read(PAGE_A + 48) & ~(BIT(31) | BIT(27)), reg[2] & ~BIT(31) & ~BIT(27));

	/* So corrected it is taken. */
	CHECK_EQ(psp_reclaim(PAGE_A), 0);
	CHECK_EQ(rmp_shared(PAGE_A), RMP_OK);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, CPUID), 0);
	CHECK(page_read(PAGE_A) != 1);

	page_write(PAGE_B, 65);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, CPUID), 0x16);
}

TEST("milan", finish_flags, "LAUNCH_FINISH refuses flags that make no sense",
     "56860, SNP_LAUNCH_FINISH")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(finish(GCTX, 8), 0x16);
	CHECK_EQ(finish(GCTX, AUTH_KEY_EN), 0x16);
	CHECK(control_is("status", "guests/0/state", "LAUNCH"));
	CHECK_EQ(finish(GCTX, VCEK_DIS), 0);
}

/* SHA-384 of the one PAGE_INFO of a ZERO page at GPA 0x200000. */
static const u64 digest_of_zero_page[6] = {
	0x6ed5c4b840c2865e, 0xdc8be13b8a7d1cec,
	0x0b81d162b5ad2c7c, 0x4d5f7c32fd39dd5f,
	0x7bd3e23ca7bdfa12, 0xcfe5c11e7f860a9e,
};

TEST("milan", id_block, "an ID block fits measurement and policy, or the launch fails",
     "56860, SNP_LAUNCH_FINISH; SNP_LAUNCH_UPDATE, PAGE_INFO")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, TYPE(3)), 0);
	for (int i = 0; i < 12; i++)
		page_write(ID_BLOCK + i * 8, i < 6 ? digest_of_zero_page[i] : 0);
	page_write(ID_AUTH, 0);
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN), 0x16);
	page_write(ID_BLOCK + 80, 1);			/* version */
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN), 0x16);
	page_write(ID_AUTH, 1);				/* ECDSA P-384 */
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN | AUTH_KEY_EN), 0x16);
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN), 7);
	page_write(ID_BLOCK, 0);
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN), 0xb);
	page_write(ID_BLOCK, digest_of_zero_page[0]);
	page_write(ID_BLOCK + 88, POLICY);
	CHECK_EQ(finish(GCTX, ID_BLOCK_EN), 0);
	CHECK(control_is("status", "guests/0/state", "RUNNING"));
}
