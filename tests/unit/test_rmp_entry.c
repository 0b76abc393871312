// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

static struct rmpp_entry raw(u64 lo)
{
	struct rmpp_raw_entry r;
	struct rmpp_entry e;

	put_entry(&r, lo);
	rmpp_entry_from_raw(&e, &r);
	return e;
}

static void raw_entry_of_zero_is_all_clear(void **state)
{
	const struct rmpp_entry e = raw(0);

	(void)state;
	assert_int_equal(e.gpa, 0);
	assert_int_equal(e.asid, 0);
	assert_false(e.assigned || e.pagesize_2m || e.immutable || e.vmsa || e.validated);
}

static void raw_entry_has_each_flag_in_its_bit(void **state)
{
	(void)state;
	assert_true(raw(1ULL << 0).assigned);
	assert_true(raw(1ULL << 1).pagesize_2m);
	assert_true(raw(1ULL << 2).immutable);
	assert_true(raw(1ULL << 61).vmsa);
	assert_true(raw(1ULL << 62).validated);
}

static void raw_entry_bits_do_not_leak_into_other_fields(void **state)
{
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		const struct rmpp_entry e = raw(1ULL << bit);

		assert_int_equal(e.assigned, bit == 0);
		assert_int_equal(e.pagesize_2m, bit == 1);
		assert_int_equal(e.immutable, bit == 2);
		assert_int_equal(e.gpa, bit >= 12 && bit <= 50 ? 1ULL << bit : 0);
		assert_int_equal(e.asid, bit >= 51 && bit <= 60 ? 1ULL << (bit - 51) : 0);
		assert_int_equal(e.vmsa, bit == 61);
		assert_int_equal(e.validated, bit == 62);
	}
}

static void raw_entry_gives_gpa_in_bytes_and_the_whole_asid(void **state)
{
	const struct rmpp_entry e = raw(~0ULL);

	(void)state;
	assert_int_equal(e.gpa, 0x7fffffffff000ULL);
	assert_int_equal(e.asid, 0x3ff);
}

static void rmpread_entry_has_each_field_in_its_place(void **state)
{
	static const u8 buf[16] = {
		0x00, 0x10, 0x32, 0x54, 0x76, 0x00, 0x00, 0x00,
		0x01, 0x01, 0x01, 0x00, 0x78, 0x56, 0x34, 0x12,
	};
	struct rmpp_entry e;

	(void)state;
	rmpp_entry_from_rmpread(&e, buf);
	assert_int_equal(e.gpa, 0x7654321000ULL);
	assert_int_equal(e.asid, 0x12345678);
	assert_true(e.assigned && e.pagesize_2m && e.immutable);
	assert_false(e.vmsa || e.validated);
}

static void rmpread_entry_ignores_bits_that_are_not_its_flags(void **state)
{
	static const u8 buf[16] = { [8] = 0xfe, [9] = 0xfe, [10] = 0xfe, [11] = 0xff };
	struct rmpp_entry e;

	(void)state;
	rmpp_entry_from_rmpread(&e, buf);
	assert_int_equal(e.gpa, 0);
	assert_int_equal(e.asid, 0);
	assert_false(e.assigned || e.pagesize_2m || e.immutable || e.vmsa || e.validated);
}

static void assert_state(u64 lo, enum rmpp_page_state expected)
{
	const struct rmpp_entry e = raw(lo);

	assert_int_equal(rmpp_entry_state(&e), expected);
}

/* AMD 56860, table "Page States" */
static void page_states_follow_the_firmware_abi(void **state)
{
	const u64 guest = E_ASSIGNED | E_ASID(9);

	(void)state;
	assert_state(0, RMPP_PAGE_HYPERVISOR);
	assert_state(E_IMMUTABLE, RMPP_PAGE_HV_FIXED);
	assert_state(E_ASSIGNED | E_IMMUTABLE, RMPP_PAGE_FIRMWARE);
	assert_state(E_ASSIGNED, RMPP_PAGE_RECLAIM);
	assert_state(E_ASSIGNED | E_IMMUTABLE | E_VMSA, RMPP_PAGE_CONTEXT);
	assert_state(E_ASSIGNED | E_IMMUTABLE | E_GPA(5), RMPP_PAGE_METADATA);
	assert_state(guest | E_IMMUTABLE, RMPP_PAGE_PRE_GUEST);
	assert_state(guest | E_IMMUTABLE | E_VALIDATED, RMPP_PAGE_PRE_SWAP);
	assert_state(guest, RMPP_PAGE_GUEST_INVALID);
	assert_state(guest | E_VALIDATED, RMPP_PAGE_GUEST_VALID);
}

static void leftover_bits_of_an_unassigned_page_mean_nothing(void **state)
{
	const u64 rest = E_ASID(0x3ff) | E_GPA(0x123) | E_VMSA | E_VALIDATED | E_2M;

	(void)state;
	assert_state(rest, RMPP_PAGE_HYPERVISOR);
	assert_state(rest | E_IMMUTABLE, RMPP_PAGE_HV_FIXED);
}

static void a_validated_page_is_a_guests_even_without_asid(void **state)
{
	(void)state;
	assert_state(E_ASSIGNED | E_VALIDATED, RMPP_PAGE_GUEST_VALID);
	assert_state(E_ASSIGNED | E_VALIDATED | E_IMMUTABLE, RMPP_PAGE_FIRMWARE);
}

static void gpa_and_vmsa_of_a_guests_page_do_not_change_its_state(void **state)
{
	(void)state;
	assert_state(E_GUEST(1) | E_GPA(7), RMPP_PAGE_GUEST_VALID);
	assert_state(E_GUEST(1) | E_VMSA, RMPP_PAGE_GUEST_VALID);
	assert_state(E_GUEST(1) | E_IMMUTABLE | E_VMSA | E_GPA(7), RMPP_PAGE_PRE_SWAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_entry_of_zero_is_all_clear),
		cmocka_unit_test(raw_entry_has_each_flag_in_its_bit),
		cmocka_unit_test(raw_entry_bits_do_not_leak_into_other_fields),
		cmocka_unit_test(raw_entry_gives_gpa_in_bytes_and_the_whole_asid),
		cmocka_unit_test(rmpread_entry_has_each_field_in_its_place),
		cmocka_unit_test(rmpread_entry_ignores_bits_that_are_not_its_flags),
		cmocka_unit_test(page_states_follow_the_firmware_abi),
		cmocka_unit_test(leftover_bits_of_an_unassigned_page_mean_nothing),
		cmocka_unit_test(a_validated_page_is_a_guests_even_without_asid),
		cmocka_unit_test(gpa_and_vmsa_of_a_guests_page_do_not_change_its_state),
	};

	return cmocka_run_group_tests_name("rmp_entry", tests, NULL, NULL);
}
