// SPDX-License-Identifier: GPL-2.0-only
/* Where the RMP lies: in segments, or in one piece that no 2 MiB contain. */
#include "payload.h"

#define SOURCE "APM vol. 2, 15.36, segmented RMP; Linux, arch/x86/virt/svm/sev.c"
#define GIB	0x40000000ULL
#define E820_RAM 1

/* The machine of this suite has 5 GiB: 2 below the PCI hole, 3 above it. */
static const u64 with_ram[] = { 0, 1, 4, 5, 6 };

static u64 segment_table(void)
{
	return rdmsr(MSR_RMP_BASE) + 0x4000;
}

static u64 segment(u64 index)
{
	return page_read(segment_table() + index * 8);
}

TEST("segments", segments_msrs, "RMP_CFG tells of 1 GiB segments, and is locked", SOURCE)
{
	CHECK_EQ(rdmsr(MSR_RMP_CFG), 1 | 30 << 8);
	CHECK_EQ(rdmsr(MSR_RMP_END), 0);
	CHECK_EQ(rdmsr(MSR_RMP_BASE) % 0x2000, 0);
	CHECK_EQ(try_wrmsr(MSR_RMP_CFG, 0).vector, FAULT_GP);
}

TEST("segments", segments_table, "each part of memory that has RAM has a segment", SOURCE)
{
	u64 mapped = 0;

	for (u64 i = 0; i < ARRAY_SIZE(with_ram); i++) {
		u64 s = segment(with_ram[i]);

		CHECK_EQ(s & 0xfffff, 1);
		CHECK((s & ~0xfffffULL) > rdmsr(MSR_RMP_BASE));
	}
	for (u64 i = 0; i < 512; i++)
		mapped += segment(i) & 0xfffff;
	CHECK_EQ(mapped, ARRAY_SIZE(with_ram));
}

static bool e820_is_ram(u64 from, u64 to)
{
	struct {
		u64 start, size;
		u32 type;
	} __packed map[32];
	char *at = (char *)map;

	for (u64 i = 0; i < sizeof(map); i++)
		at[i] = 0;
	config_read("etc/e820", at, sizeof(map));
	for (u64 i = 0; i < ARRAY_SIZE(map); i++)
		if (map[i].type == E820_RAM && map[i].start < to &&
		    from < map[i].start + map[i].size)
			return true;
	return false;
}

TEST("segments", segments_reserved, "no part of the RMP is RAM in the e820 map", SOURCE)
{
	CHECK(e820_is_ram(TEST_PA, TEST_PA + 1));
	CHECK(!e820_is_ram(rdmsr(MSR_RMP_BASE), segment_table() + PAGE_SIZE));
	for (u64 i = 0; i < ARRAY_SIZE(with_ram); i++) {
		u64 at = segment(with_ram[i]) & ~0xfffffULL;

		CHECK(!e820_is_ram(at, at + (GIB >> 12) * 16));
	}
}

TEST("segments", segments_entries, "a page's entry lies in the segment of its address",
     SOURCE)
{
	struct rmp_state guest = { .gpa = PAGE_SIZE, .assigned = 1, .asid = 3 };

	snp_enable();
	for (u64 i = 0; i < ARRAY_SIZE(with_ram); i++) {
		u64 pa = with_ram[i] * GIB + TEST_PA;

		guest.asid = with_ram[i] + 1;
		CHECK_EQ(rmp_update(pa, guest), RMP_OK);
		CHECK_EQ(rmp_entry_place(pa), (segment(with_ram[i]) & ~0xfffffULL) +
					      (TEST_PA >> 12) * 16);
		CHECK_EQ(rmp_entry(pa), 1 | PAGE_SIZE | (with_ram[i] + 1) << 51);
		CHECK_EQ(try_write(map_4k(pa), 1).vector, FAULT_PF);
		CHECK_EQ(try_write(map_4k(pa + PAGE_SIZE), 1).vector, NO_FAULT);
	}
	CHECK_EQ(control_get("census", "assigned"), ARRAY_SIZE(with_ram));
}

TEST("segments", segments_hole, "between segments pages have no entry", SOURCE)
{
	struct rmp_state answer;

	snp_enable();
	CHECK_EQ(rmp_firmware(2 * GIB), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_firmware(4 * GIB - PAGE_SIZE), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_firmware(7 * GIB), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_read(2 * GIB, &answer), RMP_FAIL_INPUT);
	CHECK_EQ(rmp_firmware(7 * GIB - PAGE_SIZE), RMP_OK);
}

TEST("segments", segments_protected, "bookkeeping, segment table and segments cannot be written",
     SOURCE)
{
	u64 last = segment(6) & ~0xfffffULL;

	snp_enable();
	CHECK_EQ(try_write(map_4k(rdmsr(MSR_RMP_BASE)), 0).vector, FAULT_PF);
	CHECK_EQ(try_write(map_4k(segment_table()), 0).vector, FAULT_PF);
	CHECK_EQ(try_write(map_4k(last), 0).vector, FAULT_PF);
	CHECK_EQ(control_get("counters", "rmp_table_writes"), 3);
	CHECK_EQ(rmp_firmware(last), RMP_FAIL_INPUT);
}

TEST("segments", segments_init, "INIT_RMP makes the pages of all segments Firmware pages",
     "56860, SNP_INIT_EX")
{
	snp_up();
	for (u64 i = 0; i < ARRAY_SIZE(with_ram); i++)
		CHECK_EQ(rmp_entry(segment(with_ram[i]) & ~0xfffffULL), 5);
	CHECK_EQ(rmp_entry(segment_table()), 5);
	CHECK_EQ(rmp_entry(6 * GIB), 0);
}

TEST("segments", segments_lost, "a kernel that overwrites the segment table ...", SOURCE)
{
	page_write(segment_table(), 0);
	CHECK_EQ(segment(0), 0);
}

TEST("segments", segments_again, "... finds it again after a reset",
     "APM vol. 2, 14.1, RESET#: system firmware writes it")
{
	CHECK_EQ(segment(0) & 0xfffff, 1);
}

TEST("milan", bookkeeping, "the first 16 KiB are the processor's and no entries",
     "APM vol. 2, 15.36, reverse map table")
{
	CHECK_EQ(page_read(rdmsr(MSR_RMP_BASE)), 0);
	snp_enable();
	CHECK(page_read(rdmsr(MSR_RMP_BASE)));
	CHECK(page_read(rdmsr(MSR_RMP_BASE) + 0x3ff8));
	CHECK_EQ(rmp_entry(0), 0);
}

TEST("unaligned", unaligned_place, "the RMP may start and end within 2 MiB of RAM",
     "APM vol. 2, 15.36, initializing the RMP: RMP_BASE and RMP_END are multiples of 8 KiB")
{
	u64 base = rdmsr(MSR_RMP_BASE), end = rdmsr(MSR_RMP_END) + 1;

	CHECK_EQ(base % 0x2000, 0);
	CHECK_EQ(end % 0x2000, 0);
	CHECK(base % BLOCK_SIZE && end % BLOCK_SIZE);
	CHECK(e820_is_ram(base - PAGE_SIZE, base));
	CHECK(!e820_is_ram(base, end));
	CHECK(e820_is_ram(end, end + PAGE_SIZE));
}

TEST("unaligned", unaligned_neighbours, "RAM beside it cannot be written through 2 MiB mappings",
     "APM vol. 2, 15.36.10; Linux, snp_fixup_e820_tables()")
{
	u64 base = rdmsr(MSR_RMP_BASE), end = rdmsr(MSR_RMP_END) + 1;

	snp_up();
	CHECK_EQ(try_write(map_4k(base - PAGE_SIZE), 1).vector, NO_FAULT);
	CHECK_EQ(try_write(map_4k(end), 1).vector, NO_FAULT);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	CHECK_EQ(try_write(map_2m(base - PAGE_SIZE), 1).error, PF_RMP_WRITE);
	CHECK_EQ(try_write(map_2m(end), 1).error, PF_RMP_WRITE);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 2);
	CHECK_EQ(rmp_firmware(base - PAGE_SIZE), RMP_OK);
	CHECK_EQ(rmp_firmware(end), RMP_OK);
}
