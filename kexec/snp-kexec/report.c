// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *const verdict_name[] = {
	[VERDICT_SAFE] = "safe",
	[VERDICT_NOT_SAFE] = "not-safe",
	[VERDICT_UNKNOWN] = "unknown",
};

/**
 * report_begin() - start with nothing found, which is safe
 * @r: json and color are set by the caller
 * @command: the subcommand's name
 */
void report_begin(struct report *r, const char *command)
{
	r->verdict = VERDICT_SAFE;
	r->root = json_object_new_object();
	r->reasons = json_object_new_array();
	put_string(r, "command", command);
}

/**
 * report_end() - print what is still to be printed
 * @r: of no use afterwards
 *
 * Return: the exit code; 2 if the output could not be written.
 */
int report_end(struct report *r)
{
	put_string(r, "verdict", verdict_name[r->verdict]);
	json_object_object_add(r->root, "reasons", r->reasons);
	if (r->json)
		puts(json_object_to_json_string_ext(r->root,
						    JSON_C_TO_STRING_PLAIN |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(r->root);
	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "snp-kexec: standard output: %s\n",
			strerror(errno ?: EIO));
		return VERDICT_UNKNOWN;
	}
	return r->verdict;
}

static void add_reason(struct report *r, const char *kind, const char *text)
{
	struct json_object *reason = json_object_new_object();

	json_object_object_add(reason, "kind", json_object_new_string(kind));
	json_object_object_add(reason, "text", json_object_new_string(text));
	json_object_array_add(r->reasons, reason);
}

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		fputs("snp-kexec: out of memory\n", stderr);
		exit(VERDICT_UNKNOWN);
	}
	return text;
}

/* A definite "not safe" outweighs something that could not be found out. */
static void lower(struct report *r, enum verdict verdict)
{
	if (r->verdict != VERDICT_NOT_SAFE)
		r->verdict = verdict;
}

static void tell_refusal(struct report *r, bool marked, const char *fmt, va_list args)
{
	char *text = format(fmt, args);

	lower(r, VERDICT_NOT_SAFE);
	add_reason(r, "refusal", text);
	if (!r->json && marked)
		printf("%snot safe:%s ", r->color ? "\033[31m" : "", r->color ? "\033[0m" : "");
	if (!r->json)
		puts(text);
	free(text);
}

/** refuse() - it was looked at, and it is not safe; goes to stdout */
void refuse(struct report *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell_refusal(r, true, fmt, args);
	va_end(args);
}

/** reject() - the same, of something that is wrong rather than dangerous, and says where itself */
void reject(struct report *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell_refusal(r, false, fmt, args);
	va_end(args);
}

/** fail() - it could not be looked at, or not be done; goes to stderr */
void fail(struct report *r, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	lower(r, VERDICT_UNKNOWN);
	add_reason(r, "error", text);
	fflush(stdout);
	fprintf(stderr, "snp-kexec: %s\n", text);
	free(text);
}

/** note() - worth knowing, no obstacle */
void note(struct report *r, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	add_reason(r, "note", text);
	say(r, "note", "%s", text);
	free(text);
}

/** say() - a line of the human table; nothing with --json */
void say(struct report *r, const char *label, const char *fmt, ...)
{
	va_list args;

	if (r->json)
		return;
	printf("%-11s ", label);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/** put_verdict() - the last line of the human table, coloured */
void put_verdict(struct report *r, const char *text)
{
	static const char *const color[] = {
		[VERDICT_SAFE] = "\033[32m",
		[VERDICT_NOT_SAFE] = "\033[31m",
		[VERDICT_UNKNOWN] = "\033[33m",
	};

	say(r, "verdict", "%s%s%s: %s", r->color ? color[r->verdict] : "",
	    verdict_name[r->verdict], r->color ? "\033[0m" : "", text);
}

/** put_number() - a member of the JSON object; addresses and sizes in bytes */
void put_number(struct report *r, const char *key, uint64_t value)
{
	json_object_object_add(r->root, key, json_object_new_uint64(value));
}

/** put_string() - a member of the JSON object */
void put_string(struct report *r, const char *key, const char *value)
{
	json_object_object_add(r->root, key, json_object_new_string(value));
}

/** put_range() - a member {"pa": bytes, "size": bytes} of the JSON object */
void put_range(struct report *r, const char *key, uint64_t pa, uint64_t size)
{
	struct json_object *range = json_object_new_object();

	json_object_object_add(range, "pa", json_object_new_uint64(pa));
	json_object_object_add(range, "size", json_object_new_uint64(size));
	json_object_object_add(r->root, key, range);
}
