// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeping the pages of a SEV guest of 64 GiB costs its launch: the array of page pointers that KVM gets is
 * walked as the module walks it (drivers/ccp-ext/pins.c), for memory in 2 MiB pages, in 4 KiB pages in order, and in
 * 4 KiB pages in no order at all. Beside it what no launch can do without: the guest's memory written once, measured
 * on a part of it. (KVM flushes it from the caches, too, sev_clflush_pages(), which virtual machines make much slower
 * than processors are, so that it is not counted.) Exit 1 if one is beyond the target.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <rmp_persist/pins.h>

#define GUEST_PAGES	(1ULL << 24)	/* 64 GiB */
#define HOST_PAGES	(1ULL << 28)	/* 1 TiB */
#define PAGE		64u		/* sizeof(struct page) */
#define SAMPLE_BYTES	(256ULL << 20)
#define ROUNDS		5
#define TARGET		2.0		/* percent */

static struct rmpp_pins pins;
static u64 *pages;
static double launch_ns;
static int failed;

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

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static u64 rnd(u64 *state, u64 bound)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % bound;
}

/* Pieces of @size pages all over the host, shuffled if told to. */
static void fill(u64 size, bool shuffled)
{
	u64 nr = GUEST_PAGES / size, stride = HOST_PAGES / nr, seed = 1, i, j;
	static u32 order[GUEST_PAGES];

	for (i = 0; i < nr; i++)
		order[i] = i;
	for (i = nr - 1; shuffled && i; i--) {
		u32 t = order[i];

		j = rnd(&seed, i + 1);
		order[i] = order[j];
		order[j] = t;
	}
	for (i = 0; i < nr; i++)
		for (j = 0; j < size; j++)
			pages[i * size + j] = (order[i] * stride + j) * PAGE;
}

static void walk(void)
{
	u64 i, end;

	rmpp_pins_begin(&pins);
	for (i = 0; i < GUEST_PAGES; i = end) {
		for (end = i + 1; end < GUEST_PAGES && pages[end] == pages[end - 1] + PAGE; end++)
			;
		rmpp_pins_add(&pins, pages[i] / PAGE, end - i);
	}
	rmpp_pins_commit(&pins, 1);
}

static void measure(const char *what, u64 size, bool shuffled)
{
	double in[ROUNDS], out[ROUNDS], start, sum;

	fill(size, shuffled);
	for (int round = 0; round < ROUNDS; round++) {
		rmpp_pins_init(&pins, RMPP_PINS_SLOTS, RMPP_PINS_BLOCKS, HOST_PAGES);
		start = now_ns();
		walk();
		in[round] = now_ns() - start;
		start = now_ns();
		rmpp_pins_remove(&pins, 1);
		out[round] = now_ns() - start;
	}
	sum = median(in) + median(out);
	printf("%-32s  pin %7.1f ms  unpin %7.3f ms  %5.2f %% of the launch%s\n", what, median(in) / 1e6,
	       median(out) / 1e6, sum * 100 / launch_ns, pins.nr_rounded ? ", rounded out" : "");
	failed |= sum * 100 > TARGET * launch_ns;
}

int main(void)
{
	double zero[ROUNDS], start;
	char *sample = mmap(NULL, SAMPLE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	pages = malloc(GUEST_PAGES * sizeof(*pages));
	if (sample == MAP_FAILED || !pages)
		return 2;
	for (int round = 0; round < ROUNDS; round++) {
		start = now_ns();
		memset(sample, round, SAMPLE_BYTES);
		zero[round] = now_ns() - start;
	}
	launch_ns = median(zero) * (GUEST_PAGES * 4096 / SAMPLE_BYTES);
	printf("64 GiB written: %.0f ms\n", launch_ns / 1e6);
	measure("2 MiB pages", 512, true);
	measure("4 KiB pages in order, in pieces", 1, false);
	measure("4 KiB pages in no order", 1, true);
	return failed;
}
