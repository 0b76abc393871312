// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "hop.h"
#include "below_top.h"
#include "firmware.h"

#define TOP_BYTES	(64ULL << 20)	/* cut_max_mb */
#define BOOTS_MAX	6
#define BOOT_MS		60000

bool top_of_ram(struct run *r, unsigned long long *pa)
{
	unsigned long long end;

	if (!inside(r, 30, "sed -n 's/^[0-9a-f]*-\\([0-9a-f]*\\) : System RAM$/\\1/p' /proc/iomem | tail -n 1"))
		return false;
	end = strtoull(r->output, NULL, 16);
	*pa = end - TOP_BYTES;
	return end > TOP_BYTES || fail(r, "no end of RAM in \"%s\"", r->output);
}

static bool boot_again(struct run *r)
{
	machine_stop(&r->machine);
	if (machine_start(&r->machine, &r->scenario->config) ||
	    machine_wait_hello(&r->machine, 0, BOOT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return hop_launch(r);
}

bool top_keep_clear(struct run *r, bool (*where)(struct run *r, unsigned long long *pa), const char *what)
{
	unsigned long long top, pa;

	for (int boots = 0; boots < BOOTS_MAX; boots++) {
		if ((boots && !boot_again(r)) || !top_of_ram(r, &top) || !where(r, &pa))
			return false;
		if (pa < top)
			return true;
	}
	return fail(r, "%d times %s lay at the top of RAM", BOOTS_MAX, what);
}

static bool where_the_tmr_lies(struct run *r, unsigned long long *pa)
{
	unsigned long long size;

	return firmware_tmr(r, pa, &size);
}

bool tmr_below_the_top(struct run *r)
{
	return top_keep_clear(r, where_the_tmr_lies, "the TMR");
}
