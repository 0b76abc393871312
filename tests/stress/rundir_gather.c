// SPDX-License-Identifier: GPL-2.0-only
/* Runs that are not under way: parts of one, and what was found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "rundir.h"

static void take_looks(struct result *result, struct json_object *checks)
{
	for (int i = 0; i < NR_CHECKS; i++) {
		struct json_object *look = json_get(checks, check_names[i]);

		result->looked[i] = look;
		result->good[i] = json_object_get_boolean(look);
	}
}

unsigned int rundir_first_failure(const char *path, struct result *result)
{
	char file[600], *line = NULL;
	unsigned int failed = 0;
	size_t size = 0;
	FILE *f;

	*result = (struct result){ .ok = false };
	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	f = fopen(file, "re");
	while (f && !failed && getline(&line, &size, f) > 0) {
		struct json_object *hop = json_tokener_parse(line);

		if (hop && !rundir_hop_is_ok(hop)) {
			failed = json_object_get_int64(json_get(hop, "hop"));
			take_looks(result, json_get(hop, "checks"));
		}
		json_object_put(hop);
	}
	free(line);
	if (f)
		fclose(f);
	return failed;
}

/* Names in a part are relative to its directory. */
static struct json_object *name_in(const char *part, const char *name)
{
	const char *base = strrchr(part, '/');
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", base ? base + 1 : part, name);
	return json_text(path);
}

static void gather_maps(struct rundir *dir, const char *part)
{
	struct json_object *run, *maps;
	char file[600];

	snprintf(file, sizeof(file), "%s/run.json", part);
	run = json_object_from_file(file);
	maps = run ? json_get(run, "map") : NULL;
	/* two pictures of one host say something together */
	if (maps && !rundir_maps(dir))
		for (size_t i = 0; i < json_object_array_length(maps); i++)
			json_object_array_add(json_get(dir->run, "map"),
					      name_in(part, json_object_get_string(json_object_array_get_idx(maps, i))));
	json_object_put(run);
}

static int gather_hops(struct rundir *dir, const char *part, struct totals *totals)
{
	char file[600], *line = NULL;
	struct json_object *hop;
	size_t size = 0;
	int rc = 0;
	FILE *f;

	snprintf(file, sizeof(file), "%s/hops.ndjson", part);
	f = fopen(file, "re");
	while (f && !rc && getline(&line, &size, f) > 0) {
		const char *logs;

		hop = strchr(line, '\n') ? json_tokener_parse(line) : NULL;
		if (!hop)
			break;
		rundir_count(totals, hop);
		logs = json_object_get_string(json_get(hop, "logs"));
		if (logs && *logs)
			json_add(hop, "logs", name_in(part, logs));
		rc = fprintf(dir->hops, "%s\n", json_object_to_json_string_ext(hop, JSON_C_TO_STRING_PLAIN)) < 0;
		json_object_put(hop);
	}
	free(line);
	if (f)
		fclose(f);
	return rc || fflush(dir->hops) ? -1 : 0;
}

static void forget(const char *part)
{
	static const char * const names[] = { "run.json", "hops.ndjson" };
	char file[600];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", part, names[i]);
		unlink(file);
	}
}

int rundir_gather(const char *path, const struct words *w, const char * const part[], unsigned int nr, const char *state,
		  struct totals *totals, char *why, size_t size)
{
	struct rundir dir = { .run = rundir_describe(w), .lock = -1 };
	char file[600];
	int rc;

	*totals = (struct totals){ 0 };
	snprintf(dir.path, sizeof(dir.path), "%s", path);
	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	dir.hops = fopen(file, "we");
	rc = dir.hops ? 0 : -1;
	for (unsigned int i = 0; i < nr && !rc; i++) {
		gather_maps(&dir, part[i]);
		rc = gather_hops(&dir, part[i], totals);
	}
	rc = rc || rundir_state(&dir, state) ? -1 : 0;
	if (rc)
		snprintf(why, size, "%s: %s", file, strerror(errno));
	for (unsigned int i = 0; i < nr && !rc && strcmp(state, "interrupted"); i++)
		forget(part[i]);
	rundir_close(&dir);
	return rc;
}
