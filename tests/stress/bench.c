// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <lib/clock.h>
#include <scenarios/hop.h>

#include "bench.h"
#include "walk.h"

#define TARGET	0.6

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


/* Minutes are those of the hops alone: neither side pays for its boot. */
static bool stress(const struct words *w, const struct rules *rules, double *minutes)
{
	static struct drive d;
	static struct result result;
	struct plan p;
	int64_t start;

	drive_init(&d, "bench-stress", rules, &nothing_off);
	if (!drive_to(&d, rules->boot)) {
		fprintf(stderr, "stress: %s\n", d.run.why);
		return false;
	}
	start = clock_ms();
	for (unsigned int hop = 1; hop <= w->bench; hop++) {
		plan_draw(&p, rules, hop, d.place, NULL);
		drive_hop(&d, &p, &result);
		if (!result.ok) {
			fprintf(stderr, "stress: hop %u: %s\n", hop, result.why);
			drive_stop(&d);
			return false;
		}
	}
	*minutes = (clock_ms() - start) / 60000.0;
	drive_stop(&d);
	return true;
}

/* Load, jump, and a kernel whose first program reports: nothing is looked at. */
static bool bare_hops(struct run *r, const struct words *w, const struct rules *rules, double *minutes)
{
	struct place place = plan_boot(rules);
	struct step step;
	struct plan p;
	int64_t start;

	if (machine_wait_hello(&r->machine, 0, 180000, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	start = clock_ms();
	r->step = &step;
	for (unsigned int hop = 1; hop <= w->bench; hop++) {
		plan_draw(&p, rules, hop, place, NULL);
		place = p.to;
		step = (struct step){ .name = "bare", .next = rules->kernels[p.next].series, .stock = true };
		r->hop = (struct hop){ .forbidden = -1 };
		if (!hop_load(r) || !hop_jump(r))
			return false;
	}
	*minutes = (clock_ms() - start) / 60000.0;
	return true;
}

static bool bare(const struct words *w, const struct rules *rules, double *minutes)
{
	static struct run run;
	const struct scenario scenario = {
		.name = "bench-bare", .title = "bare",
		.config = { .name = "bench-bare", .profile = "none", .pristine = true, .processors = PROCESSORS,
			    .series = rules->kernels[rules->boot].series, .append = "ccpext=0 ccp=0" },
	};
	bool ok;

	memset(&run, 0, sizeof(run));
	run.scenario = &scenario;
	ok = !machine_start(&run.machine, &scenario.config) || fail(&run, "%s", run.machine.error);
	ok = ok && bare_hops(&run, w, rules, minutes);
	machine_stop(&run.machine);
	if (!ok)
		fprintf(stderr, "stress: bare kexecs on pristine QEMU: %s\n", run.why);
	return ok;
}

int bench_run(const struct words *w)
{
	struct rules rules = rules_of(w);
	double ours = 0, theirs = 0, ratio;

	if (!bare(w, &rules, &theirs) || !stress(w, &rules, &ours))
		return machine_interrupted() ? 130 : 2;
	ratio = theirs / ours;
	printf("bare kexec, pristine QEMU:  %5.1f hops a minute\n", w->bench / theirs);
	printf("make stress, no guests:     %5.1f hops a minute\n", w->bench / ours);
	printf("ratio %.2f; target %.1f %s\n", ratio, TARGET, ratio >= TARGET ? "reached" : "missed");
	return 0;
}
