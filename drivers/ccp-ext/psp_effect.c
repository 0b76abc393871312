// SPDX-License-Identifier: GPL-2.0-only
/* What commands change: the platforms' states, the TMR, and the guests (psp_guests.c). */
#include "psp_watch.h"
#include "psp_abi.h"

void watch_set_tmr(struct ccpx_watch_state *w, u64 pa, u64 size)
{
	w->tmr_pa = pa;
	w->tmr_size = pa ? size : 0;
	w->tmr_known = true;
}

/**
 * watch_init_cmd() - an INIT that reached the firmware and was not refused may have locked a TMR
 * @w: as for watch_apply()
 * @cmd: a command of any kind
 * @data: its buffer
 *
 * Context: as watch_apply().
 */
void watch_init_cmd(struct ccpx_watch_state *w, u32 cmd, const void *data)
{
	const struct psp_sev_init *init = data;
	const struct psp_sev_init_ex *ex = data;

	if (cmd == PSP_SEV_INIT)
		watch_set_tmr(w, init->tmr_pa, init->tmr_len);
	else if (cmd == PSP_SEV_INIT_EX)
		watch_set_tmr(w, ex->tmr_pa, ex->tmr_len);
}

/*
 * A guest's state is what the last command that changes it left behind (55766, "Guest State
 * Machine"; 56860, SNP_LAUNCH_*): asking each guest would cost a command each on the way out.
 */
static void watch_guest_state(u32 cmd, const void *data)
{
	static const struct { u32 cmd; u8 state; } v[] = {
		{ PSP_SEV_LAUNCH_START, RMPP_SEV_GUEST_LUPDATE },
		{ PSP_SEV_LAUNCH_MEASURE, RMPP_SEV_GUEST_LSECRET },
		{ PSP_SEV_LAUNCH_FINISH, RMPP_SEV_GUEST_RUNNING },
		{ PSP_SEV_SEND_START, RMPP_SEV_GUEST_SUPDATE },
		{ PSP_SEV_SEND_FINISH, RMPP_SEV_GUEST_SENT },
		{ PSP_SEV_SEND_CANCEL, RMPP_SEV_GUEST_RUNNING },
		{ PSP_SEV_RECEIVE_START, RMPP_SEV_GUEST_RUPDATE },
		{ PSP_SEV_RECEIVE_FINISH, RMPP_SEV_GUEST_RUNNING },
		{ PSP_SNP_GCTX_CREATE, RMPP_SNP_GUEST_INIT },
		{ PSP_SNP_LAUNCH_START, RMPP_SNP_GUEST_LAUNCH },
		{ PSP_SNP_LAUNCH_FINISH, RMPP_SNP_GUEST_RUNNING },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		if (v[i].cmd != cmd)
			continue;
		if (cmd < PSP_FIRST_SNP_CMD)
			ccpx_guests_set(0, ((const struct psp_sev_handle *)data)->handle, false,
					CCPX_GUEST_STATE, v[i].state);
		else
			ccpx_guests_set(((const struct psp_snp_addr *)data)->pa, 0, true,
					CCPX_GUEST_STATE, v[i].state);
		return;
	}
}

/**
 * watch_apply_at_panic() - ... of those that a panic sends, without what takes a lock or queues work
 * @w: as for watch_apply()
 * @cmd: the command's number
 *
 * Context: one CPU left.
 */
void watch_apply_at_panic(struct ccpx_watch_state *w, u32 cmd)
{
	if (cmd == PSP_SEV_SHUTDOWN)
		w->sev_state = RMPP_SEV_UNINIT;
	else if (cmd == PSP_SNP_SHUTDOWN || cmd == PSP_SNP_SHUTDOWN_EX)
		w->snp_state = RMPP_SNP_UNINIT;
}

/**
 * watch_apply() - what a command that succeeded has changed
 * @w: what is known of the platforms; its lock is held
 * @cmd: the command's number
 * @data: its buffer, as it came back
 *
 * Context: kprobe handler, or process.
 */
void watch_apply(struct ccpx_watch_state *w, u32 cmd, const void *data)
{
	const struct psp_sev_launch_start *ls = data;
	const struct psp_snp_addr *addr = data;

	switch (cmd) {
	case PSP_SEV_INIT:
	case PSP_SEV_INIT_EX:
		w->sev_state = RMPP_SEV_INIT;
		break;
	case PSP_SEV_SHUTDOWN:
		/* the TMR is forgotten when a status proves it */
		w->sev_state = RMPP_SEV_UNINIT;
		ccpx_guests_remove_kind(false);
		break;
	case PSP_SEV_PLATFORM_STATUS: {
		const struct psp_sev_platform_status *d = data;

		w->sev_state = d->state;
		if (d->state == RMPP_SEV_UNINIT)
			watch_set_tmr(w, 0, 0);
		break;
	}
	case PSP_SEV_LAUNCH_START:
	case PSP_SEV_RECEIVE_START:
		ccpx_guests_add(0, ls->handle, ls->policy,
				ls->policy & PSP_SEV_POLICY_ES ? RMPP_GUEST_SEV_ES : RMPP_GUEST_SEV);
		break;
	case PSP_SEV_ACTIVATE: {
		const struct psp_sev_activate *d = data;

		ccpx_guests_set(0, d->handle, false, CCPX_GUEST_ASID, d->asid);
		break;
	}
	case PSP_SEV_DECOMMISSION:
		ccpx_guests_remove(0, ((const struct psp_sev_handle *)data)->handle, false);
		break;
	case PSP_SNP_INIT:
	case PSP_SNP_INIT_EX:
		w->snp_state = RMPP_SNP_INIT;
		break;
	case PSP_SNP_SHUTDOWN:
	case PSP_SNP_SHUTDOWN_EX:
		w->snp_state = RMPP_SNP_UNINIT;
		ccpx_guests_remove_kind(true);
		break;
	case PSP_SNP_GCTX_CREATE:
		ccpx_guests_add(addr->pa, 0, 0, RMPP_GUEST_SNP);
		break;
	case PSP_SNP_LAUNCH_START: {
		const struct psp_snp_launch_start *d = data;

		ccpx_guests_set(d->gctx_pa, 0, true, CCPX_GUEST_POLICY, d->policy);
		break;
	}
	case PSP_SNP_ACTIVATE: {
		const struct psp_snp_activate *d = data;

		ccpx_guests_set(d->gctx_pa, 0, true, CCPX_GUEST_ASID, d->asid);
		break;
	}
	case PSP_SNP_DECOMMISSION:
		ccpx_guests_remove(addr->pa, 0, true);
		break;
	}
	watch_guest_state(cmd, data);
}
