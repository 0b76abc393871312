// SPDX-License-Identifier: GPL-2.0-only
#include <rmp_persist/filter.h>

#include "rmpp_fixture.h"

/* The sample: extents 0x1000+0x200 assigned, 0x2000+0x400 TMR, 0x4000+0x200 leaked; runs 0x1000+0x201, 0x2000+0x200. */
static struct rmpp_filter_extent array[64];
static u32 indices[64];
static struct rmpp_filter f;
static struct sample s;

static int add_sample(bool rmp_known)
{
	struct rmpp_blob blob;
	int ret;

	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
	assert_int_equal(rmpp_filter_init(&f, array, ARRAY_LEN(array), indices, ARRAY_LEN(indices)), 0);
	ret = rmpp_filter_add_blob(&f, &blob, rmp_known);
	rmpp_filter_seal(&f);
	return ret;
}

static struct rmpp_platform_ser *platform(void)
{
	return sample_entry(&s, RMPP_SECTION_PLATFORM, 0);
}

static struct rmpp_extent_ser *extent(u32 i)
{
	return sample_entry(&s, RMPP_SECTION_QUARANTINE, i);
}

static void set_tmr(u64 pa, u64 size)
{
	platform()->tmr_pa = cpu_to_le64(pa);
	platform()->tmr_size = cpu_to_le64(size);
}

static void without_an_rmp_all_that_is_named_is_in(void **state)
{
	(void)state;
	sample_make(&s);
	assert_int_equal(add_sample(false), 0);
	assert_true(rmpp_filter_has(&f, 0x1000));
	assert_true(rmpp_filter_has(&f, 0x1200));
	assert_false(rmpp_filter_has(&f, 0x1201));
	assert_true(rmpp_filter_has(&f, 0x23ff));
	assert_true(rmpp_filter_has(&f, 0x41ff));
	assert_int_equal(rmpp_filter_pages(&f), 0x201 + 0x400 + 0x200);
}

static void with_an_rmp_only_what_it_does_not_know_is_in(void **state)
{
	(void)state;
	sample_make(&s);
	set_tmr(0x2000000, 0x400000);
	assert_int_equal(add_sample(true), 0);
	assert_false(rmpp_filter_has(&f, 0x1000));
	assert_true(rmpp_filter_has(&f, 0x2000));
	assert_true(rmpp_filter_has(&f, 0x4000));
	assert_int_equal(rmpp_filter_pages(&f), 0x400 + 0x200);
}

static void a_tmr_whose_address_is_not_told_is_in_as_it_was_rounded(void **state)
{
	(void)state;
	sample_make(&s);
	assert_int_equal(add_sample(true), 0);
	assert_false(rmpp_filter_has(&f, 0x1000));
	assert_true(rmpp_filter_has(&f, 0x2000));
	set_tmr(0x8000000, 0x100000);
	assert_int_equal(add_sample(true), 0);
	assert_false(rmpp_filter_has(&f, 0x2000));
}

static void each_reason_that_no_rmp_tells_keeps_an_extent_in(void **state)
{
	static const u32 reasons[] = { RMPP_REASON_LEAKED, RMPP_REASON_INHERITED, RMPP_REASON_GUEST };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(reasons); i++) {
		sample_make(&s);
		extent(0)->reason = cpu_to_le32(RMPP_REASON_ASSIGNED | RMPP_REASON_ROUNDING | reasons[i]);
		assert_int_equal(add_sample(true), 0);
		assert_true(rmpp_filter_has(&f, 0x1000));
	}
}

static void a_tmr_is_in_unless_the_firmware_was_at_rest(void **state)
{
	(void)state;
	sample_make(&s);
	set_tmr(0x8000000, 0x100000);
	assert_int_equal(add_sample(true), 0);
	assert_true(rmpp_filter_has(&f, 0x8000));
	assert_true(rmpp_filter_has(&f, 0x80ff));
	assert_false(rmpp_filter_has(&f, 0x7fff));
	assert_false(rmpp_filter_has(&f, 0x8100));

	platform()->flags |= cpu_to_le32(RMPP_PLATFORM_QUIESCED);
	assert_int_equal(add_sample(true), 0);
	assert_false(rmpp_filter_has(&f, 0x8000));
}

static void a_tmr_that_makes_no_sense_is_said_and_the_rest_is_in(void **state)
{
	static const u64 tmr[][2] = {
		{ 0x8000800, 0x100000 }, { 0x8000000, 0x100800 }, { 0x8000000, 0x10000000 },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(tmr); i++) {
		sample_make(&s);
		set_tmr(tmr[i][0], tmr[i][1]);
		assert_int_equal(add_sample(true), RMPP_ERR_ENTRY_VALUE);
		assert_true(rmpp_filter_has(&f, 0x4000));
	}
}

static void pages_that_are_the_hypervisors_are_not_in(void **state)
{
	struct rmpp_run_ser *run;

	(void)state;
	sample_make(&s);
	run = sample_entry(&s, RMPP_SECTION_RMP_RUNS, 1);
	run->state = RMPP_PAGE_HV_FIXED;
	assert_int_equal(add_sample(false), 0);
	assert_false(rmpp_filter_has(&f, 0x1200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_rmp_all_that_is_named_is_in),
		cmocka_unit_test(with_an_rmp_only_what_it_does_not_know_is_in),
		cmocka_unit_test(a_tmr_whose_address_is_not_told_is_in_as_it_was_rounded),
		cmocka_unit_test(each_reason_that_no_rmp_tells_keeps_an_extent_in),
		cmocka_unit_test(a_tmr_is_in_unless_the_firmware_was_at_rest),
		cmocka_unit_test(a_tmr_that_makes_no_sense_is_said_and_the_rest_is_in),
		cmocka_unit_test(pages_that_are_the_hypervisors_are_not_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
