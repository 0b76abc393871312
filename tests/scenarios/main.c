// SPDX-License-Identifier: GPL-2.0-only
/*
 * scenarios [NAME...] - run scenarios in the machine, all or the named ones; TAP on standard output
 */
#include <stdio.h>
#include <string.h>

#include <lib/tap.h>

#include "scenario.h"

static bool selected(const struct scenario *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], s->name))
			return true;
	return argc == 1;
}

static const struct scenario *by_name(const char *name)
{
	for (int i = 0; scenario_table[i]; i++)
		if (!strcmp(scenario_table[i]->name, name))
			return scenario_table[i];
	return NULL;
}

static int list(FILE *f)
{
	for (int i = 0; scenario_table[i]; i++)
		fprintf(f, "%-24s %s\n", scenario_table[i]->name, scenario_table[i]->title);
	return 0;
}

static void report(void *context, const struct run *r, bool ok)
{
	const struct hop *hop = &r->hop;

	(void)context;
	if (!tap_result(ok, r->step->name))
		tap_note("%s\nlogs: %s", r->why, r->machine.logs);
	else if (hop->jumped && !hop->alive)
		tap_note("%s", hop->death);
	else if (hop->jumped)
		tap_note("%d ms, blackout %lld us, %lld evicted, %lld reclaimed, %lld quarantined",
			 hop->host_ms, hop->blackout_us, hop->evicted, hop_reclaimed(hop),
			 hop->quarantined);
}

int main(int argc, char **argv)
{
	static struct run run;
	unsigned int count = 0;

	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list(stdout);
	for (int i = 1; i < argc; i++) {
		if (!by_name(argv[i])) {
			fprintf(stderr, "scenarios: no scenario '%s'; there are:\n", argv[i]);
			list(stderr);
			return 2;
		}
	}
	machine_catch_signals();
	for (int i = 0; scenario_table[i]; i++)
		if (selected(scenario_table[i], argc, argv))
			count += scenario_steps(scenario_table[i]);
	tap_plan(count);
	for (int i = 0; scenario_table[i] && !machine_interrupted(); i++) {
		if (!selected(scenario_table[i], argc, argv))
			continue;
		tap_note("%s: %s", scenario_table[i]->name, scenario_table[i]->title);
		scenario_run(&run, scenario_table[i], report, NULL);
	}
	if (machine_interrupted()) {
		puts("Bail out! interrupted");
		return 130;
	}
	return tap_exit_status();
}
