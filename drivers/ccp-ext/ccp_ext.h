/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ccp_ext: keeps an AMD SEV/SNP host safe across kexec.
 *
 * The module stands beside the stock ccp driver. It watches PSP commands
 * (psp_watch), owns the memory that must be in place before any guest starts
 * (memory), quiesces the firmware from a reboot notifier (policy, quiesce,
 * reboot), hands RMP and firmware state over (capture), and in the next kernel
 * finds, checks and gives back (restore, reclaim, giveback).
 */
#ifndef CCP_EXT_H
#define CCP_EXT_H

#define pr_fmt(fmt) "ccp_ext: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <rmp_persist/rmp_persist.h>

#define CCPX_VERSION		"0.1"
#define CCPX_MAX_EXTENTS	4096
#define CCPX_MAX_GUESTS		1024
#define CCPX_MAX_FW_PAGES	(4 * CCPX_MAX_GUESTS)
#define CCPX_MAX_RAM_RANGES	1024
#define CCPX_NR_FLIGHT		64
#define CCPX_MAX_STEPS		32
/* beyond a time limit, for what cannot be left half done: ms */
#define CCPX_GRACE_MS		500u

struct kimage;
struct ccpx_quiesce;

/* ---- main.c: parameters, words shared with snp-kexec ---- */

enum ccpx_on_unsafe { CCPX_UNSAFE_RESET, CCPX_UNSAFE_REFUSE, CCPX_UNSAFE_PROCEED };

struct ccpx_params {
	unsigned int	region_mb, zone_mb, budget_ms, giveback_rate, lazy_spare_mb;
	unsigned int	cut_max_mb, assume_top, record_kb, record_hops;
	unsigned long	handover, assume_incompat, assume_late;
	enum ccpx_on_unsafe on_unsafe;
	u8		policy;		/* RMPP_POLICY_* that is wished for */
	bool		quarantine, giveback, giveback_gate, assume_unlocked, parked;
	bool		gate, last_look, wake_cpus, reenter, courier, in_flight;
	unsigned int	linger_ms;
};

extern struct ccpx_params ccpx_params;
extern const char * const ccpx_on_unsafe_names[3];
/* Serializes everything that scans, captures, loads or gives back. */
extern struct mutex ccpx_lock;
/* The reboot notifier has had its last look: nothing that it saw may change. */
extern bool ccpx_leaving;

/* ---- platform.c: what the CPU and the memory map say ---- */

struct ccpx_rmp {
	u64	base, end, cfg;		/* MSRs, bytes; end inclusive */
	u64	nr_pages;		/* pages covered, 0 = no table */
	u32	nr_cpus_snp_en, nr_cpus;
	const struct rmpp_raw_entry *table; /* NULL = not readable */
};

/* RMPUPDATE's operand (APM vol. 3, RMPUPDATE) */
struct ccpx_rmp_state {
	u64	gpa;
	u8	assigned, pagesize, immutable, reserved0;
	u32	asid;
} __packed;

int ccpx_rmp_open(struct ccpx_rmp *rmp);
void ccpx_rmp_close(struct ccpx_rmp *rmp);
bool ccpx_rmp_enforced(const struct ccpx_rmp *rmp);
bool ccpx_snp_enabled_here(void);
void ccpx_rmp_entry(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e);
bool ccpx_rmp_assigned(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e);
int ccpx_rmpupdate(u64 pfn, const struct ccpx_rmp_state *state);
void ccpx_restore_mfdm(void);
int ccpx_rmp_make_shared(u64 pfn, bool pagesize_2m);

struct chain_ram;
u32 ccpx_ram_ranges(struct chain_ram *v, u32 max);
bool ccpx_sev_capable(void);
u64 ccpx_tsc_khz(void);

/* ---- iommu.c ---- */

void ccpx_iommu_forget(void);
int ccpx_iommu_for_each(int (*fn)(u64 base, void *arg), void *arg);

/* ---- iommu_park.c: IOMMUs that the firmware does not let go of ---- */

/* kexec/cmdline.c takes both out again */
#define CCPX_PARKED_WORDS "ccp_ext.parked=1 amd_iommu=off"

void ccpx_park_init(void);
void ccpx_park_exit(void);
bool ccpx_park_needed(const struct ccpx_quiesce *q);
int ccpx_park_extents(struct rmpp_extents *x);
const char *ccpx_park_prepare(void);
void ccpx_park_release(void);

/* ---- memory.c: what the module owns ---- */

struct ccpx_memory {
	u64	region_pa, region_size;	/* 0 = none */
	u64	zone_pa, zone_size;
	void	*region, *zone;		/* direct map */
	bool	region_adopted;		/* inherited from the previous kernel */
};

extern struct ccpx_memory ccpx_memory;
int ccpx_memory_init(u64 adopt_pa, u64 adopt_size);
void ccpx_memory_exit(void);
int ccpx_donate_prepare(void);
void ccpx_donate_pages(void);
void ccpx_retake(void);
void *ccpx_psp_page(unsigned int i);	/* pages of a block used for the PSP alone */
void ccpx_psp_page_lost(void);

/* ---- carrier_kho.c: the region by the kernel's own hand-over ---- */

#define CCPX_KHO_MAX_AREAS	66	/* one a node, and two (kho_reserve_scratch()) */

struct ccpx_kho_area {
	u64	pa, size;	/* bytes */
};

int ccpx_kho_find(u64 *pa, u64 *size);
bool ccpx_kho_keeps(u64 pa, u64 size);
bool ccpx_kho_page(u64 pfn);
bool ccpx_kho_take(u64 pa, u64 size);
void ccpx_kho_hold(void);
void ccpx_kho_drop(void);
bool ccpx_kho_note(const struct kimage *image);
bool ccpx_kho_hit(const struct rmpp_extents *x);
const struct ccpx_kho_area *ccpx_kho_areas(u32 *nr);

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
void ccpx_watch_own(u32 cmd, const void *data, u64 buffer_pa, u32 status, u64 latency_ns);

/* ---- gate.c: what others may no longer do on the way out ---- */

enum ccpx_gate { CCPX_GATE_OPEN, CCPX_GATE_CLOSING, CCPX_GATE_CLOSED };

void ccpx_gate_init(void);
void ccpx_gate_exit(void);
void ccpx_gate_arm_ccp(void);
void ccpx_gate_disarm_ccp(void);
int ccpx_gate_watch(bool on);
void ccpx_gate_set(enum ccpx_gate to);
void ccpx_gate_freeze_ccp(void);
bool ccpx_gate_can_freeze(void);
bool ccpx_gate_can_refuse(void);
u32 ccpx_gate_refused(void);
bool ccpx_gate_sees_pages(void);

/* ---- psp_guests.c: the guests among them, and their VMMs ---- */

int ccpx_guests_init(void);
void ccpx_guests_exit(void);
void ccpx_guests_add(u64 gctx_pa, u32 handle, u64 policy, u8 kind);
void ccpx_guests_adopt(const struct rmpp_guest_ser *ser);
void ccpx_guests_remove(u64 gctx_pa, u32 handle, bool snp);
void ccpx_guests_remove_kind(bool snp);
void ccpx_guests_set_asid(u64 gctx_pa, u32 handle, bool snp, u32 asid);
void ccpx_guests_set_state(u64 gctx_pa, u32 handle, bool snp, u8 state);
void ccpx_guests_set_policy(u64 gctx_pa, u64 policy);
bool ccpx_guests_overflow(void);
u32 ccpx_guests_count(void);
u32 ccpx_guests_owned(void);
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

/* ---- policy.c: what becomes of guests ---- */

int ccpx_policy_set(const char *word);
u8 ccpx_policy_for_jump(void);

/* ---- quiesce.c, quiesce_step.c, quiesce_guests.c ---- */

struct ccpx_quiesce {
	struct rmpp_step_ser step[CCPX_MAX_STEPS];
	u32	nr_steps;
	u64	t0_ns, deadline_ns;
	u8	sev_state, snp_state, api_major, api_minor;
	u8	policy;			/* RMPP_POLICY_* in force */
	u32	build, guest_count;
	u32	nr_evicted, nr_decommissioned;
	u64	nr_commands;
	bool	psp_dead, verified, tmr_locked;
};

void ccpx_quiesce_begin(struct ccpx_quiesce *q, unsigned int budget_ms);
struct rmpp_step_ser *ccpx_step_begin(struct ccpx_quiesce *q, u16 step);
void ccpx_step_end(struct ccpx_quiesce *q, struct rmpp_step_ser *s, int rc, u32 status);
void ccpx_quiesce_guests(struct ccpx_quiesce *q);
bool ccpx_quiesce_at_rest(struct ccpx_quiesce *q, struct ccpx_psp *psp);
bool ccpx_quiesce_snp_is_up(const struct ccpx_quiesce *q);
void ccpx_quiesce_firmware(struct ccpx_quiesce *q, struct ccpx_psp *psp,
			   const struct rmpp_guest_ser *guests, u32 nr_guests);
void ccpx_quiesce_some(struct ccpx_quiesce *q, struct ccpx_psp *psp,
		       const struct rmpp_guest_ser *guests, u32 nr_guests);
int ccpx_quiesce_guest(struct ccpx_quiesce *q, struct ccpx_psp *psp, u64 gctx_pa);

/* ---- caches.c ---- */

void ccpx_wbinvd_offline_too(u64 deadline_ns);

/* ---- capture.c: state to blob; capture_blob.c: blob to region ---- */

struct ccpx_capture {
	struct rmpp_extents extents;	/* what must be kept out, rounded and bounded */
	u64	nr_assigned, nr_immutable;
	s64	waste;		/* pages kept out only by rounding and merging */
	s64	blob_size;		/* bytes, or a negative error */
	int	chain_err;		/* chain.h */
	int	park_err;		/* what locked IOMMUs read is not known */
	const char *in_flight;	/* why a command that is under way cannot be left, or NULL */
	bool	rmp_unreadable;
};

int ccpx_capture_init(void);
void ccpx_capture_exit(void);
const struct rmpp_extents *ccpx_capture_assigned(void);
int ccpx_capture(struct ccpx_capture *c, struct ccpx_quiesce *q,
		 const struct rmpp_guest_ser *guests, u32 nr_guests);
u64 ccpx_capture_grown(const struct ccpx_rmp *rmp);
const char *ccpx_capture_in_flight(bool *more);
int ccpx_capture_again(struct ccpx_capture *c, struct ccpx_quiesce *q,
		       const struct rmpp_guest_ser *guests, u32 nr_guests,
		       const struct ccpx_rmp *rmp);
bool ccpx_capture_can_cut_top(void);
u64 ccpx_capture_cut_top(void);
const void *ccpx_capture_blob(u64 *size);
u64 ccpx_capture_can_give_top(u64 *pfn);
void ccpx_capture_give_top(u64 nr_pages);
int ccpx_capture_publish(const struct ccpx_capture *c);

/* ---- image.c: what is loaded for the next kernel ---- */

enum ccpx_image_verdict {
	CCPX_IMAGE_NONE, CCPX_IMAGE_CLEAN, CCPX_IMAGE_DIRTY, CCPX_IMAGE_FOREIGN,
	CCPX_IMAGE_CORRUPT, CCPX_IMAGE_UNKNOWN,
};

typedef void (*ccpx_image_page_fn)(void *arg, const char *what, u64 pa);

int ccpx_image_init(void);
void ccpx_image_exit(void);
bool ccpx_image_armed(void);
bool ccpx_image_busy(void);
bool ccpx_image_visit(struct kimage *image, void (*fn)(struct kimage *image, void *arg), void *arg);
void ccpx_image_walk(struct kimage *image, ccpx_image_page_fn fn, void *arg);
enum ccpx_image_verdict ccpx_image_check(const struct rmpp_extents *x, bool hash,
					 char *why, size_t why_size);
ssize_t ccpx_image_show(char *buf, size_t size);

/* ---- image_zone.c: the one in the landing zone ---- */

int ccpx_image_commit(u64 used, u64 entry);
int ccpx_image_set_features(u32 features);
bool ccpx_image_can(u32 feature);
ssize_t ccpx_image_commit_show(char *buf);
int ccpx_image_cut_top(u64 start_pfn, u64 *end_pfn);
int ccpx_image_give_top(u64 start_pfn, u64 nr_pages);
bool ccpx_image_hides(u64 pa);
int ccpx_image_add_words(const char *words);
bool ccpx_zone_enters(u64 start);
bool ccpx_zone_intact(void);
u64 ccpx_zone_hit(const struct rmpp_extents *x);
void ccpx_zone_adopt(struct kimage *image, u64 list_pa);
void ccpx_zone_forget(const struct kimage *image);
struct kimage *ccpx_zone_adopted(u64 *list_pa);

/* ---- image_touch.c: guests that are launched over it ---- */

void ccpx_touch_init(void);
void ccpx_touch_exit(void);
void ccpx_touch_image(struct kimage *image, bool is_new);
void ccpx_touch_page(u64 pfn);

/* ---- image_file.c: images that kexec_file_load makes ---- */

void ccpx_image_file_init(void);
void ccpx_image_file_exit(void);
bool ccpx_image_file_armed(void);
bool ccpx_image_file_announced(void);
int ccpx_image_file_begin(void);
int ccpx_image_file_end(void);
void ccpx_image_file_seal(void);
ssize_t ccpx_image_file_show(char *buf);

/* ---- reboot.c ---- */

int ccpx_reboot_init(void);
void ccpx_reboot_exit(void);
void ccpx_reboot_again(void *cmd);

/* ---- jump.c: the last look ---- */

int ccpx_jump_init(void);
void ccpx_jump_exit(void);
bool ccpx_jump_armed(void);
void ccpx_jump_announce(struct ccpx_capture *c, struct ccpx_quiesce *q,
			const struct rmpp_guest_ser *guests, u32 nr_guests);

/* ---- reset.c: instead of a jump ---- */

void ccpx_reset_init(void);
void ccpx_reset_exit(void);
bool ccpx_reset_armed(void);
bool ccpx_unsafe(const char *why);
void ccpx_reset(void);

/* ---- top.c: what was cut off the end of RAM ---- */

void ccpx_top_restore(const struct rmpp_blob *blob);
bool ccpx_top_rest(u64 cursor, u64 *pfn, u64 *end);
void ccpx_top_is_free(u64 pfn, u64 end);
void ccpx_top_cut(u64 pfn, u64 end);
u64 ccpx_top_pages(u64 end_pfn);
u64 ccpx_top_to_give(const struct rmpp_extents *assigned, u64 end_pfn);
void ccpx_top_given(u64 nr_pages);
u32 ccpx_top_get(struct rmpp_extent_ser *x);
ssize_t ccpx_top_show(char *buf, ssize_t n);

/* ---- restore.c, reclaim.c, giveback.c: the next kernel's side ---- */

struct ccpx_restore {
	bool	found;
	bool	by_kho;			/* KHO named the region, and kept its pages */
	int	err;			/* rmpp_error or chain error, 0 = fine */
	const char *what;		/* message for err */
	u64	lacks;			/* incompatible features of the blob, not known here */
	bool	blob_valid;
	struct rmpp_blob blob;		/* points into copy */
	void	*copy;			/* blob's bytes, private; NULL = none */
	u64	copy_size;
	void	*origin;		/* where they were found */
	struct rmpp_extents held;	/* kept out in this kernel; shrinks (giveback.c) */
	bool	hidden;			/* ... some of it not in this kernel's RAM */
	/* pages: kept out at boot, taken back by RMPUPDATE, freed, not ours to free */
	u64	nr_quarantined, nr_reclaimed, nr_freed, nr_dropped;
	u64	quiesce_us, blackout_us, nr_commands;
	u64	boot_count;
	struct ccpx_quiesce quiesce;
};

extern struct ccpx_restore ccpx_restore;
int ccpx_restore_init(u64 *adopt_pa, u64 *adopt_size);
void ccpx_restore_exit(void);
void ccpx_restore_look_for_hidden(struct ccpx_restore *r);
void ccpx_reclaim(void);

void ccpx_giveback_again(bool at_rest);
void ccpx_giveback_prepare(u64 tmr_pfn, u64 tmr_end_pfn, const char *why_not);
void ccpx_giveback_start(void);
void ccpx_giveback_exit(void);
void ccpx_giveback_set_rate(u32 rate);
u64 ccpx_giveback_pending(void);
ssize_t ccpx_giveback_show(char *buf);
void ccpx_giveback_command_begins(u32 cmd);
void ccpx_giveback_command_ended(u32 cmd, int rc);
void ccpx_giveback_stop(void);

/* ---- preserve.c, adopt.c, hold.c: guests that cross in the firmware ---- */

#define CCPX_MAX_ASIDS	2048	/* 10 bits in an RMP entry (56860), and room */

u32 ccpx_preserve_sort(struct ccpx_psp *psp, struct rmpp_guest_ser *guests, u32 nr);
u32 ccpx_preserve_prove(const void *blob, u64 size, u64 deadline_ns);
bool ccpx_preserve_stays(struct rmpp_guest_ser *g);
u64 ccpx_preserve_incompat(void);
const struct rmpp_proof_ser *ccpx_preserve_proofs(u32 *nr);
u32 ccpx_adopt(struct ccpx_psp *psp, const struct ccpx_rmp *rmp);
bool ccpx_adopt_wanted(void);
u32 ccpx_adopted_count(void);
bool ccpx_adopted_context(u64 gctx_pa);
void ccpx_adopted_asids(unsigned long *asids);
ssize_t ccpx_adopted_show(char *buf, size_t size);
int ccpx_adopted_release(u64 gctx_pa);
void ccpx_adopt_exit(void);

int ccpx_hold_psp(void);
bool ccpx_holds_psp(const struct device *dev);
void ccpx_let_go_psp(void);

/* ---- record.c: what VMMs leave for themselves; record_dev.c: how they do ---- */

struct ccpx_record;

struct ccpx_owner {
	kuid_t	uid;
	u8	key[RMPP_RECORD_KEY_SIZE];	/* SHA-256 of the key */
};

void ccpx_records_restore(void);
void ccpx_records_exit(void);
struct ccpx_record *ccpx_record_new(const struct ccpx_owner *owner, u32 size);
void *ccpx_record_bytes(struct ccpx_record *r, u32 *size);
void ccpx_record_put(struct ccpx_record *r);
int ccpx_record_attach(struct ccpx_record *r, const struct ccpx_guest_name *name);
int ccpx_record_replace(struct ccpx_record *r, const struct ccpx_owner *owner);
struct ccpx_record *ccpx_record_open(const struct ccpx_owner *owner);
int ccpx_record_remove(const struct ccpx_owner *owner);
int ccpx_records_erase(u32 id);
void ccpx_records_guest_gone(void);
void ccpx_records_freeze(void);
u64 ccpx_records_room(void);
void ccpx_records_write(struct rmpp_writer *w, bool leaving, const struct rmpp_guest_ser *guests,
			u32 nr_guests);
ssize_t ccpx_records_show(char *buf, size_t size);

int ccpx_record_dev_init(void);
void ccpx_record_dev_exit(void);

/* ---- sysfs.c ---- */

int ccpx_sysfs_init(void);
void ccpx_sysfs_exit(void);
void ccpx_sysfs_notify(const char *name);

/* ---- psp_abi.h has the firmware's structures ---- */

#endif /* CCP_EXT_H */
