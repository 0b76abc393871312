// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <lib/tap.h>
#include <scenarios/scenario.h>

#include "control.h"
#include "progress.h"
#include "walk.h"

#define SEARCH_MAX	100000	/* hops that are looked at for one that fits */
#define PROCEED		"ccp_ext.on_unsafe=proceed"

#define BY(check) (1u << (check))

struct control {
	const char *name;
	const char *sentence;	/* the harness catches ... */
	struct guards_off off;
	const char *fault;	/* drawn in each hop, nothing else is; NULL: none */
	const char *next;	/* a kernel to jump into beside 6.12; NULL: none */
	bool (*fits)(const struct plan *p);	/* where the guard is what makes the difference */
	unsigned int by;	/* looks, one of which must be the first to find it */
};

static bool has_snp_guests(const struct plan *p)
{
	return p->expects == EXPECTS_JUMP && plan_guests(p, KIND_SNP, STAGE_RUNNING) && p->policy != POLICY_PRESERVE &&
	       !plan_guests(p, NR_KINDS, STAGE_TEARING_DOWN) && !p->power_cycle && p->method == METHOD_LOAD &&
	       p->cpus == PROCESSORS && !p->pressure_mb;
}

static bool is_plain_jump(const struct plan *p)
{
	return p->expects == EXPECTS_JUMP && !p->nr_groups && p->policy != POLICY_PRESERVE && p->method == METHOD_LOAD &&
	       p->from.snp && p->cpus == PROCESSORS;
}

static bool is_struck(const struct plan *p)
{
	return has_snp_guests(p) && p->nr_faults;
}

static bool is_struck_alone(const struct plan *p)
{
	return is_plain_jump(p) && p->nr_faults;
}

static bool is_lazy(const struct plan *p)
{
	return has_snp_guests(p) && p->policy == POLICY_LAZY;
}

/* A kernel that initialises SNP has the RMP emptied, by whoever of the two. */
static bool is_lazy_into_one_without_snp(const struct plan *p)
{
	return is_lazy(p) && !p->to.snp;
}

/* Guests are to be killed and waited for, and their pages to come back one by one. */
static bool evicts(const struct plan *p)
{
	return has_snp_guests(p) && p->policy == POLICY_EVICT;
}

/* What nobody of the kernel's or the module's says counts: the kernel that came, the machine's own words. */
#define BY_MACHINE (BY(CHECK_ARRIVAL) | BY(CHECK_FIRMWARE) | BY(CHECK_CENSUS) | BY(CHECK_ASIDS) | BY(CHECK_COUNTERS))

static const struct control controls[] = {
	{
		.name = "no-module", .sentence = "a_host_without_the_module",
		.off = { .append = "ccpext=0", .stock = true }, .fits = evicts, .by = BY_MACHINE,
	}, {
		.name = "stock-kexec", .sentence = "a_stock_image_beside_a_quarantine_that_it_does_not_carry",
		.off = { .append = ASSUME_UNLOCKED " " PROCEED, .set = IOMMU_UNLOCKED, .stock = true },
		.fault = "shutdown-refused", .fits = is_struck, .by = BY_MACHINE | BY(CHECK_HANDOVER) | BY(CHECK_MEMORY),
	}, {
		.name = "quarantine-off", .sentence = "a_module_that_keeps_nothing_out",
		.off = { .append = ASSUME_UNLOCKED " ccp_ext.quarantine=0 " PROCEED, .set = IOMMU_UNLOCKED },
		.fault = "shutdown-refused", .fits = is_struck, .by = BY_MACHINE | BY(CHECK_MEMORY),
	}, {
		.name = "retries-off", .sentence = "a_module_that_takes_no_for_an_answer",
		.off = { .append = "ccp_ext.retry=0" },
		.fault = "shutdown-refused-once", .fits = is_struck_alone, .by = BY(CHECK_FIRMWARE),
	}, {
		.name = "blob-corrupted", .sentence = "a_hand_over_that_the_jump_damages",
		.off = { .fault = "blob-damaged" }, .fits = is_lazy, .by = BY(CHECK_HANDOVER),
	}, {
		.name = "liar", .sentence = "a_module_that_says_that_all_pages_came_back",
		.off = { .append = "ccp_ext.giveback=0", .lies = true }, .next = "6.1",
		.fits = is_lazy_into_one_without_snp, .by = BY(CHECK_CENSUS),
	}, {
		.name = "firmware-liar", .sentence = "a_shutdown_that_the_firmware_only_claims",
		.off = { .fault = "snp-shutdown-claimed" }, .fits = is_plain_jump, .by = BY(CHECK_FIRMWARE),
	},
};

#define NR_CONTROLS (sizeof(controls) / sizeof(controls[0]))

/* The first hop of the seed's where the control applies, and which starts where a boot or a plain jump leads. */
static bool find_hop(const struct control *c, const struct rules *rules, struct plan *p)
{
	for (unsigned int hop = 1; hop <= SEARCH_MAX; hop++) {
		plan_draw(p, rules, hop, plan_boot(rules), NULL);
		if (c->fits(p))
			return true;
	}
	return false;
}

static enum check first_found(const struct result *result)
{
	enum check check = 0;

	while (check < NR_CHECKS && (!result->looked[check] || result->good[check]))
		check++;
	return check;
}

static bool is_caught(const struct control *c, struct drive *d, struct walk *walk, const struct hopset *set)
{
	enum walk_end end = walk_along(d, set, walk, NULL, NULL);
	enum check check = first_found(&walk->result);

	if (end == WALK_SURVIVED) {
		tap_note("the hop survived");
		return false;
	}
	if (end == WALK_UNDECIDED) {
		tap_note("%s", d->run.why);
		return false;
	}
	tap_note("caught by %s: %s", check < NR_CHECKS ? check_names[check] : "nobody", walk->result.why);
	return check < NR_CHECKS && c->by >> check & 1;
}

/* A look that finds something everywhere catches nothing. */
static bool is_clean(struct drive *d, struct walk *walk, const struct hopset *set)
{
	enum walk_end end = walk_along(d, set, walk, NULL, NULL);

	if (end != WALK_SURVIVED)
		tap_note("%s", end == WALK_FAILED ? walk->result.why : d->run.why);
	return end == WALK_SURVIVED;
}

/* From a boot of 6.12, so that each control takes a boot and a hop; and the same once more, with nothing wrong. */
static void run_one(const struct words *w, const struct control *c)
{
	static const struct guards_off nothing_off = { NULL };
	static struct drive drive;
	static struct walk walk;
	struct hopset_entry entry = { 0 };
	struct hopset set = { .entry = &entry, .nr = 1 };
	struct rules rules = { .seed = w->rules.seed };
	char catches[256], survives[256], text[512];
	struct plan p;

	rules_add_kernel(&rules, "6.12");
	if (c->next)
		rules_add_kernel(&rules, c->next);
	if (c->fault)
		rules.always = UINT32_C(1) << (fault_find(c->fault) - fault_table);
	snprintf(catches, sizeof(catches), "the_harness_catches_%s", c->sentence);
	snprintf(survives, sizeof(survives), "without_that_the_hop_survives (%s)", c->name);
	if (!find_hop(c, &rules, &p)) {
		tap_note("no hop of seed %llu fits", (unsigned long long)rules.seed);
		tap_result(false, catches);
		tap_result(false, survives);
		return;
	}
	entry.hop = p.hop;
	drive_init(&drive, "stress-control", &rules, &c->off);
	tap_result(is_caught(c, &drive, &walk, &set), catches);
	progress_describe(&p, &rules, text, sizeof(text));
	tap_note("hop %u: %s", p.hop, text);
	drive_init(&drive, "stress-control-on", &rules, &nothing_off);
	if (!machine_interrupted())
		tap_result(is_clean(&drive, &walk, &set), survives);
}

void control_list(void)
{
	for (size_t i = 0; i < NR_CONTROLS; i++)
		printf("  %-26s the harness catches %s\n", controls[i].name, controls[i].sentence);
}

int control_run(const struct words *w, const char *name)
{
	bool all = !strcmp(name, "all");
	unsigned int n = 0;

	for (size_t i = 0; i < NR_CONTROLS; i++)
		n += all || !strcmp(name, controls[i].name);
	if (!n) {
		fprintf(stderr, "stress: no control \"%s\"; stress --list names them\n", name);
		return 2;
	}
	tap_plan(2 * n);
	for (size_t i = 0; i < NR_CONTROLS && !machine_interrupted(); i++)
		if (all || !strcmp(name, controls[i].name))
			run_one(w, &controls[i]);
	if (machine_interrupted()) {
		puts("Bail out! interrupted");
		return 130;
	}
	return tap_exit_status();
}
