// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile bytes against the configuration's parser. The driver below mutates sound files from a fixed seed; with
 * -DLIBFUZZER the entry point is libFuzzer's. What is accepted must keep its promises: it can be written out, read
 * again, and is the same; a mistake has a place within the file and a phrase that a terminal can show.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kexec/config.h"

#define MAX_SIZE	4096

static uint64_t accepted, mistakes[CONFIG_ERR_TOO_LARGE + 1];

static void must_hold(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static unsigned int lines_of(const char *text, size_t size)
{
	unsigned int lines = 1;
	size_t i;

	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_errors(const struct config_errors *e, const char *text, size_t size)
{
	char message[256];
	unsigned int i, j;

	for (i = 0; i < e->nr && i < CONFIG_ERRORS_MAX; i++) {
		const struct config_error *m = &e->v[i];

		must_hold(m->kind <= CONFIG_ERR_TOO_LARGE, "a mistake of a known kind");
		mistakes[m->kind]++;
		must_hold(m->line >= 1 && m->line <= lines_of(text, size) && m->column >= 1 &&
			  m->column <= size + 1, "a place within the file");
		must_hold(!i || m->line >= e->v[i - 1].line, "mistakes in their order");
		config_describe(message, sizeof(message), m);
		must_hold(message[0], "a phrase for each mistake");
		for (j = 0; message[j]; j++)
			must_hold(message[j] >= ' ' && message[j] <= '~', "nothing that a terminal obeys");
	}
}

static void check_round_trip(const struct config *c)
{
	static char out[CONFIG_NR_KEYS * (CONFIG_VALUE_SIZE + 64)];
	char one[CONFIG_VALUE_SIZE], two[CONFIG_VALUE_SIZE], options[4096];
	struct config_errors errors;
	struct config again;
	size_t used = 0;
	int i;

	for (i = 0; i < CONFIG_NR_KEYS; i++) {
		if (!c->value[i].line)
			continue;
		config_print(one, i, &c->value[i], false);
		used += (size_t)sprintf(out + used, "%s = %s\n", config_keys[i].name, one);
	}
	config_parse(&again, &errors, out, used);
	must_hold(!errors.nr, "what is accepted can be written and read again");
	for (i = 0; i < CONFIG_NR_KEYS; i++) {
		must_hold(!c->value[i].line == !again.value[i].line, "with the same keys");
		config_print(one, i, &c->value[i], true);
		config_print(two, i, &again.value[i], true);
		must_hold(!strcmp(one, two), "and the same values");
		if (config_is_module(i))
			must_hold(!strpbrk(one, " \"\n"), "words that modprobe does not take apart");
	}
	must_hold(config_options(options, sizeof(options), c) < sizeof(options) - 1, "room for all options");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	/* exactly as large as the input: a read past it is seen */
	char *text = malloc(size ? size : 1);
	struct config_errors errors;
	struct config config;

	if (!text)
		return 0;
	memcpy(text, input, size);
	config_parse(&config, &errors, text, size);
	if (errors.nr) {
		check_errors(&errors, text, size);
	} else {
		accepted++;
		check_round_trip(&config);
	}
	free(text);
	return 0;
}

#ifndef LIBFUZZER

#include "mutate.h"

static const char *const seeds[] = {
	"# a comment\npolicy = lazy\non_unsafe = refuse\nzone_mb = 192\n\n",
	"append = root=/dev/vda quiet\ntries=3\nfile = yes\ngiveback = 0\n",
	"  kdump_kernel = /boot/vmlinuz\n\tkdump_initrd\t=\t/boot/initrd.img",
	"",
};

int main(int argc, char **argv)
{
	static uint8_t data[MAX_SIZE];
	uint64_t iterations = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000, i, n, size;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	for (i = 0; i < iterations; i++) {
		const char *from = seeds[i % (sizeof(seeds) / sizeof(seeds[0]))];

		mutate_seed(seed * 0x100000001b3ULL + i);
		size = strlen(from);
		memcpy(data, from, size);
		for (n = rnd(4); n; n--)
			size = mutate_bytes(data, size, size, MAX_SIZE);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("TAP version 13\n# seed %" PRIu64 "\n# accepted: %" PRIu64 "\n", seed, accepted);
	for (i = 0; i <= CONFIG_ERR_TOO_LARGE; i++)
		printf("# mistake %" PRIu64 ": %" PRIu64 "\n", i, mistakes[i]);
	printf("ok 1 - %" PRIu64 " mutated configurations break no promise of what reads them\n1..1\n", iterations);
	return 0;
}

#endif /* LIBFUZZER */
