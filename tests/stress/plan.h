/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a hop does: a function of seed, number and the place where it starts, and of nothing else. Each part is
 * drawn from a row of its own, so that what one part turns out to be moves no other one.
 */
#ifndef STRESS_PLAN_H
#define STRESS_PLAN_H

#include <stdint.h>

#include "fault.h"

#define KERNELS_MAX	16
#define SERIES_BYTES	24
#define GROUPS_MAX	3
#define PLAN_FAULTS_MAX	2
#define PROCESSORS	2	/* of the machine */

enum method { METHOD_LOAD, METHOD_FILE, METHOD_CRASH, METHOD_RESET, NR_METHODS };
enum policy { POLICY_EVICT, POLICY_LAZY, POLICY_PRESERVE, NR_POLICIES };
enum kind { KIND_SEV, KIND_SEV_ES, KIND_SNP, NR_KINDS };
enum stage { STAGE_RUNNING, STAGE_LAUNCHING, STAGE_SENDING, STAGE_RECEIVING, STAGE_TEARING_DOWN, NR_STAGES };
enum expects { EXPECTS_JUMP, EXPECTS_RESET, EXPECTS_DUMP, NR_EXPECTS };

extern const char * const method_names[NR_METHODS], * const policy_names[NR_POLICIES], * const kind_names[NR_KINDS],
	* const stage_names[NR_STAGES], * const expects_names[NR_EXPECTS];

struct kernel {
	char series[SERIES_BYTES];
	bool snp;		/* it can host SNP guests */
};

/* Guests that are alike. */
struct group {
	enum kind kind;
	enum stage stage;
	unsigned int count, size_mb, page_kb;
};

/* A kernel, and what it can do with the state in which it was left. */
struct place {
	unsigned int kernel;	/* index into rules.kernels */
	bool sev, snp;		/* guests of these kinds can be launched */
	bool inherits;		/* something may be kept out that an earlier kernel could not get back */
};

struct plan {
	unsigned int hop;
	struct place from, to;	/* @to: of a crash or a reset, the kernel that the machine boots afterwards */
	unsigned int next;	/* the kernel that is loaded */
	enum method method;
	enum policy policy;
	struct group groups[GROUPS_MAX];
	unsigned int nr_groups;
	unsigned int pressure_mb, cpus;
	const struct fault *faults[PLAN_FAULTS_MAX];
	unsigned int nr_faults;
	enum expects expects;
	bool power_cycle;	/* nothing but a reset mends what the hop leaves */
};

/* What can be drawn. */
struct rules {
	uint64_t seed;
	struct kernel kernels[KERNELS_MAX];
	unsigned int nr_kernels;
	unsigned int boot;	/* the one that the machine boots */
	const char *disk;	/* in the build directory, with all of them; NULL: boot.tar */
	unsigned int crash_every;	/* 0: never */
	uint32_t faults;	/* bits by place in fault_table */
	uint32_t always;	/* ... of these one in each hop that can have it */
	bool no_guests;
	bool plain;		/* no pressure, all CPUs, kexec_load, evict, no resets */
};

/* Parts of a hop that are left out; see hopset.h. */
struct without {
	uint32_t faults, groups;	/* bits by place in the plan as it was drawn */
	bool pressure, cpus;
};

/** rules_add_kernel() - Return: false if there are too many, or the name is too long. */
bool rules_add_kernel(struct rules *rules, const char *series);

/** plan_boot() - where the machine is after power-on */
struct place plan_boot(const struct rules *rules);

/** plan_draw() - hop @hop (from 1 on) as it is from @from; @without may be NULL */
void plan_draw(struct plan *plan, const struct rules *rules, unsigned int hop, struct place from,
	       const struct without *without);

/** plan_place() - where hop @hop starts in a run that began with hop 1 */
struct place plan_place(const struct rules *rules, unsigned int hop);

/** plan_start() - where a run starts that begins with @hop: with that place's kernel, and a host that is whole */
struct place plan_start(const struct rules *rules, unsigned int hop);

/**
 * plan_origin() - the hop from which on a run must go to meet @hop as a run from hop 1 does
 *
 * That is @hop itself, unless it starts in a place that no boot and no plain jump leads to.
 */
unsigned int plan_origin(const struct rules *rules, unsigned int hop);

/** plan_guests() - how many guests of the kind @which (NR_KINDS: of any) in @stage (NR_STAGES: in any) */
unsigned int plan_guests(const struct plan *plan, enum kind which, enum stage stage);

/** plan_has() - has one of its faults the trait FAULT_*? */
bool plan_has(const struct plan *plan, unsigned int trait);

/** plan_effect() - of its faults, the one that is worst */
enum fault_effect plan_effect(const struct plan *plan);

#endif
