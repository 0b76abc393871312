// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ahead of cmocka, whose fail() is a macro */
#include <stress/rundir.h>

#include <cmocka.h>

#define HOPS 20

static char path[64];
static struct rundir dir;
static struct totals totals;
static size_t done;
static char why[256];

static int start(void **state)
{
	(void)state;
	strcpy(path, "/tmp/stress-rundir.XXXXXX");
	return mkdtemp(path) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", path);
	return system(command);
}

static struct words words_of(uint64_t seed)
{
	struct words w = { .rules.seed = seed, .rules.faults = ~UINT32_C(0), .faults_text = "all", .kernels_text = "" };

	assert_true(rules_add_kernel(&w.rules, "6.12"));
	assert_true(rules_add_kernel(&w.rules, "7.3"));
	assert_int_equal(hopset_range(&w.set, 1, HOPS), 0);
	return w;
}

static void open_dir(const struct words *w)
{
	if (rundir_open(&dir, path, w, false, &done, &totals, why, sizeof(why)))
		fail_msg("%s", why);
}

static void hop_to(const struct words *w, unsigned int first, unsigned int last)
{
	struct result result = { .ok = true, .outcome = OUTCOME_JUMPED, .seconds = 2 };
	struct plan p;

	for (unsigned int hop = first; hop <= last; hop++) {
		plan_draw(&p, &w->rules, hop, plan_place(&w->rules, hop), NULL);
		for (unsigned int i = 0; i < p.nr_faults; i++)
			result.fired[i] = 1;
		assert_int_equal(rundir_append(&dir, &p, &w->rules, &result), 0);
	}
}

/* Lines, each of which is one JSON object with the hop that is due. */
static unsigned int lines_of(void)
{
	char file[128], *line = NULL;
	size_t size = 0;
	unsigned int n = 0;
	FILE *f;

	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	f = fopen(file, "r");
	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		struct json_object *o = json_tokener_parse(line), *hop;

		assert_non_null(o);
		assert_true(json_object_object_get_ex(o, "hop", &hop));
		assert_int_equal(json_object_get_int(hop), ++n);
		json_object_put(o);
	}
	free(line);
	fclose(f);
	return n;
}

static void tear_the_last_line(void)
{
	char file[128];
	FILE *f;

	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	f = fopen(file, "a");
	assert_non_null(f);
	fputs("{\"hop\": 9, \"fro", f);
	fclose(f);
}

static size_t where_it_can_go_on(const struct words *w, unsigned int behind)
{
	return plan_origin(&w->rules, behind + 1) - 1;
}

static void an_interrupted_run_goes_on_where_a_boot_leads(void **state)
{
	struct words w = words_of(42);

	(void)state;
	for (unsigned int hops = 1; hops < HOPS; hops++) {
		open_dir(&w);
		assert_int_equal(done, 0);
		hop_to(&w, 1, hops);
		assert_int_equal(rundir_state(&dir, "interrupted"), 0);
		rundir_close(&dir);
		open_dir(&w);
		assert_int_equal(done, where_it_can_go_on(&w, hops));
		assert_int_equal(totals.survived, done);
		assert_int_equal(lines_of(), done);
		hop_to(&w, done + 1, HOPS);
		assert_int_equal(lines_of(), HOPS);
		assert_int_equal(rundir_state(&dir, "done"), 0);
		rundir_close(&dir);
	}
	words_free(&w);
}

static void a_torn_line_counts_as_none(void **state)
{
	struct words w = words_of(42);

	(void)state;
	open_dir(&w);
	hop_to(&w, 1, 8);
	rundir_close(&dir);
	tear_the_last_line();
	open_dir(&w);
	assert_int_equal(done, where_it_can_go_on(&w, 8));
	assert_int_equal(lines_of(), done);
	rundir_close(&dir);
	words_free(&w);
}

static void other_words_begin_anew(void **state)
{
	struct words w = words_of(42), other = words_of(43);

	(void)state;
	open_dir(&w);
	hop_to(&w, 1, 9);
	rundir_close(&dir);
	open_dir(&other);
	assert_int_equal(done, 0);
	assert_int_equal(lines_of(), 0);
	rundir_close(&dir);
	words_free(&w);
	words_free(&other);
}

static void a_run_that_is_over_begins_anew(void **state)
{
	static const char * const states[] = { "done", "failed" };
	struct words w = words_of(42);

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_dir(&w);
		hop_to(&w, 1, 9);
		assert_int_equal(rundir_state(&dir, states[i]), 0);
		rundir_close(&dir);
		open_dir(&w);
		assert_int_equal(done, 0);
		rundir_close(&dir);
	}
	words_free(&w);
}

static char part_path[2][96];

/* Hops 1 to 10 and 11 to 20, each in a directory of its own. */
static void run_parts(const struct words *w)
{
	for (int i = 0; i < 2; i++) {
		struct words part = *w;

		part.set = (struct hopset){ .entry = w->set.entry + i * 10, .nr = 10 };
		snprintf(part_path[i], sizeof(part_path[i]), "%s/part-%d", path, i + 1);
		assert_int_equal(rundir_open(&dir, part_path[i], &part, true, &done, &totals, why, sizeof(why)), 0);
		hop_to(&part, i * 10 + done + 1, i * 10 + 10);
		assert_int_equal(rundir_map(&dir, "map-0.json"), 0);
		assert_int_equal(rundir_state(&dir, "done"), 0);
		rundir_close(&dir);
	}
}

static struct json_object *map_of_the_run(void)
{
	struct json_object *run, *map;
	char file[128];

	snprintf(file, sizeof(file), "%s/run.json", path);
	run = json_object_from_file(file);
	assert_non_null(run);
	assert_true(json_object_object_get_ex(run, "map", &map));
	json_object_get(map);
	json_object_put(run);
	return map;
}

static int gather(const struct words *w, const char *state)
{
	return rundir_gather(path, w, (const char *[]){ part_path[0], part_path[1] }, 2, state, &totals, why, sizeof(why));
}

static void parts_become_one_run(void **state)
{
	struct words w = words_of(42);
	struct json_object *map;

	(void)state;
	run_parts(&w);
	/* interrupted: what is over stays over */
	assert_int_equal(gather(&w, "interrupted"), 0);
	assert_int_equal(lines_of(), HOPS);
	assert_int_equal(rundir_open(&dir, part_path[0], &(struct words){ .rules = w.rules, .faults_text = "all",
				     .kernels_text = "", .set = { w.set.entry, 10 } }, true, &done, &totals, why, sizeof(why)), 0);
	assert_int_equal(done, 10);
	assert_int_equal(rundir_state(&dir, "done"), 0);
	rundir_close(&dir);
	assert_int_equal(gather(&w, "done"), 0);
	assert_int_equal(totals.survived, HOPS);
	assert_int_equal(lines_of(), HOPS);
	map = map_of_the_run();
	assert_int_equal(json_object_array_length(map), 1);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(map, 0)), "part-1/map-0.json");
	json_object_put(map);
	/* done: the parts are run anew */
	assert_int_equal(gather(&w, "done"), 0);
	assert_int_equal(lines_of(), 0);
	words_free(&w);
}

static void a_picture_taken_again_is_named_once(void **state)
{
	struct words w = words_of(42);

	(void)state;
	open_dir(&w);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rundir_map(&dir, "map-0.json"), 0);
	assert_int_equal(rundir_maps(&dir), 1);
	rundir_close(&dir);
	words_free(&w);
}

static void what_is_not_known_is_null(void **state)
{
	struct words w = words_of(42);
	struct result result = { .forbidden = -1 };
	struct json_object *o, *field;
	struct plan p;

	(void)state;
	plan_draw(&p, &w.rules, 1, plan_boot(&w.rules), NULL);
	o = rundir_hop(&p, &w.rules, &result);
	assert_true(json_object_object_get_ex(o, "blackout_us", &field));
	assert_null(field);
	assert_true(json_object_object_get_ex(o, "forbidden", &field));
	assert_null(field);
	assert_true(json_object_object_get_ex(o, "verdict", &field));
	assert_string_equal(json_object_get_string(field), "failed");
	json_object_put(o);
	words_free(&w);
}

static void the_first_failure_is_found_with_its_looks(void **state)
{
	struct words w = words_of(42);
	struct result result = { .ok = false, .outcome = OUTCOME_JUMPED }, found;
	struct json_object *run, *shortest;
	char file[128];
	struct plan p;

	(void)state;
	w.rules.seed = 45;
	open_dir(&w);
	hop_to(&w, 1, 3);
	assert_int_equal(rundir_first_failure(path, &found), 0);
	result_check(&result, CHECK_ARRIVAL, true);
	result_check(&result, CHECK_CENSUS, false);
	for (unsigned int hop = 4; hop < 6; hop++) {
		plan_draw(&p, &w.rules, hop, plan_place(&w.rules, hop), NULL);
		assert_int_equal(rundir_append(&dir, &p, &w.rules, &result), 0);
	}
	rundir_close(&dir);
	assert_int_equal(rundir_first_failure(path, &found), 4);
	for (int i = 0; i < NR_CHECKS; i++) {
		assert_int_equal(found.looked[i], i == CHECK_ARRIVAL || i == CHECK_CENSUS);
		assert_int_equal(found.good[i], i == CHECK_ARRIVAL);
	}
	assert_int_equal(rundir_shortest_of(path, "minimal:", "make stress HOPS=4"), 0);
	snprintf(file, sizeof(file), "%s/run.json", path);
	run = json_object_from_file(file);
	assert_true(json_object_object_get_ex(run, "shortest", &shortest));
	assert_true(json_object_object_get_ex(shortest, "command", &shortest));
	assert_string_equal(json_object_get_string(shortest), "make stress HOPS=4");
	json_object_put(run);
	words_free(&w);
}

static void a_full_disk_is_told(void **state)
{
	struct words w = words_of(42);
	struct result result = { .ok = true };
	char file[128];
	struct plan p;

	(void)state;
	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	unlink(file);
	assert_int_equal(symlink("/dev/full", file), 0);
	/* of another seed, so that it is begun anew */
	w.rules.seed = 44;
	open_dir(&w);
	plan_draw(&p, &w.rules, 1, plan_boot(&w.rules), NULL);
	assert_int_equal(rundir_append(&dir, &p, &w.rules, &result), -1);
	assert_int_equal(errno, ENOSPC);
	rundir_close(&dir);
	assert_int_equal(unlink(file), 0);
	words_free(&w);
}

static void two_runs_do_not_share_a_directory(void **state)
{
	struct words w = words_of(42);
	struct rundir other;

	(void)state;
	open_dir(&w);
	assert_int_equal(rundir_open(&other, path, &w, false, &done, &totals, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "another run is under way there"));
	rundir_close(&other);
	rundir_close(&dir);
	open_dir(&w);
	rundir_close(&dir);
	words_free(&w);
}

static void a_directory_that_cannot_be_made_is_named(void **state)
{
	struct words w = words_of(42);

	(void)state;
	assert_int_equal(rundir_open(&dir, "/proc/no/such", &w, false, &done, &totals, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/proc/no"));
	rundir_close(&dir);
	words_free(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interrupted_run_goes_on_where_a_boot_leads),
		cmocka_unit_test(a_torn_line_counts_as_none),
		cmocka_unit_test(other_words_begin_anew),
		cmocka_unit_test(a_run_that_is_over_begins_anew),
		cmocka_unit_test(parts_become_one_run),
		cmocka_unit_test(a_picture_taken_again_is_named_once),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(the_first_failure_is_found_with_its_looks),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(two_runs_do_not_share_a_directory),
		cmocka_unit_test(a_directory_that_cannot_be_made_is_named),
	};

	return cmocka_run_group_tests_name("stress_rundir", tests, start, end);
}
