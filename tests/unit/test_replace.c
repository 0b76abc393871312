// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../kexec/snp-kexec/replace.h"
#include "../../kexec/snp-kexec/signals.h"

static char dir[64], path[128];
static struct stat like;

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int fresh(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/replace.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	write_file(path, "old");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(stat(path, &like), 0);
	signals_stop = 0;
	return 0;
}

static unsigned int entries(void)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static int clean(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* The file's content, and nothing is beside it. */
static void is(const char *text)
{
	char content[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(fread(content, 1, sizeof(content) - 1, f) < sizeof(content));
	fclose(f);
	assert_string_equal(content, text);
	assert_int_equal(entries(), 1);
}

static void the_new_file_takes_the_old_ones_place(void **state)
{
	struct replacement r;
	struct stat st;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(replace_write(&r, "new ", 4), 0);
	assert_int_equal(replace_write(&r, "file", 4), 0);
	assert_int_equal(entries(), 2);
	assert_int_equal(replace_commit(&r), 0);
	is("new file");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void a_file_that_was_not_there_is_made(void **state)
{
	struct replacement r;

	(void)state;
	unlink(path);
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(replace_write(&r, "new", 3), 0);
	assert_int_equal(replace_commit(&r), 0);
	is("new");
}

static void an_aborted_one_leaves_no_trace(void **state)
{
	struct replacement r;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(replace_write(&r, "new", 3), 0);
	replace_abort(&r);
	is("old");
}

static void a_signal_stops_the_writing(void **state)
{
	struct replacement r;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(replace_write(&r, "ne", 2), 0);
	signals_stop = SIGINT;
	assert_int_equal(replace_write(&r, "w", 1), -EINTR);
	replace_abort(&r);
	is("old");
}

static void a_signal_stops_the_last_step(void **state)
{
	struct replacement r;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(replace_write(&r, "new", 3), 0);
	signals_stop = SIGTERM;
	assert_int_equal(replace_commit(&r), -EINTR);
	is("old");
}

static void a_full_disk_changes_nothing(void **state)
{
	struct replacement r;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	close(r.fd);
	r.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(r.fd >= 0);
	assert_int_equal(replace_write(&r, "new", 3), -ENOSPC);
	replace_abort(&r);
	is("old");
}

/* Written to the page cache is not written: what fsync says counts. */
static void a_disk_that_fails_at_the_end_changes_nothing(void **state)
{
	struct replacement r;
	int fds[2];

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	assert_int_equal(pipe(fds), 0);
	close(r.fd);
	r.fd = fds[1];
	assert_int_equal(replace_write(&r, "new", 3), 0);
	assert_int_equal(replace_commit(&r), -EINVAL);
	close(fds[0]);
	is("old");
}

static void a_directory_that_vanishes_is_an_error(void **state)
{
	struct replacement r;

	(void)state;
	assert_int_equal(replace_begin(&r, path, &like), 0);
	unlink(path);
	unlink(r.temporary);
	assert_int_equal(replace_commit(&r), -ENOENT);
	assert_int_equal(entries(), 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, fresh, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_new_file_takes_the_old_ones_place),
		TEST(a_file_that_was_not_there_is_made),
		TEST(an_aborted_one_leaves_no_trace),
		TEST(a_signal_stops_the_writing),
		TEST(a_signal_stops_the_last_step),
		TEST(a_full_disk_changes_nothing),
		TEST(a_disk_that_fails_at_the_end_changes_nothing),
		TEST(a_directory_that_vanishes_is_an_error),
	};

	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
