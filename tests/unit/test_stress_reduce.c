// SPDX-License-Identifier: GPL-2.0-only
/* Cutting down, with a host that is a table: whether it survives a way is a matter of what was drawn on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ahead of cmocka, whose fail() is a macro */
#include <stress/reduce.h>
#include <stress/walk.h>

#include <cmocka.h>

#define HOPS	200

/* A host that dies at hop @last, if it has gone through hop @first with one of its parts, and @last has one of its own. */
static struct host {
	unsigned int first, last;	/* @first 0: it needs none */
	bool (*prepares)(const struct plan *p), (*kills)(const struct plan *p);
	enum check check;	/* that finds it */
	unsigned int walks, deaf;	/* @deaf: the walk that comes to no host */
	bool interrupted;
} host;

static struct rules rules;

bool machine_interrupted(void)
{
	return host.interrupted;
}

void drive_init(struct drive *d, const char *name, const struct rules *r, const struct guards_off *off)
{
	(void)name;
	(void)off;
	memset(d, 0, sizeof(*d));
	d->rules = r;
}

static bool dies(const struct plan *p, bool prepared)
{
	return p->hop == host.last && prepared && (!host.kills || host.kills(p));
}

enum walk_end walk_along(struct drive *d, const struct hopset *set, struct walk *walk,
			 void (*told)(void *context, const struct walk *walk), void *context)
{
	bool prepared = !host.first;
	struct place place = plan_start(d->rules, set->entry[0].hop);

	(void)told;
	(void)context;
	if (++host.walks == host.deaf)
		return WALK_UNDECIDED;
	for (walk->hops = 0; walk->hops < set->nr;) {
		const struct hopset_entry *e = &set->entry[walk->hops++];

		plan_draw(&walk->plan, d->rules, e->hop, place, &e->without);
		place = walk->plan.to;
		walk->result = (struct result){ .ok = true };
		if (dies(&walk->plan, prepared)) {
			walk->result.ok = false;
			result_check(&walk->result, host.check, false);
			return WALK_FAILED;
		}
		prepared = prepared || (e->hop == host.first && (!host.prepares || host.prepares(&walk->plan)));
	}
	return WALK_SURVIVED;
}

/* Hops @from to @to fail by the check of the host; cut down, they are @way. */
static enum reduced cut_down(unsigned int from, unsigned int to, struct hopset *way)
{
	struct words words = { .rules = rules };
	struct result failed = { .ok = false };

	*way = (struct hopset){ NULL };
	assert_int_equal(hopset_range(way, from, to), 0);
	result_check(&failed, CHECK_CENSUS, false);
	return reduce(&words, &failed, way);
}

static void way_is(struct hopset *way, const char *text)
{
	char *is = hopset_format(way);

	assert_string_equal(is, text);
	free(is);
	hopset_free(way);
}

static bool has_fault(const struct plan *p)
{
	return p->nr_faults;
}

static bool has_guests(const struct plan *p)
{
	return p->nr_groups;
}

static bool is_whole(const struct place *place)
{
	return place->sev && place->snp == rules.kernels[place->kernel].snp && !place->inherits;
}

/* The next hop from @hop on with guests, a fault and pressure, which begins and ends on a whole host. */
static unsigned int find(unsigned int hop)
{
	struct place place;
	struct plan p;

	for (; hop < 10000; hop++) {
		place = plan_place(&rules, hop);
		plan_draw(&p, &rules, hop, place, NULL);
		if (is_whole(&place) && is_whole(&p.to) && p.nr_groups && p.nr_faults && p.pressure_mb)
			return hop;
	}
	fail_msg("no such hop");
	return 0;
}

static int start(void **state)
{
	(void)state;
	host = (struct host){ .check = CHECK_CENSUS };
	rules = (struct rules){ .seed = 42, .faults = ~UINT32_C(0) };
	return rules_add_kernel(&rules, "6.1") && rules_add_kernel(&rules, "6.12") && rules_add_kernel(&rules, "7.3") ? 0 : -1;
}

static void a_hop_that_fails_alone_is_left_alone(void **state)
{
	struct hopset way;
	char *text;

	(void)state;
	host.last = HOPS;
	assert_int_equal(cut_down(1, HOPS, &way), REDUCED_TO_MINIMUM);
	assert_int_equal(way.nr, 1);
	text = hopset_format(&way);
	assert_int_equal(strtoul(text, NULL, 10), HOPS);
	free(text);
	hopset_free(&way);
	assert_in_range(host.walks, 1, 3);
}

/* Wherever the first of them lies, and however far away. */
static void a_failure_that_takes_two_hops_keeps_both(void **state)
{
	(void)state;
	for (unsigned int first = 1; first < HOPS; first += 7) {
		struct hopset way;

		host.first = first;
		host.last = HOPS;
		host.walks = 0;
		assert_int_equal(cut_down(1, HOPS, &way), REDUCED_TO_MINIMUM);
		assert_int_equal(way.nr, 2);
		assert_int_equal(way.entry[0].hop, first);
		assert_int_equal(way.entry[1].hop, HOPS);
		hopset_free(&way);
	}
}

/* Of the first hop its fault, of the last its guests: nothing else stays. */
static void of_both_only_the_parts_that_it_takes_stay(void **state)
{
	struct hopset way;
	struct plan p;

	(void)state;
	host.first = find(20);
	host.last = find(host.first + 30);
	host.prepares = has_fault;
	host.kills = has_guests;
	assert_int_equal(cut_down(1, host.last, &way), REDUCED_TO_MINIMUM);
	assert_int_equal(way.nr, 2);
	plan_draw(&p, &rules, host.first, plan_start(&rules, host.first), &way.entry[0].without);
	assert_int_equal(p.nr_faults, 1);
	assert_int_equal(p.nr_groups, 0);
	assert_int_equal(p.pressure_mb, 0);
	plan_draw(&p, &rules, host.last, p.to, &way.entry[1].without);
	assert_int_equal(p.nr_groups, 1);
	assert_int_equal(p.nr_faults, 0);
	assert_int_equal(p.pressure_mb, 0);
	assert_int_equal(p.cpus, PROCESSORS);
	hopset_free(&way);
}

/* A hop that begins on a host without SEV or with a quarantine begins on a whole one when it is the first. */
static void parts_are_those_that_the_first_hop_has_there(void **state)
{
	struct place place;
	struct hopset way;
	struct plan p;

	(void)state;
	for (host.last = 2; host.last < 10000; host.last++) {
		place = plan_place(&rules, host.last);
		plan_draw(&p, &rules, host.last, plan_start(&rules, host.last), NULL);
		if (!place.sev && p.nr_groups == 2 && p.pressure_mb)
			break;
	}
	assert_int_equal(cut_down(host.last, host.last, &way), REDUCED_TO_MINIMUM);
	plan_draw(&p, &rules, host.last, plan_start(&rules, host.last), &way.entry[0].without);
	assert_int_equal(p.nr_groups, 0);
	assert_int_equal(p.nr_faults, 0);
	assert_int_equal(p.pressure_mb, 0);
	hopset_free(&way);
}

static void another_failure_on_the_way_does_not_count(void **state)
{
	struct hopset way;

	(void)state;
	host.last = HOPS;
	host.check = CHECK_MEMORY;
	assert_int_equal(cut_down(1, HOPS, &way), REDUCED_NOT_AGAIN);
	assert_int_equal(way.nr, HOPS);
	hopset_free(&way);
	/* ... nor does the same one, a hop too early */
	host.check = CHECK_CENSUS;
	host.last = HOPS - 1;
	assert_int_equal(cut_down(1, HOPS, &way), REDUCED_NOT_AGAIN);
	hopset_free(&way);
}

static void what_does_not_happen_again_is_said_to_be_so(void **state)
{
	struct hopset way;

	(void)state;
	host.last = HOPS + 1;
	assert_int_equal(cut_down(HOPS - 3, HOPS, &way), REDUCED_NOT_AGAIN);
	way_is(&way, "197-200");
}

static void without_a_host_nothing_is_said_of_it(void **state)
{
	struct hopset way;

	(void)state;
	host.last = HOPS;
	host.deaf = 1;
	/* the whole way has a host again, and what follows has one */
	assert_int_equal(cut_down(HOPS - 3, HOPS, &way), REDUCED_TO_MINIMUM);
	assert_int_equal(way.nr, 1);
	hopset_free(&way);
	host.walks = 0;
	assert_int_equal(cut_down(HOPS, HOPS, &way), REDUCED_UNDECIDED);
	hopset_free(&way);
	host.interrupted = true;
	assert_int_equal(cut_down(1, HOPS, &way), REDUCED_UNDECIDED);
	assert_int_equal(way.nr, HOPS);
	hopset_free(&way);
}

/* A question that was not answered leaves what was found so far, and no claim to more. */
static void what_is_not_tried_to_its_end_is_no_minimum(void **state)
{
	struct hopset way;

	(void)state;
	host.first = 3;
	host.last = HOPS;
	host.deaf = 12;
	assert_int_equal(cut_down(1, HOPS, &way), REDUCED_IN_PART);
	assert_in_range(way.nr, 2, HOPS);
	assert_int_equal(way.entry[way.nr - 1].hop, HOPS);
	hopset_free(&way);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_hop_that_fails_alone_is_left_alone, start),
		cmocka_unit_test_setup(a_failure_that_takes_two_hops_keeps_both, start),
		cmocka_unit_test_setup(of_both_only_the_parts_that_it_takes_stay, start),
		cmocka_unit_test_setup(parts_are_those_that_the_first_hop_has_there, start),
		cmocka_unit_test_setup(another_failure_on_the_way_does_not_count, start),
		cmocka_unit_test_setup(what_does_not_happen_again_is_said_to_be_so, start),
		cmocka_unit_test_setup(without_a_host_nothing_is_said_of_it, start),
		cmocka_unit_test_setup(what_is_not_tried_to_its_end_is_no_minimum, start),
	};

	return cmocka_run_group_tests_name("stress_reduce", tests, NULL, NULL);
}
