// SPDX-License-Identifier: GPL-2.0-only
/* Ordinary guests on an SNP host: VMCB, host save area, and what guests write. */
#include "payload.h"

#define SOURCE "APM vol. 2, 15.36.10"
#define VMCB	(TEST_PA + 0x100000)
#define HSAVE	(TEST_PA + 0x101000)
#define PAGE	(TEST_PA + 4 * BLOCK_SIZE)

static void guest_page(u64 pa)
{
	CHECK_EQ(rmp_update(pa, (struct rmp_state){ .gpa = PAGE_SIZE, .assigned = 1,
		.asid = 3 }), RMP_OK);
}

TEST("milan", svm_guest, "an ordinary guest runs and writes what is the hypervisor's",
     SOURCE)
{
	struct vmexit exit;

	snp_enable();
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_write);
	page_write(PAGE, 0);
	exit = svm_run(VMCB, map_4k(PAGE));
	CHECK_EQ(exit.fault.vector, NO_FAULT);
	CHECK_EQ(exit.code, VMEXIT_HLT);
	CHECK_EQ(page_read(PAGE), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
}

TEST("milan", svm_npf, "its write to an assigned page is a nested page fault, with bit 31",
     SOURCE "; 15.25.6, nested page faults")
{
	struct vmexit exit;

	snp_enable();
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_write);
	guest_page(PAGE);
	exit = svm_run(VMCB, map_4k(PAGE));
	CHECK_EQ(exit.code, VMEXIT_NPF);
	CHECK_EQ(exit.info1, BIT(32) | 0x80000007);
	CHECK_EQ(exit.info2, PAGE);
	CHECK_EQ(control_get("counters", "rmp_faults"), 1);
	CHECK_EQ(control_get("counters", "forbidden"), 1);
	CHECK_EQ(control_get("events", "events/0/pa"), PAGE);
}

TEST("milan", svm_npf_large, "... also one beside it, through a nested mapping that is large",
     SOURCE)
{
	struct vmexit exit;

	snp_enable();
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_write);
	guest_page(PAGE + PAGE_SIZE);
	exit = svm_run(VMCB, map_4k(PAGE));
	CHECK_EQ(exit.code, VMEXIT_NPF);
	CHECK_EQ(exit.info2, PAGE);
	CHECK_EQ(control_get("counters", "rmp_faults_large_mapping"), 1);
}

TEST("milan", svm_vmcb, "VMRUN, VMLOAD and VMSAVE fault if the VMCB is assigned", SOURCE)
{
	snp_enable();
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_write);
	CHECK_EQ(rmp_update(VMCB, (struct rmp_state){ .assigned = 1 }), RMP_OK);
	CHECK_EQ(try_vmrun(VMCB, NULL).vector, FAULT_GP);
	CHECK_EQ(try_vmsave(VMCB).vector, FAULT_GP);
	CHECK_EQ(try_vmload(VMCB).vector, FAULT_GP);
	CHECK_EQ(control_get("counters", "vmcb_faults"), 3);
	CHECK_EQ(control_get("counters", "forbidden"), 3);
	CHECK(control_is("events", "events/0/access", "vmrun"));
	CHECK_EQ(control_get("events", "events/0/pa"), VMCB);
	CHECK_EQ(rmp_shared(VMCB), RMP_OK);
	CHECK_EQ(try_vmsave(VMCB).vector, NO_FAULT);
	CHECK_EQ(try_vmload(VMCB).vector, NO_FAULT);
}

TEST("milan", svm_hsave, "VMRUN faults if the host save area is assigned", SOURCE)
{
	snp_enable();
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_write);
	CHECK_EQ(rmp_firmware(HSAVE), RMP_OK);
	CHECK_EQ(try_vmrun(VMCB, map_4k(PAGE)).vector, FAULT_GP);
	CHECK_EQ(control_get("events", "events/0/pa"), HSAVE);
	CHECK_EQ(control_get("counters", "vmcb_faults"), 1);
}

static volatile struct {
	u32 stop, started;
} guest;

static void run_guest(void)
{
	svm_enable(HSAVE);
	svm_prepare(VMCB, svm_guest_wait);
	svm_run(VMCB, (void *)&guest);
}

TEST("milan", svm_inuse, "RMPUPDATE finds the pages of a running guest in use",
     "APM vol. 3, RMPUPDATE, FAIL_INUSE; Linux, snp_safe_alloc_page()")
{
	snp_enable();
	ap_begin(run_guest);
	while (!guest.started)
		asm volatile("pause");
	CHECK_EQ(rmp_firmware(VMCB), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_firmware(HSAVE), RMP_FAIL_INUSE);
	CHECK_EQ(rmp_update(TEST_PA, (struct rmp_state){ .assigned = 1, .pagesize = 1 }),
		 RMP_FAIL_INUSE);
	CHECK_EQ(rmp_firmware(VMCB + 2 * PAGE_SIZE), RMP_OK);
	guest.stop = 1;
	ap_wait();
	CHECK_EQ(rmp_firmware(VMCB), RMP_OK);
}
