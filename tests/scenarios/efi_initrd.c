// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel that EFI starts has its initrd from a table of its own stub's (LINUX_EFI_INITRD_MEDIA_GUID), which lies in
 * the loader's data: memory that is free once it was read. EFI's list of tables names it for ever. Each kernel that
 * follows reads it again, and since commit 6e62d1c6f2c7 ("efi: Wipe INITRD config table from memory after
 * consumption") writes zeros over it, whosever memory it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "efi.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define PAGE		4096
#define FILLED		0x5a
#define TABLE_BYTES	16	/* struct linux_efi_initrd */
#define READS_IT	"initrdmem=0,0"	/* what ccp_ext's images have is initrdmem=0,1 */

static long long table_pa;

static bool find_table(struct run *r)
{
	if (!inside(r, 30, "dmesg | sed -n 's/.* INITRD=\\(0x[0-9a-f]*\\).*/\\1/p'"))
		return false;
	table_pa = strtoll(r->output, NULL, 16);
	return table_pa || fail(r, "EFI's tables name no initrd");
}

bool mark_initrd_table(struct run *r)
{
	char fault[128];

	if (!find_table(r))
		return false;
	snprintf(fault, sizeof(fault), "{\"on\":\"next-kernel\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":%d,\"fill\":%d}",
		 table_pa & -PAGE, PAGE, FILLED);
	return add_fault(r, fault);
}

/* From outside: a kernel shows nobody what it takes for free memory. */
static bool read_page(struct run *r, long long pa, unsigned char *page)
{
	struct json_object *arguments = json_object_new_object();
	char path[300];
	size_t got = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/page", r->machine.logs);
	json_object_object_add(arguments, "val", json_object_new_int64(pa));
	json_object_object_add(arguments, "size", json_object_new_int(PAGE));
	json_object_object_add(arguments, "filename", json_object_new_string(path));
	if (machine_monitor(&r->machine, "pmemsave", arguments))
		return fail(r, "%s", r->machine.error);
	f = fopen(path, "r");
	if (f) {
		got = fread(page, 1, PAGE, f);
		fclose(f);
	}
	return got == PAGE || fail(r, "%s: no page in it", path);
}

bool initrd_table_was_wiped(struct run *r)
{
	unsigned char page[PAGE];
	int at = table_pa & (PAGE - 1);

	if (!read_page(r, table_pa & -PAGE, page))
		return false;
	for (int i = 0; i < PAGE; i++)
		if (page[i] != (i >= at && i < at + TABLE_BYTES ? 0 : FILLED))
			return fail(r, "the byte at %#llx is %#x", (table_pa & -PAGE) + i, page[i]);
	return true;
}

/* Where in EFI's list (UEFI 2.10, 4.6: GUID, address) the table's address stands. */
static long long find_entry(struct run *r, uint64_t *table)
{
	static const unsigned char guid[16] = {
		0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f, 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68
	};
	unsigned char page[PAGE];
	long long list;

	if (!inside(r, 30, "cat /sys/firmware/efi/config_table"))
		return 0;
	list = strtoll(r->output, NULL, 0);
	if (!read_page(r, list, page))
		return 0;
	for (int at = 0; at + 24 <= PAGE; at += 24) {
		if (memcmp(page + at, guid, sizeof(guid)))
			continue;
		memcpy(table, page + at + 16, sizeof(*table));
		return list + at + 16;
	}
	fail(r, "EFI's list at %#llx names no initrd", list);
	return 0;
}

/* Where guests come to lie is chance: so it is the list that comes to name a guest's page, in the jump. */
static bool a_guest_over_the_table(struct run *r)
{
	char fault[128];
	long long entry;
	uint64_t table;

	if (!find_table(r))
		return false;
	entry = find_entry(r, &table);
	if (!entry)
		return false;
	if (table != (uint64_t)table_pa)
		return fail(r, "the list says %#llx, the kernel %#llx", (unsigned long long)table, table_pa);
	if (!inside(r, 30, "rmpctl show --json --runs " SYSFS "/blob | tr -d ' \\n' | tr '{' '\\n' | "
			   "sed -n 's/^\"pfn\":\\([0-9]*\\),.*\"state\":\"Guest-.*/\\1/p' | head -n 1"))
		return false;
	table_pa = strtoll(r->output, NULL, 10) * PAGE;
	if (!table_pa)
		return fail(r, "no page is a guest's");
	for (int i = 0; i < 8; i++) {
		int change = ((table ^ table_pa) >> (8 * i)) & 0xff;

		snprintf(fault, sizeof(fault), "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":1,\"xor\":%d}",
			 entry + i, change);
		if (change && !add_fault(r, fault))
			return false;
	}
	return true;
}

static bool names_the_guests_page(struct run *r)
{
	long long guest = table_pa;

	if (!find_table(r))
		return false;
	return table_pa == guest ||
	       fail(r, "EFI's list names %#llx, not the guest's page %#llx", table_pa, guest);
}

static bool was_left_alone(struct run *r)
{
	return names_the_guests_page(r) && everything_came_back(r);
}

static bool died_of_the_table(struct run *r)
{
	struct json_object *fault = machine_event(&r->machine, "rmp-fault"), *field = NULL;
	long long pa = 0;

	if (fault && json_object_object_get_ex(fault, "pa", &field))
		pa = json_object_get_int64(field);
	return (pa >= table_pa && pa < table_pa + TABLE_BYTES) ||
	       fail(r, "the table is at %#llx, but: %s", table_pa, r->hop.death);
}

#define EFI_INITRD(id, text, sentence, way, words, fatal, look) {		\
	.name = id, .title = text, .on_demand = true,			\
	.config = { .name = id, .efi = true, .monitor = true, .append = "ccp_ext.policy=lazy" },				\
	.steps = {							\
		{							\
			.name = sentence, .label = "EFI, a guest over its initrd's table", .next = "7.3", .snp = 1,	\
			.file = way, .append = words, .dies = fatal,	\
			.before = a_guest_over_the_table, .after = look,	\
		},							\
	},								\
}

/* Nothing of ours is in a crash kernel: what stock kernels do, and what their command line can do about it. */
#define EFI_INITRD_CRASH(id, text, sentence, words, fatal, look) {		\
	.name = id, .title = text, .on_demand = true,			\
	.config = { .name = id, .efi = true, .monitor = true, .append = "crashkernel=256M" },	\
	.steps = {							\
		{							\
			.name = sentence, .label = "EFI, a guest over its initrd's table, panic", .next = "7.3",	\
			.snp = 1, .crash = true, .touches = true, .append = words, .dies = fatal,	\
			.before = a_guest_over_the_table, .after = look,	\
		},							\
	},								\
}

const struct scenario efi_initrd_scenarios[EFI_INITRD_NR] = {
	EFI_INITRD("efi-initrd", "a guest's page lies where the initrd's table of an EFI host lay",
		   "a_next_kernel_leaves_alone_what_efi_says_is_its_initrds_table", false, NULL, false, was_left_alone),
	EFI_INITRD("efi-initrd-file", "the same by kexec_file_load",
		   "one_by_kexec_file_load_leaves_alone_what_efi_says_is_its_initrds_table", true, NULL, false, was_left_alone),
	EFI_INITRD("efi-initrd-read", "the control: it is read, as stock kernels do",
		   "a_next_kernel_that_reads_efis_table_of_its_initrd_dies_of_an_rmp_fault", false, READS_IT, true,
		   died_of_the_table),
	EFI_INITRD_CRASH("efi-initrd-crash", "... and a stock crash kernel is started",
			 "a_crash_kernel_dies_of_an_rmp_fault_at_what_efi_says_is_the_initrds_table",
			 "no_timer_check", true, died_of_the_table),
	EFI_INITRD_CRASH("efi-initrd-crash-told", "... with initrdmem=0,1",
			 "a_crash_kernel_that_has_an_initrds_size_leaves_alone_what_efi_says_is_its_table",
			 "no_timer_check initrdmem=0,1", false, names_the_guests_page),
};
