// SPDX-License-Identifier: GPL-2.0-only
/* RMPUPDATE and PSMASH: results, and what they write. */
#include "payload.h"

#define SOURCE "APM vol. 3, RMPUPDATE"
#define PSMASH "APM vol. 3, PSMASH"
#define GUEST_4K(n) (struct rmp_state){ .gpa = (n) * PAGE_SIZE, .assigned = 1, .asid = 7 }
#define GUEST_2M (struct rmp_state){ .gpa = BLOCK_SIZE, .assigned = 1, .pagesize = 1, .asid = 7 }
#define SHARED_2M (struct rmp_state){ .pagesize = 1 }

TEST("milan", insn_ud, "RMPUPDATE and PSMASH are undefined until SNPEn is set", SOURCE)
{
	CHECK_EQ(rmp_update(TEST_PA, GUEST_4K(1)), ~0ULL);
	CHECK_EQ(rmp_psmash(TEST_PA), ~0ULL);
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, GUEST_4K(1)), RMP_OK);
}

TEST("milan", update_fields, "each field of the request lands in the entry",
     "PPR 19h, RMP entry")
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .gpa = 0x123456000,
		.assigned = 1, .immutable = 1, .asid = 509 }), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA), 1 | 4 | 0x123456000 | 509ULL << 51);
	CHECK_EQ(rmp_update(TEST_PA + PAGE_SIZE, GUEST_4K(2)), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 1 | 0x2000 | 7ULL << 51);
	CHECK_EQ(rmp_shared(TEST_PA + PAGE_SIZE), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(control_get("census", "pages/Pre-Guest"), 1);
	CHECK_EQ(control_get("census", "assigned"), 1);
}

TEST("milan", update_input, "RMPUPDATE refuses what makes no sense", SOURCE)
{
	u64 top = (rdmsr(MSR_RMP_END) + 1 - rdmsr(MSR_RMP_BASE) - 0x4000) / 16;

	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA + 1, GUEST_4K(1)), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(top << 12, GUEST_4K(1)), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA + PAGE_SIZE, GUEST_2M), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(rdmsr(MSR_RMP_BASE), GUEST_4K(1)), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 510 }),
		 RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .asid = 1 }), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .immutable = 1 }), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .asid = 1,
		.gpa = 1 }), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(control_get("counters", "rmpupdate/failed"), 8);
}

TEST("milan", update_permission, "RMPUPDATE refuses an immutable page", SOURCE)
{
	snp_enable();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_PERMISSION);
	CHECK_EQ(rmp_update(TEST_PA, SHARED_2M), RMP_FAIL_PERMISSION);
	CHECK_EQ(rmp_entry(TEST_PA), 5);
}

TEST("milan", update_frees, "... and that is an offence, with CPU and entry",
     "rule of the project: the page is still the firmware's")
{
	snp_enable();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(control_get("counters", "firmware_pages_freed"), 0);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_PERMISSION);
	CHECK_EQ(control_get("counters", "firmware_pages_freed"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	CHECK(control_is("events", "events/0/kind", "page-freed"));
	CHECK_EQ(control_get("events", "events/0/pa"), TEST_PA);
	CHECK_EQ(control_get("events", "events/0/entry"), 5);
	CHECK_EQ(control_get("events", "events/0/cpu"), 0);
	inject("RMPUPDATE", RMP_FAIL_PERMISSION, 1);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_PERMISSION);
	CHECK_EQ(control_get("counters", "firmware_pages_freed"), 1);
}

TEST("milan", update_overlap, "4 KiB and 2 MiB entries do not overlap", SOURCE)
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, GUEST_2M), RMP_OK);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_OVERLAP);
	CHECK_EQ(rmp_shared(TEST_PA + 5 * PAGE_SIZE), RMP_FAIL_OVERLAP);
	CHECK_EQ(rmp_update(TEST_PA, SHARED_2M), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(rmp_update(TEST_PA + 5 * PAGE_SIZE, GUEST_4K(5)), RMP_OK);
	CHECK_EQ(rmp_update(TEST_PA, GUEST_2M), RMP_FAIL_OVERLAP);
	CHECK_EQ(rmp_update(TEST_PA, SHARED_2M), RMP_FAIL_OVERLAP);
	CHECK_EQ(control_get("census", "assigned"), 1);
}

TEST("milan", update_2m, "a 2 MiB entry assigns 512 pages", SOURCE)
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, GUEST_2M), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA), 3 | BLOCK_SIZE | 7ULL << 51);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 1);
	CHECK_EQ(control_get("census", "pages/Guest-Invalid"), 512);
	CHECK_EQ(control_get("census", "assigned"), 512);
}

TEST("no-subentries", update_2m_bare, "... with nothing below it, if set so",
     "open; property rmp-2m-subentries")
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, GUEST_2M), RMP_OK);
	CHECK_EQ(rmp_entry(TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(control_get("census", "assigned"), 512);
	CHECK_EQ(try_write(map_4k(TEST_PA + PAGE_SIZE), 1).vector, FAULT_PF);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_OK);
	CHECK_EQ(control_get("census", "assigned"), 512);
}

TEST("milan", update_flags, "the flags tell the result, and carry is kept", SOURCE)
{
	struct rmp_state state = GUEST_4K(1);
	u64 status, flags;

	snp_enable();
	asm volatile("stc");
	CHECK_EQ(try_rmpupdate(TEST_PA, &state, &status, &flags).vector, NO_FAULT);
	CHECK_EQ(flags & 0x8d4, 0x44);
	CHECK_EQ(try_rmpupdate(TEST_PA + 1, &state, &status, &flags).vector, NO_FAULT);
	CHECK_EQ(flags & 0x8d4, 0);
	CHECK_EQ(status, RMP_FAIL_INPUT);
}

TEST("milan", update_operand, "RMPUPDATE's operand is read like any memory", SOURCE)
{
	u64 status, flags;

	snp_enable();
	CHECK_EQ(try_rmpupdate(TEST_PA, (void *)0x30000000000, &status, &flags).vector,
		 FAULT_PF);
	CHECK_EQ(control_get("counters", "rmpupdate/count"), 0);
}

TEST("milan", psmash_splits, "PSMASH gives 512 entries of the same guest", PSMASH)
{
	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, GUEST_2M), RMP_OK);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_OK);
	for (u64 n = 0; n < 512; n++)
		CHECK_EQ(rmp_entry(TEST_PA + n * PAGE_SIZE),
			 1 | (BLOCK_SIZE + n * PAGE_SIZE) | 7ULL << 51);
	CHECK_EQ(control_get("census", "assigned"), 512);
	CHECK_EQ(rmp_shared(TEST_PA + 3 * PAGE_SIZE), RMP_OK);
	CHECK_EQ(control_get("census", "assigned"), 511);
}

TEST("milan", psmash_refuses, "PSMASH refuses all but an assigned 2 MiB entry", PSMASH)
{
	snp_enable();
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA, GUEST_4K(1)), RMP_OK);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA + BLOCK_SIZE, GUEST_2M), RMP_OK);
	CHECK_EQ(rmp_psmash(TEST_PA + BLOCK_SIZE + PAGE_SIZE), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_psmash(1ULL << 46), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_update(TEST_PA + BLOCK_SIZE, (struct rmp_state){ .assigned = 1,
		.pagesize = 1, .immutable = 1 }), RMP_OK);
	CHECK_EQ(rmp_psmash(TEST_PA + BLOCK_SIZE), RMP_FAIL_PERMISSION);
	CHECK_EQ(control_get("counters", "psmash/failed"), 5);
}

TEST("milan", update_inuse, "RMPUPDATE and PSMASH can be made to find an entry in use",
     "control channel, inject")
{
	snp_enable();
	inject("RMPUPDATE", RMP_FAIL_INUSE, 2);
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	inject("PSMASH", RMP_FAIL_INUSE, 1);
	CHECK_EQ(rmp_psmash(TEST_PA), RMP_FAIL_INUSE);
}
