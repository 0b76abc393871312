// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

static int find(const char *name)
{
	return rmpp_feature_find(name, strlen(name));
}

static void each_feature_is_found_by_its_name(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < RMPP_NR_FEATURES; i++) {
		assert_int_equal(find(rmpp_feature_name(i)), i);
		assert_true(strlen(rmpp_feature_name(i)) < RMPP_FEATURE_NAME_SIZE);
	}
	assert_string_equal(rmpp_feature_name(RMPP_NR_FEATURES), "?");
	assert_string_equal(rmpp_feature_name(U32_MAX), "?");
}

static void names_are_words(void **state)
{
	u32 i, k;

	(void)state;
	for (i = 0; i < RMPP_NR_FEATURES; i++) {
		const char *name = rmpp_feature_name(i);

		for (k = 0; name[k]; k++)
			assert_true((name[k] >= 'a' && name[k] <= 'z') || name[k] == '-');
	}
}

static void a_name_is_compared_whole(void **state)
{
	(void)state;
	assert_int_equal(find("give"), -1);
	assert_int_equal(find("give-backs"), -1);
	assert_int_equal(find("Give-back"), -1);
	assert_int_equal(find(""), -1);
	assert_int_equal(rmpp_feature_find("give-backXXX", 9), RMPP_FEATURE_GIVE_BACK);
	assert_int_equal(rmpp_feature_find("give-back\0", 10), -1);
}

static u32 parse(const char *text, size_t length)
{
	/* exactly as large: a read past it is seen */
	char *exact = malloc(length ? length : 1);
	u32 set;

	memcpy(exact, text, length);
	set = rmpp_features_parse(exact, length);
	free(exact);
	return set;
}

static void a_set_is_made_of_the_names_that_are_known(void **state)
{
	static const char text[] = " quarantine  no-such\tgive-back\n";

	(void)state;
	assert_int_equal(parse(text, sizeof(text) - 1),
			 1u << RMPP_FEATURE_QUARANTINE | 1u << RMPP_FEATURE_GIVE_BACK);
	assert_int_equal(parse("quarantine", 9), 0);
	assert_int_equal(parse("quarantine", 10), 1u << RMPP_FEATURE_QUARANTINE);
	assert_int_equal(parse("", 0), 0);
	assert_int_equal(parse("\n\n\n", 3), 0);
}

/* What the module file says of itself is what it can restore, no more and no less. */
static void the_modules_words_are_what_it_restores(void **state)
{
	u32 i, set = parse(RMPP_FEATURES_RESTORED, strlen(RMPP_FEATURES_RESTORED));

	(void)state;
	assert_true(set);
	for (i = 0; i < RMPP_NR_FEATURES; i++)
		assert_int_equal(set >> i & 1, !!(rmpp_feature_does(i) & RMPP_DOES_RESTORE));
	assert_int_equal(rmpp_feature_does(RMPP_NR_FEATURES), RMPP_DOES_NONE);
}

static void a_bit_is_known_if_its_feature_can_be_restored(void **state)
{
	u64 known = 0;
	u32 i;

	(void)state;
	for (i = 0; i < RMPP_NR_FEATURES; i++)
		if (rmpp_feature_does(i) & RMPP_DOES_RESTORE)
			known |= rmpp_feature_incompat(i);
	assert_true(known == RMPP_INCOMPAT_KNOWN);
	assert_int_equal(rmpp_feature_incompat(RMPP_NR_FEATURES), 0);
}

/* Given out once and for ever: a bit belongs to one feature. */
static void each_incompatible_bit_has_one_name(void **state)
{
	u64 bits, given = 0;
	u32 i;

	(void)state;
	for (i = 0; i < RMPP_NR_FEATURES; i++) {
		bits = rmpp_feature_incompat(i);
		assert_true(!(bits & (bits - 1)) && !(bits & given));
		given |= bits;
		if (bits)
			assert_string_equal(rmpp_incompat_name((u32)__builtin_ctzll(bits)),
					    rmpp_feature_name(i));
	}
	assert_string_equal(rmpp_incompat_name(0), "preserve");
	assert_string_equal(rmpp_incompat_name(63), "?");
	assert_string_equal(rmpp_incompat_name(64), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_feature_is_found_by_its_name),
		cmocka_unit_test(names_are_words),
		cmocka_unit_test(a_name_is_compared_whole),
		cmocka_unit_test(a_set_is_made_of_the_names_that_are_known),
		cmocka_unit_test(the_modules_words_are_what_it_restores),
		cmocka_unit_test(a_bit_is_known_if_its_feature_can_be_restored),
		cmocka_unit_test(each_incompatible_bit_has_one_name),
	};

	return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
