// SPDX-License-Identifier: GPL-2.0-only
/* Commands of the SEV firmware, for tests of more than one file. */
#include "sev.h"

#define TMR_PA	0x5000000ULL
#define TMR_LEN	0x100000

struct sev_platform sev_status(void)
{
	struct sev_platform c = { 0 };

	CHECK_EQ(psp(SEV_PLATFORM_STATUS, &c), 0);
	return c;
}

static void sev_flush(void)
{
	all_run(wbinvd);
	CHECK_EQ(psp(SEV_DF_FLUSH, NULL), 0);
}

/**
 * sev_up - INIT, and all ASIDs clean
 * @es: with a TMR
 */
void sev_up(bool es)
{
	ap_start();
	CHECK_EQ(psp_sev_init(es, TMR_PA, TMR_LEN), 0);
	sev_flush();
}

u32 sev_init_ex(u64 nv_pa, u32 nv_len)
{
	struct {
		u32 len, flags;
		u64 tmr;
		u32 tmr_len, reserved;
		u64 nv;
		u32 nv_len;
	} __packed c = { sizeof(c), 0, 0, 0, 0, nv_pa, nv_len };

	return psp(SEV_INIT_EX, &c);
}

u32 sev_pdh_export(void *pdh, void *chain)
{
	struct {
		u64 pdh;
		u32 pdh_len, reserved;
		u64 chain;
		u32 chain_len;
	} __packed c = { (u64)pdh, CERT_LEN, 0, (u64)chain, 3 * CERT_LEN };

	return psp(SEV_PDH_CERT_EXPORT, &c);
}

u32 sev_update(u32 handle, u64 pa, u32 len)
{
	struct {
		u32 handle, reserved;
		u64 pa;
		u32 len;
	} __packed c = { handle, 0, pa, len };

	return psp(SEV_LAUNCH_UPDATE_DATA, &c);
}

u32 sev_measure(u32 handle, u8 measurement[48])
{
	struct {
		u32 handle, reserved;
		u64 pa;
		u32 len;
	} __packed c = { handle, 0, (u64)measurement, 48 };

	return psp(SEV_LAUNCH_MEASURE, &c);
}

u32 sev_dbg(u32 command, u32 handle, u64 src, u64 dst, u32 len)
{
	struct {
		u32 handle, reserved;
		u64 src, dst;
		u32 len;
	} __packed c = { handle, 0, src, dst, len };

	return psp(command, &c);
}

u32 sev_state(u32 handle)
{
	struct {
		u32 handle, policy, asid;
		u8 state;
	} __packed c = { handle, 0, 0, 0 };

	CHECK_EQ(psp(SEV_GUEST_STATUS, &c), 0);
	return c.state;
}

u32 sev_activate(u32 handle, u32 asid)
{
	u32 c[2] = { handle, asid };

	return psp(SEV_ACTIVATE, c);
}

/**
 * sev_running - a guest that has been launched
 * @policy: its policy
 * @asid: its ASID
 * @pa: its memory
 * @len: bytes
 *
 * Return: its handle.
 */
u32 sev_running(u32 policy, u32 asid, u64 pa, u32 len)
{
	u8 measurement[48];
	u32 handle = 0;

	CHECK_EQ(sev_launch(policy, asid, &handle), 0);
	CHECK_EQ(sev_update(handle, pa, len), 0);
	CHECK_EQ(sev_measure(handle, measurement), 0);
	CHECK_EQ(psp(SEV_LAUNCH_FINISH, &handle), 0);
	return handle;
}
