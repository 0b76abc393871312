// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stress/hopset.h>

#define HOPS	1000

static struct plan plans[HOPS + 1];

static struct rules rules_of(uint64_t seed, unsigned int crash_every)
{
	struct rules rules = { .seed = seed, .crash_every = crash_every, .faults = ~UINT32_C(0) };

	assert_true(rules_add_kernel(&rules, "6.1"));
	assert_true(rules_add_kernel(&rules, "6.12"));
	assert_true(rules_add_kernel(&rules, "7.3"));
	return rules;
}

static void draw_all(const struct rules *rules)
{
	struct place place = plan_boot(rules);

	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		plan_draw(&plans[hop], rules, hop, place, NULL);
		place = plans[hop].to;
	}
}

static int start(void **state)
{
	struct rules rules = rules_of(42, 10);

	(void)state;
	draw_all(&rules);
	return 0;
}

static bool are_equal(const struct plan *a, const struct plan *b)
{
	return a->hop == b->hop && a->next == b->next && a->method == b->method && a->policy == b->policy &&
	       a->nr_groups == b->nr_groups && !memcmp(a->groups, b->groups, a->nr_groups * sizeof(a->groups[0])) &&
	       a->pressure_mb == b->pressure_mb && a->cpus == b->cpus && a->nr_faults == b->nr_faults &&
	       !memcmp(a->faults, b->faults, a->nr_faults * sizeof(a->faults[0])) && a->expects == b->expects &&
	       a->from.kernel == b->from.kernel && a->to.kernel == b->to.kernel;
}

static void the_same_seed_gives_the_same_hops(void **state)
{
	struct rules rules = rules_of(42, 10);
	struct place place = plan_boot(&rules);
	struct plan p;

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		plan_draw(&p, &rules, hop, place, NULL);
		assert_true(are_equal(&p, &plans[hop]));
		place = p.to;
	}
}

static void another_seed_gives_other_hops(void **state)
{
	struct rules rules = rules_of(43, 10);
	unsigned int same = 0;
	struct plan p;

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		plan_draw(&p, &rules, hop, plans[hop].from, NULL);
		same += are_equal(&p, &plans[hop]);
	}
	assert_in_range(same, 0, HOPS / 5);
}

static void a_hop_is_the_same_wherever_the_run_began(void **state)
{
	struct rules rules = rules_of(42, 10);
	struct plan p;

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop += 7) {
		unsigned int origin = plan_origin(&rules, hop);
		struct place place = plan_place(&rules, origin);

		assert_in_range(origin, 1, hop);
		assert_true(place.sev && place.snp == rules.kernels[place.kernel].snp && !place.inherits);
		for (unsigned int i = origin; i <= hop; i++) {
			plan_draw(&p, &rules, i, place, NULL);
			place = p.to;
		}
		assert_true(are_equal(&p, &plans[hop]));
	}
}

static void each_fault_and_each_kind_of_thing_is_drawn(void **state)
{
	unsigned int methods[NR_METHODS] = { 0 }, policies[NR_POLICIES] = { 0 }, expects[NR_EXPECTS] = { 0 };
	unsigned int guests[NR_KINDS][NR_STAGES] = { { 0 } }, faults[32] = { 0 }, pairs[3][3] = { { 0 } };
	unsigned int pressed = 0, fewer_cpus = 0, large = 0, two_faults = 0;

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		const struct plan *p = &plans[hop];

		methods[p->method]++;
		policies[p->policy]++;
		expects[p->expects]++;
		pairs[p->from.kernel][p->next]++;
		pressed += p->pressure_mb > 0;
		fewer_cpus += p->cpus < PROCESSORS;
		two_faults += p->nr_faults == 2;
		for (unsigned int i = 0; i < p->nr_groups; i++) {
			guests[p->groups[i].kind][p->groups[i].stage]++;
			large += p->groups[i].page_kb > 4;
		}
		for (unsigned int i = 0; i < p->nr_faults; i++)
			faults[p->faults[i] - fault_table]++;
	}
	for (int i = 0; i < NR_METHODS; i++)
		assert_true(methods[i]);
	for (int i = 0; i < NR_POLICIES; i++)
		assert_true(policies[i]);
	for (int i = 0; i < NR_EXPECTS; i++)
		assert_true(expects[i]);
	for (int i = 0; i < 9; i++)
		assert_true(pairs[i / 3][i % 3]);
	for (int i = 0; i < NR_KINDS; i++) {
		assert_true(guests[i][STAGE_RUNNING] && guests[i][STAGE_LAUNCHING] && guests[i][STAGE_TEARING_DOWN]);
		assert_int_equal(!!guests[i][STAGE_SENDING], i == KIND_SEV);
		assert_int_equal(!!guests[i][STAGE_RECEIVING], i == KIND_SEV);
	}
	for (int i = 0; fault_table[i].name; i++)
		if (!faults[i])
			fail_msg("%s is never drawn", fault_table[i].name);
	assert_true(pressed && fewer_cpus && large && two_faults);
}

static void no_hop_asks_for_what_cannot_be(void **state)
{
	struct rules rules = rules_of(42, 10);

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		const struct plan *p = &plans[hop];
		unsigned int mb = p->pressure_mb;

		for (unsigned int i = 0; i < p->nr_groups; i++) {
			const struct group *g = &p->groups[i];

			mb += g->count * g->size_mb;
			assert_true(p->from.sev);
			assert_true(g->kind != KIND_SNP || (p->from.snp && g->page_kb == 4));
			assert_true(g->stage != STAGE_RECEIVING || (g->kind == KIND_SEV && !p->from.snp));
			assert_true(g->stage != STAGE_SENDING || g->kind == KIND_SEV);
			assert_true(g->count && g->size_mb >= 2 && !(g->size_mb % 2));
		}
		assert_in_range(mb, 0, 1024);
		assert_in_range(p->cpus, 1, PROCESSORS);
		assert_true(!p->from.snp || rules.kernels[p->from.kernel].snp);
		for (unsigned int i = 0; i < p->nr_faults; i++) {
			const struct fault *f = p->faults[i];

			assert_true(p->method < METHOD_CRASH);
			assert_true(!(f->traits & FAULT_ON_SNP) || p->from.snp);
			assert_true(!(f->traits & FAULT_ALONE) || p->nr_faults == 1);
			assert_true(!(f->traits & FAULT_ON_ZONE) || p->method == METHOD_LOAD);
		}
		if (p->policy == POLICY_PRESERVE)
			assert_true(plan_guests(p, KIND_SNP, STAGE_RUNNING) && p->method == METHOD_LOAD && !p->nr_faults);
	}
}

static void each_kth_hop_is_a_crash_of_a_whole_host(void **state)
{
	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		assert_int_equal(plans[hop].method == METHOD_CRASH, hop % 10 == 0);
		if (hop % 10 == 0)
			assert_true(plans[hop].from.sev && !plans[hop].from.inherits);
	}
}

static void what_a_hop_leaves_is_where_the_next_one_starts(void **state)
{
	struct rules rules = rules_of(42, 10);

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		const struct plan *p = &plans[hop];

		if (p->expects == EXPECTS_JUMP && !p->power_cycle)
			assert_int_equal(p->to.kernel, p->next);
		else
			assert_int_equal(p->to.kernel, rules.boot);
		if (p->policy == POLICY_PRESERVE)
			assert_true(p->to.sev && !p->to.snp);
	}
}

static void without_faults_there_are_none(void **state)
{
	struct rules rules = rules_of(42, 0);
	struct plan p;

	(void)state;
	rules.faults = 0;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		plan_draw(&p, &rules, hop, plan_boot(&rules), NULL);
		assert_int_equal(p.nr_faults, 0);
		assert_int_not_equal(p.method, METHOD_CRASH);
	}
}

static void what_is_left_out_moves_nothing_else(void **state)
{
	struct rules rules = rules_of(42, 10);
	struct without without = { .groups = 1, .pressure = true };
	struct plan p;

	(void)state;
	for (unsigned int hop = 1; hop <= HOPS; hop++) {
		const struct plan *whole = &plans[hop];

		plan_draw(&p, &rules, hop, whole->from, &without);
		assert_int_equal(p.nr_groups, whole->nr_groups - !!whole->nr_groups);
		assert_int_equal(p.pressure_mb, 0);
		assert_int_equal(p.next, whole->next);
		assert_int_equal(p.method, whole->method);
		assert_int_equal(p.nr_faults, whole->nr_faults);
		if (p.nr_groups)
			assert_memory_equal(p.groups, whole->groups + 1, p.nr_groups * sizeof(p.groups[0]));
	}
}

static void a_list_of_hops_is_read_as_it_is_written(void **state)
{
	static const char * const texts[] = {
		"1", "3,5-9,12", "7~fault.0", "3-5,12,17~fault.0~fault.1~guests.2~pressure~cpus,18", "1000000",
	};
	struct hopset set;
	char why[64], *text;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(hopset_parse(&set, texts[i], why, sizeof(why)), 0);
		text = hopset_format(&set);
		assert_string_equal(text, texts[i]);
		free(text);
		hopset_free(&set);
	}
}

static void what_is_no_list_of_hops_is_refused(void **state)
{
	static const char * const texts[] = {
		"", "0", ",", "1,", "1,,2", "x", "3-", "5-3", "3-5~cpus", "1~", "1~fault", "1~fault.32", "1~guests.x",
		"1 2", "-1", "1000001", "1~pressures", "99999999999999999999",
	};
	struct hopset set;
	char why[64];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why[0] = '\0';
		if (!hopset_parse(&set, texts[i], why, sizeof(why)))
			fail_msg("\"%s\" is taken", texts[i]);
		assert_true(why[0]);
		assert_null(set.entry);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_hops),
		cmocka_unit_test(another_seed_gives_other_hops),
		cmocka_unit_test(a_hop_is_the_same_wherever_the_run_began),
		cmocka_unit_test(each_fault_and_each_kind_of_thing_is_drawn),
		cmocka_unit_test(no_hop_asks_for_what_cannot_be),
		cmocka_unit_test(each_kth_hop_is_a_crash_of_a_whole_host),
		cmocka_unit_test(what_a_hop_leaves_is_where_the_next_one_starts),
		cmocka_unit_test(without_faults_there_are_none),
		cmocka_unit_test(what_is_left_out_moves_nothing_else),
		cmocka_unit_test(a_list_of_hops_is_read_as_it_is_written),
		cmocka_unit_test(what_is_no_list_of_hops_is_refused),
	};

	return cmocka_run_group_tests_name("stress_plan", tests, start, NULL);
}
