// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table comes from /sys/firmware/memmap, not from the previous
 * boot_params: memmap is what the kernel made of its boot_params *and* of
 * SETUP_E820_EXT entries (e820__memory_setup_extended), including the 2 MiB
 * blocks at an unaligned RMP that an SNP host must not use
 * (snp_fixup_e820_tables in arch/x86/virt/svm/sev.c), but without that
 * kernel's own mem=, memmap= and setup_data splits. So a table that is passed
 * on from hop to hop is always the firmware's, and never loses an entry.
 */
#include <stddef.h>
#include <string.h>

#include "e820.h"

/**
 * e820_type_from_name() - type of a /sys/firmware/memmap entry
 * @name: as e820_type_to_string() of arch/x86/kernel/e820.c prints it
 *
 * Return: the E820 type; a name that is not known becomes Reserved, so that
 * no kernel will use that memory.
 */
uint32_t e820_type_from_name(const char *name)
{
	static const struct e820_name {
		const char *name;
		uint32_t type;
	} types[] = {
		{ "System RAM", E820_RAM },
		{ "ACPI Tables", E820_ACPI },
		{ "ACPI Non-volatile Storage", E820_NVS },
		{ "Unusable memory", E820_UNUSABLE },
		{ "Persistent Memory", E820_PMEM },
		{ "Persistent Memory (legacy)", E820_PRAM },
		{ "Soft Reserved", E820_SOFT_RESERVED },
		{ NULL, E820_RESERVED },
	};
	const struct e820_name *t = types;

	while (t->name && strcmp(t->name, name))
		t++;
	return t->type;
}

/**
 * e820_entry_set() - fill one entry
 * @e: entry; untouched on error
 * @start: first byte
 * @last: last byte, inclusive as in sysfs
 * @type: name of the type
 *
 * Return: 0 or E820_ERR_RANGE.
 */
int e820_entry_set(struct boot_e820_entry *e, uint64_t start, uint64_t last,
		   const char *type)
{
	if (last < start || last - start == UINT64_MAX)
		return E820_ERR_RANGE;
	e->addr = start;
	e->size = last - start + 1;
	e->type = e820_type_from_name(type);
	return 0;
}

static void sort_by_address(struct boot_e820_entry *e, uint32_t nr)
{
	uint32_t i, j;

	/* Insertion sort: the kernel lists the entries nearly in order. */
	for (i = 1; i < nr; i++) {
		struct boot_e820_entry key = e[i];

		for (j = i; j && e[j - 1].addr > key.addr; j--)
			e[j] = e[j - 1];
		e[j] = key;
	}
}

/**
 * e820_normalize() - sort, join neighbours of one type, refuse nonsense
 * @e: entries in any order; on error in an order of no meaning
 * @nr: how many
 *
 * Return: number of entries left, or a negative enum e820_error.
 */
int e820_normalize(struct boot_e820_entry *e, uint32_t nr)
{
	uint32_t i, used = 0;
	bool ram = false;

	sort_by_address(e, nr);
	for (i = 0; i < nr; i++) {
		struct boot_e820_entry *prev = used ? &e[used - 1] : NULL;

		if (e[i].addr + (e[i].size - 1) < e[i].addr)
			return E820_ERR_RANGE;
		if (prev && e[i].addr - prev->addr < prev->size)
			return E820_ERR_OVERLAP;
		ram |= e[i].type == E820_RAM;
		if (prev && prev->type == e[i].type &&
		    e[i].addr - prev->addr == prev->size)
			prev->size += e[i].size;
		else
			e[used++] = e[i];
	}
	return ram ? (int)used : E820_ERR_NO_RAM;
}

/* Cut e[i] in two, @at bytes from its start. */
static void split(struct boot_e820_entry *e, uint32_t nr, uint32_t i,
		  uint64_t at)
{
	memmove(&e[i + 1], &e[i], (nr - i) * sizeof(*e));
	e[i].size = at;
	e[i + 1].addr += at;
	e[i + 1].size -= at;
}

/**
 * e820_reserve() - what is RAM of a range becomes Reserved
 * @e: normalized entries, and room for two more; still so afterwards
 * @nr: how many
 * @max: room in @e, entries
 * @pa: first byte
 * @size: bytes
 *
 * Return: number of entries, or a negative enum e820_error; the table is of no
 * use then.
 */
int e820_reserve(struct boot_e820_entry *e, uint32_t nr, uint32_t max,
		 uint64_t pa, uint64_t size)
{
	uint64_t end = pa + size;
	uint32_t i;

	if (end < pa)
		return E820_ERR_RANGE;
	for (i = 0; i < nr && size; i++) {
		if (e[i].type != E820_RAM || end <= e[i].addr ||
		    pa >= e[i].addr + e[i].size)
			continue;
		if (nr + 2 > max)
			return E820_ERR_NO_ROOM;
		if (pa > e[i].addr) {
			split(e, nr++, i, pa - e[i].addr);
			i++;
		}
		if (end < e[i].addr + e[i].size)
			split(e, nr++, i, end - e[i].addr);
		e[i].type = E820_RESERVED;
	}
	return e820_normalize(e, nr);
}

/**
 * e820_is_ram() - does all of a range lie in one range of RAM?
 * @e: normalized entries
 * @nr: how many
 * @pa: first byte
 * @size: bytes, not zero
 */
bool e820_is_ram(const struct boot_e820_entry *e, uint32_t nr, uint64_t pa,
		 uint64_t size)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (e[i].type == E820_RAM && pa >= e[i].addr &&
		    pa - e[i].addr < e[i].size &&
		    size <= e[i].size - (pa - e[i].addr))
			return true;
	return false;
}
