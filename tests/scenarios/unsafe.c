// SPDX-License-Identifier: GPL-2.0-only
/* Jumps that must not happen, and what comes back after those that did. */
#include <string.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS			"/sys/kernel/ccp_ext"

const struct scenario stock_image_scenario = {
	.name = "stock-image",
	.title = "a stock kexec image beside ccp_ext, nothing left assigned",
	.config = { .name = "stock-image" },
	.steps = {
		{
			.name = "stock_image_jumps_when_nothing_is_assigned_any_more",
			.label = "stock image, guests alive",
			.next = "6.12", .sev_es = 1, .snp = 1, .stock = true, .after = fill_memory,
		},
	},
};

const struct scenario stock_refusal_scenario = {
	.name = "stock-refusal",
	.title = "a stock kexec image carries no quarantine",
	.config = { .name = "stock-refusal", .sets = { IOMMU_UNLOCKED }, .append = ASSUME_UNLOCKED },
	.steps = {
		{
			.name = "stock_image_with_a_quarantine_ends_in_a_cold_reset",
			.label = "stock image, SHUTDOWN refused",
			.next = "6.12", .sev_es = 1, .snp = 1, .stock = true, .resets = true,
			.before = refuse_shutdown,
		},
	},
};

static bool write_to_zone(struct run *r)
{
	return inside(r, 60, "echo changed | dd of=" SYSFS "/zone_data bs=1 seek=4194304 conv=notrunc") &&
	       inside(r, 60, "grep -q ^corrupt " SYSFS "/image") &&
	       inside_fails(r, 1, "load", "snp-kexec exec 2>&1");
}

const struct scenario changed_image_scenario = {
	.name = "changed-image",
	.title = "the landing zone is written to after the load",
	.config = { .name = "changed-image" },
	.steps = {
		{
			.name = "changed_image_ends_in_a_cold_reset",
			.label = "image changed after the load",
			.next = "6.12", .force = true, .resets = true, .loaded = write_to_zone,
		},
	},
};

bool kept_something(struct run *r)
{
	return r->hop.kept > 0 || fail(r, "nothing was kept");
}

bool everything_came_back(struct run *r)
{
	if (r->hop.quarantined <= 0)
		return fail(r, "nothing was quarantined");
	if (r->hop.kept)
		return fail(r, "%lld pages are still kept", r->hop.kept);
	return inside(r, 60, "grep -qx 'pages_freed %lld' " SYSFS "/restore && "
			     "test ! -s " SYSFS "/quarantine || ! grep -q . " SYSFS "/quarantine",
		      r->hop.quarantined) && fill_memory(r);
}

static bool drives_the_iommu(struct run *r)
{
	return inside(r, 30, "! grep -q amd_iommu=off /proc/cmdline && dmesg | grep -q 'IOMMU SNP support enabled'") &&
	       fill_memory(r);
}

const struct scenario give_back_scenario = {
	.name = "give-back",
	.title = "a PSP that refuses SHUTDOWN, and later does not",
	.config = { .name = "give-back" },
	.steps = {
		{
			.name = "what_the_psp_keeps_is_kept",
			.label = "SHUTDOWN refused",
			.next = "6.12", .sev_es = 1, .snp = 1,
			.before = refuse_shutdown, .after = kept_something,
		},
		{
			.name = "what_was_kept_comes_back_once_the_psp_answers",
			.label = "and no longer",
			.next = "6.12", .before = answer_again, .after = everything_came_back,
		},
		{
			.name = "the_next_kernel_drives_the_iommu_again",
			.label = "and on",
			.next = "6.12", .after = drives_the_iommu,
		},
		{
			.name = "guests_start_again_after_the_give_back",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

/* In the chain, or, if ccp had found room for it there, with the topmost block of RAM. */
static bool tmr_is_kept_out(struct run *r)
{
	unsigned long long pa, size;

	if (r->hop.kept > 0)
		return true;
	if (!firmware_tmr(r, &pa, &size))
		return false;
	return inside(r, 60, "dmesg | grep 'BIOS-e820: .mem 0x%016llx-.*reserved'", pa & ~0x1fffffULL);
}

bool keeps_the_tmr(struct run *r)
{
	if (strcmp(r->hop.tmr, "locked"))
		return fail(r, "TMR %s at the jump, although SHUTDOWN was refused", r->hop.tmr);
	return tmr_is_kept_out(r) && fill_memory(r);
}

const struct scenario rome_refusal_scenario = {
	.name = "rome-refusal",
	.title = "SEV-ES only, and the TMR stays locked",
	.config = { .name = "rome-refusal", .profile = "rome" },
	.steps = {
		{
			.name = "a_locked_tmr_is_kept_out_of_the_next_kernel",
			.label = "(d) SEV-ES host, SHUTDOWN refused",
			.next = "6.12", .sev_es = 2, .before = refuse_shutdown, .after = keeps_the_tmr,
		},
		{
			.name = "a_locked_tmr_is_kept_out_of_6.1_as_well",
			.label = "(d) ... and on to 6.1",
			.next = "6.1", .after = keeps_the_tmr,
		},
	},
};

const struct scenario rome_no_quarantine_scenario = {
	.name = "rome-no-quarantine",
	.title = "the control: the same, quarantine switched off",
	.config = { .name = "rome-no-quarantine", .profile = "rome",
		    .append = "ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "without_quarantine_the_next_kernel_uses_the_locked_tmr",
			.label = "SEV-ES only, no quarantine",
			.next = "6.12", .sev_es = 2, .append = "ccp=0", .may_die = true, .touches = true,
			.before = refuse_shutdown, .after = hop_was_harmed,
		},
	},
};

static bool module_stays(struct run *r)
{
	return inside(r, 120, "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && "
			      "snp-kexec load /tmp/vmlinuz --reuse-cmdline && rm /tmp/vmlinuz") &&
	       inside_fails(r, 1, "", "rmmod ccp_ext 2>&1") &&
	       inside(r, 60, "snp-kexec unload && rmmod ccp_ext && ! test -e " SYSFS);
}

static bool module_comes_back_degraded(struct run *r)
{
	return inside(r, 60, "modprobe ccp_ext && grep -qx degraded " SYSFS "/state && "
			     "grep -q 'ccp was loaded before' " SYSFS "/state") &&
	       inside(r, 60, "! dmesg | grep -E 'BUG:|WARNING:|Oops'");
}

const struct scenario unload_scenario = {
	.name = "unload",
	.title = "the module goes and comes back after ccp",
	.config = { .name = "unload" },
	.steps = {
		{ .name = "module_stays_while_an_image_is_loaded", .after = module_stays },
		{ .name = "module_loaded_after_ccp_is_degraded", .after = module_comes_back_degraded },
		{
			.name = "module_loaded_after_ccp_still_evicts_guests_that_it_saw",
			.label = "ccp_ext loaded after ccp",
			.next = "6.12", .sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

static bool ram_is_shorter(struct run *r)
{
	/* the block is reserved in the map that the next kernel got, whose RAM ends 2 MiB aligned */
	return inside(r, 60, "dmesg | grep 'BIOS-e820.*usable' | tail -n 1 | grep -E '[02468ace]?[13579bdf]fffff\\]'") &&
	       fill_memory(r);
}

const struct scenario top_of_ram_scenario = {
	.name = "top-of-ram",
	.title = "the topmost page of RAM is assigned",
	.config = { .name = "top-of-ram", .append = "ccp_ext.assume_top=1" },
	.steps = {
		{
			.name = "an_assigned_page_at_the_top_of_ram_costs_the_next_kernel_one_block",
			.label = "topmost page assigned",
			.next = "6.12", .sev_es = 1, .snp = 1, .after = ram_is_shorter,
		},
		{
			.name = "an_assigned_page_at_the_top_of_ram_and_a_stock_image_end_in_a_cold_reset",
			.label = "... and a stock image",
			.next = "6.12", .stock = true, .resets = true,
		},
	},
};

static bool module_comes_late(struct run *r)
{
	return inside(r, 60, "rmmod ccp_ext && modprobe ccp_ext && grep -qx degraded " SYSFS "/state") &&
	       refuse_shutdown(r);
}

const struct scenario late_scenario = {
	.name = "late",
	.title = "ccp was loaded first, and the firmware stays up",
	.config = { .name = "late", .profile = "rome" },
	.steps = {
		{
			.name = "a_firmware_whose_start_was_not_seen_ends_in_a_cold_reset",
			.label = "ccp_ext after ccp, SHUTDOWN refused",
			.next = "6.12", .sev_es = 1, .resets = true, .before = module_comes_late,
		},
	},
};

static bool says_what_is_hidden(struct run *r)
{
	return kept_something(r) &&
	       inside(r, 60, "grep -qx degraded " SYSFS "/state && grep -q 'hidden from this kernel' " SYSFS "/state");
}

/* With more than fits below 4 GiB the TMR lies above. */
const struct scenario hidden_memory_scenario = {
	.name = "hidden-memory",
	.title = "a kernel in between does not see the memory that is kept out",
	.config = { .name = "hidden-memory", .memory = "5G" },
	.steps = {
		{
			.name = "a_kernel_with_mem_lives_beside_a_quarantine_above_it",
			.label = "SHUTDOWN refused, into mem=3G",
			.next = "6.12", .sev_es = 1, .snp = 1, .append = "mem=3G",
			.before = refuse_shutdown, .after = says_what_is_hidden,
		},
		{
			.name = "a_quarantine_that_cannot_be_handed_on_ends_in_a_cold_reset",
			.label = "... and on from there",
			.next = "6.12", .resets = true,
		},
	},
};
