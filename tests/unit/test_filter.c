// SPDX-License-Identifier: GPL-2.0-only
#include <rmp_persist/filter.h>

#include "rmpp_fixture.h"

#define PAGES		4096
#define MAX_EXTENTS	4096
#define MAX_INDEX	512

static struct rmpp_filter_extent array[MAX_EXTENTS];
static u32 indices[MAX_INDEX];
static struct rmpp_filter f;
static bool wanted[PAGES];

static void empty(u32 max, u32 max_index)
{
	memset(array, 0xa5, sizeof(array));
	memset(indices, 0xa5, sizeof(indices));
	memset(wanted, 0, sizeof(wanted));
	assert_int_equal(rmpp_filter_init(&f, array, max, indices, max_index), 0);
}

static void add(u64 pfn, u64 nr_pages)
{
	u64 i;

	assert_int_equal(rmpp_filter_add(&f, pfn, nr_pages), 0);
	for (i = pfn; i < pfn + nr_pages && i < PAGES; i++)
		wanted[i] = true;
}

static void assert_sound(void)
{
	u32 i;

	assert_true(f.nr <= f.max);
	for (i = 0; i < f.nr; i++) {
		assert_true(f.v[i].pfn < f.v[i].end);
		if (i)
			assert_true(f.v[i].pfn > f.v[i - 1].end);
	}
}

/* A run ends where its limit is or the next page is of the other kind, and nowhere else. */
static void assert_runs(u64 limit)
{
	u64 pfn, nr, i;
	bool has;

	for (pfn = 0; pfn < PAGES; pfn += nr) {
		nr = rmpp_filter_run(&f, pfn, limit, &has);
		assert_in_range(nr, 1, limit);
		for (i = 0; i < nr; i++)
			assert_int_equal(rmpp_filter_has(&f, pfn + i), has);
		assert_true(nr == limit || rmpp_filter_has(&f, pfn + nr) != has);
	}
}

/* Pages that are in the set though nobody asked for them. */
static u64 assert_holds_all(void)
{
	u64 pfn, more = 0;

	assert_runs(1);
	assert_runs(7);
	assert_runs(1024);

	for (pfn = 0; pfn < PAGES; pfn++) {
		if (wanted[pfn])
			assert_true(rmpp_filter_has(&f, pfn));
		else
			more += rmpp_filter_has(&f, pfn);
	}
	return more;
}

static void an_empty_set_has_no_page(void **state)
{
	(void)state;
	empty(16, 2);
	rmpp_filter_seal(&f);
	assert_false(rmpp_filter_has(&f, 0));
	assert_false(rmpp_filter_has(&f, U64_MAX));
	assert_int_equal(rmpp_filter_pages(&f), 0);
}

static void first_and_last_page_of_an_extent_are_in_and_their_neighbours_are_not(void **state)
{
	(void)state;
	empty(16, 16);
	add(1000, 10);
	add(0, 1);
	rmpp_filter_seal(&f);
	assert_true(rmpp_filter_has(&f, 0));
	assert_false(rmpp_filter_has(&f, 1));
	assert_false(rmpp_filter_has(&f, 999));
	assert_true(rmpp_filter_has(&f, 1000));
	assert_true(rmpp_filter_has(&f, 1009));
	assert_false(rmpp_filter_has(&f, 1010));
	assert_int_equal(rmpp_filter_pages(&f), 11);
}

static void the_last_page_that_an_address_can_name_is_found(void **state)
{
	(void)state;
	empty(16, MAX_INDEX);
	add(RMPP_MAX_PFN - 1, 1);
	add(5, 1);
	rmpp_filter_seal(&f);
	assert_true(rmpp_filter_has(&f, RMPP_MAX_PFN - 1));
	assert_false(rmpp_filter_has(&f, RMPP_MAX_PFN - 2));
	assert_false(rmpp_filter_has(&f, RMPP_MAX_PFN));
	assert_false(rmpp_filter_has(&f, U64_MAX));
	assert_true(rmpp_filter_has(&f, 5));
}

static void ranges_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	empty(16, 16);
	assert_int_equal(rmpp_filter_add(&f, 7, 0), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_filter_add(&f, RMPP_MAX_PFN, 1), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_filter_add(&f, RMPP_MAX_PFN - 1, 2), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_filter_add(&f, 1, U64_MAX), RMPP_ERR_EXTENT_RANGE);
	rmpp_filter_seal(&f);
	assert_int_equal(f.nr, 0);
}

static void too_little_room_is_refused(void **state)
{
	(void)state;
	assert_int_equal(rmpp_filter_init(&f, array, 15, indices, 2), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_filter_init(&f, array, 16, indices, 1), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_filter_init(&f, NULL, 16, indices, 2), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_filter_init(&f, array, 16, NULL, 2), RMPP_ERR_ARGUMENT);
}

static void ranges_in_any_order_merge_and_stay_exact(void **state)
{
	u64 seed = 1, more;
	int round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		empty(MAX_EXTENTS, 2 + rnd(&seed, MAX_INDEX - 2));
		for (i = rnd(&seed, 200); i >= 0; i--)
			add(rnd(&seed, PAGES - 64), 1 + rnd(&seed, 64));
		rmpp_filter_seal(&f);
		assert_sound();
		more = assert_holds_all();
		assert_int_equal(more, 0);
		assert_int_equal(f.granule_shift, 0);
	}
}

static void a_full_set_rounds_out_and_loses_nothing(void **state)
{
	u64 seed = 2, i;
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		empty(16 + rnd(&seed, 100), 2 + rnd(&seed, 100));
		for (i = 0; i < 1000; i++)
			add(rnd(&seed, PAGES), 1);
		rmpp_filter_seal(&f);
		assert_sound();
		assert_holds_all();
		assert_true(f.granule_shift > 0);
	}
}

/* 128 single pages, 32 apart, in room for 64: they grow until they meet, and no further. */
static void no_more_is_rounded_out_than_room_asks_for(void **state)
{
	u64 pfn;

	(void)state;
	empty(64, 64);
	for (pfn = 0; pfn < PAGES; pfn += 128)
		add(pfn, 1);
	rmpp_filter_seal(&f);
	assert_int_equal(f.granule_shift, 0);
	assert_int_equal(assert_holds_all(), 0);

	empty(64, 64);
	for (pfn = 0; pfn < PAGES; pfn += 32)
		add(pfn, 1);
	rmpp_filter_seal(&f);
	assert_holds_all();
	assert_true(f.granule_shift >= 5);
	assert_true(f.granule_shift <= 6);
}

static void extents_that_are_far_apart_end_up_in_one_bucket_and_are_found(void **state)
{
	u64 seed = 3, more;
	int i;

	(void)state;
	empty(MAX_EXTENTS, MAX_INDEX);
	for (i = 0; i < 500; i++)
		add(rnd(&seed, PAGES), 1 + rnd(&seed, 3));
	add(RMPP_MAX_PFN - 1, 1);
	rmpp_filter_seal(&f);
	assert_sound();
	more = assert_holds_all();
	assert_int_equal(more, 0);
	assert_true(rmpp_filter_has(&f, RMPP_MAX_PFN - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_has_no_page),
		cmocka_unit_test(first_and_last_page_of_an_extent_are_in_and_their_neighbours_are_not),
		cmocka_unit_test(the_last_page_that_an_address_can_name_is_found),
		cmocka_unit_test(ranges_that_make_no_sense_are_refused),
		cmocka_unit_test(too_little_room_is_refused),
		cmocka_unit_test(ranges_in_any_order_merge_and_stay_exact),
		cmocka_unit_test(a_full_set_rounds_out_and_loses_nothing),
		cmocka_unit_test(no_more_is_rounded_out_than_room_asks_for),
		cmocka_unit_test(extents_that_are_far_apart_end_up_in_one_bucket_and_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
