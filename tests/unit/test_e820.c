// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kexec/e820.h"

static void knows_the_names_that_the_kernel_prints(void **state)
{
	(void)state;
	assert_int_equal(e820_type_from_name("System RAM"), 1);
	assert_int_equal(e820_type_from_name("Reserved"), 2);
	assert_int_equal(e820_type_from_name("ACPI Tables"), 3);
	assert_int_equal(e820_type_from_name("ACPI Non-volatile Storage"), 4);
	assert_int_equal(e820_type_from_name("Unusable memory"), 5);
	assert_int_equal(e820_type_from_name("Persistent Memory"), 7);
	assert_int_equal(e820_type_from_name("Persistent Memory (legacy)"), 12);
	assert_int_equal(e820_type_from_name("Soft Reserved"), 0xefffffff);
}

static void reserves_what_it_does_not_know(void **state)
{
	(void)state;
	assert_int_equal(e820_type_from_name("Unknown E820 type"), E820_RESERVED);
	assert_int_equal(e820_type_from_name("system ram"), E820_RESERVED);
	assert_int_equal(e820_type_from_name(""), E820_RESERVED);
}

static void refuses_impossible_ranges(void **state)
{
	struct boot_e820_entry e = { 1, 2, 3 };

	(void)state;
	assert_int_equal(e820_entry_set(&e, 10, 9, "System RAM"),
			 E820_ERR_RANGE);
	assert_int_equal(e820_entry_set(&e, 0, UINT64_MAX, "System RAM"),
			 E820_ERR_RANGE);
	assert_int_equal(e.addr, 1);
	assert_int_equal(e.size, 2);
	assert_int_equal(e.type, 3);
	assert_int_equal(e820_entry_set(&e, 0, 0, "System RAM"), 0);
	assert_int_equal(e.size, 1);
}

static void sorts_and_joins_neighbours_of_one_type(void **state)
{
	struct boot_e820_entry e[] = {
		{ 0x5000, 0x1000, E820_RAM },
		{ 0x3000, 0x1000, E820_RESERVED },
		{ 0x1000, 0x1000, E820_RAM },
		{ 0x4000, 0x1000, E820_RAM },
		{ 0x2000, 0x1000, E820_RAM },
		{ 0x9000, 0x1000, E820_RAM },
	};

	(void)state;
	assert_int_equal(e820_normalize(e, 6), 4);
	assert_int_equal(e[0].addr, 0x1000);
	assert_int_equal(e[0].size, 0x2000);
	assert_int_equal(e[1].type, E820_RESERVED);
	assert_int_equal(e[2].addr, 0x4000);
	assert_int_equal(e[2].size, 0x2000);
	assert_int_equal(e[3].addr, 0x9000);
}

static void normalizing_twice_changes_nothing(void **state)
{
	struct boot_e820_entry e[64], again[64];
	int i, round, nr;

	(void)state;
	srand(2);
	for (round = 0; round < 2000; round++) {
		uint64_t at = 0;

		for (i = 0; i < 64; i++) {
			uint64_t size = 4096ULL * (1 + rand() % 4);

			at += 4096ULL * (rand() % 2);
			e[i] = (struct boot_e820_entry) { at, size, 1 + rand() % 3 };
			at += size;
		}
		for (i = 0; i < 64; i++) {
			struct boot_e820_entry swap = e[i];
			int with = rand() % 64;

			e[i] = e[with];
			e[with] = swap;
		}
		nr = e820_normalize(e, 64);
		assert_in_range(nr, 1, 64);
		memcpy(again, e, sizeof(e));
		assert_int_equal(e820_normalize(again, nr), nr);
		assert_memory_equal(again, e, nr * sizeof(e[0]));
	}
}

static void refuses_overlaps(void **state)
{
	struct boot_e820_entry e[] = {
		{ 0x1000, 0x1001, E820_RAM },
		{ 0x2000, 0x1000, E820_RAM },
	};

	(void)state;
	assert_int_equal(e820_normalize(e, 2), E820_ERR_OVERLAP);
}

static void refuses_an_entry_past_the_end(void **state)
{
	struct boot_e820_entry e[] = { { UINT64_MAX - 10, 20, E820_RAM } };

	(void)state;
	assert_int_equal(e820_normalize(e, 1), E820_ERR_RANGE);
}

static void refuses_a_table_without_ram(void **state)
{
	struct boot_e820_entry e[] = { { 0, 4096, E820_RESERVED } };

	(void)state;
	assert_int_equal(e820_normalize(e, 1), E820_ERR_NO_RAM);
	assert_int_equal(e820_normalize(e, 0), E820_ERR_NO_RAM);
}

static void ram_is_one_range_and_all_of_it(void **state)
{
	static const struct boot_e820_entry e[] = {
		{ 0x1000, 0x1000, E820_RAM },
		{ 0x2000, 0x1000, E820_RESERVED },
		{ 0x3000, 0x2000, E820_RAM },
	};

	(void)state;
	assert_true(e820_is_ram(e, 3, 0x1000, 0x1000));
	assert_true(e820_is_ram(e, 3, 0x4fff, 1));
	assert_false(e820_is_ram(e, 3, 0x1000, 0x1001));
	assert_false(e820_is_ram(e, 3, 0xfff, 2));
	assert_false(e820_is_ram(e, 3, 0x2000, 1));
	assert_false(e820_is_ram(e, 3, 0x5000, 1));
	assert_false(e820_is_ram(e, 3, 0x3000, UINT64_MAX));
}

#define PAGES 64

/* Types by page; what no entry names is 0. */
static void types_of(const struct boot_e820_entry *e, uint32_t nr, uint32_t type[PAGES])
{
	memset(type, 0, PAGES * sizeof(*type));
	for (uint32_t i = 0; i < nr; i++)
		for (uint64_t p = e[i].addr >> 12; p < (e[i].addr + e[i].size) >> 12; p++)
			type[p] = e[i].type;
}

static void only_ram_becomes_reserved_and_only_there(void **state)
{
	static const uint32_t some[] = { 0, E820_RAM, E820_RAM, E820_RESERVED, E820_ACPI };
	struct boot_e820_entry e[2 * PAGES];
	uint32_t before[PAGES], after[PAGES], first, count;
	int nr, i, round;

	(void)state;
	srand(7);
	for (round = 0; round < 20000; round++) {
		for (nr = 0, i = 0; i < PAGES; i++) {
			uint32_t type = some[rand() % 5];

			if (type)
				e[nr++] = (struct boot_e820_entry) { (uint64_t)i << 12, 4096, type };
		}
		e[nr++] = (struct boot_e820_entry) { 1ULL << 32, 4096, E820_RAM };
		nr = e820_normalize(e, (uint32_t)nr);
		types_of(e, (uint32_t)nr - 1, before);
		first = (uint32_t)rand() % PAGES;
		count = (uint32_t)rand() % (PAGES - first);
		nr = e820_reserve(e, (uint32_t)nr, 2 * PAGES, (uint64_t)first << 12, (uint64_t)count << 12);
		assert_true(nr > 0);
		assert_int_equal(e820_normalize(e, (uint32_t)nr), nr);
		types_of(e, (uint32_t)nr - 1, after);
		for (i = 0; i < PAGES; i++)
			assert_int_equal(after[i], before[i] == E820_RAM && (uint32_t)i >= first &&
					 (uint32_t)i < first + count ? E820_RESERVED : before[i]);
	}
}

static void reserving_needs_room(void **state)
{
	struct boot_e820_entry e[3] = { { 0, 0x10000, E820_RAM } };

	(void)state;
	assert_int_equal(e820_reserve(e, 1, 2, 0x1000, 0x1000), E820_ERR_NO_ROOM);
	assert_int_equal(e820_reserve(e, 1, 3, 0x1000, UINT64_MAX), E820_ERR_RANGE);
	assert_int_equal(e820_reserve(e, 1, 3, 0x1000, 0x1000), 3);
	assert_int_equal(e820_reserve(e, 3, 3, 0x1000, 0x1000), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_names_that_the_kernel_prints),
		cmocka_unit_test(reserves_what_it_does_not_know),
		cmocka_unit_test(refuses_impossible_ranges),
		cmocka_unit_test(sorts_and_joins_neighbours_of_one_type),
		cmocka_unit_test(normalizing_twice_changes_nothing),
		cmocka_unit_test(refuses_overlaps),
		cmocka_unit_test(refuses_an_entry_past_the_end),
		cmocka_unit_test(refuses_a_table_without_ram),
		cmocka_unit_test(ram_is_one_range_and_all_of_it),
		cmocka_unit_test(only_ram_becomes_reserved_and_only_there),
		cmocka_unit_test(reserving_needs_room),
	};

	return cmocka_run_group_tests_name("e820", tests, NULL, NULL);
}
