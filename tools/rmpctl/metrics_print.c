// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "metrics.h"

#define US	1000000u

static void put_head(struct metrics *m, const struct family *f)
{
	if (m->last == f)
		return;
	m->last = f;
	fprintf(m->text, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name,
		f->type == METRIC_COUNTER ? "counter" : "gauge");
}

static void put_escaped(FILE *to, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', to);
		fputc(*value >= ' ' && *value <= '~' ? *value : '?', to);
	}
}

/* Labels are pairs of name and value, ended by NULL. */
static void put_labels(struct metrics *m, struct json_object *o, va_list args)
{
	struct json_object *labels = json_object_new_object();
	const char *name, *value, *before = "{";

	while ((name = va_arg(args, const char *))) {
		value = va_arg(args, const char *);
		fprintf(m->text, "%s%s=\"", before, name);
		put_escaped(m->text, value);
		fputc('"', m->text);
		before = ",";
		json_object_object_add(labels, name, json_object_new_string(value));
	}
	if (*before == ',')
		fputc('}', m->text);
	json_object_object_add(o, "labels", labels);
}

static struct json_object *begin(struct metrics *m, const struct family *f)
{
	struct json_object *o = json_object_new_object();

	put_head(m, f);
	fputs(f->name, m->text);
	json_object_object_add(o, "name", json_object_new_string(f->name));
	json_object_array_add(m->json, o);
	return o;
}

/**
 * metric_number() - one sample
 * @m: where to
 * @f: its family; all samples of one come one after the other
 * @value: the value
 * @...: names and values of labels, then NULL
 */
void metric_number(struct metrics *m, const struct family *f, u64 value, ...)
{
	struct json_object *o = begin(m, f);
	va_list args;

	va_start(args, value);
	put_labels(m, o, args);
	va_end(args);
	fprintf(m->text, " %" PRIu64 "\n", (uint64_t)value);
	json_object_object_add(o, "value", json_object_new_uint64(value));
}

/** metric_us() - the same of a time in microseconds, told in seconds */
void metric_us(struct metrics *m, const struct family *f, u64 us, ...)
{
	struct json_object *o = begin(m, f);
	va_list args;

	va_start(args, us);
	put_labels(m, o, args);
	va_end(args);
	fprintf(m->text, " %" PRIu64 ".%06u\n", (uint64_t)(us / US), (unsigned int)(us % US));
	json_object_object_add(o, "value", json_object_new_double((double)us / US));
}

/**
 * metric_one_of() - a word as a sample for each that it may be, of which one is 1
 * @m: where to
 * @f: the family
 * @label: name of the label
 * @words: that are known, NULL at their end
 * @word: the one that holds; a sample of its own if it is not known
 */
void metric_one_of(struct metrics *m, const struct family *f, const char *label, const char *const *words,
		   const char *word)
{
	bool known = false;

	for (; *words; words++) {
		known |= !strcmp(*words, word);
		metric_number(m, f, !strcmp(*words, word), label, *words, NULL);
	}
	if (!known)
		metric_number(m, f, 1, label, word, NULL);
}
