// SPDX-License-Identifier: GPL-2.0-only
#include "rmpp_fixture.h"

static void each_error_has_a_text_of_its_own(void **state)
{
	int a, b;

	(void)state;
	for (a = 0; a >= RMPP_ERR_LAST; a--) {
		assert_non_null(rmpp_strerror(a));
		assert_string_not_equal(rmpp_strerror(a), "unknown error");
		for (b = 0; b > a; b--)
			assert_string_not_equal(rmpp_strerror(a), rmpp_strerror(b));
	}
}

static void numbers_that_are_no_error_are_called_unknown(void **state)
{
	(void)state;
	assert_string_equal(rmpp_strerror(1), "unknown error");
	assert_string_equal(rmpp_strerror(RMPP_ERR_LAST - 1), "unknown error");
	assert_string_equal(rmpp_strerror(INT32_MIN), "unknown error");
	assert_string_equal(rmpp_strerror(INT32_MAX), "unknown error");
}

/* From first to last each number has a name, the next one has none. */
static void assert_names(const char *(*name)(u32), u32 first, u32 last)
{
	u32 i;

	for (i = first; i <= last; i++)
		assert_string_not_equal(name(i), "?");
	assert_string_equal(name(last + 1), "?");
	assert_string_equal(name(U32_MAX), "?");
}

static void each_page_state_has_its_name(void **state)
{
	(void)state;
	assert_names(rmpp_page_state_name, 0, RMPP_PAGE_STATE_MAX);
	assert_string_equal(rmpp_page_state_name(RMPP_PAGE_GUEST_VALID), "Guest-Valid");
	assert_string_equal(rmpp_page_state_name(RMPP_PAGE_HV_FIXED), "HV-Fixed");
}

static void each_step_has_its_name(void **state)
{
	(void)state;
	assert_names(rmpp_step_name, 1, RMPP_STEP_MAX);
	assert_string_equal(rmpp_step_name(0), "?");
	assert_string_equal(rmpp_step_name(RMPP_STEP_SEV_SHUTDOWN), "sev-shutdown");
}

static void each_section_has_its_name(void **state)
{
	(void)state;
	assert_names(rmpp_section_name, 0, RMPP_SECTION_MAX);
	assert_string_equal(rmpp_section_name(0), "header");
	assert_string_equal(rmpp_section_name(RMPP_SECTION_QUARANTINE), "quarantine");
}

static void each_policy_has_its_word(void **state)
{
	(void)state;
	assert_names(rmpp_policy_name, 0, RMPP_POLICY_MAX);
	assert_string_equal(rmpp_policy_name(RMPP_POLICY_EVICT), "evict");
	assert_string_equal(rmpp_policy_name(RMPP_POLICY_LAZY), "lazy");
	assert_string_equal(rmpp_policy_name(RMPP_POLICY_PRESERVE), "preserve");
}

/* Numbers of AMD 55766, GUEST_STATUS, and 56860, SNP_GUEST_STATUS */
static void each_guest_state_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV, 1), "LUPDATE");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV, 3), "RUNNING");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV_ES, 4), "SUPDATE");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV_ES, 5), "RUPDATE");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV, 6), "SENT");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SEV, 7), "?");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SNP, 1), "LAUNCH");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SNP, 2), "RUNNING");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SNP, 3), "?");
	assert_string_equal(rmpp_guest_state_name(RMPP_GUEST_SNP, RMPP_STATE_UNKNOWN), "?");
}

/* Numbers of include/linux/psp-sev.h */
static void firmware_commands_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(rmpp_psp_command_name(0x001), "INIT");
	assert_string_equal(rmpp_psp_command_name(0x00a), "DF_FLUSH");
	assert_string_equal(rmpp_psp_command_name(0x020), "DECOMMISSION");
	assert_string_equal(rmpp_psp_command_name(0x032), "LAUNCH_UPDATE_VMSA");
	assert_string_equal(rmpp_psp_command_name(0x081), "SNP_INIT");
	assert_string_equal(rmpp_psp_command_name(0x086), "SNP_SHUTDOWN_EX");
	assert_string_equal(rmpp_psp_command_name(0x0c7), "SNP_PAGE_RECLAIM");
	assert_string_equal(rmpp_psp_command_name(0x0ce), "SNP_FEATURE_INFO");
	assert_string_equal(rmpp_psp_command_name(0x000), "?");
	assert_string_equal(rmpp_psp_command_name(0x0cf), "?");
	assert_string_equal(rmpp_psp_command_name(U32_MAX), "?");
}

/* Numbers of include/uapi/linux/psp-sev.h */
static void firmware_statuses_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(rmpp_psp_status_name(0x00), "SUCCESS");
	assert_string_equal(rmpp_psp_status_name(0x0e), "WBINVD_REQUIRED");
	assert_string_equal(rmpp_psp_status_name(0x0f), "DFFLUSH_REQUIRED");
	assert_string_equal(rmpp_psp_status_name(0x1a), "INVALID_PAGE_STATE");
	assert_string_equal(rmpp_psp_status_name(0x20), "RMP_INIT_REQUIRED");
	assert_string_equal(rmpp_psp_status_name(0x28), "SHUTDOWN_INCOMPLETE");
	assert_string_equal(rmpp_psp_status_name(0x1e), "?");
	assert_string_equal(rmpp_psp_status_name(0x29), "?");
	assert_string_equal(rmpp_psp_status_name(U32_MAX), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_error_has_a_text_of_its_own),
		cmocka_unit_test(numbers_that_are_no_error_are_called_unknown),
		cmocka_unit_test(each_page_state_has_its_name),
		cmocka_unit_test(each_step_has_its_name),
		cmocka_unit_test(each_section_has_its_name),
		cmocka_unit_test(each_policy_has_its_word),
		cmocka_unit_test(each_guest_state_has_its_name),
		cmocka_unit_test(firmware_commands_have_their_names),
		cmocka_unit_test(firmware_statuses_have_their_names),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
