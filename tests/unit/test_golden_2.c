// SPDX-License-Identifier: GPL-2.0-only
/* The same as test_golden.c for handover-2.blob, which has records of VMMs. */
#include "rmpp_fixture.h"

#define GOLDEN		"tests/golden/handover-2.blob"
#define GOLDEN_SIZE	736

static u8 data[GOLDEN_SIZE + 1] __attribute__((aligned(8)));
static struct rmpp_blob blob;

static int load(void **state)
{
	(void)state;
	golden_load(GOLDEN, data, GOLDEN_SIZE);
	return 0;
}

static int open_blob(void **state)
{
	(void)state;
	assert_int_equal(rmpp_blob_check(&blob, data, GOLDEN_SIZE, NULL), 0);
	return 0;
}

static void golden_2_file_has_not_changed(void **state)
{
	(void)state;
	assert_int_equal(rmpp_crc32c(0, data, GOLDEN_SIZE), 0xf039f5edu);
}

static void golden_2_records_read_as_written(void **state)
{
	/* the first bytes of the hash; place, size, user, hops; context, handle, ASID, kind, fate */
	static const u64 expected[][11] = {
		{ 0x02, 0xd4, 0, 21, 64055, 0, 0x10204000, 0, 5, RMPP_GUEST_SNP, RMPP_FATE_EVICTED },
		{ 0x9f, 0x72, 24, 8, 0, 2, 0, 4, 102, RMPP_GUEST_SEV_ES, RMPP_FATE_DECOMMISSIONED },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_RECORDS), 2);
	for (i = 0; i < 2; i++) {
		const struct rmpp_record_ser *r = rmpp_blob_entry(&blob, RMPP_SECTION_RECORDS, i);

		assert_int_equal(r->key[0], expected[i][0]);
		assert_int_equal(r->key[1], expected[i][1]);
		assert_int_equal(le64_to_cpu(r->offset), expected[i][2]);
		assert_int_equal(le32_to_cpu(r->size), expected[i][3]);
		assert_int_equal(le32_to_cpu(r->uid), expected[i][4]);
		assert_int_equal(le32_to_cpu(r->hops), expected[i][5]);
		assert_int_equal(le64_to_cpu(r->guest.gctx_pa), expected[i][6]);
		assert_int_equal(le32_to_cpu(r->guest.handle), expected[i][7]);
		assert_int_equal(le32_to_cpu(r->guest.asid), expected[i][8]);
		assert_int_equal(r->guest.kind, expected[i][9]);
		assert_int_equal(r->guest.fate, expected[i][10]);
	}
}

static void golden_2_records_have_their_bytes(void **state)
{
	static const char * const text[] = { "shared pages: 3, 4, 5", "eight by" };
	const u8 *bytes;
	u32 i, size;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(rmpp_record_data(&blob, i, &bytes, &size), 0);
		assert_int_equal(size, strlen(text[i]));
		assert_memory_equal(bytes, text[i], size);
	}
}

/* In the blob, or in one of its records. */
static void golden_2_never_passes_with_a_flipped_bit(void **state)
{
	struct rmpp_blob other;
	const u8 *bytes;
	u32 byte, bit, size;

	(void)state;
	for (byte = 0; byte < GOLDEN_SIZE; byte++) {
		for (bit = 0; bit < 8; bit++) {
			data[byte] ^= (u8)(1 << bit);
			if (!rmpp_blob_check(&other, data, GOLDEN_SIZE, NULL))
				assert_true(rmpp_record_data(&other, 0, &bytes, &size) ||
					    rmpp_record_data(&other, 1, &bytes, &size));
			data[byte] ^= (u8)(1 << bit);
		}
	}
}

#define TEST(name)	cmocka_unit_test_setup(name, open_blob)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_2_file_has_not_changed),
		TEST(golden_2_records_read_as_written),
		TEST(golden_2_records_have_their_bytes),
		TEST(golden_2_never_passes_with_a_flipped_bit),
	};

	return cmocka_run_group_tests_name("golden_2", tests, load, NULL);
}
