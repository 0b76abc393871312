// SPDX-License-Identifier: GPL-2.0-only
/*
 * dumppages LIST - of some pages, how many are in a kdump-compressed dump that comes on standard input, flattened
 *
 * LIST is of corepages. Prints the dump's bytes, how many of these pages it has, and how many there are. A dump is
 * not kept: only its head, up to the second bitmap, which says for each page whether the dump has it (makedumpfile,
 * IMPLEMENTATION; the header is that of diskdump_mod.h).
 */
#define _DEFAULT_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD		(16UL << 20)
#define FLAT_HEADER	4096
#define FLAT_SIGNATURE	"makedumpfile"
#define SIGNATURE	"KDUMP   "
/* struct disk_dump_header, on x86-64 */
#define BLOCK_SIZE	428
#define SUB_HEADER	432
#define BITMAP_BLOCKS	436

static unsigned char head[HEAD], chunk[1 << 16];

static void die(const char *what)
{
	fprintf(stderr, "dumppages: %s\n", what);
	exit(1);
}

static void take(void *to, size_t size)
{
	if (fread(to, 1, size, stdin) != size)
		die("the dump ends early");
}

static uint64_t take_record(uint64_t at, uint64_t size)
{
	for (uint64_t left = size, n; left; left -= n, at += n) {
		n = left < sizeof(chunk) ? left : sizeof(chunk);
		take(chunk, n);
		if (at < HEAD)
			memcpy(head + at, chunk, at + n <= HEAD ? n : HEAD - at);
	}
	return size;
}

static uint64_t take_dump(void)
{
	uint64_t bytes = FLAT_HEADER, where[2];

	take(chunk, FLAT_HEADER);
	if (memcmp(chunk, FLAT_SIGNATURE, strlen(FLAT_SIGNATURE)))
		die("not a flattened dump");
	for (;;) {
		take(where, sizeof(where));
		bytes += sizeof(where);
		if ((int64_t)be64toh(where[0]) < 0)
			return bytes;
		bytes += take_record(be64toh(where[0]), be64toh(where[1]));
	}
}

static uint64_t field(unsigned int at)
{
	uint32_t value;

	memcpy(&value, head + at, sizeof(value));
	return le32toh(value);
}

int main(int argc, char **argv)
{
	uint64_t bytes, bitmap, size, shown = 0, all = 0;
	unsigned long long pfn, nr;
	FILE *list;

	if (argc != 2) {
		fputs("usage: dumppages LIST <FLATTENED-DUMP\n", stderr);
		return 2;
	}
	list = fopen(argv[1], "r");
	if (!list)
		die(strerror(errno));
	bytes = take_dump();
	if (memcmp(head, SIGNATURE, strlen(SIGNATURE)))
		die("not a kdump-compressed dump");
	size = field(BITMAP_BLOCKS) * field(BLOCK_SIZE) / 2;
	bitmap = (1 + field(SUB_HEADER)) * field(BLOCK_SIZE) + size;
	if (!size || bitmap + size > HEAD)
		die("the dump's bitmaps are too large");
	while (fscanf(list, "%llx %llx", &pfn, &nr) == 2) {
		all += nr;
		for (; nr; pfn++, nr--)
			if (pfn / 8 < size)
				shown += head[bitmap + pfn / 8] >> pfn % 8 & 1;
	}
	printf("bytes %llu shown %llu of %llu\n", (unsigned long long)bytes, (unsigned long long)shown,
	       (unsigned long long)all);
	return 0;
}
