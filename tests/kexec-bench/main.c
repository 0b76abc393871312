// SPDX-License-Identifier: GPL-2.0-only
/* bench-kexec [ROUNDS] - what a kexec costs, stock and ours, with and without guests, side by side */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

static const struct kind kinds[] = {
	{ "stock kexec -c", LOADER_CHECKED, NULL },
	{ "stock kexec -c --no-checks", LOADER_UNCHECKED, NULL },
	{ "in place", LOADER_IN_PLACE, NULL },
	{ "by kexec_file_load", LOADER_FILE, NULL },
	{ "in place, guests, evict", LOADER_IN_PLACE, "evict" },
	{ "in place, guests, lazy", LOADER_IN_PLACE, "lazy" },
	{ "in place, guests, preserve", LOADER_IN_PLACE, "preserve" },
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool round_of(struct run *r, struct series *series, unsigned int round, unsigned int rounds)
{
	for (size_t i = 0; i < NR_KINDS; i++) {
		struct sample *s = &series[i].samples[series[i].nr];

		if (!measure_hop(r, &kinds[i], s)) {
			fprintf(stderr, "bench-kexec: %s: %s\nlogs: %s\n", kinds[i].name, r->why, r->machine.logs);
			return false;
		}
		series[i].nr++;
		printf("round %u of %u: %s: %.0f ms\n", round, rounds, kinds[i].name,
		       s->part_ms[PART_SHUTDOWN] + s->part_ms[PART_JUMP] + s->part_ms[PART_UNPACK]);
		fflush(stdout);
	}
	return true;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10;
	struct series series[NR_KINDS];
	static struct run run;
	bool ok;

	if (argc > 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-kexec [ROUNDS]\n");
		return 2;
	}
	for (size_t i = 0; i < NR_KINDS; i++) {
		series[i] = (struct series){ &kinds[i], calloc(rounds, sizeof(struct sample)), 0 };
		if (!series[i].samples)
			abort();
	}
	machine_catch_signals();
	ok = measure_start(&run);
	if (!ok)
		fprintf(stderr, "bench-kexec: %s\n", run.why);
	for (int i = 1; i <= rounds && ok; i++)
		ok = round_of(&run, series, i, rounds);
	machine_stop(&run.machine);
	if (ok)
		report(series, NR_KINDS, "6.12 to 6.12, 2 processors");
	return ok ? 0 : 1;
}
