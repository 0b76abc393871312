// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

#define FRAME(sections)	(sizeof(struct rmpp_header_ser) + \
			 (sections) * sizeof(struct rmpp_section_ser))

static u8 buf[4096] __attribute__((aligned(8)));
static struct rmpp_writer w;
static struct rmpp_blob blob;

static void init(u64 size, u32 max_sections)
{
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(rmpp_writer_init(&w, buf, size, max_sections), 0);
}

static void put_platform(void)
{
	const struct rmpp_platform_ser platform = { .policy = RMPP_POLICY_EVICT };

	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, sizeof(platform)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &platform), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
}

static void what_is_written_is_accepted_and_read_back(void **state)
{
	struct rmpp_extent_ser x = { cpu_to_le64(7), cpu_to_le64(9), 0, 0 };
	const struct rmpp_extent_ser *read;
	s64 size;

	(void)state;
	init(sizeof(buf), 5);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_QUARANTINE, 0, sizeof(x)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &x), 0);
	x.pfn = cpu_to_le64(100);
	assert_int_equal(rmpp_writer_entry(&w, &x), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	size = rmpp_writer_finish(&w, 17, 4, "writer");
	assert_int_equal(size, FRAME(5) + 256 + 48);

	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_int_equal(blob.size, size);
	assert_int_equal(le64_to_cpu(blob.header->generation), 17);
	assert_int_equal(le64_to_cpu(blob.header->boot_count), 4);
	assert_int_equal(le32_to_cpu(blob.header->nr_sections), 2);
	assert_string_equal((const char *)blob.header->writer, "writer");
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_QUARANTINE), 2);
	read = rmpp_blob_entry(&blob, RMPP_SECTION_QUARANTINE, 1);
	assert_int_equal(le64_to_cpu(read->pfn), 100);
}

static void an_empty_section_is_accepted(void **state)
{
	(void)state;
	init(sizeof(buf), 2);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, 32), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_true(rmpp_writer_finish(&w, 1, 1, NULL) > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_non_null(blob.section[RMPP_SECTION_STEPS]);
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_STEPS), 0);
}

static void nothing_is_written_past_the_end_of_the_blob(void **state)
{
	u32 i;

	(void)state;
	init(sizeof(buf), 3);
	put_platform();
	assert_int_equal(rmpp_writer_finish(&w, 1, 1, "x"), FRAME(3) + 256);
	for (i = FRAME(3) + 256; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0xee);
}

static void sections_may_follow_a_finish(void **state)
{
	const struct rmpp_step_ser step = { .step = cpu_to_le16(RMPP_STEP_CHAIN) };

	(void)state;
	init(sizeof(buf), 2);
	put_platform();
	assert_true(rmpp_writer_finish(&w, 1, 1, "x") > 0);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, sizeof(step)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &step), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_true(rmpp_writer_finish(&w, 2, 1, "x") > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_STEPS), 1);
}

static void a_long_writer_name_is_cut_and_terminated(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[199] = '\0';
	init(sizeof(buf), 1);
	put_platform();
	assert_true(rmpp_writer_finish(&w, 1, 1, name) > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_int_equal(strlen((const char *)blob.header->writer), RMPP_WRITER_SIZE - 1);
}

static void init_refuses_bad_arguments(void **state)
{
	struct rmpp_writer before;

	(void)state;
	memset(&w, 0x5a, sizeof(w));
	before = w;
	assert_int_equal(rmpp_writer_init(&w, NULL, 4096, 4), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_init(&w, buf + 4, 4000, 4), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_init(&w, buf, 4096, 0), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_init(&w, buf, 4096, RMPP_MAX_SECTIONS + 1),
			 RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_init(&w, buf, U64_MAX, 4), RMPP_ERR_ARGUMENT);
	assert_memory_equal(&w, &before, sizeof(w));
}

static void init_refuses_a_buffer_too_small_for_the_frame(void **state)
{
	struct rmpp_writer before;

	(void)state;
	memset(&w, 0x5a, sizeof(w));
	before = w;
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(rmpp_writer_init(&w, buf, FRAME(4) - 1, 4), RMPP_ERR_NO_SPACE);
	assert_memory_equal(&w, &before, sizeof(w));
	assert_int_equal(buf[0], 0xee);
	assert_int_equal(rmpp_writer_init(&w, buf, FRAME(4), 4), 0);
}

static void begin_refuses_a_section_within_a_section(void **state)
{
	struct rmpp_writer before;

	(void)state;
	init(sizeof(buf), 4);
	assert_int_equal(rmpp_writer_begin(&w, 5, 0, 32), 0);
	before = w;
	assert_int_equal(rmpp_writer_begin(&w, 6, 0, 32), RMPP_ERR_ARGUMENT);
	assert_memory_equal(&w, &before, sizeof(w));
}

static void begin_refuses_what_the_format_does_not_have(void **state)
{
	(void)state;
	init(sizeof(buf), 4);
	assert_int_equal(rmpp_writer_begin(&w, 0, 0, 32), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_begin(&w, 5, 2, 32), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_begin(&w, 5, 0, 0), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_begin(&w, 5, 0, 31), RMPP_ERR_ARGUMENT);
	assert_int_equal(w.open, 0);
}

static void begin_refuses_a_section_twice(void **state)
{
	(void)state;
	init(sizeof(buf), 4);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, 256),
			 RMPP_ERR_SECTION_DUP);
}

static void begin_refuses_more_sections_than_were_planned(void **state)
{
	(void)state;
	init(sizeof(buf), 1);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, 32), RMPP_ERR_NO_SPACE);
}

static void entries_and_ends_need_an_open_section(void **state)
{
	u8 entry[32] = { 0 };

	(void)state;
	init(sizeof(buf), 4);
	assert_int_equal(rmpp_writer_entry(&w, entry), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_end(&w), RMPP_ERR_ARGUMENT);
}

static void an_entry_that_does_not_fit_leaves_the_section_as_it_was(void **state)
{
	const struct rmpp_step_ser step = { .step = cpu_to_le16(RMPP_STEP_CHAIN) };
	struct rmpp_writer before;

	(void)state;
	init(FRAME(2) + 256 + 32 + 31, 2);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, sizeof(step)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &step), 0);
	before = w;
	assert_int_equal(rmpp_writer_entry(&w, &step), RMPP_ERR_NO_SPACE);
	assert_memory_equal(&w, &before, sizeof(w));
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_int_equal(rmpp_writer_finish(&w, 1, 1, "x"), FRAME(2) + 256 + 32);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
}

static void a_cancelled_section_leaves_no_trace(void **state)
{
	const struct rmpp_step_ser step = { .step = cpu_to_le16(RMPP_STEP_CHAIN) };

	(void)state;
	init(sizeof(buf), 2);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, sizeof(step)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &step), 0);
	rmpp_writer_cancel(&w);
	rmpp_writer_cancel(&w);
	assert_int_equal(rmpp_writer_finish(&w, 1, 1, "x"), FRAME(2) + 256);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	assert_null(blob.section[RMPP_SECTION_STEPS]);
}

static void finish_refuses_an_open_section(void **state)
{
	(void)state;
	init(sizeof(buf), 2);
	put_platform();
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, 32), 0);
	assert_int_equal(rmpp_writer_finish(&w, 1, 1, "x"), RMPP_ERR_ARGUMENT);
}

static void finish_refuses_a_blob_without_platform(void **state)
{
	(void)state;
	init(sizeof(buf), 2);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_STEPS, 0, 32), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_int_equal(rmpp_writer_finish(&w, 1, 1, "x"), RMPP_ERR_SECTION_MISSING);
	assert_int_equal(buf[0], 0);
}

static void required_features_are_in_the_header(void **state)
{
	(void)state;
	init(sizeof(buf), 2);
	put_platform();
	rmpp_writer_require(&w, 1ULL << 62);
	rmpp_writer_require(&w, 1ULL << 63);
	assert_true(rmpp_writer_finish(&w, 1, 1, NULL) > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), RMPP_ERR_INCOMPAT);
	assert_true(rmpp_blob_lacks(buf, sizeof(buf)) == 3ULL << 62);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_accepted_and_read_back),
		cmocka_unit_test(an_empty_section_is_accepted),
		cmocka_unit_test(nothing_is_written_past_the_end_of_the_blob),
		cmocka_unit_test(sections_may_follow_a_finish),
		cmocka_unit_test(a_long_writer_name_is_cut_and_terminated),
		cmocka_unit_test(init_refuses_bad_arguments),
		cmocka_unit_test(init_refuses_a_buffer_too_small_for_the_frame),
		cmocka_unit_test(begin_refuses_a_section_within_a_section),
		cmocka_unit_test(begin_refuses_what_the_format_does_not_have),
		cmocka_unit_test(begin_refuses_a_section_twice),
		cmocka_unit_test(begin_refuses_more_sections_than_were_planned),
		cmocka_unit_test(entries_and_ends_need_an_open_section),
		cmocka_unit_test(an_entry_that_does_not_fit_leaves_the_section_as_it_was),
		cmocka_unit_test(a_cancelled_section_leaves_no_trace),
		cmocka_unit_test(finish_refuses_an_open_section),
		cmocka_unit_test(finish_refuses_a_blob_without_platform),
		cmocka_unit_test(required_features_are_in_the_header),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
