// SPDX-License-Identifier: GPL-2.0-only
/* SNP_INIT_EX: what each firmware and processor knows of it. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define LIST	(TEST_PA + 0x402000)

#define CMD_SNP_STATUS	0x83

#define INIT_RMP	BIT(0)
#define INIT_LIST	BIT(1)
#define INIT_RAPL_DIS	BIT(2)
#define INIT_HIDING	BIT(3)
#define INIT_TIO	BIT(4)

static u32 init(u32 flags, u64 list, u16 max_snp_asid)
{
	struct {
		u32 flags, reserved;
		u64 list;
		u16 max_snp_asid;
		u8 rest[46];
	} __packed c = { flags, 0, list, max_snp_asid, { 0 } };

	return psp(0x85, &c);
}

static u64 status_flags(void)
{
	u64 pa = TEST_PA;

	CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp(CMD_SNP_STATUS, &pa), 0);
	return page_read(pa + 8) & 0xffffffff;
}

TEST("milan", init_reserved, "SNP_INIT_EX refuses what is reserved, or not offered",
     "56860, SNP_INIT_EX; SNP_FEATURE_INFO")
{
	u64 c[8] = { INIT_RMP, 0, 0, 1ULL << 63 };

	snp_enable();
	CHECK_EQ(psp(0x85, c), 0x16);
	c[3] = 0;
	c[0] |= 1ULL << 32;
	CHECK_EQ(psp(0x85, c), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_TIO, 0, 0), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 10), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_RAPL_DIS, 0, 0), 0x16);
	CHECK_EQ(init(INIT_RMP, 0, 10), 0x16);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(init(INIT_RMP, 0, 0), 0);
}

TEST("turin", init_tio, "... SEV-TIO is offered by none", "56860, SNP_INIT_EX; SNP_FEATURE_INFO EBX")
{
	snp_enable();
	CHECK_EQ(init(INIT_RMP | INIT_TIO, 0, 0), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_RAPL_DIS, 0, 0), 0);
}

TEST("oldest-firmware", init_1_51, "before 1.52 SNP_INIT_EX has no list",
     "Linux, __sev_snp_init_locked()")
{
	snp_enable();
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0x16);
	CHECK_EQ(psp(0x81, NULL), 0);
}

TEST("milan", init_list_page, "while the RMP counts, the list lies in a Firmware page",
     "56860, SNP_INIT_EX; Linux, __sev_snp_init_locked()")
{
	page_write(LIST, 0);
	snp_up();
	CHECK_EQ(psp_snp_shutdown(0), 0);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0x1a);
	CHECK_EQ(rmp_firmware(LIST), RMP_OK);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 1);
}

TEST("milan", init_list_entries, "a list's ranges start at pages, and reserved fields are 0",
     "56860, SNP_INIT_EX; the strict reading")
{
	snp_enable();
	page_write(LIST, 1);
	page_write(LIST + 8, TEST_PA + 8);
	page_write(LIST + 16, 1);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 9);
	page_write(LIST + 8, TEST_PA);
	page_write(LIST + 16, 1 | 1ULL << 32);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0x16);
	page_write(LIST, 1 | 1ULL << 32);
	page_write(LIST + 16, 1);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0x16);
	page_write(LIST, 1);
	page_write(LIST + 16, 0xffffffff);
	CHECK_EQ(init(INIT_RMP | INIT_LIST, LIST, 0), 0);
	CHECK_EQ(rmp_entry(TEST_PA), 4);
	CHECK_EQ(rmp_entry(TEST_PA - PAGE_SIZE), 0);
	CHECK_EQ(rmp_entry(rdmsr(MSR_RMP_BASE) - PAGE_SIZE), 4);
}

TEST("hiding", init_hiding, "ciphertext hiding parts the ASIDs of SNP and SEV-ES guests",
     "56860, SNP_INIT_EX, MAX_SNP_ASID; Linux, sev_hardware_setup()")
{

	snp_enable();
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 0), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 100), 0x16);
	CHECK_EQ(init(INIT_RMP, 0, 10), 0x16);
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 10), 0);
	flush_asids();
	CHECK_EQ(status_flags(), BIT(3) | BIT(5) | BIT(6));
	CHECK_EQ(snp_launch(GCTX, 11), 0xd);
	CHECK_EQ(snp_activate(GCTX, 10), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0xf);
	CHECK_EQ(snp_gctx(0x90, GCTX), 0);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0);

	/* The shutdown ends it; without it they are shared again. */
	CHECK_EQ(init(INIT_RMP, 0, 0), 0);
	flush_asids();
	CHECK_EQ(status_flags(), BIT(3) | BIT(5));
	CHECK_EQ(snp_launch(GCTX2, 11), 0);
}

TEST("hiding", hiding_sev_es, "... and SEV-ES guests get those above",
     "Linux, sev_hardware_setup(): min_sev_es_asid")
{
	u64 tmr = TEST_PA + 0x600000, c = GCTX2;
	u32 activate[2];

	snp_enable();
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 10), 0);
	flush_asids();
	for (u64 pa = tmr; pa < tmr + BLOCK_SIZE; pa += PAGE_SIZE)
		CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp_sev_init(true, tmr, BLOCK_SIZE), 0);
	for (int i = 0; i < 5; i++)
		page_write(c + i * 8, i ? 0 : 4ULL << 32);
	CHECK_EQ(rmp_firmware(c), RMP_OK);
	CHECK_EQ(psp_at(0x30, c), 0);
	activate[0] = page_read(c);
	activate[1] = 10;
	CHECK_EQ(psp(0x21, activate), 0xd);
	activate[1] = 11;
	CHECK_EQ(psp(0x21, activate), 0);
}

TEST("hiding", hiding_policy, "a policy that wants hiding or RAPL off is kept or refused",
     "56860, guest policy")
{
	const u64 policy = 0x30000;

	snp_enable();
	CHECK_EQ(init(INIT_RMP, 0, 0), 0);
	CHECK_EQ(snp_launch_start(GCTX, policy | BIT(24), 0, 0), 7);
	CHECK_EQ(snp_launch_start(GCTX, policy | BIT(23), 0, 0), 7);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(init(INIT_RMP | INIT_HIDING | INIT_RAPL_DIS, 0, 10), 0);
	CHECK_EQ(status_flags() & BIT(4), BIT(4));
	CHECK_EQ(snp_launch_start(GCTX2, policy | BIT(23) | BIT(24), 0, 0), 0);
}

TEST("hiding", hiding_reads, "what the host reads of a guest's page is all ones",
     "56860, SNP_INIT_EX, CIPHERTEXT_HIDING_EN")
{
	void *at = map_4k(TEST_PA + 8);
	u64 value = 0;

	snp_enable();
	page_write(TEST_PA, 0x1122);
	page_write(TEST_PA + 8, 0x3344);
	CHECK_EQ(init(INIT_RMP | INIT_HIDING, 0, 10), 0);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	CHECK_EQ(value, 0x3344);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .gpa = PAGE_SIZE, .assigned = 1,
		.asid = 3 }), RMP_OK);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	CHECK_EQ(value, ~0ULL);
	CHECK_EQ(page_read(TEST_PA), ~0ULL);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(control_get("counters", "guest_reads"), 2);
	CHECK_EQ(try_write(at, 1).error, PF_RMP_WRITE);
	dma(TEST_PA, false);
	dma(TEST_PA + 2 * PAGE_SIZE, true);
	CHECK_EQ(page_read(TEST_PA + 2 * PAGE_SIZE), ~0ULL);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_OK);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	CHECK_EQ(value, 0x3344);
	CHECK_EQ(page_read(TEST_PA), 0x1122);
}

TEST("hiding", hiding_off, "... unless SNP_INIT_EX did not ask for it",
     "56860, SNP_INIT_EX, CIPHERTEXT_HIDING_EN")
{
	snp_enable();
	page_write(TEST_PA, 0x1122);
	CHECK_EQ(init(INIT_RMP, 0, 0), 0);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .gpa = PAGE_SIZE, .assigned = 1,
		.asid = 3 }), RMP_OK);
	CHECK_EQ(page_read(TEST_PA), 0x1122);
}

static u64 rmp_first_bytes(void)
{
	return *(volatile u64 *)(rdmsr(MSR_RMP_BASE) + 0x4000);
}

TEST("turin", shutdown_x86_turin, "after X86_SNP_SHUTDOWN the RMP is ordinary memory, and SNP can come back",
     "56860, SNP_SHUTDOWN_EX; Linux, snp_shutdown()")
{
	u64 rmp = rdmsr(MSR_RMP_BASE) + 0x4000;

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(psp_snp_shutdown(3), 0xf);
	CHECK_EQ(control_get("status", "snp_en/0"), 1);
	CHECK_EQ(try_write((void *)rmp, 0).vector, FAULT_PF);
	CHECK_EQ(snp_gctx(0x90, GCTX), 0);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(2), 0x16);
	CHECK_EQ(psp_snp_shutdown(3), 0);
	CHECK_EQ(control_get("status", "snp_en/0"), 0);
	CHECK_EQ(control_get("status", "snp_en/1"), 0);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(control_get("status", "rmp_initialized"), 0);
	CHECK_EQ(try_write((void *)rmp, 0).vector, NO_FAULT);
	CHECK_EQ(rmp_first_bytes(), 0);
	CHECK_EQ(try_write(map_4k(GCTX), 1).vector, NO_FAULT);
	CHECK_EQ(psp_snp_init(1, 0), 3);
	snp_up();
	CHECK_EQ(try_write((void *)rmp, 0).vector, FAULT_PF);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
}
