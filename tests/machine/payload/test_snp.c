// SPDX-License-Identifier: GPL-2.0-only
/* The SEV-SNP firmware: platform and page commands. */
#include "payload.h"

#define CMD_SHUTDOWN		0x02
#define CMD_STATUS		0x04
#define CMD_DF_FLUSH		0x0a
#define CMD_GET_ID		0x0c
#define CMD_SNP_STATUS		0x83
#define CMD_SNP_DF_FLUSH	0x84
#define CMD_SET_STATE		0xc6

#define INIT_RMP	1
#define INIT_LIST	2
#define OFF_IOMMU	1
#define OFF_X86		2

#define TMR_PA		0x4200000ULL
#define TMR_LEN		0x200000

#define IOMMU		0xfed80000ULL
#define EVENT_LOG	0x4a00000ULL
#define PPR_LOG		0x4b00000ULL
#define STORE		0x4b80000ULL

static struct {
	u32 nr, reserved;
	struct {
		u64 base;
		u32 nr_pages, reserved;
	} range[256];
} __attribute__((aligned(4096))) list;

static void iommu_buffers(void)
{
	*(volatile u64 *)(IOMMU + 0x10) = EVENT_LOG | 9ULL << 56;
	*(volatile u64 *)(IOMMU + 0x38) = PPR_LOG | 9ULL << 56;
	*(volatile u64 *)(IOMMU + 0x20) = STORE;
	*(volatile u64 *)(IOMMU + 0x28) = STORE;
}

static u32 snp_status(u64 pa)
{
	return psp(CMD_SNP_STATUS, &pa);
}

TEST("milan", init_needs_cpus, "SNP_INIT_EX wants four bits set on every CPU",
     "56860, SNP_INIT_EX")
{
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 3);
	ap_start();
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) | SYSCFG_MFDM | SYSCFG_SNP | SYSCFG_VMPL);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 3);
	snp_enable();
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) & ~SYSCFG_MFDM);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 3);
	snp_enable();
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
}

TEST("milan", init_needs_hsave, "... and VM_HSAVE_PA zero if it initialises the RMP",
     "56860, SNP_INIT_EX")
{
	snp_enable();
	wrmsr(MSR_VM_HSAVE_PA, TEST_PA);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 3);
	wrmsr(MSR_VM_HSAVE_PA, 0);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
}

TEST("milan", init_states, "SNP_INIT_EX wants SEV and SNP UNINIT", "56860, SNP_INIT_EX")
{
	snp_enable();
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 1);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 1);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 2);
}

TEST("milan", init_rmp, "INIT_RMP makes DRAM Hypervisor, the RMP and the IOMMU's buffers Firmware",
     "56860, SNP_INIT_EX")
{
	u64 rmp = rdmsr(MSR_RMP_BASE);

	iommu_buffers();
	snp_enable();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	CHECK_EQ(rmp_entry(rmp), 5);
	CHECK_EQ(rmp_entry(EVENT_LOG), 5);
	CHECK_EQ(rmp_entry(EVENT_LOG + PAGE_SIZE), 5);
	CHECK_EQ(rmp_entry(EVENT_LOG + 2 * PAGE_SIZE), 0);
	CHECK_EQ(rmp_entry(PPR_LOG + PAGE_SIZE), 5);
	CHECK_EQ(rmp_entry(STORE), 5);
	CHECK_EQ(control_get("census", "pages/Firmware"), 5);
	CHECK_EQ(control_get("census", "assigned"), 5);
	CHECK_EQ(control_get("status", "rmp_initialized"), 1);
	CHECK_EQ(control_get("status", "asids/dirty"), 509);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 0xe);
	flush_asids();
	CHECK_EQ(control_get("status", "asids/clean"), 509);
}

TEST("milan", init_plain, "SNP_INIT and SNP_SHUTDOWN are the same without arguments",
     "56860, SNP_INIT, SNP_SHUTDOWN")
{
	snp_enable();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp(0x81, NULL), 0);
	CHECK_EQ(rmp_entry(TEST_PA), 0);
	flush_asids();
	CHECK_EQ(psp(0x82, NULL), 0);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(control_get("status", "rmp_initialized"), 1);
}

TEST("milan", init_old_rmp, "without INIT_RMP it needs an RMP that is initialised",
     "56860, SNP_INIT_EX: RMP_INIT_REQUIRED")
{
	snp_enable();
	CHECK_EQ(psp_snp_init(0, 0), 0x20);
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
	flush_asids();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp_snp_shutdown(0), 0);
	CHECK_EQ(psp_snp_init(0, 0), 0);
	CHECK_EQ(rmp_entry(TEST_PA), 5);
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 0);
	CHECK_EQ(psp_snp_init(0, 0), 0x20);
}

TEST("milan", init_ranges, "listed ranges become HV-Fixed", "56860, SNP_INIT_EX")
{
	snp_enable();
	list.nr = 3;
	list.range[0].base = TEST_PA;
	list.range[0].nr_pages = 16;
	list.range[1].base = rdmsr(MSR_RMP_BASE);
	list.range[1].nr_pages = 1;
	list.range[2].base = 0xfed00000;
	list.range[2].nr_pages = 4;
	CHECK_EQ(psp_snp_init(INIT_RMP | INIT_LIST, (u64)&list), 0);
	CHECK_EQ(control_get("census", "pages/HV-Fixed"), 16);
	CHECK_EQ(rmp_entry(TEST_PA), 4);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_PERMISSION);
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_FAIL_PERMISSION);
	CHECK_EQ(try_write(map_4k(TEST_PA), 1).vector, NO_FAULT);
	CHECK_EQ(psp_reclaim(TEST_PA), 0x1a);
	CHECK_EQ(rmp_entry(rdmsr(MSR_RMP_BASE)), 5);
}

TEST("milan", init_ranges_limits, "a list has at most 255 ranges, in one page",
     "56860, SNP_INIT_EX")
{
	snp_enable();
	list.nr = 256;
	CHECK_EQ(psp_snp_init(INIT_RMP | INIT_LIST, (u64)&list), 0x16);
	list.nr = 255;
	CHECK_EQ(psp_snp_init(INIT_RMP | INIT_LIST, (u64)&list + 16), 9);
	CHECK_EQ(psp_snp_init(INIT_RMP | INIT_LIST | BIT(31), (u64)&list), 0x16);
	CHECK_EQ(psp_snp_init(INIT_RMP | INIT_LIST, (u64)&list), 0);
}

TEST("milan", platform_status, "while INIT the status goes to Firmware pages only",
     "56860, SNP_PLATFORM_STATUS")
{
	u64 page = TEST_PA;

	CHECK_EQ(snp_status(page), 0);
	CHECK_EQ(page_read(page), 55 << 8 | 1 | 30ULL << 32);
	snp_up();
	CHECK_EQ(snp_status(page), 0x1a);
	CHECK_EQ(rmp_firmware(page), RMP_OK);
	CHECK_EQ(snp_status(page), 0);
	CHECK_EQ(page_read(page), 55 << 8 | 1 | 1 << 16 | 1 << 24 | 30ULL << 32);
}

TEST("milan", legacy_buffers, "while INIT legacy commands answer in Firmware pages only",
     "56860, on SEV legacy commands")
{
	u64 c = TEST_PA, id = TEST_PA + PAGE_SIZE;

	snp_up();
	CHECK_EQ(psp_at(CMD_STATUS, c), 0x1a);
	CHECK_EQ(control_get("counters", "wrong_buffer_commands"), 1);
	CHECK_EQ(rmp_firmware(c), RMP_OK);
	CHECK_EQ(psp_at(CMD_STATUS, c), 0);
	CHECK_EQ(psp_reclaim(c), 0);
	CHECK_EQ(rmp_shared(c), RMP_OK);
	page_write(c, id);
	page_write(c + 8, 128);
	CHECK_EQ(rmp_firmware(c), RMP_OK);
	CHECK_EQ(psp_at(CMD_GET_ID, c), 0x1a);
	CHECK_EQ(rmp_firmware(id), RMP_OK);
	CHECK_EQ(psp_at(CMD_GET_ID, c), 0);
}

TEST("milan", snp_tmr, "with SNP the TMR is 2 MiB of Firmware pages", "56860, on SEV legacy commands")
{
	snp_up();
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0x1a);
	for (u64 pa = TMR_PA; pa < TMR_PA + TMR_LEN; pa += PAGE_SIZE)
		CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp_sev_init(true, TMR_PA, 0x100000), 4);
	CHECK_EQ(psp_sev_init(true, TMR_PA, TMR_LEN), 0);
	CHECK_EQ(psp_reclaim(TMR_PA), 0x1a);
	CHECK_EQ(try_write(map_4k(TMR_PA), 1).vector, FAULT_PF);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	for (u64 pa = TMR_PA; pa < TMR_PA + TMR_LEN; pa += PAGE_SIZE) {
		CHECK_EQ(psp_reclaim(pa), 0);
		CHECK_EQ(rmp_shared(pa), RMP_OK);
	}
	CHECK_EQ(control_get("census", "assigned"), 0);
	CHECK_EQ(try_write(map_2m(TMR_PA), 1).vector, NO_FAULT);
}

TEST("milan", reclaim, "PAGE_RECLAIM: each state has its rule", "56860, SNP_PAGE_RECLAIM")
{
	u64 pa = TEST_PA;

	CHECK_EQ(psp_reclaim(pa), 1);
	snp_up();
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(rmp_firmware(pa), RMP_OK);
	CHECK_EQ(psp_reclaim(pa | 1), 0x19);
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(rmp_entry(pa), 1);
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(rmp_shared(pa), RMP_OK);

	/* Metadata, Pre-Guest; Pre-Swap needs a guest. */
	CHECK_EQ(rmp_update(pa, (struct rmp_state){ .assigned = 1, .immutable = 1,
		.gpa = 0x5000 }), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Metadata"), 1);
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(control_get("census", "pages/Reclaim"), 1);
	CHECK_EQ(rmp_update(pa, (struct rmp_state){ .assigned = 1, .immutable = 1,
		.gpa = 0x5000, .asid = 4 }), RMP_OK);
	CHECK_EQ(psp_reclaim(pa), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Invalid"), 1);
	CHECK_EQ(rmp_shared(pa), RMP_OK);

	CHECK_EQ(psp_reclaim(pa + 8), 9);
	CHECK_EQ(psp_reclaim(1ULL << 46), 9);
	CHECK_EQ(psp_reclaim(rdmsr(MSR_RMP_BASE)), 0x1a);
}

TEST("milan", reclaim_2m, "PAGE_RECLAIM of a 2 MiB page says so in bit 0",
     "56860, SNP_PAGE_RECLAIM")
{
	snp_up();
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .immutable = 1,
		.pagesize = 1 }), RMP_OK);
	CHECK_EQ(psp_reclaim(TEST_PA), 0x19);
	CHECK_EQ(psp_reclaim(TEST_PA | 1), 0);
	CHECK_EQ(control_get("census", "pages/Reclaim"), 512);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .pagesize = 1 }), RMP_OK);
	CHECK_EQ(control_get("census", "assigned"), 0);
}

TEST("milan", set_state, "PAGE_SET_STATE turns Firmware pages to HV-Fixed, no others",
     "56860, SNP_PAGE_SET_STATE")
{
	struct {
		u32 len, reserved;
		u64 list;
	} __packed c = { sizeof(c), 0, (u64)&list };

	CHECK_EQ(psp(CMD_SET_STATE, &c), 1);
	snp_up();
	list.nr = 1;
	list.range[0].base = TEST_PA;
	list.range[0].nr_pages = 2;
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp(CMD_SET_STATE, &c), 0x1a);
	CHECK_EQ(rmp_entry(TEST_PA), 5);
	CHECK_EQ(rmp_firmware(TEST_PA + PAGE_SIZE), RMP_OK);
	CHECK_EQ(psp(CMD_SET_STATE, &c), 0);
	CHECK_EQ(control_get("census", "pages/HV-Fixed"), 2);
	CHECK_EQ(control_get("census", "assigned"), 0);
	c.len = 4;
	CHECK_EQ(psp(CMD_SET_STATE, &c), 0x16);
}

TEST("milan", shutdown_order, "SNP_SHUTDOWN_EX wants SEV UNINIT, and UNINIT is fine",
     "56860, SNP_SHUTDOWN_EX")
{
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 0);
	snp_up();
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 1);
	CHECK_EQ(psp(CMD_SHUTDOWN, NULL), 0);
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 0);
	CHECK(control_is("status", "snp_state", "UNINIT"));
	CHECK_EQ(control_get("status", "rmp_initialized"), 0);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 1);
	CHECK_EQ(psp(CMD_SNP_DF_FLUSH, NULL), 1);
}

TEST("milan", shutdown_arguments, "SNP_SHUTDOWN_EX refuses flags that it does not know",
     "56860, SNP_SHUTDOWN_EX")
{
	u32 c[2] = { 4, OFF_IOMMU };

	snp_up();
	CHECK_EQ(psp(0x86, c), 0x16);
	CHECK_EQ(psp_snp_shutdown(4), 0x16);
	CHECK_EQ(psp_snp_shutdown(OFF_X86), 0x16);
	CHECK_EQ(psp_snp_shutdown(OFF_X86 | OFF_IOMMU), 0x16);
	CHECK(control_is("status", "snp_state", "INIT"));
}

TEST("milan", shutdown_keeps_rmp, "without IOMMU_SNP_SHUTDOWN the RMP stays, and is enforced",
     "56860, SNP_SHUTDOWN_EX")
{
	iommu_buffers();
	snp_up();
	CHECK_EQ(psp_snp_shutdown(0), 0);
	CHECK_EQ(control_get("status", "rmp_initialized"), 1);
	CHECK_EQ(rmp_entry(STORE), 5);
	CHECK_EQ(try_write(map_4k(STORE), 1).vector, FAULT_PF);
}

TEST("milan", shutdown_iommu, "IOMMU_SNP_SHUTDOWN makes the IOMMU's buffers Reclaim pages",
     "56860, SNP_SHUTDOWN_EX")
{
	iommu_buffers();
	snp_up();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 0);
	CHECK_EQ(control_get("census", "pages/Reclaim"), 5);
	CHECK_EQ(control_get("census", "pages/Firmware"), 1);
	CHECK_EQ(rmp_shared(STORE), RMP_OK);
	CHECK_EQ(try_write(map_4k(STORE), 1).vector, NO_FAULT);
	CHECK_EQ(psp_reclaim(TEST_PA), 1);
	CHECK_EQ(rmp_shared(TEST_PA), RMP_FAIL_PERMISSION);
}

TEST("old-firmware", shutdown_old,
     "before 1.53 they become Hypervisor, with their 2 MiB still dirty",
     "Linux, iommu_page_make_shared()")
{
	iommu_buffers();
	snp_up();
	CHECK_EQ(psp_snp_shutdown(OFF_IOMMU), 0);
	CHECK_EQ(rmp_entry(STORE), 0);
	CHECK_EQ(control_get("census", "assigned"), 0);
	CHECK_EQ(try_write(map_4k(STORE), 1).vector, NO_FAULT);
	CHECK_EQ(try_write(map_2m(STORE + PAGE_SIZE), 1).vector, FAULT_PF);
}

TEST("x86-shutdown", shutdown_x86, "X86_SNP_SHUTDOWN clears SNPEn, if FEATURE_INFO says so",
     "56860, SNP_SHUTDOWN_EX; SNP_FEATURE_INFO ECX bit 1")
{
	struct {
		u32 len, ecx;
		u64 pa;
	} __packed c = { sizeof(c), 0, TEST_PA };

	CHECK_EQ(psp(0xce, &c), 0);
	CHECK_EQ(page_read(TEST_PA + 8), 0x27);
	CHECK_EQ(snp_status(TEST_PA), 0);
	CHECK_EQ(page_read(TEST_PA + 8), 8);
	snp_up();
	CHECK_EQ(rmp_firmware(TEST_PA), RMP_OK);
	CHECK_EQ(psp_snp_shutdown(OFF_X86), 0x16);
	CHECK_EQ(psp_snp_shutdown(OFF_X86 | OFF_IOMMU), 0);
	CHECK(!(rdmsr(MSR_SYSCFG) & SYSCFG_SNP));
	CHECK_EQ(control_get("status", "snp_en/1"), 0);
	CHECK_EQ(try_write(map_4k(TEST_PA), 1).vector, NO_FAULT);
	CHECK_EQ(rmp_shared(TEST_PA), ~0ULL);
	snp_enable();
	CHECK_EQ(psp_snp_init(INIT_RMP, 0), 0);
}
