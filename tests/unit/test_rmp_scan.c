// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

#define NR_PAGES	4096
#define MAX_RUNS	(2 * NR_PAGES)

struct runs {
	struct rmpp_run v[MAX_RUNS];
	u32 nr, stop_at;
};

static struct rmpp_raw_entry table[NR_PAGES + 16] __attribute__((aligned(64)));
static struct runs found, expected;
static struct rmpp_scan_counts counts, expected_counts;

static int collect(void *arg, const struct rmpp_run *run)
{
	struct runs *runs = arg;

	assert_in_range(runs->nr, 0, MAX_RUNS - 1);
	runs->v[runs->nr++] = *run;
	return runs->nr == runs->stop_at ? 42 : 0;
}

static int scan(u64 first_pfn, u64 nr_pages)
{
	memset(&found, 0, sizeof(found));
	return rmpp_scan(table, first_pfn, nr_pages, &counts, collect, &found);
}

static void clear(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(table); i++)
		put_entry(&table[i], 0);
}

static void fill(u64 first, u64 nr, u64 lo)
{
	while (nr--) {
		put_entry(&table[first], lo | (lo & E_ASID(0x3ff) ? E_GPA(first * 7 + 3) : 0));
		first++;
	}
}

/* The definition, a page at a time. */
static void scan_simply(u64 first_pfn, u64 nr_pages)
{
	struct rmpp_run run = { 0 };
	struct rmpp_entry head, e;
	u64 i;

	memset(&expected, 0, sizeof(expected));
	memset(&expected_counts, 0, sizeof(expected_counts));
	for (i = 0; i <= nr_pages; i++) {
		struct rmpp_run page = { .pfn = first_pfn + i, .nr_pages = 1 };

		if (i < nr_pages) {
			rmpp_entry_from_raw(&e, &table[i]);
			rmpp_entry_from_raw(&head, &table[i & ~511ULL]);
			if (head.assigned && head.pagesize_2m) {
				e = head;
				page.flags |= RMPP_RUN_2M;
			}
			page.state = (u8)rmpp_entry_state(&e);
			page.asid = e.assigned ? e.asid : 0;
			if (e.assigned && e.asid && e.vmsa)
				page.flags |= RMPP_RUN_VMSA;
			expected_counts.nr_pages[page.state]++;
			expected_counts.nr_assigned += e.assigned;
			expected_counts.nr_immutable += e.assigned && e.immutable;
			if (run.nr_pages && run.state == page.state &&
			    run.asid == page.asid && run.flags == page.flags) {
				run.nr_pages++;
				continue;
			}
		}
		if (run.nr_pages && run.state != RMPP_PAGE_HYPERVISOR)
			expected.v[expected.nr++] = run;
		run = page;
	}
}

static void assert_same_as_simple(u64 first_pfn, u64 nr_pages)
{
	u32 i;

	scan_simply(first_pfn, nr_pages);
	assert_int_equal(scan(first_pfn, nr_pages), 0);
	assert_int_equal(found.nr, expected.nr);
	for (i = 0; i < found.nr; i++) {
		assert_int_equal(found.v[i].pfn, expected.v[i].pfn);
		assert_int_equal(found.v[i].nr_pages, expected.v[i].nr_pages);
		assert_int_equal(found.v[i].asid, expected.v[i].asid);
		assert_int_equal(found.v[i].state, expected.v[i].state);
		assert_int_equal(found.v[i].flags, expected.v[i].flags);
	}
	assert_memory_equal(&counts, &expected_counts, sizeof(counts));
}

static void assert_run(u32 i, u64 pfn, u64 nr_pages, u32 state, u32 asid, u32 flags)
{
	assert_in_range(i, 0, found.nr - 1);
	assert_int_equal(found.v[i].pfn, pfn);
	assert_int_equal(found.v[i].nr_pages, nr_pages);
	assert_int_equal(found.v[i].state, state);
	assert_int_equal(found.v[i].asid, asid);
	assert_int_equal(found.v[i].flags, flags);
}

static void scan_of_an_empty_table_yields_no_run(void **state)
{
	(void)state;
	clear();
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 0);
	assert_int_equal(counts.nr_pages[RMPP_PAGE_HYPERVISOR], NR_PAGES);
	assert_int_equal(counts.nr_assigned, 0);
}

static void scan_of_no_pages_yields_nothing(void **state)
{
	(void)state;
	assert_int_equal(rmpp_scan(NULL, 512, 0, &counts, collect, &found), 0);
	assert_int_equal(counts.nr_pages[RMPP_PAGE_HYPERVISOR], 0);
}

static void scan_finds_a_run_whatever_the_gpa(void **state)
{
	(void)state;
	clear();
	fill(100, 300, E_GUEST(5));
	assert_int_equal(scan(0x1000, NR_PAGES), 0);
	assert_int_equal(found.nr, 1);
	assert_run(0, 0x1000 + 100, 300, RMPP_PAGE_GUEST_VALID, 5, 0);
	assert_int_equal(counts.nr_assigned, 300);
	assert_int_equal(counts.nr_immutable, 0);
}

static void scan_tells_runs_by_asid_vmsa_validated_and_immutable(void **state)
{
	(void)state;
	clear();
	fill(0, 10, E_GUEST(5));
	fill(10, 10, E_GUEST(6));
	fill(20, 1, E_GUEST(6) | E_VMSA);
	fill(21, 9, E_GUEST(6) & ~E_VALIDATED);
	fill(30, 10, E_GUEST(6) | E_IMMUTABLE);
	fill(40, 10, (E_GUEST(6) & ~E_VALIDATED) | E_IMMUTABLE);
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 6);
	assert_run(0, 0, 10, RMPP_PAGE_GUEST_VALID, 5, 0);
	assert_run(1, 10, 10, RMPP_PAGE_GUEST_VALID, 6, 0);
	assert_run(2, 20, 1, RMPP_PAGE_GUEST_VALID, 6, RMPP_RUN_VMSA);
	assert_run(3, 21, 9, RMPP_PAGE_GUEST_INVALID, 6, 0);
	assert_run(4, 30, 10, RMPP_PAGE_PRE_SWAP, 6, 0);
	assert_run(5, 40, 10, RMPP_PAGE_PRE_GUEST, 6, 0);
	assert_int_equal(counts.nr_immutable, 20);
}

static void scan_tells_firmware_metadata_and_context_apart(void **state)
{
	(void)state;
	clear();
	fill(60, 10, E_FIRMWARE);
	fill(70, 10, E_FIRMWARE | E_GPA(9));
	fill(80, 10, E_FIRMWARE | E_GPA(77));
	fill(90, 1, E_FIRMWARE | E_VMSA);
	fill(91, 10, E_FIRMWARE);
	fill(101, 10, E_ASSIGNED);
	fill(111, 10, E_IMMUTABLE);
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 6);
	assert_run(0, 60, 10, RMPP_PAGE_FIRMWARE, 0, 0);
	assert_run(1, 70, 20, RMPP_PAGE_METADATA, 0, 0);
	assert_run(2, 90, 1, RMPP_PAGE_CONTEXT, 0, 0);
	assert_run(3, 91, 10, RMPP_PAGE_FIRMWARE, 0, 0);
	assert_run(4, 101, 10, RMPP_PAGE_RECLAIM, 0, 0);
	assert_run(5, 111, 10, RMPP_PAGE_HV_FIXED, 0, 0);
	assert_int_equal(counts.nr_immutable, 10 + 20 + 1 + 10);
	assert_int_equal(counts.nr_assigned, 10 + 20 + 1 + 10 + 10);
}

static void scan_joins_runs_that_differ_in_meaningless_bits(void **state)
{
	(void)state;
	clear();
	fill(0, 100, E_ASSIGNED);
	fill(100, 100, E_ASSIGNED | E_VMSA | E_GPA(3));
	fill(300, 100, E_VALIDATED | E_ASID(4));
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 1);
	assert_run(0, 0, 200, RMPP_PAGE_RECLAIM, 0, 0);
}

static void a_2m_head_speaks_for_its_whole_block(void **state)
{
	(void)state;
	clear();
	/* sub-entries as left over: zero, another guest's, and a repetition */
	put_entry(&table[512], E_GUEST(3) | E_2M);
	put_entry(&table[1024], E_GUEST(3) | E_2M | E_GPA(512));
	fill(1025, 200, E_GUEST(9));
	put_entry(&table[1536], E_GUEST(4) | E_2M);
	fill(1537, 511, E_GUEST(4));
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 2);
	assert_run(0, 512, 1024, RMPP_PAGE_GUEST_VALID, 3, RMPP_RUN_2M);
	assert_run(1, 1536, 512, RMPP_PAGE_GUEST_VALID, 4, RMPP_RUN_2M);
	assert_int_equal(counts.nr_assigned, 1536);
}

static void a_2m_run_and_4k_pages_of_the_same_guest_stay_apart(void **state)
{
	(void)state;
	clear();
	fill(0, 512, E_GUEST(3));
	put_entry(&table[512], E_GUEST(3) | E_2M);
	fill(1024, 512, E_GUEST(3));
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 3);
	assert_run(0, 0, 512, RMPP_PAGE_GUEST_VALID, 3, 0);
	assert_run(1, 512, 512, RMPP_PAGE_GUEST_VALID, 3, RMPP_RUN_2M);
	assert_run(2, 1024, 512, RMPP_PAGE_GUEST_VALID, 3, 0);
}

static void a_2m_bit_without_assigned_or_off_the_head_means_nothing(void **state)
{
	(void)state;
	clear();
	put_entry(&table[0], E_2M | E_ASID(3));
	fill(1, 10, E_GUEST(3));
	put_entry(&table[600], E_GUEST(3) | E_2M);
	assert_int_equal(scan(0, NR_PAGES), 0);
	assert_int_equal(found.nr, 2);
	assert_run(0, 1, 10, RMPP_PAGE_GUEST_VALID, 3, 0);
	assert_run(1, 600, 1, RMPP_PAGE_GUEST_VALID, 3, 0);
}

static void a_2m_head_at_the_end_of_the_table_is_cut(void **state)
{
	(void)state;
	clear();
	put_entry(&table[512], E_FIRMWARE | E_2M);
	assert_int_equal(scan(0, 700), 0);
	assert_int_equal(found.nr, 1);
	assert_run(0, 512, 188, RMPP_PAGE_FIRMWARE, 0, RMPP_RUN_2M);
}

static void scan_is_right_for_every_length_of_table(void **state)
{
	u64 n;

	(void)state;
	clear();
	fill(0, 300, E_GUEST(1));
	fill(300, 7, E_FIRMWARE);
	fill(307, 300, E_GUEST(2));
	for (n = 1; n < 700; n++)
		assert_same_as_simple(512, n);
}

static u64 random_entry(u64 *seed)
{
	u64 lo = rnd(seed, 2) ? E_GUEST(1 + rnd(seed, 3)) : 0;

	if (!rnd(seed, 4))
		lo ^= 1ULL << rnd(seed, 64);
	if (!rnd(seed, 6))
		lo = E_FIRMWARE | (rnd(seed, 2) ? E_GPA(rnd(seed, 3)) : 0) |
		     (rnd(seed, 4) ? 0 : E_VMSA);
	return lo;
}

static void scan_agrees_with_the_definition_on_random_tables(void **state)
{
	u64 seed = 1, at, n, lo, longest;
	int round;

	(void)state;
	for (round = 0; round < 400; round++) {
		clear();
		longest = 1ULL << rnd(&seed, 11);
		for (at = 0; at < NR_PAGES; at += n) {
			n = 1 + rnd(&seed, longest);
			if (n > NR_PAGES - at)
				n = NR_PAGES - at;
			lo = random_entry(&seed);
			if (lo & E_ASID(0x3ff))
				lo &= ~E_GPA(0x7fffffffffULL);
			fill(at, n, lo);
		}
		for (at = 0; at < NR_PAGES; at += 512)
			if (!rnd(&seed, 4))
				put_entry(&table[at], random_entry(&seed) | E_2M);
		assert_same_as_simple(512 * rnd(&seed, 9), NR_PAGES - rnd(&seed, 600));
	}
}

static void scan_stops_when_told_and_leaves_counts_alone(void **state)
{
	struct rmpp_scan_counts before;

	(void)state;
	clear();
	fill(0, 10, E_GUEST(1));
	fill(20, 10, E_GUEST(1));
	fill(40, 10, E_GUEST(1));
	memset(&counts, 0x5a, sizeof(counts));
	before = counts;
	memset(&found, 0, sizeof(found));
	found.stop_at = 2;
	assert_int_equal(rmpp_scan(table, 0, NR_PAGES, &counts, collect, &found), 42);
	assert_int_equal(found.nr, 2);
	assert_memory_equal(&counts, &before, sizeof(counts));
}

static void scan_can_be_stopped_at_each_run(void **state)
{
	u32 nr, i;

	(void)state;
	clear();
	put_entry(&table[0], E_GUEST(1) | E_2M);
	fill(600, 3, E_FIRMWARE);
	fill(603, 3, E_FIRMWARE | E_GPA(1));
	fill(606, 3, E_GUEST(7));
	fill(700, 1, E_ASSIGNED);
	put_entry(&table[1024], E_FIRMWARE | E_2M);
	fill(1540, 2, E_GUEST(3));
	fill(1610, 2, E_FIRMWARE);
	fill(1612, 1, E_GUEST(3));
	assert_same_as_simple(0, 1614);
	nr = found.nr;
	assert_int_equal(nr, 9);
	for (i = 1; i <= nr; i++) {
		memset(&found, 0, sizeof(found));
		found.stop_at = i;
		assert_int_equal(rmpp_scan(table, 0, 1614, NULL, collect, &found), 42);
		assert_int_equal(found.nr, i);
		assert_memory_equal(&found.v[i - 1], &expected.v[i - 1],
				    sizeof(found.v[0]));
	}
}

static void scan_stops_on_the_last_run_too(void **state)
{
	(void)state;
	clear();
	fill(NR_PAGES - 3, 3, E_GUEST(1));
	memset(&found, 0, sizeof(found));
	found.stop_at = 1;
	assert_int_equal(rmpp_scan(table, 0, NR_PAGES, NULL, collect, &found), 42);
}

static void scan_needs_no_counts(void **state)
{
	(void)state;
	clear();
	fill(5, 1, E_GUEST(1));
	memset(&found, 0, sizeof(found));
	assert_int_equal(rmpp_scan(table, 0, NR_PAGES, NULL, collect, &found), 0);
	assert_int_equal(found.nr, 1);
}

static void scan_refuses_bad_arguments(void **state)
{
	(void)state;
	assert_int_equal(rmpp_scan(table, 1, 512, NULL, collect, &found), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_scan(NULL, 0, 512, NULL, collect, &found), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_scan(table, 0, 512, NULL, NULL, &found), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_scan(table, 0, RMPP_MAX_PFN + 1, NULL, collect, &found),
			 RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_scan(table, RMPP_MAX_PFN, 512, NULL, collect, &found),
			 RMPP_ERR_ARGUMENT);
}

static void block_scan_of_a_clean_table_finds_nothing(void **state)
{
	(void)state;
	clear();
	/* HV-Fixed is not assigned, and neither is what lies behind the end */
	fill(100, 50, E_IMMUTABLE);
	fill(NR_PAGES - 5, 5, E_ASSIGNED);
	assert_int_equal(rmpp_scan_block(table, 0, NR_PAGES - 5), NR_PAGES - 5);
	assert_int_equal(rmpp_scan_block(table, 0, 0), 0);
	assert_int_equal(rmpp_scan_block(table, 512, 512), 512);
}

static void block_scan_finds_each_single_page(void **state)
{
	u64 i;

	(void)state;
	clear();
	for (i = 0; i < NR_PAGES; i++) {
		put_entry(&table[i], E_ASSIGNED | E_ASID(1));
		assert_int_equal(rmpp_scan_block(table, 0, NR_PAGES), i & ~511ULL);
		assert_int_equal(rmpp_scan_block(table, i & ~511ULL, NR_PAGES), i & ~511ULL);
		assert_int_equal(rmpp_scan_block(table, (i & ~511ULL) + 512, NR_PAGES), NR_PAGES);
		/* tables of every length see it exactly if they reach it */
		assert_int_equal(rmpp_scan_block(table, 0, i), i);
		assert_int_equal(rmpp_scan_block(table, 0, i + 1), i & ~511ULL);
		put_entry(&table[i], 0);
	}
}

static void block_scan_agrees_with_the_runs_on_random_tables(void **state)
{
	u64 pfn, expect, i;
	unsigned int round;

	(void)state;
	srand(7);
	for (round = 0; round < 200; round++) {
		clear();
		for (i = 0; i < 6; i++)
			fill((u64)rand() % NR_PAGES, 1 + (u64)rand() % 16,
			     rand() % 3 ? E_ASSIGNED | E_ASID(3) : E_IMMUTABLE);
		put_entry(&table[512 * (rand() % 8)], E_ASSIGNED | E_2M | E_ASID(2));
		assert_int_equal(scan(0, NR_PAGES), 0);
		for (pfn = 0; pfn < NR_PAGES; pfn += 512) {
			expect = NR_PAGES;
			for (i = found.nr; i-- > 0;)
				if (found.v[i].state != RMPP_PAGE_HV_FIXED &&
				    found.v[i].pfn + found.v[i].nr_pages > pfn)
					expect = found.v[i].pfn > pfn ? found.v[i].pfn & ~511ULL : pfn;
			assert_int_equal(rmpp_scan_block(table, pfn, NR_PAGES), expect);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_of_an_empty_table_yields_no_run),
		cmocka_unit_test(scan_of_no_pages_yields_nothing),
		cmocka_unit_test(scan_finds_a_run_whatever_the_gpa),
		cmocka_unit_test(scan_tells_runs_by_asid_vmsa_validated_and_immutable),
		cmocka_unit_test(scan_tells_firmware_metadata_and_context_apart),
		cmocka_unit_test(scan_joins_runs_that_differ_in_meaningless_bits),
		cmocka_unit_test(a_2m_head_speaks_for_its_whole_block),
		cmocka_unit_test(a_2m_run_and_4k_pages_of_the_same_guest_stay_apart),
		cmocka_unit_test(a_2m_bit_without_assigned_or_off_the_head_means_nothing),
		cmocka_unit_test(a_2m_head_at_the_end_of_the_table_is_cut),
		cmocka_unit_test(scan_is_right_for_every_length_of_table),
		cmocka_unit_test(scan_agrees_with_the_definition_on_random_tables),
		cmocka_unit_test(scan_stops_when_told_and_leaves_counts_alone),
		cmocka_unit_test(scan_can_be_stopped_at_each_run),
		cmocka_unit_test(scan_stops_on_the_last_run_too),
		cmocka_unit_test(scan_needs_no_counts),
		cmocka_unit_test(scan_refuses_bad_arguments),
		cmocka_unit_test(block_scan_of_a_clean_table_finds_nothing),
		cmocka_unit_test(block_scan_finds_each_single_page),
		cmocka_unit_test(block_scan_agrees_with_the_runs_on_random_tables),
	};

	return cmocka_run_group_tests_name("rmp_scan", tests, NULL, NULL);
}
