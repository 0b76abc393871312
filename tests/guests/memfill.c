// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfill - take nearly all free memory, write a pattern into it, read it back
 *
 * What a next kernel believes to be its own memory is touched here page by page: if it is not, the
 * machine dies or the pattern comes back wrong. Nobody else may die for want of memory, so this
 * program looks at MemAvailable before each chunk and offers itself first to the OOM killer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK		(4UL << 20)
#define CHUNKS_MAX	(1UL << 18)	/* 1 TiB */
#define PAGE		4096UL
#define STRIDE		64	/* words: pages are the unit here, and every byte would take minutes */
#define LEAVE_MIB	96UL

/* MemAvailable in MiB; 0 if it cannot be read, which stops the filling */
static unsigned long available_mib(void)
{
	unsigned long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %lu kB", &kib) == 1)
			break;
	fclose(f);
	return kib >> 10;
}

static void offer_to_oom_killer(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "w");

	if (!f)
		return;
	fputs("1000", f);
	fclose(f);
}

/* a different word in each page, and never zero */
static uint64_t word_of(size_t chunk, size_t page)
{
	return (0x6d656d66ULL << 32) ^ (chunk << 10 | page);
}

static void fill(uint64_t *memory, size_t chunk)
{
	for (size_t page = 0; page < CHUNK / PAGE; page++)
		for (size_t i = 0; i < PAGE / 8; i += STRIDE)
			memory[page * PAGE / 8 + i] = word_of(chunk, page);
}

static unsigned long count_bad_pages(const uint64_t *memory, size_t chunk)
{
	unsigned long bad = 0;

	/* the words are to come from memory, not from what the compiler remembers of fill() */
	__asm__ volatile("" : : "r"(memory) : "memory");
	for (size_t page = 0; page < CHUNK / PAGE; page++) {
		for (size_t i = 0; i < PAGE / 8; i += STRIDE) {
			if (memory[page * PAGE / 8 + i] != word_of(chunk, page)) {
				bad++;
				break;
			}
		}
	}
	return bad;
}

/* What others do to memory that is ours shows in the second look. */
static void hold_until(const char *file)
{
	puts("{\"filled\":true}");
	fflush(stdout);
	while (access(file, F_OK))
		usleep(50000);
}

static bool parse_mib(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && end != text && !*end && *text != '-';
}

int main(int argc, char **argv)
{
	static uint64_t *chunks[CHUNKS_MAX];
	unsigned long leave = LEAVE_MIB, limit = ~0UL, bad = 0;
	const char *hold = NULL;
	size_t n = 0;

	for (int i = 1; i < argc; i += 2) {
		unsigned long *value = !strcmp(argv[i], "--leave") ? &leave :
				       !strcmp(argv[i], "--limit") ? &limit : NULL;

		if (!strcmp(argv[i], "--hold") && i + 1 < argc) {
			hold = argv[i + 1];
			continue;
		}
		if (!value || i + 1 >= argc || !parse_mib(argv[i + 1], value)) {
			fputs("usage: memfill [--leave MIB] [--limit MIB] [--hold FILE]\n"
			      "Fills memory until MIB (default 96) stay available, or up to the limit. With\n"
			      "--hold it says so then, and does not look at it again before FILE exists.\n"
			      "Exit status: 0 all read back as written, 1 not, 2 wrong usage.\n", stderr);
			return 2;
		}
	}
	offer_to_oom_killer();
	while (n < CHUNKS_MAX && (n + 1) * (CHUNK >> 20) <= limit &&
	       available_mib() >= leave + (CHUNK >> 20)) {
		chunks[n] = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (chunks[n] == MAP_FAILED)
			break;
		fill(chunks[n], n);
		n++;
	}
	if (hold)
		hold_until(hold);
	for (size_t i = 0; i < n; i++)
		bad += count_bad_pages(chunks[i], i);
	printf("{\"pages\":%zu,\"mib\":%zu,\"bad\":%lu,\"left_mib\":%lu}\n", n * (CHUNK / PAGE),
	       n * (CHUNK >> 20), bad, available_mib());
	return bad || !n;
}
