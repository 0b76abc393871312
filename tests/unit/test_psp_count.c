// SPDX-License-Identifier: GPL-2.0-only
#include <rmp_persist/psp_count.h>

#include "rmpp_fixture.h"

static struct rmpp_psp_counts counts;

static int nothing(void **state)
{
	(void)state;
	memset(&counts, 0, sizeof(counts));
	return 0;
}

static void is(u32 command, u64 commands, u64 errors, u64 unanswered, u64 latency_us)
{
	const struct rmpp_psp_count *c = &counts.v[command];

	assert_int_equal(c->commands, commands);
	assert_int_equal(c->errors, errors);
	assert_int_equal(c->unanswered, unanswered);
	assert_int_equal(c->latency_us, latency_us);
}

static void commands_are_summed_up_apart(void **state)
{
	(void)state;
	rmpp_psp_count_add(&counts, 0x81, false, false, 100);
	rmpp_psp_count_add(&counts, 0x81, true, false, 20);
	rmpp_psp_count_add(&counts, 0x04, false, false, 3);
	is(0x81, 2, 1, 0, 120);
	is(0x04, 1, 0, 0, 3);
	is(0x82, 0, 0, 0, 0);
}

static void no_answer_is_an_error(void **state)
{
	(void)state;
	rmpp_psp_count_add(&counts, 0x01, true, true, 5000000);
	rmpp_psp_count_add(&counts, 0x01, false, true, 0);
	is(0x01, 2, 2, 2, 5000000);
}

static void numbers_beyond_the_table_are_told_together(void **state)
{
	(void)state;
	rmpp_psp_count_add(&counts, RMPP_PSP_COMMANDS - 1, false, false, 1);
	rmpp_psp_count_add(&counts, RMPP_PSP_COMMANDS, false, false, 2);
	rmpp_psp_count_add(&counts, U32_MAX, true, false, 4);
	rmpp_psp_count_add(&counts, 0, false, false, 8);
	is(RMPP_PSP_COMMANDS - 1, 1, 0, 0, 1);
	is(0, 3, 1, 0, 14);
}

static void each_command_that_has_a_name_has_a_place_of_its_own(void **state)
{
	u32 command;

	(void)state;
	assert_string_equal(rmpp_psp_command_name(0), "?");
	for (command = RMPP_PSP_COMMANDS; command < 0x10000; command++)
		assert_string_equal(rmpp_psp_command_name(command), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(commands_are_summed_up_apart, nothing),
		cmocka_unit_test_setup(no_answer_is_an_error, nothing),
		cmocka_unit_test_setup(numbers_beyond_the_table_are_told_together, nothing),
		cmocka_unit_test_setup(each_command_that_has_a_name_has_a_place_of_its_own, nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
