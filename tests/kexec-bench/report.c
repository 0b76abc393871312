// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct spread {
	double least, median, most;
	unsigned int nr;
};

/* Of what there is: a negative value is none. */
static struct spread spread(double *v, unsigned int nr)
{
	unsigned int known = 0;

	for (unsigned int i = 0; i < nr; i++)
		if (v[i] >= 0)
			v[known++] = v[i];
	if (!known)
		return (struct spread){ -1, -1, -1, 0 };
	qsort(v, known, sizeof(*v), compare);
	return (struct spread){ v[0], (v[(known - 1) / 2] + v[known / 2]) / 2, v[known - 1], known };
}

static struct spread parts(const struct series *s, enum part first, enum part last)
{
	static double v[ROUNDS_MAX];

	for (unsigned int i = 0; i < s->nr; i++) {
		v[i] = 0;
		for (enum part p = first; p <= last; p++)
			v[i] += s->samples[i].part_ms[p];
	}
	return spread(v, s->nr);
}

static struct spread stages(const struct series *s, enum stage stage)
{
	static double v[ROUNDS_MAX];

	for (unsigned int i = 0; i < s->nr; i++)
		v[i] = s->samples[i].stage_us[stage];
	return spread(v, s->nr);
}

static struct spread blackout(const struct series *s)
{
	return parts(s, PART_SHUTDOWN, PART_UNPACK);
}

static void number(double value, int width, int digits)
{
	if (value < 0)
		printf("  %*s", width, "-");
	else
		printf("  %*.*f", width, digits, value);
}

static void print_times(const struct series *series, unsigned int nr)
{
	double checked = blackout(&series[0]).median, unchecked = blackout(&series[1]).median;

	puts("milliseconds, medians                  shutdown     jump   unpack  blackout   (least -   most)"
	     "  / checked  / --no-checks  to userspace  all memory back  from the release");
	for (unsigned int i = 0; i < nr; i++) {
		const struct series *s = &series[i];
		struct spread b = blackout(s);

		printf("%-37s", s->kind->name);
		number(parts(s, PART_SHUTDOWN, PART_SHUTDOWN).median, 8, 0);
		number(parts(s, PART_JUMP, PART_JUMP).median, 7, 0);
		number(parts(s, PART_UNPACK, PART_UNPACK).median, 7, 0);
		number(b.median, 8, 0);
		printf("   (%5.0f - %6.0f)", b.least, b.most);
		number(b.median / checked, 9, 2);
		number(b.median / unchecked, 13, 2);
		number(parts(s, PART_SHUTDOWN, PART_BOOT).median, 12, 0);
		number(parts(s, PART_BACK, PART_BACK).median, 15, 0);
		number(parts(s, PART_RELEASE, PART_RELEASE).median, 16, 0);
		putchar('\n');
	}
	puts("shutdown, jump, unpack: reboot(2) - jump - decompressor - first line; together the blackout. All memory\n"
	     "back: from reboot(2); with preserve the guests are released as soon as the next kernel's first program runs, and\n"
	     "the 2 MiB that parked IOMMUs read stay away until the next jump.");
}

static void print_stages(const struct series *series, unsigned int nr)
{
	puts("\nof the shutdown, microseconds, medians    evict     flush  firmware   reclaim   capture   check and publish");
	for (unsigned int i = 0; i < nr; i++) {
		const struct series *s = &series[i];

		if (parts(s, PART_BACK, PART_BACK).nr == 0)
			continue;
		printf("%-37s", s->kind->name);
		for (enum stage stage = 0; stage < NR_STAGES; stage++)
			number(stages(s, stage).median, 8, 0);
		putchar('\n');
	}
}

/* Of all kinds together: it is the same work in each, on images made of the same files. */
static double unpack(const struct series *series, unsigned int nr)
{
	double *v = malloc(sizeof(*v) * nr * ROUNDS_MAX), median;
	unsigned int n = 0;

	if (!v)
		abort();
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int j = 0; j < series[i].nr; j++)
			v[n++] = series[i].samples[j].part_ms[PART_UNPACK];
	median = spread(v, n).median;
	free(v);
	return median;
}

static const char *verdict(double ratio, double target)
{
	return ratio <= target ? "reached" : "MISSED";
}

static void print_target(const struct series *s, const struct series *than, double target, double unpack_ms)
{
	double ratio = blackout(s).median / blackout(than).median;
	double equal = (parts(s, PART_SHUTDOWN, PART_JUMP).median + unpack_ms) /
		       (parts(than, PART_SHUTDOWN, PART_JUMP).median + unpack_ms);

	printf("%s: %.2f of \"%s\", target %.1f: %s; with the same unpacking in both: %.2f, %s\n", s->kind->name, ratio,
	       than->kind->name, target, verdict(ratio, target), equal, verdict(equal, target));
}

void report(const struct series *series, unsigned int nr, const char *pair)
{
	double unpack_ms;

	printf("\n%s, %u hops of each kind, in turn on one emulated machine\n\n", pair, series[0].nr);
	print_times(series, nr);
	print_stages(series, nr);
	putchar('\n');
	unpack_ms = unpack(series, nr);
	for (unsigned int i = 0; i < nr; i++) {
		if (series[i].kind->loader != LOADER_IN_PLACE || series[i].kind->policy)
			continue;
		print_target(&series[i], &series[0], 0.6, unpack_ms);
		print_target(&series[i], &series[1], 1.0, unpack_ms);
	}
}
