// SPDX-License-Identifier: GPL-2.0-only
/* RMPREAD, and a table whose words only it can read. */
#include "payload.h"

#define SOURCE "APM vol. 3, RMPREAD"

static const struct rmp_state guest = { .gpa = 0x123456000, .assigned = 1, .asid = 1006 };

TEST("milan", rmpread_ud, "RMPREAD is undefined where CPUID does not tell of it", SOURCE)
{
	struct rmp_state answer;

	snp_enable();
	CHECK_EQ(rmp_read(TEST_PA, &answer), ~0ULL);
}

TEST("turin", rmpread_needs_snp, "RMPREAD is undefined until SNPEn is set", SOURCE)
{
	struct rmp_state answer;

	CHECK_EQ(rmp_read(TEST_PA, &answer), ~0ULL);
}

TEST("turin", rmpread_fields, "RMPREAD tells what RMPUPDATE was told", SOURCE)
{
	struct rmp_state answer = { .reserved = 0xff, .asid = ~0u };

	snp_enable();
	CHECK_EQ(rmp_read(TEST_PA, &answer), RMP_OK);
	CHECK_EQ(answer.assigned | answer.pagesize | answer.immutable | answer.asid, 0);
	CHECK_EQ(answer.gpa | answer.reserved, 0);
	CHECK_EQ(rmp_update(TEST_PA, guest), RMP_OK);
	CHECK_EQ(rmp_read(TEST_PA, &answer), RMP_OK);
	CHECK_EQ(answer.gpa, guest.gpa);
	CHECK_EQ(answer.asid, guest.asid);
	CHECK_EQ(answer.assigned, 1);
	CHECK_EQ(answer.immutable, 0);
	CHECK_EQ(answer.pagesize & 1, 0);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
	CHECK_EQ(rmp_read(TEST_PA + PAGE_SIZE, &answer), RMP_OK);
	CHECK_EQ(answer.immutable, 1);
	CHECK_EQ(answer.asid, 0);
}

TEST("turin", rmpread_region, "... and whether something of the 2 MiB around is assigned",
     SOURCE ", HUGEPAGE_REGION_STATUS")
{
	struct rmp_state answer;

	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA + 9 * PAGE_SIZE, guest), RMP_OK);
	CHECK_EQ(rmp_read(TEST_PA, &answer), RMP_OK);
	CHECK_EQ(answer.assigned, 0);
	CHECK_EQ(answer.pagesize, 2);
	CHECK_EQ(rmp_read(TEST_PA + BLOCK_SIZE, &answer), RMP_OK);
	CHECK_EQ(answer.pagesize, 0);
}

TEST("turin", rmpread_2m, "the size is in the head's entry, Assigned in each one's",
     SOURCE "; Linux, __snp_lookup_rmpentry()")
{
	struct rmp_state answer;

	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .gpa = BLOCK_SIZE,
		.assigned = 1, .pagesize = 1, .asid = 7 }), RMP_OK);
	CHECK_EQ(rmp_read(TEST_PA, &answer), RMP_OK);
	CHECK_EQ(answer.pagesize, 3);
	CHECK_EQ(answer.gpa, BLOCK_SIZE);
	CHECK_EQ(rmp_read(TEST_PA + 77 * PAGE_SIZE, &answer), RMP_OK);
	CHECK_EQ(answer.assigned, 1);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_OK);
	CHECK_EQ(rmp_read(TEST_PA + 77 * PAGE_SIZE, &answer), RMP_OK);
	CHECK_EQ(answer.gpa, BLOCK_SIZE + 77 * PAGE_SIZE);
	CHECK_EQ(answer.asid, 7);
	CHECK_EQ(answer.pagesize, 2);
}

TEST("turin", rmpread_refuses, "RMPREAD refuses what has no entry, and faults like a store",
     SOURCE)
{
	struct rmp_state answer = { .gpa = 42 };
	u64 status;

	snp_enable();
	CHECK_EQ(rmp_read(1ULL << 46, &answer), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_read(TEST_PA + 8, &answer), RMP_FAIL_INPUT);
	CHECK_EQ(answer.gpa, 42);
	CHECK_EQ(try_rmpread(TEST_PA, (void *)0x30000000000, &status).vector, FAULT_PF);
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(try_rmpread(TEST_PA, map_4k(TEST_PA), &status).error, PF_RMP_WRITE);
}

TEST("turin", raw_layout, "the words in RAM are not those of Zen 3",
     "PPR 19h: the raw format is of one family; property rmp-raw-zen3")
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, guest), RMP_OK);
	CHECK(rmp_entry(TEST_PA) != (1 | guest.gpa | (u64)guest.asid << 51));
	CHECK(rmp_entry(TEST_PA) != 0);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE) & 1, 0);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
}

TEST("turin-contiguous", raw_zen3, "... but can be made so", "property rmp-raw-zen3")
{
	struct rmp_state answer;

	CHECK_EQ(rdmsr(MSR_RMP_CFG), 0);
	CHECK(rdmsr(MSR_RMP_END));
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, guest), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA), 1 | guest.gpa | (u64)guest.asid << 51);
	CHECK_EQ(rmp_read(TEST_PA, &answer), RMP_OK);
	CHECK_EQ(answer.asid, guest.asid);
}
