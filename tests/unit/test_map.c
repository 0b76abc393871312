// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of pages to cells: which state wins, where ranges begin and end, hostile ones. */
#include "map.h"

#include "rmpp_fixture.h"

#define LIST(v)	.states = (v), .nr_states = ARRAY_LEN(v)

static struct map m;

static int forget(void **state)
{
	(void)state;
	map_free(&m);
	return 0;
}

static void fold(u64 pfn, u64 nr_pages, u32 width, u32 most_rows, const struct map_source *s)
{
	map_free(&m);
	assert_int_equal(map_fold(&m, pfn, nr_pages, width, most_rows, s), 0);
}

/* The cells as letters. */
static void assert_cells(const char *letters)
{
	u32 i;

	assert_int_equal(m.nr_cells, strlen(letters));
	for (i = 0; i < m.nr_cells; i++)
		assert_int_equal(map_look[m.cell[i]].letter, letters[i]);
}

static u64 all_pages(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < MAP_KINDS; i++)
		sum += m.pages[i];
	return sum;
}

static void memory_without_a_range_is_background(void **state)
{
	struct map_source host = { .background = RMPP_PAGE_HYPERVISOR };
	struct map_source nobody_looked = { .background = MAP_NOT_READ };

	(void)state;
	fold(0, 8, 4, 2, &host);
	assert_cells("........");
	fold(0, 8, 4, 2, &nobody_looked);
	assert_cells("????????");
	assert_int_equal(m.pages[MAP_NOT_READ], 8);
}

static void a_run_is_drawn_where_it_is(void **state)
{
	struct map_range runs[] = { { 102, 3, RMPP_PAGE_FIRMWARE }, { 105, 1, RMPP_PAGE_GUEST_VALID } };
	struct map_source s = { LIST(runs) };

	(void)state;
	fold(100, 8, 4, 2, &s);
	assert_cells("..FFFG..");
	assert_int_equal(m.pages[RMPP_PAGE_FIRMWARE], 3);
	assert_int_equal(m.cells[RMPP_PAGE_HYPERVISOR], 4);
}

static void a_run_that_reaches_out_of_the_picture_is_cut(void **state)
{
	struct map_range runs[] = { { 90, 12, RMPP_PAGE_FIRMWARE }, { 106, 1000, RMPP_PAGE_RECLAIM } };
	struct map_source s = { LIST(runs) };

	(void)state;
	fold(100, 8, 4, 2, &s);
	assert_cells("FF....RR");
	assert_int_equal(all_pages(), 8);
}

static void cells_grow_by_powers_of_two_until_the_rows_fit(void **state)
{
	struct map_source s = { .background = RMPP_PAGE_HYPERVISOR };

	(void)state;
	fold(0, 16, 4, 4, &s);
	assert_int_equal(m.cell_pages, 1);
	fold(0, 17, 4, 4, &s);
	assert_int_equal(m.cell_pages, 2);
	assert_int_equal(m.nr_cells, 9);
	fold(0, 33, 4, 4, &s);
	assert_int_equal(m.cell_pages, 4);
	fold(0, RMPP_MAX_PFN, 64, 32, &s);
	assert_int_equal(m.nr_cells, 2048);
	assert_int_equal(m.cell_pages, RMPP_MAX_PFN / 2048);
}

/* One page among the 1024 of a cell is enough, wherever it lies, and the sums are exact. */
static void the_most_dangerous_state_wins_a_cell(void **state)
{
	static const u8 order[] = {
		RMPP_PAGE_HYPERVISOR, RMPP_PAGE_HV_FIXED, RMPP_PAGE_GUEST_INVALID,
		RMPP_PAGE_GUEST_VALID, RMPP_PAGE_MIXED, RMPP_PAGE_PRE_GUEST, RMPP_PAGE_PRE_SWAP,
		RMPP_PAGE_RECLAIM, RMPP_PAGE_METADATA, RMPP_PAGE_CONTEXT, RMPP_PAGE_FIRMWARE,
	};
	u32 weak, strong, at;

	(void)state;
	for (strong = 1; strong < ARRAY_LEN(order); strong++)
		for (weak = 0; weak < strong; weak++)
			for (at = 0; at < 1024; at += 341) {
				struct map_range runs[] = {
					{ 0, at, order[weak] }, { at, 1, order[strong] },
					{ at + 1, 1023 - at, order[weak] },
				};
				struct map_source s = { LIST(runs) };

				fold(0, 1024, 1, 1, &s);
				assert_int_equal(m.nr_cells, 1);
				assert_int_equal(m.cell[0], order[strong]);
				assert_int_equal(m.pages[order[weak]], 1023);
				assert_int_equal(m.pages[order[strong]], 1);
			}
}

static void each_kind_has_a_rank_a_name_and_a_letter_of_its_own(void **state)
{
	u32 a, b;

	(void)state;
	for (a = 0; a < MAP_KINDS; a++) {
		assert_int_not_equal(map_kind_danger(a), 0);
		assert_string_not_equal(map_kind_name(a), "?");
		for (b = 0; b < a; b++) {
			assert_int_not_equal(map_kind_danger(a), map_kind_danger(b));
			assert_string_not_equal(map_kind_name(a), map_kind_name(b));
			assert_int_not_equal(map_look[a].letter, map_look[b].letter);
			assert_int_not_equal(map_look[a].light, map_look[b].light);
			assert_int_not_equal(map_look[a].dark, map_look[b].dark);
		}
	}
	assert_int_equal(map_kind_danger(MAP_KINDS), 0);
}

static void what_is_kept_out_shows_where_the_state_says_nothing(void **state)
{
	struct map_range runs[] = { { 2, 2, RMPP_PAGE_FIRMWARE }, { 6, 2, RMPP_PAGE_HYPERVISOR } };
	struct map_range out[] = { { 1, 4, 0 }, { 7, 1, 0 } };
	struct map_source s = { LIST(runs), .kept_out = out, .nr_kept_out = 2 };

	(void)state;
	fold(0, 10, 10, 1, &s);
	assert_cells(".qFFq..q..");
	assert_int_equal(m.pages[MAP_QUARANTINE], 3);
	s.background = MAP_NOT_READ;
	fold(0, 10, 10, 1, &s);
	assert_cells("?qFFq?.q??");
}

static void quarantine_is_stronger_than_not_read_and_weaker_than_guests(void **state)
{
	(void)state;
	assert_true(map_kind_danger(MAP_QUARANTINE) > map_kind_danger(MAP_NOT_READ));
	assert_true(map_kind_danger(MAP_QUARANTINE) < map_kind_danger(RMPP_PAGE_GUEST_INVALID));
	assert_true(map_kind_danger(MAP_NOT_READ) > map_kind_danger(RMPP_PAGE_HV_FIXED));
}

static void ranges_that_overlap_wrap_or_are_empty_end(void **state)
{
	struct map_range runs[] = {
		{ 0, 0, RMPP_PAGE_RECLAIM }, { 1, 4, RMPP_PAGE_FIRMWARE }, { 2, 1, RMPP_PAGE_CONTEXT },
		{ 3, U64_MAX, RMPP_PAGE_RECLAIM }, { U64_MAX, U64_MAX, RMPP_PAGE_CONTEXT },
	};
	struct map_source s = { LIST(runs), .kept_out = runs, .nr_kept_out = ARRAY_LEN(runs) };

	(void)state;
	fold(0, 8, 8, 1, &s);
	assert_cells(".FFFFRRR");
	assert_int_equal(all_pages(), 8);
}

/* Against a picture painted page by page. */
static void random_ranges_are_as_painted_page_by_page(void **state)
{
	static u8 page[4096], cell[4096];
	u64 seed = 5, round;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct map_range runs[64];
		struct map_source s = { .states = runs };
		u64 pfn = 0, i, first = rnd(&seed, 2000), nr_pages = 1 + rnd(&seed, 2000);

		memset(page, RMPP_PAGE_HYPERVISOR, sizeof(page));
		while (s.nr_states < ARRAY_LEN(runs)) {
			struct map_range *r = &runs[s.nr_states++];

			r->pfn = pfn + rnd(&seed, 40);
			r->nr_pages = 1 + rnd(&seed, 20);
			r->kind = (u8)(1 + rnd(&seed, RMPP_PAGE_STATE_MAX));
			pfn = r->pfn + r->nr_pages;
			memset(page + r->pfn, r->kind, r->nr_pages);
		}
		fold(first, nr_pages, 1 + (u32)rnd(&seed, 9), 1 + (u32)rnd(&seed, 9), &s);
		memset(cell, RMPP_PAGE_HYPERVISOR, sizeof(cell));
		for (i = 0; i < nr_pages; i++)
			if (map_kind_danger(page[first + i]) > map_kind_danger(cell[i / m.cell_pages]))
				cell[i / m.cell_pages] = page[first + i];
		assert_memory_equal(m.cell, cell, m.nr_cells);
		assert_int_equal(all_pages(), nr_pages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_without_a_range_is_background),
		cmocka_unit_test(a_run_is_drawn_where_it_is),
		cmocka_unit_test(a_run_that_reaches_out_of_the_picture_is_cut),
		cmocka_unit_test(cells_grow_by_powers_of_two_until_the_rows_fit),
		cmocka_unit_test(the_most_dangerous_state_wins_a_cell),
		cmocka_unit_test(each_kind_has_a_rank_a_name_and_a_letter_of_its_own),
		cmocka_unit_test(what_is_kept_out_shows_where_the_state_says_nothing),
		cmocka_unit_test(quarantine_is_stronger_than_not_read_and_weaker_than_guests),
		cmocka_unit_test(ranges_that_overlap_wrap_or_are_empty_end),
		cmocka_unit_test(random_ranges_are_as_painted_page_by_page),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, forget);
}
