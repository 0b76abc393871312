// SPDX-License-Identifier: GPL-2.0-only
/* Guests, launched with as few commands as will do. */
#include "payload.h"

/**
 * sev_launch - LAUNCH_START and ACTIVATE
 * @policy: bit 2 asks for SEV-ES
 * @asid: the ASID
 * @handle: set to the guest's handle
 *
 * Return: the first status that is not 0, or 0.
 */
u32 sev_launch(u32 policy, u32 asid, u32 *handle)
{
	struct {
		u32 handle, policy;
		u8 rest[28];
	} __packed start = { 0, policy, { 0 } };
	u32 activate[2], status;

	status = psp(0x30, &start);
	if (status)
		return status;
	*handle = start.handle;
	activate[0] = start.handle;
	activate[1] = asid;
	return psp(0x21, activate);
}

/* snp_gctx - a command that takes nothing but the context's address */
u32 snp_gctx(u32 command, u64 gctx)
{
	return psp(command, &gctx);
}

u32 snp_activate(u64 gctx, u32 asid)
{
	struct {
		u64 gctx;
		u32 asid;
	} __packed c = { gctx, asid };

	return psp(0x91, &c);
}

/**
 * snp_launch - a Firmware page, GCTX_CREATE, LAUNCH_START and ACTIVATE
 * @gctx: page for the context, a Hypervisor page
 * @asid: the ASID, or 0 to leave ACTIVATE out
 *
 * Return: the first status that is not 0, or 0.
 */
u32 snp_launch(u64 gctx, u32 asid)
{
	struct {
		u64 gctx, policy;
		u8 rest[32];
	} __packed start = { gctx, 0x30000, { 0 } };
	u32 status;

	CHECK_EQ(rmp_firmware(gctx), RMP_OK);
	status = snp_gctx(0x93, gctx);
	if (!status)
		status = psp(0xa0, &start);
	if (!status && asid)
		status = snp_activate(gctx, asid);
	return status;
}

/**
 * snp_launch_page - LAUNCH_UPDATE
 * @gctx: the guest's context
 * @asid: the ASID that the page is given first; 0: the page is left as it is
 * @pa: the page
 * @flags: bit 0 for a 2 MiB page; type in bits 3:1
 *
 * Return: the firmware's status.
 */
u32 snp_launch_page(u64 gctx, u32 asid, u64 pa, u32 flags)
{
	struct {
		u64 gctx;
		u32 flags, reserved;
		u64 pa;
		u32 perms, reserved2;
	} __packed c = { gctx, flags, 0, pa, 0, 0 };
	struct rmp_state state = {
		.gpa = 0x200000, .assigned = 1, .immutable = 1, .asid = asid,
		.pagesize = flags & 1,
	};

	if (asid)
		CHECK_EQ(rmp_update(pa, state), RMP_OK);
	return psp(0xa1, &c);
}

/**
 * snp_launch_start - a Firmware page, GCTX_CREATE and LAUNCH_START
 * @gctx: page for the context, a Hypervisor page or already a context
 * @policy: the guest's policy
 * @ma_gctx: a migration agent's context, or 0
 * @flags: bit 0: there is an agent; bit 1: from a migration image
 *
 * Return: the first status that is not 0, or 0.
 */
u32 snp_launch_start(u64 gctx, u64 policy, u64 ma_gctx, u32 flags)
{
	struct {
		u64 gctx, policy, ma_gctx;
		u32 flags;
		u8 rest[20];
	} __packed c = { gctx, policy, ma_gctx, flags, { 0 } };
	u32 status;

	if (!rmp_entry(gctx)) {
		CHECK_EQ(rmp_firmware(gctx), RMP_OK);
		status = snp_gctx(0x93, gctx);
		if (status)
			return status;
	}
	return psp(0xa0, &c);
}

/* snp_launch_finish - without an ID block */
u32 snp_launch_finish(u64 gctx)
{
	struct {
		u64 gctx;
		u8 rest[56];
	} __packed c = { gctx, { 0 } };

	return psp(0xa2, &c);
}

/**
 * snp_activate_ex - ACTIVATE_EX
 * @gctx: the guest's context
 * @asid: the ASID
 * @ids: APIC IDs
 * @nr_ids: how many
 *
 * Return: the firmware's status.
 */
u32 snp_activate_ex(u64 gctx, u32 asid, const u32 *ids, u32 nr_ids)
{
	struct {
		u32 len, reserved;
		u64 gctx;
		u32 asid, nr_ids;
		u64 ids;
	} __packed c = { sizeof(c), 0, gctx, asid, nr_ids, (u64)ids };

	return psp(0x95, &c);
}
