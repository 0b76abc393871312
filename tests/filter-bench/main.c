// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a look-up of one page costs a crash kernel: extents all over a host of 1 TiB, as of guests whose memory
 * is in pieces, asked for page by page, as dump tools do, every 64th page, and at random, which is what the caches make
 * of it. Medians; exit 1 if one of the first two is beyond the target.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rmp_persist/filter.h>

#define HOST_PAGES	(1ULL << 28)
#define MAX_EXTENTS	(1U << 18)	/* as the module has it */
#define MAX_INDEX	(1U << 17)
#define ASKED		(1U << 22)
#define ROUNDS		9
#define TARGET_NS	20.0

static struct rmpp_filter_extent extents[MAX_EXTENTS];
static u32 indices[MAX_INDEX];
static u64 asked[ASKED];
static volatile u64 sink;

static u64 rnd(u64 *state, u64 bound)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % bound;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static double ns_a_page(const struct rmpp_filter *f)
{
	double took[ROUNDS], start;
	u64 found;
	u32 i;

	for (int round = 0; round < ROUNDS; round++) {
		found = 0;
		start = now_ns();
		for (i = 0; i < ASKED; i++)
			found += rmpp_filter_has(f, asked[i]);
		took[round] = (now_ns() - start) / ASKED;
		sink = found;
	}
	qsort(took, ROUNDS, sizeof(*took), by_value);
	return took[ROUNDS / 2];
}

/* @pages: over how many the extents are spread; @stray: one more, at the end of all addresses */
static double fill(struct rmpp_filter *f, u32 nr, u64 pages, bool stray)
{
	u64 step = pages / nr, seed = 1;
	double start = now_ns();
	u32 i;

	rmpp_filter_init(f, extents, MAX_EXTENTS, indices, MAX_INDEX);
	for (i = 0; i < nr; i++)
		rmpp_filter_add(f, i * step + rnd(&seed, step / 2), 1 + rnd(&seed, step / 2 - 1));
	if (stray)
		rmpp_filter_add(f, RMPP_MAX_PFN - 1, 1);
	rmpp_filter_seal(f);
	return (now_ns() - start) / 1e6;
}

static bool measure(const char *label, u32 nr, u64 pages, bool stray, bool judged)
{
	struct rmpp_filter f;
	double made_ms = fill(&f, nr, pages, stray), in_order, in_steps, at_random;
	u64 seed = 2;
	u32 i;

	for (i = 0; i < ASKED; i++)
		asked[i] = i;
	in_order = ns_a_page(&f);
	for (i = 0; i < ASKED; i++)
		asked[i] = i * 64ULL % pages;
	in_steps = ns_a_page(&f);
	for (i = 0; i < ASKED; i++)
		asked[i] = rnd(&seed, pages);
	at_random = ns_a_page(&f);
	printf("%-36s %9u %9.1f %9.1f %9.1f %9.1f\n", label, f.nr, made_ms, in_order, in_steps, at_random);
	return !judged || (in_order <= TARGET_NS && in_steps <= TARGET_NS);
}

int main(void)
{
	bool good;

	printf("%-36s %9s %9s %9s %9s %9s\n", "", "extents", "made, ms", "in order", "in steps", "at random");
	measure("1 TiB, a few extents", 1000, HOST_PAGES, false, false);
	good = measure("1 TiB", 100000, HOST_PAGES, false, true);
	good = measure("64 GiB", 100000, HOST_PAGES / 16, false, true) && good;
	measure("1 TiB, as many as there is room for", MAX_EXTENTS - 1, HOST_PAGES, false, false);
	measure("1 TiB, one astray: no index", 100000, HOST_PAGES, true, false);
	printf("ns a page; with 100000 extents at most %.0f: %s\n", TARGET_NS, good ? "yes" : "NO");
	return !good;
}
