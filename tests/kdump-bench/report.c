// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const char * const way_names[NR_WAYS] = { "stock", "filter" };

struct spread {
	double least, median, most;
};

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct spread spread(const struct share *s, enum filtering way, enum work work)
{
	double v[ROUNDS_MAX * DUMPS_A_ROUND];
	unsigned int nr = s->taken[way].nr[work];

	memcpy(v, s->taken[way].ms[work], nr * sizeof(*v));
	qsort(v, nr, sizeof(*v), compare);
	return (struct spread){ v[0], (v[(nr - 1) / 2] + v[nr / 2]) / 2, v[nr - 1] };
}

static double median(const struct share *s, enum filtering way, enum work work)
{
	return spread(s, way, work).median;
}

static void print_time(const struct share *s, enum filtering way, enum work work)
{
	struct spread t = spread(s, way, work);

	printf("  %7.0f (%6.0f - %6.0f)", t.median, t.least, t.most);
}

static void print_table(const struct share *shares, unsigned int nr)
{
	puts("in guests       pages  of pages          -d 31, ms, median (all)        bytes            cp, ms, median (all)"
	     "    guests' pages read by     in the dump of\n"
	     "                                                                                                              "
	     "      -d 31         cp     -d 31      -d 1         cp");
	for (unsigned int i = 0; i < nr; i++) {
		const struct share *s = &shares[i];

		for (enum filtering way = 0; way < NR_WAYS; way++) {
			const struct taken *t = &s->taken[way];

			printf("%2.0f %% %-6s %9lld %9lld", 100.0 * s->pages / s->covered, way_names[way], s->pages, s->covered);
			print_time(s, way, WORK_DUMP);
			printf(" %12lld", t->bytes);
			print_time(s, way, WORK_CP);
			printf(" %10lld %10lld %9lld %9lld %10lld\n", t->reads[WORK_DUMP], t->reads[WORK_CP], t->dumped,
			       t->dumped_1, t->copied);
		}
	}
}

static const char *verdict(bool reached)
{
	return reached ? "reached" : "MISSED";
}

/* By what the host did in a while beside it: other programs may have had more of it, or less. */
static double fair(const struct share *s, enum filtering way, enum work work)
{
	return median(s, way, work) / median(s, way, WORK_OTHER);
}

static void print_ratios(const struct share *s)
{
	double time = median(s, FILTER, WORK_DUMP) / median(s, STOCK, WORK_DUMP);
	double size = (double)s->taken[FILTER].bytes / s->taken[STOCK].bytes;

	printf("%d %%: makedumpfile -d 31 with the filter takes %.3f of the time of stock, target 1.0: %s "
	       "(by the host's speed meanwhile: %.3f); %.3f of the size, target 1.0: %s\n", s->percent, time, verdict(time <= 1),
	       fair(s, FILTER, WORK_DUMP) / fair(s, STOCK, WORK_DUMP), size, verdict(size <= 1));
	printf("%d %%: cp takes %.3f of the time of stock (by the host's speed meanwhile: %.3f), and reads %lld bytes of guests' pages, "
	       "target 0: %s; stock reads %lld\n", s->percent, median(s, FILTER, WORK_CP) / median(s, STOCK, WORK_CP),
	       fair(s, FILTER, WORK_CP) / fair(s, STOCK, WORK_CP), s->taken[FILTER].reads[WORK_CP] * 4096,
	       verdict(!s->taken[FILTER].reads[WORK_CP]), s->taken[STOCK].reads[WORK_CP] * 4096);
	printf("%d %%: pages of guests in dumps with the filter: %lld of %lld, target 0: %s; in stock ones by cp: %lld\n", s->percent,
	       s->taken[FILTER].dumped + s->taken[FILTER].dumped_1 + s->taken[FILTER].copied, s->pages,
	       verdict(!s->taken[FILTER].dumped && !s->taken[FILTER].dumped_1 && !s->taken[FILTER].copied),
	       s->taken[STOCK].copied);
}

void report(const struct share *shares, unsigned int nr)
{
	bool falls = true;

	printf("\n%d MiB, %s, crash kernel %s with %d MiB, makedumpfile 1.7.6 -F -l %u times, cp %u times, all thrown away (/dev/null)\n\n",
	       MEMORY_MIB, SERIES, CRASH_SERIES, CRASH_MIB, shares[0].rounds * DUMPS_A_ROUND, shares[0].rounds);
	print_table(shares, nr);
	putchar('\n');
	for (unsigned int i = 0; i < nr; i++)
		print_ratios(&shares[i]);
	printf("cp with the filter, by guests' share:");
	for (unsigned int i = 0; i < nr; i++) {
		falls = falls && (!i || median(&shares[i], FILTER, WORK_CP) < median(&shares[i - 1], FILTER, WORK_CP));
		printf(" %.0f ms", median(&shares[i], FILTER, WORK_CP));
	}
	printf(", target: falls: %s\n", verdict(falls));
}
