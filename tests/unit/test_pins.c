// SPDX-License-Identifier: GPL-2.0-only
#include <rmp_persist/pins.h>

#include "rmpp_fixture.h"

#define PAGES	(1u << 18)	/* that a test looks at */

static struct rmpp_pins p;
static struct rmpp_filter_extent array[RMPP_PINS_EXTENTS + 16];
static u32 indices[1024];
static struct rmpp_filter seen;

static void look(void)
{
	assert_int_equal(rmpp_filter_init(&seen, array, ARRAY_LEN(array), indices, ARRAY_LEN(indices)), 0);
	rmpp_pins_collect(&p, &seen);
	rmpp_filter_seal(&seen);
	assert_int_equal(seen.granule_shift, 0);
}

static bool pinned(u64 pfn)
{
	return rmpp_filter_has(&seen, pfn);
}

static int pin(u64 key, u64 pfn, u64 nr_pages)
{
	rmpp_pins_begin(&p);
	assert_int_equal(rmpp_pins_add(&p, pfn, nr_pages), 0);
	return rmpp_pins_commit(&p, key);
}

/* @nr single pages, @stride apart, the last ones first: nothing to merge, and nothing in order */
static int pin_pieces(u64 key, u64 pfn, u32 nr, u32 stride)
{
	rmpp_pins_begin(&p);
	while (nr--)
		assert_int_equal(rmpp_pins_add(&p, pfn + (u64)nr * stride, 1), 0);
	return rmpp_pins_commit(&p, key);
}

static int start(void **state)
{
	(void)state;
	rmpp_pins_init(&p, RMPP_PINS_SLOTS, RMPP_PINS_BLOCKS, PAGES);
	return 0;
}

static void a_pin_is_there_until_it_is_removed(void **state)
{
	(void)state;
	assert_int_equal(pin(0x1000, 100, 50), 0);
	look();
	assert_false(pinned(99));
	assert_true(pinned(100) && pinned(149));
	assert_false(pinned(150));
	assert_true(rmpp_pins_may_have(&p, 0x1000));
	assert_false(rmpp_pins_remove(&p, 0x2000));
	assert_true(rmpp_pins_remove(&p, 0x1000));
	look();
	assert_int_equal(seen.nr, 0);
	assert_int_equal(p.nr_pins, 0);
	assert_false(rmpp_pins_may_have(&p, 0x1000));
	assert_false(rmpp_pins_remove(&p, 0x1000));
}

static void a_page_of_two_pins_stays_until_both_are_removed(void **state)
{
	(void)state;
	pin(1, 100, 50);
	pin(2, 120, 10);
	rmpp_pins_remove(&p, 2);
	look();
	assert_true(pinned(125));
	pin(2, 120, 10);
	rmpp_pins_remove(&p, 1);
	look();
	assert_true(pinned(125));
	assert_false(pinned(100));
}

static void a_pin_that_comes_again_replaces_the_one_whose_end_was_not_seen(void **state)
{
	(void)state;
	pin(1, 100, 50);
	pin(1, 500, 1);
	look();
	assert_false(pinned(100));
	assert_true(pinned(500));
	assert_int_equal(p.nr_pins, 1);
}

static void pieces_that_fit_are_exact(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(pin_pieces(1, 64, 20000, 2), 0);
	look();
	for (i = 0; i < 40000; i++)
		assert_int_equal(pinned(64 + i), i % 2 == 0);
	assert_int_equal(p.nr_rounded, 0);
	assert_true(rmpp_pins_remove(&p, 1));
	assert_int_equal(p.nr_free_blocks, RMPP_PINS_BLOCKS - RMPP_PINS_SLOTS);
}

static void what_does_not_fit_is_made_one_over_gaps_and_never_short(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(pin_pieces(1, 64, 60000, 4), 0);
	look();
	for (i = 0; i < 60000; i++)
		assert_true(pinned(64 + 4 * i));
	assert_int_equal(p.nr_rounded, 1);
	assert_true(seen.nr <= RMPP_PINS_BLOCK * (1 + (RMPP_PINS_BLOCKS - RMPP_PINS_SLOTS) / 2));
	assert_false(pinned(64 + 4 * 60000 + 512));
}

static void more_runs_than_can_be_sorted_become_blocks(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(pin_pieces(1, 1024, 70000, 3), 0);
	look();
	for (i = 0; i < 70000; i++)
		assert_true(pinned(1024 + 3 * i));
	assert_int_equal(seen.nr, 1);
	assert_int_equal(rmpp_filter_pages(&seen), (1024 + 3 * 69999) / 512 * 512 + 512 - 1024);
	assert_int_equal(p.nr_rounded, 1);
}

static void blocks_that_are_apart_stay_apart(void **state)
{
	(void)state;
	rmpp_pins_begin(&p);
	for (u32 i = 0; i < 70000; i++)
		assert_int_equal(rmpp_pins_add(&p, 2 * i, 1), 0);
	assert_int_equal(rmpp_pins_add(&p, 400 * 512, 512), 0);
	assert_int_equal(rmpp_pins_commit(&p, 1), 0);
	look();
	assert_true(pinned(0) && pinned(139998) && pinned(400 * 512) && pinned(400 * 512 + 511));
	assert_false(pinned(300 * 512) || pinned(399 * 512) || pinned(401 * 512));
}

static void each_pin_has_room_when_others_have_taken_all(void **state)
{
	u64 key;

	(void)state;
	for (key = 1; key <= 60; key++)
		assert_int_equal(pin_pieces(key, 4096 * key, 2000, 2), 0);
	look();
	for (key = 1; key <= 60; key++)
		for (u32 i = 0; i < 2000; i++)
			assert_true(pinned(4096 * key + 2 * i));
	assert_true(p.nr_rounded > 0);
	for (key = 1; key <= 60; key++)
		assert_true(rmpp_pins_remove(&p, key));
	assert_int_equal(p.nr_free_blocks, RMPP_PINS_BLOCKS - RMPP_PINS_SLOTS);
}

static void a_pin_without_a_slot_is_kept_for_good(void **state)
{
	(void)state;
	rmpp_pins_init(&p, 4, 5, PAGES);
	assert_int_equal(pin(1, 100, 1), 0);
	assert_int_equal(pin(2, 200, 1), 0);
	assert_int_equal(pin(3, 300, 1), RMPP_ERR_NO_SPACE);
	assert_int_equal(pin_pieces(4, 1000, 500, 2), RMPP_ERR_NO_SPACE);
	assert_int_equal(p.nr_kept, 2);
	assert_false(rmpp_pins_remove(&p, 3));
	assert_true(rmpp_pins_remove(&p, 1) && rmpp_pins_remove(&p, 2));
	assert_int_equal(pin(5, 2000, 1), 0);
	look();
	assert_true(pinned(300) && pinned(2000));
	assert_false(pinned(100) || pinned(200));
	for (u32 i = 0; i < 500; i++)
		assert_true(pinned(1000 + 2 * i));
}

static void pages_without_a_key_are_kept_for_good(void **state)
{
	(void)state;
	assert_int_equal(pin(0, 700, 3), 0);
	assert_int_equal(pin(0, 800, 3), 0);
	look();
	assert_true(pinned(702) && pinned(800));
	assert_int_equal(p.nr_pins, 0);
}

static void pages_where_no_ram_can_be_are_refused(void **state)
{
	u64 end = (u64)RMPP_PINS_BITS << p.bit_shift;

	(void)state;
	rmpp_pins_begin(&p);
	assert_int_equal(rmpp_pins_add(&p, 5, 0), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_pins_add(&p, end, 1), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_pins_add(&p, end - 1, 2), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_pins_add(&p, U64_MAX, 2), RMPP_ERR_EXTENT_RANGE);
	assert_int_equal(rmpp_pins_add(&p, end - 1, 1), 0);
}

static void bits_grow_with_ram(void **state)
{
	(void)state;
	rmpp_pins_init(&p, 8, 16, 1ULL << 34);	/* 64 TiB */
	assert_int_equal(p.bit_shift, 15);
	rmpp_pins_begin(&p);
	for (u32 i = 0; i < 70000; i++)
		assert_int_equal(rmpp_pins_add(&p, (1ULL << 34) - 2 * i - 1, 1), 0);
	assert_int_equal(rmpp_pins_commit(&p, 1), 0);
	look();
	assert_true(pinned((1ULL << 34) - 1) && pinned((1ULL << 34) - 139999));
}

/* The writer stands still for ever between any two of its steps: here, before the last one of each. */
static void a_reader_sees_a_pin_as_a_whole_or_not_at_all(void **state)
{
	u32 slot;

	(void)state;
	pin(1, 100, 50);
	for (slot = 0; !p.slot[slot].live; slot++)
		;
	p.slot[slot].live = false;
	look();
	assert_int_equal(seen.nr, 0);
	p.slot[slot].live = true;
	/* damage that a writer could leave only if it went on: no look outside the table, and an end */
	p.slot[slot].nr = U32_MAX;
	p.block_next[slot] = U16_MAX;
	p.block_next[RMPP_PINS_BLOCKS - 1] = (u16)slot;
	look();
	assert_true(pinned(100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_pin_is_there_until_it_is_removed, start),
		cmocka_unit_test_setup(a_page_of_two_pins_stays_until_both_are_removed, start),
		cmocka_unit_test_setup(a_pin_that_comes_again_replaces_the_one_whose_end_was_not_seen, start),
		cmocka_unit_test_setup(pieces_that_fit_are_exact, start),
		cmocka_unit_test_setup(what_does_not_fit_is_made_one_over_gaps_and_never_short, start),
		cmocka_unit_test_setup(more_runs_than_can_be_sorted_become_blocks, start),
		cmocka_unit_test_setup(blocks_that_are_apart_stay_apart, start),
		cmocka_unit_test_setup(each_pin_has_room_when_others_have_taken_all, start),
		cmocka_unit_test_setup(a_pin_without_a_slot_is_kept_for_good, start),
		cmocka_unit_test_setup(pages_without_a_key_are_kept_for_good, start),
		cmocka_unit_test_setup(pages_where_no_ram_can_be_are_refused, start),
		cmocka_unit_test_setup(bits_grow_with_ram, start),
		cmocka_unit_test_setup(a_reader_sees_a_pin_as_a_whole_or_not_at_all, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
