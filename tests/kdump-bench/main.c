// SPDX-License-Identifier: GPL-2.0-only
/* bench-kdump [ROUNDS [PERCENT...]] - what a dump costs, stock and filtered, of hosts with few and with many guests */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

#define SHARES_MAX 8

static struct share shares[SHARES_MAX] = { { .percent = 0 }, { .percent = 50 }, { .percent = 90 } };
static int nr_shares = 3;

/* Numbers from @min to @max. */
static bool number(const char *s, int min, int max, int *nr)
{
	char *end;
	long l = strtol(s, &end, 10);

	*nr = l;
	return *s && !*end && l >= min && l <= max;
}

static bool arguments(int argc, char **argv, int *rounds)
{
	int i;

	*rounds = 3;
	if (argc > 2 + SHARES_MAX || (argc > 1 && !number(argv[1], 1, ROUNDS_MAX, rounds)))
		return false;
	for (i = 0; i < argc - 2; i++)
		if (!number(argv[2 + i], 0, PERCENT_MAX, &shares[i].percent))
			return false;
	if (argc > 2)
		nr_shares = argc - 2;
	return true;
}

int main(int argc, char **argv)
{
	static struct run run;
	bool ok = true;
	int rounds, i;

	if (!arguments(argc, argv, &rounds)) {
		fprintf(stderr, "usage: bench-kdump [ROUNDS, 1 to %d [PERCENT of memory in guests, 0 to %d...]]\n", ROUNDS_MAX,
			PERCENT_MAX);
		return 2;
	}
	machine_catch_signals();
	for (i = 0; i < nr_shares && ok; i++) {
		shares[i].rounds = rounds;
		ok = measure(&run, &shares[i]);
		machine_stop(&run.machine);
		if (!ok)
			fprintf(stderr, "bench-kdump: %d %% of memory in guests: %s\nlogs: %s\n", shares[i].percent,
				run.why, run.machine.logs);
	}
	if (ok)
		report(shares, nr_shares);
	return ok ? 0 : 1;
}
