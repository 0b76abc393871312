// SPDX-License-Identifier: GPL-2.0-only
/* Page walks write, too: accessed and dirty bits. */
#include "payload.h"

#define SOURCE "APM vol. 2, 15.36.10, page table accesses"
#define TABLE	((u64 *)(TEST_PA + BLOCK_SIZE))
#define PAGE	(TEST_PA + 4 * BLOCK_SIZE)
#define ACCESSED 0x20
#define DIRTY	0x40

TEST("milan", walk_accessed, "a walk that sets Accessed in an assigned page faults", SOURCE)
{
	void *at = map_own_table(PAGE, TABLE);
	struct fault fault;
	u64 value;

	snp_enable();
	CHECK_EQ(rmp_update((u64)TABLE, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	fault = try_read(at, &value);
	CHECK_EQ(fault.vector, FAULT_PF);
	CHECK_EQ(fault.error, 0x80000001);
	CHECK_EQ(fault.address, (u64)at);
	CHECK_EQ(TABLE[0] & ACCESSED, 0);
	CHECK_EQ(control_get("counters", "page_walk_faults"), 1);
	CHECK_EQ(control_get("counters", "rmp_faults"), 0);
	CHECK_EQ(control_get("counters", "forbidden"), 1);
	CHECK(control_is("events", "events/0/kind", "page-walk"));
	CHECK_EQ(control_get("events", "events/0/pa"), (u64)TABLE);
	CHECK_EQ(rmp_shared((u64)TABLE), RMP_OK);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	CHECK(TABLE[0] & ACCESSED);
}

TEST("milan", walk_dirty, "... or Dirty, but one that sets nothing does not", SOURCE)
{
	void *at = map_own_table(PAGE, TABLE);
	u64 value;

	snp_enable();
	TABLE[0] |= ACCESSED;
	CHECK_EQ(rmp_update((u64)TABLE, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	CHECK_EQ(try_write(at, 1).error, PF_RMP_WRITE);
	CHECK_EQ(TABLE[0] & DIRTY, 0);
	CHECK_EQ(control_get("counters", "page_walk_faults"), 1);
	CHECK_EQ(control_get("counters", "rmp_faults"), 0);
}

TEST("milan", walk_beside, "a walk beside an assigned page is not judged by its 2 MiB",
     "APM vol. 2, 15.36.10: a page table access has no mapping that could be large")
{
	void *at = map_own_table(PAGE, TABLE);

	snp_enable();
	CHECK_EQ(rmp_update((u64)TABLE + PAGE_SIZE, (struct rmp_state){ .assigned = 1 }),
		 RMP_OK);
	CHECK_EQ(try_write(at, 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

static void *ap_at;
static struct fault ap_fault;

static void ap_write(void)
{
	ap_fault = try_write(ap_at, 4);
}

TEST("milan", walk_unchecked, "a CPU without SNPEn walks on, and is counted", SOURCE)
{
	ap_at = map_own_table(PAGE, TABLE);
	ap_start();
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) | SYSCFG_SNP | SYSCFG_VMPL);
	CHECK_EQ(rmp_update((u64)TABLE, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	ap_run(ap_write);
	CHECK_EQ(ap_fault.vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "page_walk_faults"), 0);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 1);
	CHECK_EQ(control_get("counters", "cpus_without_checks"), 1);
}
