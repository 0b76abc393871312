// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../kexec/cpio.h"

static uint8_t buf[8192];
static size_t used;

static int fresh(void **state)
{
	(void)state;
	memset(buf, 0xee, sizeof(buf));
	used = 0;
	return 0;
}

static void put(const char *name, const char *data)
{
	assert_int_equal(cpio_put(buf, sizeof(buf), &used, name, data, strlen(data)), 0);
}

static void put_trailer(void)
{
	assert_int_equal(cpio_put_trailer(buf, sizeof(buf), &used), 0);
}

/* Return value of the walk's last step, its names joined by commas, and where it ended. */
static int walk(size_t size, char *names, size_t *at)
{
	/* exactly as large: a read past it is seen */
	uint8_t *exact = malloc(size ? size : 1);
	struct cpio_entry e;
	struct cpio_walk w;
	int more;

	memcpy(exact, buf, size);
	*names = '\0';
	cpio_walk_begin(&w, exact, size);
	while ((more = cpio_walk_next(&w, &e)) == 1) {
		assert_true(e.start < e.end && e.end <= size && e.end == w.at);
		assert_true(e.data >= exact && e.size <= (size_t)(exact + size - e.data));
		if (strlen(names) + strlen(e.name) < 100)
			strcat(strcat(names, e.name), ",");
	}
	*at = w.at;
	free(exact);
	return more;
}

static void walks(const char *expected, size_t end)
{
	char names[128];
	size_t at;

	assert_int_equal(walk(used, names, &at), 0);
	assert_string_equal(names, expected);
	assert_int_equal(at, end);
}

static void refuses(int err, const char *before)
{
	char names[128];
	size_t at;

	assert_int_equal(walk(used, names, &at), err);
	assert_string_equal(names, before);
}

static void what_is_put_is_walked(void **state)
{
	struct cpio_entry e;
	struct cpio_walk w;

	(void)state;
	put("a", "content");
	put("dir/b", "");
	put_trailer();
	assert_int_equal(used % CPIO_BLOCK, 0);
	walks("a,dir/b,TRAILER!!!,", used);
	cpio_walk_begin(&w, buf, used);
	assert_int_equal(cpio_walk_next(&w, &e), 1);
	assert_string_equal(e.name, "a");
	assert_int_equal(e.size, 7);
	assert_memory_equal(e.data, "content", 7);
	assert_int_equal(e.start, 0);
	assert_false(cpio_is_trailer(&e));
}

static void a_walk_goes_on_behind_a_trailer(void **state)
{
	(void)state;
	put("a", "1");
	put_trailer();
	put("b", "2");
	put_trailer();
	walks("a,TRAILER!!!,b,TRAILER!!!,", used);
}

static void a_walk_ends_at_what_is_compressed(void **state)
{
	size_t end;

	(void)state;
	put("a", "1");
	put_trailer();
	end = used;
	memcpy(buf + used, "\x1f\x8b\x08 and so on", 12);
	used += 12;
	walks("a,TRAILER!!!,", end);
	assert_true(cpio_is_compressed(buf + end, 12));
}

static void an_archive_of_nothing_is_walked(void **state)
{
	(void)state;
	walks("", 0);
	memset(buf, 0, 64);
	used = 64;
	walks("", 64);
	/* the kernel skips four zeros at a time */
	used = 63;
	walks("", 60);
}

static void the_last_padding_may_be_missing(void **state)
{
	(void)state;
	put("a", "12345");
	used -= 3;
	walks("a,", used);
}

static void refuses_every_truncation(void **state)
{
	size_t whole, at;
	char names[128];
	int more;

	(void)state;
	put("some-name", "some content");
	whole = used;
	for (used = 6; used < whole; used++)
		refuses(CPIO_ERR_TRUNCATED, "");
	/* fewer bytes than a magic are no archive */
	for (used = 0; used < 6; used++) {
		more = walk(used, names, &at);
		assert_int_equal(more, 0);
	}
}

static void set_field(unsigned int field, const char *digits)
{
	memcpy(buf + 6 + 8 * field, digits, 8);
}

static void refuses_a_field_that_is_no_number(void **state)
{
	static const char *const bad[] = { "0000000g", "        ", "-0000001", "0x000001", "0000000/",
					   "0000000:", "0000000@", "0000000`" };
	unsigned int field, i;

	(void)state;
	for (field = 0; field < 13; field++) {
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			used = 0;
			put("a", "1");
			set_field(field, bad[i]);
			refuses(CPIO_ERR_NUMBER, "");
		}
	}
}

static void takes_digits_of_either_case(void **state)
{
	(void)state;
	put("a", "1234567890");
	set_field(6, "0000000A");
	walks("a,", used);
	set_field(6, "0000000a");
	walks("a,", used);
}

static void refuses_hostile_sizes(void **state)
{
	static const char *const sizes[] = { "ffffffff", "fffffffe", "80000000", "7fffffff", "00001000",
					     "fffffff0", "ffffff8c" };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		used = 0;
		put("a", "1");
		set_field(6, sizes[i]);
		refuses(CPIO_ERR_TRUNCATED, "");
	}
}

static void refuses_hostile_names(void **state)
{
	(void)state;
	put("abc", "1");
	set_field(11, "00000000");
	refuses(CPIO_ERR_NAME, "");
	set_field(11, "ffffffff");
	refuses(CPIO_ERR_NAME, "");
	set_field(11, "00001001");
	refuses(CPIO_ERR_NAME, "");
	set_field(11, "00000003");	/* ends ahead of its NUL */
	refuses(CPIO_ERR_NAME, "");
	set_field(11, "00000005");	/* ... and behind it */
	refuses(CPIO_ERR_NAME, "");
	set_field(11, "00001000");
	refuses(CPIO_ERR_TRUNCATED, "");
}

static void an_error_leaves_the_walk_where_it_was(void **state)
{
	struct cpio_entry e, before;
	struct cpio_walk w;
	size_t at;

	(void)state;
	put("a", "1");
	at = used;
	put("b", "2");
	memcpy(buf + at + 6, "zzzzzzzz", 8);
	cpio_walk_begin(&w, buf, used);
	assert_int_equal(cpio_walk_next(&w, &e), 1);
	memset(&e, 0x5a, sizeof(e));
	before = e;
	assert_int_equal(cpio_walk_next(&w, &e), CPIO_ERR_NUMBER);
	assert_int_equal(w.at, at);
	assert_memory_equal(&e, &before, sizeof(e));
	assert_int_equal(cpio_walk_next(&w, &e), CPIO_ERR_NUMBER);
}

static void nothing_is_put_where_there_is_no_room(void **state)
{
	size_t room, need;

	(void)state;
	put("a", "123");
	need = used;
	for (room = 0; room < need; room++) {
		used = 0;
		memset(buf, 0xee, sizeof(buf));
		assert_int_equal(cpio_put(buf, room, &used, "a", "123", 3), CPIO_ERR_SPACE);
		assert_int_equal(used, 0);
		assert_int_equal(buf[0], 0xee);
	}
	used = 0;
	for (room = 0; room < CPIO_BLOCK; room++)
		assert_int_equal(cpio_put_trailer(buf, room, &used), CPIO_ERR_SPACE);
	assert_int_equal(used, 0);
}

/* unmkinitramfs finds an archive's end by the zeros behind its trailer. */
static void zeros_follow_every_trailer(void **state)
{
	size_t length, i;
	char data[600];

	(void)state;
	for (length = 0; length < 512; length += 4) {
		fresh(NULL);
		memset(data, 'x', length);
		data[length] = '\0';
		put("a", data);
		put_trailer();
		for (i = used - 4; i < used; i++)
			assert_int_equal(buf[i], 0);
		walks("a,TRAILER!!!,", used);
	}
}

static void knows_compressed_archives(void **state)
{
	static const char *const magic[] = { "\x1f\x8b", "\x1f\x9e", "BZ", "\3757", "\x89L", "\x02\x21",
					     "\x28\xb5" };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		assert_true(cpio_is_compressed(magic[i], 2));
	assert_true(cpio_is_compressed("\x5d\0", 2));
	assert_false(cpio_is_compressed("\x5d\1", 2));
	assert_false(cpio_is_compressed("\x1f", 1));
	assert_false(cpio_is_compressed("", 0));
	assert_false(cpio_is_compressed("MZ", 2));
	assert_true(cpio_starts_newc("070701", 6));
	assert_false(cpio_starts_newc("070702", 6));
	assert_false(cpio_starts_newc("07070", 5));
}

static void has_a_text_for_every_error(void **state)
{
	int err, other;

	(void)state;
	for (err = 0; err >= CPIO_ERR_LAST; err--)
		for (other = 0; other > err; other--)
			assert_string_not_equal(cpio_strerror(err), cpio_strerror(other));
	assert_string_equal(cpio_strerror(1), "unknown error");
	assert_string_equal(cpio_strerror(CPIO_ERR_LAST - 1), "unknown error");
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_walked),
		TEST(a_walk_goes_on_behind_a_trailer),
		TEST(a_walk_ends_at_what_is_compressed),
		TEST(an_archive_of_nothing_is_walked),
		TEST(the_last_padding_may_be_missing),
		TEST(refuses_every_truncation),
		TEST(refuses_a_field_that_is_no_number),
		TEST(takes_digits_of_either_case),
		TEST(refuses_hostile_sizes),
		TEST(refuses_hostile_names),
		TEST(an_error_leaves_the_walk_where_it_was),
		TEST(nothing_is_put_where_there_is_no_room),
		TEST(zeros_follow_every_trailer),
		TEST(knows_compressed_archives),
		TEST(has_a_text_for_every_error),
	};

	return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
