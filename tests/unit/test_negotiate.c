// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../kexec/negotiate.h"

#define ALL	((1u << RMPP_NR_FEATURES) - 1)

static struct nego_matrix m;
static struct nego_host host;
static struct nego_image image;

/* A busy SNP host and an image that can all. */
static int fresh(void **state)
{
	(void)state;
	host = (struct nego_host) {
		.sev = true, .snp = true, .policy = NEGO_POLICY_EVICT,
		.next_size = 6 << 20, .nr_assigned = 1000, .nr_guests = 2,
	};
	image = (struct nego_image) {
		.setup_indirect = NEGO_CAN, .snp_host = NEGO_CAN, .says = true, .features = ALL,
	};
	return 0;
}

static const struct nego_row *row(const char *feature)
{
	unsigned int i;

	negotiate(&m, &host, &image);
	assert_true(m.nr <= NEGO_MAX_ROWS);
	for (i = 0; i < m.nr; i++)
		if (!strcmp(m.row[i].feature, feature))
			return &m.row[i];
	fail_msg("no row %s", feature);
	return NULL;
}

static void is(const char *feature, enum nego_need need, enum nego_verdict verdict)
{
	const struct nego_row *r = row(feature);

	assert_int_equal(r->need, need);
	assert_int_equal(r->verdict, verdict);
	assert_true(r->reason[0] && strlen(r->reason) < NEGO_REASON_SIZE - 1);
}

static void whole_is(enum nego_verdict verdict)
{
	negotiate(&m, &host, &image);
	assert_int_equal(m.verdict, verdict);
}

static void nobody_says(void)
{
	image.says = false;
	image.features = 0;
}

static void no_module(void)
{
	nobody_says();
	image.has_no_module = true;
}

static void an_image_that_can_all_goes(void **state)
{
	unsigned int i;

	(void)state;
	whole_is(NEGO_GO);
	for (i = 0; i < m.nr; i++)
		assert_true(m.row[i].verdict == NEGO_GO || m.row[i].verdict == NEGO_NOT_NEEDED);
}

static void every_feature_has_a_row(void **state)
{
	uint32_t f;

	(void)state;
	for (f = 0; f < RMPP_NR_FEATURES; f++)
		row(rmpp_feature_name(f));
	row("setup-indirect");
	row("snp-host");
	assert_int_equal(m.nr, RMPP_NR_FEATURES + 2);
}

static void the_kernel_must_keep_what_is_assigned_out_of_its_hands(void **state)
{
	(void)state;
	image.setup_indirect = NEGO_CANNOT;
	is("setup-indirect", NEGO_MUST, NEGO_NO_GO);
	whole_is(NEGO_NO_GO);
	host.snp = false;
	whole_is(NEGO_NO_GO);
	host.sev = false;
	is("setup-indirect", NEGO_NO, NEGO_NOT_NEEDED);
}

static void a_kernel_without_snp_is_a_loss_where_snp_is_on(void **state)
{
	(void)state;
	image.snp_host = NEGO_CANNOT;
	is("snp-host", NEGO_SHOULD, NEGO_LOSS);
	whole_is(NEGO_GO);
	image.snp_host = NEGO_NOBODY_SAYS;
	is("snp-host", NEGO_SHOULD, NEGO_MAY_LOSE);
	host.snp = false;
	is("snp-host", NEGO_NO, NEGO_NOT_NEEDED);
}

/* evict leaves nothing behind that the next kernel would need to understand */
static void under_evict_an_image_without_ccp_ext_goes_with_losses(void **state)
{
	(void)state;
	no_module();
	is("quarantine", NEGO_SHOULD, NEGO_LOSS);
	is("give-back", NEGO_SHOULD, NEGO_LOSS);
	is("parked-iommu", NEGO_SHOULD, NEGO_LOSS);
	is("lazy", NEGO_NO, NEGO_NOT_NEEDED);
	is("preserve", NEGO_NO, NEGO_NOT_NEEDED);
	whole_is(NEGO_GO);
}

static void under_evict_an_image_of_which_nobody_speaks_goes(void **state)
{
	(void)state;
	nobody_says();
	is("quarantine", NEGO_SHOULD, NEGO_MAY_LOSE);
	is("lazy", NEGO_NO, NEGO_NOT_NEEDED);
	whole_is(NEGO_GO);
}

static void a_quarantine_that_is_held_must_be_taken_over(void **state)
{
	(void)state;
	host.held_size = 1;
	is("quarantine", NEGO_MUST, NEGO_GO);
	assert_non_null(strstr(row("quarantine")->reason, "1 MiB"));
	no_module();
	is("quarantine", NEGO_MUST, NEGO_NO_GO);
	whole_is(NEGO_NO_GO);
	image.has_no_module = false;
	is("quarantine", NEGO_MUST, NEGO_UNKNOWN);
	whole_is(NEGO_UNKNOWN);
}

static void nothing_is_needed_where_nothing_is_assigned(void **state)
{
	(void)state;
	host = (struct nego_host) { .sev = true };
	no_module();
	is("quarantine", NEGO_NO, NEGO_NOT_NEEDED);
	is("give-back", NEGO_NO, NEGO_NOT_NEEDED);
	is("parked-iommu", NEGO_NO, NEGO_NOT_NEEDED);
	whole_is(NEGO_GO);
}

static void policies_need_their_feature(void **state)
{
	static const struct {
		enum nego_policy policy;
		enum rmpp_feature feature;
		const char *other;
	} cases[] = {
		{ NEGO_POLICY_LAZY, RMPP_FEATURE_LAZY, "preserve" },
		{ NEGO_POLICY_PRESERVE, RMPP_FEATURE_PRESERVE, "lazy" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const char *name = rmpp_feature_name(cases[i].feature);

		fresh(NULL);
		host.policy = cases[i].policy;
		is(name, NEGO_MUST, NEGO_GO);
		is(cases[i].other, NEGO_NO, NEGO_NOT_NEEDED);
		whole_is(NEGO_GO);
		image.features = ALL & ~(1u << cases[i].feature);
		is(name, NEGO_MUST, NEGO_NO_GO);
		whole_is(NEGO_NO_GO);
		nobody_says();
		is(name, NEGO_MUST, NEGO_UNKNOWN);
		whole_is(NEGO_UNKNOWN);
		no_module();
		is(name, NEGO_MUST, NEGO_NO_GO);
	}
}

/* Nothing is lost by it: no guest, no page. */
static void a_policy_without_guests_promises_nothing(void **state)
{
	(void)state;
	no_module();
	host.nr_guests = 0;
	host.nr_assigned = 0;
	host.policy = NEGO_POLICY_LAZY;
	is("lazy", NEGO_SHOULD, NEGO_LOSS);
	whole_is(NEGO_GO);
	host.nr_assigned = 1;
	is("lazy", NEGO_MUST, NEGO_NO_GO);
	host.policy = NEGO_POLICY_PRESERVE;
	is("preserve", NEGO_SHOULD, NEGO_LOSS);
	host.nr_guests = 1;
	is("preserve", NEGO_MUST, NEGO_NO_GO);
}

static void a_policy_that_is_not_known_cannot_be_judged(void **state)
{
	(void)state;
	host.policy = NEGO_POLICY_UNKNOWN;
	image.features = 1u << RMPP_FEATURE_QUARANTINE | 1u << RMPP_FEATURE_GIVE_BACK;
	is("(policy)", NEGO_MUST, NEGO_UNKNOWN);
	is("lazy", NEGO_NO, NEGO_NOT_NEEDED);
	whole_is(NEGO_UNKNOWN);
	assert_int_equal(nego_policy_find("evict"), NEGO_POLICY_EVICT);
	assert_int_equal(nego_policy_find("lazy"), NEGO_POLICY_LAZY);
	assert_int_equal(nego_policy_find("preserve"), NEGO_POLICY_PRESERVE);
	assert_int_equal(nego_policy_find("hibernate"), NEGO_POLICY_UNKNOWN);
	assert_int_equal(nego_policy_find(""), NEGO_POLICY_UNKNOWN);
}

/* A VMM's record is worth a word, and no reason for its host to stay. */
static void records_of_vmms_are_a_loss_and_no_refusal(void **state)
{
	(void)state;
	is("records", NEGO_NO, NEGO_NOT_NEEDED);
	host.nr_records = 3;
	is("records", NEGO_SHOULD, NEGO_GO);
	image.features &= ~(1u << RMPP_FEATURE_RECORDS);
	is("records", NEGO_SHOULD, NEGO_LOSS);
	whole_is(NEGO_GO);
	nobody_says();
	is("records", NEGO_SHOULD, NEGO_MAY_LOSE);
}

static void what_the_blob_demands_must_be_there(void **state)
{
	(void)state;
	host.incompat = RMPP_INCOMPAT_PRESERVE;
	is("preserve", NEGO_MUST, NEGO_GO);
	image.features &= ~(1u << RMPP_FEATURE_PRESERVE);
	is("preserve", NEGO_MUST, NEGO_NO_GO);
	nobody_says();
	whole_is(NEGO_UNKNOWN);
}

static void a_demand_without_name_is_never_taken_for_met(void **state)
{
	const struct nego_row *r;

	(void)state;
	host.incompat = 1ULL << 63;
	r = row("(no name here)");
	assert_int_equal(r->verdict, NEGO_UNKNOWN);
	assert_non_null(strstr(r->reason, "0x8000000000000000"));
	host.policy = NEGO_POLICY_UNKNOWN;
	row("(policy)");
	assert_int_equal(m.nr, NEGO_MAX_ROWS);
	whole_is(NEGO_UNKNOWN);
	no_module();
	whole_is(NEGO_NO_GO);
}

static void a_certain_no_outweighs_what_is_not_known(void **state)
{
	(void)state;
	host.incompat = 1ULL << 63;
	image.setup_indirect = NEGO_CANNOT;
	whole_is(NEGO_NO_GO);
}

static void releases_tell_who_has_snp(void **state)
{
	(void)state;
	assert_int_equal(nego_snp_host("6.1.0-56-amd64"), NEGO_CANNOT);
	assert_int_equal(nego_snp_host("6.10.9"), NEGO_CANNOT);
	assert_int_equal(nego_snp_host("6.11.0"), NEGO_CAN);
	assert_int_equal(nego_snp_host("6.12.117+deb12-amd64"), NEGO_CAN);
	assert_int_equal(nego_snp_host("7.3.4+deb13-amd64"), NEGO_CAN);
	assert_int_equal(nego_snp_host("7.0-rc1"), NEGO_CAN);
	assert_int_equal(nego_snp_host("5.19"), NEGO_CANNOT);
	assert_int_equal(nego_snp_host(""), NEGO_NOBODY_SAYS);
	assert_int_equal(nego_snp_host("linux"), NEGO_NOBODY_SAYS);
}

static void words_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(nego_need_name(NEGO_SHOULD), "should");
	assert_string_equal(nego_can_name(NEGO_NOBODY_SAYS), "?");
	assert_string_equal(nego_verdict_name(NEGO_NOT_NEEDED), "-");
	assert_string_equal(nego_verdict_name(NEGO_NO_GO), "no-go");
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_image_that_can_all_goes),
		TEST(every_feature_has_a_row),
		TEST(the_kernel_must_keep_what_is_assigned_out_of_its_hands),
		TEST(a_kernel_without_snp_is_a_loss_where_snp_is_on),
		TEST(under_evict_an_image_without_ccp_ext_goes_with_losses),
		TEST(under_evict_an_image_of_which_nobody_speaks_goes),
		TEST(a_quarantine_that_is_held_must_be_taken_over),
		TEST(nothing_is_needed_where_nothing_is_assigned),
		TEST(policies_need_their_feature),
		TEST(a_policy_without_guests_promises_nothing),
		TEST(a_policy_that_is_not_known_cannot_be_judged),
		TEST(records_of_vmms_are_a_loss_and_no_refusal),
		TEST(what_the_blob_demands_must_be_there),
		TEST(a_demand_without_name_is_never_taken_for_met),
		TEST(a_certain_no_outweighs_what_is_not_known),
		TEST(releases_tell_who_has_snp),
		TEST(words_are_told_apart),
	};

	return cmocka_run_group_tests_name("negotiate", tests, NULL, NULL);
}
