// SPDX-License-Identifier: GPL-2.0-only
/* What a guest makes of its pages by RMPADJUST: permissions of less privileged VMPLs, VMSA pages. */
#include "payload.h"

#define GCTX	(TEST_PA + 0x400000)
#define PAGE_A	TEST_PA
#define LARGE	(TEST_PA + 0x800000)
#define GPA	0x200000ULL	/* where snp_launch_page() puts a page */
#define ASID	9

#define NORMAL		(1 << 1)
#define UPDATE_2M	1
#define RMP_VMSA	BIT(61)
#define RMP_VALIDATED	BIT(62)

static u64 adjust(u64 gpa, u32 vmpl, u32 permissions, bool vmsa)
{
	char text[160];

	format_to(text, sizeof(text), "{\"execute\":\"rmpadjust\",\"arguments\":{\"asid\":%u,\"gpa\":%u,"
		  "\"vmpl\":%u,\"permissions\":%u,\"vmsa\":%s}", ASID, (u32)gpa, vmpl, permissions,
		  vmsa ? "true" : "false");
	return control_number(text, "status");
}

static u64 permissions(u64 pa)
{
	return *(volatile u64 *)map_4k(rmp_entry_place(pa) + 8);
}

static void guest_with(u64 pa, u32 flags)
{
	snp_up();
	CHECK_EQ(snp_launch(GCTX, ASID), 0);
	CHECK_EQ(snp_launch_page(GCTX, ASID, pa, flags), 0);
	CHECK_EQ(snp_launch_finish(GCTX), 0);
}

TEST("milan", adjust_vmsa, "a guest makes a page a VMSA page, and takes it back",
     "APM vol. 3, RMPADJUST; 15.36.12")
{
	u64 entry;

	guest_with(PAGE_A, NORMAL);
	entry = rmp_entry(PAGE_A);
	CHECK(entry & RMP_VALIDATED);
	CHECK_EQ(control_get("census", "vmsa"), 0);
	CHECK_EQ(adjust(GPA, 1, 0, true), 0);
	CHECK_EQ(rmp_entry(PAGE_A), entry | RMP_VMSA);
	CHECK_EQ(control_get("census", "vmsa"), 1);
	CHECK_EQ(control_get("census", "pages/Guest-Valid"), 1);
	CHECK_EQ(adjust(GPA, 1, 0, false), 0);
	CHECK_EQ(rmp_entry(PAGE_A), entry);
}

TEST("milan", adjust_permissions, "each VMPL has permissions of its own, which go with the page's state",
     "APM vol. 3, RMPADJUST; 15.36.7")
{
	const struct rmp_state same = { .gpa = GPA, .assigned = 1, .asid = ASID };

	guest_with(PAGE_A, NORMAL);
	CHECK_EQ(permissions(PAGE_A), 0);
	CHECK_EQ(adjust(GPA, 1, 0xf, false), 0);
	CHECK_EQ(adjust(GPA, 3, 1, true), 0);
	CHECK_EQ(permissions(PAGE_A), 1ULL << 24 | 0xf << 8);
	CHECK_EQ(rmp_update(PAGE_A, same), RMP_OK);
	CHECK_EQ(permissions(PAGE_A), 1ULL << 24 | 0xf << 8);
	CHECK_EQ(adjust(GPA, 1, 0, true), 0);
	CHECK_EQ(permissions(PAGE_A), 1ULL << 24);
	CHECK_EQ(rmp_update(PAGE_A, (struct rmp_state){ 0 }), RMP_OK);
	CHECK_EQ(permissions(PAGE_A), 0);
}

TEST("milan", launch_permissions, "a page is launched with the permissions that LAUNCH_UPDATE names",
     "56860, SNP_LAUNCH_UPDATE, VMPL1_PERMS to VMPL3_PERMS")
{
	struct {
		u64 gctx;
		u32 flags, reserved;
		u64 pa;
		u32 perms, reserved2;
	} __packed c = { GCTX, NORMAL, 0, PAGE_A, 0x1030f00, 0 };

	snp_up();
	CHECK_EQ(snp_launch(GCTX, ASID), 0);
	CHECK_EQ(rmp_update(PAGE_A, (struct rmp_state){ .gpa = GPA, .assigned = 1, .immutable = 1,
							.asid = ASID }), RMP_OK);
	CHECK_EQ(psp(0xa1, &c), 0);
	CHECK_EQ(permissions(PAGE_A), 0x1030f00);
}

TEST("milan", adjust_refused, "RMPADJUST refuses what it must, and changes nothing",
     "APM vol. 3, RMPADJUST")
{
	u64 entry;

	guest_with(PAGE_A, NORMAL);
	entry = rmp_entry(PAGE_A);
	CHECK_EQ(adjust(GPA, 0, 0, true), 2);
	CHECK_EQ(adjust(GPA, 4, 0, true), 1);
	CHECK_EQ(adjust(GPA, 1, 0x20, true), 1);
	CHECK_EQ(adjust(GPA + 1, 1, 0, true), 1);
	CHECK(control_refuses("{\"execute\":\"rmpadjust\",\"arguments\":{\"asid\":9,\"gpa\":4096,\"vmpl\":1,\"permissions\":0}",
			      "#NPF"));
	CHECK(control_refuses("{\"execute\":\"rmpadjust\",\"arguments\":{\"asid\":8,\"gpa\":2097152,\"vmpl\":1,\"permissions\":0}",
			      "no SNP guest"));
	CHECK(control_refuses("{\"execute\":\"rmpadjust\",\"arguments\":{\"asid\":9,\"gpa\":2097152,\"vmpl\":1}",
			      "'permissions' must be"));
	CHECK_EQ(rmp_entry(PAGE_A), entry);
	/* another page in its place has to be validated first */
	CHECK_EQ(rmp_update(PAGE_A, (struct rmp_state){ 0 }), RMP_OK);
	CHECK_EQ(rmp_update(PAGE_A, (struct rmp_state){ .gpa = GPA, .assigned = 1, .asid = ASID }), RMP_OK);
	CHECK(control_refuses("{\"execute\":\"rmpadjust\",\"arguments\":{\"asid\":9,\"gpa\":2097152,\"vmpl\":1,\"permissions\":0}",
			      "#VC"));
}

TEST("milan", adjust_large, "a 4 KiB page of a 2 MiB one is adjusted once it is smashed, and permissions are shared out",
     "APM vol. 3, RMPADJUST: FAIL_SIZEMISMATCH, PSMASH")
{
	guest_with(LARGE, NORMAL | UPDATE_2M);
	CHECK_EQ(adjust(GPA + PAGE_SIZE, 1, 0, true), 6);
	CHECK_EQ(rmp_psmash(LARGE), RMP_OK);
	CHECK_EQ(adjust(GPA + PAGE_SIZE, 2, 7, true), 0);
	CHECK_EQ(permissions(LARGE), 0);
	CHECK_EQ(permissions(LARGE + PAGE_SIZE), 7 << 16);
	CHECK_EQ(control_get("census", "vmsa"), 1);
}
