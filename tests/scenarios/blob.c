// SPDX-License-Identifier: GPL-2.0-only
/* The blob of the running host, as a reader gets it. */
#include "scenario.h"

#define SYSFS	"/sys/kernel/ccp_ext"

/* Firmware commands change what the blob holds, and the other file takes a capture of its own. */
static bool captures_in_between_do_no_harm(struct run *r)
{
	return inside(r, 60, "exec 3<" SYSFS "/blob; dd bs=512 count=1 <&3 >/tmp/blob 2>/dev/null; "
			     "cat " SYSFS "/firmware " SYSFS "/quarantine_next >/dev/null; cat <&3 >>/tmp/blob; exec 3<&-; "
			     "[ $(stat -c %%s /tmp/blob) -gt 512 ] && rmpctl check /tmp/blob");
}

const struct scenario blob_scenario = {
	.name = "blob",
	.title = "the blob is read while others take captures",
	.config = { .name = "blob" },
	.steps = {
		{
			.name = "a_blob_that_is_read_in_pieces_is_one_blob",
			.snp = 2, .after = captures_in_between_do_no_harm,
		},
	},
};
