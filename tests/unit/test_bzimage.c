// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <glob.h>

#include "kexec_fixture.h"

static uint8_t file[FIXTURE_FILE_SIZE];

/* Every refusal leaves the result alone. */
static int check_bytes(const void *data, size_t size)
{
	struct bzimage bz, before;
	int err;

	memset(&bz, 0xa5, sizeof(bz));
	before = bz;
	err = bzimage_check(&bz, data, size);
	if (err)
		assert_memory_equal(&bz, &before, sizeof(bz));
	return err;
}

static int check_file(void)
{
	return check_bytes(file, sizeof(file));
}

static int fresh(void **state)
{
	(void)state;
	fixture_bzimage(file);
	return 0;
}

static void accepts_a_kernel(void **state)
{
	struct bzimage bz;

	(void)state;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_int_equal(bz.setup_size, FIXTURE_SETUP_SIZE);
	assert_int_equal(bz.kernel_size, FIXTURE_KERNEL_SIZE);
	assert_string_equal(bz.release, "6.12.1-test");
	assert_int_equal(bz.hdr.init_size, 56 << 20);
}

static void leaves_bytes_behind_the_kernel_out(void **state)
{
	uint8_t signed_file[FIXTURE_FILE_SIZE + 100] = { 0 };
	struct bzimage bz;

	(void)state;
	memcpy(signed_file, file, sizeof(file));
	assert_int_equal(bzimage_check(&bz, signed_file, sizeof(signed_file)), 0);
	assert_int_equal(bz.kernel_size, FIXTURE_KERNEL_SIZE);
}

static void takes_setup_sects_0_as_4(void **state)
{
	static uint8_t longer[FIXTURE_FILE_SIZE + 512];
	struct bzimage bz;

	(void)state;
	memcpy(longer, file, sizeof(file));
	fixture_header(longer)->setup_sects = 0;
	assert_int_equal(bzimage_check(&bz, longer, sizeof(longer)), 0);
	assert_int_equal(bz.setup_size, 5 * 512);
}

static void tells_which_setup_data_the_kernel_knows(void **state)
{
	struct bzimage bz;

	(void)state;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_int_equal(bz.setup_type_max, 0x80000009);
}

static void has_no_kernel_info(void)
{
	struct bzimage bz;

	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_int_equal(bz.setup_type_max, 0);
}

static void takes_no_kernel_info_that_makes_no_sense(void **state)
{
	static const uint32_t offsets[] = { 0, FIXTURE_KERNEL_SIZE - 15, FIXTURE_KERNEL_SIZE,
					    0x7fffffff, 0xffffffff, 0xfffffff0 };
	unsigned int i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		fresh(state);
		fixture_header(file)->kernel_info_offset = offsets[i];
		has_no_kernel_info();
	}
	fresh(state);
	fixture_kernel_info(file)[0]++;
	has_no_kernel_info();
	fresh(state);
	fixture_kernel_info(file)[1] = 12;
	has_no_kernel_info();
	/* a header of 2.14 has no such field, whatever stands there */
	fresh(state);
	fixture_header(file)->jump = 0x66eb;
	has_no_kernel_info();
}

static void ignores_fields_past_the_header_end(void **state)
{
	struct bzimage bz;

	(void)state;
	fixture_header(file)->jump = 0x66eb;	/* ends before kernel_info_offset */
	fixture_header(file)->kernel_info_offset = 0x1234;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_int_equal(bz.hdr.kernel_info_offset, 0);
	assert_int_equal(bz.hdr.init_size, 56 << 20);
}

static void has_no_release_if_its_offset_leads_outside(void **state)
{
	struct bzimage bz;

	(void)state;
	fixture_header(file)->kernel_version = 0xffff;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_string_equal(bz.release, "");
	fixture_header(file)->kernel_version = 0;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_string_equal(bz.release, "");
}

static void stops_a_release_at_the_end_of_setup(void **state)
{
	struct bzimage bz;

	(void)state;
	memset(file + FIXTURE_SETUP_SIZE - 8, 'x', 64);
	fixture_header(file)->kernel_version = FIXTURE_SETUP_SIZE - 8 - 0x200;
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	assert_string_equal(bz.release, "xxxxxxxx");
}

static void refuses_every_truncation(void **state)
{
	size_t size;

	(void)state;
	for (size = 0; size < sizeof(file); size++) {
		/* A buffer of just that size, so that a sanitizer sees overreads. */
		uint8_t *copy = malloc(size ?: 1);

		memcpy(copy, file, size);
		assert_int_equal(check_bytes(copy, size),
				 size < 0x290 ? BZIMAGE_ERR_SHORT :
				 BZIMAGE_ERR_TRUNCATED);
		free(copy);
	}
}

static void survives_random_headers(void **state)
{
	struct setup_header *hdr = fixture_header(file);
	struct bzimage bz;
	unsigned int i, j;

	(void)state;
	srand(1);
	for (i = 0; i < 200000; i++) {
		fixture_bzimage(file);
		for (j = 0; j < 1 + i % 8; j++)
			((uint8_t *)hdr)[rand() % sizeof(*hdr)] = rand();
		if (bzimage_check(&bz, file, sizeof(file)))
			continue;
		assert_true(bz.setup_size + bz.kernel_size <= sizeof(file));
		assert_true(bz.hdr.init_size >= bz.kernel_size);
		assert_true(bz.hdr.kernel_alignment >= 4096);
		assert_true(memchr(bz.release, 0, sizeof(bz.release)) != NULL);
	}
}

static void names_foreign_formats(void **state)
{
	static const struct {
		const char magic[9];
		int err;
	} f[] = {
		{ "\177ELF\2\1\1", BZIMAGE_ERR_ELF },
		{ "\x1f\x8b\x08....", BZIMAGE_ERR_COMPRESSED },
		{ "\3757zXZ..", BZIMAGE_ERR_COMPRESSED },
		{ "\x28\xb5\x2f\xfd...", BZIMAGE_ERR_COMPRESSED },
		{ "BZh91AY", BZIMAGE_ERR_COMPRESSED },
		{ "07070100", BZIMAGE_ERR_CPIO },
		{ "07070200", BZIMAGE_ERR_CPIO },
		{ "MZ..zimg", BZIMAGE_ERR_ZBOOT },
		{ "MZ......", BZIMAGE_ERR_UKI },
		{ "#!/bin/s", BZIMAGE_ERR_MAGIC },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		uint8_t other[4096] = { 0 };

		memcpy(other, f[i].magic, 8);
		assert_int_equal(check_bytes(other, sizeof(other)), f[i].err);
		assert_int_equal(check_bytes(other, 8),
				 f[i].err == BZIMAGE_ERR_MAGIC ?
				 BZIMAGE_ERR_SHORT : f[i].err);
	}
}

#define REFUSES(what, change, err)					\
static void refuses_##what(void **state)				\
{									\
	struct setup_header *hdr = fixture_header(file);		\
									\
	(void)state;							\
	change;								\
	assert_int_equal(check_file(), err);				\
}

REFUSES(missing_magic, hdr->header ^= 1, BZIMAGE_ERR_MAGIC)
REFUSES(missing_boot_flag, hdr->boot_flag = 0, BZIMAGE_ERR_BOOT_FLAG)
REFUSES(protocol_before_2_12, hdr->version = 0x020b, BZIMAGE_ERR_PROTOCOL)
REFUSES(short_header, hdr->jump = 0x20eb, BZIMAGE_ERR_HEADER_SIZE)
REFUSES(long_header, hdr->jump = 0xffeb, BZIMAGE_ERR_HEADER_SIZE)
REFUSES(zimage, hdr->loadflags = 0, BZIMAGE_ERR_NOT_HIGH)
REFUSES(kernel_without_64_bit_entry, hdr->xloadflags &= ~XLF_KERNEL_64,
	BZIMAGE_ERR_NOT_64)
REFUSES(kernel_that_cannot_be_moved, hdr->relocatable_kernel = 0,
	BZIMAGE_ERR_NOT_RELOCATABLE)
REFUSES(alignment_0, hdr->kernel_alignment = 0, BZIMAGE_ERR_ALIGNMENT)
REFUSES(alignment_below_a_page, hdr->kernel_alignment = 2048,
	BZIMAGE_ERR_ALIGNMENT)
REFUSES(alignment_no_power_of_two, hdr->kernel_alignment = 0x300000,
	BZIMAGE_ERR_ALIGNMENT)
REFUSES(huge_alignment, hdr->kernel_alignment = 1U << 31, BZIMAGE_ERR_ALIGNMENT)
REFUSES(syssize_0, hdr->syssize = 0, BZIMAGE_ERR_TRUNCATED)
REFUSES(syssize_without_room_for_the_entry, hdr->syssize = 0x200 / 16,
	BZIMAGE_ERR_TRUNCATED)
REFUSES(syssize_past_the_end, hdr->syssize++, BZIMAGE_ERR_TRUNCATED)
REFUSES(huge_syssize, hdr->syssize = UINT32_MAX, BZIMAGE_ERR_TRUNCATED)
REFUSES(setup_past_the_end, hdr->setup_sects = 255, BZIMAGE_ERR_TRUNCATED)
REFUSES(payload_past_the_end, hdr->payload_length = FIXTURE_KERNEL_SIZE - 1023,
	BZIMAGE_ERR_PAYLOAD)
REFUSES(payload_that_wraps, (hdr->payload_offset = UINT32_MAX,
			     hdr->payload_length = 2), BZIMAGE_ERR_PAYLOAD)
REFUSES(init_size_below_the_kernel, hdr->init_size = FIXTURE_KERNEL_SIZE - 1,
	BZIMAGE_ERR_INIT_SIZE)
REFUSES(init_size_above_1_gib, hdr->init_size = (1U << 30) + 1,
	BZIMAGE_ERR_INIT_SIZE)

static void has_a_text_for_every_error(void **state)
{
	int err;

	(void)state;
	for (err = 0; err >= BZIMAGE_ERR_LAST; err--)
		assert_non_null(bzimage_strerror(err));
	assert_string_equal(bzimage_strerror(1), "unknown error");
	assert_string_equal(bzimage_strerror(BZIMAGE_ERR_LAST - 1),
			    "unknown error");
}

/* Kernels that distributors built, where some are at hand. */
static void accepts_real_kernels(void **state)
{
	const char *pattern = getenv("KERNEL_FILES");
	struct bzimage bz;
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		FILE *f = fopen(found.gl_pathv[i], "rb");
		uint8_t *data = malloc(64 << 20);
		size_t size;

		assert_non_null(f);
		size = fread(data, 1, 64 << 20, f);
		fclose(f);
		assert_int_equal(bzimage_check(&bz, data, size), 0);
		assert_true(bz.setup_size + bz.kernel_size <= size);
		assert_true(bz.hdr.init_size > 16 << 20);
		assert_true(bz.release[0] >= '3' && bz.release[0] <= '9');
		assert_true(bz.setup_type_max & BZIMAGE_SETUP_INDIRECT);
		assert_int_equal(check_bytes(data, bz.setup_size +
					     bz.kernel_size - 1),
				 BZIMAGE_ERR_TRUNCATED);
		free(data);
	}
	globfree(&found);
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepts_a_kernel),
		TEST(leaves_bytes_behind_the_kernel_out),
		TEST(takes_setup_sects_0_as_4),
		TEST(tells_which_setup_data_the_kernel_knows),
		TEST(takes_no_kernel_info_that_makes_no_sense),
		TEST(ignores_fields_past_the_header_end),
		TEST(has_no_release_if_its_offset_leads_outside),
		TEST(stops_a_release_at_the_end_of_setup),
		TEST(refuses_every_truncation),
		TEST(survives_random_headers),
		TEST(names_foreign_formats),
		TEST(refuses_missing_magic),
		TEST(refuses_missing_boot_flag),
		TEST(refuses_protocol_before_2_12),
		TEST(refuses_short_header),
		TEST(refuses_long_header),
		TEST(refuses_zimage),
		TEST(refuses_kernel_without_64_bit_entry),
		TEST(refuses_kernel_that_cannot_be_moved),
		TEST(refuses_alignment_0),
		TEST(refuses_alignment_below_a_page),
		TEST(refuses_alignment_no_power_of_two),
		TEST(refuses_huge_alignment),
		TEST(refuses_syssize_0),
		TEST(refuses_syssize_without_room_for_the_entry),
		TEST(refuses_syssize_past_the_end),
		TEST(refuses_huge_syssize),
		TEST(refuses_setup_past_the_end),
		TEST(refuses_payload_past_the_end),
		TEST(refuses_payload_that_wraps),
		TEST(refuses_init_size_below_the_kernel),
		TEST(refuses_init_size_above_1_gib),
		TEST(has_a_text_for_every_error),
	};
	const struct CMUnitTest real[] = {
		cmocka_unit_test(accepts_real_kernels),
	};
	int failed = cmocka_run_group_tests_name("bzimage", tests, NULL, NULL);

	if (getenv("KERNEL_FILES"))
		failed += cmocka_run_group_tests_name("bzimage, real kernels",
						      real, NULL, NULL);
	return failed;
}
