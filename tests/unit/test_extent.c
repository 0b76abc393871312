// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

#define ANY	RMPP_REASON_ASSIGNED
#define ROUND	RMPP_REASON_ROUNDING

static struct rmpp_extent array[256];
static struct rmpp_extents x;

static void empty(u32 max)
{
	memset(array, 0xa5, sizeof(array));
	rmpp_extents_init(&x, array, max);
}

static void add(u64 pfn, u64 nr_pages, u32 reason)
{
	assert_int_equal(rmpp_extents_add(&x, pfn, nr_pages, reason), 0);
}

static void assert_extent(u32 i, u64 pfn, u64 nr_pages, u32 reason)
{
	assert_in_range(i, 0, x.nr - 1);
	assert_int_equal(x.v[i].pfn, pfn);
	assert_int_equal(x.v[i].nr_pages, nr_pages);
	assert_int_equal(x.v[i].reason, reason);
	assert_int_equal(x.v[i].reserved, 0);
}

static void assert_sound(void)
{
	u32 i;

	assert_true(x.nr <= x.max);
	for (i = 0; i < x.nr; i++) {
		assert_true(x.v[i].nr_pages > 0);
		assert_int_equal(x.v[i].reserved, 0);
		assert_true(x.v[i].pfn + x.v[i].nr_pages <= RMPP_MAX_PFN);
		if (i)
			assert_true(x.v[i].pfn > x.v[i - 1].pfn + x.v[i - 1].nr_pages);
	}
}

static void a_new_set_is_empty(void **state)
{
	(void)state;
	empty(4);
	assert_int_equal(x.nr, 0);
	assert_int_equal(rmpp_extents_pages(&x), 0);
	assert_null(rmpp_extents_find(&x, 0));
	assert_null(rmpp_extents_overlap(&x, 0, U64_MAX));
}

static void ranges_are_kept_sorted_whatever_the_order(void **state)
{
	(void)state;
	empty(4);
	add(300, 10, 1);
	add(100, 10, 2);
	add(200, 10, 4);
	assert_int_equal(x.nr, 3);
	assert_extent(0, 100, 10, 2);
	assert_extent(1, 200, 10, 4);
	assert_extent(2, 300, 10, 1);
	assert_int_equal(rmpp_extents_pages(&x), 30);
}

static void touching_ranges_merge_and_reasons_unite(void **state)
{
	(void)state;
	empty(4);
	add(100, 10, 1);
	add(110, 10, 2);
	add(90, 10, 4);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 90, 30, 7);
}

static void ranges_one_page_apart_do_not_merge(void **state)
{
	(void)state;
	empty(4);
	add(100, 10, 1);
	add(111, 10, 1);
	add(88, 11, 1);
	assert_int_equal(x.nr, 3);
}

static void overlapping_ranges_merge(void **state)
{
	(void)state;
	empty(4);
	add(100, 10, 1);
	add(105, 10, 2);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 100, 15, 3);
	add(95, 10, 4);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 95, 20, 7);
}

static void a_range_inside_another_only_adds_its_reason(void **state)
{
	(void)state;
	empty(4);
	add(100, 100, 1);
	add(150, 1, 8);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 100, 100, 9);
}

static void a_range_over_many_swallows_them(void **state)
{
	(void)state;
	empty(8);
	add(100, 1, 1);
	add(200, 1, 2);
	add(300, 1, 4);
	add(400, 1, 8);
	add(150, 200, 16);
	assert_int_equal(x.nr, 3);
	assert_extent(0, 100, 1, 1);
	assert_extent(1, 150, 200, 2 | 4 | 16);
	assert_extent(2, 400, 1, 8);
}

static void page_zero_and_the_last_page_fit(void **state)
{
	(void)state;
	empty(4);
	add(RMPP_MAX_PFN - 1, 1, 1);
	add(0, 1, 1);
	assert_extent(0, 0, 1, 1);
	assert_extent(1, RMPP_MAX_PFN - 1, 1, 1);
	add(0, RMPP_MAX_PFN, 1);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 0, RMPP_MAX_PFN, 1);
}

static void empty_wrapping_and_too_high_ranges_are_refused(void **state)
{
	static const u64 bad[][2] = {
		{ 5, 0 }, { 0, RMPP_MAX_PFN + 1 }, { RMPP_MAX_PFN, 1 },
		{ RMPP_MAX_PFN - 1, 2 }, { 5, U64_MAX }, { U64_MAX, 1 }, { U64_MAX, 2 },
	};
	struct rmpp_extent before[ARRAY_LEN(array)];
	unsigned int i;

	(void)state;
	empty(4);
	add(7, 1, 1);
	memcpy(before, array, sizeof(before));
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(rmpp_extents_add(&x, bad[i][0], bad[i][1], 1),
				 RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(x.nr, 1);
	assert_memory_equal(before, array, sizeof(before));
}

static void a_set_without_an_array_is_refused(void **state)
{
	(void)state;
	rmpp_extents_init(&x, NULL, 0);
	assert_int_equal(rmpp_extents_add(&x, 1, 1, 1), RMPP_ERR_NO_SPACE);
}

static void a_full_array_merges_the_closest_neighbours(void **state)
{
	(void)state;
	empty(3);
	add(100, 10, 1);
	add(200, 10, 2);
	add(230, 10, 4);
	add(1000, 10, 8);
	assert_int_equal(x.nr, 3);
	assert_extent(0, 100, 10, 1);
	assert_extent(1, 200, 40, 2 | 4 | ROUND);
	assert_extent(2, 1000, 10, 8);
}

static void a_full_array_merges_the_new_range_if_that_is_closest(void **state)
{
	(void)state;
	empty(2);
	add(100, 10, 1);
	add(1000, 10, 2);
	add(115, 5, 4);
	assert_extent(0, 100, 20, 1 | 4 | ROUND);
	add(990, 5, 8);
	assert_int_equal(x.nr, 2);
	assert_extent(1, 990, 20, 2 | 8 | ROUND);
}

static void a_full_array_makes_room_on_either_side_of_the_new_range(void **state)
{
	(void)state;
	empty(3);
	add(1000, 10, 1);
	add(1020, 10, 1);
	add(5000, 10, 1);
	add(10, 10, 1);
	assert_extent(0, 10, 10, 1);
	assert_extent(1, 1000, 30, 1 | ROUND);
	assert_extent(2, 5000, 10, 1);
	add(5020, 10, 1);
	assert_extent(2, 5000, 30, 1 | ROUND);
}

static void an_array_of_one_entry_grows_to_hold_all(void **state)
{
	(void)state;
	empty(1);
	add(100, 10, 1);
	add(10, 1, 2);
	add(500, 1, 4);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 10, 491, 1 | 2 | 4 | ROUND);
}

static void remove_range(u64 pfn, u64 nr_pages)
{
	assert_int_equal(rmpp_extents_remove(&x, pfn, nr_pages), 0);
	assert_sound();
}

static void removing_takes_the_head_the_tail_and_all(void **state)
{
	(void)state;
	empty(4);
	add(100, 30, 3);
	remove_range(100, 10);
	assert_extent(0, 110, 20, 3);
	remove_range(125, 5);
	assert_extent(0, 110, 15, 3);
	remove_range(110, 15);
	assert_int_equal(x.nr, 0);
}

static void removing_from_the_middle_leaves_two(void **state)
{
	(void)state;
	empty(4);
	add(100, 30, 5);
	add(200, 1, 2);
	remove_range(110, 10);
	assert_int_equal(x.nr, 3);
	assert_extent(0, 100, 10, 5);
	assert_extent(1, 120, 10, 5);
	assert_extent(2, 200, 1, 2);
}

static void removing_goes_over_many_extents(void **state)
{
	(void)state;
	empty(8);
	add(100, 10, 1);
	add(200, 10, 2);
	add(300, 10, 4);
	add(400, 10, 8);
	remove_range(105, 300);
	assert_int_equal(x.nr, 2);
	assert_extent(0, 100, 5, 1);
	assert_extent(1, 405, 5, 8);
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
	(void)state;
	empty(4);
	remove_range(5, 5);
	add(100, 10, 1);
	remove_range(90, 10);
	remove_range(110, 10);
	remove_range(0, 1);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 100, 10, 1);
}

static void a_full_array_refuses_to_be_parted_and_keeps_all(void **state)
{
	struct rmpp_extent before[2];

	(void)state;
	empty(2);
	add(100, 30, 1);
	add(200, 30, 2);
	memcpy(before, array, sizeof(before));
	assert_int_equal(rmpp_extents_remove(&x, 110, 5), RMPP_ERR_NO_SPACE);
	assert_int_equal(x.nr, 2);
	assert_memory_equal(before, array, sizeof(before));
	/* ... but ends may still go, of both at once */
	remove_range(125, 80);
	assert_extent(0, 100, 25, 1);
	assert_extent(1, 205, 25, 2);
}

static void removing_bad_ranges_is_refused(void **state)
{
	(void)state;
	empty(2);
	add(100, 30, 1);
	assert_int_equal(rmpp_extents_remove(&x, 100, 0), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_extents_remove(&x, RMPP_MAX_PFN, 1), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_extents_remove(&x, 100, U64_MAX), RMPP_ERR_EXTENT_RANGE);
	assert_extent(0, 100, 30, 1);
	remove_range(0, RMPP_MAX_PFN);
	assert_int_equal(x.nr, 0);
}

/* Against a map with a flag for each page. */
static void adding_and_removing_agree_with_a_map_of_pages(void **state)
{
	static bool in[512];
	u64 seed = 7, pfn, nr_pages, p;
	int round;

	(void)state;
	empty(ARRAY_LEN(array));
	memset(in, 0, sizeof(in));
	for (round = 0; round < 5000; round++) {
		pfn = rnd(&seed, ARRAY_LEN(in));
		nr_pages = 1 + rnd(&seed, rnd(&seed, 8) ? 4 : ARRAY_LEN(in));
		if (nr_pages > ARRAY_LEN(in) - pfn)
			nr_pages = ARRAY_LEN(in) - pfn;
		if (rnd(&seed, 2)) {
			add(pfn, nr_pages, ANY);
			memset(&in[pfn], true, nr_pages);
		} else {
			remove_range(pfn, nr_pages);
			memset(&in[pfn], false, nr_pages);
		}
		for (p = 0; p < ARRAY_LEN(in); p++)
			assert_int_equal(!!rmpp_extents_find(&x, p), in[p]);
	}
}

static void rounding_fills_2m_blocks_and_merges(void **state)
{
	(void)state;
	empty(8);
	add(3, 1, 1);
	add(600, 1, 2);
	add(2048, 512, 4);
	add(4000, 200, 8);
	rmpp_extents_round_2m(&x);
	assert_int_equal(x.nr, 3);
	assert_extent(0, 0, 1024, 1 | 2 | ROUND);
	assert_extent(1, 2048, 512, 4);
	assert_extent(2, 3584, 1024, 8 | ROUND);
	rmpp_extents_round_2m(&x);
	assert_int_equal(x.nr, 3);
}

static void rounding_joins_ranges_in_the_same_block(void **state)
{
	(void)state;
	empty(8);
	add(5, 1, 1);
	add(100, 1, 2);
	add(511, 2, 4);
	rmpp_extents_round_2m(&x);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 0, 1024, 1 | 2 | 4 | ROUND);
}

static void rounding_an_empty_set_and_the_top_works(void **state)
{
	(void)state;
	empty(2);
	rmpp_extents_round_2m(&x);
	assert_int_equal(x.nr, 0);
	add(RMPP_MAX_PFN - 1, 1, 1);
	rmpp_extents_round_2m(&x);
	assert_extent(0, RMPP_MAX_PFN - 512, 512, 1 | ROUND);
}

static void bounding_closes_the_smallest_gaps(void **state)
{
	(void)state;
	empty(8);
	add(100, 10, 1);
	add(130, 10, 2);
	add(145, 10, 4);
	add(500, 10, 8);
	assert_int_equal(rmpp_extents_bound(&x, 3, NULL, 0), 5);
	assert_int_equal(x.nr, 3);
	assert_extent(1, 130, 25, 2 | 4 | ROUND);
	assert_int_equal(rmpp_extents_bound(&x, 1, NULL, 0), 20 + 345);
	assert_extent(0, 100, 410, 15 | ROUND);
}

static void bounding_does_no_more_than_it_must(void **state)
{
	u32 i;

	(void)state;
	empty(16);
	for (i = 0; i < 10; i++)
		add(100 * i, 50, 1);
	assert_int_equal(rmpp_extents_bound(&x, 10, NULL, 0), 0);
	assert_int_equal(x.nr, 10);
	/* ten gaps of one size: only as many close as have to */
	assert_int_equal(rmpp_extents_bound(&x, 7, NULL, 0), 150);
	assert_int_equal(x.nr, 7);
	assert_sound();
}

static void bounding_to_nothing_is_refused(void **state)
{
	(void)state;
	empty(2);
	assert_int_equal(rmpp_extents_bound(&x, 0, NULL, 0), 0);
	add(5, 5, 1);
	assert_int_equal(rmpp_extents_bound(&x, 0, NULL, 0), RMPP_ERR_NO_SPACE);
	assert_extent(0, 5, 5, 1);
}

static void bounding_does_not_cross_a_barrier(void **state)
{
	static const u64 inside[] = { 115 }, at_end[] = { 110 }, at_start[] = { 120 };
	static const u64 *const barriers[] = { inside, at_end, at_start };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(barriers); i++) {
		empty(4);
		add(100, 10, 1);
		add(120, 10, 1);
		add(500, 10, 1);
		assert_int_equal(rmpp_extents_bound(&x, 2, barriers[i], 1), 370);
		assert_int_equal(x.nr, 2);
		assert_extent(0, 100, 10, 1);
		assert_extent(1, 120, 390, 1 | ROUND);
	}
}

static void a_barrier_inside_an_extent_or_elsewhere_does_not_matter(void **state)
{
	static const u64 barrier[] = { 5, 105, 125, 600 };

	(void)state;
	empty(4);
	add(100, 10, 1);
	add(120, 10, 1);
	assert_int_equal(rmpp_extents_bound(&x, 1, barrier, 4), 10);
	assert_extent(0, 100, 30, 1 | ROUND);
}

static void bounding_that_barriers_forbid_changes_nothing(void **state)
{
	static const u64 barrier[] = { 115, 300 };
	struct rmpp_extent before[3];

	(void)state;
	empty(4);
	add(100, 10, 1);
	add(120, 10, 2);
	add(500, 10, 4);
	memcpy(before, array, sizeof(before));
	assert_int_equal(rmpp_extents_bound(&x, 2, barrier, 2), RMPP_ERR_NO_SPACE);
	assert_int_equal(x.nr, 3);
	assert_memory_equal(before, array, sizeof(before));
}

static bool never(const void *arg, u64 end_pfn, u64 start_pfn)
{
	(void)end_pfn;
	(void)start_pfn;
	++**(u32 *const *)arg;
	return false;
}

static void the_predicate_is_asked_once_a_gap(void **state)
{
	u32 asked = 0, *p = &asked;

	(void)state;
	empty(4);
	add(100, 10, 1);
	add(120, 10, 2);
	add(500, 10, 4);
	assert_int_equal(rmpp_extents_bound_if(&x, 1, never, &p), RMPP_ERR_NO_SPACE);
	assert_int_equal(asked, 2);
	assert_sound();
}

/* All ways to close gaps, 2^(nr-1) of them. */
static u64 least_waste(const u64 *gap, const bool *barred, u32 nr_gaps, u32 close)
{
	u64 least = U64_MAX, waste;
	u32 set, i, n;

	for (set = 0; set < 1u << nr_gaps; set++) {
		for (i = n = 0, waste = 0; i < nr_gaps; i++) {
			if (!(set >> i & 1))
				continue;
			if (barred[i])
				break;
			n++;
			waste += gap[i];
		}
		if (i == nr_gaps && n >= close && waste < least)
			least = waste;
	}
	return least;
}

static void bounding_wastes_as_little_as_an_exhaustive_search(void **state)
{
	u64 seed = 21, gap[12], barrier[12], pfn, expected;
	bool barred[12];
	u32 nr, i, nr_barriers, bound;
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		nr = 2 + (u32)rnd(&seed, 10);
		nr_barriers = 0;
		pfn = rnd(&seed, 100);
		empty(64);
		for (i = 0; i < nr; i++) {
			add(pfn, 5, ANY);
			pfn += 5;
			gap[i] = 1 + rnd(&seed, rnd(&seed, 2) ? 5 : 1000);
			barred[i] = !rnd(&seed, 5);
			if (barred[i])
				barrier[nr_barriers++] = pfn + rnd(&seed, gap[i] + 1);
			pfn += gap[i];
		}
		bound = 1 + (u32)rnd(&seed, nr);
		expected = least_waste(gap, barred, nr - 1, nr - bound);
		assert_int_equal(rmpp_extents_bound(&x, bound, barrier, nr_barriers),
				 expected == U64_MAX ? (u64)RMPP_ERR_NO_SPACE : expected);
		if (expected != U64_MAX) {
			assert_true(x.nr <= bound);
			assert_int_equal(rmpp_extents_pages(&x), 5 * nr + expected);
		} else {
			assert_int_equal(x.nr, nr);
		}
		assert_sound();
	}
}

static void a_set_holds_what_was_added_and_no_more(void **state)
{
	static u8 pages[2000];
	u64 seed = 31, pfn, n, at;
	int round, k;

	(void)state;
	for (round = 0; round < 200; round++) {
		memset(pages, 0, sizeof(pages));
		empty(ARRAY_LEN(array));
		for (k = 0; k < 60; k++) {
			n = 1 + rnd(&seed, 30);
			pfn = rnd(&seed, sizeof(pages) - n);
			memset(pages + pfn, 1, n);
			add(pfn, n, ANY);
			assert_sound();
		}
		for (at = 0, n = 0; at < sizeof(pages); at++) {
			assert_int_equal(rmpp_extents_find(&x, at) != NULL, pages[at]);
			n += pages[at];
		}
		assert_int_equal(rmpp_extents_pages(&x), n);
	}
}

static void a_set_too_small_still_holds_all_that_was_added(void **state)
{
	static u8 pages[20000];
	u64 seed = 41, pfn, n, at;
	int round, k;

	(void)state;
	for (round = 0; round < 100; round++) {
		memset(pages, 0, sizeof(pages));
		empty(1 + (u32)rnd(&seed, 20));
		for (k = 0; k < 100; k++) {
			n = 1 + rnd(&seed, 30);
			pfn = rnd(&seed, sizeof(pages) - n);
			memset(pages + pfn, 1, n);
			add(pfn, n, ANY);
			assert_sound();
		}
		for (at = 0; at < sizeof(pages); at++)
			assert_true(!pages[at] || rmpp_extents_find(&x, at));
	}
}

static void find_gives_the_extent_of_a_page(void **state)
{
	(void)state;
	empty(4);
	add(100, 10, 1);
	add(200, 10, 2);
	assert_null(rmpp_extents_find(&x, 99));
	assert_ptr_equal(rmpp_extents_find(&x, 100), &x.v[0]);
	assert_ptr_equal(rmpp_extents_find(&x, 109), &x.v[0]);
	assert_null(rmpp_extents_find(&x, 110));
	assert_ptr_equal(rmpp_extents_find(&x, 205), &x.v[1]);
	assert_null(rmpp_extents_find(&x, U64_MAX));
}

static void overlap_gives_the_first_extent_that_shares_a_page(void **state)
{
	(void)state;
	empty(4);
	add(100, 10, 1);
	add(200, 10, 2);
	assert_null(rmpp_extents_overlap(&x, 90, 10));
	assert_ptr_equal(rmpp_extents_overlap(&x, 90, 11), &x.v[0]);
	assert_ptr_equal(rmpp_extents_overlap(&x, 109, 1), &x.v[0]);
	assert_ptr_equal(rmpp_extents_overlap(&x, 50, 1000), &x.v[0]);
	assert_ptr_equal(rmpp_extents_overlap(&x, 110, 91), &x.v[1]);
	assert_null(rmpp_extents_overlap(&x, 110, 90));
	assert_null(rmpp_extents_overlap(&x, 105, 0));
	assert_ptr_equal(rmpp_extents_overlap(&x, 150, U64_MAX), &x.v[1]);
	assert_null(rmpp_extents_overlap(&x, 210, U64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_set_is_empty),
		cmocka_unit_test(ranges_are_kept_sorted_whatever_the_order),
		cmocka_unit_test(touching_ranges_merge_and_reasons_unite),
		cmocka_unit_test(ranges_one_page_apart_do_not_merge),
		cmocka_unit_test(overlapping_ranges_merge),
		cmocka_unit_test(a_range_inside_another_only_adds_its_reason),
		cmocka_unit_test(a_range_over_many_swallows_them),
		cmocka_unit_test(page_zero_and_the_last_page_fit),
		cmocka_unit_test(empty_wrapping_and_too_high_ranges_are_refused),
		cmocka_unit_test(a_set_without_an_array_is_refused),
		cmocka_unit_test(a_full_array_merges_the_closest_neighbours),
		cmocka_unit_test(a_full_array_merges_the_new_range_if_that_is_closest),
		cmocka_unit_test(a_full_array_makes_room_on_either_side_of_the_new_range),
		cmocka_unit_test(an_array_of_one_entry_grows_to_hold_all),
		cmocka_unit_test(removing_takes_the_head_the_tail_and_all),
		cmocka_unit_test(removing_from_the_middle_leaves_two),
		cmocka_unit_test(removing_goes_over_many_extents),
		cmocka_unit_test(removing_what_is_not_there_changes_nothing),
		cmocka_unit_test(a_full_array_refuses_to_be_parted_and_keeps_all),
		cmocka_unit_test(removing_bad_ranges_is_refused),
		cmocka_unit_test(adding_and_removing_agree_with_a_map_of_pages),
		cmocka_unit_test(rounding_fills_2m_blocks_and_merges),
		cmocka_unit_test(rounding_joins_ranges_in_the_same_block),
		cmocka_unit_test(rounding_an_empty_set_and_the_top_works),
		cmocka_unit_test(bounding_closes_the_smallest_gaps),
		cmocka_unit_test(bounding_does_no_more_than_it_must),
		cmocka_unit_test(bounding_to_nothing_is_refused),
		cmocka_unit_test(bounding_does_not_cross_a_barrier),
		cmocka_unit_test(a_barrier_inside_an_extent_or_elsewhere_does_not_matter),
		cmocka_unit_test(bounding_that_barriers_forbid_changes_nothing),
		cmocka_unit_test(the_predicate_is_asked_once_a_gap),
		cmocka_unit_test(bounding_wastes_as_little_as_an_exhaustive_search),
		cmocka_unit_test(a_set_holds_what_was_added_and_no_more),
		cmocka_unit_test(a_set_too_small_still_holds_all_that_was_added),
		cmocka_unit_test(find_gives_the_extent_of_a_page),
		cmocka_unit_test(overlap_gives_the_first_extent_that_shares_a_page),
	};

	return cmocka_run_group_tests_name("extent", tests, NULL, NULL);
}
