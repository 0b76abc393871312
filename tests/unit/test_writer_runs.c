// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

#define NR_PAGES	16384
#define NR_BLOCKS	(NR_PAGES / 512)
#define FIRST_PFN	0x80000ULL

static struct rmpp_raw_entry table[NR_PAGES] __attribute__((aligned(64)));
static u8 buf[1 << 20] __attribute__((aligned(8)));
static struct rmpp_writer writer;
static struct rmpp_scan_counts counts;
static bool coarse;
static u64 table_pages;

static void clear(void)
{
	memset(table, 0, sizeof(table));
	table_pages = NR_PAGES;
	assert_int_equal(rmpp_writer_init(&writer, buf, sizeof(buf), 4), 0);
}

static void fill(u64 first, u64 nr, u64 lo)
{
	while (nr--)
		put_entry(&table[first++], lo);
}

static int encode(u32 max_runs)
{
	return rmpp_writer_rmp_runs(&writer, table, FIRST_PFN, table_pages, max_runs,
				    &counts, &coarse);
}

static const struct rmpp_run_ser *run(u32 i)
{
	return (const struct rmpp_run_ser *)(buf + sizeof(struct rmpp_header_ser) +
					     4 * sizeof(struct rmpp_section_ser)) + i;
}

static u32 nr_runs(void)
{
	const struct rmpp_section_ser *s =
		(const void *)(buf + sizeof(struct rmpp_header_ser));

	return (u32)(le64_to_cpu(s->size) / sizeof(struct rmpp_run_ser));
}

static void assert_run(u32 i, u64 pfn, u32 nr_pages, u32 state, u32 asid)
{
	assert_in_range(i, 0, nr_runs() - 1);
	assert_int_equal(le64_to_cpu(run(i)->pfn), FIRST_PFN + pfn);
	assert_int_equal(le32_to_cpu(run(i)->nr_pages), nr_pages);
	assert_int_equal(run(i)->state, state);
	assert_int_equal(le16_to_cpu(run(i)->asid), asid);
}

/* Sorted, each page in state that the table gives it or MIXED, none left out. */
static void assert_covers_table(void)
{
	struct rmpp_entry e;
	u64 end = 0, at, pfn;
	u32 i;

	for (i = 0; i < nr_runs(); i++) {
		pfn = le64_to_cpu(run(i)->pfn) - FIRST_PFN;
		assert_true(pfn >= end);
		assert_true(le32_to_cpu(run(i)->nr_pages) > 0);
		for (at = end; at < pfn; at++) {
			rmpp_entry_from_raw(&e, &table[at]);
			assert_int_equal(rmpp_entry_state(&e), RMPP_PAGE_HYPERVISOR);
		}
		end = pfn + le32_to_cpu(run(i)->nr_pages);
		assert_in_range(end, 1, table_pages);
		if (run(i)->state == RMPP_PAGE_MIXED) {
			assert_true(coarse);
			continue;
		}
		for (at = pfn; at < end; at++) {
			rmpp_entry_from_raw(&e, &table[at]);
			assert_int_equal(rmpp_entry_state(&e), run(i)->state);
			assert_int_equal(e.asid, le16_to_cpu(run(i)->asid));
		}
	}
	for (at = end; at < table_pages; at++) {
		rmpp_entry_from_raw(&e, &table[at]);
		assert_int_equal(rmpp_entry_state(&e), RMPP_PAGE_HYPERVISOR);
	}
}

static void runs_are_exact_when_they_fit(void **state)
{
	(void)state;
	clear();
	fill(3, 5, E_GUEST(7));
	fill(8, 1, E_FIRMWARE | E_VMSA);
	fill(NR_PAGES - 1, 1, E_IMMUTABLE);
	assert_int_equal(encode(3), 0);
	assert_false(coarse);
	assert_int_equal(nr_runs(), 3);
	assert_run(0, 3, 5, RMPP_PAGE_GUEST_VALID, 7);
	assert_run(1, 8, 1, RMPP_PAGE_CONTEXT, 0);
	assert_run(2, NR_PAGES - 1, 1, RMPP_PAGE_HV_FIXED, 0);
	assert_int_equal(counts.nr_assigned, 6);
	assert_covers_table();
}

static void runs_of_an_empty_table_need_no_room(void **state)
{
	(void)state;
	clear();
	assert_int_equal(encode(0), 0);
	assert_false(coarse);
	assert_int_equal(nr_runs(), 0);
	assert_int_equal(counts.nr_pages[RMPP_PAGE_HYPERVISOR], NR_PAGES);
}

static void runs_that_do_not_fit_become_blocks(void **state)
{
	u32 i;

	(void)state;
	clear();
	fill(0, 512, E_GUEST(1));
	for (i = 0; i < 256; i += 2)
		fill(1024 + i, 1, E_GUEST(1 + i % 7));
	fill(4096, 1024, E_GUEST(3));
	assert_int_equal(encode(100), 0);
	assert_true(coarse);
	assert_int_equal(nr_runs(), 3);
	assert_run(0, 0, 512, RMPP_PAGE_GUEST_VALID, 1);
	assert_run(1, 1024, 512, RMPP_PAGE_MIXED, 0);
	assert_run(2, 4096, 1024, RMPP_PAGE_GUEST_VALID, 3);
	assert_int_equal(counts.nr_assigned, 512 + 128 + 1024);
	assert_covers_table();
}

static void neighbouring_mixed_blocks_merge(void **state)
{
	u32 i;

	(void)state;
	clear();
	for (i = 0; i < 2048; i += 2)
		fill(512 + i, 1, E_GUEST(1));
	assert_int_equal(encode(10), 0);
	assert_int_equal(nr_runs(), 1);
	assert_run(0, 512, 2048, RMPP_PAGE_MIXED, 0);
	assert_covers_table();
}

static void a_long_run_keeps_its_middle_when_coarse(void **state)
{
	(void)state;
	clear();
	fill(0, 1, E_GUEST(9));
	fill(2, 1, E_GUEST(9));
	fill(4, 1, E_GUEST(9));
	fill(6, 1, E_GUEST(9));
	fill(1000, 3000, E_GUEST(2));
	assert_int_equal(encode(4), 0);
	assert_int_equal(nr_runs(), 3);
	assert_run(0, 0, 1024, RMPP_PAGE_MIXED, 0);
	assert_run(1, 1024, 2560, RMPP_PAGE_GUEST_VALID, 2);
	assert_run(2, 3584, 512, RMPP_PAGE_MIXED, 0);
	assert_covers_table();
}

static void blocks_that_do_not_fit_close_the_smallest_gaps(void **state)
{
	(void)state;
	clear();
	/* blocks 0, 2, 8, 12, 20: gaps of 1, 5, 3 and 7 blocks; room for 3 */
	fill(0 * 512, 9, E_GUEST(1));
	fill(2 * 512, 9, E_GUEST(1));
	fill(8 * 512, 9, E_GUEST(1));
	fill(12 * 512, 9, E_GUEST(1));
	fill(20 * 512, 9, E_GUEST(1));
	assert_int_equal(encode(3), 0);
	assert_true(coarse);
	assert_int_equal(nr_runs(), 3);
	assert_run(0, 0, 3 * 512, RMPP_PAGE_MIXED, 0);
	assert_run(1, 8 * 512, 5 * 512, RMPP_PAGE_MIXED, 0);
	assert_run(2, 20 * 512, 512, RMPP_PAGE_MIXED, 0);
	assert_covers_table();
}

static void one_run_is_enough_for_any_table(void **state)
{
	u64 seed = 5;
	u32 i;

	(void)state;
	clear();
	for (i = 0; i < 2000; i++)
		fill(rnd(&seed, NR_PAGES), 1, E_GUEST(1 + rnd(&seed, 500)));
	assert_int_equal(encode(1), 0);
	assert_int_equal(nr_runs(), 1);
	assert_int_equal(run(0)->state, RMPP_PAGE_MIXED);
	assert_covers_table();
}

static void no_room_at_all_is_an_error_and_changes_nothing(void **state)
{
	struct rmpp_writer before;
	struct rmpp_scan_counts counts_before;

	(void)state;
	clear();
	fill(77, 1, E_FIRMWARE);
	before = writer;
	memset(&counts, 0x5a, sizeof(counts));
	counts_before = counts;
	coarse = false;
	assert_int_equal(encode(0), RMPP_ERR_NO_SPACE);
	assert_memory_equal(&writer, &before, sizeof(writer));
	assert_memory_equal(&counts, &counts_before, sizeof(counts));
	assert_false(coarse);
	/* nothing of it stays in the section table, which is sealed as a whole */
	assert_int_equal(buf[sizeof(struct rmpp_header_ser)], 0);
}

static void the_buffer_bounds_the_runs_too(void **state)
{
	u32 i;

	(void)state;
	clear();
	assert_int_equal(rmpp_writer_init(&writer, buf, 128 + 4 * 32 + 5 * 16 + 8, 4), 0);
	for (i = 0; i < 20; i += 2)
		fill(i, 1, E_GUEST(1));
	assert_int_equal(encode(U32_MAX), 0);
	assert_true(coarse);
	assert_int_equal(nr_runs(), 1);
	assert_true(writer.used <= writer.size);
}

static void runs_need_no_counts_and_no_flag(void **state)
{
	(void)state;
	clear();
	fill(0, 1, E_GUEST(1));
	assert_int_equal(rmpp_writer_rmp_runs(&writer, table, FIRST_PFN, NR_PAGES, 5,
					      NULL, NULL), 0);
	assert_int_equal(nr_runs(), 1);
}

static void runs_are_refused_twice_and_inside_a_section(void **state)
{
	(void)state;
	clear();
	assert_int_equal(encode(10), 0);
	assert_int_equal(encode(10), RMPP_ERR_SECTION_DUP);
	assert_int_equal(rmpp_writer_begin(&writer, RMPP_SECTION_STEPS, 0, 32), 0);
	assert_int_equal(encode(10), RMPP_ERR_ARGUMENT);
}

static void runs_refuse_a_first_page_inside_a_block(void **state)
{
	(void)state;
	clear();
	assert_int_equal(rmpp_writer_rmp_runs(&writer, table, 5, 512, 5, NULL, NULL),
			 RMPP_ERR_ARGUMENT);
	assert_int_equal(writer.open, 0);
}

/* Any table, any room: nothing assigned is lost, nothing said that is not so. */
static void random_tables_are_never_lost_whatever_the_room(void **state)
{
	u64 seed = 11, at, n, lo, longest, density, pages[RMPP_PAGE_STATE_MAX + 1];
	struct rmpp_entry e;
	int round;
	u32 max;

	(void)state;
	for (round = 0; round < 1500; round++) {
		clear();
		table_pages -= rnd(&seed, 3) ? 0 : rnd(&seed, 1500);
		longest = 1ULL << rnd(&seed, 13);
		density = 1 + rnd(&seed, 6);
		for (at = 0; at < table_pages; at += n) {
			n = 1 + rnd(&seed, longest);
			if (n > table_pages - at)
				n = table_pages - at;
			if (density < 5 && rnd(&seed, density + 1) < density / 2 + 1)
				continue;
			lo = rnd(&seed, 20) ? E_GUEST(1 + rnd(&seed, 4)) : E_FIRMWARE;
			if (!rnd(&seed, 30))
				lo &= ~E_VALIDATED;
			fill(at, n, lo);
		}
		/* pages as no firmware leaves them, but no 2 MiB heads */
		for (n = rnd(&seed, 3) ? 0 : rnd(&seed, 20); n; n--)
			put_entry(&table[rnd(&seed, table_pages)],
				  (E_GUEST(1) ^ 1ULL << rnd(&seed, 64)) & ~E_2M);

		memset(pages, 0, sizeof(pages));
		for (at = 0; at < table_pages; at++) {
			rmpp_entry_from_raw(&e, &table[at]);
			pages[rmpp_entry_state(&e)]++;
		}
		max = (u32)rnd(&seed, 1 + rnd(&seed, 400)) + 1;
		assert_int_equal(encode(max), 0);
		assert_in_range(nr_runs(), 0, max);
		assert_covers_table();
		assert_memory_equal(counts.nr_pages, pages, sizeof(pages));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_exact_when_they_fit),
		cmocka_unit_test(runs_of_an_empty_table_need_no_room),
		cmocka_unit_test(runs_that_do_not_fit_become_blocks),
		cmocka_unit_test(neighbouring_mixed_blocks_merge),
		cmocka_unit_test(a_long_run_keeps_its_middle_when_coarse),
		cmocka_unit_test(blocks_that_do_not_fit_close_the_smallest_gaps),
		cmocka_unit_test(one_run_is_enough_for_any_table),
		cmocka_unit_test(no_room_at_all_is_an_error_and_changes_nothing),
		cmocka_unit_test(the_buffer_bounds_the_runs_too),
		cmocka_unit_test(runs_need_no_counts_and_no_flag),
		cmocka_unit_test(runs_are_refused_twice_and_inside_a_section),
		cmocka_unit_test(runs_refuse_a_first_page_inside_a_block),
		cmocka_unit_test(random_tables_are_never_lost_whatever_the_room),
	};

	return cmocka_run_group_tests_name("writer_runs", tests, NULL, NULL);
}
