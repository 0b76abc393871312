// SPDX-License-Identifier: GPL-2.0-only
/* Bytes to search for, as the command line gives them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "vmcore.h"

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ?
	       tolower((unsigned char)c) - 'a' + 10 : -1;
}

static const char *from_hex(struct pattern *p)
{
	size_t length = strlen(p->text), i;

	p->bytes = malloc(length / 2 + 1);
	if (!p->bytes)
		return "out of memory";
	for (i = 0; i < length / 2; i++) {
		int high = digit(p->text[i * 2]), low = digit(p->text[i * 2 + 1]);

		if (high < 0 || low < 0)
			return "not hexadecimal digits";
		p->bytes[i] = (u8)(high << 4 | low);
	}
	p->size = length / 2;
	return length % 2 ? "an odd number of digits" : NULL;
}

static const char *from_text(struct pattern *p)
{
	p->size = strlen(p->text);
	p->bytes = (u8 *)strdup(p->text);
	return p->bytes ? NULL : "out of memory";
}

static const char *from_file(struct pattern *p)
{
	FILE *f = fopen(p->text, "rbe");
	const char *error = NULL;

	if (!f)
		return strerror(errno);
	p->bytes = malloc(PATTERN_MAX + 1);
	if (!p->bytes)
		error = "out of memory";
	else
		p->size = fread(p->bytes, 1, PATTERN_MAX + 1, f);
	if (!error && ferror(f))
		error = strerror(errno);
	else if (!error && p->size > PATTERN_MAX)
		error = "more than 1 MiB";
	fclose(f);
	return error;
}

/**
 * pattern_add() - one more
 * @o:      gets it
 * @option: "hex", "text" or "pattern"
 * @text:   its argument
 *
 * Return: 0, or VERDICT_UNKNOWN after saying why.
 */
int pattern_add(struct vmcore_options *o, const char *option, const char *text)
{
	struct pattern *p = &o->pattern[o->nr_patterns];
	const char *error;

	if (o->nr_patterns == PATTERNS_MAX) {
		fprintf(stderr, "rmpctl: more than %u patterns\n", PATTERNS_MAX);
		return VERDICT_UNKNOWN;
	}
	memset(p, 0, sizeof(*p));
	p->option = option;
	p->text = text;
	o->nr_patterns++;
	error = !strcmp(option, "hex") ? from_hex(p) : !strcmp(option, "text") ? from_text(p) :
		from_file(p);
	/* fewer bytes are found by chance */
	if (!error && p->size < PATTERN_MIN)
		error = "fewer than 8 bytes";
	if (!error && !memcmp(p->bytes, p->bytes + 1, p->size - 1))
		error = "all bytes are the same";
	if (!error)
		return 0;
	fprintf(stderr, "rmpctl: --%s %s: %s\n", option, text, error);
	return VERDICT_UNKNOWN;
}

/** patterns_free() - forget them */
void patterns_free(struct vmcore_options *o)
{
	while (o->nr_patterns)
		free(o->pattern[--o->nr_patterns].bytes);
}
