// SPDX-License-Identifier: GPL-2.0-only
/* Who may write where: the checks on the CPUs. */
#include "payload.h"

#define SOURCE "APM vol. 2, 15.36.10"
#define OTHER_BLOCK (TEST_PA + BLOCK_SIZE)

static void check_rmp_fault(struct fault fault, void *at)
{
	CHECK_EQ(fault.vector, FAULT_PF);
	CHECK_EQ(fault.error, PF_RMP_WRITE);
	CHECK_EQ(fault.address, (u64)at);
}

static void guest_page(u64 pa)
{
	CHECK_EQ(rmp_update(pa, (struct rmp_state){ .gpa = PAGE_SIZE, .assigned = 1,
		.asid = 3 }), RMP_OK);
}

TEST("milan", write_faults, "a write to an assigned page faults, with bit 31", SOURCE)
{
	void *at = map_4k(TEST_PA);

	snp_enable();
	guest_page(TEST_PA);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(control_get("counters", "rmp_faults"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 1);
	CHECK(control_is("events", "events/0/kind", "rmp-fault"));
	CHECK(control_is("events", "events/0/access", "write"));
	CHECK_EQ(control_get("events", "events/0/cpu"), 0);
	CHECK_EQ(control_get("events", "events/0/pa"), TEST_PA);
	CHECK_EQ(control_get("events", "events/0/entry"), 1 | PAGE_SIZE | 3ULL << 51);
	CHECK_EQ(control_get("events", "events/0/mapping_size"), PAGE_SIZE);
	CHECK_EQ(control_get("events", "events/0/rip") >> 12, (u64)try_write >> 12);
}

TEST("milan", write_allowed, "a write beside it, through a 4 KiB mapping, does not",
     SOURCE)
{
	snp_enable();
	guest_page(TEST_PA);
	CHECK_EQ(try_write(map_4k(TEST_PA + PAGE_SIZE), 1).vector, NO_FAULT);
	CHECK_EQ(page_read(TEST_PA + PAGE_SIZE), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", write_2m, "through a 2 MiB mapping it does: the whole block is dirty",
     SOURCE)
{
	void *at = map_2m(TEST_PA + PAGE_SIZE);

	snp_enable();
	guest_page(TEST_PA + 100 * PAGE_SIZE);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(try_write(map_2m(OTHER_BLOCK), 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "rmp_faults"), 1);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 1);
	CHECK_EQ(control_get("events", "events/0/mapping_size"), BLOCK_SIZE);
}

TEST("milan", write_1g, "a 1 GiB mapping is checked 2 MiB by 2 MiB", SOURCE)
{
	void *at = map_1g(TEST_PA + PAGE_SIZE);

	snp_enable();
	guest_page(TEST_PA + 100 * PAGE_SIZE);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(try_write(map_1g(OTHER_BLOCK), 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 1);
}

TEST("1g-whole", write_1g_whole, "... or as a whole, if set so", "open; property rmp-1g-whole")
{
	void *at = map_1g(OTHER_BLOCK);

	snp_enable();
	CHECK_EQ(try_write(at, 1).vector, NO_FAULT);
	guest_page(TEST_PA + 100 * PAGE_SIZE);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(try_write(map_2m(OTHER_BLOCK), 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 1);
}

TEST("milan", write_2m_entry, "any page under a 2 MiB entry is assigned", SOURCE)
{
	void *at = map_4k(TEST_PA + 77 * PAGE_SIZE);

	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .pagesize = 1,
		.asid = 3, .gpa = BLOCK_SIZE }), RMP_OK);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 0);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .pagesize = 1 }), RMP_OK);
	CHECK_EQ(try_write(at, 1).vector, NO_FAULT);
	CHECK_EQ(try_write(map_2m(TEST_PA), 1).vector, NO_FAULT);
}

TEST("milan", stale_translation, "a translation kept from before is not used",
     "APM vol. 3, RMPUPDATE")
{
	void *at = map_4k(TEST_PA);

	snp_enable();
	CHECK_EQ(try_write(at, 1).vector, NO_FAULT);
	guest_page(TEST_PA);
	check_rmp_fault(try_write(at, 2), at);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_OK);
	CHECK_EQ(try_write(at, 3).vector, NO_FAULT);
	CHECK_EQ(page_read(TEST_PA), 3);
}

static void *ap_at;
static struct fault ap_fault;

static void ap_write(void)
{
	ap_fault = try_write(ap_at, 4);
}

TEST("milan", stale_translation_smp, "... nor on the other CPU",
     "APM vol. 3, RMPUPDATE")
{
	ap_at = map_4k(TEST_PA);
	snp_enable();
	ap_run(ap_write);
	CHECK_EQ(ap_fault.vector, NO_FAULT);
	guest_page(TEST_PA);
	ap_run(ap_write);
	check_rmp_fault(ap_fault, ap_at);
	CHECK_EQ(control_get("events", "events/0/cpu"), 1);
}

TEST("milan", read_then_write, "a read is let through, the write after it is not",
     SOURCE)
{
	void *at = map_4k(TEST_PA);
	u64 value;

	snp_enable();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	CHECK_EQ(try_read(at, &value).vector, NO_FAULT);
	check_rmp_fault(try_write(at, 1), at);
	CHECK_EQ(control_get("counters", "guest_reads"), 0);
}

TEST("milan", guest_read, "a read of a guest's page is counted",
     "rule of the project: no host has a reason for one")
{
	u64 value;

	snp_enable();
	guest_page(TEST_PA);
	CHECK_EQ(try_read(map_4k(TEST_PA), &value).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "guest_reads"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 1);
	CHECK(control_is("events", "events/0/kind", "guest-read"));
}

TEST("milan", rmp_write, "a write to the RMP itself faults", "APM vol. 2, 15.36, initializing the RMP")
{
	void *at = map_4k(rdmsr(MSR_RMP_BASE) + 0x4000);

	CHECK_EQ(try_write(at, 0).vector, NO_FAULT);
	snp_enable();
	check_rmp_fault(try_write(at, 0), at);
	CHECK_EQ(control_get("counters", "rmp_table_writes"), 1);
	CHECK_EQ(control_get("counters", "rmp_faults"), 0);
	CHECK(control_is("events", "events/0/kind", "rmp-table-write"));
}

TEST("milan", old_content, "what the table held before SNPEn counts",
     "APM vol. 2, 15.36, initializing the RMP: software writes it until then")
{
	void *at = map_4k(TEST_PA);

	page_write(rdmsr(MSR_RMP_BASE) + 0x4000 + (TEST_PA >> 12) * 16, 1);
	snp_enable();
	check_rmp_fault(try_write(at, 0), at);
	CHECK_EQ(try_write(map_2m(TEST_PA + PAGE_SIZE), 0).vector, FAULT_PF);
}

TEST("milan", unchecked, "a CPU without SNPEn is not stopped, but counted",
     "APM vol. 2, 15.36.10")
{
	void *at = map_4k(TEST_PA);

	ap_at = at;
	ap_start();
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) | SYSCFG_SNP | SYSCFG_VMPL);
	guest_page(TEST_PA);
	ap_run(ap_write);
	CHECK_EQ(ap_fault.vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 1);
	CHECK_EQ(control_get("counters", "rmp_faults"), 0);
	CHECK_EQ(control_get("counters", "cpus_without_checks"), 1);
	CHECK(control_is("events", "events/1/kind", "no-checks"));
	CHECK_EQ(control_get("events", "events/1/cpu"), 1);
	check_rmp_fault(try_write(at, 1), at);
	guest_page(OTHER_BLOCK);
	ap_at = map_4k(OTHER_BLOCK);
	ap_run(ap_write);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 2);
	CHECK_EQ(control_get("counters", "cpus_without_checks"), 1);
	ap_at = map_2m(TEST_PA + PAGE_SIZE);
	ap_run(ap_write);
	CHECK_EQ(ap_fault.vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 2);
}

TEST("milan", dma_write, "a device cannot write to an assigned page",
     "AMD 48882, SNP")
{
	iommu_up();
	snp_up();
	page_write(TEST_PA, 0x55);
	page_write(TEST_PA + PAGE_SIZE, 0x66);
	guest_page(TEST_PA);
	dma(TEST_PA + PAGE_SIZE, false);
	dma(TEST_PA + 2 * PAGE_SIZE, true);
	CHECK_EQ(page_read(TEST_PA + 2 * PAGE_SIZE), 0x66);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	dma(TEST_PA, true);
	CHECK_EQ(control_get("counters", "dma_faults"), 1);
	CHECK(control_is("events", "events/0/access", "dma-write"));
	CHECK_EQ(page_read(TEST_PA), 0x55);
}

TEST("milan", dma_read, "a device's read of a guest's page is counted",
     "rule of the project")
{
	iommu_up();
	snp_up();
	guest_page(TEST_PA);
	dma(TEST_PA, false);
	CHECK_EQ(control_get("counters", "guest_reads"), 1);
	CHECK(control_is("events", "events/0/access", "dma-read"));
}

TEST("milan", dma_unchecked, "without the IOMMU it can, and that is counted",
     "AMD 56860, SNP_INIT_EX: enforcement starts there")
{
	snp_up();
	guest_page(TEST_PA);
	dma(TEST_PA, true);
	CHECK_EQ(control_get("counters", "dma_faults"), 0);
	CHECK_EQ(control_get("counters", "unchecked_writes"), 1);
}
