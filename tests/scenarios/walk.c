// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kernel into every kernel: a walk goes over each of the nine ordered pairs of 6.1, 6.12 and 7.3
 * once and ends where it began, so that one machine is enough. Four processors, KASLR as it is.
 */
#include "scenario.h"

#define PROCESSORS	4

#define HOP(sentence, from, to, way, nr_sev_es, nr_snp) {				\
	.name = sentence "_takes_" from "_to_" to, .label = from " to " to,		\
	.next = to, .sev_es = (nr_sev_es), .snp = (nr_snp),				\
	.file = (way), .after = left_nothing,						\
}

/* @nr: guests of each kind that the kernel can host; 6.1 knows no SNP */
#define WALK(id, sentence, text, demand, way, nr) {					\
	.name = id, .title = text, .on_demand = demand,					\
	.config = { .name = id, .processors = PROCESSORS },				\
	.steps = {									\
		HOP(sentence, "6.12", "6.12", way, nr, nr),					\
		HOP(sentence, "6.12", "6.1", way, nr, nr),					\
		HOP(sentence, "6.1", "6.1", way, nr, 0),					\
		HOP(sentence, "6.1", "7.3", way, nr, 0),					\
		HOP(sentence, "7.3", "7.3", way, nr, nr),					\
		HOP(sentence, "7.3", "6.12", way, nr, nr),					\
		HOP(sentence, "6.12", "7.3", way, nr, nr),					\
		HOP(sentence, "7.3", "6.1", way, nr, nr),					\
		HOP(sentence, "6.1", "6.12", way, nr, 0),					\
		{									\
			.name = "after_nine_hops_" sentence "_leaves_memory_that_is_ours",	\
			.sev_es = 1, .snp = 1, .after = fill_memory,			\
		},									\
	},										\
}

const struct scenario walk_scenarios[WALK_NR] = {
	WALK("walk-load", "kexec_load", "kexec_load, all nine pairs, no guests", true, false, 0),
	WALK("walk-load-guests", "kexec_load_beside_guests", "kexec_load, all nine pairs, guests alive", false, false, 2),
	WALK("walk-file", "kexec_file_load", "kexec_file_load, all nine pairs, no guests", true, true, 0),
	WALK("walk-file-guests", "kexec_file_load_beside_guests", "kexec_file_load, all nine pairs, guests alive", true, true, 2),
};

/* Many processors: each has lists of free pages, and must be stopped, and have written its caches back. */
const struct scenario many_cpus_scenario = {
	.name = "many-cpus",
	.title = "16 processors, guests alive",
	.on_demand = true,
	.config = { .name = "many-cpus", .processors = 16 },
	.steps = {
		HOP("with_16_processors_kexec_load", "6.12", "7.3", false, 2, 2),
		HOP("with_16_processors_kexec_load", "7.3", "6.12", false, 2, 2),
		{
			.name = "with_16_processors_memory_is_ours_after_two_hops",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

#define POLICY_HOP(policy, from, to, look) {						\
	.name = "policy_" policy "_takes_" from "_to_" to,				\
	.label = "policy " policy ", " from " to " to,					\
	.next = to, .sev_es = 2, .snp = 2, .after = look,				\
}

/* @look: what must hold in the kernel that a host with this policy jumped into */
#define POLICY(policy, look) {								\
	.name = "policy-" policy, .title = "policy " policy ", where SNP guests are at stake",	\
	.on_demand = true,								\
	.config = { .name = "policy-" policy, .append = "ccp_ext.policy=" policy },	\
	.steps = {									\
		POLICY_HOP(policy, "6.12", "7.3", look),				\
		POLICY_HOP(policy, "7.3", "6.12", look),				\
		POLICY_HOP(policy, "6.12", "6.1", look),				\
	},										\
}

const struct scenario policy_scenarios[POLICY_NR] = {
	POLICY("evict", left_nothing),
};
