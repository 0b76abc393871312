// SPDX-License-Identifier: GPL-2.0-only
/* What run.json says of a run from its beginning. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "rundir.h"

#define FORMAT	1

static const char *build_directory(void)
{
	const char *build = getenv("BUILD");

	return build && *build ? build : "build";
}

/* One line of a command or a file, without its end; empty if there is none. */
static void first_line(FILE *f, char *line, size_t size)
{
	line[0] = '\0';
	if (f && fgets(line, size, f))
		line[strcspn(line, "\n")] = '\0';
}

static struct json_object *releases(const struct rules *rules)
{
	struct json_object *o = json_object_new_object();
	char path[512], line[128];

	for (unsigned int i = 0; i < rules->nr_kernels; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/kernels/%s/release", build_directory(), rules->kernels[i].series);
		f = fopen(path, "re");
		first_line(f, line, sizeof(line));
		if (f)
			fclose(f);
		json_add(o, rules->kernels[i].series, json_text(line));
	}
	return o;
}

static struct json_object *output_of(const char *command)
{
	FILE *f = popen(command, "re");
	char line[256];

	first_line(f, line, sizeof(line));
	if (f)
		pclose(f);
	return json_text(line);
}

static struct json_object *machine_of(void)
{
	struct json_object *o = json_object_new_object();
	char command[600];

	snprintf(command, sizeof(command), "%s/qemu/bin/qemu-system-x86_64 --version 2>/dev/null | "
		 "sed -n 's/^QEMU emulator version \\([0-9.]*\\).*/\\1/p'", build_directory());
	json_add(o, "profile", json_text("milan"));
	json_add(o, "memory_mb", json_number(2048));
	json_add(o, "processors", json_number(PROCESSORS));
	json_add(o, "qemu", output_of(command));
	return o;
}

static struct json_object *kernels_of(const struct rules *rules)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < rules->nr_kernels; i++)
		json_object_array_add(list, json_text(rules->kernels[i].series));
	return list;
}

/* The faults that may be drawn. */
static struct json_object *catalogue(const struct rules *rules)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; fault_table[i].name; i++)
		if (rules->faults >> i & 1)
			json_object_array_add(list, json_text(fault_table[i].name));
	return list;
}

struct json_object *rundir_describe(const struct words *w)
{
	struct json_object *o = json_object_new_object();
	char *hops = hopset_format(&w->set), stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	json_add(o, "format", json_number(FORMAT));
	json_add(o, "seed", json_object_new_uint64(w->rules.seed));
	json_add(o, "hops", json_number(w->set.nr));
	json_add(o, "list", json_text(hops ?: ""));
	json_add(o, "faults", json_text(w->faults_text));
	json_add(o, "catalogue", catalogue(&w->rules));
	json_add(o, "crash_every", json_number(w->rules.crash_every));
	json_add(o, "kernels", kernels_of(&w->rules));
	json_add(o, "releases", releases(&w->rules));
	json_add(o, "machine", machine_of());
	json_add(o, "project", output_of("git describe --always --dirty 2>/dev/null"));
	json_add(o, "started", json_text(stamp));
	json_add(o, "map", json_object_new_array());
	free(hops);
	return o;
}
