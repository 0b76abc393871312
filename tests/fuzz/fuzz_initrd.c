// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile bytes against all that annotate, preflight and load read of an initramfs and of a module
 * file. The driver below mutates sound ones from a fixed seed; with -DLIBFUZZER the entry point is
 * libFuzzer's. What is accepted must keep its promises: what is annotated can be read again, and
 * all of the initramfs is still there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmp_persist/rmp_persist.h>

#include "../../kexec/annotation.h"
#include "../../kexec/cpio.h"
#include "../unit/module_fixture.h"

#define MAX_SIZE	8192

static uint64_t found[1 - ANNOTATION_ERR_LAST], modules[1 - MODINFO_ERR_LAST];

static void must_hold(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static bool inside(const void *at, size_t length, const void *data, size_t size)
{
	const uint8_t *first = at, *start = data;

	return first >= start && first <= start + size && length <= (size_t)(start + size - first);
}

static void try_module(const uint8_t *data, size_t size)
{
	struct modinfo m = { 0 };
	const char *value;
	int err = modinfo_find(&m, data, size);

	must_hold(err <= 0 && err >= MODINFO_ERR_LAST, "an error of modinfo that has a name");
	modules[-err]++;
	if (err)
		return;
	must_hold(inside(m.text, m.size, data, size) && !m.text[m.size - 1], "text with an end");
	value = modinfo_get(&m, "handover");
	must_hold(!value || inside(value, strlen(value) + 1, data, size), "a value within the file");
}

/* Annotated anew it says what was meant, and stripped it is what it was. */
static void annotate(const struct annotated *f, const uint8_t *data, size_t size)
{
	struct annotation a = { .release = "r", .module = "m", .features = "a b" }, read;
	size_t head_size, rest = size - (f->end - f->start);
	uint8_t head[ANNOTATION_HEAD_MAX], *out;
	char text[ANNOTATION_MAX + 1];
	struct annotated again;

	a.initrd_size = rest;
	a.initrd_crc = annotated_crc(f, data, size);
	must_hold(annotation_make(text, &a) > 0, "an annotation can be made");
	must_hold(!annotated_head(head, f, data, size, text, &head_size), "it fits");
	out = malloc(head_size + rest + 1);
	if (!out)
		abort();
	memcpy(out, head, head_size);
	memcpy(out + head_size, data, f->start);
	memcpy(out + head_size + f->start, data + f->end, size - f->end);
	must_hold(!annotated_read(&again, &read, out, head_size + rest), "it can be read again");
	must_hold(!strcmp(read.features, "a b"), "it says what was meant");
	must_hold(!again.start && again.end == head_size, "and nothing else would be taken out");
	free(out);
}

static void try_initrd(const uint8_t *data, size_t size)
{
	struct annotated f;
	struct annotation a;
	int err = annotated_read(&f, &a, data, size);

	must_hold(err <= 0 && err >= ANNOTATION_ERR_LAST, "an error of the annotation that has a name");
	found[-err]++;
	must_hold(f.start <= f.end && f.end <= size, "a range within the file");
	must_hold(!f.text || inside(f.text, f.text_size, data, size), "a text within the file");
	if (!err)
		rmpp_features_parse(a.features, strlen(a.features));
	if (err != ANNOTATION_ERR_CPIO && err != ANNOTATION_ERR_TWICE)
		annotate(&f, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	/* exactly as large as the input: a read past it is seen */
	uint8_t *data = malloc(size ? size : 1);

	if (!data)
		return 0;
	memcpy(data, input, size);
	try_initrd(data, size);
	try_module(data, size);
	free(data);
	return 0;
}

#ifndef LIBFUZZER

#include "mutate.h"

static uint8_t seed_file[4][MAX_SIZE];
static size_t seed_size[4];

static void put(unsigned int i, const char *name, const char *data)
{
	must_hold(!cpio_put(seed_file[i], MAX_SIZE, &seed_size[i], name, data, strlen(data)),
		  "a seed fits");
}

static void make_seeds(void)
{
	static const struct annotation a = { .release = "6.12.1", .module = "0.1", .features = "lazy preserve" };
	char text[ANNOTATION_MAX + 1];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct annotation b = a;

		/* of the right initramfs for the first, of another for the others */
		b.initrd_crc = i ? 1 : rmpp_crc32c(0, NULL, 0);
		must_hold(annotation_make(text, &b) > 0, "a seed can be made");
		if (i == 1)
			put(i, "early_cpio", "1\n");
		put(i, ANNOTATION_NAME, text);
		if (i)
			must_hold(!cpio_put_trailer(seed_file[i], MAX_SIZE, &seed_size[i]), "a seed ends");
		if (i == 2)
			put(i, "lib/modules/6.12.1/ccp_ext.ko", "content");
	}
	seed_size[3] = module_fixture(seed_file[3], MODULE_FIXTURE_INFO, sizeof(MODULE_FIXTURE_INFO));
}

/* Bring the text's checksum in order, so that what is behind it is reached. */
static void seal(uint8_t *data, size_t size)
{
	struct annotated f;
	char crc[16];
	size_t body;

	annotated_find(&f, data, size);
	if (!f.text || f.text_size < 15)
		return;
	body = f.text_size - 15;
	snprintf(crc, sizeof(crc), "crc 0x%08" PRIx32 "\n", rmpp_crc32c(0, f.text, body));
	memcpy(data + (f.text - data) + body, crc, 15);
}

static void print_counts(const char *what, const uint64_t *count, int last,
			 const char *(*text)(int err))
{
	int err;

	for (err = 0; err >= last; err--)
		if (count[-err])
			printf("# %s %" PRIu64 ": %s\n", what, count[-err], text(err));
}

int main(int argc, char **argv)
{
	static uint8_t data[MAX_SIZE];
	uint64_t iterations = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000, i, n, size;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	make_seeds();
	for (i = 0; i < iterations; i++) {
		unsigned int which = (unsigned int)(i % 4);

		mutate_seed(seed * 0x100000001b3ULL + i);
		size = seed_size[which];
		memcpy(data, seed_file[which], size);
		for (n = rnd(5); n; n--)
			size = mutate_bytes(data, size, size, MAX_SIZE);
		if (rnd(4))
			seal(data, size);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("TAP version 13\n# seed %" PRIu64 "\n", seed);
	print_counts("initramfs", found, ANNOTATION_ERR_LAST, annotation_strerror);
	print_counts("module", modules, MODINFO_ERR_LAST, modinfo_strerror);
	printf("ok 1 - %" PRIu64 " mutated files break no promise of what reads them\n1..1\n", iterations);
	return 0;
}

#endif /* LIBFUZZER */
