// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jumps from a kernel without ccp_ext into one with it, and back. What a stock kernel leaves, nobody
 * tells: neither what is kept out nor where the TMR is. A stock kernel with guests dies by itself.
 */
#include <string.h>

#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define LOAD_TIMEOUT_S	180

/* The harness adds words to the command line; here some have to go, so it is loaded once more. */
static bool load_anew(struct run *r, const char *how, const char *words)
{
	return hop_unpack(r) &&
	       inside(r, LOAD_TIMEOUT_S,
		      "line=\"$(sed 's/ccpext=0//; s/memmap=[^ ]*//' /proc/cmdline) %s\" && %s && "
		      "rm /tmp/vmlinuz /tmp/initrd", words, how);
}

#define BY_STOCK	"stockkexec /tmp/vmlinuz /tmp/initrd \"$line\""
#define BY_SNP_KEXEC	"snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd --append \"$line\""

static bool with_ccp_ext(struct run *r)
{
	return load_anew(r, BY_STOCK, "");
}

static bool without_ccp_ext(struct run *r)
{
	return load_anew(r, BY_SNP_KEXEC, "ccpext=0");
}

static bool starts_from_nothing(struct run *r)
{
	return firmware_down_at_jump(r) &&
	       inside(r, 30, "grep -qx 'found 0' " SYSFS "/restore && grep -qx 'error 0 none' " SYSFS "/restore && "
			     "grep -qx ready " SYSFS "/state") && fill_memory(r);
}

static bool is_a_stock_kernel(struct run *r)
{
	return firmware_down_at_jump(r) && inside(r, 30, "! test -e " SYSFS) &&
	       inside(r, 120, "sevguest --kind snp --json && sevguest --kind sev-es --json") && fill_memory(r);
}

/* The word on the command line is the previous kernel's, and its region is long somebody else's. */
static bool does_not_trust_a_stale_address(struct run *r)
{
	return firmware_down_at_jump(r) &&
	       inside(r, 30, "grep -q ccp_ext.handover= /proc/cmdline && grep -qx 'found 0' " SYSFS "/restore && "
			     "grep -q '^error .*not reserved' " SYSFS "/restore") && fill_memory(r);
}

const struct scenario without_module_scenario = {
	.name = "without-module",
	.title = "from a kernel without ccp_ext into one with it, and back",
	.on_demand = true,
	.config = { .name = "without-module", .append = "ccpext=0" },
	.steps = {
		{
			.name = "from_a_stock_kernel_ccp_ext_starts_from_nothing",
			.label = "without ccp_ext into one with it", .next = "6.12", .stock = true,
			.loaded = with_ccp_ext, .after = starts_from_nothing,
		},
		{
			.name = "behind_ccp_ext_a_stock_kernel_is_a_stock_kernel",
			.label = "... guests alive, and back", .next = "6.12", .sev_es = 1, .snp = 1,
			.loaded = without_ccp_ext, .after = is_a_stock_kernel,
		},
		{
			.name = "an_address_that_a_stock_kernel_passed_on_is_not_trusted",
			.label = "... and into one with it again", .next = "6.12", .stock = true,
			.loaded = with_ccp_ext, .after = does_not_trust_a_stale_address,
		},
		{
			.name = "guests_cross_nothing_after_a_stock_kernel_in_between",
			.label = "... and on, guests alive", .next = "6.12", .sev_es = 1, .snp = 1,
			.after = left_nothing,
		},
	},
};

/*
 * The firmware never lets go of its TMR. The first kernel keeps to the lower part of RAM, and its TMR with it; the
 * second one, without ccp_ext, does not hand the quarantine on, and its image comes to lie at the top. The third is
 * told by us where the TMR is, and not by anybody whom ccp_ext would hear, so that it lives.
 */
#define LOW_ONLY	"memmap=256M$0x70000000"

static bool refuse_and_leave_the_module_out(struct run *r)
{
	return refuse_shutdown(r) && without_ccp_ext(r);
}

static bool tmr_crossed(struct run *r)
{
	return (!strcmp(r->hop.tmr, "locked") && inside(r, 30, "! test -e " SYSFS)) ||
	       fail(r, "TMR %s at the jump", r->hop.tmr);
}

bool hide_the_tmr(struct run *r)
{
	unsigned long long pa, size;
	char words[64];

	if (!firmware_tmr(r, &pa, &size))
		return false;
	snprintf(words, sizeof(words), "memmap=%#llx\\$%#llx", size, pa);
	return load_anew(r, BY_STOCK, words);
}

/* An administrator's word, for a range that is kept out by chance. */
static bool reserve_the_tmr(struct run *r)
{
	unsigned long long pa, size;
	char words[64];

	if (!firmware_tmr(r, &pa, &size))
		return false;
	snprintf(words, sizeof(words), "memmap=2M\\$%#llx", pa & ~0x1fffffULL);
	return load_anew(r, BY_SNP_KEXEC, words);
}

static bool says_what_is_reserved(struct run *r)
{
	return kept_something(r) && inside(r, 30, "dmesg | grep 'ccp_ext: .* are reserved in this kernel.s memory map'") &&
	       fill_memory(r);
}

static bool without_the_reservation(struct run *r)
{
	return load_anew(r, BY_SNP_KEXEC, "");
}

static bool was_refused_for_what_is_reserved(struct run *r)
{
	return machine_console_has(&r->machine, "are reserved in this kernel, and RAM for the next one") ||
	       fail(r, "reset, but not because of what is reserved");
}

/* Up to 6.14 memmap= changes nothing of what the chain names (E820_TYPE_RESERVED_KERN goes ahead of it). */
const struct scenario reserved_memory_scenario = {
	.name = "reserved-memory",
	.title = "a kernel in between has the memory that is kept out reserved",
	.config = { .name = "reserved-memory", .reboots = true },
	.steps = {
		{
			.name = "a_kernel_with_memmap_lives_beside_a_quarantine_that_it_reserves",
			.label = "SHUTDOWN refused, memmap= over the TMR", .next = "7.3", .snp = 1,
			.before = refuse_shutdown, .loaded = reserve_the_tmr, .after = says_what_is_reserved,
		},
		{
			.name = "a_quarantine_that_memmap_reserves_ends_in_a_cold_reset",
			.label = "... and on, without it", .next = "6.12", .resets = true,
			.loaded = without_the_reservation, .after = was_refused_for_what_is_reserved,
		},
	},
};

static bool knows_no_tmr(struct run *r)
{
	return !strcmp(r->hop.tmr, "locked") ? inside(r, 30, "grep -qx 'found 0' " SYSFS "/restore") && fill_memory(r) :
	       fail(r, "TMR %s at the jump", r->hop.tmr);
}

const struct scenario unknown_tmr_scenario = {
	.name = "unknown-tmr",
	.title = "a stock kernel leaves a locked TMR",
	.config = { .name = "unknown-tmr", .profile = "rome", .append = LOW_ONLY },
	.steps = {
		{
			.name = "a_stock_kernel_lives_beside_a_locked_tmr_that_is_kept_out",
			.label = "TMR locked, into a kernel without ccp_ext", .next = "6.12",
			.loaded = refuse_and_leave_the_module_out, .after = tmr_crossed,
		},
		{
			.name = "a_kernel_with_ccp_ext_finds_a_firmware_that_a_stock_kernel_left_initialised",
			.label = "... and into one with it", .next = "6.12", .stock = true,
			.loaded = hide_the_tmr, .after = knows_no_tmr,
		},
		{
			.name = "a_tmr_that_nobody_told_of_ends_in_a_cold_reset",
			.label = "... and on, SHUTDOWN still refused", .next = "6.12", .resets = true,
		},
	},
};
