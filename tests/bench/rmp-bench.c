// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast is the scan? On a synthetic RMP table, side by side in one run: a pure
 * read of the same bytes (the fastest of several loops), the scan, and the scan
 * that also encodes a blob. Rounds are interleaved, medians are shown.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rmp_persist/rmp_persist.h>
#include "rmp-tables.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)
#define BLOB_SIZE	(4 * MIB)
#define MAX_ROUNDS	99
#define TARGET		0.9

static volatile u64 sink;

static void die(const char *why)
{
	fprintf(stderr, "rmp-bench: %s\n", why);
	exit(2);
}

/* ---- pure reads: at least the bytes that the scan reads, the low words ---- */

static void read_words(const void *table, u64 size)
{
	const u64 *p = table, *end = p + size / 8;
	u64 a = 0, b = 0, c = 0, d = 0;

	for (; p < end; p += 8) {
		a |= p[0] | p[1];
		b |= p[2] | p[3];
		c |= p[4] | p[5];
		d |= p[6] | p[7];
	}
	sink = a | b | c | d;
}

static void read_low_words(const void *table, u64 size)
{
	const u64 *p = table, *end = p + size / 8;
	u64 a = 0, b = 0;

	for (; p < end; p += 8) {
		a |= READ_ONCE(p[0]) | READ_ONCE(p[2]);
		b |= READ_ONCE(p[4]) | READ_ONCE(p[6]);
	}
	sink = a | b;
}

/* One word in eight: what the memory gives at best, no read of the same bytes. */
static void read_lines(const void *table, u64 size)
{
	const u64 *p = table, *end = p + size / 8;
	u64 a = 0;

	for (; p < end; p += 8)
		a |= READ_ONCE(*p);
	sink = a;
}

typedef u64 vector __attribute__((vector_size(16)));

static void read_vectors(const void *table, u64 size)
{
	const vector *p = table, *end = p + size / 16;
	vector a = { 0 }, b = { 0 };

	for (; p < end; p += 4) {
		a |= p[0] | p[1];
		b |= p[2] | p[3];
	}
	a |= b;
	sink = a[0] | a[1];
}

static const struct {
	const char *name;
	void (*read)(const void *table, u64 size);
	bool counts;
} reads[] = {
	{ "every 8-byte word", read_words, true },
	{ "low words", read_low_words, true },
	{ "16-byte vectors", read_vectors, true },
	{ "a word a line", read_lines, false },
};
#define NR_READS	(sizeof(reads) / sizeof(reads[0]))

/* ---- what is measured ---- */

struct bench {
	struct rmpp_raw_entry *table;
	u64 size, nr_pages;	/* bytes; entries */
	u8 *blob;
	u64 blob_max, blob_size;	/* bytes */
	u64 nr_runs;
	bool coarse;
	unsigned int rounds;
};

static int count_run(void *arg, const struct rmpp_run *run)
{
	(void)run;
	++*(u64 *)arg;
	return 0;
}

static void scan(struct bench *b)
{
	struct rmpp_scan_counts counts;

	b->nr_runs = 0;
	rmpp_scan(b->table, 0, b->nr_pages, &counts, count_run, &b->nr_runs);
	sink = counts.nr_assigned;
}

static void encode(struct bench *b)
{
	struct rmpp_platform_ser platform = { .rmp_end = cpu_to_le64(b->size - 1) };
	const u64 frame = sizeof(struct rmpp_header_ser) + sizeof(platform) +
			  RMPP_SECTION_MAX * sizeof(struct rmpp_section_ser);
	u64 max_runs = (b->blob_max - frame) / sizeof(struct rmpp_run_ser);
	struct rmpp_scan_counts counts;
	struct rmpp_writer w;
	s64 size;

	if (rmpp_writer_init(&w, b->blob, b->blob_max, RMPP_SECTION_MAX) ||
	    rmpp_writer_rmp_runs(&w, b->table, 0, b->nr_pages, (u32)max_runs, &counts,
				 &b->coarse))
		die("no blob can be made");
	platform.nr_assigned = cpu_to_le64(counts.nr_assigned);
	platform.nr_immutable = cpu_to_le64(counts.nr_immutable);
	if (rmpp_writer_begin(&w, RMPP_SECTION_PLATFORM, 0, sizeof(platform)) ||
	    rmpp_writer_entry(&w, &platform) || rmpp_writer_end(&w))
		die("no blob can be made");
	size = rmpp_writer_finish(&w, 1, 1, "rmp-bench");
	if (size < 0)
		die(rmpp_strerror((int)size));
	b->blob_size = (u64)size;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

struct result {
	double read[NR_READS], scan, encode;	/* GiB/s */
	unsigned int best;			/* of read[] */
};

static void measure(struct bench *b, struct result *r)
{
	static double t[NR_READS + 2][MAX_ROUNDS];
	double gib = (double)b->size / GIB, start;
	unsigned int i, k;

	encode(b);
	scan(b);
	for (i = 0; i < b->rounds; i++) {
		for (k = 0; k < NR_READS; k++) {
			start = now();
			reads[k].read(b->table, b->size);
			t[k][i] = now() - start;
		}
		start = now();
		scan(b);
		t[NR_READS][i] = now() - start;
		start = now();
		encode(b);
		t[NR_READS + 1][i] = now() - start;
	}
	for (k = 0; k < NR_READS; k++) {
		r->read[k] = gib / median(t[k], b->rounds);
		if (reads[k].counts && r->read[k] > r->read[r->best])
			r->best = k;
	}
	r->scan = gib / median(t[NR_READS], b->rounds);
	r->encode = gib / median(t[NR_READS + 1], b->rounds);
}

static const struct {
	const char *name;
	void (*fill)(struct rmpp_raw_entry *table, u64 nr_pages);
	bool has_target;
} cases[] = {
	{ "empty", table_empty, true },
	{ "500 guests, 2 MiB pages", table_guests_2m, true },
	{ "500 guests, fragmented 4 KiB", table_guests_4k, true },
	{ "worst: every page differs", table_worst, false },
};

static void print_case(const struct bench *b, unsigned int c, const struct result *r)
{
	static const char * const encoding[] = { "exact", "coarse" };
	double read = r->read[r->best];

	printf("%-29s %6.2f %6.2f %6.2f   %5.2f %5.2f  %8.1f KiB %s of %llu runs\n",
	       cases[c].name, read, r->scan, r->encode, r->scan / read, r->encode / read,
	       (double)b->blob_size / 1024, encoding[b->coarse],
	       (unsigned long long)b->nr_runs);
	fflush(stdout);
}

static u64 available(void)
{
	char line[128];
	unsigned long long kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

static void allocate(struct bench *b)
{
	u64 asked = b->size;

	while (b->size > 16 * MIB && available() && b->size + 256 * MIB > available())
		b->size /= 2;
	for (;; b->size /= 2) {
		b->table = mmap(NULL, b->size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b->table != MAP_FAILED)
			break;
		if (b->size <= 16 * MIB)
			die(strerror(errno));
	}
	if (b->size != asked)
		printf("note: memory is short, table of %llu MiB instead of %llu\n",
		       b->size / MIB, asked / MIB);
	b->nr_pages = b->size / sizeof(*b->table);
	/* as the kernel maps the table: with large pages */
	madvise(b->table, b->size, MADV_HUGEPAGE);
	b->blob_max = b->size / 1000 < BLOB_SIZE ? b->size / 1000 & ~7ULL : BLOB_SIZE;
	b->blob = calloc(1, BLOB_SIZE);
	if (!b->blob)
		die("out of memory");
}

static int help(FILE *to, int rc)
{
	fprintf(to,
		"usage: rmp-bench [--table-mib N] [--rounds N] [--strict]\n"
		"  --table-mib N  size of the table, 16 to 65536, default 4096 (1 TiB of RAM)\n"
		"  --rounds N     rounds of each loop, 1 to %d, default 7\n"
		"  --strict       exit 1 if scan + encode is below %.1f of the pure read\n",
		MAX_ROUNDS, TARGET);
	return rc;
}

static u64 number(const char *text, u64 min, u64 max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || v < min || v > max)
		exit(help(stderr, 2));
	return v;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "table-mib", required_argument, NULL, 't' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "strict", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench b = { .size = 4 * GIB, .rounds = 7 };
	bool strict = false, reached = true;
	unsigned int c, k;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 't')
			b.size = number(optarg, 16, 65536) * MIB;
		else if (o == 'r')
			b.rounds = (unsigned int)number(optarg, 1, MAX_ROUNDS);
		else if (o == 's')
			strict = true;
		else
			return o == 'h' ? help(stdout, 0) : help(stderr, 2);
	}
	if (optind != argc)
		return help(stderr, 2);

	allocate(&b);
	printf("RMP table of %llu MiB (%llu GiB of RAM), one core, %u rounds interleaved, medians\n"
	       "%-29s %20s   %11s\n%-29s %6s %6s %6s   %5s %5s  blob (limit %llu KiB)\n",
	       b.size / MIB, b.nr_pages * 4096 / GIB, b.rounds, "", "GiB/s", "of pure read",
	       "table", "read", "scan", "encode", "scan", "enc", b.blob_max / 1024);
	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct result r = { .best = 0 };

		cases[c].fill(b.table, b.nr_pages);
		measure(&b, &r);
		print_case(&b, c, &r);
		if (!c) {
			printf("  pure read, GiB/s:");
			for (k = 0; k < NR_READS; k++)
				printf("%s%s %.2f", reads[k].counts ? k ? ", " : " best of " :
				       "; for comparison ", reads[k].name, r.read[k]);
			putchar('\n');
		}
		if (cases[c].has_target)
			reached &= r.encode >= TARGET * r.read[r.best];
	}
	printf("target: scan + encode at least %.1f of the pure read: %s\n", TARGET,
	       reached ? "reached" : "MISSED");
	return strict && !reached;
}
