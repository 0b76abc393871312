// SPDX-License-Identifier: GPL-2.0-only
/* ccp_ext that is loaded behind somebody who has opened /proc/vmcore: said loudly, and what can be taken back is. */
#include <stdio.h>

#include "kdump.h"

static bool load_late(struct run *r, const char *word)
{
	return inside(r, 60, "modprobe ccp_ext && cat " KDUMP_SYSFS " && grep -qx 'late %s' " KDUMP_SYSFS
			     " && grep -qx 'state filtered' " KDUMP_SYSFS, word) &&
	       inside(r, 60, "dmesg | grep -q 'ccp_ext: TOO LATE'");
}

/* All of old memory mapped ahead of the filter, and not touched yet. */
static bool map_all(struct run *r)
{
	return inside(r, 60, "readcore --hold /proc/vmcore >/run/hold 2>&1 & echo $! >/run/reader; "
			     "until grep -q ready /run/hold; do kill -0 $(cat /run/reader) || { cat /run/hold; exit 1; }; sleep 0.1; done");
}

static bool touch_all(struct run *r, const char *expected)
{
	return inside(r, 120, "kill -USR1 $(cat /run/reader); until grep -q sigbus /run/hold; do sleep 0.1; done; "
			      "cat /run/hold; grep -q '^%s ' /run/hold", expected);
}

static bool mappings_are_taken_back(struct run *r)
{
	return map_all(r) && load_late(r, "open") && touch_all(r, "read 0 sigbus [1-9][0-9]*") &&
	       inside(r, 300, "readcore /proc/vmcore && cp /proc/vmcore /dev/null") && kdump_no_guest_read(r);
}

/* Guests' pages were among what is mapped above. */
static bool mappings_read_guests(struct run *r)
{
	long long reads;

	if (!map_all(r) || !kdump_no_guest_read(r) || !touch_all(r, "read [1-9][0-9]* sigbus 0"))
		return false;
	reads = firmware_counter(r, "guest_reads");
	if (reads <= 0)
		return fail(r, "nothing of guests was read");
	snprintf(r->note, sizeof(r->note), "without ccp_ext guests' pages were read %lld times through old mappings", reads);
	return true;
}

static bool an_earlier_look_is_noticed(struct run *r)
{
	return inside(r, 60, "head -c 4 /proc/vmcore >/dev/null") && load_late(r, "opened") &&
	       inside(r, 300, "cp /proc/vmcore /dev/null") && kdump_no_guest_read(r);
}

#define LATE(suffix, into, verdict, function, touched, ...) {						\
	.name = "kdump-late" suffix, .on_demand = true,						\
	.title = "ccp_ext loaded behind the first who opened /proc/vmcore, " into,			\
	.config = { .name = "kdump-late" suffix, .memory = "1G", .append = "ccpext=0 " KDUMP_HOST, __VA_ARGS__ },	\
	.steps = { {											\
		.name = verdict, .label = "panic, guests alive, filter late", .next = into, .snp = 1,	\
		.crash = true, .append = KDUMP_CONTROL, .after = function, .touches = touched,		\
	} },												\
}

const struct scenario kdump_late_scenarios[KDUMP_LATE_NR] = {
	LATE("", "7.3", "what_was_mapped_ahead_of_the_filter_is_taken_back_and_said", mappings_are_taken_back, false),
	LATE("-control", "7.3", "what_was_mapped_is_read_where_no_filter_comes", mappings_read_guests, true),
	LATE("-opened", "6.12", "that_vmcore_was_opened_ahead_of_the_filter_is_said", an_earlier_look_is_noticed, false,
	     .sets = { IOMMU_UNLOCKED }),
};
