// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_dump ITERATIONS SEED DUMP...: small dumps, damaged, and everything that rmpctl does to a dump. No promise but
 * to come to an end, with a verdict or a message, and to touch no memory that is not its own (ASan, UBSan).
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "find.h"
#include "mutate.h"
#include "scrub.h"

#define MAX_SIZE	(1u << 20)
#define SECONDS		20	/* for one dump of a megabyte at most, on a busy host */

static u64 iteration, opened, known, audited, scrubbed;

static void too_long(int sig)
{
	static const char text[] = "a dump took too long\n";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1))
		abort();
	abort();
}

static void must_hold(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "iteration %" PRIu64 ": %s\n", (uint64_t)iteration, what);
	abort();
}

static void look_at(struct dump *d, const char *out)
{
	static const struct pattern pattern = { (u8 *)"GUESTSECRET", 11, "text", "GUESTSECRET" };
	static struct hits hits;
	struct tally tally[KIND_COUNT];
	struct foreign_list list = { 0 }, in_dump = { 0 };
	struct foreign_sources sources;
	struct found_blob found = { 0 };
	struct rmpp_blob blob;
	u64 i, end = 0;

	if (search_dump(d, &pattern, 1, &hits))
		must_hold(d->error[0], "a message");
	if (find_blob(d, FIND_ANYWHERE, &found)) {
		must_hold(d->error[0] && !found.buf, "a message, and no blob");
		return;
	}
	if (!rmpp_blob_check(&blob, found.buf, found.size, NULL) && !foreign_collect(d, &blob, &list, &sources)) {
		known++;
		for (i = 0; i < list.nr; i++) {
			must_hold(list.v[i].nr_pages && list.v[i].pfn >= end && list.v[i].kind < KIND_COUNT, "a list in order");
			end = list.v[i].pfn + list.v[i].nr_pages;
		}
		if (!audit_pages(d, &list, tally, &in_dump))
			audited++;
		foreign_free(&in_dump);
		if (iteration % 4 == 0 && !scrub(d, &list, out))
			scrubbed++;
	}
	foreign_free(&list);
	free(found.buf);
}

static void try(const u8 *data, u64 size, const char *out)
{
	int fd = memfd_create("dump", 0);
	struct dump d;

	must_hold(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
	alarm(SECONDS);
	if (!dump_open(&d, "dump", fd)) {
		opened++;
		look_at(&d, out);
	} else {
		must_hold(d.error[0], "a message");
	}
	dump_close(&d);
	alarm(0);
	close(fd);
}

/* Headers first: of an ELF core all in the first page, of a kdump-compressed file up to the descriptors. */
static u64 damage(u8 *data, u64 size)
{
	static const u64 near[] = { 232, 600, 4096, 4300, 20000, MAX_SIZE };
	u64 n = near[rnd(sizeof(near) / sizeof(near[0]))];

	/* one program header over another, and somewhere else in the file */
	if (data[0] == 0x7f && !rnd(4)) {
		memmove(data + 64 + 56 * rnd(3), data + 64 + 56 * rnd(3), 56);
		return size;
	}
	return mutate_bytes(data, size, n < size ? n : size, MAX_SIZE);
}

int main(int argc, char **argv)
{
	static u8 sample[MAX_SIZE], data[MAX_SIZE];
	u64 iterations, seed, size, n;
	char out[] = "/tmp/fuzz-dump.XXXXXX";
	FILE *f;
	int i;

	if (argc < 4) {
		fprintf(stderr, "usage: fuzz_dump ITERATIONS SEED DUMP...\n");
		return 2;
	}
	iterations = strtoull(argv[1], NULL, 0);
	seed = strtoull(argv[2], NULL, 0);
	signal(SIGALRM, too_long);
	i = mkstemp(out);
	if (i < 0)
		return 2;
	close(i);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	for (i = 3; i < argc; i++) {
		f = fopen(argv[i], "rb");
		n = f ? fread(sample, 1, sizeof(sample), f) : 0;
		if (!n) {
			fprintf(stderr, "fuzz_dump: cannot read %s\n", argv[i]);
			return 2;
		}
		fclose(f);
		opened = known = audited = scrubbed = 0;
		for (iteration = 0; iteration < iterations; iteration++) {
			u64 damages;

			mutate_seed(seed * 0x100000001b3ULL + iteration);
			memcpy(data, sample, n);
			size = n;
			for (damages = rnd(4); damages; damages--)
				size = damage(data, size);
			try(data, size, out);
		}
		printf("# seed %" PRIu64 ": %" PRIu64 " opened, %" PRIu64 " told, %" PRIu64 " audited, %" PRIu64 " scrubbed\n",
		       (uint64_t)seed, (uint64_t)opened, (uint64_t)known, (uint64_t)audited, (uint64_t)scrubbed);
		printf("%s %d - %" PRIu64 " damaged dumps come to a verdict\n", audited && scrubbed ? "ok" : "not ok", i - 2,
		       (uint64_t)iterations);
	}
	printf("1..%d\n", argc - 3);
	unlink(out);
	return 0;
}
