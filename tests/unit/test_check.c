// SPDX-License-Identifier: GPL-2.0-only
/* The frame: header, section table, checksums. Entries: test_check_entries.c. */
#include "rmpp_fixture.h"

#define HEADER		sizeof(struct rmpp_header_ser)
#define SECTION		sizeof(struct rmpp_section_ser)
#define AT(i, field)	(HEADER + (i) * SECTION + offsetof(struct rmpp_section_ser, field))
#define HEADER_AT(field) offsetof(struct rmpp_header_ser, field)

static struct sample s;
static const struct rmpp_where nowhere = { .offset = ~0ULL, .section = ~0u, .index = ~0u };

static int make(void **state)
{
	(void)state;
	sample_make(&s);
	return 0;
}

/* Refused for this reason, here; and the output is as it was. */
static void refuses_sized(u64 size, int error, u32 section, u64 offset)
{
	struct rmpp_blob blob, before;
	struct rmpp_where where = nowhere;

	memset(&blob, 0x5a, sizeof(blob));
	before = blob;
	assert_int_equal(rmpp_blob_check(&blob, s.data, size, &where), error);
	assert_memory_equal(&blob, &before, sizeof(blob));
	assert_int_equal(where.section, section);
	assert_int_equal(where.offset, offset);
	assert_int_equal(rmpp_blob_check(&blob, s.data, size, NULL), error);
}

static void refuses(int error, u32 section, u64 offset)
{
	refuses_sized(s.size, error, section, offset);
}

static struct rmpp_section_ser *line(u32 i)
{
	return (struct rmpp_section_ser *)(s.data + HEADER) + i;
}

static void check_accepts_the_sample(void **state)
{
	struct rmpp_where where = nowhere;
	struct rmpp_blob blob;
	u32 type;

	(void)state;
	sample_make_preserved(&s);	/* the one with all sections */
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, &where), 0);
	assert_memory_equal(&where, &nowhere, sizeof(where));
	assert_ptr_equal(blob.data, s.data);
	assert_int_equal(blob.size, s.size);
	assert_ptr_equal(blob.header, s.data);
	assert_null(blob.section[0]);
	for (type = 1; type <= RMPP_SECTION_MAX; type++)
		assert_ptr_equal(blob.section[type], line(type - 1));
}

static void check_ignores_what_follows_the_blob(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	memset(s.data + s.size, 0xff, sizeof(s.data) - s.size);
	assert_int_equal(rmpp_blob_check(&blob, s.data, sizeof(s.data), NULL), 0);
	assert_int_equal(blob.size, s.size);
}

static void check_refuses_null_and_unaligned_data(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	assert_int_equal(rmpp_blob_check(&blob, NULL, 4096, NULL), RMPP_ERR_ARGUMENT);
	assert_int_equal(rmpp_blob_check(&blob, s.data + 4, s.size - 4, NULL),
			 RMPP_ERR_ARGUMENT);
}

static void check_refuses_truncation_at_every_byte(void **state)
{
	struct rmpp_blob blob;
	u8 *exact;
	u64 size;

	(void)state;
	for (size = 0; size < s.size; size++) {
		/* a block of exactly that size: reading past it is caught */
		exact = malloc(size ? size : 1);
		memcpy(exact, s.data, size);
		assert_int_equal(rmpp_blob_check(&blob, exact, size, NULL),
				 RMPP_ERR_TRUNCATED);
		free(exact);
		refuses_sized(size, RMPP_ERR_TRUNCATED, 0, size);
	}
}

static void check_never_accepts_a_flipped_bit(void **state)
{
	struct rmpp_blob blob;
	u64 byte;
	int bit;

	(void)state;
	for (byte = 0; byte < s.size; byte++) {
		for (bit = 0; bit < 8; bit++) {
			s.data[byte] ^= (u8)(1 << bit);
			assert_int_not_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
			s.data[byte] ^= (u8)(1 << bit);
		}
	}
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

static void check_refuses_another_magic(void **state)
{
	(void)state;
	sample_header(&s)->magic[7] = '\r';
	sample_seal(&s);
	refuses(RMPP_ERR_MAGIC, 0, 0);
}

static void check_refuses_another_header_size(void **state)
{
	(void)state;
	sample_header(&s)->header_size = cpu_to_le16(136);
	sample_seal(&s);
	refuses(RMPP_ERR_HEADER_SIZE, 0, HEADER_AT(header_size));
}

static void check_refuses_another_section_size(void **state)
{
	(void)state;
	sample_header(&s)->section_size = cpu_to_le16(40);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_SIZE, 0, HEADER_AT(section_size));
}

static void check_refuses_too_many_sections(void **state)
{
	(void)state;
	sample_header(&s)->nr_sections = cpu_to_le32(RMPP_MAX_SECTIONS + 1);
	refuses(RMPP_ERR_NR_SECTIONS, 0, HEADER_AT(nr_sections));
	sample_header(&s)->nr_sections = cpu_to_le32(0xffffffff);
	refuses(RMPP_ERR_NR_SECTIONS, 0, HEADER_AT(nr_sections));
}

static void check_refuses_a_section_table_past_the_end(void **state)
{
	(void)state;
	sample_header(&s)->nr_sections = cpu_to_le32(RMPP_MAX_SECTIONS);
	s.size = HEADER + RMPP_MAX_SECTIONS * SECTION - 1;
	refuses(RMPP_ERR_TRUNCATED, 0, s.size);
}

static void check_refuses_a_bad_header_checksum(void **state)
{
	(void)state;
	sample_header(&s)->generation ^= cpu_to_le64(1);
	refuses(RMPP_ERR_HEADER_CRC, 0, HEADER_AT(header_crc));
}

static void check_refuses_a_section_table_that_the_header_did_not_seal(void **state)
{
	(void)state;
	line(3)->flags ^= cpu_to_le32(1);
	refuses(RMPP_ERR_HEADER_CRC, 0, HEADER_AT(header_crc));
}

static void check_refuses_an_unknown_incompatible_feature(void **state)
{
	(void)state;
	sample_header(&s)->incompat = cpu_to_le64(1ULL << 63);
	sample_seal(&s);
	refuses(RMPP_ERR_INCOMPAT, 0, HEADER_AT(incompat));
	assert_true(rmpp_blob_lacks(s.data, s.size) == 1ULL << 63);
	assert_int_equal(rmpp_blob_lacks(s.data, sizeof(struct rmpp_header_ser) - 1), 0);
}

/* Each bit alone: what is not known must not be read, whatever its number. */
static void check_names_each_feature_that_it_lacks(void **state)
{
	struct rmpp_blob blob;
	u64 bits;
	u32 bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		bits = 1ULL << bit;
		sample_header(&s)->incompat = cpu_to_le64(bits | RMPP_INCOMPAT_KNOWN);
		sample_seal(&s);
		assert_true(rmpp_blob_lacks(s.data, s.size) == (bits & ~RMPP_INCOMPAT_KNOWN));
		assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL),
				 bits & RMPP_INCOMPAT_KNOWN ? 0 : RMPP_ERR_INCOMPAT);
	}
}

static void check_accepts_an_unknown_compatible_feature(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	sample_header(&s)->compat = cpu_to_le64(~0ULL);
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

static void check_refuses_reserved_bits_in_the_header(void **state)
{
	(void)state;
	sample_header(&s)->reserved = cpu_to_le32(1);
	sample_seal(&s);
	refuses(RMPP_ERR_RESERVED, 0, HEADER_AT(reserved));
}

static void check_refuses_a_writer_without_end(void **state)
{
	(void)state;
	memset(sample_header(&s)->writer, 'w', RMPP_WRITER_SIZE);
	sample_seal(&s);
	refuses(RMPP_ERR_RESERVED, 0, HEADER_AT(writer));
}

static void check_refuses_bytes_behind_the_writers_end(void **state)
{
	(void)state;
	sample_header(&s)->writer[RMPP_WRITER_SIZE - 1] = 'x';
	sample_seal(&s);
	refuses(RMPP_ERR_RESERVED, 0, HEADER_AT(writer));
}

static void check_refuses_a_total_size_below_the_section_table(void **state)
{
	(void)state;
	sample_header(&s)->total_size = cpu_to_le64(HEADER + 6 * SECTION - 1);
	sample_seal(&s);
	refuses(RMPP_ERR_TRUNCATED, 0, HEADER_AT(total_size));
}

static void check_refuses_a_total_size_past_the_data(void **state)
{
	(void)state;
	sample_header(&s)->total_size = cpu_to_le64(s.size + 1);
	sample_seal(&s);
	refuses(RMPP_ERR_TRUNCATED, 0, s.size);
	sample_header(&s)->total_size = cpu_to_le64(~0ULL);
	sample_seal(&s);
	refuses(RMPP_ERR_TRUNCATED, 0, s.size);
}

static void check_refuses_a_total_size_that_cuts_a_section(void **state)
{
	(void)state;
	sample_header(&s)->total_size = cpu_to_le64(s.size - 8);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 6, AT(5, size));
}

static void check_refuses_unknown_section_flags(void **state)
{
	(void)state;
	line(2)->flags = cpu_to_le32(2);
	sample_seal(&s);
	refuses(RMPP_ERR_RESERVED, 3, AT(2, flags));
}

static void check_refuses_section_type_zero(void **state)
{
	(void)state;
	line(2)->type = 0;
	sample_seal(&s);
	refuses(RMPP_ERR_ENTRY_VALUE, 0, AT(2, type));
}

static void check_skips_an_unknown_section(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	line(2)->type = cpu_to_le32(77);
	line(5)->type = cpu_to_le32(77);
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
	assert_null(blob.section[RMPP_SECTION_RMP_RUNS]);
	assert_null(blob.section[RMPP_SECTION_FLIGHT]);
}

static void check_refuses_an_unknown_section_that_must_be_understood(void **state)
{
	(void)state;
	line(2)->type = cpu_to_le32(77);
	line(2)->flags = cpu_to_le32(RMPP_SECTION_MUST_UNDERSTAND);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_UNKNOWN, 77, AT(2, type));
}

static void check_accepts_a_known_section_that_must_be_understood(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	line(2)->flags = cpu_to_le32(RMPP_SECTION_MUST_UNDERSTAND);
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

static void check_refuses_a_section_twice(void **state)
{
	(void)state;
	line(5)->type = cpu_to_le32(RMPP_SECTION_STEPS);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_DUP, RMPP_SECTION_STEPS, AT(5, type));
}

static void check_refuses_an_unaligned_section(void **state)
{
	(void)state;
	line(5)->offset = cpu_to_le64(le64_to_cpu(line(5)->offset) + 4);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_ALIGN, 6, AT(5, offset));
}

static void check_refuses_section_past_end(void **state)
{
	(void)state;
	line(5)->offset = cpu_to_le64(s.size + 8);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 6, AT(5, offset));
	line(5)->offset = cpu_to_le64(~7ULL);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 6, AT(5, offset));
}

static void check_refuses_section_size_past_end(void **state)
{
	(void)state;
	line(5)->size = cpu_to_le64(le64_to_cpu(line(5)->size) + 32);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 6, AT(5, size));
	/* offset + size wraps to something small */
	line(5)->size = cpu_to_le64(-le64_to_cpu(line(5)->offset));
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 6, AT(5, size));
}

static void check_refuses_overlapping_sections(void **state)
{
	(void)state;
	line(3)->offset = cpu_to_le64(le64_to_cpu(line(3)->offset) - 8);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 4, AT(3, offset));
}

static void check_refuses_unsorted_sections(void **state)
{
	struct rmpp_section_ser line3 = *line(3);

	(void)state;
	*line(3) = *line(4);
	*line(4) = line3;
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 4, AT(4, offset));
}

static void check_refuses_a_section_over_the_header(void **state)
{
	(void)state;
	line(0)->offset = 0;
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_RANGE, 1, AT(0, offset));
}

static void check_refuses_a_bad_entry_size(void **state)
{
	static const u32 bad[] = { 0, 8, 24, 28, 31 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		line(5)->entry_size = cpu_to_le32(bad[i]);
		sample_seal(&s);
		refuses(RMPP_ERR_SECTION_SIZE, 6, AT(5, entry_size));
	}
}

static void check_refuses_an_unknown_section_without_entry_size(void **state)
{
	(void)state;
	line(5)->type = cpu_to_le32(77);
	line(5)->entry_size = 0;
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_SIZE, 77, AT(5, entry_size));
}

static void check_refuses_a_size_that_is_no_whole_number_of_entries(void **state)
{
	(void)state;
	line(5)->entry_size = cpu_to_le32(48);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_SIZE, 6, AT(5, size));
}

static void check_reads_a_longer_entry_by_its_head(void **state)
{
	struct rmpp_blob blob;
	const struct rmpp_flight_ser *f;

	(void)state;
	/* the two entries of 32 bytes become one of 64 */
	line(5)->entry_size = cpu_to_le32(64);
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_FLIGHT), 1);
	f = rmpp_blob_entry(&blob, RMPP_SECTION_FLIGHT, 0);
	assert_int_equal(le64_to_cpu(f->time_ns), 1000);
}

static void check_refuses_a_gap_that_is_not_zero(void **state)
{
	const u64 gap = HEADER + 6 * SECTION;

	(void)state;
	assert_int_equal(le64_to_cpu(line(0)->offset), HEADER + 8 * SECTION);
	s.data[gap + 5] = 1;
	refuses(RMPP_ERR_RESERVED, 1, gap + 5);
}

static void check_refuses_a_tail_that_is_not_zero(void **state)
{
	struct rmpp_blob blob;

	(void)state;
	sample_header(&s)->total_size = cpu_to_le64(s.size + 16);
	s.size += 16;
	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
	s.data[s.size - 1] = 1;
	refuses(RMPP_ERR_RESERVED, 0, s.size - 1);
}

static void check_refuses_a_bad_section_checksum(void **state)
{
	(void)state;
	((u8 *)sample_entry(&s, RMPP_SECTION_GUESTS, 1))[9] ^= 1;
	refuses(RMPP_ERR_SECTION_CRC, RMPP_SECTION_GUESTS, le64_to_cpu(line(3)->offset));
}

static void check_refuses_a_blob_without_platform(void **state)
{
	(void)state;
	line(0)->type = cpu_to_le32(77);
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_MISSING, 0, HEADER_AT(nr_sections));
}

static void check_refuses_a_blob_without_sections(void **state)
{
	(void)state;
	sample_header(&s)->nr_sections = 0;
	sample_header(&s)->total_size = cpu_to_le64(HEADER);
	s.size = HEADER;
	sample_seal(&s);
	refuses(RMPP_ERR_SECTION_MISSING, 0, HEADER_AT(nr_sections));
}

#define TEST(name)	cmocka_unit_test_setup(name, make)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(check_accepts_the_sample),
		TEST(check_ignores_what_follows_the_blob),
		TEST(check_refuses_null_and_unaligned_data),
		TEST(check_refuses_truncation_at_every_byte),
		TEST(check_never_accepts_a_flipped_bit),
		TEST(check_refuses_another_magic),
		TEST(check_refuses_another_header_size),
		TEST(check_refuses_another_section_size),
		TEST(check_refuses_too_many_sections),
		TEST(check_refuses_a_section_table_past_the_end),
		TEST(check_refuses_a_bad_header_checksum),
		TEST(check_refuses_a_section_table_that_the_header_did_not_seal),
		TEST(check_refuses_an_unknown_incompatible_feature),
		TEST(check_names_each_feature_that_it_lacks),
		TEST(check_accepts_an_unknown_compatible_feature),
		TEST(check_refuses_reserved_bits_in_the_header),
		TEST(check_refuses_a_writer_without_end),
		TEST(check_refuses_bytes_behind_the_writers_end),
		TEST(check_refuses_a_total_size_below_the_section_table),
		TEST(check_refuses_a_total_size_past_the_data),
		TEST(check_refuses_a_total_size_that_cuts_a_section),
		TEST(check_refuses_unknown_section_flags),
		TEST(check_refuses_section_type_zero),
		TEST(check_skips_an_unknown_section),
		TEST(check_refuses_an_unknown_section_that_must_be_understood),
		TEST(check_accepts_a_known_section_that_must_be_understood),
		TEST(check_refuses_a_section_twice),
		TEST(check_refuses_an_unaligned_section),
		TEST(check_refuses_section_past_end),
		TEST(check_refuses_section_size_past_end),
		TEST(check_refuses_overlapping_sections),
		TEST(check_refuses_unsorted_sections),
		TEST(check_refuses_a_section_over_the_header),
		TEST(check_refuses_a_bad_entry_size),
		TEST(check_refuses_an_unknown_section_without_entry_size),
		TEST(check_refuses_a_size_that_is_no_whole_number_of_entries),
		TEST(check_reads_a_longer_entry_by_its_head),
		TEST(check_refuses_a_gap_that_is_not_zero),
		TEST(check_refuses_a_tail_that_is_not_zero),
		TEST(check_refuses_a_bad_section_checksum),
		TEST(check_refuses_a_blob_without_platform),
		TEST(check_refuses_a_blob_without_sections),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
