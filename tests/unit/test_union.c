// SPDX-License-Identifier: GPL-2.0-only
#include <rmp_persist/union.h>

#include "rmpp_fixture.h"

#define PAGES	512
#define GUEST	RMPP_REASON_GUEST

static struct rmpp_filter_extent array[64];
static u32 indices[16];
static struct rmpp_filter f;
static struct rmpp_extent extents[64];
static struct rmpp_extents x;

static int start(void **state)
{
	(void)state;
	assert_int_equal(rmpp_filter_init(&f, array, ARRAY_LEN(array), indices, ARRAY_LEN(indices)), 0);
	rmpp_extents_init(&x, extents, ARRAY_LEN(extents));
	return 0;
}

static void assert_next(struct rmpp_union *u, u64 pfn, u64 nr_pages, u32 reason)
{
	struct rmpp_extent e;

	assert_true(rmpp_union_next(u, &e));
	assert_int_equal(e.pfn, pfn);
	assert_int_equal(e.nr_pages, nr_pages);
	assert_int_equal(e.reason, reason);
}

static void assert_end(struct rmpp_union *u)
{
	struct rmpp_extent e;

	assert_false(rmpp_union_next(u, &e));
	assert_false(rmpp_union_next(u, &e));
}

static void of_two_empty_lists_there_is_none(void **state)
{
	struct rmpp_union u = { .f = &f, .reason = GUEST, .x = &x };

	(void)state;
	rmpp_filter_seal(&f);
	assert_end(&u);
}

static void either_list_may_be_empty(void **state)
{
	struct rmpp_union a = { .f = &f, .reason = GUEST, .x = &x }, b = { .f = &f, .reason = GUEST, .x = &x };

	(void)state;
	rmpp_filter_add(&f, 10, 5);
	rmpp_filter_seal(&f);
	assert_next(&a, 10, 5, GUEST);
	assert_end(&a);
	start(NULL);
	rmpp_filter_seal(&f);
	rmpp_extents_add(&x, 7, 2, RMPP_REASON_TMR);
	assert_next(&b, 7, 2, RMPP_REASON_TMR);
	assert_end(&b);
}

static void what_overlaps_or_touches_is_one_with_all_reasons(void **state)
{
	struct rmpp_union u = { .f = &f, .reason = GUEST, .x = &x };

	(void)state;
	rmpp_filter_add(&f, 10, 10);
	rmpp_filter_add(&f, 30, 1);
	rmpp_filter_add(&f, 100, 1);
	rmpp_filter_seal(&f);
	rmpp_extents_add(&x, 15, 15, RMPP_REASON_INHERITED);
	rmpp_extents_add(&x, 31, 9, RMPP_REASON_LEAKED);
	rmpp_extents_add(&x, 42, 1, RMPP_REASON_TMR);
	assert_next(&u, 10, 30, GUEST | RMPP_REASON_INHERITED | RMPP_REASON_LEAKED);
	assert_next(&u, 42, 1, RMPP_REASON_TMR);
	assert_next(&u, 100, 1, GUEST);
	assert_end(&u);
}

static void one_that_lies_within_another_changes_only_its_reasons(void **state)
{
	struct rmpp_union u = { .f = &f, .reason = GUEST, .x = &x };

	(void)state;
	rmpp_filter_add(&f, 10, 100);
	rmpp_filter_seal(&f);
	rmpp_extents_add(&x, 20, 5, RMPP_REASON_TMR);
	rmpp_extents_add(&x, 50, 5, RMPP_REASON_LEAKED);
	assert_next(&u, 10, 100, GUEST | RMPP_REASON_TMR | RMPP_REASON_LEAKED);
	assert_end(&u);
}

/* Against a map of single pages; and in the order that rmpp_blob_check() wants. */
static void random_lists_lose_nothing_and_gain_nothing(void **state)
{
	u64 seed = 1, pfn, nr, end;
	struct rmpp_extent e;
	u32 want[PAGES], i;

	(void)state;
	for (u32 round = 0; round < 2000; round++) {
		struct rmpp_union u = { .f = &f, .reason = GUEST, .x = &x };

		start(NULL);
		memset(want, 0, sizeof(want));
		for (i = rnd(&seed, 20); i; i--) {
			pfn = rnd(&seed, PAGES - 16);
			nr = 1 + rnd(&seed, 16);
			if (rnd(&seed, 2))
				rmpp_filter_add(&f, pfn, nr);
			else
				rmpp_extents_add(&x, pfn, nr, RMPP_REASON_TMR);
			for (; nr; nr--)
				want[pfn++] = 1;
		}
		rmpp_filter_seal(&f);
		for (end = 0, i = 0; rmpp_union_next(&u, &e); i++) {
			assert_true(!i || e.pfn > end);
			assert_true(e.reason && e.nr_pages);
			end = e.pfn + e.nr_pages;
			for (pfn = e.pfn; pfn < end; pfn++)
				assert_int_equal(want[pfn]--, 1);
		}
		for (pfn = 0; pfn < PAGES; pfn++)
			assert_int_equal(want[pfn], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(of_two_empty_lists_there_is_none, start),
		cmocka_unit_test_setup(either_list_may_be_empty, start),
		cmocka_unit_test_setup(what_overlaps_or_touches_is_one_with_all_reasons, start),
		cmocka_unit_test_setup(one_that_lies_within_another_changes_only_its_reasons, start),
		cmocka_unit_test_setup(random_lists_lose_nothing_and_gain_nothing, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
