// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

static struct sample s;
static struct rmpp_blob blob;

static int make(void **state)
{
	(void)state;
	sample_make_preserved(&s);
	return rmpp_blob_check(&blob, s.data, s.size, NULL);
}

static void count_gives_the_entries_of_each_section(void **state)
{
	static const u32 count[] = { 0, 1, 3, 3, 2, 2, 2, 2, 2, 3, 1 };
	u32 type;

	(void)state;
	for (type = 0; type <= RMPP_SECTION_MAX; type++)
		assert_int_equal(rmpp_blob_count(&blob, type), count[type]);
}

static void count_of_an_absent_or_unknown_section_is_zero(void **state)
{
	(void)state;
	blob.section[RMPP_SECTION_GUESTS] = NULL;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_GUESTS), 0);
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_MAX + 1), 0);
	assert_int_equal(rmpp_blob_count(&blob, U32_MAX), 0);
}

static void entry_gives_each_entry_in_its_place(void **state)
{
	u32 type, i;

	(void)state;
	for (type = 1; type <= RMPP_SECTION_MAX; type++)
		for (i = 0; i < rmpp_blob_count(&blob, type); i++)
			assert_ptr_equal(rmpp_blob_entry(&blob, type, i),
					 sample_entry(&s, type, i));
}

static void entry_is_null_past_the_end_or_without_section(void **state)
{
	(void)state;
	assert_null(rmpp_blob_entry(&blob, RMPP_SECTION_QUARANTINE, 3));
	assert_null(rmpp_blob_entry(&blob, RMPP_SECTION_QUARANTINE, U32_MAX));
	assert_null(rmpp_blob_entry(&blob, 0, 0));
	assert_null(rmpp_blob_entry(&blob, RMPP_SECTION_MAX + 1, 0));
	blob.section[RMPP_SECTION_GUESTS] = NULL;
	assert_null(rmpp_blob_entry(&blob, RMPP_SECTION_GUESTS, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(count_gives_the_entries_of_each_section, make),
		cmocka_unit_test_setup(count_of_an_absent_or_unknown_section_is_zero, make),
		cmocka_unit_test_setup(entry_gives_each_entry_in_its_place, make),
		cmocka_unit_test_setup(entry_is_null_past_the_end_or_without_section, make),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
