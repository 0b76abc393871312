// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lib/lock.h>

#include "json.h"
#include "rundir.h"

#define FORMAT	1

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

static struct json_object *describe(const struct words *w)
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

static void count(struct totals *t, struct json_object *hop)
{
	struct json_object *faults = json_get(hop, "faults");
	bool ok = json_get(hop, "verdict") && !strcmp(json_object_get_string(json_get(hop, "verdict")), "ok");

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
				count(totals, hop[i]);
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
	struct json_object *now = describe(w), *old;
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
		count(totals, hop);
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
	struct rundir dir = { .run = describe(w), .lock = -1 };
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
