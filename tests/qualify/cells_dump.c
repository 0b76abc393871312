// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <scenarios/dump.h>
#include <scenarios/kdump.h>

#include "cells.h"

#define GUEST_PAGES	(GUESTS * KDUMP_GUEST_MIB * 256)

/* No RMP names pages of SEV guests: the host says itself, before it panics, which they are. */
static bool guests_are_remembered(struct run *r)
{
	const char *kind = plan_kind(plan_of(r)->row);

	return kdump_is_told_of(r, 0) && kdump_launch_guest(r, kind, "first") && kdump_launch_guest(r, kind, "second") &&
	       kdump_is_told_of(r, GUESTS) && kdump_remember_pages(r, KDUMP_GUEST_MIB);
}

bool cell_ready_to_panic(struct run *r)
{
	return (plan_of(r)->row == ROW_SNP || guests_are_remembered(r)) && kdump_file_remember(r);
}

static bool audit_lists_guests(struct run *r)
{
	struct json_object *audit = dump_audit(r, 0, "vmcore");
	long long listed;
	bool complete;

	if (!audit)
		return false;
	listed = dump_number(audit, NULL, "listed");
	complete = json_object_get_boolean(firmware_member(audit, "complete"));
	json_object_put(audit);
	if (!complete || listed < GUEST_PAGES)
		return fail(r, "the dump tells of %lld pages that are not the host's%s, guests have %d", listed,
			    complete ? "" : ", and not of all", GUEST_PAGES);
	snprintf(r->note, sizeof(r->note), "0 of %lld pages in the dump", listed);
	return true;
}

static bool shows_no_guest(struct run *r)
{
	struct kdump_look look;

	if (!kdump_send_pages(r) || !kdump_look_at_pages(r, &look))
		return false;
	return (!look.content && look.zeros >= GUEST_PAGES) ||
	       fail(r, "%ld pages of guests are shown, and %ld are not", look.content, look.zeros);
}

bool cell_dump_is_clean(struct run *r)
{
	if (plan_of(r)->row == ROW_SNP)
		return kdump_file_is_clean(r);
	return kdump_is_filtered(r, "none", "read") && kdump_file_dump(r) && audit_lists_guests(r) && shows_no_guest(r) &&
	       kdump_no_tmr_read(r);
}

/* The script's one line: a verdict, and why. */
bool cell_crash_opens(struct run *r)
{
	const struct target *target = plan_of(r)->target;
	const char *build = getenv("BUILD");
	char script[512], directory[512], *why;

	if (!realpath("tests/qualify/crash.sh", script) || !realpath(build && *build ? build : "build", directory))
		return fail(r, "no tests/qualify/crash.sh, or no build directory");
	if (!on_host(r, 0, "%s %s %s %s vmcore machine.json", script, directory, target->kernel, target->vmlinux))
		return false;
	r->output[strcspn(r->output, "\n")] = '\0';
	why = strstr(r->output, ": ");
	if (!why)
		return fail(r, "tests/qualify/crash.sh says: %.200s", r->output);
	*why = '\0';
	why += 2;
	if (verdict_of(r->output) != VERDICT_PASS) {
		cells_say(verdict_of(r->output));
		return fail(r, "%.500s", why);
	}
	snprintf(r->note, sizeof(r->note), "%s", why);
	return true;
}
