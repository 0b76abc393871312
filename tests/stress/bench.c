// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <lib/clock.h>
#include <scenarios/hop.h>

#include "bench.h"
#include "walk.h"

#define TARGET	0.6
#define BOOT_MS	180000

static const struct guards_off nothing_off = { NULL };

static struct rules rules_of(const struct words *w)
{
	struct rules rules = w->rules;

	rules.faults = 0;
	rules.crash_every = 0;
	rules.no_guests = true;
	rules.plain = true;
	return rules;
}

struct bench {
	struct rules rules;
	unsigned int hops;
	struct drive ours;
	struct run bare;
	struct scenario scenario;	/* of the bare one */
	struct place place;		/* ... and where it is */
	double our_minutes, bare_minutes;
};

static bool cannot_go_on(const char *what, const char *why)
{
	if (!machine_interrupted())
		fprintf(stderr, "stress: %s: %s\n", what, why);
	return false;
}

static bool start_bare(struct bench *b)
{
	struct run *r = &b->bare;

	b->scenario = (struct scenario){
		.name = "bench-bare", .title = "bare",
		.config = { .name = "bench-bare", .profile = "none", .pristine = true, .processors = PROCESSORS,
			    .series = b->rules.kernels[b->rules.boot].series, .boot = b->rules.disk,
			    .append = "ccpext=0 ccp=0" },
	};
	r->scenario = &b->scenario;
	b->place = plan_boot(&b->rules);
	return (!machine_start(&r->machine, &b->scenario.config) &&
		!machine_wait_hello(&r->machine, 0, BOOT_MS, NULL, NULL)) ||
	       cannot_go_on("pristine QEMU", r->machine.error);
}

/* Load, jump, and a kernel whose first program reports: nothing is looked at. */
static bool bare_hop(struct bench *b, unsigned int hop)
{
	struct run *r = &b->bare;
	struct step step;
	struct plan p;

	plan_draw(&p, &b->rules, hop, b->place, NULL);
	b->place = p.to;
	step = (struct step){ .name = "bare", .next = b->rules.kernels[p.next].series, .stock = true };
	r->step = &step;
	r->hop = (struct hop){ .forbidden = -1 };
	return (hop_load(r) && hop_jump(r)) || cannot_go_on("a bare kexec on pristine QEMU", r->why);
}

static bool our_hop(struct bench *b, unsigned int hop)
{
	static struct result result;
	struct plan p;

	plan_draw(&p, &b->rules, hop, b->ours.place, NULL);
	drive_hop(&b->ours, &p, &result);
	return result.ok || cannot_go_on("a hop of make stress", result.why);
}

static bool timed(bool (*go)(struct bench *b, unsigned int hop), struct bench *b, unsigned int hop, double *minutes)
{
	int64_t start = clock_ms();
	bool ok = go(b, hop);

	*minutes += (clock_ms() - start) / 60000.0;
	return ok;
}

/* By turns, so that a host that is busy with something else is so for both. Neither side pays for its boot. */
static bool hop_by_turns(struct bench *b)
{
	for (unsigned int hop = 1; hop <= b->hops; hop++)
		if (!timed(bare_hop, b, hop, &b->bare_minutes) || !timed(our_hop, b, hop, &b->our_minutes))
			return false;
	return true;
}

int bench_run(const struct words *w)
{
	static struct bench b;
	double ratio;
	bool ok;

	memset(&b, 0, sizeof(b));
	b.rules = rules_of(w);
	b.hops = w->bench;
	drive_init(&b.ours, "bench-stress", &b.rules, &nothing_off);
	ok = start_bare(&b) &&
	     (drive_to(&b.ours, b.rules.boot) || cannot_go_on("the emulated host", b.ours.run.why)) && hop_by_turns(&b);
	machine_stop(&b.bare.machine);
	drive_stop(&b.ours);
	if (!ok)
		return machine_interrupted() ? 130 : 2;
	ratio = b.bare_minutes / b.our_minutes;
	printf("bare kexec, pristine QEMU:  %5.1f hops a minute\n", b.hops / b.bare_minutes);
	printf("make stress, no guests:     %5.1f hops a minute\n", b.hops / b.our_minutes);
	printf("ratio %.2f; target %.1f %s\n", ratio, TARGET, ratio >= TARGET ? "reached" : "missed");
	return 0;
}
