// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of a host with SNP guests alive: what the crash kernel reads of them, with ccp_ext and without. */
#include <stdlib.h>
#include <string.h>

#include "kdump.h"

/* The machine counts what is assigned, the module what it keeps from readers. */
static bool keeps_what_is_assigned(struct run *r)
{
	long long pages;

	if (!inside(r, 60, "sed -n 's/^pages //p' " KDUMP_SYSFS))
		return false;
	pages = strtoll(r->output, NULL, 10);
	return (pages > 0 && pages == r->hop.assigned_after) ||
	       fail(r, "%lld pages are kept from readers, %lld are assigned", pages, r->hop.assigned_after);
}

static bool nothing_of_guests_is_read(struct run *r, bool (*reader)(struct run *r))
{
	return kdump_is_filtered(r, "read", "none") && keeps_what_is_assigned(r) && reader(r) && kdump_no_guest_read(r) &&
	       inside(r, 60, "! rmmod ccp_ext 2>/dev/null && ! grep -qx 'withheld 0' " KDUMP_SYSFS
			     " && ! grep -qx 'parts 0' " KDUMP_SYSFS);
}

static bool maps_by_runs(struct run *r)
{
	return inside(r, 60, "! grep -qx 'runs 0' " KDUMP_SYSFS);
}

static bool no_reader_reads_guests(struct run *r)
{
	return nothing_of_guests_is_read(r, kdump_read_all) && maps_by_runs(r);
}

static bool no_way_reads_guests(struct run *r)
{
	return nothing_of_guests_is_read(r, kdump_read_each_way) && maps_by_runs(r);
}

static bool no_page_of_guests_is_read(struct run *r)
{
	return nothing_of_guests_is_read(r, kdump_read_all) && inside(r, 60, "grep -qx 'runs 0' " KDUMP_SYSFS);
}

static bool newest_reads_no_guests(struct run *r)
{
	return nothing_of_guests_is_read(r, kdump_read_with_newest);
}

static bool newest_reads_guests(struct run *r)
{
	long long reads;

	if (!kdump_no_guest_read(r) || !kdump_read_with_newest(r))
		return false;
	reads = firmware_counter(r, "guest_reads");
	return reads > 0 || (!reads && fail(r, "makedumpfile read nothing of guests"));
}

static bool reads_guests(struct run *r)
{
	return kdump_cp_touches(r, "guest_reads", "guests' pages");
}

/* Not a touch, but a reader that is refused, and one that reads what it cannot map. */
static bool cannot_map_all(struct run *r)
{
	return kdump_is_filtered(r, "read", "none") &&
	       inside_fails(r, 1, "mmap: Resource temporarily unavailable", "readcore /proc/vmcore 2>&1") &&
	       kdump_tools(r) &&
	       inside(r, 300, "/tools/makedumpfile-1.7.6 -F -d 0 /proc/vmcore 2>/run/dump >/dev/null && "
			      "grep -q 'read() will be used instead of mmap()' /run/dump");
}

#define DUMP(scenario_name, host, into, ...) {									\
	.name = scenario_name, .on_demand = true,							\
	.title = "a dump of " host " with guests alive, by " into " with ccp_ext",			\
	.config = { .name = scenario_name, .memory = "1G", .series = host, .append = "ccpext=0 " KDUMP_HOST,	\
		    .disk = KDUMP_DISK, __VA_ARGS__ },							\
	.steps = { {											\
		.name = "no_reader_in_a_" into "_crash_kernel_touches_guests_of_" host,		\
		.label = "panic, guests alive, filter", .next = into, .sev_es = 1, .snp = 2,		\
		.crash = true, .append = KDUMP_FILTER, .after = no_reader_reads_guests,		\
	} },												\
}

#define CONTROL(scenario_name, demand, host, into, ...) {							\
	.name = scenario_name, .on_demand = demand,							\
	.title = "the control: the same without ccp_ext",						\
	.config = { .name = scenario_name, .memory = "1G", .series = host, .append = "ccpext=0 " KDUMP_HOST,	\
		    .disk = KDUMP_DISK, __VA_ARGS__ },							\
	.steps = { {											\
		.name = "without_ccp_ext_cp_in_a_" into "_crash_kernel_reads_guests_of_" host,		\
		.label = "panic, guests alive, no filter", .next = into, .sev_es = 1, .snp = 2,	\
		.crash = true, .append = KDUMP_CONTROL, .touches = true, .after = reads_guests,		\
	} },												\
}

#define INTO_7_3(scenario_name, demand, about, sentence, text, tools, words, look) {				\
	.name = scenario_name, .on_demand = demand, .title = about,					\
	.config = { .name = scenario_name, .memory = "1G", .append = "ccpext=0 " KDUMP_HOST, .disk = tools },	\
	.steps = { {											\
		.name = sentence, .label = text, .next = "7.3", .sev_es = 1, .snp = 2,			\
		.crash = true, .append = words, .after = look,						\
	} },												\
}

/* 6.12 and 6.1 do not come up beside a locked IOMMU; what they read if they do is looked at all the same. */
#define UNLOCKED .sets = { IOMMU_UNLOCKED }
/* RMPREAD, and an RMP in segments of 1 GiB */
#define TURIN .profile = "turin", .sets = { "rmp-segment-shift=30" }

const struct scenario kdump_scenarios[KDUMP_NR] = {
	INTO_7_3("kdump-quick", false, "kdump-7.3, and each way of reading once",
		 "by_no_way_of_reading_a_crash_kernel_touches_guests",
		 "panic, guests alive, filter", KDUMP_DISK, KDUMP_FILTER, no_way_reads_guests),
	DUMP("kdump-7.3", "6.12", "7.3"),
	CONTROL("kdump-7.3-control", false, "6.12", "7.3"),
	INTO_7_3("kdump-by-page", true, "kdump-7.3, all mappings made by the kernel, page by page",
		 "page_by_page_no_reader_in_a_7.3_crash_kernel_touches_guests",
		 "panic, guests alive, filter, no runs", KDUMP_DISK, KDUMP_FILTER " ccp_ext.kdump_runs=0",
		 no_page_of_guests_is_read),
	INTO_7_3("kdump-newest", true, "kdump-7.3, by the newest makedumpfile",
		 "the_newest_makedumpfile_touches_no_guest",
		 "panic, guests alive, filter", KDUMP_NEWEST, KDUMP_FILTER, newest_reads_no_guests),
	{
		.name = "kdump-newest-control", .on_demand = true,
		.title = "the control: the same without ccp_ext",
		.config = { .name = "kdump-newest-control", .memory = "1G", .append = "ccpext=0 " KDUMP_HOST, .disk = KDUMP_NEWEST },
		.steps = { {
			.name = "without_ccp_ext_the_newest_makedumpfile_reads_guests",
			.label = "panic, guests alive, no filter", .next = "7.3", .sev_es = 1, .snp = 2,
			.crash = true, .append = KDUMP_CONTROL, .touches = true, .after = newest_reads_guests,
		} },
	},
	INTO_7_3("kdump-mmap-control", true, "the control: parts of a mapping as the kernel maps them",
		 "beside_withheld_pages_a_7.3_crash_kernel_alone_refuses_to_map",
		 "panic, guests alive, parts mapped as the kernel does", KDUMP_DISK, KDUMP_FILTER " ccp_ext.kdump_cached=0",
		 cannot_map_all),
	DUMP("kdump-6.12", "6.12", "6.12", UNLOCKED),
	CONTROL("kdump-6.12-control", true, "6.12", "6.12", UNLOCKED),
	DUMP("kdump-6.1", "7.3", "6.1", UNLOCKED),
	CONTROL("kdump-6.1-control", true, "7.3", "6.1", UNLOCKED),
	DUMP("kdump-turin", "7.3", "7.3", TURIN),
	CONTROL("kdump-turin-control", true, "7.3", "7.3", TURIN),
};
