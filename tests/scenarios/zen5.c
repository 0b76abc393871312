// SPDX-License-Identifier: GPL-2.0-only
/* Zen 5: entries of the RMP are read by an instruction, and the table may lie in segments. */
#include "firmware.h"
#include "hop.h"

#define SYSFS		"/sys/kernel/ccp_ext"

/* else SNPEn is cleared with the firmware's shutdown, and nothing is enforced any more */
#define SNP_EN_STAYS	"x86-snp-shutdown=off"
#define LAZY		"ccp_ext.policy=lazy"
#define CONFIG(scenario, ...) .name = scenario, .series = "7.3", .profile = "turin", .sets = { __VA_ARGS__ }
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096
#define RMPREAD_FAILS	"{\"command\": \"RMPREAD\", \"status\": 1, \"count\": 0"

static bool nothing_was_left(struct run *r)
{
	return left_nothing(r) && fill_memory(r);
}

static bool lives_with_quarantine(struct run *r)
{
	return kept_something(r) && fill_memory(r);
}

/* Guests' pages crossed as they were, by the machine's census and by the module's, and are memory again. */
static bool guests_pages_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->assigned_after < r->step->snp * GUEST_PAGES)
		return fail(r, "only %lld pages were assigned when the next kernel began",
			    hop->assigned_after);
	if (hop->quarantined < hop->assigned_after)
		return fail(r, "%lld pages quarantined, %lld assigned", hop->quarantined,
			    hop->assigned_after);
	if (hop->kept || hop->pending || hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending",
			    hop->quarantined, hop->freed, hop->kept, hop->pending);
	return fill_memory(r);
}

static bool rmp_is_readable(struct run *r)
{
	return inside(r, 30, "grep -qx ready " SYSFS "/state");
}

/* RMPREAD tells no page that may be shown: they are alive by the firmware's word alone. */
static bool guests_live_on(struct run *r)
{
	long long gctx[4];

	if (firmware_contexts(r, gctx, 4) != 2)
		return fail(r, "the firmware has not two contexts");
	for (int i = 0; i < 2; i++)
		if (!inside(r, 30, "grep -E '^0x%llx [0-9]+ 0x[0-9a-f]+ 2 none$' " SYSFS "/adopted", gctx[i]))
			return false;
	return fill_memory(r);
}

static bool guests_end(struct run *r)
{
	long long gctx[4];

	if (!inside(r, 60, "echo all >" SYSFS "/adopted_release && ! grep -q . " SYSFS "/adopted") ||
	    !wait_for_give_back(r, 60))
		return false;
	return !firmware_contexts(r, gctx, 4) ? fill_memory(r) : fail(r, "the firmware still has contexts");
}

/* A quarter of the memory: whoever takes it for free meets it soon. */
static bool launch_much(struct run *r)
{
	return hop_launch_guests(r, "much", "--kind snp --size 512");
}

const struct scenario zen5_scenarios[ZEN5_NR] = {
	{
		.name = "zen5-evict",
		.title = "guests are evicted on a host with RMPREAD and a segmented RMP",
		.on_demand = true,
		.config = { CONFIG("zen5-evict", NULL) },
		.steps = {
			{ .name = "a_segmented_rmp_is_readable", .after = rmp_is_readable },
			{
				.name = "guests_are_evicted_from_7.3_on_zen_5_into_6.12",
				.label = "Zen 5, 7.3 to 6.12",
				.next = "6.12", .sev_es = 1, .snp = 2, .after = nothing_was_left,
			},
			{
				.name = "6.12_on_zen_5_which_has_no_snp_there_jumps_into_7.3",
				.label = "Zen 5, 6.12 to 7.3",
				.next = "7.3", .sev_es = 1, .after = nothing_was_left,
			},
			{
				.name = "guests_are_evicted_from_7.3_on_zen_5_into_6.1",
				.label = "Zen 5, 7.3 to 6.1",
				.next = "6.1", .sev_es = 1, .snp = 1, .after = nothing_was_left,
			},
		},
	},
	{
		.name = "zen5-lazy",
		.title = "guests' pages are handed over on a host with a segmented RMP",
		.config = { CONFIG("zen5-lazy", SNP_EN_STAYS), .append = LAZY },
		.steps = {
			{
				.name = "lazy_guests_pages_cross_zen_5_from_7.3_to_7.3",
				.label = "Zen 5, lazy, 7.3 to 7.3",
				.next = "7.3", .sev_es = 1, .snp = 2, .after = guests_pages_came_back,
			},
			{
				.name = "lazy_guests_pages_cross_zen_5_from_7.3_to_6.12",
				.label = "Zen 5, lazy, 7.3 to 6.12",
				.next = "6.12", .snp = 2, .after = guests_pages_came_back,
			},
			{ .name = "6.12_on_zen_5_goes_on_to_7.3", .label = "Zen 5, back to 7.3", .next = "7.3" },
			{
				.name = "lazy_guests_pages_cross_zen_5_from_7.3_to_6.1",
				.label = "Zen 5, lazy, 7.3 to 6.1",
				.next = "6.1", .snp = 2, .after = guests_pages_came_back,
			},
		},
	},
	{
		.name = "zen5-refusal",
		.title = "a PSP that refuses SHUTDOWN, on a host with a segmented RMP",
		.config = { CONFIG("zen5-refusal", NULL) },
		.steps = {
			{
				.name = "what_the_psp_keeps_is_kept_out_on_zen_5",
				.label = "Zen 5, SHUTDOWN refused",
				.next = "7.3", .sev_es = 1, .snp = 2,
				.before = refuse_shutdown, .after = lives_with_quarantine,
			},
			{
				.name = "it_is_kept_out_of_6.1_on_zen_5_as_well",
				.label = "Zen 5, and on to 6.1",
				.next = "6.1", .after = lives_with_quarantine,
			},
			{
				.name = "it_comes_back_on_zen_5_once_the_psp_answers",
				.label = "Zen 5, and no longer",
				.next = "7.3", .before = answer_again, .after = everything_came_back,
			},
		},
	},
	{
		.name = "zen5-preserve",
		.title = "SNP guests cross in the firmware, on a host with a segmented RMP",
		.on_demand = true,
		.config = { CONFIG("zen5-preserve", NULL), .append = "ccp_ext.policy=preserve" },
		.steps = {
			{
				.name = "preserved_guests_live_on_after_7.3_to_7.3_on_zen_5",
				.label = "Zen 5, preserve",
				.next = "7.3", .snp = 2, .after = guests_live_on,
			},
			{
				.name = "preserved_guests_live_on_after_7.3_to_6.1_on_zen_5",
				.label = "Zen 5, preserve, and on to 6.1",
				.next = "6.1", .after = guests_live_on,
			},
			{ .name = "preserved_guests_end_on_zen_5", .after = guests_end },
		},
	},
	{
		.name = "zen5-contiguous",
		.title = "one table whose words are not those of Zen 3, each page asked",
		.config = { CONFIG("zen5-contiguous", SNP_EN_STAYS, "rmp-segmented=off"),
			    .append = LAZY " ccp_ext.rmp_region=0" },
		.steps = {
			{
				.name = "a_table_that_only_rmpread_can_read_is_read",
				.label = "Zen 5, contiguous, lazy",
				.next = "7.3", .snp = 2, .after = guests_pages_came_back,
			},
		},
	},
	{
		.name = "zen5-words",
		.title = "the control: its words are taken for those of Zen 3",
		.config = { CONFIG("zen5-words", SNP_EN_STAYS, "rmp-segmented=off"),
			    .append = LAZY " ccp_ext.rmp_insn=0" },
		.steps = {
			{
				.name = "a_table_that_is_misread_ends_in_an_rmp_fault",
				.label = "Zen 5, without RMPREAD",
				.next = "7.3", .snp = 2, .dies = true, .touches = true,
			},
		},
	},
	{
		.name = "zen5-unreadable",
		.title = "RMPREAD fails",
		.config = { CONFIG("zen5-unreadable", SNP_EN_STAYS) },
		.steps = {
			{
				.name = "an_rmp_that_cannot_be_read_ends_in_a_cold_reset",
				.label = "Zen 5, RMPREAD fails",
				.next = "7.3", .snp = 1, .force = true, .resets = true,
				.fault = RMPREAD_FAILS "}",
			},
		},
	},
	{
		.name = "zen5-unreadable-late",
		.title = "... only once the guests are gone",
		.config = { CONFIG("zen5-unreadable-late", SNP_EN_STAYS) },
		.steps = {
			{
				.name = "an_rmp_that_cannot_be_read_any_more_ends_in_a_cold_reset",
				.label = "Zen 5, RMPREAD fails later",
				.next = "7.3", .snp = 1, .force = true, .resets = true,
				.fault = RMPREAD_FAILS ", \"armed_by\": \"SHUTDOWN\"}",
			},
		},
	},
	{
		.name = "zen5-unreadable-ignored",
		.title = "the control: guests end all the same, and their pages are taken for free memory",
		.config = { CONFIG("zen5-unreadable-ignored", SNP_EN_STAYS),
			    .append = "ccp_ext.on_unsafe=proceed" },
		.steps = {
			{
				.name = "guests_that_end_while_no_rmp_can_be_read_leave_pages_that_fault",
				.label = "Zen 5, RMPREAD fails, no reset",
				.next = "7.3", .force = true, .may_die = true, .touches = true,
				.before = launch_much, .after = hop_was_harmed,
				.fault = RMPREAD_FAILS "}",
			},
		},
	},
};
