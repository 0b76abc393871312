// SPDX-License-Identifier: GPL-2.0-only
/* SNP guests, and what they mean for ASIDs and for the shutdown. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define GCTX2	(TEST_PA + 0x401000)
#define PAGE_A	TEST_PA
#define PAGE_B	(TEST_PA + PAGE_SIZE)

#define CMD_DECOMMISSION 0x90
#define CMD_GUEST_STATUS 0x92
#define CMD_GCTX_CREATE	0x93
#define CMD_LAUNCH_START 0xa0
#define CMD_LAUNCH_FINISH 0xa2
#define CMD_DF_FLUSH	0x84

#define TYPE(n) ((n) << 1)
#define NORMAL	TYPE(1)
#define VMSA	TYPE(2)
#define ZERO	TYPE(3)
#define SECRETS	TYPE(5)

static u32 launch_finish(u64 gctx)
{
	struct {
		u64 gctx;
		u8 rest[56];
	} __packed c = { gctx, { 0 } };

	return psp(CMD_LAUNCH_FINISH, &c);
}

static u32 guest_status(u64 gctx, u64 pa)
{
	u64 c[2] = { gctx, pa };

	return psp(CMD_GUEST_STATUS, c);
}

TEST("milan", gctx_create, "a context is made of a Firmware page", "56860, SNP_GCTX_CREATE")
{
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 1);
	snp_up();
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 0x1a);
	CHECK_EQ(rmp_firmware(GCTX), RMP_OK);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX + 8), 9);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 0);
	CHECK_EQ(control_get("census", "pages/Context"), 1);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 0x1a);
	CHECK_EQ(psp_reclaim(GCTX), 0x1a);
	CHECK_EQ(rmp_shared(GCTX), RMP_FAIL_PERMISSION);
	CHECK_EQ(try_write(map_4k(GCTX), 1).vector, FAULT_PF);
	CHECK_EQ(control_get("status", "guests/0/gctx_pa"), GCTX);
}

TEST("milan", snp_life, "a guest's whole life leaves nothing behind",
     "56860, guest states; the sequence of Linux' KVM")
{
	snp_up();
	page_write(PAGE_A, 0x41414141);
	page_write(PAGE_B, 0x42424242);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK(control_is("status", "guests/0/state", "LAUNCH"));
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, VMSA), 0);
	CHECK_EQ(launch_finish(GCTX), 0);
	CHECK(control_is("status", "guests/0/state", "RUNNING"));
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 2);
	CHECK(page_read(PAGE_A) != 0x41414141);
	CHECK(page_read(PAGE_B) != 0x42424242);
	CHECK_EQ(control_get("counters", "guest_reads"), 2);

	CHECK_EQ(rmp_shared(PAGE_A), RMP_OK);
	CHECK_EQ(psp_reclaim(PAGE_B), 0);
	CHECK_EQ(rmp_shared(PAGE_B), RMP_OK);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(psp_reclaim(GCTX), 0);
	CHECK_EQ(rmp_shared(GCTX), RMP_OK);
	CHECK_EQ(control_get("census", "assigned"), 0);
	CHECK_EQ(control_get("status", "asids/dirty"), 1);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0);
}

TEST("milan", snp_states, "commands out of order are refused", "56860, guest states")
{
	struct {
		u64 gctx, policy;
		u8 rest[32];
	} __packed start = { GCTX, 0, { 0 } };

	snp_up();
	CHECK_EQ(rmp_firmware(GCTX), RMP_OK);
	CHECK_EQ(psp(CMD_LAUNCH_START, &start), 0x10);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0x10);
	CHECK_EQ(snp_gctx(CMD_GCTX_CREATE, GCTX), 0);
	CHECK_EQ(snp_activate(GCTX, 1), 2);
	CHECK_EQ(psp(CMD_LAUNCH_START, &start), 7);
	start.policy = 0x30000;
	CHECK_EQ(launch_finish(GCTX), 2);
	CHECK_EQ(psp(CMD_LAUNCH_START, &start), 0);
	CHECK_EQ(psp(CMD_LAUNCH_START, &start), 2);
	CHECK_EQ(snp_launch_page(GCTX, 1, PAGE_A, NORMAL), 8);
	CHECK_EQ(snp_activate(GCTX, 2), 0);
	CHECK_EQ(launch_finish(GCTX), 0);
	CHECK_EQ(snp_launch_page(GCTX, 2, PAGE_B, NORMAL), 2);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 4);
}

TEST("milan", snp_activate_rules, "ACTIVATE looks at the ASID, its pages and its range",
     "56860, SNP_ACTIVATE")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 0), 0);
	CHECK_EQ(snp_activate(GCTX, 0), 0xd);
	CHECK_EQ(snp_activate(GCTX, 100), 0xd);
	CHECK_EQ(rmp_update(PAGE_A, (struct rmp_state){ .assigned = 1, .asid = 8,
		.gpa = PAGE_SIZE }), RMP_OK);
	CHECK_EQ(snp_activate(GCTX, 8), 3);
	CHECK_EQ(snp_activate(GCTX, 9), 0);
	CHECK_EQ(snp_activate(GCTX, 10), 0x12);
	CHECK_EQ(snp_launch(GCTX2, 9), 0xc);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(snp_activate(GCTX2, 9), 0xf);
	flush_asids();
	CHECK_EQ(snp_activate(GCTX2, 9), 0);
}

TEST("milan", snp_update_rules, "LAUNCH_UPDATE looks at state, owner and size",
     "56860, SNP_LAUNCH_UPDATE")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 0, PAGE_A, NORMAL), 0x1a);
	CHECK_EQ(snp_launch_page(GCTX, 8, PAGE_A, NORMAL), 0x1c);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, TYPE(0)), 0x16);
	CHECK_EQ(snp_launch_page(GCTX, 0, PAGE_B, NORMAL), 0);
	CHECK_EQ(snp_launch_page(GCTX, 0, PAGE_B, NORMAL), 0x1a);
	CHECK_EQ(snp_launch_page(GCTX, 9, TEST_PA + BLOCK_SIZE, NORMAL | 1), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, TEST_PA + 3 * BLOCK_SIZE, VMSA | 1), 0x19);
	CHECK_EQ(snp_launch_page(GCTX, 0, TEST_PA + 3 * BLOCK_SIZE, NORMAL), 0x19);
	CHECK_EQ(snp_launch_page(GCTX, 0, PAGE_A + 8, NORMAL), 9);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 513);
	CHECK_EQ(rmp_entry(PAGE_B) >> 61, 2);
}

TEST("milan", pre_swap, "RMPUPDATE keeps Validated while guest, GPA and size stay",
     "APM vol. 3, RMPUPDATE; 56860, SNP_PAGE_RECLAIM of Pre-Swap")
{
	struct rmp_state same = { .gpa = 0x200000, .assigned = 1, .immutable = 1, .asid = 9 };

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, NORMAL), 0);
	CHECK_EQ(rmp_update(PAGE_A, same), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Pre-Swap"), 1);
	CHECK_EQ(psp_reclaim(PAGE_A), 0);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 1);
	same.immutable = 0;
	same.gpa = 0x300000;
	CHECK_EQ(rmp_update(PAGE_A, same), RMP_OK);
	CHECK_EQ(control_get("census", "pages/Guest-Invalid"), 1);
}

TEST("milan", snp_zero, "a ZERO page hides what was there", "56860, SNP_LAUNCH_UPDATE")
{
	snp_up();
	page_write(PAGE_A, 0x1111);
	page_write(PAGE_B, 0x2222);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, ZERO), 0);
	CHECK(page_read(PAGE_A) != 0);
	CHECK(page_read(PAGE_A) != 0x1111);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, SECRETS), 0);
}

TEST("milan", snp_keys, "the same plaintext differs by guest and by address",
     "APM vol. 2, 15.34")
{
	u64 a, b, c;

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(snp_launch(GCTX2, 10), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_A, ZERO), 0);
	CHECK_EQ(snp_launch_page(GCTX, 9, PAGE_B, ZERO), 0);
	a = page_read(PAGE_A);
	b = page_read(PAGE_B);
	CHECK_EQ(rmp_shared(PAGE_A), RMP_OK);
	CHECK_EQ(snp_launch_page(GCTX2, 10, PAGE_A, ZERO), 0);
	c = page_read(PAGE_A);
	CHECK(a != b);
	CHECK(a != c);
}

TEST("milan", snp_guest_status, "GUEST_STATUS tells whether a context is alive",
     "56860, SNP_GUEST_STATUS")
{
	u64 page = TEST_PA + 0x600000;

	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(guest_status(GCTX, page), 0x1a);
	CHECK_EQ(rmp_firmware(page), RMP_OK);
	CHECK_EQ(guest_status(GCTX, page), 0);
	CHECK_EQ(page_read(page), 0x30000);
	CHECK_EQ(page_read(page + 8), 9 | 1ULL << 32);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(guest_status(GCTX, page), 0x10);
}

TEST("milan", live_guest_shutdown, "SNP_SHUTDOWN_EX refuses while a guest has an ASID",
     "56860, SNP_SHUTDOWN_EX: each ASID clean, else DFFLUSH_REQUIRED")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0xf);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 1);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0xf);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0xf);
	CHECK_EQ(psp(CMD_DF_FLUSH, NULL), 0xe);
	flush_asids();
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(control_get("counters", "wrong_order_commands"), 2);
}

TEST("active-status", live_guest_status, "... with the status that was set",
     "open; property shutdown-active-status")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0x12);
	CHECK(control_is("status", "snp_state", "INIT"));
}

TEST("milan", idle_guest_shutdown, "a context without ASID does not hold it up",
     "56860, SNP_SHUTDOWN_EX; a guess")
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, 0), 0);
	CHECK_EQ(psp_snp_shutdown(1), 0);
	CHECK_EQ(control_get("status", "guests/0/asid"), ~0ULL);
	CHECK_EQ(control_get("census", "pages/Context"), 1);
}

TEST("milan", mixed_asids, "SEV-ES and SNP guests share their ASIDs",
     "Fn8000_001F EDX; 56860, SNP_ACTIVATE")
{
	u32 handle, start[9] = { 0, 0 };
	u64 c = TEST_PA + 0x600000;

	for (int i = 0; i < 5; i++)
		page_write(c + i * 8, 0);
	snp_up();
	CHECK_EQ(psp_sev_init(false, 0, 0), 0);
	CHECK_EQ(snp_launch(GCTX, 9), 0);
	CHECK_EQ(rmp_firmware(c), RMP_OK);
	CHECK_EQ(psp_at(0x30, c), 0);
	handle = page_read(c);
	start[0] = handle;
	start[1] = 9;
	CHECK_EQ(psp(0x21, start), 0xd);
	start[1] = 200;
	CHECK_EQ(psp(0x21, start), 0);
	CHECK_EQ(control_get("status", "asids/active"), 2);
	CHECK_EQ(psp(2, NULL), 0);
	CHECK_EQ(control_get("status", "asids/dirty"), 1);
	CHECK_EQ(snp_gctx(CMD_DECOMMISSION, GCTX), 0);
	flush_asids();
	CHECK_EQ(control_get("status", "asids/clean"), 509);
}
