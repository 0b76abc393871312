// SPDX-License-Identifier: GPL-2.0-only
/* What each section's entries must obey; the frame around them: test_check.c. */
#include "rmpp_fixture.h"

static struct sample s;

static int make(void **state)
{
	(void)state;
	sample_make(&s);
	return 0;
}

static int make_preserved(void **state)
{
	(void)state;
	sample_make_preserved(&s);
	return 0;
}

/* The field was spoiled and nothing else: refused, with its place. */
static void refuses(int error, u32 type, u32 index, const void *field)
{
	struct rmpp_blob blob, before;
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

static void accepts(void)
{
	struct rmpp_blob blob;

	sample_seal(&s);
	assert_int_equal(rmpp_blob_check(&blob, s.data, s.size, NULL), 0);
}

/* ---- platform ---- */

static struct rmpp_platform_ser *platform(void)
{
	return sample_entry(&s, RMPP_SECTION_PLATFORM, 0);
}

static void refuses_platform(int error, const void *field)
{
	refuses(error, RMPP_SECTION_PLATFORM, 0, field);
}

static void check_refuses_two_platforms_and_none(void **state)
{
	const struct rmpp_platform_ser one = *platform();
	const u64 offset = sizeof(struct rmpp_header_ser) + sizeof(struct rmpp_section_ser);
	struct rmpp_writer w;
	u32 count, k;

	(void)state;
	for (count = 0; count <= 2; count++) {
		assert_int_equal(rmpp_writer_init(&w, s.data, sizeof(s.data), 1), 0);
		assert_int_equal(rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0,
						   sizeof(one)), 0);
		for (k = 0; k < count; k++)
			assert_int_equal(rmpp_writer_entry(&w, &one), 0);
		assert_int_equal(rmpp_writer_end(&w), 0);
		s.size = (u64)rmpp_writer_finish(&w, 1, 1, "x");
		if (count == 1)
			accepts();
		else
			refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_PLATFORM, 0,
				s.data + offset);
	}
}

static void check_refuses_an_unknown_sev_state(void **state)
{
	(void)state;
	platform()->sev_state = RMPP_STATE_UNKNOWN;
	accepts();
	platform()->sev_state = RMPP_SEV_WORKING + 1;
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->sev_state);
	platform()->sev_state = RMPP_SNP_ABSENT;
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->sev_state);
}

static void check_refuses_an_unknown_snp_state(void **state)
{
	(void)state;
	platform()->snp_state = RMPP_STATE_UNKNOWN;
	accepts();
	platform()->snp_state = RMPP_SNP_ABSENT;
	accepts();
	platform()->snp_state = RMPP_SNP_INIT + 1;
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->snp_state);
}

static void check_refuses_unknown_platform_flags(void **state)
{
	(void)state;
	platform()->flags = cpu_to_le32(RMPP_PLATFORM_FLAGS_KNOWN);
	accepts();
	platform()->flags = cpu_to_le32(RMPP_PLATFORM_FLAGS_KNOWN + 1);
	refuses_platform(RMPP_ERR_RESERVED, &platform()->flags);
}

static void check_refuses_an_rmp_that_ends_before_it_begins(void **state)
{
	(void)state;
	platform()->rmp_end = 0;
	accepts();
	platform()->rmp_end = platform()->rmp_base;
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->rmp_end);
}

static void check_refuses_a_tmr_beyond_physical_memory(void **state)
{
	(void)state;
	platform()->tmr_pa = cpu_to_le64((1ULL << 52) - 0x100000);
	platform()->tmr_size = cpu_to_le64(0x100000);
	accepts();
	platform()->tmr_size = cpu_to_le64(0x100001);
	refuses_platform(RMPP_ERR_EXTENT_RANGE, &platform()->tmr_pa);
}

static void check_refuses_a_region_that_wraps(void **state)
{
	(void)state;
	platform()->region_size = cpu_to_le64(~0ULL);
	refuses_platform(RMPP_ERR_EXTENT_RANGE, &platform()->region_pa);
}

static void check_refuses_a_zone_beyond_physical_memory(void **state)
{
	(void)state;
	platform()->zone_pa = cpu_to_le64((1ULL << 52) + 1);
	refuses_platform(RMPP_ERR_EXTENT_RANGE, &platform()->zone_pa);
}

static void check_refuses_an_unknown_policy(void **state)
{
	(void)state;
	platform()->policy = RMPP_POLICY_PRESERVE;
	accepts();
	platform()->policy = RMPP_POLICY_PRESERVE + 1;
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->policy);
}

static void check_refuses_reserved_bytes_in_the_platform(void **state)
{
	(void)state;
	platform()->reserved8[6] = 1;
	refuses_platform(RMPP_ERR_RESERVED, &platform()->reserved8);
	platform()->reserved8[6] = 0;
	platform()->reserved[6] = cpu_to_le64(1ULL << 63);
	refuses_platform(RMPP_ERR_RESERVED, &platform()->reserved);
}

static void check_refuses_more_immutable_than_assigned_pages(void **state)
{
	(void)state;
	platform()->nr_immutable = platform()->nr_assigned;
	accepts();
	platform()->nr_assigned = cpu_to_le64(le64_to_cpu(platform()->nr_assigned) - 1);
	refuses_platform(RMPP_ERR_ENTRY_VALUE, &platform()->nr_immutable);
}

static void check_refuses_a_release_without_end(void **state)
{
	(void)state;
	memset(platform()->release, 'r', RMPP_RELEASE_SIZE);
	refuses_platform(RMPP_ERR_RESERVED, &platform()->release);
}

/* ---- quarantine ---- */

static struct rmpp_extent_ser *extent(u32 i)
{
	return sample_entry(&s, RMPP_SECTION_QUARANTINE, i);
}

static void check_refuses_unsorted_extents(void **state)
{
	const struct rmpp_extent_ser first = *extent(0);

	(void)state;
	*extent(0) = *extent(1);
	*extent(1) = first;
	refuses(RMPP_ERR_EXTENT_ORDER, RMPP_SECTION_QUARANTINE, 1, &extent(1)->pfn);
}

static void check_refuses_overlapping_extents(void **state)
{
	(void)state;
	extent(1)->pfn = cpu_to_le64(0x11ff);
	refuses(RMPP_ERR_EXTENT_ORDER, RMPP_SECTION_QUARANTINE, 1, &extent(1)->pfn);
}

static void check_refuses_touching_extents(void **state)
{
	(void)state;
	extent(1)->pfn = cpu_to_le64(0x1200);
	refuses(RMPP_ERR_EXTENT_ORDER, RMPP_SECTION_QUARANTINE, 1, &extent(1)->pfn);
	extent(1)->pfn = cpu_to_le64(0x1201);
	accepts();
}

static void check_refuses_an_empty_extent(void **state)
{
	(void)state;
	extent(2)->nr_pages = 0;
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_QUARANTINE, 2, &extent(2)->pfn);
}

static void check_refuses_an_extent_beyond_physical_memory(void **state)
{
	(void)state;
	extent(2)->nr_pages = cpu_to_le64((1ULL << 40) - 0x4000);
	accepts();
	extent(2)->nr_pages = cpu_to_le64((1ULL << 40) - 0x4000 + 1);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_QUARANTINE, 2, &extent(2)->pfn);
	extent(2)->nr_pages = cpu_to_le64(~0ULL);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_QUARANTINE, 2, &extent(2)->pfn);
	extent(2)->pfn = cpu_to_le64(1ULL << 40);
	extent(2)->nr_pages = cpu_to_le64(1);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_QUARANTINE, 2, &extent(2)->pfn);
}

static void check_accepts_an_extent_at_page_zero(void **state)
{
	(void)state;
	extent(0)->pfn = 0;
	accepts();
}

static void check_refuses_an_unknown_reason(void **state)
{
	(void)state;
	extent(1)->reason = cpu_to_le32(RMPP_REASON_KNOWN);
	accepts();
	extent(1)->reason = cpu_to_le32(RMPP_REASON_KNOWN + 1);
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_QUARANTINE, 1, &extent(1)->reason);
}

static void check_refuses_reserved_bits_in_an_extent(void **state)
{
	(void)state;
	extent(1)->reserved = cpu_to_le32(1);
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_QUARANTINE, 1, &extent(1)->reserved);
}

/* ---- runs ---- */

static struct rmpp_run_ser *run(u32 i)
{
	return sample_entry(&s, RMPP_SECTION_RMP_RUNS, i);
}

static void check_accepts_touching_runs(void **state)
{
	(void)state;
	assert_int_equal(le64_to_cpu(run(1)->pfn),
			 le64_to_cpu(run(0)->pfn) + le32_to_cpu(run(0)->nr_pages));
	accepts();
}

static void check_refuses_overlapping_runs(void **state)
{
	(void)state;
	run(1)->pfn = cpu_to_le64(0x11ff);
	refuses(RMPP_ERR_EXTENT_ORDER, RMPP_SECTION_RMP_RUNS, 1, &run(1)->pfn);
}

static void check_refuses_an_empty_run(void **state)
{
	(void)state;
	run(1)->nr_pages = 0;
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_RMP_RUNS, 1, &run(1)->pfn);
}

static void check_refuses_a_run_beyond_physical_memory(void **state)
{
	(void)state;
	run(2)->pfn = cpu_to_le64((1ULL << 40) - 0x1ff);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_RMP_RUNS, 2, &run(2)->pfn);
}

static void check_refuses_a_run_of_hypervisor_pages(void **state)
{
	(void)state;
	run(0)->state = RMPP_PAGE_HYPERVISOR;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_RMP_RUNS, 0, &run(0)->state);
}

static void check_refuses_an_unknown_page_state(void **state)
{
	(void)state;
	run(0)->state = RMPP_PAGE_MIXED;
	accepts();
	run(0)->state = RMPP_PAGE_STATE_MAX + 1;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_RMP_RUNS, 0, &run(0)->state);
}

static void check_refuses_unknown_run_flags(void **state)
{
	(void)state;
	run(0)->flags = RMPP_RUN_FLAGS_KNOWN;
	accepts();
	run(0)->flags = RMPP_RUN_FLAGS_KNOWN + 1;
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_RMP_RUNS, 0, &run(0)->flags);
}

/* ---- guests ---- */

static struct rmpp_guest_ser *guest(u32 i)
{
	return sample_entry(&s, RMPP_SECTION_GUESTS, i);
}

static void check_refuses_an_unknown_kind_of_guest(void **state)
{
	(void)state;
	guest(1)->kind = RMPP_GUEST_SNP;
	accepts();
	guest(1)->kind = 0;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_GUESTS, 1, &guest(1)->kind);
	guest(1)->kind = RMPP_GUEST_SNP + 1;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_GUESTS, 1, &guest(1)->kind);
}

static void check_refuses_an_unknown_fate(void **state)
{
	(void)state;
	guest(1)->fate = RMPP_FATE_LOST;
	accepts();
	guest(1)->fate = RMPP_FATE_LOST + 1;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_GUESTS, 1, &guest(1)->fate);
}

static void check_refuses_reserved_bits_in_a_guest(void **state)
{
	(void)state;
	guest(0)->reserved8 = 1;
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_GUESTS, 0, &guest(0)->reserved8);
	guest(0)->reserved8 = 0;
	guest(0)->reserved = cpu_to_le32(1);
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_GUESTS, 0, &guest(0)->reserved);
}

/* ---- steps and flight recorder ---- */

static void check_refuses_an_unknown_step(void **state)
{
	struct rmpp_step_ser *step = sample_entry(&s, RMPP_SECTION_STEPS, 1);

	(void)state;
	step->step = cpu_to_le16(RMPP_STEP_MAX);
	accepts();
	step->step = cpu_to_le16(RMPP_STEP_MAX + 1);
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_STEPS, 1, &step->step);
	step->step = 0;
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_STEPS, 1, &step->step);
}

static void check_refuses_unknown_flight_flags(void **state)
{
	struct rmpp_flight_ser *flight = sample_entry(&s, RMPP_SECTION_FLIGHT, 1);

	(void)state;
	flight->flags = cpu_to_le32(RMPP_FLIGHT_FLAGS_KNOWN);
	accepts();
	flight->flags = cpu_to_le32(RMPP_FLIGHT_FLAGS_KNOWN + 1);
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_FLIGHT, 1, &flight->flags);
}

static void check_refuses_a_proof_beyond_physical_memory(void **state)
{
	struct rmpp_proof_ser *proof = sample_entry(&s, RMPP_SECTION_PROOFS, 1);
	const u64 last = (RMPP_MAX_PFN - 1) << RMPP_PAGE_SHIFT;

	(void)state;
	proof->gctx_pa = proof->page_pa = cpu_to_le64(last);
	accepts();
	proof->page_pa = cpu_to_le64(last + (1 << RMPP_PAGE_SHIFT));
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_PROOFS, 1, &proof->page_pa);
	proof->page_pa = cpu_to_le64(last);
	proof->gctx_pa = cpu_to_le64(~0ULL << RMPP_PAGE_SHIFT);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_PROOFS, 1, &proof->gctx_pa);
}

static void check_refuses_a_top_that_begins_in_the_middle_of_a_block(void **state)
{
	struct rmpp_extent_ser *top = sample_entry(&s, RMPP_SECTION_TOP, 0);

	(void)state;
	accepts();
	top->pfn = cpu_to_le64(le64_to_cpu(top->pfn) + 1);
	refuses(RMPP_ERR_ENTRY_VALUE, RMPP_SECTION_TOP, 0, &top->pfn);
	top->pfn = cpu_to_le64(RMPP_MAX_PFN - RMPP_PAGES_PER_2M);
	top->nr_pages = cpu_to_le64(RMPP_PAGES_PER_2M);
	accepts();
	top->nr_pages = cpu_to_le64(RMPP_PAGES_PER_2M + 1);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_TOP, 0, &top->pfn);
	top->nr_pages = 0;
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_TOP, 0, &top->pfn);
}

static void check_refuses_a_proof_that_is_no_page(void **state)
{
	struct rmpp_proof_ser *proof = sample_entry(&s, RMPP_SECTION_PROOFS, 0);

	(void)state;
	proof->page_pa = cpu_to_le64(0x8008);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_PROOFS, 0, &proof->page_pa);
	proof->page_pa = cpu_to_le64(0x8000);
	proof->gctx_pa = cpu_to_le64(0x7800);
	refuses(RMPP_ERR_EXTENT_RANGE, RMPP_SECTION_PROOFS, 0, &proof->gctx_pa);
}

static void check_refuses_reserved_bits_in_a_proof(void **state)
{
	struct rmpp_proof_ser *proof = sample_entry(&s, RMPP_SECTION_PROOFS, 1);

	(void)state;
	proof->reserved = cpu_to_le32(1);
	refuses(RMPP_ERR_RESERVED, RMPP_SECTION_PROOFS, 1, &proof->reserved);
}

#define TEST(name)	cmocka_unit_test_setup(name, make)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(check_refuses_two_platforms_and_none),
		TEST(check_refuses_an_unknown_sev_state),
		TEST(check_refuses_an_unknown_snp_state),
		TEST(check_refuses_unknown_platform_flags),
		TEST(check_refuses_an_rmp_that_ends_before_it_begins),
		TEST(check_refuses_a_tmr_beyond_physical_memory),
		TEST(check_refuses_a_region_that_wraps),
		TEST(check_refuses_a_zone_beyond_physical_memory),
		TEST(check_refuses_an_unknown_policy),
		TEST(check_refuses_reserved_bytes_in_the_platform),
		TEST(check_refuses_more_immutable_than_assigned_pages),
		TEST(check_refuses_a_release_without_end),
		TEST(check_refuses_unsorted_extents),
		TEST(check_refuses_overlapping_extents),
		TEST(check_refuses_touching_extents),
		TEST(check_refuses_an_empty_extent),
		TEST(check_refuses_an_extent_beyond_physical_memory),
		TEST(check_accepts_an_extent_at_page_zero),
		TEST(check_refuses_an_unknown_reason),
		TEST(check_refuses_reserved_bits_in_an_extent),
		TEST(check_accepts_touching_runs),
		TEST(check_refuses_overlapping_runs),
		TEST(check_refuses_an_empty_run),
		TEST(check_refuses_a_run_beyond_physical_memory),
		TEST(check_refuses_a_run_of_hypervisor_pages),
		TEST(check_refuses_an_unknown_page_state),
		TEST(check_refuses_unknown_run_flags),
		TEST(check_refuses_an_unknown_kind_of_guest),
		TEST(check_refuses_an_unknown_fate),
		TEST(check_refuses_reserved_bits_in_a_guest),
		TEST(check_refuses_an_unknown_step),
		TEST(check_refuses_unknown_flight_flags),
		cmocka_unit_test_setup(check_refuses_a_top_that_begins_in_the_middle_of_a_block, make_preserved),
		cmocka_unit_test_setup(check_refuses_a_proof_beyond_physical_memory, make_preserved),
		cmocka_unit_test_setup(check_refuses_a_proof_that_is_no_page, make_preserved),
		cmocka_unit_test_setup(check_refuses_reserved_bits_in_a_proof, make_preserved),
	};

	return cmocka_run_group_tests_name("check_entries", tests, NULL, NULL);
}
