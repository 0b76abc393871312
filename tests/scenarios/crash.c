// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panics with a crash kernel loaded, stock kernels only. What decides is whether SNP is still enabled
 * in the IOMMU, whose registers are locked then (AMD 48882, 2.12.2.1): 6.12 brings buffers of its own,
 * which the IOMMU never hears of; 7.3 goes on with those of the kernel that crashed.
 */
#include <string.h>

#include "firmware.h"

#define HOST "ccpext=0 crashkernel=256M"

/* A busy host may keep the timer's interrupt from the check for longer than it waits. */
#define LIVES "no_timer_check"

static bool snp_state_was(struct run *r, const char *state)
{
	return !strcmp(r->hop.snp, state) ||
	       fail(r, "SNP was %s when the crash kernel started, not %s", r->hop.snp, state);
}

/* What the crash kernel wrote to locked registers, and what the IOMMU could not write. */
static bool iommu_counted(struct run *r, const char *counter, long long *count)
{
	struct json_object *counters;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	*count = json_object_get_int64(firmware_member(counters, counter));
	json_object_put(counters);
	return true;
}

static bool has_vmcore(struct run *r)
{
	return inside(r, 60, "test \"$(head -c 4 /proc/vmcore | tail -c 3)\" = ELF") &&
	       inside(r, 60, "! dmesg | grep -q 'Completion-Wait loop timed out'");
}

static bool reused_the_tables(struct run *r)
{
	long long lost, ignored;

	if (!snp_state_was(r, "INIT") || !iommu_counted(r, "iommu_log_faults", &lost) ||
	    !iommu_counted(r, "locked_register_writes", &ignored) || !has_vmcore(r))
		return false;
	if (lost)
		return fail(r, "the IOMMU could not write %lld times", lost);
	return inside(r, 60, "dmesg | grep -q 'Reused DEV table from previous kernel'");
}

static bool snp_was_down(struct run *r)
{
	return snp_state_was(r, "UNINIT") && has_vmcore(r);
}

const struct scenario crash_locked_scenario = {
	.name = "crash-locked",
	.title = "panic with guests alive into 6.12",
	.config = { .name = "crash-locked", .append = HOST },
	.steps = {
		{
			.name = "a_6.12_crash_kernel_panics_when_snp_is_still_enabled_in_the_iommu",
			.label = "panic, guests alive, into 6.12",
			.next = "6.12", .sev_es = 1, .snp = 1, .crash = true, .deaf = true,
		},
	},
};

const struct scenario crash_reuse_scenario = {
	.name = "crash-reuse",
	.title = "panic with guests alive into 7.3",
	.config = { .name = "crash-reuse", .append = HOST },
	.steps = {
		{
			.name = "a_7.3_crash_kernel_goes_on_with_the_iommus_old_tables",
			.label = "panic, guests alive, into 7.3",
			.next = "7.3", .sev_es = 1, .snp = 1, .crash = true, .append = LIVES,
			.after = reused_the_tables,
		},
	},
};

/* A command that never comes back holds ccp's mutex, and a panic then leaves the firmware alone. */
static bool hold_the_mutex(struct run *r)
{
	struct json_object *fault = json_object_new_object();
	bool busy;

	json_object_object_add(fault, "command", json_object_new_string("SNP_GCTX_CREATE"));
	json_object_object_add(fault, "action", json_object_new_string("hang"));
	if (machine_control(&r->machine, "fault-add", fault, NULL))
		return fail(r, "%s", r->machine.error);
	if (!inside(r, 60, "sevguest --kind snp --count 1 --hold >/run/held 2>&1 &"))
		return false;
	for (int i = 0; i < 60; i++) {
		if (!firmware_is_busy(r, &busy))
			return false;
		if (busy)
			return true;
		if (!inside(r, 60, "sleep 0.5"))
			return false;
	}
	return fail(r, "no command hangs");
}

static bool firmware_was_left_alone(struct run *r)
{
	if (firmware_sent(r, "SHUTDOWN") || firmware_sent(r, "SNP_SHUTDOWN_EX"))
		return fail(r, "the panic sent commands past the mutex");
	return firmware_lost_no_command(r) && reused_the_tables(r);
}

const struct scenario crash_held_scenario = {
	.name = "crash-held",
	.title = "panic while a command has ccp's mutex, into 6.12",
	.config = { .name = "crash-held", .append = HOST },
	.steps = {
		{
			.name = "a_6.12_crash_kernel_panics_if_a_command_was_under_way",
			.label = "panic, mutex held, into 6.12",
			.next = "6.12", .crash = true, .deaf = true, .before = hold_the_mutex,
		},
	},
};

const struct scenario crash_held_7_3_scenario = {
	.name = "crash-held-7.3",
	.title = "... and into 7.3",
	.config = { .name = "crash-held-7.3", .append = HOST },
	.steps = {
		{
			.name = "a_7.3_crash_kernel_comes_up_if_a_command_was_under_way",
			.label = "panic, mutex held, into 7.3",
			.next = "7.3", .crash = true, .append = LIVES,
			.before = hold_the_mutex, .after = firmware_was_left_alone,
		},
	},
};

const struct scenario crash_down_scenario = {
	.name = "crash-down",
	.title = "panic without guests: ccp shuts SNP down on its way",
	.config = { .name = "crash-down", .append = HOST },
	.steps = {
		{
			.name = "a_6.12_crash_kernel_comes_up_after_snp_was_shut_down",
			.label = "panic, no guests, into 6.12",
			.next = "6.12", .crash = true, .append = LIVES, .after = snp_was_down,
		},
	},
};

const struct scenario crash_no_snp_scenario = {
	.name = "crash-no-snp",
	.title = "panic of a host that never initialised SNP, into 6.12",
	.config = { .name = "crash-no-snp", .append = HOST " ccp=0" },
	.steps = {
		{
			.name = "a_6.12_crash_kernel_comes_up_if_snp_was_never_initialised",
			.label = "panic, SNP never initialised, into 6.12",
			.next = "6.12", .crash = true, .append = LIVES, .after = snp_was_down,
		},
	},
};

const struct scenario crash_no_snp_7_3_scenario = {
	.name = "crash-no-snp-7.3",
	.title = "... and into 7.3",
	.config = { .name = "crash-no-snp-7.3", .append = HOST " ccp=0" },
	.steps = {
		{
			.name = "a_7.3_crash_kernel_comes_up_if_snp_was_never_initialised",
			.label = "panic, SNP never initialised, into 7.3",
			.next = "7.3", .crash = true, .append = LIVES, .after = snp_was_down,
		},
	},
};

const struct scenario locked_iommu_scenario = {
	.name = "locked-iommu",
	.title = "a firmware that refuses to shut SNP down, and the IOMMU as it then is",
	.config = { .name = "locked-iommu" },
	.steps = {
		{
			.name = "a_stock_image_with_snp_still_enabled_in_the_iommu_ends_in_a_cold_reset",
			.label = "stock image, IOMMU locked",
			.next = "6.12", .snp = 1, .stock = true, .resets = true,
			.before = refuse_shutdown,
		},
	},
};

const struct scenario ignored_lock_scenario = {
	.name = "ignored-lock",
	.title = "the control: the same, and the jump goes on",
	.config = { .name = "ignored-lock", .append = ASSUME_UNLOCKED },
	.steps = {
		{
			.name = "a_stock_kernel_hangs_when_snp_is_still_enabled_in_the_iommu",
			.label = "IOMMU locked, and not parked",
			.next = "6.12", .snp = 1, .deaf = true, .before = refuse_shutdown,
		},
	},
};
