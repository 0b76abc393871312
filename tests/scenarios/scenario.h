/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario is one machine and a list of steps; each step gives one verdict. A step without a next
 * kernel only looks; one with a next kernel has a stage before the jump and one after it.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <lib/machine.h>

#define STEPS_MAX 16

/*
 * While SNP stays initialised the IOMMU's registers are locked, and no stock kernel that is jumped
 * into can drive it (AMD 48882, 2.12.2.1): ccp_ext makes such a jump a cold reset. To look at what a
 * quarantine does all the same, a scenario goes without that rule, on both sides.
 */
#define IOMMU_UNLOCKED "iommu-locks=off"
#define ASSUME_UNLOCKED "ccp_ext.assume_unlocked=1"

/* What one jump did, from the machine's and from the next kernel's point of view. */
struct hop {
	bool jumped;		/* the step got as far as its jump */
	unsigned int seen;	/* events that step->event was told of */
	bool marked;		/* a mark was seen on the way: the machine's snapshot "handed-over" */
	bool alive;		/* the next kernel's agent reported */
	int64_t fault_ms;	/* clock_ms() when an RMP fault was first seen, 0: none */
	int64_t deaf_ms;	/* ... when a locked register of the IOMMU was first written */
	int host_ms;		/* from the order to jump until then, on the host's clock */
	/* firmware while the next kernel began to boot, as the machine tells; "?" if missed */
	char sev[8], snp[8];
	char tmr[8];		/* "free" or "locked" */
	long long evicted;	/* guests; -1: not known */
	/* 4 KiB pages assigned in the RMP before the jump and after it, as the machine tells; -1: ? */
	long long assigned_before, assigned_after;
	/* 4 KiB pages, as the module tells once all that can be given back was; -1: not known */
	long long quarantined, freed, kept, pending;
	/* as the modules measured it; -1: not known */
	long long quiesce_us, blackout_us, give_back_us;
	long long forbidden;	/* touches during this step */
	char death[256];	/* the fault that killed it, or how else it ended */
	bool rmp_fault;		/* ... was an RMP fault, as the machine tells */
};

struct run {
	struct machine machine;
	const struct scenario *scenario;
	const struct step *step;
	struct hop hop;
	bool ran;		/* ... at all: an earlier step may have lost the machine */
	long long forbidden_before;
	char why[1024];		/* why the step failed */
	char note[256];		/* what there is to say of a step that was good, or empty */
	char output[MACHINE_OUTPUT_BYTES];	/* of the last command inside */
};

struct step {
	const char *name;	/* a sentence in snake case: the test's name */
	const char *label;	/* for people */
	const char *next;	/* series of the next kernel; NULL: no jump */
	int sev, sev_es, snp;	/* guests to launch before */
	bool stock;		/* loaded and started by stock means, not by snp-kexec */
	bool crash;		/* ... as the kernel that a panic starts, and by a panic */
	const char *append;	/* more words for the next kernel's command line; NULL: none */
	bool force;		/* loaded by snp-kexec, started past its last look */
	bool file;		/* loaded by snp-kexec through kexec_file_load */
	bool marks;		/* started by a program that marks the moment */
	const char *order;	/* ... or by this command; NULL: as the others say */
	bool nmi;		/* ... and an NMI, which the machine's monitor sends */
	const char *fault;	/* of the machine, set between load and jump; NULL: none */
	bool resets;		/* the jump is expected to become a cold reset */
	bool dies;		/* the jump is expected to end in an RMP fault */
	bool deaf;		/* ... or with an IOMMU that does not answer the next kernel */
	bool may_die;		/* ... or in any death or none: @after decides */
	bool halfway;		/* what is given back in the background is not waited for */
	bool touches;		/* forbidden touches are expected, or not this step's matter */
	bool (*before)(struct run *r);	/* last thing before the kernel is loaded; may be NULL */
	bool (*loaded)(struct run *r);	/* between load and jump; may be NULL */
	/* for each event of the machine's on the way, as soon as it is seen; may be NULL */
	void (*event)(struct run *r, const char *kind);
	bool (*after)(struct run *r);	/* in the next kernel, or the step's only act; may be NULL */
};

struct scenario {
	const char *name;
	const char *title;
	bool on_demand;		/* runs only if it is named */
	struct machine_config config;
	struct step steps[STEPS_MAX];	/* ended by one without name */
};

extern const struct scenario stock_scenario, evict_scenario, evict_7_3_scenario, retry_scenario, refusal_scenario,
	no_quarantine_scenario, rome_scenario;
extern const struct scenario locked_iommu_scenario, ignored_lock_scenario, crash_locked_scenario, crash_reuse_scenario,
	crash_held_scenario, crash_held_7_3_scenario, crash_down_scenario, crash_no_snp_scenario, crash_no_snp_7_3_scenario;
extern const struct scenario no_ccp_scenario, no_psp_scenario, stray_handover_scenarios[3],
	bad_image_scenario, no_module_scenario, no_zone_scenario;

extern const struct scenario stock_image_scenario, stock_refusal_scenario, changed_image_scenario,
	give_back_scenario, rome_refusal_scenario, rome_no_quarantine_scenario, unload_scenario,
	top_of_ram_scenario, late_scenario, hidden_memory_scenario;
extern const struct scenario unknown_feature_scenario, negotiation_scenario, metrics_scenario;

extern const struct scenario racing_launch_scenarios[3], late_guest_scenarios[2], late_guest_unseen_scenario,
	late_hit_scenario, lent_scenarios[2], restarted_scenarios[2], near_image_scenario;
extern const struct scenario preserve_scenario, preserve_damaged_scenario, preserve_file_scenario, policy_preserve_scenario;
extern const struct scenario preserve_cpu_scenario, preserve_broken_scenario, preserve_lost_scenario;
extern const struct scenario midway_scenario, midway_snp_scenario, midway_beside_scenario;
extern const struct scenario records_scenario, records_preserve_scenario, records_damaged_scenario,
	records_lazy_scenario, records_late_scenario, records_refused_scenario;
extern const struct scenario lazy_scenario, lazy_halfway_scenario, lazy_alone_scenario,
	lazy_no_quarantine_scenario, lazy_stock_scenario, lazy_crowded_scenario, lazy_refusal_scenario, lazy_launching_scenario,
	lazy_bench_scenario;
#define EFI_INITRD_NR 5
extern const struct scenario efi_scenarios[2], efi_refusal_scenario, efi_stock_scenario, efi_hole_scenario, efi_hole_kept_scenario, many_cpus_scenario,
	efi_initrd_scenarios[EFI_INITRD_NR];
extern const struct scenario systemd_scenario, systemd_unguarded_scenario, systemd_late_scenario;
extern const struct scenario blob_scenario, dump_scenario;
extern const struct scenario iommu_logs_scenarios[3];
extern const struct scenario beside_scenario, reserved_memory_scenario, hidden_memory_ignored_scenario, many_nodes_scenario, top_uncut_scenarios[2];
extern const struct scenario tmr_later_scenarios[3], firmware_page_scenario, give_back_init_scenario, give_back_ungated_scenario;

extern const struct scenario offline_cpu_scenarios[3], late_cpu_scenario;
extern const struct scenario stuck_vmm_scenario, stuck_vmm_control_scenario, reading_vmm_scenario,
	evict_launching_scenario;
extern const struct scenario restart_scenario, reentered_scenario, damaged_scenario, damaged_unaware_scenario, suspend_scenario;
extern const struct scenario without_module_scenario, unknown_tmr_scenario;
extern const struct scenario late_image_scenario, top_bound_scenario, top_more_scenario, top_back_scenario, top_sum_scenario;
extern const struct scenario top_file_scenarios[2];
extern const struct scenario added_memory_scenario, added_memory_file_scenario, added_memory_late_scenario,
	added_memory_unguarded_scenario;
extern const struct scenario forged_scenarios[2], forged_unguarded_scenarios[2], stock_refusal_ignored_scenario, changed_image_scenarios[2], preserve_taken_scenario, policy_preserve_7_3_scenario, dirty_image_ignored_scenario;
#define PSP_HANG_MORE_NR 9
#define PSP_DIES_NR 3
#define DECOMMISSION_NR 3
extern const struct scenario psp_hang_scenario, psp_hang_snp_scenario, psp_hang_more_scenarios[PSP_HANG_MORE_NR],
	psp_hang_waited_scenario, psp_late_scenario, psp_late_ignored_scenario, psp_stuck_scenario,
	psp_stuck_ignored_scenario;
extern const struct scenario single_polled_scenarios[2];
extern const struct scenario single_commands_scenario, single_refused_scenario, single_pretended_scenario, no_snp_shutdown_scenario,
	walk_between_scenarios[2];
#define UNAWARE_NR 3
extern const struct scenario unaware_scenarios[UNAWARE_NR];
#define RMP_PERSISTS_NR 3
extern const struct scenario rmp_persists_scenarios[RMP_PERSISTS_NR];
#define SVSM_NR 3
extern const struct scenario svsm_scenarios[SVSM_NR];
#define FLAKY_NR 6
extern const struct scenario flaky_scenarios[FLAKY_NR];
extern const struct scenario exhaust_scenario, exhaust_leak_scenario, exhaust_leak_stock_scenario;
extern const struct scenario psp_dies_scenarios[PSP_DIES_NR], snp_refusal_scenario, snp_refusal_unaware_scenario,
	decommission_scenarios[DECOMMISSION_NR], budget_scenario;

#define MATRIX_NR 15
#define ZEN5_NR 9
#define WALK_NR 4
#define POLICY_NR 1
#define LOCKDOWN_NR 2
#define SEED_BUG_NR 10
extern const struct scenario seed_bug_scenarios[SEED_BUG_NR], leak_scenarios[3];
extern const struct scenario matrix_scenarios[MATRIX_NR], zen5_scenarios[ZEN5_NR];
extern const struct scenario walk_scenarios[WALK_NR], policy_scenarios[POLICY_NR];
extern const struct scenario file_quarantine_scenario, file_control_scenario, file_locked_iommu_scenario,
	lockdown_scenarios[LOCKDOWN_NR];

#define KDUMP_NR 13
extern const struct scenario kdump_scenarios[KDUMP_NR];
#define KDUMP_TMR_NR 3
extern const struct scenario kdump_tmr_scenarios[KDUMP_TMR_NR];
#define KDUMP_CLOSED_NR 9
extern const struct scenario kdump_closed_scenarios[KDUMP_CLOSED_NR];
#define KDUMP_LATE_NR 3
extern const struct scenario kdump_late_scenarios[KDUMP_LATE_NR];
#define KDUMP_PANIC_NR 12
extern const struct scenario kdump_panic_scenarios[KDUMP_PANIC_NR];
#define KDUMP_EVICT_NR 6
extern const struct scenario kdump_evict_scenarios[KDUMP_EVICT_NR];
#define KDUMP_ARMED_NR 7
extern const struct scenario kdump_armed_scenarios[KDUMP_ARMED_NR];
#define KDUMP_DEBIAN_NR 3
extern const struct scenario kdump_debian_scenarios[KDUMP_DEBIAN_NR];
#define KDUMP_FILE_NR 5
extern const struct scenario kdump_file_scenarios[KDUMP_FILE_NR];
#define KDUMP_SEEDS_NR 10
extern const struct scenario kdump_seeds_scenarios[KDUMP_SEEDS_NR];

#define KHO_DAMAGED_NR 3
extern const struct scenario kho_scenario, kho_quarantine_scenario, kho_in_place_scenario, kho_stock_scenario;
extern const struct scenario kho_unwalked_scenario, kho_damaged_scenarios[KHO_DAMAGED_NR];

/** scenario_at() - all of them have their place, in the order in which they run. Return: NULL behind the last one */
const struct scenario *scenario_at(unsigned int place);

/** hop_found_firmware_down() - were SEV and SNP shut down at the jump? */
bool hop_found_firmware_down(struct run *r);

/** hop_reclaimed() - pages that the previous kernel got back before it jumped; -1: not known */
long long hop_reclaimed(const struct hop *hop);

unsigned int scenario_steps(const struct scenario *s);

/** step_guests() - how many guests live when a step jumps, of any kind */
static inline int step_guests(const struct step *step)
{
	return step->sev + step->sev_es + step->snp;
}

/**
 * scenario_run() - start the machine, go through the steps, stop the machine
 * @r:      zeroed by this function
 * @report: told of each step, also of those that could not run any more
 * @context: for @report
 *
 * Return: true if all steps were good.
 */
bool scenario_run(struct run *r, const struct scenario *s,
		  void (*report)(void *context, const struct run *r, bool ok), void *context);

/** fail() - say why the step failed. Return: false. */
bool fail(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** inside() - run a command in the machine; false (with the reason) unless it exits with 0 */
bool inside(struct run *r, int timeout_s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** inside_fails() - ... unless it exits with @rc and prints @text */
bool inside_fails(struct run *r, int rc, const char *text, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define HWERROR_PLATFORM 0x13	/* AMD SEV firmware status */

/** inject() - the machine's firmware answers the next @count (0: all) commands with @status */
bool inject(struct run *r, const char *command, int status, int count);

/** hide_the_tmr() - load the next kernel anew, the stock way, and tell it that there is no RAM where the TMR is */
bool hide_the_tmr(struct run *r);

/** refuse_shutdown() - the firmware refuses to shut down for good, the next kernel's tries as well */
bool refuse_shutdown(struct run *r);

/** answer_again() - and from now on it does what it is told again */
bool answer_again(struct run *r);

/** add_fault() - a fault of the machine, as docs/machine.md describes it, in JSON */
bool add_fault(struct run *r, const char *json);

/** kept_something() - is anything kept out of this kernel? */
bool kept_something(struct run *r);

/** everything_came_back() - something was kept out, all of it was given back, and is memory */
bool everything_came_back(struct run *r);

/** injected() - was @command answered with @status at least once since the machine began? */
bool injected(struct run *r, const char *command, const char *status);

/** wait_for_give_back() - until nothing that was kept out is pending any more */
bool wait_for_give_back(struct run *r, int timeout_s);

/** top_cut() - 4 KiB pages by which this kernel's RAM ends lower, and how many of them are free, as the module says */
bool top_cut(struct run *r, long long *cut, long long *is_free);

/** give_back_is() - until the give-back says this of itself, in a word of docs/ABI; false if not in 50 s */
bool give_back_is(struct run *r, const char *word);

/** forbidden_touches() - the machine's sum, or -1 */
long long forbidden_touches(struct run *r);

/** firmware_down_at_jump() - SEV and SNP were down at the jump, and the TMR free */
bool firmware_down_at_jump(struct run *r);

/** quarantine_holds() - what a firmware that is still up keeps is kept out, asked for again, and memory is ours */
bool quarantine_holds(struct run *r);

/** keeps_the_tmr() - ... on a host without SNP, where the TMR is all that it keeps */
bool keeps_the_tmr(struct run *r);

/** tmr_comes_back() - ... once ccp has shut the firmware down, which answers again; leaves ccp unloaded */
bool tmr_comes_back(struct run *r);

/** lazy_all_came_back() - policy lazy has handed over all guests' pages, and they came back in the background */
bool lazy_all_came_back(struct run *r);

/** left_nothing() - the firmware was down at the jump, all guests gone, no page kept out */
bool left_nothing(struct run *r);

/** fill_memory() - write to all memory that the kernel thinks is free, and read it back */
bool fill_memory(struct run *r);

#endif
