/* SPDX-License-Identifier: GPL-2.0-only */
/* What scenarios with a dump have in common. */
#ifndef KDUMP_H
#define KDUMP_H

#include "firmware.h"

#define KDUMP_HOST	"crashkernel=256M"
#define KDUMP_DISK	"makedumpfile.tar"
#define KDUMP_SYSFS	"/sys/kernel/ccp_ext/vmcore"
#define KDUMP_PAGES	"/run/pages"	/* in the crash kernel: guests' pages, as corepages lists them */

/* Words behind CRASH_CMDLINE: with ccp_ext, and a timer that a busy host may keep for long. */
#define KDUMP_FILTER	"ccpext=1 no_timer_check"
#define KDUMP_CONTROL	"no_timer_check"
/* What the kernel that is to crash says that its crash kernel is to be given. */
#define KDUMP_WORDS	"$(cat /sys/kernel/ccp_ext/kdump_words)"
#define KDUMP_TOLD	KDUMP_FILTER " " KDUMP_WORDS
/* The hop of the kernel before this one: that of a blob which this one has not written. */
#define KDUMP_HOP_BEFORE "ccp_ext.kdump_hop=$(sed -n 's/^hops //p' /sys/kernel/ccp_ext/restore)"

/** kdump_no_touch() - @counter is 0: nothing of @what was read */
bool kdump_no_touch(struct run *r, const char *counter, const char *what);
#define kdump_no_guest_read(r)	kdump_no_touch(r, "guest_reads", "guests' pages")
#define kdump_no_tmr_read(r)	kdump_no_touch(r, "tmr_reads", "the TMR")

/** kdump_cp_touches() - the control of those: cp does, and the machine counts it in @counter */
bool kdump_cp_touches(struct run *r, const char *counter, const char *what);

/** kdump_tools() - unpack the makedumpfiles */
bool kdump_tools(struct run *r);

/** kdump_read_all() - read old memory in each way that there is, and find the crashed host in it */
bool kdump_read_all(struct run *r);

/** kdump_read_each_way() - ... by read, by mmap, and by one makedumpfile, once each */
bool kdump_read_each_way(struct run *r);

/** kdump_read_with_newest() - ... by the makedumpfile of KDUMP_NEWEST, in each way that it has; r->note gets its version */
bool kdump_read_with_newest(struct run *r);
#define KDUMP_NEWEST	"makedumpfile-sid.tar"

/** kdump_is_filtered() - the module's own word for it, and its source */
bool kdump_is_filtered(struct run *r, const char *rmp, const char *handover);

/** kdump_tmr_was_locked() - ... when the crash kernel began */
bool kdump_tmr_was_locked(struct run *r);

/** kdump_reads_the_tmr() - the control of those: cp does, and the machine counts it */
bool kdump_reads_the_tmr(struct run *r);

/** kdump_launch_guest() - one of KDUMP_GUEST_MIB, which stays; @name of its file in /run */
bool kdump_launch_guest(struct run *r, const char *kind, const char *name);
#define KDUMP_GUEST_MIB 8

/** kdump_is_told_of() - until what a crash kernel will be told is current, and tells of so many pins */
bool kdump_is_told_of(struct run *r, int pins);

/** kdump_file_remember() - ahead of the panic: the firmware's guests, for machine.json */
bool kdump_file_remember(struct run *r);

/** kdump_file_dump() - build/out/NAME/vmcore by makedumpfile, machine.json, and the dump says whose it is */
bool kdump_file_dump(struct run *r);

/** kdump_file_is_clean() - the same, filtered by an RMP; no page of a guest is in it, and all are listed */
bool kdump_file_is_clean(struct run *r);

/* Guests' pages in /proc/vmcore, as read(2) gives them. */
struct kdump_look {
	long zeros, content;
	long ones;	/* of those with content */
	long missing;	/* not in it at all */
};

/** kdump_remember_pages() - ask the host which pages its VMMs' mappings of @mib mebibytes and more have */
bool kdump_remember_pages(struct run *r, int mib);

/** kdump_send_pages() - and tell its crash kernel, in KDUMP_PAGES */
bool kdump_send_pages(struct run *r);

/** kdump_rmp() - where the RMP lies, by the machine's word; its last byte */
bool kdump_rmp(struct run *r, unsigned long long *base, unsigned long long *end);

/** kdump_list_pages() - SNP guests' pages by the RMP to KDUMP_PAGES; as many as the machine counts, or it fails */
bool kdump_list_pages(struct run *r, long long *pages);

/** kdump_look_at_pages() - what is shown of the pages in KDUMP_PAGES; false (with the reason) if one is missing */
bool kdump_look_at_pages(struct run *r, struct kdump_look *look);

/** kdump_look_at_pages_of_old() - ... where pages may be missing that the crashed kernel had not as RAM itself */
bool kdump_look_at_pages_of_old(struct run *r, struct kdump_look *look);

/** kdump_dumped_pages() - a makedumpfile with @how: the dump's bytes, and how many of those pages it has */
bool kdump_dumped_pages(struct run *r, const char *how, long long *bytes, long long *shown);

#endif
