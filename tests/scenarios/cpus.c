// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that are offline at the jump. Each wrote its caches back when it went down, before the guests
 * ended, and (SNP_)DF_FLUSH wants it after that (AMD 55766, 56860). That it was demanded, the machine says.
 */
#include <string.h>

#include "scenario.h"

#define CPU(n)		"/sys/devices/system/cpu/cpu" n "/online"
#define WAKE_CPUS	"/sys/module/ccp_ext/parameters/wake_cpus"
#define PROCESSORS	"4"

static bool take_one_down(struct run *r)
{
	return inside(r, 60, "echo 0 >" CPU("3") " && grep -qx 0-2 /sys/devices/system/cpu/online");
}

static bool all_are_up(struct run *r)
{
	return left_nothing(r) &&
	       inside(r, 30, "[ $(grep -c ^processor /proc/cpuinfo) = " PROCESSORS " ]") && fill_memory(r);
}

static bool caches_were_asked_for(struct run *r)
{
	return injected(r, "DF_FLUSH", "0xe") && all_are_up(r);
}

static bool take_one_down_and_up(struct run *r)
{
	return take_one_down(r) && inside(r, 60, "echo 1 >" CPU("3"));
}

/* So often is a refusal asked again; both flushes, as each of them cleans all ASIDs here. */
static bool refuse_flushes(struct run *r)
{
	return take_one_down(r) && inject(r, "DF_FLUSH", HWERROR_PLATFORM, 3) &&
	       inject(r, "SNP_DF_FLUSH", HWERROR_PLATFORM, 3);
}

/* Nobody heard of the caches before ccp's own shutdown. */
static bool caches_were_asked_for_late(struct run *r)
{
	return injected(r, "SNP_SHUTDOWN_EX", "0xf") && injected(r, "SNP_DF_FLUSH", "0xe") && all_are_up(r);
}

static bool leave_it_down(struct run *r)
{
	return inside(r, 30, "echo 0 >" WAKE_CPUS) && take_one_down(r);
}

/* The next kernel's ccp_ext asks the firmware once more, and starts what its kernel was told not to start. */
static bool kept_until_they_were_up(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->snp, "INIT"))
		return fail(r, "SNP was %s at the jump, although a CPU did not flush its caches", hop->snp);
	if (hop->quarantined <= 0 || hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back", hop->quarantined, hop->freed);
	return inside(r, 30, "grep -qx 0-1 /sys/devices/system/cpu/online && "
			     "dmesg | grep -q 'ccp_ext: .* 2 were offline and are up, 0 cannot be had'") &&
	       fill_memory(r);
}

const struct scenario offline_cpu_scenarios[3] = {
	{
		.name = "offline-cpu",
		.title = "a CPU is offline when its caches are asked for",
		.config = { .name = "offline-cpu", .processors = 4 },
		.steps = {
			{
				.name = "an_offline_cpu_is_brought_up_to_write_its_caches_back",
				.label = "CPU offline", .next = "6.12", .sev_es = 1, .snp = 1,
				.loaded = take_one_down, .after = caches_were_asked_for,
			},
			{
				.name = "a_cpu_that_was_brought_up_again_writes_its_caches_back",
				.label = "CPU offline and up again", .next = "6.12", .sev_es = 1, .snp = 1,
				.loaded = take_one_down_and_up, .after = all_are_up,
			},
			{
				.name = "an_offline_cpu_is_brought_up_as_late_as_in_the_shutdown_of_ccp",
				.label = "CPU offline, flushes refused", .next = "6.12", .sev_es = 1, .snp = 1,
				.loaded = refuse_flushes, .after = caches_were_asked_for_late,
			},
			{
				.name = "beside_a_cpu_that_stays_offline_the_firmware_stays_up_and_its_pages_are_kept_out",
				.label = "CPU offline for good", .next = "6.12", .sev_es = 1, .snp = 1,
				.append = "maxcpus=2",
				.loaded = leave_it_down, .after = kept_until_they_were_up,
			},
		},
	}, {
		.name = "offline-cpu-7.3",
		.title = "... in 7.3",
		.on_demand = true,
		.config = { .name = "offline-cpu-7.3", .series = "7.3", .processors = 4 },
		.steps = {
			{
				.name = "an_offline_cpu_of_7.3_is_brought_up_to_write_its_caches_back",
				.label = "CPU of 7.3 offline", .next = "7.3", .sev_es = 1, .snp = 1,
				.loaded = take_one_down, .after = caches_were_asked_for,
			},
		},
	}, {
		.name = "offline-cpu-6.1",
		.title = "... in 6.1",
		.on_demand = true,
		.config = { .name = "offline-cpu-6.1", .profile = "rome", .series = "6.1", .processors = 4 },
		.steps = {
			{
				.name = "an_offline_cpu_of_6.1_is_brought_up_to_write_its_caches_back",
				.label = "CPU of 6.1 offline", .next = "6.1", .sev_es = 2,
				.loaded = take_one_down, .after = caches_were_asked_for,
			},
		},
	},
};

static bool start_the_last(struct run *r)
{
	return inside(r, 60, "grep -qx 0-2 /sys/devices/system/cpu/online && echo 1 >" CPU("3"));
}

static bool left_nothing_behind(struct run *r)
{
	return left_nothing(r) && fill_memory(r);
}

/* What nobody started needs no flush here; SNP would want all CPUs from the beginning. */
const struct scenario late_cpu_scenario = {
	.name = "late-cpu",
	.title = "a CPU is started while guests are alive",
	.on_demand = true,
	.config = { .name = "late-cpu", .profile = "rome", .processors = 4, .append = "maxcpus=3",
		    .sets = { "flush-all-cpus=off" } },
	.steps = {
		{
			.name = "a_cpu_that_was_started_late_writes_its_caches_back",
			.label = "CPU started late", .next = "6.12", .sev_es = 2,
			.loaded = start_the_last, .after = left_nothing_behind,
		},
	},
};
