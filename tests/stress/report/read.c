// SPDX-License-Identifier: GPL-2.0-only
/* The files of a run. Nothing in them is taken for granted: any field may be missing or of another type. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report.h"

static const char * const measure_name[NR_MEASURES] = {
	[BLACKOUT_US] = "blackout_us", [QUIESCE_US] = "quiesce_us", [GIVE_BACK_US] = "give_back_us",
	[QUARANTINED] = "quarantined", [FREED] = "freed", [KEPT] = "kept", [PENDING] = "pending",
	[ASSIGNED_BEFORE] = "assigned_before", [ASSIGNED_AFTER] = "assigned_after",
	[EVICTED] = "evicted", [FORBIDDEN] = "forbidden", [SECONDS] = "seconds",
	[PRESSURE_MB] = "pressure_mb", [CPUS] = "cpus",
};

/**
 * read_get() - a member of a type
 * @o:    object, or NULL
 * @key:  its name
 * @type: wanted
 *
 * Return: the member, or NULL if there is none of that type.
 */
struct json_object *read_get(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

/**
 * read_text() - a text
 * @o:   object, or NULL
 * @key: its name
 *
 * Return: the text, or NULL if it is not known.
 */
const char *read_text(struct json_object *o, const char *key)
{
	struct json_object *value = read_get(o, key, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

/**
 * read_number() - a number that cannot be negative
 * @o:   object, or NULL
 * @key: its name
 *
 * Return: the number, or NAN if it is not known.
 */
double read_number(struct json_object *o, const char *key)
{
	struct json_object *value = read_get(o, key, json_type_int);
	double number;

	if (!value)
		value = read_get(o, key, json_type_double);
	number = value ? json_object_get_double(value) : NAN;
	return isfinite(number) && number >= 0 && number < 1e18 ? number : NAN;
}

/**
 * read_file() - a file with one object
 * @directory: where
 * @name:      of the file
 *
 * Return: the object, or NULL if there is none.
 */
struct json_object *read_file(const char *directory, const char *name)
{
	struct json_object *o;
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return NULL;
	o = json_object_from_file(path);
	if (json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	return NULL;
}

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

static void take_hop(struct run *run, struct hop *hop, struct json_object *o)
{
	size_t i;

	*hop = (struct hop){
		.json = o, .number = read_number(o, "hop"), .from = read_text(o, "from"),
		.to = read_text(o, "to"), .method = read_text(o, "method"),
		.policy = read_text(o, "policy"), .expects = read_text(o, "expects"),
		.outcome = read_text(o, "outcome"), .verdict = read_text(o, "verdict"),
		.why = read_text(o, "why"), .logs = read_text(o, "logs"),
	};
	for (i = 0; i < NR_MEASURES; i++)
		hop->value[i] = read_number(o, measure_name[i]);
	/* a host that is lost has not survived, whatever was said of it */
	hop->failed = is(hop->verdict, "failed") || is(hop->outcome, "lost") || hop->value[FORBIDDEN] > 0;
	hop->ok = !hop->failed && is(hop->verdict, "ok");
	run->nr_ok += hop->ok;
	run->nr_failed += hop->failed;
	run->nr_lost += is(hop->outcome, "lost");
	if (hop->value[FORBIDDEN] > 0)
		run->forbidden += hop->value[FORBIDDEN];
}

/* One object and nothing behind it, or NULL. */
static struct json_object *parse(const char *line, size_t size)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *o = NULL;
	size_t end;

	if (tokener && size < INT_MAX)
		o = json_tokener_parse_ex(tokener, line, (int)size);
	if (o) {
		end = json_tokener_get_parse_end(tokener);
		if (line[end + strspn(line + end, " \t\r\n")] || !json_object_is_type(o, json_type_object)) {
			json_object_put(o);
			o = NULL;
		}
	}
	if (tokener)
		json_tokener_free(tokener);
	return o;
}

/* 0; -errno if there is no room. */
static int take_line(struct run *run, const char *line, size_t size)
{
	struct json_object *o = parse(line, size);
	struct hop *hop;

	if (!o) {
		run->nr_unread++;
		return 0;
	}
	/* grows by doubling, at 0, 1, 2, 4, ... */
	if (!(run->nr_hops & (run->nr_hops - 1))) {
		hop = realloc(run->hop, (run->nr_hops ? run->nr_hops * 2 : 1) * sizeof(*hop));
		if (!hop) {
			json_object_put(o);
			return -ENOMEM;
		}
		run->hop = hop;
	}
	take_hop(run, &run->hop[run->nr_hops++], o);
	return 0;
}

static int read_hops(struct run *run, FILE *f)
{
	size_t room = 0, unread;
	char *line = NULL;
	ssize_t n;
	int err = 0;

	while (!err && (n = getline(&line, &room, f)) > 0) {
		unread = run->nr_unread;
		if (strspn(line, " \t\r\n") == (size_t)n)
			continue;
		/* behind a NUL nobody would look */
		if (strlen(line) != (size_t)n)
			run->nr_unread++;
		else
			err = take_line(run, line, (size_t)n);
		run->torn = run->nr_unread > unread && line[n - 1] != '\n';
	}
	if (!err && ferror(f))
		err = -EIO;
	free(line);
	return err;
}

/**
 * read_run() - all but the maps
 * @run:       filled; read_free() it in any case
 * @directory: of the run
 *
 * Return: 0 or -errno; -ENODATA if no run has left anything there.
 */
int read_run(struct run *run, const char *directory)
{
	char path[4096];
	struct stat st;
	int err = 0;
	FILE *f;

	*run = (struct run){ .directory = directory };
	if (stat(directory, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (snprintf(path, sizeof(path), "%s/hops.ndjson", directory) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	run->json = read_file(directory, "run.json");
	f = fopen(path, "re");
	if (!f)
		return errno != ENOENT ? -errno : run->json ? 0 : -ENODATA;
	err = read_hops(run, f);
	fclose(f);
	return err;
}

/**
 * read_free() - forget a run
 * @run: as read_run() left it
 */
void read_free(struct run *run)
{
	size_t i;

	for (i = 0; i < run->nr_hops; i++)
		json_object_put(run->hop[i].json);
	free(run->hop);
	json_object_put(run->json);
}
