// SPDX-License-Identifier: GPL-2.0-only
/*
 * scenarios [-j N] [--cores] [NAME...] - run scenarios in machines of their own, the named ones
 * (patterns of the shell, !(these|those) as well) or, without a name, all that are not for demand only
 *
 * --cores: where one fails, keep what a host that had reset itself had in memory.
 * TAP on standard output; --list names what there is.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/tap.h>

#include "jobs.h"

#define SCENARIOS_MAX 1024	/* with those that are named twice */

/* Adds what a pattern of the shell's names, without one what has its place in every run. */
static int choose(const char *pattern, const struct scenario **chosen, int n)
{
	const struct scenario *s;

	for (unsigned int i = 0; (s = scenario_at(i)); i++) {
		if (pattern ? fnmatch(pattern, s->name, FNM_EXTMATCH) : s->on_demand)
			continue;
		if (n == SCENARIOS_MAX) {
			fprintf(stderr, "scenarios: more than %d; name fewer\n", SCENARIOS_MAX);
			exit(2);
		}
		chosen[n++] = s;
	}
	return n;
}

static int list(FILE *f, int status)
{
	const struct scenario *s;

	for (unsigned int i = 0; (s = scenario_at(i)); i++)
		fprintf(f, "%-24s %s\n", s->name, s->title);
	return status;
}

static int usage(void)
{
	fputs("usage: scenarios [-j N] [--cores] [NAME...] | --list\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' }, { "cores", no_argument, NULL, 'c' }, { NULL }
	};
	const struct scenario *chosen[SCENARIOS_MAX + 1] = { NULL };
	unsigned int width = jobs_width(), steps = 0;
	int c, n = 0;

	while ((c = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
		if (c == 'l')
			return list(stdout, 0);
		if (c == 'c') {
			machine_keep_cores();
			continue;
		}
		if (c != 'j' || atoi(optarg) < 1)
			return usage();
		width = atoi(optarg);
	}
	for (int i = optind; i < argc; i++) {
		int before = n;

		n = choose(argv[i], chosen, n);
		if (n > before)
			continue;
		fprintf(stderr, "scenarios: no scenario '%s'; there are:\n", argv[i]);
		return list(stderr, 2);
	}
	if (optind == argc)
		n = choose(NULL, chosen, n);
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
