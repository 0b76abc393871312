// SPDX-License-Identifier: GPL-2.0-only
/*
 * A released blob must be readable for ever: each value of handover-1.blob, by
 * what its maker (tests/golden/make-handover-1.c) put in.
 */
#include "rmpp_fixture.h"

#define GOLDEN		"tests/golden/handover-1.blob"
#define GOLDEN_SIZE	1096

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

static void golden_file_has_not_changed(void **state)
{
	(void)state;
	assert_int_equal(rmpp_crc32c(0, data, GOLDEN_SIZE), 0x066c691cu);
}

static void golden_header_reads_as_written(void **state)
{
	(void)state;
	assert_int_equal(blob.size, GOLDEN_SIZE);
	assert_int_equal(le64_to_cpu(blob.header->generation), 42);
	assert_int_equal(le64_to_cpu(blob.header->boot_count), 3);
	assert_int_equal(le64_to_cpu(blob.header->incompat), 0);
	assert_string_equal((const char *)blob.header->writer, "ccp_ext 0.1 (golden)");
	assert_int_equal(le32_to_cpu(blob.section[RMPP_SECTION_PLATFORM]->flags),
			 RMPP_SECTION_MUST_UNDERSTAND);
}

static void golden_platform_reads_as_written(void **state)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(&blob, RMPP_SECTION_PLATFORM, 0);

	(void)state;
	assert_int_equal(p->sev_state, 1);
	assert_int_equal(p->snp_state, 1);
	assert_int_equal(p->api_major, 1);
	assert_int_equal(p->api_minor, 55);
	assert_int_equal(le32_to_cpu(p->build), 30);
	assert_int_equal(le32_to_cpu(p->flags), 0x25);
	assert_int_equal(le32_to_cpu(p->guest_count), 1);
	assert_int_equal(le64_to_cpu(p->rmp_base), 0x7e000000);
	assert_int_equal(le64_to_cpu(p->rmp_end), 0x7f003fff);
	assert_int_equal(le64_to_cpu(p->tmr_pa), 0x76e00000);
	assert_int_equal(le64_to_cpu(p->tmr_size), 0x200000);
	assert_int_equal(le64_to_cpu(p->region_pa), 0x2400000);
	assert_int_equal(le64_to_cpu(p->region_size), 0x400000);
	assert_int_equal(le64_to_cpu(p->zone_pa), 0x68000000);
	assert_int_equal(le64_to_cpu(p->zone_size), 0x8000000);
	assert_int_equal(p->policy, 1);
	assert_int_equal(le64_to_cpu(p->nr_assigned), 1540);
	assert_int_equal(le64_to_cpu(p->nr_immutable), 515);
	assert_int_equal(le64_to_cpu(p->quiesce_us), 123456);
	assert_int_equal(le64_to_cpu(p->jump_tsc), 0x123456789abcULL);
	assert_int_equal(le64_to_cpu(p->tsc_khz), 2445430);
	assert_string_equal((const char *)p->release, "6.12.117+deb12-amd64");
}

static void golden_quarantine_reads_as_written(void **state)
{
	static const u64 expected[][3] = {
		{ 0x10000, 0x600, 0x41 }, { 0x76e00, 0x200, 0x07 }, { 0x100000, 0x40000, 0x28 },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_QUARANTINE), 3);
	for (i = 0; i < 3; i++) {
		const struct rmpp_extent_ser *x =
			rmpp_blob_entry(&blob, RMPP_SECTION_QUARANTINE, i);

		assert_int_equal(le64_to_cpu(x->pfn), expected[i][0]);
		assert_int_equal(le64_to_cpu(x->nr_pages), expected[i][1]);
		assert_int_equal(le32_to_cpu(x->reason), expected[i][2]);
	}
}

static void golden_runs_read_as_written(void **state)
{
	static const u64 expected[][5] = {
		{ 0x10003, 0x200, 5, 9, 0 }, { 0x10203, 1, 5, 9, 2 }, { 0x10204, 1, 0, 4, 0 },
		{ 0x10400, 0x200, 7, 8, 1 }, { 0x10600, 2, 0, 5, 0 }, { 0x76e00, 0x200, 0, 2, 0 },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_RMP_RUNS), 6);
	for (i = 0; i < 6; i++) {
		const struct rmpp_run_ser *r = rmpp_blob_entry(&blob, RMPP_SECTION_RMP_RUNS, i);

		assert_int_equal(le64_to_cpu(r->pfn), expected[i][0]);
		assert_int_equal(le32_to_cpu(r->nr_pages), expected[i][1]);
		assert_int_equal(le16_to_cpu(r->asid), expected[i][2]);
		assert_int_equal(r->state, expected[i][3]);
		assert_int_equal(r->flags, expected[i][4]);
	}
}

static void golden_guests_read_as_written(void **state)
{
	static const u64 expected[][7] = {
		{ 0x10204000, 0, 5, 0x30000, 3, 3, 2 },
		{ 0, 3, 101, 5, 2, 1, 0xff },
		{ 0, 4, 102, 1, 1, 2, 0xff },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_GUESTS), 3);
	for (i = 0; i < 3; i++) {
		const struct rmpp_guest_ser *g = rmpp_blob_entry(&blob, RMPP_SECTION_GUESTS, i);

		assert_int_equal(le64_to_cpu(g->gctx_pa), expected[i][0]);
		assert_int_equal(le32_to_cpu(g->handle), expected[i][1]);
		assert_int_equal(le32_to_cpu(g->asid), expected[i][2]);
		assert_int_equal(le64_to_cpu(g->policy), expected[i][3]);
		assert_int_equal(g->kind, expected[i][4]);
		assert_int_equal(g->fate, expected[i][5]);
		assert_int_equal(g->fw_state, expected[i][6]);
	}
}

static void golden_steps_read_as_written(void **state)
{
	static const u64 expected[][7] = {
		{ 1, 1, 0, 0, 2, 10, 45000 },
		{ 6, 3, 110, 0xffffffff, 0, 45010, 70000 },
		{ 12, 1, 0, 0, 6, 120000, 3456 },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_STEPS), 3);
	for (i = 0; i < 3; i++) {
		const struct rmpp_step_ser *s = rmpp_blob_entry(&blob, RMPP_SECTION_STEPS, i);

		assert_int_equal(le16_to_cpu(s->step), expected[i][0]);
		assert_int_equal(le16_to_cpu(s->tries), expected[i][1]);
		assert_int_equal(le32_to_cpu(s->result), expected[i][2]);
		assert_int_equal(le32_to_cpu(s->psp_status), expected[i][3]);
		assert_int_equal(le32_to_cpu(s->count), expected[i][4]);
		assert_int_equal(le64_to_cpu(s->start_us), expected[i][5]);
		assert_int_equal(le64_to_cpu(s->duration_us), expected[i][6]);
	}
}

static void golden_flight_recorder_reads_as_written(void **state)
{
	static const u64 expected[][6] = {
		{ 5000000000ULL, 0x90, 0, 0x1a2b000, 120, 2 },
		{ 5001000000ULL, 0x86, 0xf, 0x1a2c000, 35, 0 },
		{ 5002000000ULL, 0x02, 0xffffffff, 0, 0, 3 },
	};
	u32 i;

	(void)state;
	assert_int_equal(rmpp_blob_count(&blob, RMPP_SECTION_FLIGHT), 3);
	for (i = 0; i < 3; i++) {
		const struct rmpp_flight_ser *f = rmpp_blob_entry(&blob, RMPP_SECTION_FLIGHT, i);

		assert_int_equal(le64_to_cpu(f->time_ns), expected[i][0]);
		assert_int_equal(le32_to_cpu(f->command), expected[i][1]);
		assert_int_equal(le32_to_cpu(f->status), expected[i][2]);
		assert_int_equal(le64_to_cpu(f->buffer_pa), expected[i][3]);
		assert_int_equal(le32_to_cpu(f->latency_us), expected[i][4]);
		assert_int_equal(le32_to_cpu(f->flags), expected[i][5]);
	}
}

static void golden_never_passes_with_a_flipped_bit(void **state)
{
	struct rmpp_blob other;
	u32 byte, bit;

	(void)state;
	for (byte = 0; byte < GOLDEN_SIZE; byte++) {
		for (bit = 0; bit < 8; bit++) {
			data[byte] ^= (u8)(1 << bit);
			assert_int_not_equal(rmpp_blob_check(&other, data, GOLDEN_SIZE, NULL), 0);
			data[byte] ^= (u8)(1 << bit);
		}
	}
}

static void golden_never_passes_truncated(void **state)
{
	struct rmpp_blob other;
	u32 size;

	(void)state;
	for (size = 0; size < GOLDEN_SIZE; size++)
		assert_int_equal(rmpp_blob_check(&other, data, size, NULL), RMPP_ERR_TRUNCATED);
}

#define TEST(name)	cmocka_unit_test_setup(name, open_blob)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_file_has_not_changed),
		TEST(golden_header_reads_as_written),
		TEST(golden_platform_reads_as_written),
		TEST(golden_quarantine_reads_as_written),
		TEST(golden_runs_read_as_written),
		TEST(golden_guests_read_as_written),
		TEST(golden_steps_read_as_written),
		TEST(golden_flight_recorder_reads_as_written),
		TEST(golden_never_passes_with_a_flipped_bit),
		TEST(golden_never_passes_truncated),
	};

	return cmocka_run_group_tests_name("golden", tests, load, NULL);
}
