/* SPDX-License-Identifier: GPL-2.0-only */
/* Included by ccp_ext.h: the firmware, as it is watched and spoken to. */
#ifndef CCPX_PSP_H
#define CCPX_PSP_H

#include <rmp_persist/psp_count.h>

/* ---- psp_watch.c, psp_effect.c: every command, from ccp's first to its last ---- */

struct ccpx_watch_state {
	u8	sev_state, snp_state;	/* RMPP_SEV_*, RMPP_SNP_* as commands left them */
	u64	tmr_pa, tmr_size;	/* 0 = no TMR set up */
	bool	tmr_known;		/* where it is, or that there is none */
	u32	unanswered;		/* last command that was not answered in time, 0 = none */
	u64	nr_commands, nr_errors;
};

int ccpx_watch_init(void);
void ccpx_watch_exit(void);
bool ccpx_watch_armed(void);
bool ccpx_watch_complete(void);
void ccpx_watch_get(struct ccpx_watch_state *state);
void ccpx_watch_adopt(u8 sev_state, u8 snp_state);
void ccpx_watch_adopt_tmr(u64 tmr_pa, u64 tmr_size);
bool ccpx_watch_busy(void);
u32 ccpx_watch_unanswered(u64 *buffer_pa);
u32 ccpx_watch_flight(struct rmpp_flight_ser *v, u32 max);
void ccpx_watch_counts(struct rmpp_psp_counts *c);
void ccpx_watch_own(u32 cmd, const void *data, u64 buffer_pa, u32 status, u64 latency_ns);

/* ---- psp_guests.c: the guests among them, and their VMMs ---- */

enum ccpx_guest_value {
	CCPX_GUEST_ASID,
	CCPX_GUEST_POLICY,	/* of an SNP guest: it comes with LAUNCH_START, after the context */
	CCPX_GUEST_STATE,	/* RMPP_SEV_GUEST_* or RMPP_SNP_GUEST_* */
};

int ccpx_guests_init(void);
void ccpx_guests_exit(void);
void ccpx_guests_add(u64 gctx_pa, u32 handle, u64 policy, u8 kind);
void ccpx_guests_adopt(const struct rmpp_guest_ser *ser);
void ccpx_guests_remove(u64 gctx_pa, u32 handle, bool snp);
void ccpx_guests_remove_kind(bool snp);
void ccpx_guests_set(u64 gctx_pa, u32 handle, bool snp, enum ccpx_guest_value what, u64 value);
bool ccpx_guests_overflow(void);
u32 ccpx_guests_count(void);
u32 ccpx_guests_owned(void);
void ccpx_guests_by_kind(u32 nr[RMPP_GUEST_SNP + 1]);
u32 ccpx_guests_get(struct rmpp_guest_ser *v, u32 max);

/* How a process calls a guest of its own; neither: it has but one. */
struct ccpx_guest_name {
	s64	handle;		/* SEV and SEV-ES; < 0: not by handle */
	bool	last;		/* the one that this thread launched last */
};

int ccpx_guests_mine(const struct ccpx_guest_name *name, struct rmpp_guest_ser *ser, u64 *id);
bool ccpx_guests_find(u64 id, bool mine, struct rmpp_guest_ser *ser);
u32 ccpx_guests_signal_vmms(int sig);
u32 ccpx_guests_vmms_alive(void);
u32 ccpx_guests_vmms_running(void);

/* ---- psp_pages.c: what KVM took for them ---- */

void ccpx_pages_arm(void);
void ccpx_pages_disarm(void);
u32 ccpx_pages_get(u64 *pa, u32 max);

/* ---- psp_mailbox.c: what is under way in it ---- */

void ccpx_mailbox_init(void);
void ccpx_mailbox_exit(void);
void ccpx_mailbox_forget(void);
void ccpx_mailbox_learn(void);
void ccpx_mailbox_target(u64 pa);
bool ccpx_mailbox_busy(void);
void ccpx_mailbox_settle(void);
int ccpx_mailbox_send_polled(u32 cmd, u64 buffer, u64 us, u32 *status);
const char *ccpx_in_flight(struct rmpp_extents *x);

/* ---- psp.c: talking to the firmware ---- */

struct ccpx_ccp;
struct psp_raw;
struct psp_snp_guest_status;

struct ccpx_psp {
	struct ccpx_ccp	*ccp;		/* one of the two */
	struct psp_raw	*raw;		/* the mailbox itself */
	u64	deadline_ns;		/* ktime_get_ns() after which no command begins, 0 = none */
	bool	abandoned;		/* the courier has not come back: psp_courier.c */
	bool	behind_ccp;		/* SNP was shut down, and ccp does not know: quiesce_single.c */
};

#define CCPX_PSP_NO_STATUS	0xffffffffu

int ccpx_psp_open(struct ccpx_psp *psp, u64 deadline_ns);
void ccpx_psp_close(struct ccpx_psp *psp);
int ccpx_psp_cmd(struct ccpx_psp *psp, u32 cmd, void *data, u32 len, u32 *status);
int ccpx_psp_sev_state(struct ccpx_psp *psp, u8 *state, u8 *major, u8 *minor,
		       u32 *build, u32 *guests);
int ccpx_psp_snp_state(struct ccpx_psp *psp, u8 *state, u32 *guests);
int ccpx_psp_guest_status(struct ccpx_psp *psp, u64 gctx_pa, struct psp_snp_guest_status *s,
			  u32 *status);
int ccpx_psp_dbg_decrypt(struct ccpx_psp *psp, u64 gctx_pa, u64 src_pa, void *out, u32 *status);
bool ccpx_psp_can_shutdown(struct ccpx_psp *psp);
int ccpx_psp_platform_shutdown(struct ccpx_psp *psp);
bool ccpx_psp_takes_snp(struct ccpx_psp *psp);
int ccpx_psp_free_iommu(struct ccpx_psp *psp);

/* ---- psp_courier.c: commands through ccp, with a deadline ---- */

struct ccpx_errand {
	void	(*fn)(struct ccpx_errand *e);
	struct ccpx_ccp *ccp;
	u32	cmd;
	void	*data;		/* CCPX_MAX_CMD_LEN bytes, both ways; NULL if the command has none */
	u64	*target;	/* the field of @data that names a page for the answer, or NULL */
	void	*out;		/* ... which is copied to here */
	u32	out_len;
	int	rc, psp_ret;
};

int ccpx_courier_init(void);
void ccpx_courier_exit(void);
int ccpx_courier_send(struct ccpx_psp *psp, struct ccpx_errand *e);

#endif /* CCPX_PSP_H */
