// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <lib/random.h>
#include <stress/shrink.h>

#define ALL	1000

/* A list that fails as long as it has all of @needs. */
struct culprits {
	const size_t *needs;
	size_t nr_needs;
	unsigned int asked, most;	/* @most: questions that are answered; 0: all */
	bool ascending;
};

static bool has(const size_t *keep, size_t nr, size_t element)
{
	for (size_t i = 0; i < nr; i++)
		if (keep[i] == element)
			return true;
	return false;
}

static enum shrink_answer ask(void *context, const size_t *keep, size_t nr)
{
	struct culprits *c = context;

	if (c->most && c->asked == c->most)
		return SHRINK_STOP;
	c->asked++;
	for (size_t i = 1; i < nr; i++)
		c->ascending = c->ascending && keep[i - 1] < keep[i];
	for (size_t i = 0; i < c->nr_needs; i++)
		if (!has(keep, nr, c->needs[i]))
			return SHRINK_PASSES;
	return SHRINK_FAILS;
}

static size_t shrink(struct culprits *c, size_t *keep, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		keep[i] = i;
	c->ascending = true;
	return shrink_list(keep, nr, ask, c);
}

static void what_is_left_is_what_it_takes(void **state)
{
	static const size_t needs[][3] = { { 0 }, { 999 }, { 499, 500 }, { 0, 999 }, { 3, 4, 998 } };
	static const size_t nr[] = { 1, 1, 2, 2, 3 };
	static size_t keep[ALL];

	(void)state;
	for (size_t i = 0; i < sizeof(nr) / sizeof(nr[0]); i++) {
		struct culprits c = { .needs = needs[i], .nr_needs = nr[i] };

		assert_int_equal(shrink(&c, keep, ALL), nr[i]);
		assert_memory_equal(keep, needs[i], nr[i] * sizeof(keep[0]));
		assert_true(c.ascending);
	}
}

static void any_few_of_many_are_found(void **state)
{
	uint64_t seed = 1;
	static size_t keep[ALL];

	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t needs[4], all = 1 + random_next(&seed) % 300, at = 0;
		struct culprits c = { .needs = needs };

		while (c.nr_needs < 4 && at < all) {
			at += random_next(&seed) % all;
			if (at < all)
				needs[c.nr_needs++] = at++;
		}
		assert_int_equal(shrink(&c, keep, all), c.nr_needs);
		assert_memory_equal(keep, needs, c.nr_needs * sizeof(keep[0]));
	}
}

static void one_of_a_thousand_takes_few_questions(void **state)
{
	static const size_t needs[] = { 617 };
	struct culprits c = { .needs = needs, .nr_needs = 1 };
	static size_t keep[ALL];

	(void)state;
	assert_int_equal(shrink(&c, keep, ALL), 1);
	assert_in_range(c.asked, 1, 40);
}

static void nothing_is_left_of_what_fails_without_anything(void **state)
{
	struct culprits c = { .nr_needs = 0 };
	static size_t keep[ALL];

	(void)state;
	assert_int_equal(shrink(&c, keep, ALL), 0);
	assert_int_equal(c.asked, 1);
	assert_int_equal(shrink(&c, keep, 0), 0);
}

static void who_stops_keeps_what_is_known(void **state)
{
	static const size_t needs[] = { 100, 900 };
	struct culprits c = { .needs = needs, .nr_needs = 2, .most = 12 };
	static size_t keep[ALL];
	size_t nr;

	(void)state;
	nr = shrink(&c, keep, ALL);
	assert_int_equal(c.asked, 12);
	assert_in_range(nr, 2, ALL - 1);
	assert_true(has(keep, nr, 100) && has(keep, nr, 900));
}

static void a_tail_is_tried_from_short_to_long(void **state)
{
	static const size_t needs[] = { 994 };
	struct culprits c = { .needs = needs, .nr_needs = 1, .ascending = true };
	struct culprits first = { .needs = (const size_t[]){ 0 }, .nr_needs = 1, .ascending = true };
	struct culprits none = { .nr_needs = 0 };

	(void)state;
	assert_int_equal(shrink_tail(ALL, ask, &c), 7);
	assert_int_equal(c.asked, 4);
	assert_true(c.ascending);
	assert_int_equal(shrink_tail(ALL, ask, &first), ALL);
	assert_int_equal(shrink_tail(ALL, ask, &none), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_is_what_it_takes),
		cmocka_unit_test(any_few_of_many_are_found),
		cmocka_unit_test(one_of_a_thousand_takes_few_questions),
		cmocka_unit_test(nothing_is_left_of_what_fails_without_anything),
		cmocka_unit_test(who_stops_keeps_what_is_known),
		cmocka_unit_test(a_tail_is_tried_from_short_to_long),
	};

	return cmocka_run_group_tests_name("stress_shrink", tests, NULL, NULL);
}
