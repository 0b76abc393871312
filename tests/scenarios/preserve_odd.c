// SPDX-License-Identifier: GPL-2.0-only
/* Guests that are preserved by a host that is not whole, or behind a hand-over that is not. */
#include <string.h>

#include "damage.h"
#include "firmware.h"
#include "preserve.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define CPU_3		"/sys/devices/system/cpu/cpu3/online"
#define PROCESSORS	4

/* The SEV-ES guest ends at the jump, and its caches are asked for, of all CPUs. */
static bool take_one_down(struct run *r)
{
	return inside(r, 60, "echo 0 >" CPU_3 " && grep -qx 0-2 /sys/devices/system/cpu/online");
}

static bool live_on_and_all_cpus_are_up(struct run *r)
{
	return injected(r, "DF_FLUSH", "0xe") &&
	       inside(r, 30, "[ $(grep -c ^processor /proc/cpuinfo) = %d ]", PROCESSORS) && preserve_guests_live_on(r);
}

const struct scenario preserve_cpu_scenario = {
	.name = "preserve-cpu",
	.title = "a CPU is offline when guests are preserved",
	.config = { .name = "preserve-cpu", .append = PRESERVE, .processors = PROCESSORS },
	.steps = {
		{
			.name = "guests_are_preserved_by_a_host_with_an_offline_cpu",
			.label = "preserve, a CPU offline", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = preserve_launch_debug_guest, .loaded = take_one_down,
			.after = live_on_and_all_cpus_are_up,
		},
	},
};

static bool break_the_blob(struct run *r)
{
	return preserve_launch_debug_guest(r) && damage_in_the_jump(r, DAMAGE_BLOB);
}

static bool break_the_chain(struct run *r)
{
	return preserve_launch_debug_guest(r) && damage_in_the_jump(r, DAMAGE_CHAIN);
}

/* The machine's word on both guests: in the firmware, running, and not a page fewer than before the jump. */
static bool are_as_they_were(struct run *r)
{
	struct json_object *census;
	long long assigned;
	int running = firmware_guests(r, "RUNNING");

	if (running < 0 || machine_control(&r->machine, "census", NULL, &census))
		return false;
	assigned = json_object_get_int64(firmware_member(census, "assigned"));
	json_object_put(census);
	if (running != 2 || strcmp(r->hop.snp, "INIT") || assigned < r->hop.assigned_after)
		return fail(r, "SNP was %s at the jump; %d guests run, %lld of %lld pages are assigned", r->hop.snp, running,
			    assigned, r->hop.assigned_after);
	return fill_memory(r);
}

static bool are_left_alone(struct run *r)
{
	if (r->hop.quarantined <= 0 || r->hop.kept != r->hop.quarantined)
		return fail(r, "of %lld pages %lld are kept", r->hop.quarantined, r->hop.kept);
	return inside(r, 30, "cd " SYSFS " && grep -q '^error -\\?[1-9][0-9]* .*checksum' restore && "
			     "grep -qx 'psp_commands 0' restore && grep -qx degraded state && "
			     "! grep -q . adopted && grep -q . quarantine") && are_as_they_were(r);
}

const struct scenario preserve_broken_scenario = {
	.name = "preserve-broken",
	.title = "guests are preserved, and the jump breaks the word of them",
	.config = { .name = "preserve-broken", .append = PRESERVE },
	.steps = {
		{
			.name = "preserved_guests_behind_a_broken_blob_are_not_touched",
			.label = "preserve, blob damaged", .next = "6.12", .snp = 1,
			.before = break_the_blob, .after = are_left_alone,
		},
	},
};

static bool are_left_alone_without_a_list(struct run *r)
{
	return inside(r, 30, "cd " SYSFS " && grep -qx 'found 0' restore && "
			     "grep -q '^error -\\?[1-9][0-9]* not a hand-over chain' restore && "
			     "grep -qx 'psp_commands 0' restore && grep -qx degraded state") && are_as_they_were(r);
}

const struct scenario preserve_lost_scenario = {
	.name = "preserve-lost",
	.title = "guests are preserved, and the jump breaks the list of what is kept out",
	.config = { .name = "preserve-lost", .append = PRESERVE },
	.steps = {
		{
			.name = "preserved_guests_behind_a_broken_chain_are_not_touched",
			.label = "preserve, chain damaged", .next = "6.12", .snp = 1,
			.before = break_the_chain, .after = are_left_alone_without_a_list,
		},
	},
};
