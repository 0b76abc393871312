// SPDX-License-Identifier: GPL-2.0-only
/* chain_prepare_extents(): rounding, clipping, bounding, the topmost block. */
#include "rmpp_fixture.h"
#include "chain.h"

#define B(n)	(512ULL * (n))		/* first page of 2 MiB block n */

static struct rmpp_extent array[512];
static struct rmpp_extents x;
static s64 waste;

static const struct chain_ram whole[] = { { 0, B(100) } };

static void empty(u32 max)
{
	rmpp_extents_init(&x, array, max);
	waste = -1;
}

static void add(u64 pfn, u64 nr_pages)
{
	assert_int_equal(rmpp_extents_add(&x, pfn, nr_pages, RMPP_REASON_ASSIGNED), 0);
}

static int prepare(const struct chain_ram *ram, u32 nr_ram, u32 max_nodes)
{
	return chain_prepare_extents(&x, ram, nr_ram, max_nodes, &waste);
}

static void assert_extent(u32 i, u64 pfn, u64 end)
{
	assert_in_range(i, 0, x.nr - 1);
	assert_int_equal(x.v[i].pfn, pfn);
	assert_int_equal(x.v[i].pfn + x.v[i].nr_pages, end);
	assert_int_equal(x.v[i].reserved, 0);
}

static void an_empty_set_stays_empty(void **state)
{
	(void)state;
	empty(8);
	assert_int_equal(prepare(whole, 1, 10), 0);
	assert_int_equal(x.nr, 0);
	assert_int_equal(waste, 0);
}

static void pages_are_rounded_out_to_2m(void **state)
{
	(void)state;
	empty(8);
	add(B(3) + 7, 1);
	add(B(9) - 1, 2);
	assert_int_equal(prepare(whole, 1, 10), 0);
	assert_int_equal(x.nr, 2);
	assert_extent(0, B(3), B(4));
	assert_extent(1, B(8), B(10));
	assert_int_equal(waste, 3 * 512 - 3);
	assert_int_equal(x.v[0].reason, RMPP_REASON_ASSIGNED | RMPP_REASON_ROUNDING);
}

static void what_is_not_ram_is_left_out(void **state)
{
	static const struct chain_ram ram[] = { { B(1) + 1, B(1) + 159 }, { B(1) + 256, B(2) + 100 },
						{ B(3) + 50, B(20) } };

	(void)state;
	empty(16);
	add(B(1) + 5, 1);
	add(B(1) + 200, 10);
	add(B(2) + 90, 5);
	add(B(3), 10);
	add(B(30), 1);
	assert_int_equal(prepare(ram, 3, 10), 0);
	assert_int_equal(x.nr, 3);
	assert_extent(0, B(1) + 1, B(1) + 159);
	assert_extent(1, B(1) + 256, B(2) + 100);
	assert_extent(2, B(3) + 50, B(4));
	/* asked for and RAM: one page of block 1, five pages of block 2 */
	assert_int_equal(waste, 158 + 256 + 100 + 462 - 6);
}

static void one_extent_over_many_ranges_becomes_many(void **state)
{
	static const struct chain_ram ram[] = { { B(1), B(2) }, { B(3), B(4) }, { B(5), B(6) },
						{ B(8), B(20) } };

	(void)state;
	empty(6);
	add(B(1), 512 * 6);
	add(B(10), 1);
	assert_int_equal(prepare(ram, 4, 10), 0);
	assert_int_equal(x.nr, 4);
	assert_extent(0, B(1), B(2));
	assert_extent(1, B(3), B(4));
	assert_extent(2, B(5), B(6));
	assert_extent(3, B(10), B(11));
}

static void ram_ranges_that_touch_count_as_one(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(2) }, { B(2), B(3) }, { B(3), B(20) } };

	(void)state;
	empty(8);
	add(B(1), 512 * 4);
	add(B(7), 1);
	assert_int_equal(prepare(ram, 3, 10), 0);
	assert_int_equal(x.nr, 2);
	assert_extent(0, B(1), B(5));
	/* and a gap may close over their borders */
	empty(8);
	add(B(1), 1);
	add(B(5), 1);
	assert_int_equal(prepare(ram, 3, 1), 0);
	assert_int_equal(x.nr, 1);
	assert_extent(0, B(1), B(6));
}

static void the_count_is_bounded_by_closing_the_smallest_gaps(void **state)
{
	(void)state;
	empty(8);
	add(B(1), 1);
	add(B(5), 1);
	add(B(7), 1);
	add(B(50), 1);
	assert_int_equal(prepare(whole, 1, 3), 0);
	assert_int_equal(x.nr, 3);
	assert_extent(1, B(5), B(8));
	assert_int_equal(waste, 4 * 511 + 512);
}

static void no_gap_closes_over_an_end_of_ram(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(6) }, { B(6) + 1, B(20) } };

	(void)state;
	empty(8);
	add(B(1), 1);
	add(B(5), 1);
	add(B(7), 1);
	assert_int_equal(prepare(ram, 2, 2), 0);
	assert_int_equal(x.nr, 2);
	assert_extent(0, B(1), B(6));
	assert_extent(1, B(7), B(8));
}

static void an_assigned_page_in_the_topmost_block_is_refused(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(9) + 100 } };
	static const u64 pages[] = { B(9), B(9) + 99, B(9) + 100, B(9) + 511 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pages); i++) {
		empty(8);
		add(B(2) + 3, 1);
		add(pages[i], 1);
		assert_int_equal(prepare(ram, 1, 10), -CHAIN_ERR_TOP);
		assert_int_equal(x.nr, 2);
		assert_extent(0, B(2) + 3, B(2) + 4);
		assert_int_equal(waste, -1);
	}
	empty(8);
	add(B(9) - 1, 1);
	assert_int_equal(prepare(ram, 1, 10), 0);
	assert_extent(0, B(8), B(9));
	empty(8);
	add(B(10), 1);
	assert_int_equal(prepare(ram, 1, 10), 0);
	assert_int_equal(x.nr, 0);
}

static void an_assigned_page_in_the_first_block_is_refused(void **state)
{
	static const u64 pages[] = { 0, 0x9f, 0x100, 511 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pages); i++) {
		empty(8);
		add(pages[i], 1);
		add(B(2) + 3, 1);
		assert_int_equal(prepare(whole, 1, 10), -CHAIN_ERR_LOW);
		assert_extent(1, B(2) + 3, B(2) + 4);
		assert_int_equal(waste, -1);
	}
	empty(8);
	add(B(1), 1);
	assert_int_equal(prepare(whole, 1, 10), 0);
	assert_extent(0, B(1), B(2));
}

static void the_top_is_the_top_of_all_ram_only(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(10) }, { B(2048), B(2060) } };

	(void)state;
	empty(8);
	add(B(10) - 1, 1);
	assert_int_equal(prepare(ram, 2, 10), 0);
	assert_extent(0, B(9), B(10));
	add(B(2060) - 1, 1);
	assert_int_equal(prepare(ram, 2, 10), -CHAIN_ERR_TOP);
}

static void bad_arguments_are_refused_and_change_nothing(void **state)
{
	static const struct chain_ram unsorted[] = { { B(5), B(6) }, { B(1), B(2) } };
	static const struct chain_ram overlapping[] = { { B(1), B(5) }, { B(4), B(6) } };
	static const struct chain_ram hollow[] = { { B(1), B(1) }, { B(4), B(6) } };
	static const struct chain_ram backward[] = { { B(2), B(1) } };
	static const struct chain_ram high[] = { { 0, RMPP_MAX_PFN + 1 } };

	(void)state;
	empty(8);
	add(5, 1);
	assert_int_equal(prepare(NULL, 0, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(unsorted, 2, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(overlapping, 2, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(hollow, 2, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(backward, 1, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(high, 1, 10), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(prepare(whole, 1, CHAIN_NODES_MAX + 1), -CHAIN_ERR_ARGUMENT);
	assert_int_equal(x.nr, 1);
	assert_extent(0, 5, 6);
	assert_int_equal(waste, -1);
}

static void too_few_nodes_for_the_ranges_of_ram_are_refused(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(2) }, { B(3), B(5) }, { B(6), B(20) } };

	(void)state;
	empty(8);
	add(B(1), 1);
	add(B(4), 1);
	add(B(7), 1);
	assert_int_equal(prepare(ram, 3, 2), -CHAIN_ERR_SPACE);
	assert_int_equal(waste, -1);
	/* still all there */
	assert_non_null(rmpp_extents_find(&x, B(1)));
	assert_non_null(rmpp_extents_find(&x, B(4)));
	assert_non_null(rmpp_extents_find(&x, B(7)));
}

static void an_array_too_small_for_the_pieces_is_refused(void **state)
{
	static const struct chain_ram ram[] = { { 0, B(2) }, { B(3), B(5) }, { B(6), B(20) } };

	(void)state;
	empty(2);
	add(B(1), 512 * 7);
	assert_int_equal(prepare(ram, 3, 10), -CHAIN_ERR_SPACE);
	assert_non_null(rmpp_extents_find(&x, B(7)));
	assert_int_equal(waste, -1);
}

/* ---- against the definition, page by page, and against all ways to merge ---- */

#define NR_BLOCKS	40u
#define NR_PAGES	B(NR_BLOCKS)

static bool is_ram[NR_PAGES], asked[NR_PAGES], kept[NR_PAGES];
static struct chain_ram ram[8];

static u32 random_ram(u64 *seed)
{
	u32 nr = 0;
	u64 at = rnd(seed, 3) ? 0 : rnd(seed, 700), end, k;

	memset(is_ram, 0, sizeof(is_ram));
	while (nr < ARRAY_LEN(ram) && at < NR_PAGES) {
		end = at + 1 + rnd(seed, rnd(seed, 2) ? NR_PAGES : 3000);
		if (end > NR_PAGES)
			end = NR_PAGES;
		ram[nr++] = (struct chain_ram){ at, end };
		for (k = at; k < end; k++)
			is_ram[k] = true;
		at = end + (rnd(seed, 3) ? 1 + rnd(seed, 1200) : 0);
	}
	return nr;
}

/* What must be kept out at least: RAM in blocks with a page that was asked for. */
static u32 least_pieces(u64 *gap, bool *barred)
{
	bool before = false;
	u64 end = 0, at, k;
	u32 nr = 0;

	memset(kept, 0, sizeof(kept));
	for (at = 0; at < NR_PAGES; at++)
		if (asked[at])
			for (k = at & ~511ULL; k < (at | 511) + 1; k++)
				kept[k] = is_ram[k];
	for (at = 0; at < NR_PAGES; at++) {
		if (kept[at] && !before) {
			if (nr) {
				gap[nr - 1] = at - end;
				barred[nr - 1] = false;
				for (k = end; k < at; k++)
					barred[nr - 1] |= !is_ram[k];
			}
			nr++;
		}
		if (kept[at])
			end = at + 1;
		before = kept[at];
	}
	return nr;
}

static u64 least_waste(const u64 *gap, const bool *barred, u32 nr_gaps, u32 close)
{
	u64 least = U64_MAX, sum;
	u32 subset, i, n;

	for (subset = 0; subset < 1u << nr_gaps; subset++) {
		for (i = n = 0, sum = 0; i < nr_gaps; i++) {
			if (!(subset >> i & 1))
				continue;
			if (barred[i])
				break;
			n++;
			sum += gap[i];
		}
		if (i == nr_gaps && n >= close && sum < least)
			least = sum;
	}
	return least;
}

static void nothing_is_lost_and_no_more_wasted_than_an_exhaustive_search_does(void **state)
{
	u64 seed = 61, gap[NR_PAGES / 2], sum, at, base, pages_asked;
	bool barred[NR_PAGES / 2];
	u32 nr_ram, nr, max_nodes, i, k, solved = 0;
	int round, ret;

	(void)state;
	for (round = 0; round < 1500; round++) {
		nr_ram = random_ram(&seed);
		memset(asked, 0, sizeof(asked));
		empty(ARRAY_LEN(array));
		for (k = 1 + (u32)rnd(&seed, 12); k; k--) {
			u64 n = 1 + rnd(&seed, rnd(&seed, 2) ? 3 : 900);

			/* seldom in the first block */
			at = rnd(&seed, 32) ? 512 + rnd(&seed, NR_PAGES - 512 - n) : rnd(&seed, NR_PAGES - n);
			add(at, n);
			memset(asked + at, true, n);
		}
		nr = least_pieces(gap, barred);
		if (nr > 12)
			continue;
		max_nodes = 1 + (u32)rnd(&seed, 12);
		sum = nr <= max_nodes ? 0 :
		      least_waste(gap, barred, nr - 1, nr - max_nodes);

		at = (ram[nr_ram - 1].end_pfn - 1) & ~511ULL;
		for (i = 0, ret = 0; i < 512 && at + i < NR_PAGES; i++)
			if (asked[at + i])
				ret = -CHAIN_ERR_TOP;
		if (!ret && sum == U64_MAX)
			ret = -CHAIN_ERR_SPACE;
		for (i = 0; i < 512; i++)
			if (asked[i])
				ret = -CHAIN_ERR_LOW;
		assert_int_equal(prepare(ram, nr_ram, max_nodes), ret);
		if (ret)
			continue;

		solved++;
		for (at = base = pages_asked = 0; at < NR_PAGES; at++) {
			base += kept[at];
			pages_asked += asked[at] && is_ram[at];
			if (kept[at])
				assert_non_null(rmpp_extents_find(&x, at));
			if (!is_ram[at])
				assert_null(rmpp_extents_find(&x, at));
		}
		assert_true(x.nr <= max_nodes);
		assert_int_equal(rmpp_extents_pages(&x), base + sum);
		assert_int_equal(waste, base + sum - pages_asked);
		assert_null(rmpp_extents_find(&x, ram[nr_ram - 1].end_pfn - 1));
	}
	assert_true(solved > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_stays_empty),
		cmocka_unit_test(pages_are_rounded_out_to_2m),
		cmocka_unit_test(what_is_not_ram_is_left_out),
		cmocka_unit_test(one_extent_over_many_ranges_becomes_many),
		cmocka_unit_test(ram_ranges_that_touch_count_as_one),
		cmocka_unit_test(the_count_is_bounded_by_closing_the_smallest_gaps),
		cmocka_unit_test(no_gap_closes_over_an_end_of_ram),
		cmocka_unit_test(an_assigned_page_in_the_topmost_block_is_refused),
		cmocka_unit_test(an_assigned_page_in_the_first_block_is_refused),
		cmocka_unit_test(the_top_is_the_top_of_all_ram_only),
		cmocka_unit_test(bad_arguments_are_refused_and_change_nothing),
		cmocka_unit_test(too_few_nodes_for_the_ranges_of_ram_are_refused),
		cmocka_unit_test(an_array_too_small_for_the_pieces_is_refused),
		cmocka_unit_test(nothing_is_lost_and_no_more_wasted_than_an_exhaustive_search_does),
	};

	return cmocka_run_group_tests_name("chain_prepare", tests, NULL, NULL);
}
