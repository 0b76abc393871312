// SPDX-License-Identifier: GPL-2.0-only
/* Entries that are fetched block by block, compared with a table that is read in place. */
#include "rmpp_fixture.h"

#define NR_PAGES	(24 * 512)
#define FIRST_PFN	0x40000ULL
#define NO_BLOCK	(~0ULL)

static struct rmpp_raw_entry table[NR_PAGES + 2048] __attribute__((aligned(64)));
static struct rmpp_raw_entry one_block[512] __attribute__((aligned(64)));
static u8 in_place[1 << 19] __attribute__((aligned(8))), fetched[1 << 19] __attribute__((aligned(8)));
static u64 nr_pages, first, unreadable;
static unsigned int nr_fetched;

/* As RMPREAD stores it, written down here a second time on purpose. */
static void answer(u8 buf[16], u64 pfn, bool any)
{
	const u64 lo = le64_to_cpu(table[pfn].lo), gpa = lo & 0x7fffffffff000ULL;
	const u32 asid = lo >> 51 & 0x3ff;

	memset(buf, 0, 16);
	memcpy(buf, &gpa, 8);
	buf[8] = lo & 1;
	buf[9] = (lo >> 1 & 1) | any << 1;
	buf[10] = lo >> 2 & 1;
	memcpy(buf + 12, &asid, 4);
}

static int fetch(void *arg, u64 pfn, u32 n, struct rmpp_raw_entry *v)
{
	u64 at = pfn - first;
	struct rmpp_entry e;
	bool any = false;
	u8 buf[16];
	u32 i;

	assert_ptr_equal(arg, table);
	assert_ptr_equal(v, one_block);
	assert_int_equal(at % 512, 0);
	assert_int_equal(n, nr_pages - at < 512 ? nr_pages - at : 512);
	nr_fetched++;
	/* what is not filled must not be looked at */
	memset(one_block, 0xff, sizeof(one_block));
	if (at == unreadable)
		return RMPP_ERR_UNREADABLE;
	for (i = 0; i < n; i++)
		any |= le64_to_cpu(table[at + i].lo) & E_ASSIGNED;
	for (i = 0; i < n; i++) {
		answer(buf, at + i, any);
		if (!rmpp_region_from_rmpread(buf))
			return 0;
		rmpp_entry_from_rmpread(&e, buf);
		rmpp_entry_to_raw(&e, &v[i]);
		if (!i && e.assigned && e.pagesize_2m)
			break;
	}
	return 1;
}

static const struct rmpp_source source = { .fetch = fetch, .arg = table, .v = one_block };

static void clear(u64 pages, u64 first_pfn)
{
	memset(table, 0, sizeof(table));
	nr_pages = pages;
	first = first_pfn;
	unreadable = NO_BLOCK;
	nr_fetched = 0;
}

/* What RMPREAD does not tell, and the state of pages in blocks of which none is assigned. */
static void forget_what_is_not_fetched(void)
{
	u64 at, i, any;

	for (at = 0; at < nr_pages; at += 512) {
		for (any = 0, i = at; i < at + 512 && i < nr_pages; i++)
			any |= le64_to_cpu(table[i].lo) & E_ASSIGNED;
		for (i = at; i < at + 512; i++)
			put_entry(&table[i], any ? le64_to_cpu(table[i].lo) & ~(E_VMSA | E_VALIDATED) : 0);
	}
}

static void random_table(u64 *seed)
{
	u64 at, n, lo, longest, density;

	clear(NR_PAGES - (rnd(seed, 3) ? 0 : rnd(seed, 1500)), rnd(seed, 2) ? FIRST_PFN : 0);
	longest = 1ULL << rnd(seed, 13);
	density = 1 + rnd(seed, 6);
	for (at = 0; at < nr_pages; at += n) {
		n = 1 + rnd(seed, longest);
		if (n > nr_pages - at)
			n = nr_pages - at;
		if (density < 5 && rnd(seed, density + 1) < density / 2 + 1)
			continue;
		lo = rnd(seed, 8) ? E_GUEST(1 + rnd(seed, 4)) : rnd(seed, 2) ? E_FIRMWARE : E_IMMUTABLE;
		for (u64 i = at; i < at + n; i++)
			put_entry(&table[i], lo | (rnd(seed, 40) ? 0 : E_VMSA));
	}
	for (n = rnd(seed, 12); n; n--)
		put_entry(&table[rnd(seed, nr_pages) & ~511ULL], E_GUEST(1 + rnd(seed, 3)) | E_2M);
	for (n = rnd(seed, 3) ? 0 : rnd(seed, 20); n; n--)
		put_entry(&table[rnd(seed, nr_pages)], E_GUEST(1) ^ 1ULL << rnd(seed, 63));
	forget_what_is_not_fetched();
}

static void fetched_runs_are_those_of_the_table_whatever_the_room(void **state)
{
	struct rmpp_scan_counts a, b;
	struct rmpp_writer w, v;
	bool coarse_a, coarse_b;
	u64 seed = 21;
	int round;
	u32 room;

	(void)state;
	for (round = 0; round < 3000; round++) {
		random_table(&seed);
		room = (u32)rnd(&seed, rnd(&seed, 2) ? 60 : 20000);
		memset(in_place, 0, sizeof(in_place));
		memset(fetched, 0, sizeof(fetched));
		assert_int_equal(rmpp_writer_init(&w, in_place, sizeof(in_place), 4), 0);
		assert_int_equal(rmpp_writer_init(&v, fetched, sizeof(fetched), 4), 0);
		coarse_a = coarse_b = false;
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		assert_int_equal(rmpp_writer_rmp_runs(&w, table, first, nr_pages, room, &a, &coarse_a),
				 rmpp_writer_fetch_runs(&v, &source, first, nr_pages, room, &b, &coarse_b));
		assert_int_equal(coarse_a, coarse_b);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(w.used, v.used);
		assert_memory_equal(in_place, fetched, w.used);
		/* what the first tries of a section that did not fit left behind does not count */
	}
}

static void each_block_is_fetched_once(void **state)
{
	struct rmpp_writer w;

	(void)state;
	clear(NR_PAGES - 100, FIRST_PFN);
	put_entry(&table[700], E_FIRMWARE);
	assert_int_equal(rmpp_writer_init(&w, fetched, sizeof(fetched), 4), 0);
	assert_int_equal(rmpp_writer_fetch_runs(&w, &source, first, nr_pages, 10, NULL, NULL), 0);
	assert_int_equal(nr_fetched, NR_PAGES / 512);
}

static void a_block_that_cannot_be_fetched_ends_the_scan_and_nothing_is_written(void **state)
{
	struct rmpp_writer w, before;
	struct rmpp_scan_counts counts;
	bool coarse = false;
	u64 at;

	(void)state;
	for (at = 0; at < NR_PAGES; at += 512) {
		clear(NR_PAGES, FIRST_PFN);
		put_entry(&table[5], E_GUEST(1));
		unreadable = at;
		assert_int_equal(rmpp_writer_init(&w, fetched, sizeof(fetched), 4), 0);
		before = w;
		assert_int_equal(rmpp_writer_fetch_runs(&w, &source, first, nr_pages, 10, &counts, &coarse),
				 RMPP_ERR_UNREADABLE);
		assert_memory_equal(&w, &before, sizeof(w));
		assert_int_equal(nr_fetched, at / 512 + 1);
	}
}

static void fetched_blocks_are_those_of_the_table(void **state)
{
	u64 seed = 22, pfn;
	int round;

	(void)state;
	for (round = 0; round < 1000; round++) {
		random_table(&seed);
		first = 0;
		for (pfn = 0; pfn < nr_pages; pfn += 512) {
			pfn = rmpp_scan_block(table, pfn, nr_pages);
			assert_int_equal(rmpp_fetch_block(&source, pfn & ~511ULL, nr_pages), pfn);
			pfn &= ~511ULL;
		}
		assert_int_equal(rmpp_fetch_block(&source, 0, nr_pages), rmpp_scan_block(table, 0, nr_pages));
	}
}

static void a_block_that_cannot_be_fetched_counts_as_assigned(void **state)
{
	(void)state;
	clear(NR_PAGES, 0);
	assert_int_equal(rmpp_fetch_block(&source, 0, NR_PAGES), NR_PAGES);
	unreadable = 7 * 512;
	assert_int_equal(rmpp_fetch_block(&source, 0, NR_PAGES), 7 * 512);
	assert_int_equal(rmpp_fetch_block(&source, 8 * 512, NR_PAGES), NR_PAGES);
}

static void a_first_page_inside_a_block_is_refused(void **state)
{
	struct rmpp_writer w;

	(void)state;
	clear(NR_PAGES, 0);
	assert_int_equal(rmpp_writer_init(&w, fetched, sizeof(fetched), 4), 0);
	assert_int_equal(rmpp_writer_fetch_runs(&w, &source, 5, 512, 5, NULL, NULL), RMPP_ERR_ARGUMENT);
	assert_int_equal(nr_fetched, 0);
}

static void an_entry_becomes_the_raw_one_that_it_came_from(void **state)
{
	struct rmpp_raw_entry raw, back;
	struct rmpp_entry e;
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 63; bit++) {
		if (bit > 2 && bit < 12)
			continue;
		put_entry(&raw, 1ULL << bit);
		rmpp_entry_from_raw(&e, &raw);
		rmpp_entry_to_raw(&e, &back);
		assert_int_equal(back.lo, raw.lo);
		assert_int_equal(back.hi, 0);
	}
}

static void an_asid_that_no_raw_entry_holds_stays_a_guests(void **state)
{
	static const u32 asids[] = { 1024, 2048, 0x12345400, 0xffffffff };
	struct rmpp_entry e = { .assigned = true };
	struct rmpp_raw_entry raw;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(asids); i++) {
		e.asid = asids[i];
		rmpp_entry_to_raw(&e, &raw);
		assert_int_equal(le64_to_cpu(raw.lo), E_ASSIGNED | E_ASID(0x3ff));
	}
}

static void the_region_status_is_told_apart_from_the_page_size(void **state)
{
	const u8 size[16] = { [8] = 1, [9] = 1 }, region[16] = { [9] = 2 }, none[16] = { [8] = 0xff, [9] = 0xfd };

	(void)state;
	assert_false(rmpp_region_from_rmpread(size));
	assert_true(rmpp_region_from_rmpread(region));
	assert_false(rmpp_region_from_rmpread(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetched_runs_are_those_of_the_table_whatever_the_room),
		cmocka_unit_test(each_block_is_fetched_once),
		cmocka_unit_test(a_block_that_cannot_be_fetched_ends_the_scan_and_nothing_is_written),
		cmocka_unit_test(fetched_blocks_are_those_of_the_table),
		cmocka_unit_test(a_block_that_cannot_be_fetched_counts_as_assigned),
		cmocka_unit_test(a_first_page_inside_a_block_is_refused),
		cmocka_unit_test(an_entry_becomes_the_raw_one_that_it_came_from),
		cmocka_unit_test(an_asid_that_no_raw_entry_holds_stays_a_guests),
		cmocka_unit_test(the_region_status_is_told_apart_from_the_page_size),
	};

	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
