// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "below_top.h"
#include "firmware.h"

#define TOP_BYTES	(64ULL << 20)	/* cut_max_mb */

/* What memmap= takes away is RAM in the maps of kernels that are jumped into. */
bool top_of_ram(struct run *r, unsigned long long *pa)
{
	unsigned long long end;

	if (!inside(r, 30, "cd /sys/firmware/memmap && grep -l 'System RAM' */type | while read -r t; do "
			   "printf '%%d\\n' $(cat ${t%%type}end); done | sort -n | tail -n 1"))
		return false;
	end = strtoull(r->output, NULL, 10);
	*pa = end - TOP_BYTES;
	return end > TOP_BYTES || fail(r, "no end of RAM in \"%s\"", r->output);
}

bool lies_below_the_top(struct run *r, bool (*where)(struct run *r, unsigned long long *pa), const char *what)
{
	unsigned long long top, pa;

	if (!top_of_ram(r, &top) || !where(r, &pa))
		return false;
	return pa < top || fail(r, "%s lies at %#llx, at the top of RAM", what, pa);
}

static bool where_the_tmr_lies(struct run *r, unsigned long long *pa)
{
	unsigned long long size;

	return firmware_tmr(r, pa, &size);
}

bool tmr_below_the_top(struct run *r)
{
	return lies_below_the_top(r, where_the_tmr_lies, "the TMR");
}
