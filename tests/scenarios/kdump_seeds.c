// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panics of hosts that are harder than one with two guests: a hundred of them, pages apart and pages in one large entry,
 * ciphertext that is hidden, and guests that came through a kexec. Each page of theirs is looked at, and each dump.
 */
#include <stdlib.h>
#include <string.h>

#include "hop.h"
#include "kdump.h"
#include "preserve.h"

#define READ_TIMEOUT_S	300
#define RMP_ENTRIES	0x4000	/* AMD APM vol. 2, 15.36.3 */
#define RMP_ENTRY	16
#define BLOCK		512

/* In no dump: what cp, dd and mmap get of a page are zeros, and makedumpfile without zeros leaves it out. */
static bool shows_none(struct run *r, long long pages, bool of_old)
{
	static const char * const how[] = { "-l -d 31", "-d 1", "-d 1 --non-mmap" };
	struct kdump_look look;
	long long bytes, shown;

	if (!(of_old ? kdump_look_at_pages_of_old(r, &look) : kdump_look_at_pages(r, &look)))
		return false;
	if (look.content || look.zeros + look.missing != pages)
		return fail(r, "%ld of %lld pages of guests are shown, %ld are zeros", look.content, pages, look.zeros);
	if (!inside(r, READ_TIMEOUT_S, "cp /proc/vmcore /dev/null && readcore /proc/vmcore") || !kdump_tools(r))
		return false;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		if (!kdump_dumped_pages(r, how[i], &bytes, &shown))
			return false;
		if (shown)
			return fail(r, "%lld of %lld pages of guests are in the dump with %s", shown, pages, how[i]);
	}
	snprintf(r->note, sizeof(r->note), "0 of %lld pages of guests in any dump", pages);
	return kdump_no_guest_read(r) && kdump_no_tmr_read(r);
}

static bool hides_all(struct run *r, const char *handover, long long at_least, bool of_old)
{
	long long pages;

	if (!kdump_is_filtered(r, "read", handover) || !kdump_list_pages(r, &pages))
		return false;
	if (pages < at_least)
		return fail(r, "only %lld pages are guests'", pages);
	return shows_none(r, pages, of_old);
}

static bool hides(struct run *r, const char *handover, long long at_least)
{
	return hides_all(r, handover, at_least, false);
}

/* The control: cp reads them, all but @cut at most, and the machine counts each; nearly all have content. */
static bool reads_but(struct run *r, long long at_least, long long cut, struct kdump_look *look)
{
	long long before, after, pages;

	if (!kdump_list_pages(r, &pages))
		return false;
	before = firmware_counter(r, "guest_reads");
	if (before || !inside(r, READ_TIMEOUT_S, "cp /proc/vmcore /dev/null"))
		return before > 0 ? fail(r, "%lld reads before the dump", before) : false;
	after = firmware_counter(r, "guest_reads");
	if (after < 0 || !kdump_look_at_pages_of_old(r, look))
		return false;
	if (look->missing > cut)
		return fail(r, "%ld pages of guests are not in /proc/vmcore", look->missing);
	pages -= look->missing;
	if (pages < at_least - cut || after < pages)
		return fail(r, "cp read %lld times of %lld pages of guests", after, pages);
	snprintf(r->note, sizeof(r->note), "cp read %lld times of %lld pages of guests, %ld are shown", after, pages,
		 look->content);
	return look->content >= pages * 9 / 10 || fail(r, "%ld of %lld pages of guests are shown", look->content, pages);
}

static bool reads(struct run *r, long long at_least, struct kdump_look *look)
{
	return reads_but(r, at_least, 0, look);
}

/* ---- a hundred guests ---- */

#define SNP_PAGES	64
#define SEV_MIB		2

static bool a_hundred_live(struct run *r)
{
	return hop_launch_guests(r, "snp", "--kind snp --count 60 --pages 64 --together") &&
	       hop_launch_guests(r, "sev", "--kind sev --count 40 --size 2") && firmware_has_guests(r, 100) &&
	       kdump_remember_pages(r, SEV_MIB);
}

static bool a_hundred_are_hidden(struct run *r)
{
	struct kdump_look look;

	if (!hides(r, "read", 60 * SNP_PAGES) || !kdump_send_pages(r) || !kdump_look_at_pages(r, &look))
		return false;
	if (look.content || look.zeros < 40 * SEV_MIB * 256)
		return fail(r, "%ld pages of SEV guests are shown, %ld are not", look.content, look.zeros);
	return kdump_no_guest_read(r) && kdump_no_tmr_read(r);
}

static bool a_hundred_are_read(struct run *r)
{
	struct kdump_look look;

	if (!reads(r, 60 * SNP_PAGES, &look) || !kdump_send_pages(r) || !kdump_look_at_pages(r, &look))
		return false;
	return look.content >= 40 * SEV_MIB * 256 || fail(r, "only %ld pages of SEV guests are shown", look.content);
}

/* ---- pages apart, each between pages of the host ---- */

static bool pages_lie_apart(struct run *r)
{
	return hop_launch_guests(r, "apart", "--kind snp --size 800 --spread 1");
}

static bool pages_apart_are_hidden(struct run *r)
{
	return hides(r, "none", 800) && inside(r, 30, "test $(sed -n 's/^extents //p' " KDUMP_SYSFS ") -ge 800");
}

static bool pages_apart_are_read(struct run *r)
{
	struct kdump_look look;

	return reads(r, 800, &look);
}

/* ---- a large entry ---- */

/*
 * No stock kernel makes one for a guest, so it is the machine that turns a block that begins with a guest's pages into one
 * when the panic comes. What stands behind its head does not count then, and is nothing: KVM's tables among them, too.
 */
static bool a_block_becomes_large(struct run *r)
{
	unsigned long long base, end, head;
	char fault[160];

	if (!hop_launch_guests(r, "large", "--kind snp --size 64") || !kdump_rmp(r, &base, &end) ||
	    !inside(r, 120, "corepages --rmp %#llx %#llx >/run/runs && while read -r p c; do "
			    "f=$(((0x$p + 511) / 512 * 512)); [ $((f + 64)) -gt $((0x$p + 0x$c)) ] || { echo $f; break; }; done </run/runs",
		    base, end))
		return false;
	if (!*r->output)
		return fail(r, "no guest has pages from a block's first one on");
	head = base + RMP_ENTRIES + strtoull(r->output, NULL, 10) * RMP_ENTRY;
	snprintf(fault, sizeof(fault), "{\"on\":\"panic\",\"action\":\"corrupt\",\"pa\":%llu,\"len\":1,\"xor\":2}", head);
	if (!add_fault(r, fault))
		return false;
	snprintf(fault, sizeof(fault), "{\"on\":\"panic\",\"action\":\"corrupt\",\"pa\":%llu,\"len\":%d,\"fill\":0}",
		 head + RMP_ENTRY, (BLOCK - 1) * RMP_ENTRY);
	return add_fault(r, fault);
}

static bool large_is_hidden(struct run *r)
{
	return hides(r, "none", 64 * 256);
}

static bool large_is_read(struct run *r)
{
	struct kdump_look look;

	return reads(r, 64 * 256, &look);
}

/* ---- ciphertext hiding ---- */

static bool ciphertext_is_hidden(struct run *r)
{
	return inside(r, 30, "dmesg | grep 'SEV-SNP ciphertext hiding enabled'") && hop_launch_guests(r, "hidden", "--kind snp --count 2");
}

static bool hidden_pages_are_not_read(struct run *r)
{
	return hides(r, "none", 2 * 4096);
}

/* Nothing is revealed, but somebody read what is not his. */
static bool hidden_pages_are_read_as_ones(struct run *r)
{
	struct kdump_look look;

	return reads(r, 2 * 4096, &look) &&
	       (look.ones == look.content || fail(r, "%ld pages are ones, %ld have content", look.ones, look.content));
}

/* ---- a kernel that was kexec'd itself ---- */

/* What a jump cuts off the end of RAM is no memory of the kernel that crashed, and in no dump of it. */
static long long cut_pages;

static bool guests_crossed(struct run *r)
{
	long long is_free;

	if (!top_cut(r, &cut_pages, &is_free))
		return false;
	return r->hop.assigned_after >= 2 * 4096 || fail(r, "%lld pages were assigned after the jump", r->hop.assigned_after);
}

static bool what_crossed_is_hidden(struct run *r)
{
	return kdump_tmr_was_locked(r) && hides_all(r, "read", 2 * 4096, true);
}

static bool what_crossed_is_read(struct run *r)
{
	struct kdump_look look;
	long long tmr;

	if (!kdump_tmr_was_locked(r) || !reads_but(r, 2 * 4096, cut_pages, &look))
		return false;
	tmr = firmware_counter(r, "tmr_reads");
	return tmr > 0 || (!tmr && fail(r, "cp did not read the TMR"));
}

#define SEED(id, what, into, words, verdict, is_ready, is_good, told, ...) {						\
	.name = "kdump-" id, .on_demand = true, .title = what,								\
	.config = { .name = "kdump-" id, .append = words " " KDUMP_HOST, .disk = KDUMP_DISK, __VA_ARGS__ },		\
	.steps = { { .name = verdict, .label = "panic, " what, .next = into, .crash = true, .append = told,		\
		     .loaded = is_ready, .after = is_good } },								\
}

#define SEED_CONTROL(id, what, into, words, verdict, is_ready, is_good, ...) {						\
	.name = "kdump-" id "-control", .on_demand = true, .title = "the control: the same without ccp_ext",		\
	.config = { .name = "kdump-" id "-control", .append = words " " KDUMP_HOST, .disk = KDUMP_DISK, __VA_ARGS__ },	\
	.steps = { { .name = verdict, .label = "panic, " what ", no filter", .next = into, .crash = true,		\
		     .append = KDUMP_CONTROL, .touches = true, .loaded = is_ready, .after = is_good } },		\
}

#define ALONE "ccpext=0"
/* 7.3 makes ASIDs for it if it is told to; the list wants entries of Zen 3 in one table */
#define HIDDEN_WORDS ALONE " kvm_amd.ciphertext_hiding_asids=50"
#define TURIN .series = "7.3", .profile = "turin", .sets = { "rmp-segmented=off", "rmp-raw-zen3=on" }

/* Preserved guests, the TMR, the firmware's pages; its IOMMUs are parked, and the crash kernel leaves them alone as it did. */
#define KEXECED(id, what, verdict, is_good, told, ...) {								\
	.name = "kdump-" id, .on_demand = true, .title = what,								\
	.config = { .name = "kdump-" id, .append = PRESERVE " " KDUMP_HOST, .disk = KDUMP_DISK },			\
	.steps = { {												\
		.name = "guests_cross_into_a_kernel_that_will_panic_" id, .label = "preserve, 6.12 to 6.12",	\
		.next = "6.12", .snp = 2, .after = guests_crossed,					\
	}, {													\
		.name = verdict, .label = "panic beside preserved guests", .next = "6.12", .crash = true,	\
		.append = told " amd_iommu=off", .after = is_good, __VA_ARGS__					\
	} },													\
}

const struct scenario kdump_seeds_scenarios[KDUMP_SEEDS_NR] = {
	SEED("hundred", "a hundred guests", "7.3", "", "a_panic_with_100_guests_shows_no_page_of_theirs", a_hundred_live,
	     a_hundred_are_hidden, KDUMP_TOLD),
	SEED_CONTROL("hundred", "a hundred guests", "7.3", "", "without_ccp_ext_pages_of_100_guests_are_read", a_hundred_live,
		     a_hundred_are_read),
	SEED("apart", "guests' pages between the host's", "7.3", ALONE, "single_pages_of_guests_between_the_hosts_are_not_read",
	     pages_lie_apart, pages_apart_are_hidden, KDUMP_FILTER),
	SEED_CONTROL("apart", "guests' pages between the host's", "7.3", ALONE,
		     "without_ccp_ext_single_pages_of_guests_are_read", pages_lie_apart, pages_apart_are_read),
	SEED("large", "an RMP entry of 2 MiB", "7.3", ALONE, "all_pages_of_a_2_mib_entry_are_hidden", a_block_becomes_large,
	     large_is_hidden, KDUMP_FILTER),
	SEED_CONTROL("large", "an RMP entry of 2 MiB", "7.3", ALONE, "without_ccp_ext_pages_of_a_2_mib_entry_are_read",
		     a_block_becomes_large, large_is_read),
	SEED("hidden", "ciphertext hiding", "7.3", HIDDEN_WORDS, "pages_of_which_the_ciphertext_is_hidden_are_not_read_either",
	     ciphertext_is_hidden, hidden_pages_are_not_read, KDUMP_FILTER, TURIN),
	SEED_CONTROL("hidden", "ciphertext hiding", "7.3", HIDDEN_WORDS, "without_ccp_ext_hidden_ciphertext_is_read_as_ones",
		     ciphertext_is_hidden, hidden_pages_are_read_as_ones, TURIN),
	KEXECED("kexeced", "a panic of a kernel that was kexec'd, guests preserved",
		"a_kexeced_kernel_that_panics_shows_nothing_of_what_crossed", what_crossed_is_hidden, KDUMP_TOLD),
	KEXECED("kexeced-control", "the control: the same without ccp_ext", "without_ccp_ext_what_crossed_is_read",
		what_crossed_is_read, KDUMP_CONTROL, .touches = true),
};
