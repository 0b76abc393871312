// SPDX-License-Identifier: GPL-2.0-only
/* stress - one emulated host, N consecutive kexecs, each drawn from a seed; a verdict a hop */
#include <stdio.h>

#include <lib/machine.h>

#include "bench.h"
#include "control.h"
#include "parts.h"
#include "sequence.h"
#include "words.h"

static const char * const effect_texts[] = {
	[EFFECT_NONE] = "a jump like any other",
	[EFFECT_HELD] = "a jump; what the firmware holds is kept out until it answers again",
	[EFFECT_LATE] = "a jump; what the firmware held comes back in the next kernel",
	[EFFECT_DEAD] = "a jump; the firmware is left alone, what it holds is kept out",
	[EFFECT_DEAD_DOWN] = "a jump; the firmware is left alone, nothing is kept out",
	[EFFECT_UNREAD] = "a jump; the hand-over is not believed, memory stays kept out",
	[EFFECT_RESET] = "a cold reset",
};

static int list(void)
{
	puts("faults, and what must come of a hop with one:");
	for (const struct fault *f = fault_table; f->name; f++)
		printf("  %-26s %s\n", f->name, effect_texts[f->effect]);
	puts("controls:");
	control_list();
	return 0;
}

int main(int argc, char **argv)
{
	struct words words;
	int rc = words_parse(&words, argc, argv);

	if (rc)
		return rc < 0 ? 2 : 0;
	if (words.list)
		return list();
	machine_catch_signals();
	if (words.control)
		rc = control_run(&words, words.control);
	else if (words.bench)
		rc = bench_run(&words);
	else
		rc = words.jobs > 1 ? parts_run(&words) : sequence_run(&words);
	words_free(&words);
	return rc;
}
