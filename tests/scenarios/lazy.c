// SPDX-License-Identifier: GPL-2.0-only
/* Policy lazy: guests' pages are handed over, and come back while the next kernel runs. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define SETUP_DATA	"/sys/kernel/boot_params/setup_data"
#define RATE		"/sys/module/ccp_ext/parameters/giveback_rate"
#define LAZY		"ccp_ext.policy=lazy"
/* what sevguest launches unless told otherwise */
#define GUEST_PAGES	4096
#define BLOCK_PAGES	512
/* page tables of the direct map, memblock's arrays: never the same to the page */
#define MEMTOTAL_SLACK_KB 1024

static bool number(struct run *r, long long *value, const char *command)
{
	if (!inside(r, 60, "%s", command))
		return false;
	*value = strtoll(r->output, NULL, 0);
	return true;
}

static bool mem_total(struct run *r, long long *kb)
{
	return number(r, kb, "sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo");
}

static bool pages_freed(struct run *r, long long *pages)
{
	return number(r, pages, "sed -n 's/^pages_freed //p' " SYSFS "/restore");
}

/* Memory of a 6.12 that nothing was kept out of; each scenario's first hop sets it anew. */
static long long whole_kb;

static bool whole_again(struct run *r)
{
	long long kb;

	if (strcmp(r->step->next, "6.12"))
		return true;
	if (!mem_total(r, &kb))
		return false;
	return llabs(kb - whole_kb) <= MEMTOTAL_SLACK_KB ||
	       fail(r, "MemTotal is %lld kB, and %lld with nothing kept out", kb, whole_kb);
}

static bool kept_nothing_out(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined || hop->kept || hop->pending)
		return fail(r, "%lld pages quarantined without guests", hop->quarantined);
	return mem_total(r, &whole_kb);
}

/* In no file of the kernel's own can anybody read the region and what is kept out. */
static bool chain_is_hidden(struct run *r)
{
	return inside(r, 30, "grep -qx %s " SETUP_DATA "/*/type && ! ls " SETUP_DATA "/*/data",
		      r->step->snp ? "0xd34e5048" : "0x534e5048");
}

static bool everybody_reads_the_chain(struct run *r)
{
	return inside(r, 30, "for d in " SETUP_DATA "/*; do [ $(stat -c %%a $d/data) = 444 ] || exit 1; done; "
			     "grep -l 0xd34e5048 " SETUP_DATA "/*/type");
}

/* The guests' pages crossed as they were, by the machine's census and by the module's. */
static bool guests_were_handed_over(struct run *r)
{
	const struct step *step = r->step;
	const struct hop *hop = &r->hop;

	if (hop->evicted != step_guests(step))
		return fail(r, "%lld guests were stopped instead of %d", hop->evicted, step_guests(step));
	if (step->snp && hop->assigned_after < step->snp * GUEST_PAGES)
		return fail(r, "only %lld pages were assigned when the next kernel began",
			    hop->assigned_after);
	if (step->snp && hop->quarantined < hop->assigned_after)
		return fail(r, "%lld pages quarantined, %lld assigned", hop->quarantined,
			    hop->assigned_after);
	return inside(r, 30, "rmpctl show " SYSFS "/incoming | grep -E '^ *Policy +lazy'") && chain_is_hidden(r);
}

bool lazy_all_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!guests_were_handed_over(r) || !firmware_down_at_jump(r))
		return false;
	if (hop->kept || hop->pending || hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending",
			    hop->quarantined, hop->freed, hop->kept, hop->pending);
	return inside(r, 30, "grep -qx done " SYSFS "/giveback && ! grep -q . " SYSFS "/quarantine");
}

static bool all_came_back(struct run *r)
{
	return lazy_all_came_back(r) && whole_again(r);
}

static bool all_came_back_and_memory_is_ours(struct run *r)
{
	return all_came_back(r) && fill_memory(r);
}

const struct scenario lazy_scenario = {
	.name = "lazy",
	.title = "guests' pages are handed over and come back in the background",
	.config = { .name = "lazy", .append = LAZY },
	.steps = {
		{
			.name = "a_lazy_jump_without_guests_keeps_nothing_out",
			.label = "lazy, no guests", .next = "6.12", .after = kept_nothing_out,
		},
		{
			.name = "lazy_6.12_to_6.12_guests_pages_are_handed_over_and_come_back",
			.label = "lazy, guests alive", .next = "6.12", .sev_es = 2, .snp = 2,
			.after = all_came_back_and_memory_is_ours,
		},
		{
			.name = "lazy_6.12_to_6.1_they_come_back_in_a_kernel_without_snp",
			.label = "lazy, into a kernel without SNP", .next = "6.1", .sev_es = 2, .snp = 2,
			.after = all_came_back_and_memory_is_ours,
		},
		{
			.name = "lazy_6.1_to_6.12_sev_es_guests_leave_nothing_to_hand_over",
			.label = "lazy, and back", .next = "6.12", .sev_es = 2, .after = all_came_back,
		},
		{
			.name = "lazy_6.12_to_7.3_guests_pages_are_handed_over_and_come_back",
			.label = "lazy, 6.12 to 7.3", .next = "7.3", .sev_es = 2, .snp = 2,
			.after = all_came_back_and_memory_is_ours,
		},
		{
			.name = "lazy_7.3_to_6.12_guests_pages_are_handed_over_and_come_back",
			.label = "lazy, 7.3 to 6.12", .next = "6.12", .sev_es = 2, .snp = 2,
			.after = all_came_back,
		},
		{
			.name = "memory_is_ours_and_guests_start_again_after_lazy_jumps",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

/* At one page a second a block is followed by minutes of nothing: the rest is there to be handed on. */
static bool one_block_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!guests_were_handed_over(r))
		return false;
	if (hop->freed > BLOCK_PAGES || hop->freed + hop->pending + hop->kept != hop->quarantined)
		return fail(r, "of %lld pages %lld came back at one a second, %lld are pending, %lld kept",
			    hop->quarantined, hop->freed, hop->pending, hop->kept);
	return inside(r, 30, "grep -qx running " SYSFS "/giveback") &&
	       inside_fails(r, 1, "", "rmmod ccp_ext 2>&1") && fill_memory(r);
}

static bool the_rest_came_over(struct run *r)
{
	const struct hop *hop = &r->hop;
	long long freed, kb, freed_then, kb_then;

	if (hop->quarantined < GUEST_PAGES - 2 * BLOCK_PAGES || hop->freed > BLOCK_PAGES)
		return fail(r, "%lld pages came over, %lld back at one a second", hop->quarantined, hop->freed);
	/* MemTotal grows by what is freed, to the page */
	if (!inside(r, 30, "echo 0 >" RATE " && grep -qx paused " SYSFS "/giveback") ||
	    !pages_freed(r, &freed) || !mem_total(r, &kb) ||
	    !inside(r, 30, "echo 262144 >" RATE) || !wait_for_give_back(r, 60) ||
	    !pages_freed(r, &freed_then) || !mem_total(r, &kb_then))
		return false;
	if (freed_then != hop->quarantined || kb_then - kb != (freed_then - freed) * 4)
		return fail(r, "%lld of %lld pages came back, MemTotal grew from %lld to %lld kB",
			    freed_then, hop->quarantined, kb, kb_then);
	return inside(r, 30, "grep -qx done " SYSFS "/giveback") && fill_memory(r);
}

const struct scenario lazy_halfway_scenario = {
	.name = "lazy-halfway",
	.title = "a jump in the middle of the give-back",
	.config = { .name = "lazy-halfway", .append = LAZY " ccp_ext.giveback_rate=1" },
	.steps = {
		{
			.name = "the_give_back_keeps_to_its_rate_and_the_module_stays",
			.label = "lazy, one page a second", .next = "6.12", .snp = 1, .halfway = true,
			.after = one_block_came_back,
		},
		{
			.name = "a_jump_in_the_middle_of_the_give_back_hands_on_the_rest",
			.label = "... and on in the middle", .next = "6.12", .halfway = true,
			.after = the_rest_came_over,
		},
	},
};

/* A guest of this size is being launched for seconds; some of its pages are there already. */
static bool start_to_launch(struct run *r)
{
	return inside(r, 60, "(sevguest --kind snp --size 512 --hold >/run/launch 2>&1) & "
			     "n=0; until rmpctl show " SYSFS "/blob | grep -q 'Guest-Valid'; do "
			     "n=$((n + 1)); test $n -lt 100 || exit 1; done; ! grep -q ready /run/launch");
}

static bool what_was_launched_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->assigned_after <= 0)
		return fail(r, "%lld pages were assigned when the next kernel began: nothing was being launched",
			    hop->assigned_after);
	if (hop->kept || hop->pending || hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending",
			    hop->quarantined, hop->freed, hop->kept, hop->pending);
	return fill_memory(r);
}

const struct scenario lazy_launching_scenario = {
	.name = "lazy-launching",
	.title = "a lazy jump while a guest is being launched",
	.config = { .name = "lazy-launching", .append = LAZY },
	.steps = {
		{
			.name = "a_guest_that_is_being_launched_is_stopped_and_handed_over",
			.label = "lazy, guest half launched", .next = "6.12", .loaded = start_to_launch,
			.after = what_was_launched_came_back,
		},
	},
};

static bool remember_memory(struct run *r)
{
	return mem_total(r, &whole_kb);
}

static bool lives_without_ccp_ext(struct run *r)
{
	long long kb;

	if (!mem_total(r, &kb))
		return false;
	if (whole_kb - kb < GUEST_PAGES * 4)
		return fail(r, "MemTotal is %lld kB after %lld: the guest's pages are not kept out", kb, whole_kb);
	return inside(r, 30, "! test -e " SYSFS " && ! dmesg | grep -E 'BUG:|Oops'") &&
	       everybody_reads_the_chain(r) && fill_memory(r);
}

const struct scenario lazy_alone_scenario = {
	.name = "lazy-alone",
	.title = "a lazy jump into a kernel without ccp_ext",
	.config = { .name = "lazy-alone", .append = LAZY },
	.steps = {
		{
			.name = "without_ccp_ext_guests_pages_stay_kept_out_and_nothing_dies",
			.label = "lazy, next kernel without ccp_ext", .next = "6.12", .append = "ccpext=0",
			.sev_es = 1, .snp = 1, .before = remember_memory, .after = lives_without_ccp_ext,
		},
		{
			.name = "without_ccp_ext_guests_start_beside_what_is_kept_out",
			.sev_es = 1, .snp = 1, .after = fill_memory,
		},
	},
};

const struct scenario lazy_no_quarantine_scenario = {
	.name = "lazy-no-quarantine",
	.title = "the control of lazy: quarantine switched off",
	.config = { .name = "lazy-no-quarantine",
		    .append = LAZY " ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed" },
	.steps = {
		{
			.name = "without_quarantine_a_lazy_jump_dies_of_an_rmp_fault",
			.label = "lazy without quarantine", .next = "6.12", .snp = 2, .dies = true,
		},
	},
};

static bool were_evicted(struct run *r)
{
	if (r->hop.assigned_after)
		return fail(r, "%lld pages are assigned: guests were not evicted", r->hop.assigned_after);
	return fill_memory(r);
}

const struct scenario lazy_stock_scenario = {
	.name = "lazy-stock",
	.title = "policy lazy, and an image that carries no quarantine",
	.config = { .name = "lazy-stock", .append = LAZY },
	.steps = {
		{
			.name = "lazy_evicts_guests_where_the_image_cannot_carry_their_pages",
			.label = "lazy, stock image", .next = "6.12", .sev_es = 1, .snp = 1, .stock = true,
			.after = were_evicted,
		},
	},
};

/* One page in each 2 MiB is the guest's, which takes all of it from the next kernel. */
static bool crowd(struct run *r)
{
	return inside(r, 180, "(sevguest --kind snp --size 1500 --spread 2 --hold >/run/crowd 2>&1) & "
			      "until grep -qE 'ready|sevguest:' /run/crowd 2>/dev/null; do sleep 0.1; done; "
			      "grep ready /run/crowd");
}

const struct scenario lazy_crowded_scenario = {
	.name = "lazy-crowded",
	.title = "policy lazy, and little memory that guests are not in",
	.config = { .name = "lazy-crowded", .append = LAZY },
	.steps = {
		{
			.name = "lazy_evicts_guests_where_the_next_kernel_would_have_too_little_memory",
			.label = "lazy, guests everywhere", .next = "6.12", .before = crowd,
			.after = were_evicted,
		},
	},
};

static bool only_guests_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!guests_were_handed_over(r))
		return false;
	if (hop->freed < GUEST_PAGES || hop->kept <= 0 || hop->pending)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending",
			    hop->quarantined, hop->freed, hop->kept, hop->pending);
	return inside(r, 30, "grep -qx waiting " SYSFS "/giveback && grep -q '^kept_tmr [1-9]' " SYSFS "/giveback") &&
	       fill_memory(r);
}

static bool the_firmwares_came_back_too(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined <= 0 || hop->kept || hop->pending || hop->freed != hop->quarantined)
		return fail(r, "of %lld pages %lld came back, %lld are kept, %lld pending",
			    hop->quarantined, hop->freed, hop->kept, hop->pending);
	return fill_memory(r);
}

const struct scenario lazy_refusal_scenario = {
	.name = "lazy-refusal",
	.title = "policy lazy, and a PSP that refuses SHUTDOWN",
	.config = { .name = "lazy-refusal", .append = LAZY },
	.steps = {
		{
			.name = "beside_a_firmware_that_stays_up_guests_pages_come_back",
			.label = "lazy, SHUTDOWN refused", .next = "6.12", .sev_es = 1, .snp = 1,
			.before = refuse_shutdown, .after = only_guests_came_back,
		},
		{
			.name = "what_the_firmware_kept_comes_back_once_it_answers",
			.label = "... and no longer", .next = "6.12", .before = answer_again,
			.after = the_firmwares_came_back_too,
		},
	},
};
