// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lib/lock.h>

#include "json.h"
#include "rundir.h"

int rundir_append(struct rundir *dir, const struct plan *p, const struct rules *rules, const struct result *result)
{
	struct json_object *o = rundir_hop(p, rules, result);
	int rc;

	rc = fprintf(dir->hops, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)) < 0 || fflush(dir->hops);
	json_object_put(o);
	return rc ? -1 : 0;
}

/* Whole or not at all. */
static int write_run(struct rundir *dir)
{
	char path[600], tmp[610];

	snprintf(path, sizeof(path), "%s/run.json", dir->path);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (json_object_to_file_ext(tmp, dir->run, JSON_C_TO_STRING_PRETTY) || rename(tmp, path)) {
		errno = errno ?: EIO;
		return -1;
	}
	return 0;
}

int rundir_state(struct rundir *dir, const char *state)
{
	json_add(dir->run, "state", json_text(state));
	return write_run(dir);
}

int rundir_shortest(struct rundir *dir, const char *how, const char *command)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "how", json_text(how));
	json_add(o, "command", command ? json_text(command) : NULL);
	json_add(dir->run, "shortest", o);
	return write_run(dir);
}

int rundir_shortest_of(const char *path, const char *how, const char *command)
{
	struct rundir dir = { .lock = -1 };
	char file[600];
	int rc;

	snprintf(dir.path, sizeof(dir.path), "%s", path);
	snprintf(file, sizeof(file), "%s/run.json", path);
	dir.run = json_object_from_file(file);
	rc = dir.run ? rundir_shortest(&dir, how, command) : -1;
	rundir_close(&dir);
	return rc;
}

int rundir_map(struct rundir *dir, const char *name)
{
	struct json_object *maps = json_get(dir->run, "map");

	for (size_t i = 0; i < json_object_array_length(maps); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(maps, i)), name))
			return 0;
	json_object_array_add(maps, json_text(name));
	return write_run(dir);
}

size_t rundir_maps(const struct rundir *dir)
{
	return json_object_array_length(json_get(dir->run, "map"));
}

/* The same words, the same kernels, the same sources. */
static bool is_same(struct json_object *old, struct json_object *now)
{
	static const char * const keys[] = {
		"format", "seed", "list", "faults", "crash_every", "kernels", "releases", "machine", "project",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_object_equal(json_get(old, keys[i]), json_get(now, keys[i])))
			return false;
	return true;
}

static bool can_go_on(struct json_object *run, bool part)
{
	const char *state = json_object_get_string(json_get(run, "state"));

	return state && (part || !strcmp(state, "running") || !strcmp(state, "interrupted"));
}

bool rundir_hop_is_ok(struct json_object *hop)
{
	const char *verdict = json_object_get_string(json_get(hop, "verdict"));

	return verdict && !strcmp(verdict, "ok");
}

void rundir_count(struct totals *t, struct json_object *hop)
{
	struct json_object *faults = json_get(hop, "faults");
	bool ok = rundir_hop_is_ok(hop);

	t->survived += ok;
	t->failed += !ok;
	t->forbidden += json_object_get_int64(json_get(hop, "forbidden"));
	t->seconds += json_object_get_double(json_get(hop, "seconds"));
	for (size_t i = 0; faults && i < json_object_array_length(faults); i++)
		t->faults += json_object_get_int(json_get(json_object_array_get_idx(faults, i), "fired"));
}

/* Lines as they follow one another in the set; a torn last one counts as none. @offset[i]: where the i-th begins. */
static size_t read_lines(FILE *f, const struct hopset *set, long *offset, struct json_object **hop)
{
	char *line = NULL;
	size_t size = 0, n = 0;

	while (n < set->nr) {
		struct json_object *o;

		offset[n] = ftell(f);
		if (getline(&line, &size, f) <= 0 || !strchr(line, '\n'))
			break;
		o = json_tokener_parse(line);
		if (!o || json_object_get_int64(json_get(o, "hop")) != set->entry[n].hop) {
			json_object_put(o);
			break;
		}
		hop[n++] = o;
	}
	free(line);
	return n;
}

/* A run that is no range starts each hop where the one before it ended: all of it is needed again. */
static size_t goes_on_at(const struct words *w, size_t n)
{
	unsigned int next;

	if (!n || n == w->set.nr || w->hops_text)
		return n == w->set.nr ? n : 0;
	next = plan_origin(&w->rules, w->set.entry[n].hop);
	return next < w->set.entry[0].hop ? 0 : next - w->set.entry[0].hop;
}

static int take_up(struct rundir *dir, const char *path, const struct words *w, size_t *done, struct totals *totals)
{
	long *offset = calloc(w->set.nr + 1, sizeof(*offset));
	struct json_object **hop = calloc(w->set.nr, sizeof(struct json_object *));
	size_t n, keep = 0;
	int rc = -1;

	dir->hops = fopen(path, "r+e");
	if (offset && hop && dir->hops) {
		n = read_lines(dir->hops, &w->set, offset, hop);
		if (n == w->set.nr)
			offset[n] = ftell(dir->hops);
		keep = goes_on_at(w, n);
		for (size_t i = 0; i < n; i++) {
			if (i < keep)
				rundir_count(totals, hop[i]);
			json_object_put(hop[i]);
		}
		rc = ftruncate(fileno(dir->hops), offset[keep]) || fseek(dir->hops, offset[keep], SEEK_SET);
	}
	free(offset);
	free(hop);
	*done = keep;
	return rc;
}

static int make_directories(const char *path)
{
	char part[512];

	for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (mkdir(part, 0777) && errno != EEXIST)
			return -1;
	}
	return mkdir(path, 0777) && errno != EEXIST ? -1 : 0;
}

int rundir_open(struct rundir *dir, const char *path, const struct words *w, bool part, size_t *done,
		struct totals *totals, char *why, size_t size)
{
	struct json_object *now = rundir_describe(w), *old;
	char file[600];

	*dir = (struct rundir){ .run = now, .lock = -1 };
	*totals = (struct totals){ 0 };
	*done = 0;
	snprintf(dir->path, sizeof(dir->path), "%s", path);
	errno = 0;
	if (make_directories(path)) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		return -1;
	}
	dir->lock = lock_directory(path);
	if (dir->lock < 0) {
		snprintf(why, size, "%s: %s", path, errno == EBUSY ? "another run is under way there: wait for its end" :
			 strerror(errno));
		return -1;
	}
	snprintf(file, sizeof(file), "%s/run.json", path);
	old = json_object_from_file(file);
	snprintf(file, sizeof(file), "%s/hops.ndjson", path);
	/* verdicts of a test are those of today */
	if (old && !w->tap && can_go_on(old, part) && is_same(old, now) && !take_up(dir, file, w, done, totals) && *done) {
		json_object_put(now);
		dir->run = old;
	} else {
		json_object_put(old);
		if (dir->hops)
			fclose(dir->hops);
		*totals = (struct totals){ 0 };
		*done = 0;
		dir->hops = fopen(file, "we");
	}
	if (!dir->hops || rundir_state(dir, "running")) {
		snprintf(why, size, "%s: %s", file, strerror(errno));
		return -1;
	}
	return 0;
}

void rundir_close(struct rundir *dir)
{
	if (dir->hops)
		fclose(dir->hops);
	json_object_put(dir->run);
	if (dir->lock >= 0)
		close(dir->lock);
	*dir = (struct rundir){ .lock = -1 };
}
