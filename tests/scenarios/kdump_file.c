// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of makedumpfile that leave the machine, and what the tools for dumps say of them: rmpctl here, crash in
 * "make check-crash". build/out/NAME/vmcore stays, and machine.json beside it: the machine's own word for its guests
 * and for what was assigned.
 */
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "hop.h"
#include "kdump.h"

#define GUESTS_STAY	"ccp_ext.panic_evict=0 "

/* of the moment before the panic */
static struct json_object *guests;

bool kdump_file_remember(struct run *r)
{
	struct json_object *status = firmware_status(r);

	if (!status)
		return false;
	json_object_put(guests);
	guests = json_object_get(firmware_member(status, "guests"));
	json_object_put(status);
	return true;
}

static bool keep_facts(struct run *r)
{
	struct json_object *facts = json_object_new_object(), *census;
	char path[512];
	int rc;

	if (machine_control(&r->machine, "census", NULL, &census)) {
		json_object_put(facts);
		return fail(r, "%s", r->machine.error);
	}
	json_object_object_add(facts, "guests", json_object_get(guests));
	json_object_object_add(facts, "census", census);
	snprintf(path, sizeof(path), "%s/machine.json", r->machine.logs);
	rc = json_object_to_file_ext(path, facts, JSON_C_TO_STRING_PRETTY);
	json_object_put(facts);
	return !rc || fail(r, "cannot write %s", path);
}

static long long guests_pages(struct json_object *pages)
{
	return dump_number(pages, NULL, "Guest-Valid") + dump_number(pages, NULL, "Guest-Invalid");
}

/*
 * RMPREAD tells neither whether a page was validated nor a context from other pages of the firmware (docs/handover.md); where
 * the segments lie a blob does not say, so that their own pages are among these.
 */
static bool counts_by_rmpread(struct run *r, struct json_object *kinds, struct json_object *census)
{
	struct json_object *pages = firmware_member(census, "pages");
	long long listed = dump_number(kinds, "Guest-Valid", "listed") + dump_number(kinds, "Guest-Invalid", "listed");
	long long others = dump_number(kinds, "Context", "listed") + dump_number(kinds, "Firmware", "listed");

	if (listed != guests_pages(pages))
		return fail(r, "%lld pages of guests are listed, the machine has %lld", listed, guests_pages(pages));
	return listed + others >= dump_number(census, NULL, "assigned") ||
	       fail(r, "%lld pages are listed, %lld are assigned", listed + others, dump_number(census, NULL, "assigned"));
}

/* What an audit lists of each of the RMP's states is what the machine counts. */
static bool counts_by_state(struct run *r, struct json_object *kinds, struct json_object *census)
{
	struct json_object *pages = firmware_member(census, "pages");
	long long listed;

	json_object_object_foreach(pages, state, count) {
		if (!strcmp(state, "Hypervisor") || !strcmp(state, "HV-Fixed"))
			continue;
		listed = dump_number(kinds, state, "listed");
		if (listed != json_object_get_int64(count))
			return fail(r, "%s: %lld pages are listed, the machine has %lld", state, listed,
				    (long long)json_object_get_int64(count));
	}
	return true;
}

static bool counts_as_the_machine(struct run *r, struct json_object *audit)
{
	struct json_object *kinds = firmware_member(audit, "kinds"), *census;
	bool ok;

	if (machine_control(&r->machine, "census", NULL, &census))
		return fail(r, "%s", r->machine.error);
	ok = r->scenario->config.profile ? counts_by_rmpread(r, kinds, census) : counts_by_state(r, kinds, census);
	ok = ok && (guests_pages(firmware_member(census, "pages")) > 0 || fail(r, "no page is a guest's"));
	json_object_put(census);
	return ok;
}

static bool audit_is_clean(struct run *r, const char *words)
{
	struct json_object *audit = dump_audit(r, 0, words);
	bool ok = audit && counts_as_the_machine(r, audit);

	if (ok)
		snprintf(r->note, sizeof(r->note), "0 of %lld pages in the dump", dump_number(audit, NULL, "listed"));
	ok = ok && (json_object_get_boolean(firmware_member(audit, "complete")) || fail(r, "not all is known"));
	json_object_put(audit);
	return ok;
}

/* The blob in a dump is that of the kernel that crashed. */
static bool names_the_host(struct run *r)
{
	return on_host(r, 0, "$RMPCTL show vmcore >show && grep -q '^Kernel *'$(cat ../../kernels/%s/release)'$' show && "
			     "$RMPCTL check vmcore",
		       r->scenario->config.series ? r->scenario->config.series : "6.12");
}

/* ... and says what the crash kernel has read, where there is an RMP to read. */
static bool shows_the_host(struct run *r)
{
	return names_the_host(r) && on_host(r, 0, "grep -q 'crash kernel' show");
}

bool kdump_file_dump(struct run *r)
{
	return keep_facts(r) && dump_to_disk(r, "-c -d 31", "vmcore") && names_the_host(r);
}

bool kdump_file_is_clean(struct run *r)
{
	return kdump_is_filtered(r, "read", "read") && inside(r, 30, "cat " KDUMP_SYSFS "; grep -qx 'told yes' " KDUMP_SYSFS) &&
	       kdump_file_dump(r) && shows_the_host(r) && audit_is_clean(r, "vmcore") && kdump_no_guest_read(r);
}

/* Without the runs nobody can say whose a page is, so nobody does. */
static bool nobody_can_tell(struct run *r)
{
	return kdump_is_filtered(r, "read", "read") && inside(r, 30, "grep -q '^told no ' " KDUMP_SYSFS) &&
	       keep_facts(r) && dump_to_disk(r, "-c -d 31", "vmcore") &&
	       on_host(r, 2, "$RMPCTL vmcore audit vmcore >audit") && on_host(r, 0, "grep -q '^NOT COMPLETE' audit") &&
	       on_host(r, 2, "$RMPCTL vmcore scrub vmcore clean") && on_host(r, 0, "test ! -e clean");
}

/* ccp_ext behind the first dump, as an administrator may load it who finds out what he has. */
static bool load_late(struct run *r)
{
	return inside(r, 60, "modprobe ccp_ext $(tr ' ' '\\n' </proc/cmdline | sed -n 's/^ccp_ext\\.//p') && "
			     "grep -qx 'told yes' " KDUMP_SYSFS);
}

static bool the_dump_has_guests(struct run *r)
{
	struct json_object *audit;
	long long in_dump, listed;

	if (!keep_facts(r) || !dump_to_disk(r, "-l -d 1", "bare"))
		return false;
	/* contexts are known by the guests that have them; the rest is not */
	if (!on_host(r, 1, "$RMPCTL vmcore audit bare >audit") || !on_host(r, 0, "grep -q '^NOT COMPLETE' audit") ||
	    !on_host(r, 2, "$RMPCTL vmcore scrub bare clean") || !on_host(r, 0, "test ! -e clean"))
		return false;
	if (!load_late(r) || !dump_to_disk(r, "-c -d 31", "vmcore") || !shows_the_host(r) || !audit_is_clean(r, "vmcore"))
		return false;
	audit = dump_audit(r, 1, "--blob vmcore bare");
	if (!audit || !counts_as_the_machine(r, audit)) {
		json_object_put(audit);
		return false;
	}
	in_dump = dump_number(audit, NULL, "in_dump");
	listed = dump_number(audit, NULL, "listed");
	json_object_put(audit);
	if (!on_host(r, 0, "$RMPCTL vmcore scrub --blob vmcore bare clean") || !audit_is_clean(r, "--blob vmcore clean"))
		return false;
	snprintf(r->note, sizeof(r->note), "without ccp_ext %lld of %lld pages in the dump, and none behind scrub", in_dump,
		 listed);
	return on_host(r, 0, "rm bare clean");
}

/* RMPREAD, and an RMP in segments of 1 GiB */
#define TURIN .profile = "turin", .sets = { "rmp-segment-shift=30" }

#define FILE_OF(id, what, host, host_words, guests_es, verdict, is_good, words, touched, ...)				\
	{													\
		.name = "kdump-file" id, .on_demand = true, .title = what,						\
		.config = { .name = "kdump-file" id, .memory = "1G", .series = host, .append = host_words KDUMP_HOST,	\
			    .disk = KDUMP_DISK, .out_mb = 1024, __VA_ARGS__ },					\
		.steps = { { .name = verdict, .label = "panic, and a dump", .next = host, .snp = 2, .sev_es = guests_es,	\
			     .crash = true, .append = words, .loaded = kdump_file_remember, .after = is_good,		\
			     .touches = touched } },								\
	}

const struct scenario kdump_file_scenarios[KDUMP_FILE_NR] = {
	FILE_OF("-6.12", "a dump of a 6.12 host with SNP guests, by makedumpfile", "6.12", "", 0,
		"no_page_of_a_guest_is_in_the_dump_of_a_6.12_host_and_the_dump_says_which_those_were", kdump_file_is_clean,
		KDUMP_TOLD, false),
	FILE_OF("-7.3", "a dump of a 7.3 host with SNP and SEV-ES guests, by makedumpfile", "7.3", GUESTS_STAY, 1,
		"no_page_of_a_guest_is_in_the_dump_of_a_7.3_host_and_the_dump_says_which_those_were", kdump_file_is_clean,
		KDUMP_TOLD, false),
	FILE_OF("-turin", "... with a segmented RMP, which RMPREAD tells", "7.3", GUESTS_STAY, 1,
		"what_rmpread_tells_the_crash_kernel_is_in_the_dump_as_well", kdump_file_is_clean, KDUMP_TOLD, false, TURIN),
	FILE_OF("-untold", "the control: the blob in the dump stays what the host made of it", "7.3", GUESTS_STAY, 1,
		"where_the_dump_does_not_say_whose_its_pages_were_audit_does_not_either", nobody_can_tell,
		KDUMP_TOLD " ccp_ext.kdump_tell=0", false),
	FILE_OF("-control", "the control: the same without ccp_ext", "7.3", GUESTS_STAY, 1,
		"without_ccp_ext_guests_are_in_the_dump_and_scrub_takes_them_out", the_dump_has_guests,
		KDUMP_CONTROL " " KDUMP_WORDS, true),
};
