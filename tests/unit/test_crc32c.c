// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

static u32 crc_bit_by_bit(u32 crc, const u8 *p, size_t size)
{
	int bit;

	crc = ~crc;
	while (size--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

/* RFC 3720, B.4 */
static void crc32c_gives_the_values_of_rfc_3720(void **state)
{
	u8 data[32];
	int i;

	(void)state;
	memset(data, 0, sizeof(data));
	assert_int_equal(rmpp_crc32c(0, data, 32), 0x8a9136aau);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(rmpp_crc32c(0, data, 32), 0x62a8ab43u);
	for (i = 0; i < 32; i++)
		data[i] = (u8)i;
	assert_int_equal(rmpp_crc32c(0, data, 32), 0x46dd794eu);
	for (i = 0; i < 32; i++)
		data[i] = (u8)(31 - i);
	assert_int_equal(rmpp_crc32c(0, data, 32), 0x113fdb5cu);
	assert_int_equal(rmpp_crc32c(0, "123456789", 9), 0xe3069283u);
}

static void crc32c_of_nothing_is_what_went_before(void **state)
{
	(void)state;
	assert_int_equal(rmpp_crc32c(0, "", 0), 0);
	assert_int_equal(rmpp_crc32c(0x12345678, "", 0), 0x12345678);
}

/* Every single byte at every distance from the end: all entries of all tables. */
static void crc32c_agrees_with_the_definition(void **state)
{
	u8 data[24];
	unsigned int byte, at, size;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		for (at = 0; at < sizeof(data); at++) {
			memset(data, 0x3c, sizeof(data));
			data[at] = (u8)byte;
			for (size = at; size <= sizeof(data); size++)
				assert_int_equal(rmpp_crc32c(0, data, size),
						 crc_bit_by_bit(0, data, size));
		}
	}
}

static void crc32c_can_be_continued_anywhere(void **state)
{
	u8 data[100];
	u64 seed = 3;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (u8)rnd(&seed, 256);
	for (i = 0; i <= sizeof(data); i++)
		assert_int_equal(rmpp_crc32c(rmpp_crc32c(0, data, i), data + i,
					     sizeof(data) - i),
				 crc_bit_by_bit(0, data, sizeof(data)));
}

static void crc32c_takes_any_alignment(void **state)
{
	u8 data[64], copy[64 + 8];
	u64 seed = 4;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (u8)rnd(&seed, 256);
	for (i = 0; i < 8; i++) {
		memcpy(copy + i, data, sizeof(data));
		assert_int_equal(rmpp_crc32c(0, copy + i, sizeof(data)),
				 rmpp_crc32c(0, data, sizeof(data)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_gives_the_values_of_rfc_3720),
		cmocka_unit_test(crc32c_of_nothing_is_what_went_before),
		cmocka_unit_test(crc32c_agrees_with_the_definition),
		cmocka_unit_test(crc32c_can_be_continued_anywhere),
		cmocka_unit_test(crc32c_takes_any_alignment),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
