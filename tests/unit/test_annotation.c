// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rmp_persist/rmp_persist.h>

#include "../../kexec/annotation.h"
#include "../../kexec/cpio.h"

#define SIZE_MAX_HERE	16384

static uint8_t initrd[SIZE_MAX_HERE], out[SIZE_MAX_HERE];
static size_t size;

static int fresh(void **state)
{
	(void)state;
	memset(initrd, 0xee, sizeof(initrd));
	size = 0;
	return 0;
}

static void put(const char *name, const char *data)
{
	assert_int_equal(cpio_put(initrd, sizeof(initrd), &size, name, data, strlen(data)), 0);
}

static void put_trailer(void)
{
	assert_int_equal(cpio_put_trailer(initrd, sizeof(initrd), &size), 0);
}

static void put_compressed(void)
{
	memcpy(initrd + size, "\x28\xb5\x2f\xfd compressed things", 22);
	size += 22;
}

static void sample(struct annotation *a, const struct annotated *f)
{
	memset(a, 0, sizeof(*a));
	strcpy(a->release, "6.12.1-test");
	strcpy(a->module, "0.1");
	strcpy(a->features, "quarantine give-back");
	a->initrd_size = size - (f->end - f->start);
	a->initrd_crc = annotated_crc(f, initrd, size);
}

/* initrd becomes the annotated one; returns what was found before. */
static int annotate(const char *features)
{
	uint8_t head[ANNOTATION_HEAD_MAX];
	char text[ANNOTATION_MAX + 1];
	struct annotation a;
	struct annotated f;
	size_t head_size;
	int err = annotated_find(&f, initrd, size);

	sample(&a, &f);
	if (features)
		strcpy(a.features, features);
	assert_true(annotation_make(text, &a) > 0);
	assert_int_equal(annotated_head(head, &f, initrd, size, text, &head_size), 0);
	assert_int_equal(head_size % 4, 0);
	memcpy(out, head, head_size);
	memcpy(out + head_size, initrd, f.start);
	memcpy(out + head_size + f.start, initrd + f.end, size - f.end);
	size = head_size + size - (f.end - f.start);
	memcpy(initrd, out, size);
	return err;
}

/* exactly as large: a read past it is seen */
static int read_it(struct annotation *a)
{
	uint8_t *exact = malloc(size ? size : 1);
	struct annotation before;
	struct annotated f;
	int err;

	memcpy(exact, initrd, size);
	memset(a, 0x5a, sizeof(*a));
	before = *a;
	err = annotated_read(&f, a, exact, size);
	if (err && err != ANNOTATION_ERR_STALE)
		assert_memory_equal(a, &before, sizeof(*a));
	assert_true(f.start <= f.end && f.end <= size);
	free(exact);
	return err;
}

static void reads(const char *features)
{
	struct annotation a;

	assert_int_equal(read_it(&a), 0);
	assert_string_equal(a.release, "6.12.1-test");
	assert_string_equal(a.module, "0.1");
	assert_string_equal(a.features, features);
}

static void refuses(int err)
{
	struct annotation a;

	assert_int_equal(read_it(&a), err);
}

/* Names in the head, in order. */
static void holds(const char *expected)
{
	struct cpio_entry e;
	struct cpio_walk w;
	char names[256] = "";

	cpio_walk_begin(&w, initrd, size);
	while (cpio_walk_next(&w, &e) == 1)
		strcat(strcat(names, e.name), ",");
	assert_string_equal(names, expected);
}

/* Taken out again it is what it was, byte by byte. */
static void strips_to(const uint8_t *before, size_t before_size)
{
	struct annotated f;

	assert_int_equal(annotated_find(&f, initrd, size), 0);
	assert_int_equal(size - (f.end - f.start), before_size);
	assert_memory_equal(initrd, before, f.start);
	assert_memory_equal(initrd + f.end, before + f.start, before_size - f.start);
}

static void an_uncompressed_archive_gets_one_more_entry(void **state)
{
	static uint8_t before[SIZE_MAX_HERE];
	size_t before_size;

	(void)state;
	put("kernel/x86/microcode/AuthenticAMD.bin", "microcode");
	put_trailer();
	put_compressed();
	before_size = size;
	memcpy(before, initrd, size);
	assert_int_equal(annotate(NULL), ANNOTATION_ERR_NONE);
	holds(ANNOTATION_NAME ",kernel/x86/microcode/AuthenticAMD.bin,TRAILER!!!,");
	reads("quarantine give-back");
	strips_to(before, before_size);
}

static void a_compressed_one_gets_an_archive_in_front(void **state)
{
	static uint8_t before[SIZE_MAX_HERE];
	size_t before_size;

	(void)state;
	put_compressed();
	before_size = size;
	memcpy(before, initrd, size);
	assert_int_equal(annotate(NULL), ANNOTATION_ERR_NONE);
	holds("early_cpio," ANNOTATION_NAME ",TRAILER!!!,");
	assert_int_equal((size - before_size) % CPIO_BLOCK, 0);
	reads("quarantine give-back");
	strips_to(before, before_size);
}

/* GNU cpio wants one format for one archive. */
static void an_archive_of_the_other_newc_is_not_joined(void **state)
{
	(void)state;
	put("a", "1");
	put_trailer();
	memcpy(initrd, "070702", 6);
	annotate(NULL);
	holds("early_cpio," ANNOTATION_NAME ",TRAILER!!!,a,TRAILER!!!,");
	reads("quarantine give-back");
}

static void annotating_again_replaces(void **state)
{
	size_t once;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		fresh(NULL);
		if (i) {
			put("a", "1");
			put_trailer();
		}
		put_compressed();
		annotate("lazy");
		once = size;
		assert_int_equal(annotate("lazy"), 0);
		assert_int_equal(size, once);
		reads("lazy");
		annotate("preserve");
		reads("preserve");
	}
}

/* Somebody put microcode in front of it: noticed, and put right by annotating again. */
static void an_annotation_behind_others_is_found(void **state)
{
	static uint8_t annotated[SIZE_MAX_HERE];
	size_t annotated_size;

	(void)state;
	put_compressed();
	annotate(NULL);
	annotated_size = size;
	memcpy(annotated, initrd, size);
	fresh(NULL);
	put("kernel/x86/microcode/AuthenticAMD.bin", "microcode");
	put_trailer();
	memcpy(initrd + size, annotated, annotated_size);
	size += annotated_size;
	refuses(ANNOTATION_ERR_STALE);
	assert_int_equal(annotate("lazy"), 0);
	reads("lazy");
	holds(ANNOTATION_NAME ",kernel/x86/microcode/AuthenticAMD.bin,TRAILER!!!,early_cpio,TRAILER!!!,");
}

static void a_changed_initramfs_is_stale(void **state)
{
	struct annotated f;
	size_t i;

	(void)state;
	put("a", "1");
	put_trailer();
	put_compressed();
	annotate(NULL);
	assert_int_equal(annotated_find(&f, initrd, size), 0);
	for (i = size - 22; i < size; i++) {
		initrd[i] ^= 1;
		refuses(ANNOTATION_ERR_STALE);
		initrd[i] ^= 1;
	}
	size--;
	refuses(ANNOTATION_ERR_STALE);
	size += 2;
	initrd[size - 1] = 0;
	refuses(ANNOTATION_ERR_STALE);
}

static void no_flipped_bit_of_it_is_accepted(void **state)
{
	struct annotated f;
	struct annotation a;
	size_t byte;
	int bit;

	(void)state;
	put_compressed();
	annotate(NULL);
	assert_int_equal(annotated_find(&f, initrd, size), 0);
	for (byte = (size_t)(f.text - initrd); byte < (size_t)(f.text - initrd) + f.text_size; byte++) {
		for (bit = 0; bit < 8; bit++) {
			initrd[byte] ^= (uint8_t)(1 << bit);
			assert_int_not_equal(read_it(&a), 0);
			initrd[byte] ^= (uint8_t)(1 << bit);
		}
	}
	reads("quarantine give-back");
}

static void refuses_two_annotations(void **state)
{
	(void)state;
	put(ANNOTATION_NAME, "x");
	put(ANNOTATION_NAME, "x");
	put_trailer();
	refuses(ANNOTATION_ERR_TWICE);
}

static void refuses_a_damaged_archive(void **state)
{
	struct annotated f;

	(void)state;
	put_compressed();
	annotate(NULL);
	memcpy(initrd + 6, "zzzzzzzz", 8);
	assert_int_equal(annotated_find(&f, initrd, size), ANNOTATION_ERR_CPIO);
	assert_int_equal(f.cpio, CPIO_ERR_NUMBER);
	refuses(ANNOTATION_ERR_CPIO);
}

static void sees_what_the_head_holds(void **state)
{
	struct annotated f;

	(void)state;
	put("lib/modules/6.12/ccp_ext.ko", "1");
	put_trailer();
	assert_int_equal(annotated_find(&f, initrd, size), ANNOTATION_ERR_NONE);
	assert_true(f.has_module && f.whole);
	put_compressed();
	annotated_find(&f, initrd, size);
	assert_true(f.has_module && !f.whole);
	fresh(NULL);
	put("lib/modules/6.12/ccp_ext.kombucha", "1");
	put("not_ccp_ext.ko", "1");
	annotated_find(&f, initrd, size);
	assert_false(f.has_module);
	assert_true(annotated_is_module("ccp_ext.ko.xz"));
	assert_true(annotated_is_module("/a/ccp_ext.ko"));
	assert_false(annotated_is_module("ccp_ext.ko/a"));
}

/* ---- the text ---- */

static char text[ANNOTATION_MAX + 64];
static size_t text_size;

static void seal(void)
{
	text_size = strlen(text);
	text_size += (size_t)sprintf(text + text_size, "crc 0x%08x\n", rmpp_crc32c(0, text, text_size));
}

static int parse(void)
{
	struct annotation a, before;
	char *exact = malloc(text_size ? text_size : 1);
	int err;

	memcpy(exact, text, text_size);
	memset(&a, 0x5a, sizeof(a));
	before = a;
	err = annotation_parse(&a, exact, text_size);
	if (err)
		assert_memory_equal(&a, &before, sizeof(a));
	free(exact);
	return err;
}

#define HEAD	"ccp_ext.handover 1\n"
#define BODY	"release r\nmodule m\nfeatures a b\ninitrd 5 0x0000000a\n"

static void parses(int err, const char *all)
{
	strcpy(text, all);
	seal();
	assert_int_equal(parse(), err);
}

static void takes_lines_in_any_order_and_skips_unknown_ones(void **state)
{
	(void)state;
	parses(0, HEAD BODY);
	parses(0, HEAD "initrd 5 0x0000000a\nfeatures\040\nweather fine\n\nmodule m\nreleases x\nrelease r\n");
}

static void refuses_lines_that_are_missing_or_given_twice(void **state)
{
	(void)state;
	parses(ANNOTATION_ERR_KEY, HEAD);
	parses(ANNOTATION_ERR_KEY, HEAD "module m\nfeatures a b\ninitrd 5 0x0000000a\n");
	parses(ANNOTATION_ERR_KEY, HEAD "release r\nfeatures a b\ninitrd 5 0x0000000a\n");
	parses(ANNOTATION_ERR_KEY, HEAD "release r\nmodule m\ninitrd 5 0x0000000a\n");
	parses(ANNOTATION_ERR_KEY, HEAD "release r\nmodule m\nfeatures a b\n");
	parses(ANNOTATION_ERR_KEY, HEAD BODY "release r\n");
	parses(ANNOTATION_ERR_KEY, HEAD BODY "features preserve\n");
	parses(ANNOTATION_ERR_KEY, HEAD "release\040\nmodule m\nfeatures a b\ninitrd 5 0x0000000a\n");
}

static void takes_numbers_in_their_own_form_only(void **state)
{
	static const char *const bad[] = { "", "5", "5 0xa", "5 0x0000000A", "05 0x0000000a", "+5 0x0000000a",
					   "-5 0x0000000a", "5  0x0000000a", "5 0x00000000a", "x 0x0000000a",
					   "5 0x0000000a ", "99999999999999999999 0x0000000a" };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sprintf(text, HEAD "release r\nmodule m\nfeatures a b\ninitrd %s\n", bad[i]);
		seal();
		assert_int_equal(parse(), ANNOTATION_ERR_KEY);
	}
}

static void tells_other_versions_by_their_first_line(void **state)
{
	(void)state;
	parses(ANNOTATION_ERR_NEWER, "ccp_ext.handover 2\n" BODY);
	parses(ANNOTATION_ERR_NEWER, "ccp_ext.handover 10\n");
	parses(ANNOTATION_ERR_NEWER, "ccp_ext.handover 1.1\n" BODY);
	/* whatever else it holds */
	strcpy(text, "ccp_ext.handover 3\n\x01\xff");
	text_size = strlen(text);
	assert_int_equal(parse(), ANNOTATION_ERR_NEWER);
	parses(ANNOTATION_ERR_MAGIC, "ccp_ext.handover 0\n" BODY);
	parses(ANNOTATION_ERR_MAGIC, "ccp_ext.handover x\n" BODY);
	parses(ANNOTATION_ERR_MAGIC, BODY);
}

static void refuses_what_is_no_text(void **state)
{
	(void)state;
	parses(ANNOTATION_ERR_TEXT, HEAD "release \x1b[31m\nmodule m\nfeatures a b\ninitrd 5 0x0000000a\n");
	parses(ANNOTATION_ERR_TEXT, HEAD "release r\xc3\xa9\nmodule m\nfeatures a b\ninitrd 5 0x0000000a\n");
	parses(ANNOTATION_ERR_TEXT, HEAD "release r\r\nmodule m\nfeatures a b\ninitrd 5 0x0000000a\n");
	parses(0, HEAD BODY);
	text[25] = '\0';
	assert_int_equal(parse(), ANNOTATION_ERR_TEXT);
}

static void refuses_a_checksum_that_is_wrong_or_missing(void **state)
{
	(void)state;
	parses(0, HEAD BODY);
	text[text_size - 2] ^= 1;
	assert_int_equal(parse(), ANNOTATION_ERR_CRC);
	strcpy(text, HEAD BODY);
	text_size = strlen(text);
	assert_int_equal(parse(), ANNOTATION_ERR_CRC);
	strcpy(text, HEAD);
	text_size = strlen(text);
	assert_int_equal(parse(), ANNOTATION_ERR_CRC);
	/* it stands on a line of its own */
	strcpy(text, HEAD BODY "x");
	seal();
	assert_int_equal(parse(), ANNOTATION_ERR_CRC);
}

static void refuses_every_truncation(void **state)
{
	size_t whole;

	(void)state;
	parses(0, HEAD BODY);
	whole = text_size;
	for (text_size = 0; text_size < whole; text_size++)
		assert_int_not_equal(parse(), 0);
}

static void refuses_what_is_too_long(void **state)
{
	static struct annotation a;
	char line[ANNOTATION_VALUE_MAX + 2];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	sprintf(text, HEAD "release r\nmodule m\ninitrd 5 0x0000000a\nfeatures %s\n", line);
	seal();
	assert_int_equal(parse(), ANNOTATION_ERR_SIZE);
	sprintf(text, HEAD "release r\nmodule m\ninitrd 5 0x0000000a\nfeatures %s\n", line + 1);
	seal();
	assert_int_equal(parse(), 0);
	memset(text, '\n', sizeof(text));
	memcpy(text, HEAD, sizeof(HEAD) - 1);
	text_size = ANNOTATION_MAX + 1;
	assert_int_equal(parse(), ANNOTATION_ERR_SIZE);

	memset(a.release, 'r', ANNOTATION_VALUE_MAX);
	memset(a.module, 'm', ANNOTATION_VALUE_MAX);
	memset(a.features, 'f', ANNOTATION_VALUE_MAX);
	assert_true(annotation_make(text, &a) > 0);
}

static void makes_nothing_of_what_is_no_text(void **state)
{
	struct annotation a = { .release = "r\nfeatures all" };

	(void)state;
	assert_int_equal(annotation_make(text, &a), ANNOTATION_ERR_KEY);
	strcpy(a.release, "");
	assert_int_equal(annotation_make(text, &a), ANNOTATION_ERR_KEY);
	strcpy(a.release, "r s");
	assert_int_equal(annotation_make(text, &a), ANNOTATION_ERR_KEY);
	strcpy(a.release, "r");
	assert_true(annotation_make(text, &a) > 0);
	strcpy(a.features, "a\tb");
	assert_int_equal(annotation_make(text, &a), ANNOTATION_ERR_KEY);
}

static void has_a_text_for_every_error(void **state)
{
	int err, other;

	(void)state;
	for (err = 0; err >= ANNOTATION_ERR_LAST; err--)
		for (other = 0; other > err; other--)
			assert_string_not_equal(annotation_strerror(err), annotation_strerror(other));
	assert_string_equal(annotation_strerror(1), "unknown error");
	assert_string_equal(annotation_strerror(ANNOTATION_ERR_LAST - 1), "unknown error");
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_uncompressed_archive_gets_one_more_entry),
		TEST(a_compressed_one_gets_an_archive_in_front),
		TEST(an_archive_of_the_other_newc_is_not_joined),
		TEST(annotating_again_replaces),
		TEST(an_annotation_behind_others_is_found),
		TEST(a_changed_initramfs_is_stale),
		TEST(no_flipped_bit_of_it_is_accepted),
		TEST(refuses_two_annotations),
		TEST(refuses_a_damaged_archive),
		TEST(sees_what_the_head_holds),
		TEST(takes_lines_in_any_order_and_skips_unknown_ones),
		TEST(refuses_lines_that_are_missing_or_given_twice),
		TEST(takes_numbers_in_their_own_form_only),
		TEST(tells_other_versions_by_their_first_line),
		TEST(refuses_what_is_no_text),
		TEST(refuses_a_checksum_that_is_wrong_or_missing),
		TEST(refuses_every_truncation),
		TEST(refuses_what_is_too_long),
		TEST(makes_nothing_of_what_is_no_text),
		TEST(has_a_text_for_every_error),
	};

	return cmocka_run_group_tests_name("annotation", tests, NULL, NULL);
}
