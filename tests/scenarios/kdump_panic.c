// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a host that panics tells its crash kernel: pages of SEV and SEV-ES guests, which no RMP names. The host itself
 * says before, page by page, which they are (/proc/PID/pagemap); in the crash kernel each of them is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "hop.h"
#include "kdump.h"

#define SYSFS		"/sys/kernel/ccp_ext/crash_handover"
#define GUEST_MIB	KDUMP_GUEST_MIB
#define GUEST_PAGES	(GUEST_MIB * 256)
#define OTHER_CPU	"taskset 2 "
#define SYSRQ		"echo c >/proc/sysrq-trigger"
#define NULL_POINTER	"echo 0 >/sys/module/ccp_ext/parameters/assume_oops"
#define LOCKED		"echo 1 >/sys/module/ccp_ext/parameters/assume_oops"

bool kdump_launch_guest(struct run *r, const char *kind, const char *name)
{
	return hop_launch_guests(r, name, "--kind %s --size %d", kind, GUEST_MIB);
}

bool kdump_is_told_of(struct run *r, int pins)
{
	return inside(r, 60, "n=0; until grep -qx 'state current' " SYSFS " && grep -qx 'pins %d' " SYSFS "; do "
			     "n=$((n + 1)); test $n -lt 100 || { cat " SYSFS "; exit 1; }; sleep 0.1; done", pins);
}

/* One guest of each kind lives; one has lived, and its pages are the host's again. */
static bool two_guests_live(struct run *r)
{
	return kdump_is_told_of(r, 0) && inside(r, 180, "sevguest --kind sev --size %d", GUEST_MIB) && kdump_is_told_of(r, 0) &&
	       kdump_launch_guest(r, "sev", "first") && kdump_launch_guest(r, "sev-es", "second") && kdump_is_told_of(r, 2) &&
	       kdump_remember_pages(r, GUEST_MIB);
}

/* LAUNCH_UPDATE_DATA does not come back: the guest's launch is under way, and ccp's mutex is held. */
static bool a_guest_is_being_launched(struct run *r)
{
	bool busy = false;

	if (!kdump_is_told_of(r, 0) || !add_fault(r, "{\"command\": \"LAUNCH_UPDATE_DATA\", \"action\": \"hang\"}") ||
	    !inside(r, 60, "sevguest --kind sev --size %d --hold >/run/launch 2>&1 &", GUEST_MIB))
		return false;
	for (int i = 0; i < 60 && !busy; i++)
		if (!inside(r, 60, "sleep 0.5") || !firmware_is_busy(r, &busy))
			return false;
	return busy ? kdump_remember_pages(r, GUEST_MIB) : fail(r, "no command hangs");
}

/* The copy was made before they were launched, and is made again when all is over. */
static bool two_guests_live_unseen(struct run *r)
{
	return kdump_is_told_of(r, 0) &&
	       inside(r, 60, "sleep 1; echo 600000 >/sys/module/ccp_ext/parameters/crash_refresh_ms") &&
	       kdump_launch_guest(r, "sev", "first") && kdump_launch_guest(r, "sev-es", "second") && inside(r, 60, "grep -qx 'pins 2' " SYSFS) && kdump_remember_pages(r, GUEST_MIB);
}

static bool notifiers_first(struct run *r)
{
	return inside(r, 30, "echo Y >/sys/module/kernel/parameters/crash_kexec_post_notifiers") && two_guests_live(r);
}

/* The machine sends an NMI that nobody knows; the panic comes from within its handler. */
static bool nmis_panic(struct run *r)
{
	return inside(r, 30, "echo 1 >/proc/sys/kernel/unknown_nmi_panic") && two_guests_live(r);
}

static bool look_at_pages(struct run *r, struct kdump_look *look)
{
	return kdump_send_pages(r) && kdump_look_at_pages(r, look) &&
	       (look->zeros + look->content >= GUEST_PAGES ||
		fail(r, "only %ld pages of guests are known", look->zeros + look->content));
}

static bool shows_nothing_of(struct run *r, const char *rmp)
{
	struct kdump_look look;

	if (!kdump_is_filtered(r, rmp, "read") || !look_at_pages(r, &look))
		return false;
	if (look.content)
		return fail(r, "%ld of %ld pages of guests are shown", look.content, look.zeros + look.content);
	/* and the host is in it, the log of its last minute at least */
	if (!inside(r, 300, "cp /proc/vmcore /dev/null && dd if=/proc/vmcore of=/dev/null bs=1M && "
			    "readcore /proc/vmcore") || !kdump_tools(r) ||
	    !inside(r, 300, "/tools/makedumpfile-1.7.6 --dump-dmesg /proc/vmcore /run/dmesg >/run/dump 2>&1 || "
			    "{ cat /run/dump; exit 1; }; grep -q 'ccp_ext: ' /run/dmesg") || !kdump_no_tmr_read(r))
		return false;
	snprintf(r->note, sizeof(r->note), "0 of %ld pages of guests shown", look.zeros);
	return true;
}

static bool nothing_is_shown(struct run *r)
{
	return shows_nothing_of(r, "none");
}

static bool nothing_is_shown_beside_an_rmp(struct run *r)
{
	return shows_nothing_of(r, "read") && kdump_no_guest_read(r);
}

static bool guests_are_shown(struct run *r)
{
	struct kdump_look look;

	if (!look_at_pages(r, &look))
		return false;
	if (look.content <= look.zeros)
		return fail(r, "only %ld of %ld pages of guests are shown", look.content, look.zeros + look.content);
	snprintf(r->note, sizeof(r->note), "%ld of %ld pages of guests shown", look.content, look.zeros + look.content);
	return true;
}

#define PANIC(id, demand, what, profile_name, host, words, how, into, verdict, is_ready, is_good, told, ...) {	\
	.name = "kdump-panic-" id, .on_demand = demand, .title = what,						\
	.config = { .name = "kdump-panic-" id, .profile = profile_name, .series = host, .monitor = true,		\
		    .append = words KDUMP_HOST, .disk = KDUMP_DISK },						\
	.steps = { { .name = verdict, .label = "panic", .next = into, .crash = true, .order = how, .append = told,	\
		     .loaded = is_ready, .after = is_good, __VA_ARGS__ } },						\
}

#define SEV_HOST(id, demand, what, host, words, how, into, verdict, is_ready)				\
	PANIC(id, demand, what, "rome", host, words, how, into, verdict, is_ready, nothing_is_shown, KDUMP_TOLD)
#define NO_PROBES "ccp_ext.panic_probes=0 "

const struct scenario kdump_panic_scenarios[KDUMP_PANIC_NR] = {
	SEV_HOST("sev", false, "a panic with SEV and SEV-ES guests alive", "6.12", "", SYSRQ, "6.12",
		 "no_page_of_sev_guests_is_in_the_dump_of_a_6.12_host", two_guests_live),
	PANIC("sev-control", false, "the control: the same without ccp_ext in the crash kernel", "rome", "6.12", "", SYSRQ,
	      "6.12", "without_ccp_ext_pages_of_sev_guests_are_in_the_dump", two_guests_live, guests_are_shown,
	      KDUMP_CONTROL, .touches = true),
	SEV_HOST("launching", true, "a NULL pointer on another CPU, a guest's launch and a command under way", "6.12", "",
		 OTHER_CPU "sh -c '" NULL_POINTER "'", "6.12",
		 "an_oops_on_another_cpu_in_the_middle_of_a_launch_shows_nothing_of_the_guest", a_guest_is_being_launched),
	SEV_HOST("late", true, "a copy that is too old, and a write at the panic", "6.12", "", OTHER_CPU "sh -c '" SYSRQ "'",
		 "6.12", "guests_that_no_copy_knows_are_told_at_the_panic", two_guests_live_unseen),
	PANIC("late-control", true, "the control: the same without probes", "rome", "6.12", NO_PROBES, SYSRQ, "6.12",
	      "without_probes_guests_that_no_copy_knows_are_in_the_dump", two_guests_live_unseen, guests_are_shown, KDUMP_TOLD,
	      .touches = true),
	SEV_HOST("copy", true, "the copy alone", "6.12", NO_PROBES, SYSRQ, "6.12",
		 "without_probes_the_copy_is_some_milliseconds_old_and_tells_of_guests", two_guests_live),
	SEV_HOST("notifiers", true, "panic notifiers ahead of the crash kernel", "6.12", "", SYSRQ, "6.12",
		 "with_crash_kexec_post_notifiers_no_page_of_sev_guests_is_in_the_dump", notifiers_first),
	PANIC("nmi", true, "a panic in an NMI", "rome", "6.12", "", "true", "6.12",
	      "a_panic_in_an_nmi_tells_of_guests", nmis_panic, nothing_is_shown, KDUMP_TOLD, .nmi = true),
	SEV_HOST("locked", true, "an oops with the lock held that its own report wants", "6.12", "", LOCKED, "6.12",
		 "an_oops_under_the_lock_of_the_watch_tells_of_guests", two_guests_live),
	PANIC("locked-7.3", true, "... with ccp's panic notifier behind it", "milan", "7.3", "", LOCKED, "7.3",
	      "beside_an_rmp_an_oops_under_the_lock_of_the_watch_tells_of_guests", two_guests_live,
	      nothing_is_shown_beside_an_rmp, KDUMP_TOLD, .snp = 1),
	SEV_HOST("6.1", true, "... by 6.1", "6.1", "", NULL_POINTER, "6.1",
		 "no_page_of_sev_guests_is_in_the_dump_of_a_6.1_host", two_guests_live),
	PANIC("7.3", true, "SEV guests beside an RMP", "milan", "7.3", "", SYSRQ, "7.3",
	      "beside_an_rmp_no_page_of_sev_guests_is_in_the_dump_of_a_7.3_host", two_guests_live,
	      nothing_is_shown_beside_an_rmp, KDUMP_TOLD, .snp = 1),
};
