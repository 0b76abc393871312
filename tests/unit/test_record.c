// SPDX-License-Identifier: GPL-2.0-only
/* Records of VMMs: into a blob, out of it, out of sight, and what is refused on the way. */
#include "rmpp_fixture.h"

static struct sample s;
static struct rmpp_blob blob;

static int make(void **state)
{
	(void)state;
	sample_make_preserved(&s);
	return rmpp_blob_check(&blob, s.data, s.size, NULL);
}

static struct rmpp_record_ser *record(u32 i)
{
	return sample_entry(&s, RMPP_SECTION_RECORDS, i);
}

/* The record is there, with these bytes. */
static void reads(u32 i, const char *text)
{
	const u8 *data = NULL;
	u32 size = 0;

	assert_int_equal(rmpp_record_data(&blob, i, &data, &size), 0);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(data, text, size);
}

static void reads_not(u32 i, int error)
{
	const u8 *data = (const u8 *)1;
	u32 size = 77;

	assert_int_equal(rmpp_record_data(&blob, i, &data, &size), error);
	assert_ptr_equal(data, 1);
	assert_int_equal(size, 77);
}

static void refuses(int error, u32 type, u32 index, const void *field)
{
	struct rmpp_blob before;
	struct rmpp_where where = { 0 };

	sample_seal(&s);
	memset(&blob, 0x5a, sizeof(blob));
	before = blob;
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, &where), error);
	assert_memory_equal(&blob, &before, sizeof(blob));
	assert_int_equal(where.section, type);
	assert_int_equal(where.index, index);
	assert_int_equal(where.offset, (u64)((const u8 *)field - s.data));
}

static void refuses_record(int error, u32 index, const void *field)
{
	refuses(error, RMPP_SECTION_RECORDS, index, field);
}

static void accepts(void)
{
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

static void a_record_reads_as_it_was_written(void **state)
{
	(void)state;
	reads(0, sample_record[0]);
	reads(1, sample_record[1]);
	reads_not(2, RMPP_ERR_ARGUMENT);
	reads_not(U32_MAX, RMPP_ERR_ARGUMENT);
}

static void room_counts_entry_and_padding(void **state)
{
	(void)state;
	assert_int_equal(rmpp_record_room(1), 96 + 8);
	assert_int_equal(rmpp_record_room(8), 96 + 8);
	assert_int_equal(rmpp_record_room(9), 96 + 16);
	assert_int_equal(rmpp_record_room(RMPP_RECORD_MAX_SIZE), 96 + (1 << 20));
}

static void the_checksum_is_that_of_the_padded_bytes(void **state)
{
	(void)state;
	assert_int_equal(rmpp_record_crc("abc", 3), rmpp_crc32c(0, "abc\0\0\0\0\0", 8));
	assert_int_equal(rmpp_record_crc("abcdefgh", 8), rmpp_crc32c(0, "abcdefgh", 8));
}

static void the_writer_pads_and_stays_as_it_was_when_full(void **state)
{
	static u8 buf[512] __attribute__((aligned(8)));
	struct rmpp_writer w;
	u64 used;

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(rmpp_writer_init(&w, buf, sizeof(buf), 1), 0);
	assert_int_equal(rmpp_writer_record_data(&w, "abc", 3), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_RECORD_DATA, 0, RMPP_RECORD_ALIGN), 0);
	used = w.used;
	assert_int_equal(rmpp_writer_record_data(&w, "abc", 3), 0);
	assert_int_equal(w.used, used + 8);
	assert_memory_equal(buf + used, "abc\0\0\0\0\0", 8);
	assert_int_equal(rmpp_writer_record_data(&w, buf, (u32)(w.size - w.used) + 1),
			 RMPP_ERR_NO_SPACE);
	assert_int_equal(w.used, used + 8);
	assert_int_equal(buf[w.used], 0xee);
	/* what would fit but for its padding */
	w.size = w.used + 12;
	assert_int_equal(rmpp_writer_record_data(&w, "123456789abc", 12), RMPP_ERR_NO_SPACE);
	w.size = w.used + 16;
	assert_int_equal(rmpp_writer_record_data(&w, "123456789abc", 12), 0);
	assert_int_equal(w.used, w.size);
}

/* Whichever it is, padding too, one record is lost, and neither the other nor the blob. */
static void a_flipped_bit_costs_one_record_and_nothing_else(void **state)
{
	const struct rmpp_section_ser *section = sample_section(&s, RMPP_SECTION_RECORD_DATA);
	u64 offset = le64_to_cpu(section->offset), byte;
	int bit;

	(void)state;
	for (byte = 0; byte < le64_to_cpu(section->size); byte++) {
		for (bit = 0; bit < 8; bit++) {
			u32 hit = byte >= 8;

			s.data[offset + byte] ^= (u8)(1 << bit);
			assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
			reads_not(hit, RMPP_ERR_RECORD_CRC);
			reads(!hit, sample_record[!hit]);
			s.data[offset + byte] ^= (u8)(1 << bit);
		}
	}
}

static void a_flipped_bit_in_an_entry_refuses_the_blob(void **state)
{
	struct rmpp_blob other;
	u32 byte;

	(void)state;
	for (byte = 0; byte < 2 * sizeof(*record(0)); byte++) {
		((u8 *)record(0))[byte] ^= 1;
		assert_int_equal(rmpp_blob_check(&other, s.data, s.size, NULL),
				 RMPP_ERR_SECTION_CRC);
		((u8 *)record(0))[byte] ^= 1;
	}
}

static void what_is_withheld_is_gone_and_the_rest_is_as_it_was(void **state)
{
	u32 type, count[RMPP_SECTION_MAX + 1];
	u64 size = s.size, i;

	(void)state;
	for (type = 0; type <= RMPP_SECTION_MAX; type++)
		count[type] = rmpp_blob_count(&blob, type);
	rmpp_blob_withhold(s.data);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
	assert_int_equal(blob.size, size);
	for (type = 0; type < RMPP_SECTION_RECORD_DATA; type++)
		assert_int_equal(rmpp_blob_count(&blob, type), count[type]);
	assert_null(blob.section[RMPP_SECTION_RECORD_DATA]);
	reads_not(0, RMPP_ERR_RECORD_WITHHELD);
	reads_not(1, RMPP_ERR_RECORD_WITHHELD);
	for (i = 0; i + 5 <= size; i++)
		assert_memory_not_equal(s.data + i, "hello", 5);
	/* once more there is nothing to take out */
	rmpp_blob_withhold(s.data);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

/* Wherever in the table it stands: a hostile writer need not put it last. */
static void what_is_withheld_may_stand_anywhere_in_the_table(void **state)
{
	static u8 buf[2048] __attribute__((aligned(8)));
	const struct rmpp_platform_ser platform = { 0 };
	const struct rmpp_record_ser one = *record(0);
	struct rmpp_writer w;

	(void)state;
	assert_int_equal(rmpp_writer_init(&w, buf, sizeof(buf), 4), 0);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_RECORD_DATA, 0, 8), 0);
	assert_int_equal(rmpp_writer_record_data(&w, sample_record[0], 5), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_RECORDS, 0, sizeof(one)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &one), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, sizeof(platform)), 0);
	assert_int_equal(rmpp_writer_entry(&w, &platform), 0);
	assert_int_equal(rmpp_writer_end(&w), 0);
	assert_true(rmpp_writer_finish(&w, 1, 1, "x") > 0);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	reads(0, "hello");
	rmpp_blob_withhold(buf);
	assert_int_equal(rmpp_blob_check(&blob, buf, sizeof(buf), NULL), 0);
	reads_not(0, RMPP_ERR_RECORD_WITHHELD);
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_RECORDS), 1);
}

static void check_refuses_an_empty_or_huge_record(void **state)
{
	(void)state;
	record(1)->size = 0;
	refuses_record(RMPP_ERR_ENTRY_VALUE, 1, &record(1)->size);
	record(1)->size = cpu_to_le32(RMPP_RECORD_MAX_SIZE + 1);
	refuses_record(RMPP_ERR_ENTRY_VALUE, 1, &record(1)->size);
	record(1)->size = cpu_to_le32(U32_MAX);
	refuses_record(RMPP_ERR_ENTRY_VALUE, 1, &record(1)->size);
}

static void check_refuses_a_record_that_is_not_where_the_one_before_ends(void **state)
{
	static const u64 wrong[] = { 0, 5, 7, 16, ~0ULL, 1ULL << 63 };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		record(1)->offset = cpu_to_le64(wrong[i]);
		refuses_record(RMPP_ERR_RECORD_PLACE, 1, &record(1)->offset);
	}
	record(1)->offset = cpu_to_le64(8);
	accepts();
	record(0)->offset = cpu_to_le64(8);
	refuses_record(RMPP_ERR_RECORD_PLACE, 0, &record(0)->offset);
}

static void check_refuses_records_that_are_longer_or_shorter_than_their_bytes(void **state)
{
	u8 *data = sample_entry(&s, RMPP_SECTION_RECORD_DATA, 0);

	(void)state;
	record(1)->size = cpu_to_le32(17);
	refuses(RMPP_ERR_RECORD_PLACE, RMPP_SECTION_RECORD_DATA, 0, data);
	record(1)->size = cpu_to_le32(8);
	refuses(RMPP_ERR_RECORD_PLACE, RMPP_SECTION_RECORD_DATA, 0, data);
	record(1)->size = cpu_to_le32(RMPP_RECORD_MAX_SIZE);
	refuses(RMPP_ERR_RECORD_PLACE, RMPP_SECTION_RECORD_DATA, 0, data);
}

static void check_refuses_bytes_without_a_record(void **state)
{
	struct rmpp_section_ser *section = sample_section(&s, RMPP_SECTION_RECORDS);
	u8 *data = sample_entry(&s, RMPP_SECTION_RECORD_DATA, 0);

	(void)state;
	/* the entries as those of a section that nobody knows */
	section->type = cpu_to_le32(RMPP_SECTION_MAX + 1);
	refuses(RMPP_ERR_RECORD_PLACE, RMPP_SECTION_RECORD_DATA, 0, data);
}

static void check_refuses_a_record_of_nobody(void **state)
{
	(void)state;
	record(0)->uid = cpu_to_le32(U32_MAX);
	refuses_record(RMPP_ERR_ENTRY_VALUE, 0, &record(0)->uid);
}

static void check_refuses_reserved_bits_in_a_record(void **state)
{
	(void)state;
	record(1)->reserved = cpu_to_le64(1ULL << 63);
	refuses_record(RMPP_ERR_RESERVED, 1, &record(1)->reserved);
}

static void check_refuses_a_record_of_no_guest(void **state)
{
	(void)state;
	record(1)->guest.kind = 0;
	refuses_record(RMPP_ERR_ENTRY_VALUE, 1, &record(1)->guest.kind);
	record(1)->guest.kind = RMPP_GUEST_SNP;
	record(1)->guest.fate = RMPP_FATE_LOST + 1;
	refuses_record(RMPP_ERR_ENTRY_VALUE, 1, &record(1)->guest.fate);
	record(1)->guest.fate = RMPP_FATE_LOST;
	record(1)->guest.reserved8 = 1;
	refuses_record(RMPP_ERR_RESERVED, 1, &record(1)->guest.reserved8);
	record(1)->guest.reserved8 = 0;
	record(1)->guest.reserved = cpu_to_le32(1);
	refuses_record(RMPP_ERR_RESERVED, 1, &record(1)->guest.reserved);
}

static void check_refuses_short_entries(void **state)
{
	struct rmpp_section_ser *section = sample_section(&s, RMPP_SECTION_RECORDS);

	(void)state;
	section->entry_size = cpu_to_le32(48);
	refuses(RMPP_ERR_SECTION_SIZE, RMPP_SECTION_RECORDS, 0, &section->entry_size);
}

#define TEST(name)	cmocka_unit_test_setup(name, make)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_reads_as_it_was_written),
		TEST(room_counts_entry_and_padding),
		TEST(the_checksum_is_that_of_the_padded_bytes),
		TEST(the_writer_pads_and_stays_as_it_was_when_full),
		TEST(a_flipped_bit_costs_one_record_and_nothing_else),
		TEST(a_flipped_bit_in_an_entry_refuses_the_blob),
		TEST(what_is_withheld_is_gone_and_the_rest_is_as_it_was),
		TEST(what_is_withheld_may_stand_anywhere_in_the_table),
		TEST(check_refuses_an_empty_or_huge_record),
		TEST(check_refuses_a_record_that_is_not_where_the_one_before_ends),
		TEST(check_refuses_records_that_are_longer_or_shorter_than_their_bytes),
		TEST(check_refuses_bytes_without_a_record),
		TEST(check_refuses_a_record_of_nobody),
		TEST(check_refuses_reserved_bits_in_a_record),
		TEST(check_refuses_a_record_of_no_guest),
		TEST(check_refuses_short_entries),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
