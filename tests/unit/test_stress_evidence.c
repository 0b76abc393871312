// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of a failure, with a machine that is a table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ahead of cmocka, whose fail() is a macro */
#include <stress/evidence.h>

#include <cmocka.h>

#define REGION	0x12340000LL
#define SIZE	0x8000LL

static char top[64], directory[96];
static struct drive drive;
static bool answers, has_region;
static unsigned int pieces;		/* of each file that the host has */
static long long saved_pa, saved_size;
static char saved_as[4096];

enum machine_result machine_control(struct machine *m, const char *execute, struct json_object *arguments,
				    struct json_object **answer)
{
	(void)m;
	json_object_put(arguments);
	if (!answers)
		return MACHINE_DIED;
	*answer = json_object_new_object();
	json_object_object_add(*answer, "of", json_object_new_string(execute));
	return MACHINE_OK;
}

enum machine_result machine_monitor(struct machine *m, const char *execute, struct json_object *arguments)
{
	struct json_object *o;

	(void)m;
	assert_string_equal(execute, "pmemsave");
	assert_true(json_object_object_get_ex(arguments, "val", &o));
	saved_pa = json_object_get_int64(o);
	assert_true(json_object_object_get_ex(arguments, "size", &o));
	saved_size = json_object_get_int64(o);
	assert_true(json_object_object_get_ex(arguments, "filename", &o));
	snprintf(saved_as, sizeof(saved_as), "%s", json_object_get_string(o));
	json_object_put(arguments);
	return MACHINE_OK;
}

/* The host's answers by what they begin with. */
bool inside(struct run *r, int timeout_s, const char *format, ...)
{
	static unsigned int piece;
	char command[1024];
	va_list args;

	(void)timeout_s;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (strstr(command, "region_address")) {
		snprintf(r->output, sizeof(r->output), "%lld %lld\n", REGION, SIZE);
		return has_region;
	}
	if (!strncmp(command, "cat ", 4)) {
		piece = 0;
		return true;
	}
	if (!strncmp(command, "dd ", 3)) {
		snprintf(r->output, sizeof(r->output), "%s", piece < pieces ? "cGllY2Ug\n" : "");
		piece++;
		return true;
	}
	snprintf(r->output, sizeof(r->output), "== state\nready\n");
	return true;
}

static void put(const char *in, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", in, name);
	f = fopen(path, "a");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void has(const char *name, const char *text)
{
	char path[256], is[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "r");
	assert_non_null(f);
	is[fread(is, 1, sizeof(is) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(is, text);
}

static bool has_not(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK);
}

static int start(void **state)
{
	static const char * const logs[] = { "console.log", "control.log", "verdict.log" };

	(void)state;
	strcpy(top, "/tmp/stress-evidence.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(directory, sizeof(directory), "%s/hop-7", top);
	memset(&drive, 0, sizeof(drive));
	snprintf(drive.run.machine.logs, sizeof(drive.run.machine.logs), "%s", top);
	drive.run.machine.hello.ccp_ext = true;
	strcpy(drive.run.why, "the reason");
	drive.up = true;
	answers = true;
	has_region = true;
	pieces = 3;
	saved_pa = 0;
	for (int i = 0; i < LOG_FILES; i++)
		put(top, logs[i], "an earlier hop\n");
	evidence_begin(&drive);
	for (int i = 0; i < LOG_FILES; i++)
		put(top, logs[i], "this hop\n");
	evidence_of_handover(&drive);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

static void of_a_host_that_lives_all_is_kept(void **state)
{
	(void)state;
	assert_int_equal(evidence_keep(&drive, directory), 0);
	has("console.log", "this hop\n");
	has("verdict.log", "this hop\n");
	has("events.json", "{\n  \"of\":\"events\"\n}");
	has("census.json", "{\n  \"of\":\"census\"\n}");
	has("blob.base64", "cGllY2Ug\ncGllY2Ug\ncGllY2Ug\n");
	has("incoming.base64", "cGllY2Ug\ncGllY2Ug\ncGllY2Ug\n");
	has("host.txt", "== state\nready\n");
	assert_int_equal(saved_pa, 0);
	/* why the hop failed is not what the last question came to */
	assert_string_equal(drive.run.why, "the reason");
}

static void of_a_dead_host_the_blob_is_taken_from_memory(void **state)
{
	char path[256];

	(void)state;
	drive.up = false;
	assert_int_equal(evidence_keep(&drive, directory), 0);
	assert_int_equal(saved_pa, REGION + 4096);
	assert_int_equal(saved_size, SIZE - 4096);
	snprintf(path, sizeof(path), "%s/blob", directory);
	assert_string_equal(saved_as, path);
	assert_true(has_not("blob.base64") && has_not("host.txt"));
	has("control.log", "this hop\n");
}

static void without_a_module_there_is_none(void **state)
{
	(void)state;
	has_region = false;
	evidence_of_handover(&drive);
	drive.up = false;
	assert_int_equal(evidence_keep(&drive, directory), 0);
	assert_int_equal(saved_pa, 0);
}

static void a_machine_that_is_gone_leaves_its_logs(void **state)
{
	(void)state;
	drive.up = false;
	answers = false;
	assert_int_equal(evidence_keep(&drive, directory), 0);
	assert_true(has_not("events.json"));
	has("console.log", "this hop\n");
}

static void what_an_earlier_run_left_goes(void **state)
{
	(void)state;
	assert_int_equal(mkdir(directory, 0777), 0);
	put(directory, "incoming.base64", "of yesterday");
	put(directory, "blob", "of yesterday");
	pieces = 1;
	assert_int_equal(evidence_keep(&drive, directory), 0);
	has("incoming.base64", "cGllY2Ug\n");
	assert_true(has_not("blob"));
}

static void what_could_not_be_written_is_told(void **state)
{
	(void)state;
	/* a file stands where the directory is to be */
	put(top, "hop-7", "");
	assert_int_equal(evidence_keep(&drive, directory), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_string_equal(drive.run.why, "the reason");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(of_a_host_that_lives_all_is_kept, start, end),
		cmocka_unit_test_setup_teardown(of_a_dead_host_the_blob_is_taken_from_memory, start, end),
		cmocka_unit_test_setup_teardown(without_a_module_there_is_none, start, end),
		cmocka_unit_test_setup_teardown(a_machine_that_is_gone_leaves_its_logs, start, end),
		cmocka_unit_test_setup_teardown(what_an_earlier_run_left_goes, start, end),
		cmocka_unit_test_setup_teardown(what_could_not_be_written_is_told, start, end),
	};

	return cmocka_run_group_tests_name("stress_evidence", tests, NULL, NULL);
}
