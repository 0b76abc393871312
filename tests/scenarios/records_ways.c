// SPDX-License-Identifier: GPL-2.0-only
/* Records of VMMs by other ways than evict, with damage, and while the host is on its way out. */
#include <stdlib.h>

#include <json-c/json.h>

#include "records.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* ---- guests that live on ---- */

static bool alive_and_its_record_too(struct run *r)
{
	return inside(r, 30, "[ $(wc -l <" SYSFS "/adopted) = 1 ]") &&
	       listed(r, "snp 65534 " SIZE_A, 1, "inherited") && reads_a(r) && refused_to_root(r, KEY_A) &&
	       inside(r, 30, "rmpctl show --incoming | grep -qE 'SNP .* alive .* user 65534 '");
}

static bool alive_once_more(struct run *r)
{
	return inside(r, 30, "[ $(wc -l <" SYSFS "/adopted) = 1 ]") &&
	       listed(r, "snp 65534 " SIZE_A, 2, "inherited") && reads_a(r) &&
	       inside(r, 30, "rmpctl show --incoming | grep -qE 'SNP .* alive .* user 65534 .* 1 hops'");
}

static bool release_the_guest(struct run *r)
{
	return inside(r, 60, "echo all >" SYSFS "/adopted_release && ! grep . " SYSFS "/adopted");
}

static bool survived_its_guest(struct run *r)
{
	return listed(r, "snp 65534 " SIZE_A, 3, "inherited") && reads_a(r) &&
	       inside(r, 30, "rmpctl show --incoming | grep -qE 'SNP .* decommissioned +user 65534 .* 2 hops'");
}

const struct scenario records_preserve_scenario = {
	.name = "records-preserve",
	.title = "records of guests that live on",
	.config = { .name = "records-preserve", .append = "ccp_ext.policy=preserve" },
	.steps = {
		{
			.name = "a_preserved_guests_record_is_there_for_its_owner",
			.label = "records, preserve, 6.12 to 6.12", .next = "6.12",
			.before = leave_two_records, .after = alive_and_its_record_too,
		},
		{
			.name = "and_in_a_kernel_that_knows_no_snp",
			.label = "records, preserve, 6.12 to 6.1", .next = "6.1", .after = alive_once_more,
		},
		{
			.name = "a_record_survives_the_guest_that_was_released",
			.label = "records, preserve, 6.1 to 7.3", .next = "7.3",
			.before = release_the_guest, .after = survived_its_guest,
		},
	},
};

/* ---- a record that the jump damages ---- */

/* The blob begins behind the chain; records are its first section, their bytes follow. */
static bool corrupt_the_first_record(struct run *r)
{
	char fault[128];
	long long pa;

	if (!leave_two_records(r) ||
	    !inside(r, 30, "set -- $(head -n 1 " SYSFS "/records); [ $2 = snp ] && "
			   "entries=$(head -c 144 " SYSFS "/blob | tail -c 8 | od -An -t u8) && "
			   "echo $(($(cat " SYSFS "/region_address) + 4096 + entries + 2 * 96 + 30000))"))
		return false;
	pa = strtoll(r->output, NULL, 0);
	snprintf(fault, sizeof(fault), "{\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":%lld,\"len\":1}", pa);
	if (machine_control(&r->machine, "fault-add", json_tokener_parse(fault), NULL))
		return fail(r, "the machine does not take the fault %s", fault);
	return true;
}

static bool the_damaged_one_alone_is_refused(struct run *r)
{
	return inside(r, 30, "grep -qx 'error 0 none' " SYSFS "/restore") &&
	       inside(r, 30, "grep -qE ' snp 65534 [0-9]+ 1 damaged' " SYSFS "/records") &&
	       inside_fails(r, 1, "Bad message", "chmod 666 " DEVICE "; " AS_NOBODY(READ(KEY_A))) &&
	       refused_to_root(r, KEY_A) && reads_b(r);
}

static bool take_the_damaged_one(struct run *r)
{
	return inside(r, 30, AS_NOBODY(TAKE(KEY_A))) && refused_to_nobody(r, KEY_A);
}

/* B was handed on, and has one jump behind it already. */
static bool too_old(struct run *r)
{
	return inside(r, 30, "! grep . " SYSFS "/records && rmpctl show --incoming | "
			     "grep -qE 'user 0 .* " SIZE_B " bytes, 1 hops, withheld'") && refused_to_root(r, KEY_B);
}

const struct scenario records_damaged_scenario = {
	.name = "records-damaged",
	.title = "a bit of a record is flipped by the jump",
	.config = { .name = "records-damaged" },
	.steps = {
		{
			.name = "a_record_damaged_by_the_jump_is_refused_and_nothing_else_is",
			.label = "records, one damaged", .next = "6.12",
			.before = corrupt_the_first_record, .after = the_damaged_one_alone_is_refused,
		},
		{
			.name = "its_owner_can_do_away_with_it",
			.after = take_the_damaged_one,
		},
		{
			.name = "a_record_that_is_record_hops_old_is_dropped",
			.label = "records, too old", .next = "6.12", .append = "ccp_ext.record_hops=1",
			.after = too_old,
		},
	},
};

/* ---- policy lazy ---- */

static bool left_by_vmms_that_were_stopped(struct run *r)
{
	return listed(r, "snp 65534 " SIZE_A, 1, "inherited") && reads_a(r) && reads_b(r) &&
	       refused_to_root(r, KEY_A) &&
	       inside(r, 30, "rmpctl show --incoming | grep -qE 'SNP .* decommissioned +user 65534 '");
}

const struct scenario records_lazy_scenario = {
	.name = "records-lazy",
	.title = "records of guests whose pages are handed over",
	.config = { .name = "records-lazy", .append = "ccp_ext.policy=lazy" },
	.steps = {
		{
			.name = "records_of_vmms_that_were_stopped_are_there_for_their_owners",
			.label = "records, lazy", .next = "6.12",
			.before = leave_two_records, .after = left_by_vmms_that_were_stopped,
		},
	},
};

/* ---- between notifier and jump ---- */

#define LATE_PAGES	2048
#define MARK(n)		"printf '\\\\" n "' | dd of=/dev/port bs=1 seek=1504 2>/dev/null; "
#define WAIT_FOR_IT	"while ! dmesg | grep -q 'ccp_ext: handed over'; do sleep 0.1; done; " MARK("1")

/* A record is removed on the way out, and a guest launched, so that all is written once more. */
static bool remove_and_launch_late(struct run *r)
{
	return leave_two_records(r) && refuse_shutdown(r) &&
	       inside(r, 60, "setsid sh -c \"" WAIT_FOR_IT "echo remove " KEY_B " >" DEVICE " || { " MARK("2") MARK("3") "} ; "
			     "sevguest --kind snp --pages %d --hold --json >/run/guest 2>&1\" >/dev/null 2>&1 &",
		      LATE_PAGES);
}

static long long number(struct json_object *o, const char *part, const char *more, const char *key)
{
	if (!json_object_object_get_ex(o, part, &o) ||
	    (more && !json_object_object_get_ex(o, more, &o)) || !json_object_object_get_ex(o, key, &o))
		return 0;
	return json_object_get_int64(o);
}

static bool handed_over_as_they_were(struct run *r)
{
	struct json_object *arguments = json_object_new_object(), *diff;
	long long marks, pages;

	json_object_object_add(arguments, "from", json_object_new_string("handed-over"));
	json_object_object_add(arguments, "to", json_object_new_string("next"));
	if (machine_control(&r->machine, "diff", arguments, &diff))
		return fail(r, "%s", r->machine.error);
	marks = number(diff, "counters", "moments", "mark");
	pages = number(diff, "census", NULL, "assigned");
	json_object_put(diff);
	/* the first is that of the moment itself, two more are of a removal that was refused */
	if (marks < 2)
		return fail(r, "the record was removed, or nobody tried: %lld marks", marks);
	if (pages < LATE_PAGES)
		return fail(r, "only %lld pages became assigned on the way out", pages);
	return reads_a(r) && reads_b(r) && refused_to_root(r, KEY_A);
}

const struct scenario records_late_scenario = {
	.name = "records-late",
	.title = "a record is removed, and a guest launched, after the hand-over was written",
	.config = { .name = "records-late", .append = "ccp_ext.linger_ms=8000 ccp_ext.gate=0" },
	.steps = {
		{
			.name = "records_do_not_change_once_the_way_out_has_begun",
			.label = "records, way out", .next = "6.12",
			.before = remove_and_launch_late, .after = handed_over_as_they_were,
		},
	},
};
