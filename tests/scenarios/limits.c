// SPDX-License-Identifier: GPL-2.0-only
/*
 * Controls of limits that a jump keeps: what becomes of the next kernel beyond them, where ccp_ext is told to go on
 * all the same (on_unsafe=proceed), or the image is changed behind its back.
 */
#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PROCEED		"ccp_ext.on_unsafe=proceed"

/* The harness passes on the command line as it is; here the next kernel is to see all RAM. */
static bool without_mem(struct run *r)
{
	return inside(r, 180, "tar -xOf /dev/vda vmlinuz-6.12 >/tmp/vmlinuz && tar -xOf /dev/vda initrd-6.12 >/tmp/initrd && "
			      "snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd --append \"$(sed 's/mem=3G//' /proc/cmdline)\"");
}

/* What is hidden from a kernel with mem= cannot be named in the chain of its jump. */
const struct scenario hidden_memory_ignored_scenario = {
	.name = "hidden-memory-ignored",
	.title = "the control: a quarantine that is hidden, and the jump goes on",
	.on_demand = true,
	.config = { .name = "hidden-memory-ignored", .memory = "5G", .sets = { IOMMU_UNLOCKED },
		    .append = ASSUME_UNLOCKED " " PROCEED },
	.steps = {
		{
			.name = "a_kernel_with_mem_lives_beside_a_quarantine_above_it_as_before",
			.label = "SHUTDOWN refused, into mem=3G",
			.next = "6.12", .sev_es = 1, .snp = 1, .append = "mem=3G",
			.before = refuse_shutdown, .after = kept_something,
		},
		{
			.name = "a_quarantine_that_is_not_handed_on_kills_the_kernel_after_the_next",
			.label = "... and on from there, no reset", .next = "6.12", .dies = true,
			.loaded = without_mem,
		},
	},
};

/*
 * Puts @nr more nodes before the region in the image's list, each with a page of a block of its own. A node: next,
 * type SETUP_INDIRECT, length, and a setup_indirect: type, reserved, length, address
 * (arch/x86/include/uapi/asm/setup_data.h).
 */
static bool add_nodes(struct run *r, int nr)
{
	return inside(r, 120,
		      "w() { v=$1; n=$2; while [ $n -gt 0 ]; do "
		      "o=\"$o\\\\0$((v >> 6 & 3))$((v >> 3 & 7))$((v & 7))\"; v=$((v >> 8)); n=$((n - 1)); done; }; "
		      "cd " SYSFS "; set -- $(cat zone_commit); used=$(($3 + 4095 & ~4095)); entry=$5; "
		      "first=$(($(cat zone_address) + used)); next=$first; i=0; "
		      "while [ $i -lt %d ]; do i=$((i + 1)); o=; next=$((next + 40)); "
		      "[ $i -lt %d ] || next=$(cat region_address); "
		      "w $next 8; w 0x80000000 4; w 24 4; w 0xc0000000 4; w 0 4; w 4096 8; "
		      "w $((0x60000000 + i * 0x200000)) 8; printf %%b \"$o\"; done >/run/nodes; "
		      "[ $(wc -c </run/nodes) = %d ] && o= && w $first 8 && "
		      "dd if=/run/nodes of=zone_data bs=4096 seek=$((used / 4096)) conv=notrunc && "
		      "printf %%b \"$o\" | dd of=zone_data bs=8 seek=$((0x250 / 8)) conv=notrunc && "
		      "echo $((used + 8192)) $entry >zone_commit && grep ^clean image", nr, nr, nr * 40);
}

static bool as_many_as_a_chain_has(struct run *r)
{
	return add_nodes(r, 100);
}

static bool more_than_a_chain_has(struct run *r)
{
	return add_nodes(r, 130);
}

static bool never_came_up(struct run *r)
{
	if (r->hop.alive || r->hop.rmp_fault)
		return fail(r, "%s", r->hop.alive ? "it lives" : r->hop.death);
	return machine_event(&r->machine, "next-kernel") ? true : fail(r, "the next kernel did not begin");
}

const struct scenario many_nodes_scenario = {
	.name = "many-nodes",
	.title = "the control: a chain longer than ours may be",
	.on_demand = true,
	.config = { .name = "many-nodes" },
	.steps = {
		{
			.name = "a_kernel_starts_with_100_nodes_of_setup_data",
			.label = "100 nodes", .next = "6.12", .force = true,
			.loaded = as_many_as_a_chain_has, .after = fill_memory,
		},
		{
			.name = "a_kernel_does_not_start_with_130_nodes_of_setup_data",
			.label = "130 nodes", .next = "6.12", .force = true, .may_die = true, .touches = true,
			.loaded = more_than_a_chain_has, .after = never_came_up,
		},
	},
};

/*
 * Without a cut the chain names the topmost page of RAM. Up to 6.14 that page does not count as RAM then, for max_pfn
 * (E820_TYPE_RESERVED_KERN, removed by efe659ac0146), and does for memblock.
 */
#define UNCUT(series_name) {										\
	.name = "top-uncut-" series_name,								\
	.title = "the control: a chain that names the topmost page of RAM, into " series_name,		\
	.on_demand = true,										\
	.config = { .name = "top-uncut-" series_name,							\
		    .append = "ccp_ext.assume_top=1 ccp_ext.cut_max_mb=0 " PROCEED },			\
	.steps = { {											\
		.name = "with_the_topmost_page_in_its_chain_" series_name "_does_not_start",		\
		.label = "topmost page in the chain", .next = series_name, .may_die = true, .touches = true,	\
		.after = never_came_up,									\
	} },												\
}

const struct scenario top_uncut_scenarios[2] = { UNCUT("6.12"), UNCUT("6.1") };
