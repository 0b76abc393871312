// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels between 6.1, 6.12 and 7.3, as previous and as next ones ("make check-between"): the oldest 6.12
 * that Debian serves, whose ccp does not offer to shut SNP down, and the newest 7.2.
 */
#include "single.h"

#define OLD	"6.12-first"
#define NEW	"7.2-last"

#define HOP(from, to, look, nr_snp)							\
	.name = "between_" from "_and_" to "_guests_are_evicted_and_nothing_is_left",	\
	.label = from " to " to, .next = to, .sev_es = 2, .snp = (nr_snp), .after = look

#define MACHINE(id)	.name = id, .processors = 4, .disk = "boot-between.tar"

const struct scenario walk_between_scenarios[2] = {
	{
		.name = "walk-between-6.12",
		.title = "a 6.12 whose ccp does not offer to shut SNP down, guests alive",
		.on_demand = true,
		.config = { MACHINE("walk-between-6.12") },
		.steps = {
			{ HOP("6.12", OLD, left_nothing, 2) },
			{ HOP(OLD, OLD, was_shut_down_singly, 2) },
			{ HOP(OLD, "6.1", was_shut_down_singly, 2) },
			{ HOP("6.1", OLD, left_nothing, 0) },
			{ HOP(OLD, "7.3", was_shut_down_singly, 2), .file = true },
			{ HOP("7.3", OLD, left_nothing, 2) },
			{
				.name = "guests_start_again_after_the_walk_between_in_6.12",
				.sev_es = 1, .snp = 1, .after = fill_memory,
			},
		},
	},
	{
		.name = "walk-between-7.2",
		.title = "a 7.2, guests alive",
		.on_demand = true,
		.config = { MACHINE("walk-between-7.2") },
		.steps = {
			{ HOP("6.12", NEW, left_nothing, 2) },
			{ HOP(NEW, NEW, left_nothing, 2), .file = true },
			{ HOP(NEW, OLD, left_nothing, 2) },
			{ HOP(OLD, NEW, was_shut_down_singly, 2), .file = true },
			{ HOP(NEW, "7.3", left_nothing, 2) },
			{ HOP("7.3", NEW, left_nothing, 2) },
			{ HOP(NEW, "6.1", left_nothing, 2) },
			{
				.name = "guests_start_again_after_the_walk_between_in_6.1",
				.sev_es = 1, .after = fill_memory,
			},
		},
	},
};
