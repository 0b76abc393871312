// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile bytes against the checker and the reader. The driver below mutates a
 * sound blob from a fixed seed; with -DLIBFUZZER the entry point is libFuzzer's.
 * What the checker accepts must keep the format's promises.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmp_persist/rmp_persist.h>

#define MAX_SIZE	8192

static u64 accepted, refused[1 - RMPP_ERR_LAST];

static void must_hold(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static void read_records(const struct rmpp_blob *blob)
{
	const struct rmpp_section_ser *s = blob->section[RMPP_SECTION_RECORD_DATA];
	u64 end = 0;
	u32 i, size;

	for (i = 0; i < rmpp_blob_count(blob, RMPP_SECTION_RECORDS); i++) {
		const struct rmpp_record_ser *r = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i);
		const u8 *data;
		int err = rmpp_record_data(blob, i, &data, &size);

		must_hold(err == (s ? RMPP_OK : RMPP_ERR_RECORD_WITHHELD) ||
			  (s && err == RMPP_ERR_RECORD_CRC), "a record is sound, damaged or withheld");
		must_hold(le64_to_cpu(r->offset) == end, "records lie one behind the other");
		end += rmpp_record_room(le32_to_cpu(r->size)) - sizeof(*r);
		if (err)
			continue;
		must_hold(size == le32_to_cpu(r->size) && data >= blob->data &&
			  data + size <= blob->data + blob->size, "a record's bytes are the blob's");
		must_hold(rmpp_record_crc(data, size) == le32_to_cpu(r->crc), "a record's checksum");
	}
	must_hold(!s || le64_to_cpu(s->size) == end, "no byte belongs to no record");
}

/* What is taken out of a blob leaves a blob. */
static void withhold(u8 *data, size_t size)
{
	struct rmpp_blob blob;

	rmpp_blob_withhold(data);
	must_hold(!rmpp_blob_check(&blob, data, size, NULL), "a blob without records' bytes is sound");
	must_hold(!blob.section[RMPP_SECTION_RECORD_DATA], "and has none");
}

static void read_all(const struct rmpp_blob *blob)
{
	static volatile u8 sink;
	u64 end = 0;
	u32 type, i, k;

	must_hold(blob->section[RMPP_SECTION_PLATFORM], "a platform section");
	for (type = 0; type <= RMPP_SECTION_MAX + 1; type++) {
		u32 count = rmpp_blob_count(blob, type);

		must_hold(!rmpp_blob_entry(blob, type, count), "no entry past the last");
		for (i = 0; i < count; i++) {
			const u8 *entry = rmpp_blob_entry(blob, type, i);

			for (k = 0; k < le32_to_cpu(blob->section[type]->entry_size); k++)
				sink = entry[k];
		}
	}
	for (i = 0; i < rmpp_blob_count(blob, RMPP_SECTION_QUARANTINE); i++) {
		const struct rmpp_extent_ser *x =
			rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i);
		u64 pfn = le64_to_cpu(x->pfn);

		must_hold(!i || pfn > end, "extents sorted and apart");
		end = pfn + le64_to_cpu(x->nr_pages);
		must_hold(end > pfn && end <= RMPP_MAX_PFN, "extents in memory");
	}
	for (i = 0, end = 0; i < rmpp_blob_count(blob, RMPP_SECTION_RMP_RUNS); i++) {
		const struct rmpp_run_ser *r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i);

		must_hold(le64_to_cpu(r->pfn) >= end, "runs sorted");
		must_hold(strcmp(rmpp_page_state_name(r->state), "?"), "run states known");
		end = le64_to_cpu(r->pfn) + le32_to_cpu(r->nr_pages);
	}
	read_records(blob);
	(void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	/* exactly as large as the input: a read past it is seen */
	u8 *data = malloc(size ? size : 1);
	struct rmpp_blob blob, before;
	struct rmpp_where where = { 0 };
	int err;

	if (!data)
		return 0;
	memcpy(data, input, size);
	memset(&blob, 0x5a, sizeof(blob));
	before = blob;
	err = rmpp_blob_check(&blob, data, size, &where);
	if (!err) {
		accepted++;
		must_hold(blob.size <= size, "the blob within its data");
		read_all(&blob);
		withhold(data, size);
	} else {
		must_hold(err < 0 && err >= RMPP_ERR_LAST, "an error that has a name");
		refused[-err]++;
		must_hold(!memcmp(&blob, &before, sizeof(blob)), "output untouched");
		must_hold(where.offset <= size, "an offset within the data");
	}
	free(data);
	return 0;
}

#ifndef LIBFUZZER

#include "../unit/rmpp_fixture.h"
/* the fixture has random numbers of its own */
#define rnd fuzz_rnd
#include "mutate.h"

/* Bring the checksums in order, so that what is behind them is reached. */
static void seal(u8 *data, u64 size)
{
	struct rmpp_header_ser *h = (struct rmpp_header_ser *)data;
	struct rmpp_section_ser *s = (struct rmpp_section_ser *)(h + 1);
	u32 nr, i;

	if (size < sizeof(*h))
		return;
	nr = le32_to_cpu(h->nr_sections);
	if (nr > RMPP_MAX_SECTIONS || size < sizeof(*h) + nr * sizeof(*s))
		return;
	for (i = 0; i < nr; i++, s++) {
		u64 offset = le64_to_cpu(s->offset), length = le64_to_cpu(s->size);

		if (offset <= size && length <= size - offset)
			s->crc = cpu_to_le32(rmpp_crc32c(0, data + offset, length));
	}
	h->header_crc = 0;
	h->header_crc = cpu_to_le32(rmpp_crc32c(0, h, sizeof(*h) + nr * sizeof(*s)));
}

static u64 mutate(u8 *data, u64 size)
{
	/* most damage where it matters: header and section table */
	u64 near = rnd(3) ? (size < 384 ? size : 384) : size;
	u64 at;

	/* one line of the table over another */
	if (size >= 384 && !rnd(8)) {
		at = 128 + 32 * rnd(6);
		memmove(data + at, data + 128 + 32 * rnd(6), 32);
		return size;
	}
	return mutate_bytes(data, size, near, MAX_SIZE);
}

int main(int argc, char **argv)
{
	static u8 seed_blob[MAX_SIZE], data[MAX_SIZE] __attribute__((aligned(8)));
	u64 iterations = argc > 2 ? strtoull(argv[2], NULL, 0) : 200000, i;
	u64 seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1, size, seed_size, n;
	struct sample sample;
	FILE *f;
	int err;

	if (argc > 1 && !strcmp(argv[1], "sample")) {
		sample_make_preserved(&sample);
		memcpy(seed_blob, sample.data, sample.size);
		seed_size = sample.size;
	} else {
		f = argc > 1 ? fopen(argv[1], "rb") : NULL;
		if (!f) {
			fprintf(stderr, "usage: fuzz_blob BLOB|sample [ITERATIONS [SEED]]: %s\n",
				argc > 1 ? strerror(errno) : "no file");
			return 2;
		}
		seed_size = fread(seed_blob, 1, MAX_SIZE - 256, f);
		fclose(f);
	}

	for (i = 0; i < iterations; i++) {
		mutate_seed(seed * 0x100000001b3ULL + i);
		memcpy(data, seed_blob, seed_size);
		size = seed_size;
		for (n = rnd(5); n; n--)
			size = mutate(data, size);
		if (rnd(5))
			seal(data, size);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("TAP version 13\n# seed %" PRIu64 ": %" PRIu64 " accepted; refused:", (uint64_t)seed,
	       (uint64_t)accepted);
	for (err = 1; err <= -RMPP_ERR_LAST; err++)
		if (refused[err])
			printf(" %" PRIu64 " %s,", (uint64_t)refused[err], rmpp_strerror(-err));
	printf("\nok 1 - %" PRIu64 " mutated blobs break no promise of the checker\n1..1\n",
	       (uint64_t)iterations);
	return 0;
}

#endif /* LIBFUZZER */
