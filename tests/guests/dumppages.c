// SPDX-License-Identifier: GPL-2.0-only
/*
 * dumppages LIST - of some pages, how many are in a kdump-compressed dump that comes on standard input, flattened
 *
 * LIST is of corepages. Prints the dump's bytes, how many of these pages it has with content, and how many there are. A
 * dump is not kept: only its head, up to the first page. The second bitmap says for each page whether there is a
 * descriptor of it; those of pages that were left out for being zero have one as well, which leads to the first page, and
 * that is zero (makedumpfile, IMPLEMENTATION; the structures are those of diskdump_mod.h).
 */
#define _DEFAULT_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD		(40UL << 20)	/* of a host of 4 GiB with each page in it: 25 MiB of descriptors */
#define FLAT_HEADER	4096
#define FLAT_SIGNATURE	"makedumpfile"
#define SIGNATURE	"KDUMP   "
/* struct disk_dump_header, on x86-64 */
#define BLOCK_SIZE	428
#define SUB_HEADER	432
#define BITMAP_BLOCKS	436
#define PAGE		4096

struct descriptor {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};

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

static unsigned char listed[HEAD / 64];

static uint64_t read_list(const char *path, uint64_t size)
{
	unsigned long long pfn, nr;
	uint64_t all = 0;
	FILE *list = fopen(path, "r");

	if (!list)
		die(strerror(errno));
	while (fscanf(list, "%llx %llx", &pfn, &nr) == 2) {
		if (nr > size * 8 || pfn > size * 8 - nr || pfn + nr > sizeof(listed) * 8)
			die("a page is beyond the dump's bitmap");
		for (all += nr; nr; pfn++, nr--)
			listed[pfn / 8] |= 1 << pfn % 8;
	}
	fclose(list);
	return all;
}

static int has_bit(const unsigned char *bits, uint64_t n)
{
	return bits[n / 8] >> n % 8 & 1;
}

static int is_zero(const struct descriptor *d, uint64_t first_page)
{
	return le64toh(d->offset) == first_page && le32toh(d->size) == PAGE && !d->flags && !head[first_page] &&
	       !memcmp(head + first_page, head + first_page + 1, PAGE - 1);
}

int main(int argc, char **argv)
{
	uint64_t bytes, bitmap, size, table, first_page, shown = 0, all, dumped = 0, nr = 0;
	struct descriptor d;

	if (argc != 2) {
		fputs("usage: dumppages LIST <FLATTENED-DUMP\n", stderr);
		return 2;
	}
	bytes = take_dump();
	if (memcmp(head, SIGNATURE, strlen(SIGNATURE)))
		die("not a kdump-compressed dump");
	size = field(BITMAP_BLOCKS) * field(BLOCK_SIZE) / 2;
	bitmap = (1 + field(SUB_HEADER)) * field(BLOCK_SIZE) + size;
	table = bitmap + size;
	if (!size || table > HEAD)
		die("the dump's bitmaps are too large");
	all = read_list(argv[1], size);
	for (uint64_t pfn = 0; pfn < size * 8; pfn++)
		dumped += has_bit(head + bitmap, pfn);
	first_page = table + dumped * sizeof(d);
	if (first_page + PAGE > HEAD)
		die("the dump has too many pages");
	for (uint64_t pfn = 0; pfn < size * 8; pfn++) {
		if (!has_bit(head + bitmap, pfn))
			continue;
		memcpy(&d, head + table + nr++ * sizeof(d), sizeof(d));
		shown += pfn < sizeof(listed) * 8 && has_bit(listed, pfn) && !is_zero(&d, first_page);
	}
	printf("bytes %llu shown %llu of %llu\n", (unsigned long long)bytes, (unsigned long long)shown,
	       (unsigned long long)all);
	return 0;
}
