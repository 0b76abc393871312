// SPDX-License-Identifier: GPL-2.0-only
/*
 * A chain that names pages of the very kernel that reads it. They are reserved, as all that a chain names, and
 * to a kernel that gives back whatever it finds reserved they look like memory that is to come back.
 */
#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define BLOCK		(2LL << 20)
/* where snp-kexec puts a kernel in the landing zone; without KASLR it is unpacked there */
#define KERNEL_OFFSET	BLOCK
#define NOKASLR		"nokaslr"
/* struct setup_data and setup_indirect (arch/x86/include/uapi/asm/setup_data.h); "SNPH" is the hand-over's type */
#define INDIRECT	0x80000000u
#define HANDOVER	0x534e5048u

struct node {
	uint64_t next;
	uint32_t type, len;
	uint32_t inner_type, reserved;
	uint64_t bytes, pa;
};

static long long kernel_pa, named_pa;

static bool number(struct run *r, long long *value, const char *command)
{
	if (!inside(r, 30, "%s", command))
		return false;
	*value = strtoll(r->output, NULL, 16);
	return *value || fail(r, "no number from %s", command);
}

/* The region's head is all zeroes where the chain names nothing. */
static bool write_in_the_jump(struct run *r, long long pa, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	char fault[128];

	for (size_t i = 0; i < size; i++) {
		snprintf(fault, sizeof(fault),
			 "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":1,\"fill\":%u}",
			 pa + (long long)i, byte[i]);
		if (byte[i] && !add_fault(r, fault))
			return false;
	}
	return true;
}

/* One target more, behind a head that leads to it. */
static bool name_in_the_jump(struct run *r)
{
	struct node node = {
		.type = htole32(INDIRECT), .len = htole32(sizeof(node) - offsetof(struct node, inner_type)),
		.inner_type = htole32(INDIRECT | HANDOVER), .bytes = htole64(BLOCK), .pa = htole64(named_pa),
	};
	long long region;
	uint64_t first;

	if (!number(r, &region, "cat " SYSFS "/region_address"))
		return false;
	first = htole64(region + offsetof(struct node, inner_type));
	return write_in_the_jump(r, region, &first, sizeof(first)) &&
	       write_in_the_jump(r, region + offsetof(struct node, inner_type), &node, sizeof(node));
}

static bool find_the_next_kernel(struct run *r)
{
	if (!number(r, &kernel_pa, "cat " SYSFS "/zone_address"))
		return false;
	kernel_pa += KERNEL_OFFSET;
	return true;
}

static bool name_its_text(struct run *r)
{
	if (!find_the_next_kernel(r))
		return false;
	named_pa = kernel_pa + BLOCK;
	return name_in_the_jump(r);
}

#define CODE_START	"sed -n 's/^ *\\([0-9a-f]*\\)-.* : Kernel code$/\\1/p' /proc/iomem"
#define BSS_END		"sed -n 's/^ *[0-9a-f]*-\\([0-9a-f]*\\) : Kernel bss$/\\1/p' /proc/iomem"

/* Its first page tables lie behind bss, as far behind its start as those of this kernel, which is the same. */
static bool name_its_page_tables(struct run *r)
{
	long long start, end;

	if (!number(r, &start, CODE_START) || !number(r, &end, BSS_END) || !find_the_next_kernel(r))
		return false;
	named_pa = (kernel_pa + end + 1 - start) & -BLOCK;
	return name_in_the_jump(r);
}

/* What was named is the kernel's, was found in the chain, and is not given back. */
static bool keeps_its_own(struct run *r)
{
	long long start;

	if (!number(r, &start, CODE_START))
		return false;
	if (start != kernel_pa)
		return fail(r, "the kernel lies at %#llx instead of %#llx", start, kernel_pa);
	if (r->hop.quarantined != BLOCK >> 12 || r->hop.freed)
		return fail(r, "of %lld pages that the chain named %lld were given back", r->hop.quarantined, r->hop.freed);
	return fill_memory(r);
}

static bool died_of_it(struct run *r)
{
	if (r->hop.alive)
		return fail(r, "the kernel lives without its own pages");
	snprintf(r->note, sizeof(r->note), "%s", r->hop.death);
	return (machine_event(&r->machine, "next-kernel") && !r->hop.rmp_fault) ||
	       fail(r, "it died, but of something else: %s", r->hop.death);
}

const struct scenario forged_scenarios[2] = {
	{
		.name = "forged-text",
		.title = "the chain names the next kernel's text",
		.config = { .name = "forged-text" },
		.steps = {
			{
				.name = "a_chain_that_names_the_kernels_text_frees_none_of_it",
				.label = "chain names the kernel's text", .next = "6.12", .append = NOKASLR,
				.loaded = name_its_text, .after = keeps_its_own,
			},
		},
	}, {
		.name = "forged-brk",
		.title = "the chain names the next kernel's first page tables",
		.config = { .name = "forged-brk" },
		.steps = {
			{
				.name = "a_chain_that_names_the_kernels_page_tables_frees_none_of_them",
				.label = "chain names the kernel's page tables", .next = "6.12", .append = NOKASLR,
				.loaded = name_its_page_tables, .after = keeps_its_own,
			},
		},
	},
};

const struct scenario forged_unguarded_scenarios[2] = {
	{
		.name = "forged-text-unguarded",
		.title = "the control: a kernel gives its text back",
		.config = { .name = "forged-text-unguarded" },
		.steps = {
			{
				.name = "a_kernel_that_gives_back_its_text_dies",
				.label = "... and the kernel gives it back", .next = "6.12", .may_die = true, .touches = true,
				.append = NOKASLR " ccp_ext.spare_kernel=0",
				.loaded = name_its_text, .after = died_of_it,
			},
		},
	}, {
		.name = "forged-brk-unguarded",
		.title = "the control: a kernel gives its page tables back",
		.on_demand = true,	/* it hangs, and is waited for */
		.config = { .name = "forged-brk-unguarded" },
		.steps = {
			{
				.name = "a_kernel_that_gives_back_its_page_tables_dies",
				.label = "... and the kernel gives them back", .next = "6.12", .may_die = true, .touches = true,
				.append = NOKASLR " ccp_ext.spare_kernel=0",
				.loaded = name_its_page_tables, .after = died_of_it,
			},
		},
	},
};
