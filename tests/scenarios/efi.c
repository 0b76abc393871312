// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that was started by UEFI: its firmware leaves a memory map in pieces up to the top of RAM, and
 * runtime services that each kernel must find where the first one has put them. That they work a variable
 * shows that is written before each jump, and read after it with all those before.
 */
#include <stdio.h>
#include <string.h>

#include "efi.h"

#define SYSFS	"/sys/kernel/ccp_ext"
#define PARAMETER(name)	"/sys/module/ccp_ext/parameters/" name
#define VARS	"/sys/firmware/efi/efivars"
/* names of our own: EDK2 takes no others under the global GUID */
#define OURS(hop) VARS "/SnpHop" hop "-3a2f7c10-5d1e-4b8a-9c55-0f6a1b2c3d4e"

/* The runtime services' memory when the machine was switched on. */
static char first_map[MACHINE_OUTPUT_BYTES];

static bool read_map(struct run *r)
{
	return inside(r, 60, "cd /sys/firmware/efi/runtime-map && for i in *; do "
			     "echo $(cat $i/type $i/phys_addr $i/virt_addr $i/num_pages $i/attribute); done | sort");
}

/* Attributes: non-volatile, boot and runtime services; UEFI 2.10, 8.2.1 */
static bool write_variable(struct run *r)
{
	return inside(r, 60, "modprobe efivarfs && { [ -n \"$(ls " VARS ")\" ] || mount -t efivarfs none " VARS "; } && "
			     "n=$(ls " VARS " | grep -c '^SnpHop'); "
			     "printf '\\007\\000\\000\\000hop %%s' $n >" OURS("$n"));
}

static bool begin(struct run *r)
{
	if (!read_map(r))
		return false;
	snprintf(first_map, sizeof(first_map), "%s", r->output);
	if (!strstr(first_map, "0x"))
		return fail(r, "the machine was not started by UEFI");
	return write_variable(r);
}

static bool begin_lazy(struct run *r)
{
	return write_variable(r) && inside(r, 30, "echo lazy >" SYSFS "/policy");
}

/*
 * No byte of the services' memory is RAM to this kernel. Stock means say otherwise of the tables that the
 * first kernel kept (boot services data, type 4), for which nobody cares after a kexec.
 */
#define NOT_RAM									\
	"cd /sys/firmware/efi/runtime-map && for i in *; do "			\
	"[ $(cat $i/type) != 0x4 ] || [ %d = 0 ] || continue; "			\
	"s=$(($(cat $i/phys_addr))) e=$(($(cat $i/phys_addr) + 4096 * $(cat $i/num_pages))); "	\
	"for m in /sys/firmware/memmap/*; do grep -qx 'System RAM' $m/type || continue; "	\
	"[ $(($(cat $m/start))) -ge $e ] || [ $(($(cat $m/end))) -lt $s ] || { echo $i $m; exit 1; }; done; done"

static bool efi_lives(struct run *r)
{
	if (!read_map(r))
		return false;
	if (strcmp(r->output, first_map))
		return fail(r, "the runtime services' map is now %s, was %s", r->output, first_map);
	if (!inside(r, 60, NOT_RAM, r->step->stock || r->step->file) || !write_variable(r))
		return false;
	/* all that were written before a jump are there, the newest one is this kernel's */
	return inside(r, 60, "n=0; while [ -e " OURS("$n") " ]; do "
			     "[ \"$(tail -c +5 " OURS("$n") ")\" = \"hop $n\" ] || exit 1; n=$((n + 1)); done; "
			     "[ $n -ge 2 ] && [ $n = $(ls " VARS " | grep -c '^SnpHop') ]");
}

static bool left_nothing_and_efi_lives(struct run *r)
{
	return left_nothing(r) && efi_lives(r);
}

static bool all_came_back_and_efi_lives(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined < 4096 || hop->freed != hop->quarantined || hop->kept || hop->pending)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending", hop->quarantined, hop->freed,
			    hop->kept, hop->pending);
	return inside(r, 30, "rmpctl show " SYSFS "/incoming | grep -E '^ *Policy +lazy'") && fill_memory(r) &&
	       efi_lives(r);
}

static bool memory_is_ours_and_efi_lives(struct run *r)
{
	return fill_memory(r) && efi_lives(r);
}

#define EFI_STEP(sentence, from, to, way, nr_snp, first, look) {		\
	.name = sentence, .label = "EFI, " from " to " to, .next = to,		\
	.sev_es = 2, .snp = (nr_snp), .file = (way), .before = first, .after = look, \
}

#define EFI(id, sentence, text, demand, way) {				\
	.name = id, .title = text, .on_demand = demand,			\
	.config = { .name = id, .efi = true },				\
	.steps = {							\
		EFI_STEP(sentence "_6.12_to_6.12_hands_on_efis_runtime_services", "6.12", "6.12", way, 2,	\
			 begin, left_nothing_and_efi_lives),		\
		EFI_STEP(sentence "_6.12_to_7.3_keeps_lazy_guests_pages_and_efis_apart", "6.12", "7.3", way, 2,	\
			 begin_lazy, all_came_back_and_efi_lives),	\
		EFI_STEP(sentence "_7.3_to_6.1_hands_on_efis_runtime_services", "7.3", "6.1", way, 2,	\
			 NULL, left_nothing_and_efi_lives),		\
		EFI_STEP(sentence "_6.1_to_6.12_hands_on_efis_runtime_services", "6.1", "6.12", way, 0,	\
			 NULL, left_nothing_and_efi_lives),		\
		{							\
			.name = sentence "_memory_is_ours_after_four_hops_on_an_efi_host",	\
			.sev_es = 1, .snp = 1, .after = fill_memory,	\
		},							\
	},								\
}

const struct scenario efi_scenarios[2] = {
	EFI("efi", "in_place", "a host that was started by UEFI", false, false),
	EFI("efi-file", "by_kexec_file_load", "the same by kexec_file_load", true, true),
};

/*
 * A table that the first kernel kept lies in RAM, to that kernel, and is no RAM in the map of an image: a page beside
 * it that counts as assigned from the last look on.
 */
static bool a_page_beside_a_table(struct run *r)
{
	return begin(r) && inside(r, 60, "cd /sys/firmware/efi/runtime-map && for i in *; do "
				  "[ $(cat $i/type) = 0x4 ] || continue; a=$(($(cat $i/phys_addr))); "
				  "for m in /sys/firmware/memmap/*; do grep -qx 'System RAM' $m/type || continue; "
				  "[ $(($(cat $m/start))) -gt $((a - 4096)) ] || [ $(($(cat $m/end))) -lt $a ] || { "
				  "echo $((a - 4096)) >" PARAMETER("assume_late") "; exit 0; }; done; done; exit 1");
}

static bool kept_out_without_the_table(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined <= 0 || hop->freed <= 0 || hop->freed >= hop->quarantined || hop->kept || hop->pending)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending", hop->quarantined, hop->freed,
			    hop->kept, hop->pending);
	return memory_is_ours_and_efi_lives(r);
}

const struct scenario efi_hole_scenario = {
	.name = "efi-hole",
	.title = "a page to be kept out beside a table that the image's map has no RAM for",
	.config = { .name = "efi-hole", .efi = true },
	.steps = {
		{
			.name = "a_page_beside_efis_tables_that_is_assigned_after_the_hand_over_is_kept_out",
			.label = "EFI, a page beside a table", .next = "6.12",
			.before = a_page_beside_a_table, .after = kept_out_without_the_table,
		},
	},
};

static bool kept_beside_the_table(struct run *r)
{
	return kept_something(r) && inside(r, 30, "dmesg | grep 'ccp_ext: .* are reserved in this kernel.s memory map'") &&
	       memory_is_ours_and_efi_lives(r);
}

/* All but the table's page was handed on, and is free now. */
static bool rest_came_back(struct run *r)
{
	return everything_came_back(r) && memory_is_ours_and_efi_lives(r);
}

/* A block that stays kept out is handed on, although a page of it is no RAM of this kernel, nor of the next one. */
const struct scenario efi_hole_kept_scenario = {
	.name = "efi-hole-kept",
	.title = "... and stays kept out for one kernel",
	.on_demand = true,
	.config = { .name = "efi-hole-kept", .efi = true },
	.steps = {
		{
			.name = "a_block_with_a_table_stays_kept_out",
			.label = "EFI, a page beside a table, no give-back", .next = "6.12",
			.append = "ccp_ext.giveback=0",
			.before = a_page_beside_a_table, .after = kept_beside_the_table,
		},
		{
			.name = "and_is_handed_on_to_a_kernel_for_which_the_table_is_no_ram_either",
			.label = "... and on", .next = "7.3", .append = "ccp_ext.giveback=1", .after = rest_came_back,
		},
	},
};

static bool lives_with_quarantine_and_efi(struct run *r)
{
	if (r->hop.quarantined <= 0)
		return fail(r, "nothing was quarantined, although the PSP refused to shut down");
	return memory_is_ours_and_efi_lives(r);
}

static bool begin_refusal(struct run *r)
{
	return begin(r) && refuse_shutdown(r);
}

const struct scenario efi_refusal_scenario = {
	.name = "efi-refusal",
	.title = "... whose PSP refuses to shut down",
	.on_demand = true,
	.config = { .name = "efi-refusal", .efi = true },
	.steps = {
		{
			.name = "a_quarantine_on_an_efi_host_leaves_its_runtime_services_alone",
			.label = "EFI, SHUTDOWN refused", .next = "6.12", .sev_es = 2, .snp = 2,
			.before = begin_refusal, .after = lives_with_quarantine_and_efi,
		},
		{
			.name = "and_survives_a_second_hop_with_them",
			.label = "EFI, and once more", .next = "7.3", .after = lives_with_quarantine_and_efi,
		},
	},
};

static bool table_was_wiped_and_efi_lives(struct run *r)
{
	return initrd_table_was_wiped(r) && efi_lives(r);
}

/*
 * What the same look says of kernels that are started by nobody but themselves. kexec_file_load puts an image as high
 * as it can: with 4 GiB above all that EFI's tables name. With 2 GiB over the initrd's table, and 7.3 is what it wipes.
 */
const struct scenario efi_stock_scenario = {
	.name = "efi-stock",
	.title = "the control: stock kexec_file_load on a host that was started by UEFI",
	.on_demand = true,
	.config = { .name = "efi-stock", .efi = true, .append = "ccpext=0 ccp=0", .memory = "4G", .monitor = true },
	.steps = {
		{
			.name = "stock_kexec_6.12_to_6.12_hands_on_efis_runtime_services",
			.label = "EFI, stock", .next = "6.12", .stock = true, .before = begin, .after = efi_lives,
		},
		{
			.name = "stock_kexec_6.12_to_7.3_hands_on_efis_runtime_services_and_wipes_what_lies_where_efi_had_the_initrds_table",
			.label = "EFI, stock", .next = "7.3", .stock = true, .before = mark_initrd_table,
			.after = table_was_wiped_and_efi_lives,
		},
		{
			.name = "stock_kexec_7.3_to_6.1_hands_on_efis_runtime_services",
			.label = "EFI, stock", .next = "6.1", .stock = true, .after = efi_lives,
		},
	},
};
