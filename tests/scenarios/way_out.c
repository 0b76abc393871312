// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens between the reboot notifier and the jump: userspace still runs then, and launches
 * guests. ccp_ext.linger_ms makes that time long enough for it to happen every time.
 */
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define LATE_PAGES	2048
#define LINGER		"ccp_ext.linger_ms=8000"
#define NO_GATE		LINGER " ccp_ext.gate=0"
#define NO_LOOK		NO_GATE " ccp_ext.last_look=0"

/* The machine counts writes to its mark port; the first one is the moment of its first snapshot. */
#define MARK(n)		"printf '\\\\" n "' | dd of=/dev/port bs=1 seek=1504 2>/dev/null; "
#define WAIT_FOR_IT	"while ! dmesg | grep -q 'ccp_ext: handed over'; do sleep 0.1; done; " MARK("1")

/* Goes on until the jump ends it; in the time that counts each try leaves a mark. */
static bool launch_for_ever(struct run *r, const char *kind)
{
	return inside(r, 60,
		      "setsid sh -c \"" WAIT_FOR_IT ": >/run/it\" >/dev/null 2>&1 & "
		      "setsid sh -c \"while :; do sevguest --kind %s --pages 64 --hold --json >/run/guest 2>&1; "
		      "test ! -e /run/it || { " MARK("2") "}; sleep 0.1; done\" >/dev/null 2>&1 & "
		      "while ! grep -q ready /run/guest; do sleep 0.1; done", kind);
}

static bool launch_snp_for_ever(struct run *r)
{
	return launch_for_ever(r, "snp");
}

static bool launch_sev_es_for_ever(struct run *r)
{
	return launch_for_ever(r, "sev-es");
}

/* One guest which nobody expects any more. */
static bool launch_pages_late(struct run *r, int pages)
{
	return inside(r, 60, "setsid sh -c \"" WAIT_FOR_IT
			     "sevguest --kind snp --pages %d --hold --json >/run/guest 2>&1\" >/dev/null 2>&1 &",
		      pages);
}

static bool launch_late(struct run *r)
{
	return launch_pages_late(r, LATE_PAGES);
}

static bool refuse_shutdown_and_launch_late(struct run *r)
{
	return refuse_shutdown(r) && launch_late(r);
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(o, key, &field);
	return field;
}

/* What the machine saw from the first mark to the next kernel's first line. */
static bool changed_on_the_way(struct run *r, struct json_object **diff)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "from", json_object_new_string("handed-over"));
	json_object_object_add(arguments, "to", json_object_new_string("next"));
	return !machine_control(&r->machine, "diff", arguments, diff) || fail(r, "%s", r->machine.error);
}

static long long marks(struct json_object *diff)
{
	return json_object_get_int64(member(member(member(diff, "counters"), "moments"), "mark"));
}

static bool nothing_changed(struct run *r)
{
	struct json_object *diff, *counters;
	bool ok = false;

	if (!changed_on_the_way(r, &diff))
		return false;
	counters = member(diff, "counters");
	if (marks(diff) < 2)
		fail(r, "nobody tried to launch a guest on the way out");
	else if (member(counters, "commands") || member(counters, "rmpupdate") ||
		 json_object_object_length(member(diff, "census")))
		fail(r, "changed on the way out: %s", json_object_to_json_string(diff));
	else
		ok = true;
	json_object_put(diff);
	if (ok && strcmp(r->hop.sev, "UNINIT"))
		return fail(r, "SEV was %s at the jump", r->hop.sev);
	if (ok && (r->hop.quarantined || r->hop.kept))
		return fail(r, "%lld pages quarantined, %lld kept", r->hop.quarantined, r->hop.kept);
	return ok && fill_memory(r);
}

static bool more_was_handed_over(struct run *r)
{
	struct json_object *diff;
	long long more;

	if (!changed_on_the_way(r, &diff))
		return false;
	more = json_object_get_int64(member(member(diff, "census"), "assigned"));
	json_object_put(diff);
	if (more < LATE_PAGES)
		return fail(r, "only %lld pages became assigned on the way out", more);
	return fill_memory(r);
}

const struct scenario racing_launch_scenarios[3] = {
	{
		.name = "racing-launch",
		.title = "guests are launched until the jump",
		.config = { .name = "racing-launch", .append = LINGER },
		.steps = {
			{
				.name = "what_was_handed_over_does_not_change_until_the_jump",
				.label = "guests launched until the jump",
				.next = "6.12", .before = launch_snp_for_ever, .after = nothing_changed,
			},
		},
	}, {
		.name = "racing-launch-7.3",
		.title = "... from 7.3",
		.config = { .name = "racing-launch-7.3", .series = "7.3", .append = LINGER },
		.steps = {
			{
				.name = "what_was_handed_over_does_not_change_until_the_jump_from_7.3",
				.label = "... from 7.3",
				.next = "6.12", .before = launch_snp_for_ever, .after = nothing_changed,
			},
		},
	}, {
		.name = "racing-launch-6.1",
		.title = "... from 6.1, SEV-ES",
		.config = { .name = "racing-launch-6.1", .profile = "rome", .series = "6.1", .append = LINGER },
		.steps = {
			{
				.name = "what_was_handed_over_does_not_change_until_the_jump_from_6.1",
				.label = "... from 6.1, SEV-ES",
				.next = "6.12", .before = launch_sev_es_for_ever, .after = nothing_changed,
			},
		},
	},
};

/* Somebody else calls reboot(2) in the time that counts; and the chain of notifiers is called once more. */
static bool reboot_once_more(struct run *r)
{
	return inside(r, 60, "setsid sh -c \"" WAIT_FOR_IT "sleep 1; " MARK("2")
			     "stockkexec --exec & sleep 1; " MARK("2") "\" >/dev/null 2>&1 &");
}

const struct scenario reentered_scenario = {
	.name = "reentered",
	.title = "a second restart while the first one is on its way",
	.config = { .name = "reentered", .append = "ccp_ext.linger_ms=6000 ccp_ext.reenter=1" },
	.steps = {
		{
			.name = "a_notifier_that_is_called_twice_leaves_what_was_handed_over",
			.label = "restarted twice", .next = "6.12", .sev_es = 1, .snp = 1,
			.loaded = reboot_once_more, .after = nothing_changed,
		},
	},
};

const struct scenario late_guest_scenarios[2] = {
	{
		.name = "late-guest",
		.title = "a guest is launched after the hand-over, beside a firmware that stays up",
		.config = { .name = "late-guest", .append = NO_GATE },
		.steps = {
			{
				.name = "a_guest_launched_after_the_hand_over_is_kept_out_as_well",
				.label = "guest after the hand-over",
				.next = "6.12", .before = refuse_shutdown_and_launch_late,
				.after = more_was_handed_over,
			},
		},
	}, {
		.name = "late-guest-7.3",
		.title = "... from 7.3",
		.config = { .name = "late-guest-7.3", .series = "7.3", .append = NO_GATE },
		.steps = {
			{
				.name = "a_guest_launched_after_the_hand_over_is_kept_out_as_well_from_7.3",
				.label = "... from 7.3",
				.next = "7.3", .before = refuse_shutdown_and_launch_late,
				.after = more_was_handed_over,
			},
		},
	},
};

const struct scenario late_guest_unseen_scenario = {
	.name = "late-guest-unseen",
	.title = "the control: the same without a last look",
	.config = { .name = "late-guest-unseen", .append = NO_LOOK },
	.steps = {
		{
			.name = "without_a_last_look_the_next_kernel_dies_of_the_late_guest",
			.label = "... without a last look",
			.next = "6.12", .dies = true, .before = refuse_shutdown_and_launch_late,
		},
	},
};

/*
 * What snp-kexec lent to kexec_load() and took back is lent again, to whoever comes next; and there is little else that
 * is free: the guest takes three quarters of it.
 */
static bool launch_in_the_way(struct run *r)
{
	return inside(r, 120, "memfill --leave 96 --hold /run/never >/run/fill & "
			      "while ! grep -q filled /run/fill; do sleep 0.2; done") &&
	       inside(r, 30, "n=14; while test $((n -= 1)) -ge 0; do echo 1 >" SYSFS "/image_donate; done; "
			     "grep -q ^clean " SYSFS "/image") &&
	       refuse_shutdown(r) && launch_pages_late(r, 9 * LATE_PAGES);
}

/*
 * That it was reset, and not by a kernel that had died, was the machine's word. So large a guest gets
 * pages of the topmost block, which no chain can name, or of the image's; which one first is chance.
 */
static bool for_want_of_a_way(struct run *r)
{
	return machine_console_has(&r->machine, "in the topmost 2 MiB of RAM; cold reset instead") ||
	       machine_console_has(&r->machine, "near assigned pages; cold reset instead") ||
	       fail(r, "reset, but not because of the guest");
}

/* As if somebody had been served from the image's block, at every try. */
static bool others_are_told_of(struct run *r)
{
	return inside(r, 30, "grep -q '^clean others have [1-9][0-9]* pages' " SYSFS "/image");
}

static bool nobody_else_is_there(struct run *r)
{
	return inside(r, 30, "grep -qx clean " SYSFS "/image");
}

static bool for_the_firmware_s_sake(struct run *r)
{
	return machine_console_has(&r->machine, "started again after its shutdown; cold reset instead") ||
	       fail(r, "reset, but not because the firmware was started again");
}

const struct scenario late_hit_scenario = {
	.name = "late-hit",
	.title = "... where it cannot be kept out",
	.config = { .name = "late-hit", .append = NO_GATE },
	.steps = {
		{
			.name = "a_guest_that_cannot_be_kept_out_after_the_hand_over_ends_in_a_cold_reset",
			.label = "... where it cannot be kept out",
			.next = "6.12", .resets = true, .loaded = launch_in_the_way,
			.after = for_want_of_a_way,
		},
	},
};

const struct scenario restarted_scenarios[2] = {
	{
		.name = "restarted",
		.title = "the firmware is started again after the hand-over",
		.config = { .name = "restarted", .append = NO_GATE },
		.steps = {
			{
				.name = "a_firmware_started_again_after_the_hand_over_ends_in_a_cold_reset",
				.label = "firmware started again",
				.next = "6.12", .resets = true, .before = launch_late,
				.after = for_the_firmware_s_sake,
			},
		},
	}, {
		.name = "restarted-unseen",
		.title = "the control: the same without a last look",
		.config = { .name = "restarted-unseen", .append = NO_LOOK },
		.steps = {
			{
				.name = "without_a_last_look_the_next_kernel_dies_of_a_firmware_started_again",
				.label = "... without a last look",
				.next = "6.12", .dies = true, .before = launch_late,
			},
		},
	},
};

const struct scenario lent_scenarios[2] = {
	{
		.name = "lent",
		.title = "what is lent to kexec_load is taken back",
		.config = { .name = "lent", .series = "7.3" },
		.steps = {
			{
				.name = "nobody_else_has_pages_in_the_block_of_the_image_s_own",
				.label = "lent, taken back",
				.next = "6.12", .loaded = nobody_else_is_there,
			},
		},
	}, {
		.name = "lent-for-good",
		.title = "... is not taken back",
		.config = { .name = "lent-for-good", .append = "ccp_ext.retake=0" },
		.steps = {
			{
				.name = "pages_that_others_have_beside_the_image_s_own_are_told_of",
				.label = "... for good",
				.next = "6.12", .loaded = others_are_told_of,
			},
		},
	},
};
