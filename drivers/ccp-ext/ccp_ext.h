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

/* how SNP is shut down through ccp */
enum ccpx_snp_shutdown { CCPX_SHUTDOWN_BEST, CCPX_SHUTDOWN_SINGLY, CCPX_SHUTDOWN_NONE };

struct ccpx_params {
	unsigned int	region_mb, zone_mb, budget_ms, giveback_rate, lazy_spare_mb;
	unsigned int	cut_max_mb, assume_top, record_kb, record_hops;
	unsigned long	handover, assume_incompat, assume_late;
	enum ccpx_on_unsafe on_unsafe;
	u8		policy;		/* RMPP_POLICY_* that is wished for */
	bool		quarantine, giveback, giveback_gate, assume_unlocked, parked;
	bool		gate, last_look, wake_cpus, reenter, courier, in_flight, rmp_insn, rmp_region, retry;
	bool		spare_kernel, check_map, own_top, retake, assume_ended, assume_no_rmp, iommu_share;
	bool		crash_copy, panic_probes, panic_evict;
	unsigned int	linger_ms, snp_shutdown, crash_refresh_ms, panic_budget_ms;
};

extern struct ccpx_params ccpx_params;
extern const char * const ccpx_on_unsafe_names[3];
/* Serializes everything that scans, captures, loads or gives back. */
extern struct mutex ccpx_lock;
/* The reboot notifier has had its last look: nothing that it saw may change. */
extern bool ccpx_leaving;

/* ---- rmp.c: the RMP, read; rmp_insn.c: the CPU's instructions ---- */

#define MSR_SYSCFG		0xc0010010	/* APM vol. 2, appendix A */
#define SYSCFG_SNP_EN		BIT_ULL(24)

struct ccpx_rmp {
	u64	base, end, cfg;		/* MSRs, bytes; end inclusive, 0 where segmented */
	u64	nr_pages;		/* from here on none is covered, 0 = no table */
	u32	nr_cpus_snp_en, nr_cpus;
	bool	readable;
	bool	by_insn;		/* RMPREAD tells, no word of the table does */
	u8	segment_shift;		/* what a segment covers, as a power of two */
	const struct rmpp_raw_entry *table; /* NULL = not read in place */
	const __le64 *segments;		/* where they lie; NULL = contiguous */
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
bool ccpx_rmp_lost(void);
bool ccpx_snp_enabled_here(void);
void ccpx_rmp_entry(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e);
bool ccpx_rmp_assigned(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e);
bool ccpx_rmp_may_be_context(const struct ccpx_rmp *rmp, const struct rmpp_entry *e);
int ccpx_rmp_runs(const struct ccpx_rmp *rmp, struct rmpp_writer *w, u32 max_runs,
		  struct rmpp_scan_counts *counts, bool *coarse);
u64 ccpx_rmp_scan_block(const struct ccpx_rmp *rmp, u64 pfn, u64 end);

bool ccpx_has_rmpread(void);
int ccpx_rmpread(u64 pfn, u8 buf[16]);
int ccpx_rmpupdate(u64 pfn, const struct ccpx_rmp_state *state);
int ccpx_rmp_make_shared(u64 pfn, bool pagesize_2m);

/* ---- platform.c: what else CPU and memory map say ---- */

void ccpx_restore_mfdm(void);

struct chain_ram;
u32 ccpx_ram_ranges(struct chain_ram *v, u32 max);
bool ccpx_sev_capable(void);
u64 ccpx_tsc_khz(void);
u64 ccpx_us_since(u64 tsc);

/* ---- iommu.c ---- */

void ccpx_iommu_forget(void);
int ccpx_iommu_for_each(int (*fn)(u64 base, void *arg), void *arg);

/* ---- iommu_share.c: what ccp hears of the IOMMUs' logs ---- */

void ccpx_iommu_share_init(void);
void ccpx_iommu_share_exit(void);
void ccpx_iommu_share_begin(void);
void ccpx_iommu_share_end(bool down);
u32 ccpx_iommu_take_back(void);

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
void *ccpx_psp_page(unsigned int i);	/* pages of a block used for the PSP alone */
void ccpx_psp_page_lost(void);

/* ---- donation.c: a block for the pages that the kernel takes for an image ---- */

void ccpx_donation_init(void);
void ccpx_donation_exit(void);
int ccpx_donate_prepare(void);
void ccpx_donate_pages(void);
void ccpx_retake(void);
u32 ccpx_donation_others(void);

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

/* ---- gate.c: what others may no longer do on the way out ---- */

enum ccpx_gate { CCPX_GATE_OPEN, CCPX_GATE_CLOSING, CCPX_GATE_CLOSED };

void ccpx_gate_init(void);
void ccpx_gate_exit(void);
void ccpx_gate_arm_ccp(void);
void ccpx_gate_disarm_ccp(void);
int ccpx_gate_watch(bool on);
void ccpx_gate_set(enum ccpx_gate to);
void ccpx_gate_hold_sev(bool on);
struct kprobe;
void ccpx_gate_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags);
bool ccpx_gate_hold_all(bool on);
void ccpx_gate_freeze_ccp(void);
bool ccpx_gate_can_freeze(void);
bool ccpx_gate_can_refuse(void);
u32 ccpx_gate_refused(void);
bool ccpx_gate_sees_pages(void);

/* ---- policy.c: what becomes of guests ---- */

int ccpx_policy_set(const char *word);
u8 ccpx_policy_for_jump(void);

/* ---- quiesce.c, quiesce_step.c, quiesce_guests.c ---- */

struct ccpx_psp;

struct ccpx_quiesce {
	struct rmpp_step_ser step[CCPX_MAX_STEPS];
	u32	nr_steps;
	u64	t0_ns, deadline_ns;
	u8	sev_state, snp_state, api_major, api_minor;
	u8	policy;			/* RMPP_POLICY_* in force */
	u32	build, guest_count;
	u32	nr_evicted, nr_decommissioned;
	u64	nr_commands;
	u64	tmr_pa, tmr_size;	/* as they were before SEV's shutdown; 0: none, or not known */
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
bool ccpx_capture_guest_at_top(void);
u64 ccpx_capture_cut_top(void);
const void *ccpx_capture_blob(u64 *size);
u64 ccpx_capture_can_give_top(u64 *pfn);
void ccpx_capture_give_top(u64 nr_pages);
int ccpx_capture_publish(const struct ccpx_capture *c);

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
int ccpx_top_cut(u64 *pfn);
u64 ccpx_top_pages(u64 end_pfn);
u64 ccpx_top_to_give(const struct rmpp_extents *assigned, u64 end_pfn);
void ccpx_top_given(u64 nr_pages);
u32 ccpx_top_get(struct rmpp_extent_ser *x);
ssize_t ccpx_top_show(char *buf, ssize_t n);

/* ---- sysfs.c ---- */

int ccpx_sysfs_init(void);
void ccpx_sysfs_exit(void);
void ccpx_sysfs_notify(const char *name);

#include "psp.h"
#include "ccpx_image.h"
#include "next.h"
/* psp_abi.h has the firmware's structures */

#endif /* CCP_EXT_H */
