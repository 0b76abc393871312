// SPDX-License-Identifier: GPL-2.0-only
/* What is not recorded: each refusal with its own error, and nothing left behind. */
#include <errno.h>
#include <stddef.h>

#include "records.h"

#define SYSFS	"/sys/kernel/ccp_ext"
#define ROOM	(1 << 20)	/* a quarter of region_mb */
#define ENTRY	96		/* struct rmpp_record_ser */

static bool none_left(struct run *r)
{
	return inside(r, 60, "for i in $(seq 100); do grep -q . " SYSFS "/records || exit 0; sleep 0.2; done; "
			     "cat " SYSFS "/records; false");
}

/* A line from the shell, which has no guest. */
static bool line_fails(struct run *r, const char *text, const char *line)
{
	return inside_fails(r, 1, text, "echo -ne '%s' 2>&1 >" DEVICE, line);
}

/* A VMM launches its guests and writes @first, then, if there is one, @second: fails with @error. */
static bool vmm_fails(struct run *r, int error, const char *guests, const char *first, const char *second)
{
	char text[32];

	snprintf(text, sizeof(text), "\"errno\":%d,", error);
	return inside(r, 30, "{ %s; } >/run/first; { %s; } >/run/second", first, second ? second : "true") &&
	       inside_fails(r, 1, text, "sevguest %s --size 2 --record /run/first%s --json", guests,
			    second ? " --record /run/second" : "") &&
	       none_left(r);
}

static bool vmm_succeeds(struct run *r, const char *guests, const char *first, const char *second)
{
	return inside(r, 30, "{ %s; } >/run/first; { %s; } >/run/second", first, second ? second : "true") &&
	       inside(r, 120, "sevguest %s --size 2 --record /run/first%s --json", guests,
		      second ? " --record /run/second" : "") && none_left(r);
}

#define ONE	"--kind sev-es"
#define TWO	"--kind sev-es --count 2 --together"
#define ATTACH(key, guest) "echo attach " key guest "; echo some bytes"
#define BYTES(n) "head -c " #n " /dev/zero"

static bool refuses_others(struct run *r)
{
	return inside_fails(r, 1, "Permission denied", "su nobody -c 'echo >" DEVICE "' 2>&1") &&
	       /* somebody who was given a file that root opened */
	       inside_fails(r, 1, "Operation not permitted",
			    "{ su nobody -c 'echo open " KEY_A " >&3' 2>&1; } 3<>" DEVICE) &&
	       inside_fails(r, 1, "Operation not permitted",
			    "{ su nobody -c 'cat <&3' 2>&1; } 3<>" DEVICE);
}

static bool refuses_without_guest(struct run *r)
{
	return line_fails(r, "No such process", "attach " KEY_A "\\nbytes") &&
	       line_fails(r, "No such process", "attach " KEY_A " last\\nbytes") &&
	       line_fails(r, "No such process", "attach " KEY_A " handle=1\\nbytes") && none_left(r);
}

static bool refuses_what_it_does_not_understand(struct run *r)
{
	static const char * const lines[] = {
		"", "\\n", "attach", "attach\\nbytes", "attach " KEY_A, "attach " KEY_A "\\n",
		"attach  " KEY_A "\\nbytes", "attach " KEY_A " first\\nbytes", "attach " KEY_A " handle=\\nbytes",
		"attach " KEY_A " handle=-1\\nbytes", "attach " KEY_A " last more\\nbytes",
		"attach " KEY_A "00\\nbytes", "attach 12\\nbytes", "Attach " KEY_A "\\nbytes",
		"replace " KEY_A " last\\nbytes", "open " KEY_A "\\nbytes", "open " KEY_A " last", "open",
		"remove " KEY_A "\\nbytes", "list " KEY_A,
		"attach z1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49687a1f0c3d2e5b49687\\nbytes",
		"attach " KEY_A KEY_A KEY_A "\\nbytes",
	};

	/* nothing at all is no write in the shell */
	for (size_t i = 1; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!line_fails(r, "Invalid argument", lines[i]))
			return false;
	return inside_fails(r, 1, "Invalid argument", "head -c 4000 /dev/zero | tr '\\0' x | dd of=" DEVICE
			    " bs=4000 2>&1") && none_left(r);
}

static bool refuses_keys_that_open_nothing(struct run *r)
{
	return line_fails(r, "Required key not available", "open " KEY_A "\\n") &&
	       line_fails(r, "Required key not available", "remove " KEY_A) &&
	       line_fails(r, "Required key not available", "replace " KEY_A "\\nbytes") &&
	       inside_fails(r, 1, "No data available", "cat " DEVICE " 2>&1");
}

static bool refuses_what_is_too_large(struct run *r)
{
	return vmm_succeeds(r, ONE, "echo attach " KEY_A "; " BYTES(65536), NULL) &&
	       vmm_fails(r, EMSGSIZE, ONE, "echo attach " KEY_A "; " BYTES(65537), NULL) &&
	       vmm_fails(r, EMSGSIZE, ONE, "echo attach " KEY_A "; " BYTES(1500000), NULL) &&
	       vmm_fails(r, EMSGSIZE, ONE, ATTACH(KEY_A, ""), "echo replace " KEY_A "; " BYTES(65537));
}

static bool refuses_a_second_one(struct run *r)
{
	return vmm_fails(r, EEXIST, ONE, ATTACH(KEY_A, ""), ATTACH(KEY_B, "")) &&
	       vmm_fails(r, EEXIST, ONE, ATTACH(KEY_A, ""), ATTACH(KEY_A, "")) &&
	       vmm_fails(r, ENOKEY, ONE, ATTACH(KEY_A, ""), "echo replace " KEY_B "; echo more") &&
	       vmm_succeeds(r, ONE, ATTACH(KEY_A, ""), "echo replace " KEY_A "; echo more bytes than before") &&
	       vmm_succeeds(r, ONE, ATTACH(KEY_A, ""), "echo remove " KEY_A);
}

static bool wants_to_know_which_guest(struct run *r)
{
	return vmm_fails(r, ENOTUNIQ, TWO, ATTACH(KEY_A, ""), NULL) &&
	       vmm_succeeds(r, TWO, ATTACH(KEY_A, " last"), NULL) &&
	       vmm_fails(r, EEXIST, TWO, ATTACH(KEY_A, " last"), ATTACH(KEY_B, " last")) &&
	       vmm_fails(r, EPERM, ONE, ATTACH(KEY_A, " handle=0xffffffff"), NULL);
}

/* The one VMM knows its guests' handles (KVM_SEV_GUEST_STATUS), and may as well know the other's. */
static bool refuses_another_vmms_guest(struct run *r)
{
	return inside(r, 120, "rm -f /run/fifo; mkfifo /run/fifo; "
			      "sevguest " ONE " --size 2 --hold --json >/run/other 2>&1 & "
			      "while ! grep -qE 'ready|error' /run/other; do sleep 0.1; done; "
			      "rmpctl show --json " SYSFS "/blob | sed -n 's/.*\"handle\":\\([0-9]*\\).*/\\1/p' >/run/handle; "
			      "[ $(wc -l </run/handle) = 1 ]") &&
	       /* its own by its handle, the other's by the other's */
	       inside(r, 120, "sevguest " ONE " --size 2 --record /run/fifo --hold --json >/run/mine 2>&1 & "
			      "for i in $(seq 100); do rmpctl show --json " SYSFS "/blob | "
			      "sed -n 's/.*\"handle\":\\([0-9]*\\).*/\\1/p' | grep -vx $(cat /run/handle) >/run/own && break; "
			      "sleep 0.2; done; "
			      "{ echo attach " KEY_A " handle=$(cat /run/own); echo bytes; } >/run/fifo; "
			      "while ! grep -qE 'ready|error' /run/mine; do sleep 0.1; done; ! grep error /run/mine; "
			      "grep -q ' sev-es 0 6 0 attached' " SYSFS "/records") &&
	       inside(r, 60, "sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/mine | xargs kill -9") && none_left(r) &&
	       inside(r, 30, "{ echo attach " KEY_B " handle=$(cat /run/handle); echo bytes; } >/run/first") &&
	       inside_fails(r, 1, "\"errno\":1,", "sevguest " ONE " --size 2 --record /run/first --json") &&
	       none_left(r) && inside(r, 30, "sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/other | xargs kill -9");
}

/* What could not be handed over is not taken: here and now, and not at the jump. */
static bool refuses_more_than_there_is_room_for(struct run *r)
{
	return inside(r, 30, "echo 1024 >/sys/module/ccp_ext/parameters/record_kb; "
			     "{ echo attach " KEY_A "; head -c %d /dev/zero; } >/run/full", ROOM - ENTRY) &&
	       inside(r, 120, "sevguest " ONE " --size 2 --record /run/full --hold --json >/run/other 2>&1 & "
			      "while ! grep -qE 'ready|error' /run/other; do sleep 0.1; done; ! grep error /run/other") &&
	       inside(r, 30, "{ " ATTACH(KEY_B, "") "; } >/run/first") &&
	       inside_fails(r, 1, "\"errno\":28,", "sevguest " ONE " --size 2 --record /run/first --json") &&
	       inside(r, 30, "[ $(wc -l <" SYSFS "/records) = 1 ] && rmpctl check " SYSFS "/blob");
}

static bool all_of_it_crossed(struct run *r)
{
	return inside(r, 60, "exec 3<>" DEVICE " && echo open " KEY_A " >&3 && [ $(wc -c <&3) = %d ]", ROOM - ENTRY);
}

const struct scenario records_refused_scenario = {
	.name = "records-refused",
	.title = "records that are refused, and why",
	.config = { .name = "records-refused" },
	.steps = {
		{ .name = "a_record_is_refused_to_who_did_not_open_the_device", .after = refuses_others },
		{ .name = "a_record_is_refused_without_a_guest", .after = refuses_without_guest },
		{ .name = "a_record_is_refused_if_the_line_makes_no_sense", .after = refuses_what_it_does_not_understand },
		{ .name = "a_key_that_is_nobodys_opens_nothing", .after = refuses_keys_that_open_nothing },
		{ .name = "a_record_is_refused_if_it_is_too_large", .after = refuses_what_is_too_large },
		{ .name = "a_second_record_of_a_guest_is_refused_and_a_replacement_is_not", .after = refuses_a_second_one },
		{ .name = "a_vmm_with_two_guests_must_say_which", .after = wants_to_know_which_guest },
		{ .name = "a_record_is_refused_for_another_vmms_guest", .after = refuses_another_vmms_guest },
		{
			.name = "a_record_is_refused_if_it_could_not_be_handed_over_and_what_was_taken_is",
			.label = "records, as many as fit", .next = "6.12",
			.before = refuses_more_than_there_is_room_for, .after = all_of_it_crossed,
		},
	},
};
