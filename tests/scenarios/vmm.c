// SPDX-License-Identifier: GPL-2.0-only
/* VMMs that do not end, or not yet, when they are told to. */
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096

/* A disk that takes minutes for what is written at once, and forgets it. */
#define SLOW_DISK { \
	"-drive", "file=null-co://,format=raw,if=none,id=slow,throttling.bps-write=65536", \
	"-device", "virtio-blk-pci,drive=slow,disable-legacy=on,iommu_platform=on" }
#define SHORT_BUDGET	"ccp_ext.budget_ms=4000"

/* One of each kind, whose processes wait for the disk in a way that no signal ends. */
static bool launch_stuck(struct run *r)
{
	return inside(r, 180,
		      "for kind in sev-es snp; do "
		      "sevguest --kind $kind --write /dev/vdb --hold --json >/run/$kind 2>&1 & "
		      "while ! grep -qE 'ready|error' /run/$kind; do sleep 0.1; done; ! grep error /run/$kind || exit 1; "
		      "pid=$(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/$kind); "
		      "until grep -q '^State:.D' /proc/$pid/task/*/status; do sleep 0.1; done; done");
}

static bool pages_crossed(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (strcmp(hop->sev, "UNINIT") || strcmp(hop->snp, "UNINIT") || strcmp(hop->tmr, "free"))
		return fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
	if (hop->evicted)
		return fail(r, "%lld guests were evicted: their VMMs were not stuck", hop->evicted);
	if (hop->assigned_after < GUEST_PAGES || hop->quarantined < hop->assigned_after)
		return fail(r, "%lld pages assigned at the jump, %lld quarantined", hop->assigned_after,
			    hop->quarantined);
	if (hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back", hop->quarantined, hop->freed);
	return inside(r, 30, "rmpctl show " SYSFS "/incoming | grep -q decommissioned") && fill_memory(r);
}

const struct scenario stuck_vmm_scenario = {
	.name = "stuck-vmm",
	.title = "VMMs that cannot be killed",
	.config = { .name = "stuck-vmm", .append = SHORT_BUDGET, .arguments = SLOW_DISK },
	.steps = {
		{
			.name = "guests_whose_vmms_cannot_be_killed_are_decommissioned_and_their_pages_kept_out",
			.label = "VMMs stuck in D state", .next = "6.12",
			.before = launch_stuck, .after = pages_crossed,
		},
		{
			.name = "memory_is_ours_and_guests_start_after_stuck_vmms",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

const struct scenario stuck_vmm_control_scenario = {
	.name = "stuck-vmm-no-quarantine",
	.title = "the control: the same, quarantine switched off",
	.on_demand = true,
	.config = { .name = "stuck-vmm-no-quarantine", .arguments = SLOW_DISK,
		    .append = SHORT_BUDGET " ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "without_quarantine_a_jump_beside_stuck_vmms_dies_of_an_rmp_fault",
			.label = "VMMs stuck, no quarantine", .next = "6.12", .dies = true,
			.before = launch_stuck,
		},
	},
};

/* It asks the module something all the time; the module is busy when it is told to end. */
static bool launch_reader(struct run *r)
{
	return inside(r, 180, "sevguest --kind snp --read " SYSFS "/quarantine_next --hold --json >/run/reader 2>&1 & "
			      "while ! grep -qE 'ready|error' /run/reader; do sleep 0.1; done; ! grep error /run/reader");
}

static bool one_was_evicted(struct run *r)
{
	if (r->hop.evicted != 1 || r->hop.assigned_after || r->hop.quarantined)
		return fail(r, "%lld guests were evicted, %lld pages assigned at the jump, %lld quarantined",
			    r->hop.evicted, r->hop.assigned_after, r->hop.quarantined);
	return fill_memory(r);
}

static bool launch_lazy_reader(struct run *r)
{
	return inside(r, 30, "echo lazy >" SYSFS "/policy") && launch_reader(r);
}

static bool reader_was_stopped(struct run *r)
{
	if (r->hop.evicted != 1 || r->hop.assigned_after < GUEST_PAGES)
		return fail(r, "%lld guests were stopped, %lld pages assigned at the jump", r->hop.evicted,
			    r->hop.assigned_after);
	return fill_memory(r);
}

const struct scenario reading_vmm_scenario = {
	.name = "reading-vmm",
	.title = "VMMs that wait for ccp_ext when it waits for them",
	.config = { .name = "reading-vmm" },
	.steps = {
		{
			.name = "a_vmm_that_asks_ccp_ext_something_can_be_killed",
			.label = "VMM reads sysfs", .next = "6.12",
			.before = launch_reader, .after = one_was_evicted,
		},
		{
			.name = "a_vmm_that_asks_ccp_ext_something_can_be_stopped",
			.label = "... under policy lazy", .next = "6.12",
			.before = launch_lazy_reader, .after = reader_was_stopped,
		},
	},
};

/* A guest of this size is being launched for seconds; some of its pages are there already. */
static bool start_to_launch(struct run *r)
{
	return inside(r, 60, "(sevguest --kind snp --size 512 --hold >/run/launch 2>&1) & "
			     "n=0; until rmpctl show " SYSFS "/blob | grep -q 'Guest-Valid'; do "
			     "n=$((n + 1)); test $n -lt 100 || exit 1; done; ! grep -q ready /run/launch");
}

const struct scenario evict_launching_scenario = {
	.name = "evict-launching",
	.title = "a jump while a guest is being launched",
	.config = { .name = "evict-launching" },
	.steps = {
		{
			.name = "a_guest_that_is_being_launched_is_evicted",
			.label = "guest half launched", .next = "6.12", .loaded = start_to_launch,
			.after = one_was_evicted,
		},
	},
};
