// SPDX-License-Identifier: GPL-2.0-only
/* chain_punch(): what lies next to what. */
#include "rmpp_fixture.h"
#include "chain.h"

#define ROUNDS		2000
#define NR_PAGES	24

static struct chain_ram v[8];

static void assert_ranges(u32 nr, const struct chain_ram *expected, u32 nr_expected)
{
	assert_int_equal(nr, nr_expected);
	for (u32 i = 0; i < nr; i++) {
		assert_int_equal(v[i].start_pfn, expected[i].start_pfn);
		assert_int_equal(v[i].end_pfn, expected[i].end_pfn);
	}
}

#define ASSERT_RANGES(nr, ...) do {							\
	const struct chain_ram expected[] = { __VA_ARGS__ };				\
	assert_ranges(nr, expected, sizeof(expected) / sizeof(expected[0]));		\
} while (0)

static void a_hole_within_a_range_makes_two(void **state)
{
	(void)state;
	v[0] = (struct chain_ram){ 0, 10 };
	v[1] = (struct chain_ram){ 20, 30 };
	ASSERT_RANGES(chain_punch(v, 2, 4, 6), { 0, 4 }, { 6, 10 }, { 20, 30 });
}

static void holes_that_touch_leave_no_empty_range_between_them(void **state)
{
	(void)state;
	v[0] = (struct chain_ram){ 0, 10 };
	ASSERT_RANGES(chain_punch(v, chain_punch(v, 1, 2, 4), 4, 6), { 0, 2 }, { 6, 10 });
	v[0] = (struct chain_ram){ 0, 10 };
	/* by then 4 is an end of RAM */
	ASSERT_RANGES(chain_punch(v, chain_punch(v, 1, 4, 6), 2, 4), { 0, 2 }, { 3, 4 }, { 6, 10 });
}

static void ram_begins_and_ends_where_it_did(void **state)
{
	(void)state;
	v[0] = (struct chain_ram){ 0, 10 };
	ASSERT_RANGES(chain_punch(v, 1, 6, 10), { 0, 6 }, { 9, 10 });
	v[0] = (struct chain_ram){ 0, 10 };
	ASSERT_RANGES(chain_punch(v, 1, 9, 10), { 0, 10 });
	v[0] = (struct chain_ram){ 0, 10 };
	ASSERT_RANGES(chain_punch(v, 1, 0, 10), { 9, 10 });
	v[0] = (struct chain_ram){ 2, 10 };
	ASSERT_RANGES(chain_punch(v, 1, 2, 4), { 4, 10 });
}

static void what_is_not_within_one_range_changes_nothing(void **state)
{
	(void)state;
	v[0] = (struct chain_ram){ 2, 10 };
	v[1] = (struct chain_ram){ 20, 30 };
	ASSERT_RANGES(chain_punch(v, 2, 0, 4), { 2, 10 }, { 20, 30 });
	ASSERT_RANGES(chain_punch(v, 2, 8, 22), { 2, 10 }, { 20, 30 });
	ASSERT_RANGES(chain_punch(v, 2, 12, 14), { 2, 10 }, { 20, 30 });
	ASSERT_RANGES(chain_punch(v, 2, 5, 5), { 2, 10 }, { 20, 30 });
	ASSERT_RANGES(chain_punch(v, 2, 6, 5), { 2, 10 }, { 20, 30 });
	assert_int_equal(chain_punch(v, 0, 2, 4), 0);
}

/* Whatever is punched, in whatever order, is RAM that a chain can be made for, and is out of it but for an end. */
static void any_two_holes_leave_ram_that_a_chain_can_be_made_for(void **state)
{
	struct rmpp_extent array[16];
	struct rmpp_extents x;
	u64 start[2], end[2], base = 4 * RMPP_PAGES_PER_2M;
	s64 waste;
	u32 nr;

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++) {
		v[0] = (struct chain_ram){ base, base + NR_PAGES };
		nr = 1;
		for (int i = 0; i < 2; i++) {
			start[i] = base + rand() % NR_PAGES;
			end[i] = start[i] + 1 + rand() % (base + NR_PAGES - start[i]);
			nr = chain_punch(v, nr, start[i], end[i]);
		}
		rmpp_extents_init(&x, array, 16);
		assert_int_equal(chain_prepare_extents(&x, v, nr, 16, &waste), 0);
		assert_int_equal(v[nr - 1].end_pfn, base + NR_PAGES);
		for (u32 k = 0; k < nr; k++)
			for (u64 pfn = v[k].start_pfn; pfn < v[k].end_pfn; pfn++)
				assert_false(pfn >= start[0] && pfn + 1 < end[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_within_a_range_makes_two),
		cmocka_unit_test(holes_that_touch_leave_no_empty_range_between_them),
		cmocka_unit_test(ram_begins_and_ends_where_it_did),
		cmocka_unit_test(what_is_not_within_one_range_changes_nothing),
		cmocka_unit_test(any_two_holes_leave_ram_that_a_chain_can_be_made_for),
	};

	return cmocka_run_group_tests_name("chain_punch", tests, NULL, NULL);
}
