// SPDX-License-Identifier: GPL-2.0-only
/* The hand-over by KHO: that it is found, and what is not KHO's part of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hop.h"
#include "kho.h"

static bool found_by(struct run *r, const char *carrier)
{
	return inside(r, 30, "cd " SYSFS " && grep -qx 'found 1' restore && grep -qx 'error 0 none' restore && "
		      "grep -qx 'carrier %s' restore || { cat restore; false; }", carrier);
}

static bool finds_it_by_kho(struct run *r)
{
	return found_by(r, "kho") && left_nothing(r) && fill_memory(r);
}

static bool be_lazy(struct run *r)
{
	return inside(r, 30, "echo lazy >" SYSFS "/policy");
}

/*
 * KHO's FDT and metadata, a page each, lie anywhere, and so perhaps in a guest's block: they are
 * kept for KHO, and not the give-back's to free (pages_dropped).
 */
#define KHO_OWN_PAGES	2

static bool gets_all_back(struct run *r)
{
	const struct hop *hop = &r->hop;
	long long dropped;

	if (!found_by(r, "kho"))
		return false;
	if (hop->quarantined <= 0 || hop->assigned_after <= 0)
		return fail(r, "no guest's page was handed over");
	if (!inside(r, 30, "sed -n 's/^pages_dropped //p' " SYSFS "/restore"))
		return false;
	dropped = strtoll(r->output, NULL, 0);
	if (hop->kept || hop->pending || dropped > KHO_OWN_PAGES ||
	    hop->freed + dropped != hop->quarantined)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending, %lld dropped",
			    hop->quarantined, hop->freed, hop->kept, hop->pending, dropped);
	snprintf(r->note, sizeof(r->note), "%lld of %lld pages left to KHO", dropped, hop->quarantined);
	return fill_memory(r);
}

static bool stock_image_brought_it(struct run *r)
{
	return found_by(r, "kho") && inside(r, 30, "grep -q '^evict ' " SYSFS "/last_shutdown") && fill_memory(r);
}

/* The region's pages, taken over from KHO, are the module's as any other: it can go and come. */
static bool module_goes_and_comes(struct run *r)
{
	return inside(r, 60, "rmmod kvm_amd && rmmod ccp && rmmod ccp_ext && modprobe ccp_ext handover=0 && "
			     "modprobe ccp && modprobe kvm_amd") &&
	       inside(r, 30, "grep -qx 'found 0' " SYSFS "/restore && grep -q 'KHO names a region' " SYSFS "/state && "
			     "! dmesg | grep -E 'WARNING|Bad page'") &&
	       fill_memory(r);
}

const struct scenario kho_scenario = {
	.name = "kho",
	.title = "KHO brings the hand-over, hop after hop",
	.on_demand = true,
	.config = { .name = "kho", MACHINE(" nohandover") },
	.steps = {
		{
			.name = "kho_finds_the_hand_over_that_no_command_line_names",
			.label = "KHO, guests evicted",
			.next = KHO, .file = true, .sev_es = 1, .snp = 1, .after = finds_it_by_kho,
		},
		{
			.name = "guests_pages_cross_and_come_back_with_kho",
			.label = "KHO, policy lazy",
			.next = KHO, .file = true, .sev_es = 1, .snp = 2, .before = be_lazy, .after = gets_all_back,
		},
		{
			.name = "guests_start_again_after_two_hops_by_kho",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
		{
			.name = "a_stock_image_brings_the_hand_over_by_kho_where_nothing_is_kept_out",
			.label = "KHO, stock image",
			.next = KHO, .stock = true, .snp = 1, .after = stock_image_brought_it,
		},
		{
			.name = "what_kho_let_go_of_is_freed_with_the_module_and_not_found_twice",
			.after = module_goes_and_comes,
		},
	},
};

static bool lives_with_quarantine(struct run *r, const char *carrier)
{
	if (r->hop.quarantined <= 0 || r->hop.kept <= 0)
		return fail(r, "nothing is kept out, although the PSP refused to shut down");
	return found_by(r, carrier) && fill_memory(r);
}

static bool lives_with_quarantine_by_kho(struct run *r)
{
	return lives_with_quarantine(r, "kho");
}

static bool lives_with_quarantine_by_chain(struct run *r)
{
	return lives_with_quarantine(r, "setup_data");
}

const struct scenario kho_quarantine_scenario = {
	.name = "kho-quarantine",
	.title = "a quarantine from KHO kernel to KHO kernel, to those without, and back",
	.on_demand = true,
	.config = { .name = "kho-quarantine", .sets = { IOMMU_UNLOCKED }, MACHINE(" " ASSUME_UNLOCKED) },
	.steps = {
		{
			.name = "the_quarantine_crosses_by_kho",
			.label = "KHO, SHUTDOWN refused",
			.next = KHO, .file = true, .sev_es = 1, .snp = 1,
			.before = refuse_shutdown, .after = lives_with_quarantine_by_kho,
		},
		{
			.name = "a_second_hop_by_kho_hands_it_on",
			.label = "KHO, and on",
			.next = KHO, .file = true, .after = lives_with_quarantine_by_kho,
		},
		{
			.name = "7.3_without_kho_finds_it_by_the_chain",
			.label = "KHO, and on to 7.3",
			.next = "7.3", .file = true, .after = lives_with_quarantine_by_chain,
		},
		{
			.name = "a_kernel_with_kho_takes_it_from_one_without",
			.label = "7.3, and on to KHO",
			.next = KHO, .file = true, .after = lives_with_quarantine_by_chain,
		},
		{
			.name = "6.12_finds_it_by_the_chain",
			.label = "KHO, and on to 6.12",
			.next = "6.12", .file = true, .after = lives_with_quarantine_by_chain,
		},
	},
};

bool kho_knows_nothing(struct run *r)
{
	if (r->hop.assigned_after <= 0)
		return fail(r, "nothing was assigned at the jump");
	return inside(r, 30, "cd " SYSFS " && grep -qx 'found 0' restore && grep -qx 'carrier none' restore && "
		      "grep -qx 'pages_freed 0' restore || { cat restore; false; }") && fill_memory(r);
}

const struct scenario kho_in_place_scenario = {
	.name = "kho-in-place",
	.title = "the control: an image of kexec_load carries no KHO data",
	.on_demand = true,
	.config = { .name = "kho-in-place", .sets = { IOMMU_UNLOCKED }, MACHINE(" nohandover " ASSUME_UNLOCKED) },
	.steps = {
		{
			.name = "without_kho_and_without_a_word_on_the_command_line_nothing_is_found",
			.label = "KHO kernel, image of kexec_load",
			.next = KHO, .sev_es = 1, .snp = 1, .before = refuse_shutdown, .after = kho_knows_nothing,
		},
	},
};

static bool knows_that_nothing_was_kept_out(struct run *r)
{
	return inside(r, 30, "cd " SYSFS " && grep -q 'chain that KHO brought was not walked' state && "
			     "grep -qx 'found 0' restore && grep -qx 'pages_freed 0' restore && "
			     "grep -qx 'pages_dropped 0' restore || { cat state restore; false; }");
}

/* The next kernel is not to use the firmware, so that it has no TMR of its own. */
static bool start_firmware_that_stays(struct run *r)
{
	return inside(r, 60, "modprobe ccp && modprobe kvm_amd") && refuse_shutdown(r);
}

const struct scenario kho_stock_scenario = {
	.name = "kho-stock",
	.title = "the control: KHO brings the hand-over, and nobody walks its chain",
	.on_demand = true,
	.config = { .name = "kho-stock", .sets = { IOMMU_UNLOCKED },
		    MACHINE(" " ASSUME_UNLOCKED " ccp_ext.on_unsafe=proceed") },
	.steps = {
		{
			.name = "without_the_chain_kho_keeps_nothing_out",
			.label = "KHO, stock image, SHUTDOWN refused",
			.next = KHO, .stock = true, .sev_es = 1, .snp = 1, .may_die = true, .touches = true,
			.before = refuse_shutdown, .after = hop_was_harmed,
		},
	},
};

/*
 * A locked TMR alone does not fault: such a kernel gets as far as its ccp_ext, if its heap does not come to lie there;
 * so we tell it of the TMR, but not of the rest of the block that the chain names.
 */
const struct scenario kho_unwalked_scenario = {
	.name = "kho-unwalked",
	.title = "KHO brings a chain that nobody walked to a kernel that lives",
	.on_demand = true,
	.config = { .name = "kho-unwalked", .profile = "rome", MACHINE(" ccp=0 ccp_ext.on_unsafe=proceed") },
	.steps = {
		{
			.name = "what_a_chain_names_that_nobody_walked_is_not_given_back",
			.label = "KHO, stock image, SEV-ES host, SHUTDOWN refused",
			.next = KHO, .stock = true, .touches = true,
			.before = start_firmware_that_stays, .loaded = hide_the_tmr,
			.after = knows_that_nothing_was_kept_out,
		},
	},
};
