// SPDX-License-Identifier: GPL-2.0-only
/*
 * scenarios [-j N] [NAME...] - run scenarios in machines of their own, all or the named ones
 *
 * TAP on standard output; --list names what there is.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lib/tap.h>

#include "jobs.h"

#define SCENARIOS_MAX 64

/* Beyond that the machines' memory is what there may be too little of. */
#define WIDTH_MAX 4

static const struct scenario *by_name(const char *name)
{
	for (int i = 0; scenario_table[i]; i++)
		if (!strcmp(scenario_table[i]->name, name))
			return scenario_table[i];
	return NULL;
}

static int list(FILE *f, int status)
{
	for (int i = 0; scenario_table[i]; i++)
		fprintf(f, "%-24s %s\n", scenario_table[i]->name, scenario_table[i]->title);
	return status;
}

static int usage(void)
{
	fputs("usage: scenarios [-j N] [NAME...] | --list\n", stderr);
	return 2;
}

static unsigned int default_width(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > WIDTH_MAX ? WIDTH_MAX : cpus;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "list", no_argument, NULL, 'l' }, { NULL } };
	const struct scenario *chosen[SCENARIOS_MAX + 1] = { NULL };
	unsigned int width = default_width(), steps = 0;
	int c, n = 0;

	while ((c = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
		if (c == 'l')
			return list(stdout, 0);
		if (c != 'j' || atoi(optarg) < 1)
			return usage();
		width = atoi(optarg);
	}
	for (int i = optind; i < argc && n < SCENARIOS_MAX; i++) {
		chosen[n] = by_name(argv[i]);
		if (!chosen[n++]) {
			fprintf(stderr, "scenarios: no scenario '%s'; there are:\n", argv[i]);
			return list(stderr, 2);
		}
	}
	for (int i = 0; optind == argc && scenario_table[i] && n < SCENARIOS_MAX; i++)
		chosen[n++] = scenario_table[i];
	machine_catch_signals();
	for (int i = 0; i < n; i++)
		steps += scenario_steps(chosen[i]);
	tap_plan(steps);
	jobs_run(chosen, width);
	if (machine_interrupted()) {
		puts("Bail out! interrupted");
		return 130;
	}
	return tap_exit_status();
}
