// SPDX-License-Identifier: GPL-2.0-only
/* demo - the scenarios that tell the story, as a table, a line a hop, as it goes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

struct totals {
	unsigned int hops, survived;
	long long forbidden;
};

static const struct scenario * const story[] = {
	&stock_scenario, &evict_scenario, &retry_scenario, &refusal_scenario,
	&rome_refusal_scenario, NULL,
};

static const char head[] =
	"hop                                        guests   next  SEV     SNP     TMR     evicted  reclaimed  quarantined  blackout  forbidden\n"
	"                                           ES+SNP         at the jump             guests       pages        pages        ms    touches\n";

static void number(long long value, long long divisor, int width)
{
	if (value < 0)
		printf("  %*s", width, "-");
	else
		printf("  %*lld", width, value / divisor);
}

static void start_line(const struct run *r)
{
	const struct step *step = r->step;

	printf("%-42s   %d+%d    %-4s  ", step->label, step->sev_es, step->snp, step->next);
}

static void report(void *context, const struct run *r, bool ok)
{
	const struct hop *hop = &r->hop;
	struct totals *t = context;

	if (!r->step->next) {
		printf("    then: %s%s%s\n", r->step->name, ok ? "" : ": FAILED: ", ok ? "" : r->why);
		fflush(stdout);
		return;
	}
	start_line(r);
	if (!ok) {
		printf("FAILED: %s\n    logs: %s\n", r->why, r->machine.logs);
	} else if (r->step->resets) {
		puts("refused: a cold reset instead, as it must be");
	} else if (!hop->alive) {
		printf("dies, as expected\n    %s\n", hop->death);
	} else {
		printf("%-6s  %-6s  %-6s", hop->sev, hop->snp, hop->tmr);
		number(hop->evicted, 1, 7);
		number(hop_reclaimed(hop), 1, 9);
		number(hop->quarantined, 1, 11);
		number(hop->blackout_us, 1000, 8);
		number(hop->forbidden, 1, 9);
		putchar('\n');
	}
	if (!r->step->dies && !r->step->resets) {
		t->hops++;
		t->survived += hop->alive && ok;
		t->forbidden += hop->forbidden > 0 ? hop->forbidden : 0;
	}
	fflush(stdout);
}

int main(void)
{
	const char *build = getenv("BUILD");
	struct totals totals = { 0 };
	static struct run run;
	bool all = true;

	machine_catch_signals();
	fputs(head, stdout);
	for (int i = 0; story[i] && !machine_interrupted(); i++)
		all = scenario_run(&run, story[i], report, &totals) && all;
	printf("%u of %u hops with ccp_ext survived, %lld forbidden touches; logs: %s/out/{",
	       totals.survived, totals.hops, totals.forbidden, build && *build ? build : "build");
	for (int i = 0; story[i]; i++)
		printf("%s%s", i ? "," : "", story[i]->config.name);
	puts("}");
	if (machine_interrupted()) {
		puts("interrupted");
		return 130;
	}
	return all && totals.survived == totals.hops ? 0 : 1;
}
