// SPDX-License-Identifier: GPL-2.0-only
/* Readers of /proc/vmcore: each tool, each way. */
#include <string.h>

#include "kdump.h"

#define READ_TIMEOUT_S	300

bool kdump_no_touch(struct run *r, const char *counter, const char *what)
{
	long long reads = firmware_counter(r, counter);

	return !reads || (reads > 0 && fail(r, "%lld reads of %s", reads, what));
}

bool kdump_cp_touches(struct run *r, const char *counter, const char *what)
{
	long long reads;

	if (!kdump_no_touch(r, counter, what) || !inside(r, READ_TIMEOUT_S, "cp /proc/vmcore /dev/null"))
		return false;
	reads = firmware_counter(r, counter);
	if (reads <= 0)
		return reads ? false : fail(r, "cp read nothing of %s", what);
	snprintf(r->note, sizeof(r->note), "without ccp_ext cp read %s %lld times", what, reads);
	return true;
}

bool kdump_tools(struct run *r)
{
	return inside(r, 60, "mkdir -p /tools && { test -x /tools/ld.so || tar -xf /dev/vdb -C /tools; }");
}

/* Copying tools: kdump-tools falls back to the first one. */
static const char * const copies[] = {
	"cp /proc/vmcore /dev/null",
	"dd if=/proc/vmcore of=/dev/null bs=1M",
	"cat /proc/vmcore >/dev/null",
	"readcore /proc/vmcore",
};

/* makedumpfile maps, and reads with --non-mmap. What it writes is thrown away. */
static const char * const dumps[] = {
	"-d 0", "-d 1", "-d 31", "-d 0 --non-mmap", "-d 1 --non-mmap", "-d 31 --non-mmap", "-E -d 0",
};

static bool dump_with(struct run *r, const char *version)
{
	/* quick, and no compressor of which the version is in doubt */
	for (unsigned int i = 0; i < sizeof(dumps) / sizeof(*dumps); i++)
		if (!inside(r, READ_TIMEOUT_S, "/tools/makedumpfile-%s -F %s /proc/vmcore 2>/run/dump >/dev/null || "
					       "{ tail -n 5 /run/dump; exit 1; }", version, dumps[i]))
			return false;
	return true;
}

/* A dump without the host in it would be clean as well. */
static bool finds_the_host(struct run *r, const char *version)
{
	return inside(r, READ_TIMEOUT_S, "/tools/makedumpfile-%s --dump-dmesg /proc/vmcore /run/dmesg >/run/dump 2>&1 || "
					 "{ cat /run/dump; exit 1; }; grep -q 'sysrq: Trigger a crash' /run/dmesg", version);
}

bool kdump_read_all(struct run *r)
{
	for (unsigned int i = 0; i < sizeof(copies) / sizeof(*copies); i++)
		if (!inside(r, READ_TIMEOUT_S, "%s", copies[i]))
			return false;
	return kdump_tools(r) && dump_with(r, "1.7.2") && dump_with(r, "1.7.6") && finds_the_host(r, "1.7.2");
}

bool kdump_read_with_newest(struct run *r)
{
	if (!kdump_tools(r) || !inside(r, 60, "/tools/makedumpfile-sid -v 2>&1 | grep -m 1 '^makedumpfile:'"))
		return false;
	snprintf(r->note, sizeof(r->note), "%.80s", r->output);
	return dump_with(r, "sid") && finds_the_host(r, "sid");
}

bool kdump_read_each_way(struct run *r)
{
	return inside(r, READ_TIMEOUT_S, "cp /proc/vmcore /dev/null && readcore /proc/vmcore") && kdump_tools(r) &&
	       inside(r, READ_TIMEOUT_S, "for way in '-d 0' '-d 31' '-d 31 --non-mmap'; do "
			"/tools/makedumpfile-1.7.6 -F $way /proc/vmcore 2>/run/dump >/dev/null || "
			"{ tail -n 5 /run/dump; exit 1; }; done") &&
	       finds_the_host(r, "1.7.2");
}

bool kdump_is_filtered(struct run *r, const char *rmp, const char *handover)
{
	return inside(r, 60, "cat " KDUMP_SYSFS "; grep -qx 'state filtered' " KDUMP_SYSFS
			     " && grep -qx 'rmp %s' " KDUMP_SYSFS " && grep -qx 'handover %s' " KDUMP_SYSFS
			     " && grep -qx 'late no' " KDUMP_SYSFS, rmp, handover);
}
