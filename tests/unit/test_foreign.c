// SPDX-License-Identifier: GPL-2.0-only
/* tools/vmcore/pages.c against a table with one entry a page, filled source by source. */
#include <stdlib.h>

#include "pages.h"
#include "rmpp_fixture.h"

#define PAGES	4096u
#define ROUNDS	2000

static u8 buf[65536] __attribute__((aligned(8)));
static struct rmpp_writer w;
static struct dump none = { .format = DUMP_ELF };	/* a dump without memory */
static struct rmpp_platform_ser platform;
static u8 want[PAGES];	/* kind, or 0 */
static struct rmpp_blob blob;

static void begin(u32 flags)
{
	memset(want, 0, sizeof(want));
	memset(&platform, 0, sizeof(platform));
	platform.flags = cpu_to_le32(flags);
	assert_int_equal(rmpp_writer_init(&w, buf, sizeof(buf), RMPP_SECTION_MAX), 0);
}

static void expect(u64 pfn, u64 nr_pages, u8 kind)
{
	for (; nr_pages; nr_pages--, pfn++)
		if (!want[pfn])
			want[pfn] = kind;
}

static void add_runs(void)
{
	u64 pfn = (u64)rand() % 64;

	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_RMP_RUNS, 0, sizeof(struct rmpp_run_ser)), 0);
	for (; pfn < PAGES - 300; pfn += (u64)rand() % 200) {
		struct rmpp_run_ser r = {
			.pfn = cpu_to_le64(pfn), .nr_pages = cpu_to_le32(1 + (u32)rand() % 100),
			.state = (u8)(1 + rand() % RMPP_PAGE_STATE_MAX),
			.asid = cpu_to_le16((u16)(rand() % 3)),
		};

		assert_int_equal(rmpp_writer_entry(&w, &r), 0);
		if (r.state != RMPP_PAGE_HV_FIXED)
			expect(pfn, le32_to_cpu(r.nr_pages), r.state);
		pfn += le32_to_cpu(r.nr_pages);
	}
	assert_int_equal(rmpp_writer_end(&w), 0);
}

static void add_quarantine(u32 reasons, u32 exact, u8 kind)
{
	u64 pfn = (u64)rand() % 64;

	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_QUARANTINE, 0,
					   sizeof(struct rmpp_extent_ser)), 0);
	for (; pfn < PAGES - 300; pfn += 1 + (u64)rand() % 200) {
		struct rmpp_extent_ser x = {
			.pfn = cpu_to_le64(pfn), .nr_pages = cpu_to_le64(1 + (u64)rand() % 200),
			.reason = cpu_to_le32(rand() % 2 ? reasons : exact),
		};

		assert_int_equal(rmpp_writer_entry(&w, &x), 0);
		if (le32_to_cpu(x.reason) & ~exact)
			expect(pfn, le64_to_cpu(x.nr_pages), kind);
		pfn += le64_to_cpu(x.nr_pages);
	}
	assert_int_equal(rmpp_writer_end(&w), 0);
}

/* Each page on its own, and the list's own promises. */
static void compare(void)
{
	struct foreign_sources s;
	struct foreign_list list;
	u64 pfn, sum = 0, end = 0;
	u64 i;

	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, sizeof(platform)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &platform), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_true(rmpp_writer_finish(&w, 1, 1, "a test") > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_int_equal(foreign_collect(&none, &blob, &list, &s), 0);
	for (pfn = 0; pfn < PAGES; pfn++) {
		const struct foreign *f = foreign_find(&list, pfn);

		assert_int_equal(f ? f->kind : 0, want[pfn]);
		sum += !!f;
	}
	assert_int_equal(foreign_pages(&list), sum);
	for (i = 0; i < list.nr; i++) {
		assert_true(list.v[i].nr_pages && list.v[i].pfn >= end);
		end = list.v[i].pfn + list.v[i].nr_pages;
	}
	foreign_free(&list);
}

static void the_rmp_goes_before_the_tmr_before_the_quarantine(void **state)
{
	u32 round;

	(void)state;
	srand(5);
	for (round = 0; round < ROUNDS; round++) {
		u64 tmr = 1 + (u64)rand() % (PAGES - 300), nr = 1 + (u64)rand() % 256;

		begin(RMPP_PLATFORM_RMP_READ);
		add_runs();
		platform.tmr_pa = cpu_to_le64(tmr << RMPP_PAGE_SHIFT);
		platform.tmr_size = cpu_to_le64(nr << RMPP_PAGE_SHIFT);
		expect(tmr, nr, KIND_TMR);
		add_quarantine(RMPP_REASON_GUEST | RMPP_REASON_ASSIGNED, RMPP_REASON_ASSIGNED |
			       RMPP_REASON_TMR | RMPP_REASON_FIRMWARE | RMPP_REASON_ROUNDING, KIND_GUEST);
		compare();
	}
}

static void without_an_rmp_the_whole_quarantine_counts(void **state)
{
	u32 round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		begin(0);
		add_quarantine(RMPP_REASON_ASSIGNED | RMPP_REASON_ROUNDING,
			       RMPP_REASON_ROUNDING | RMPP_REASON_HV_FIXED, KIND_ASSIGNED);
		compare();
	}
}

static void a_tmr_whose_address_is_not_known_is_where_the_quarantine_says(void **state)
{
	(void)state;
	begin(RMPP_PLATFORM_RMP_READ);
	add_quarantine(RMPP_REASON_TMR | RMPP_REASON_ROUNDING, RMPP_REASON_ROUNDING, KIND_TMR);
	compare();
}

static void a_tmr_that_was_released_does_not_count(void **state)
{
	(void)state;
	begin(RMPP_PLATFORM_RMP_READ | RMPP_PLATFORM_QUIESCED);
	platform.tmr_pa = cpu_to_le64(0x20000);
	platform.tmr_size = cpu_to_le64(0x10000);
	compare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rmp_goes_before_the_tmr_before_the_quarantine),
		cmocka_unit_test(without_an_rmp_the_whole_quarantine_counts),
		cmocka_unit_test(a_tmr_whose_address_is_not_known_is_where_the_quarantine_says),
		cmocka_unit_test(a_tmr_that_was_released_does_not_count),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
