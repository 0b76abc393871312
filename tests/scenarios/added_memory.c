// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is added to a running host, as ACPI has it: a DIMM, which no map of the firmware's names. The next
 * kernel adds it once more, and then gives it to its allocator as a whole.
 */
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define LAZY		"ccp_ext.policy=lazy"
/* 2 GiB, and a DIMM of 1 GiB from 4 GiB on, with entries of the RMP for all of it */
#define ROOM(set)	.memory = "2G,slots=1,maxmem=8G", .sets = { "rmp-size=22M", set }
#define DIMM(set)					\
	ROOM(set),					\
	.arguments = { "-object", "memory-backend-ram,id=memory,size=1G", "-device", "pc-dimm,id=dimm,memdev=memory" }
#define IN_THE_DIMM	"^0x1[0-3][0-9a-f]\\{7\\} "

/* What would be kept out now, guests alive. */
static bool guests_lie_there(struct run *r)
{
	return inside(r, 30, "grep '^1[0-9a-f]\\{8\\}-.* : System RAM' /proc/iomem && "
			     "grep '" IN_THE_DIMM "' " SYSFS "/quarantine_next");
}

static bool crossed_and_came_back(struct run *r)
{
	return inside(r, 30, "dmesg | grep 'BIOS-e820: .mem 0x0000000100000000-.*usable'") && everything_came_back(r);
}

const struct scenario added_memory_scenario = {
	.name = "added-memory",
	.title = "guests lie in memory that was added to the running host",
	.config = { .name = "added-memory", .append = LAZY, DIMM(NULL) },
	.steps = {
		{
			.name = "guests_in_memory_that_was_added_are_kept_out",
			.label = "guests in a DIMM", .next = "6.12", .snp = 1,
			.loaded = guests_lie_there, .after = crossed_and_came_back,
		},
		{
			.name = "and_in_the_kernel_after_that",
			.label = "... and on", .next = "6.12", .snp = 1,
			.loaded = guests_lie_there, .after = crossed_and_came_back,
		},
	},
};

static bool one_was_evicted(struct run *r)
{
	return (!strcmp(r->hop.snp, "UNINIT") && r->hop.evicted == 1 && !r->hop.quarantined) ||
	       fail(r, "at the jump SNP was %s; %lld guests evicted, %lld pages quarantined", r->hop.snp, r->hop.evicted,
		    r->hop.quarantined);
}

/* kexec_file_load passes on the map of the boot, in which added memory never stands. */
static bool guests_were_evicted(struct run *r)
{
	return inside(r, 30, "! dmesg | grep 'BIOS-e820: .mem 0x0000000100000000-.*usable'") && one_was_evicted(r) &&
	       fill_memory(r);
}

static bool plug_a_dimm(struct run *r)
{
	return (!machine_monitor(&r->machine, "object-add", json_tokener_parse(
			"{\"qom-type\": \"memory-backend-ram\", \"id\": \"memory\", \"size\": 1073741824}")) &&
		!machine_monitor(&r->machine, "device_add", json_tokener_parse(
			"{\"driver\": \"pc-dimm\", \"id\": \"dimm\", \"memdev\": \"memory\"}"))) ||
	       fail(r, "%s", r->machine.error);
}

static bool guests_come_to_lie_in_a_dimm(struct run *r)
{
	return plug_a_dimm(r) &&
	       inside(r, 60, "n=0; until [ $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) -gt 2500000 ]; do "
			     "n=$((n + 1)); test $n -lt 300 || exit 1; sleep 0.1; done; "
			     "sevguest --kind snp --hold --json >/run/more 2>&1 & "
			     "until grep -qE 'ready|error' /run/more 2>/dev/null; do sleep 0.1; done; ! grep error /run/more") &&
	       guests_lie_there(r);
}

const struct scenario added_memory_late_scenario = {
	.name = "added-memory-late",
	.title = "memory is added when the image is loaded already",
	.config = { .name = "added-memory-late", .append = LAZY, ROOM(NULL), .monitor = true },
	.steps = {
		{
			.name = "guests_in_memory_that_was_added_since_the_load_are_evicted",
			.label = "DIMM behind the load", .next = "6.12",
			.loaded = guests_come_to_lie_in_a_dimm, .after = guests_were_evicted,
		},
	},
};

static bool for_the_map_s_sake(struct run *r)
{
	return machine_console_has(&r->machine, "memory that the image's map lacks") ||
	       fail(r, "reset, but not because of the map");
}

static bool the_firmware_keeps_pages_there(struct run *r)
{
	return refuse_shutdown(r) && guests_lie_there(r);
}

const struct scenario added_memory_file_scenario = {
	.name = "added-memory-file",
	.title = "... and the image does not know of it",
	.config = { .name = "added-memory-file", .append = LAZY " " ASSUME_UNLOCKED, DIMM(IOMMU_UNLOCKED) },
	.steps = {
		{
			.name = "guests_in_memory_that_the_image_does_not_know_of_are_evicted",
			.label = "guests in a DIMM, file", .next = "6.12", .snp = 1, .file = true,
			.loaded = guests_lie_there, .after = guests_were_evicted,
		},
		{
			.name = "what_is_locked_in_memory_that_the_image_does_not_know_of_ends_in_a_cold_reset",
			.label = "... SHUTDOWN refused, file", .next = "6.12", .snp = 1, .file = true, .resets = true,
			.loaded = the_firmware_keeps_pages_there, .after = for_the_map_s_sake,
		},
	},
};

/* At once or when memory is filled. */
static bool met_a_guests_page(struct run *r)
{
	if (r->hop.alive)
		fill_memory(r);
	return machine_event(&r->machine, "rmp-fault") || fail(r, "no RMP fault");
}

const struct scenario added_memory_unguarded_scenario = {
	.name = "added-memory-unguarded",
	.title = "the control: nobody looks at the image's map",
	.config = { .name = "added-memory-unguarded", .append = LAZY " ccp_ext.check_map=0 ccp_ext.giveback=0", DIMM(NULL) },
	.steps = {
		{
			.name = "memory_that_the_image_does_not_know_of_is_given_away_with_the_guests_in_it",
			.label = "guests in a DIMM, file, unguarded", .next = "6.12", .snp = 1, .file = true, .may_die = true,
			.touches = true, .loaded = guests_lie_there, .after = met_a_guests_page,
		},
	},
};
