// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hopset.h"

#define BITS_MAX 32

static int add(struct hopset *set, unsigned int hop)
{
	struct hopset_entry *more = realloc(set->entry, (set->nr + 1) * sizeof(*more));

	if (!more)
		return -1;
	set->entry = more;
	set->entry[set->nr++] = (struct hopset_entry){ .hop = hop };
	return 0;
}

int hopset_range(struct hopset *set, unsigned int first, unsigned int last)
{
	for (unsigned int hop = first; hop <= last; hop++)
		if (add(set, hop))
			return -1;
	return 0;
}

/* A number from @low to @high behind @text; NULL if there is none. */
static const char *number(const char *text, unsigned long low, unsigned long high, unsigned int *value)
{
	unsigned long n;
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	n = strtoul(text, &end, 10);
	if (n < low || n > high)
		return NULL;
	*value = n;
	return end;
}

static const char *bit(const char *text, uint32_t *bits)
{
	unsigned int n;

	text = number(text, 0, BITS_MAX - 1, &n);
	if (text)
		*bits |= UINT32_C(1) << n;
	return text;
}

static const char *flag(const char *text, const char *word, bool *flag)
{
	size_t n = strlen(word);

	if (strncmp(text, word, n))
		return NULL;
	*flag = true;
	return text + n;
}

static const char *part(const char *text, struct without *without)
{
	if (!strncmp(text, "fault.", 6))
		return bit(text + 6, &without->faults);
	if (!strncmp(text, "guests.", 7))
		return bit(text + 7, &without->groups);
	return flag(text, "pressure", &without->pressure) ?: flag(text, "cpus", &without->cpus);
}

/* One element; NULL if it is none. */
static const char *element(struct hopset *set, const char *text)
{
	unsigned int first, last;

	text = number(text, 1, HOPS_MAX, &first);
	if (!text)
		return NULL;
	last = first;
	if (*text == '-')
		text = number(text + 1, first, HOPS_MAX, &last);
	if (!text || hopset_range(set, first, last))
		return NULL;
	while (text && *text == '~') {
		text = part(text + 1, &set->entry[set->nr - 1].without);
		/* of a range it would be the last one's */
		if (first != last)
			return NULL;
	}
	return text;
}

int hopset_parse(struct hopset *set, const char *text, char *why, size_t size)
{
	const char *rest = text;

	*set = (struct hopset){ NULL };
	for (;;) {
		const char *end = element(set, rest);

		if (!end || (*end && *end != ',')) {
			snprintf(why, size, "\"%.*s\"", (int)strcspn(rest, ","), rest);
			hopset_free(set);
			return -1;
		}
		if (!*end)
			return 0;
		rest = end + 1;
	}
}

static void print_bits(FILE *f, const char *name, uint32_t bits)
{
	for (int i = 0; i < BITS_MAX; i++)
		if (bits >> i & 1)
			fprintf(f, "~%s.%d", name, i);
}

static bool is_whole(const struct hopset_entry *e)
{
	const struct without *w = &e->without;

	return !w->faults && !w->groups && !w->pressure && !w->cpus;
}

char *hopset_format(const struct hopset *set)
{
	char *text = NULL;
	size_t size, run;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (size_t i = 0; i < set->nr; i += run) {
		const struct hopset_entry *e = &set->entry[i];

		for (run = 1; i + run < set->nr && is_whole(e) && is_whole(&e[run]) && e[run].hop == e->hop + run; run++)
			;
		if (run == 2)
			run = 1;
		fprintf(f, "%s%u", i ? "," : "", e->hop);
		if (run > 1)
			fprintf(f, "-%u", e[run - 1].hop);
		print_bits(f, "fault", e->without.faults);
		print_bits(f, "guests", e->without.groups);
		fprintf(f, "%s%s", e->without.pressure ? "~pressure" : "", e->without.cpus ? "~cpus" : "");
	}
	if (fclose(f))
		return NULL;
	return text;
}

void hopset_free(struct hopset *set)
{
	free(set->entry);
	*set = (struct hopset){ NULL };
}
