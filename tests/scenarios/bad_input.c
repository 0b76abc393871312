// SPDX-License-Identifier: GPL-2.0-only
/* What is missing, wrong or hostile: a clear message, no harm, and the machine lives on. */
#include <string.h>

#include "scenario.h"

#define UNPACK "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && tar -xOf /dev/vda initrd-6.12 >/tmp/initrd"

/* The module is loaded, says so, and names what is missing. */
static bool module_says(struct run *r, const char *text)
{
	if (!inside(r, 30, "grep -q ^ccp_ext /proc/modules && cat /sys/kernel/ccp_ext/state"))
		return false;
	if (!strstr(r->output, text))
		return fail(r, "state does not speak of \"%s\": %s", text, r->output);
	return true;
}

static bool kernel_is_well(struct run *r)
{
	return inside(r, 30, "! dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace'") &&
	       inside(r, 120, "memfill --limit 256");
}

static bool says_ccp_is_missing(struct run *r)
{
	return module_says(r, "ccp is not loaded");
}

static bool says_snp_is_missing(struct run *r)
{
	return module_says(r, "SEV-SNP is off");
}

const struct scenario no_ccp_scenario = {
	.name = "no-ccp",
	.title = "ccp is not loaded",
	.config = { .name = "no-ccp", .append = "ccp=0" },
	.steps = {
		{ .name = "without_ccp_the_module_loads_and_says_so", .after = says_ccp_is_missing },
		{ .name = "without_ccp_the_kernel_is_well", .after = kernel_is_well },
		{
			.name = "without_ccp_a_jump_still_works",
			.label = "ccp not loaded", .next = "6.12", .after = says_ccp_is_missing,
		},
	},
};

static bool may_jump_by_stock_kexec(struct run *r)
{
	return inside(r, 120, UNPACK) && inside(r, 120, "stockkexec /tmp/vmlinuz /tmp/initrd \"$(cat /proc/cmdline)\" && "
			      "grep ^foreign /sys/kernel/ccp_ext/image && snp-kexec status");
}

const struct scenario no_psp_scenario = {
	.name = "no-psp",
	.title = "a plain PC: no PSP, no SNP",
	.config = { .name = "no-psp", .profile = "none" },
	.steps = {
		{ .name = "without_psp_the_module_loads_and_says_so", .after = says_snp_is_missing },
		{ .name = "without_psp_the_kernel_is_well", .after = kernel_is_well },
		{
			.name = "without_psp_a_jump_still_works",
			.label = "no PSP", .next = "6.12", .after = says_snp_is_missing,
		},
		{ .name = "without_psp_what_stock_kexec_loads_may_be_jumped_into", .after = may_jump_by_stock_kexec },
		{
			.name = "without_psp_and_it_is",
			.label = "no PSP, stock kexec", .next = "6.12", .stock = true, .after = says_snp_is_missing,
		},
	},
};

/* restore: "found 0", "error NUMBER TEXT" */
static bool refuses_handover(struct run *r, const char *text)
{
	if (!inside(r, 30, "grep -qx 'found 0' /sys/kernel/ccp_ext/restore && "
			   "grep '^error' /sys/kernel/ccp_ext/restore"))
		return false;
	if (!strstr(r->output, text))
		return fail(r, "the refusal does not speak of \"%s\": %s", text, r->output);
	return true;
}

static bool refuses_unreserved(struct run *r)
{
	return refuses_handover(r, "not reserved");
}

static bool refuses_unaligned(struct run *r)
{
	return refuses_handover(r, "not 2 MiB aligned");
}

static bool refuses_beyond_ram(struct run *r)
{
	return refuses_handover(r, "not in RAM");
}

static bool next_kernel_is_given_a_sound_address(struct run *r)
{
	return inside(r, 30, "grep -qx 'found 1' /sys/kernel/ccp_ext/restore");
}

#define AND_GOES_ON(what) \
	{ .name = "kernel_is_well_after_a_handover_address_" what, .after = kernel_is_well }

const struct scenario stray_handover_scenarios[3] = {
	{
		.name = "handover-not-reserved",
		.title = "ccp_ext.handover= names free memory",
		.config = { .name = "handover-not-reserved", .append = "ccp_ext.handover=0x40000000" },
		.steps = {
			{
				.name = "handover_address_that_is_not_reserved_is_refused",
				.after = refuses_unreserved,
			},
			AND_GOES_ON("that_is_not_reserved"),
			{
				.name = "the_next_jump_replaces_a_stray_handover_address",
				.label = "stray handover= address", .next = "6.12",
				.after = next_kernel_is_given_a_sound_address,
			},
		},
	},
	{
		.name = "handover-not-aligned",
		.title = "ccp_ext.handover= is not aligned",
		.config = { .name = "handover-not-aligned", .append = "ccp_ext.handover=0x40000123" },
		.steps = {
			{
				.name = "handover_address_that_is_not_aligned_is_refused",
				.after = refuses_unaligned,
			},
			AND_GOES_ON("that_is_not_aligned"),
		},
	},
	{
		.name = "handover-beyond-ram",
		.title = "ccp_ext.handover= lies beyond RAM",
		.config = { .name = "handover-beyond-ram", .append = "ccp_ext.handover=0x800000000000" },
		.steps = {
			{
				.name = "handover_address_beyond_ram_is_refused",
				.after = refuses_beyond_ram,
			},
			AND_GOES_ON("beyond_ram"),
		},
	},
};

#define NOTHING_LOADED "grep -qx 0 /sys/kernel/kexec_loaded"

static bool refuses_ordinary_user(struct run *r)
{
	return inside(r, 120, UNPACK) &&
	       inside_fails(r, 2, "root", "chmod 644 /tmp/*; su nobody -c 'snp-kexec load /tmp/vmlinuz 2>&1'");
}

static bool refuses_what_is_no_kernel(struct run *r)
{
	return inside_fails(r, 1, "bzImage", "snp-kexec load /init 2>&1") && inside(r, 30, NOTHING_LOADED);
}

static bool refuses_half_a_kernel(struct run *r)
{
	return inside_fails(r, 1, "truncated",
			    "head -c 3000000 /tmp/vmlinuz >/tmp/half; snp-kexec load /tmp/half 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

static bool refuses_a_missing_file(struct run *r)
{
	return inside_fails(r, 2, "/nowhere", "snp-kexec load /nowhere 2>&1") &&
	       inside_fails(r, 2, "/nowhere", "snp-kexec load /tmp/vmlinuz --initrd /nowhere 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

static bool refuses_what_does_not_fit(struct run *r)
{
	return inside_fails(r, 1, "zone", "truncate -s 150M /tmp/big; "
			    "snp-kexec load /tmp/vmlinuz --initrd /tmp/big 2>&1; rc=$?; rm /tmp/big; exit $rc") &&
	       inside(r, 30, NOTHING_LOADED);
}

static bool refuses_an_endless_command_line(struct run *r)
{
	return inside_fails(r, 1, "command line",
			    "snp-kexec load /tmp/vmlinuz --append \"$(head -c 5000 /dev/zero | tr '\\0' x)\" 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

static bool refuses_exec_without_load(struct run *r)
{
	return inside_fails(r, 1, "load", "snp-kexec unload >/dev/null; snp-kexec exec 2>&1");
}

const struct scenario bad_image_scenario = {
	.name = "bad-image",
	.title = "snp-kexec with what it must refuse",
	.config = { .name = "bad-image" },
	.steps = {
		{ .name = "load_refuses_an_ordinary_user", .after = refuses_ordinary_user },
		{ .name = "load_refuses_what_is_no_kernel", .after = refuses_what_is_no_kernel },
		{ .name = "load_refuses_half_a_kernel", .after = refuses_half_a_kernel },
		{ .name = "load_refuses_a_missing_file", .after = refuses_a_missing_file },
		{ .name = "load_refuses_what_does_not_fit_the_zone", .after = refuses_what_does_not_fit },
		{ .name = "load_refuses_an_endless_command_line", .after = refuses_an_endless_command_line },
		{ .name = "exec_refuses_when_nothing_is_loaded", .after = refuses_exec_without_load },
		{
			.name = "after_all_refusals_a_jump_still_works",
			.label = "after refusals", .next = "6.12",
		},
	},
};

static bool refuses_without_module(struct run *r)
{
	return inside(r, 120, UNPACK) &&
	       inside_fails(r, 2, "ccp_ext", "snp-kexec load /tmp/vmlinuz 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

const struct scenario no_module_scenario = {
	.name = "no-module",
	.title = "snp-kexec without ccp_ext",
	.config = { .name = "no-module", .append = "ccpext=0" },
	.steps = {
		{ .name = "load_refuses_without_the_module", .after = refuses_without_module },
	},
};

static bool refuses_without_zone(struct run *r)
{
	return inside(r, 120, UNPACK) &&
	       inside_fails(r, 1, "zone_mb", "snp-kexec load /tmp/vmlinuz 2>&1") &&
	       inside(r, 30, NOTHING_LOADED);
}

const struct scenario no_zone_scenario = {
	.name = "no-zone",
	.title = "ccp_ext without a landing zone",
	.config = { .name = "no-zone", .append = "ccp_ext.zone_mb=0" },
	.steps = {
		{ .name = "load_refuses_without_a_landing_zone", .after = refuses_without_zone },
		{ .name = "without_a_landing_zone_the_kernel_is_well", .after = kernel_is_well },
	},
};
