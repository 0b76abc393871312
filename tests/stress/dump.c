// SPDX-License-Identifier: GPL-2.0-only
/* A crash kernel: who reads the crashed host's memory touches no guest, and the dump that comes out has none in it. */
#include <scenarios/dump.h>
#include <scenarios/firmware.h>
#include <scenarios/kdump.h>

#include "judge.h"

#define READ_S	300

static bool is_filtered(struct run *r)
{
	return inside(r, 60, "grep -qx 'state filtered' " KDUMP_SYSFS " && grep -qx 'late no' " KDUMP_SYSFS " || "
			     "{ cat " KDUMP_SYSFS "; false; }");
}

static bool read_each_way(struct run *r)
{
	return inside(r, READ_S, "cp /proc/vmcore /dev/null && readcore /proc/vmcore");
}

/* The list knows all pages that the RMP has, and none of them is in the dump. */
static bool audit(struct run *r)
{
	struct json_object *audit;
	bool complete;

	if (!dump_to_disk(r, "-c -d 31", "vmcore"))
		return false;
	audit = dump_audit(r, 0, "vmcore");
	if (!audit)
		return false;
	complete = json_object_get_boolean(firmware_member(audit, "complete"));
	snprintf(r->note, sizeof(r->note), "0 of %lld pages in the dump", dump_number(audit, NULL, "listed"));
	json_object_put(audit);
	return (complete || fail(r, "the dump does not say of all pages whose they were")) && on_host(r, 0, "rm -f vmcore");
}

bool judge_dump(struct run *r, const struct plan *p, struct result *result)
{
	(void)p;
	return result_check(result, CHECK_DUMP, is_filtered(r) && read_each_way(r)) &&
	       result_check(result, CHECK_AUDIT, audit(r));
}
