// SPDX-License-Identifier: GPL-2.0-only
/* The end of RAM, where a page cannot be kept out: what it may cost, and how it comes back. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096
#define LAZY_TO_THE_END	"ccp_ext.policy=lazy ccp_ext.own_top=0 movable_node numa=fake=256M"
#define PARAMETER(name)	"/sys/module/ccp_ext/parameters/" name

static bool fill_the_top(struct run *r, const char *blocks, const char *cut_max_mb)
{
	return inside(r, 30, "echo %s >" PARAMETER("assume_top") " && echo %s >" PARAMETER("cut_max_mb"),
		      blocks, cut_max_mb);
}

static long long ram_end;

/* Where the last range of RAM ends, in the map that this kernel was given. */
static bool end_of_ram(struct run *r, long long *end)
{
	if (!inside(r, 30, "dmesg | sed -n 's/.*BIOS-e820: .mem 0x[0-9a-f]*-\\(0x[0-9a-f]*\\). *\\(usable\\|System RAM\\)$/\\1/p' | tail -n 1"))
		return false;
	*end = strtoll(r->output, NULL, 16);
	return *end || fail(r, "no RAM in the log");
}

static bool cut_64_mib(struct run *r)
{
	return end_of_ram(r, &ram_end) && fill_the_top(r, "32", "64");
}

static bool lost_64_mib(struct run *r)
{
	long long end, lost;

	if (!end_of_ram(r, &end))
		return false;
	lost = ram_end - end;
	if (lost > 64 << 20 || lost <= 62 << 20)
		return fail(r, "RAM ended at %#llx and ends at %#llx", ram_end, end);
	return fill_memory(r);
}

/* RMPUPDATEs since the machine began, resets or not. */
static bool rmp_updates(struct run *r, long long *count)
{
	struct json_object *counters, *field;
	bool ok;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	ok = json_object_object_get_ex(counters, "rmpupdate", &field) &&
	     json_object_object_get_ex(field, "count", &field);
	*count = ok ? json_object_get_int64(field) : 0;
	json_object_put(counters);
	return ok || fail(r, "the machine counted no RMPUPDATE");
}

static long long updates;

static bool cut_more(struct run *r)
{
	return inside(r, 30, "echo lazy >" SYSFS "/policy") && fill_the_top(r, "33", "64") &&
	       rmp_updates(r, &updates);
}

/* Pages of an evicted guest are given back one by one; lazy would not have touched them. */
static bool guests_were_evicted_for_want_of_a_top(struct run *r)
{
	long long now;

	if (!machine_console_has(&r->machine, "in the topmost 2 MiB of RAM; cold reset instead"))
		return fail(r, "reset, but not because of the top of RAM");
	if (!rmp_updates(r, &now))
		return false;
	return now - updates >= GUEST_PAGES ||
	       fail(r, "%lld RMPUPDATEs: the guest was not evicted", now - updates);
}

const struct scenario top_bound_scenario = {
	.name = "top-bound",
	.title = "how much of the top of RAM a jump may cost",
	.config = { .name = "top-bound" },
	.steps = {
		{
			.name = "64_mib_of_assigned_pages_at_the_top_of_ram_cost_the_next_kernel_64_mib",
			.label = "64 MiB at the top assigned", .next = "6.12", .before = cut_64_mib,
			.after = lost_64_mib,
		},
	},
};

const struct scenario top_more_scenario = {
	.name = "top-more",
	.title = "the top of RAM would cost more than it may",
	.config = { .name = "top-more", .reboots = true },
	.steps = {
		{
			.name = "for_more_than_that_lazy_guests_are_evicted_and_if_that_does_not_help_it_is_a_cold_reset",
			.label = "66 MiB at the top assigned", .next = "6.12", .snp = 1, .resets = true,
			.before = cut_more, .after = guests_were_evicted_for_want_of_a_top,
		},
	},
};

/*
 * Until a page of the block in which RAM ends is assigned. Guests' memory comes from the largest blocks first, and that
 * one is a small one: so from the last of several nodes, which is full soon. It may be more than cut_max_mb.
 */
static bool guests_up_to_the_end_of_ram(struct run *r)
{
	return end_of_ram(r, &ram_end) &&
	       inside(r, 180, "echo 512 >" PARAMETER("cut_max_mb") " && n=0; "
		      "node=$(ls -d /sys/devices/system/node/node* | sed 's/.*node//' | sort -n | tail -n 1); "
		      "until rmpctl show --json --runs " SYSFS "/blob | tr -d ' \\n' | tr '{' '\\n' | "
		      "sed -n 's/^\"pfn\":\\([0-9]*\\),\"nr_pages\":\\([0-9]*\\),.*\"state\":\"Guest-.*/\\1 \\2/p' | "
		      "awk '$1 + $2 > %lld { found = 1 } END { exit !found }'; do "
		      "n=$((n + 1)); test $n -le 24 || { echo no guest has a page there; exit 1; }; "
		      "(sevguest --kind snp --size 32 --node $node --hold >/run/more.$n 2>&1) & "
		      "until grep -qE 'ready|sevguest:' /run/more.$n 2>/dev/null; do sleep 0.1; done; "
		      "grep -q ready /run/more.$n || { cat /run/more.$n; exit 1; }; done", (ram_end >> 21) << 9);
}

bool top_cut(struct run *r, long long *cut, long long *is_free)
{
	if (!inside(r, 30, "sed -n 's/^top_cut //p; s/^top_free //p' " SYSFS "/giveback"))
		return false;
	return sscanf(r->output, "%lld %lld", cut, is_free) == 2 || fail(r, "no top_cut in \"%s\"", r->output);
}

static bool ram_ends_lower(struct run *r)
{
	long long end, cut, is_free;

	if (!end_of_ram(r, &end) || !top_cut(r, &cut, &is_free))
		return false;
	/* the log tells the last byte */
	if (end >= ram_end || cut != (ram_end - end) >> 12)
		return fail(r, "RAM ended at %#llx and ends at %#llx, %lld pages are cut off", ram_end, end, cut);
	return true;
}

static bool nothing_is_free_yet(struct run *r)
{
	long long cut, is_free;

	return ram_ends_lower(r) && top_cut(r, &cut, &is_free) &&
	       (!is_free || fail(r, "%lld pages are free, and nothing was given back", is_free));
}

static bool all_of_it_is_free(struct run *r)
{
	long long cut, is_free;

	/* it comes last, and is not among what is pending */
	return give_back_is(r, "done") && ram_ends_lower(r) && top_cut(r, &cut, &is_free) &&
	       (is_free == cut || fail(r, "%lld of %lld pages are free", is_free, cut)) && fill_memory(r);
}

static bool ram_ends_where_it_did(struct run *r)
{
	long long end, cut, is_free;

	if (!end_of_ram(r, &end) || !top_cut(r, &cut, &is_free))
		return false;
	return (end == ram_end && !cut) ? fill_memory(r) :
	       fail(r, "RAM ended at %#llx and ends at %#llx, %lld pages are cut off", ram_end, end, cut);
}

const struct scenario top_back_scenario = {
	.name = "top-back",
	.title = "what a jump cost of the top of RAM comes back",
	/* early allocations are not made from the top, and the module leaves it to guests */
	.config = { .name = "top-back", .append = LAZY_TO_THE_END },
	.steps = {
		{
			.name = "guests_pages_at_the_end_of_ram_are_cut_off_the_next_kernels_map",
			.label = "lazy guests up to the end of RAM", .next = "7.3", .snp = 1, .halfway = true,
			.append = "ccp_ext.giveback_rate=0", .before = guests_up_to_the_end_of_ram,
			.after = nothing_is_free_yet,
		},
		{
			.name = "what_is_not_free_stays_cut_off_at_the_jump_after_and_is_taken_back_there",
			.label = "... still assigned", .next = "6.1", .append = "ccp_ext.giveback_rate=262144",
			.after = all_of_it_is_free,
		},
		{
			.name = "what_is_free_is_ram_again_for_the_next_kernel",
			.label = "... free", .next = "7.3", .after = ram_ends_where_it_did,
		},
	},
};

static bool were_evicted(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!machine_console_has(&r->machine, "guests are evicted although the policy is lazy: a guest's page is at the top of RAM"))
		return fail(r, "guests were not evicted for the sake of the top of RAM");
	return (!hop->quarantined || fail(r, "%lld pages were kept out", hop->quarantined)) && fill_memory(r);
}

static bool top_could_not_be_cut(struct run *r)
{
	return machine_console_has(&r->machine, "topmost block of RAM cannot be taken out of the next kernel's map") ||
	       fail(r, "reset, but not because of the top of RAM");
}

const struct scenario top_file_scenarios[2] = {
	{
		.name = "top-file",
		.title = "guests' pages at the top of RAM, and an image whose memory map cannot change",
		.config = { .name = "top-file", .append = LAZY_TO_THE_END },
		.steps = {
			{
				.name = "guests_at_the_top_of_ram_are_evicted_for_an_image_whose_map_cannot_change",
				.label = "lazy guests up to the end of RAM, file", .next = "6.12", .snp = 1, .file = true,
				.before = guests_up_to_the_end_of_ram, .after = were_evicted,
			},
		},
	}, {
		.name = "top-file-unguarded",
		.title = "the control: they are not",
		.config = { .name = "top-file-unguarded", .append = LAZY_TO_THE_END " ccp_ext.lazy_spare_mb=0", .reboots = true },
		.steps = {
			{
				.name = "lazy_guests_at_the_top_of_ram_make_a_jump_by_kexec_file_load_a_cold_reset",
				.label = "lazy guests up to the end of RAM, file, unguarded", .next = "6.12", .snp = 1, .file = true,
				.resets = true, .before = guests_up_to_the_end_of_ram, .after = top_could_not_be_cut,
			},
		},
	},
};

static bool cut_40_mib(struct run *r)
{
	return end_of_ram(r, &ram_end) && fill_the_top(r, "20", "64");
}

static bool lost_and_not_looked_at(struct run *r)
{
	return nothing_is_free_yet(r) && fill_the_top(r, "20", "64");
}

static bool more_than_64_mib_in_two_jumps(struct run *r)
{
	return machine_console_has(&r->machine, "fill more of the top of RAM than the next kernel may lose") ? true :
	       fail(r, "reset, but not because of the top of RAM");
}

const struct scenario top_sum_scenario = {
	.name = "top-sum",
	.title = "how much of the top of RAM several jumps may cost",
	.config = { .name = "top-sum", .reboots = true },
	.steps = {
		{
			.name = "40_mib_of_assigned_pages_at_the_top_of_ram_cost_the_next_kernel_40_mib",
			.label = "40 MiB at the top assigned", .next = "6.12", .halfway = true,
			.append = "ccp_ext.giveback_rate=0", .before = cut_40_mib, .after = lost_and_not_looked_at,
		},
		{
			.name = "another_40_mib_at_the_next_jump_end_in_a_cold_reset",
			.label = "... and 40 MiB more", .next = "6.12", .resets = true,
			.after = more_than_64_mib_in_two_jumps,
		},
	},
};
