// SPDX-License-Identifier: GPL-2.0-only
/* bench-kdump [ROUNDS] - what a dump costs, stock and filtered, of hosts with few and with many guests */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static struct share shares[] = { { .percent = 0 }, { .percent = 50 }, { .percent = 90 } };

#define NR_SHARES (sizeof(shares) / sizeof(shares[0]))

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 3;
	static struct run run;
	bool ok = true;

	if (argc > 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-kdump [ROUNDS]\n");
		return 2;
	}
	machine_catch_signals();
	for (size_t i = 0; i < NR_SHARES && ok; i++) {
		shares[i].rounds = rounds;
		ok = measure(&run, &shares[i]);
		machine_stop(&run.machine);
		if (!ok)
			fprintf(stderr, "bench-kdump: %d %% of memory in guests: %s\nlogs: %s\n", shares[i].percent,
				run.why, run.machine.logs);
	}
	if (ok)
		report(shares, NR_SHARES);
	return ok ? 0 : 1;
}
