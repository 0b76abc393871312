// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rundir.h"

#define FORMAT	1

static struct json_object *text(const char *s)
{
	return json_object_new_string(s);
}

static struct json_object *number(long long n)
{
	return json_object_new_int64(n);
}

/* Of what nobody knows it is said that it is not known. */
static struct json_object *known(long long n)
{
	return n < 0 ? NULL : number(n);
}

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	json_object_object_add(o, key, value);
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

static struct json_object *groups_of(const struct plan *p)
{
	struct json_object *list = json_object_new_array(), *o;

	for (unsigned int i = 0; i < p->nr_groups; i++) {
		const struct group *g = &p->groups[i];

		o = json_object_new_object();
		add(o, "kind", text(kind_names[g->kind]));
		add(o, "count", number(g->count));
		add(o, "size_mb", number(g->size_mb));
		add(o, "page_kb", number(g->page_kb));
		add(o, "stage", text(stage_names[g->stage]));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *faults_of(const struct plan *p, const struct result *result)
{
	struct json_object *list = json_object_new_array(), *o;

	for (unsigned int i = 0; i < p->nr_faults; i++) {
		o = json_object_new_object();
		add(o, "name", text(p->faults[i]->name));
		add(o, "argument", text(p->faults[i]->line[0]));
		add(o, "fired", number(result->fired[i]));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *checks_of(const struct result *result)
{
	struct json_object *o = json_object_new_object();

	for (int i = 0; i < NR_CHECKS; i++)
		if (result->looked[i])
			add(o, check_names[i], json_object_new_boolean(result->good[i]));
	return o;
}

static void add_measures(struct json_object *o, const struct result *result)
{
	const struct hop none = {
		.evicted = -1, .assigned_before = -1, .assigned_after = -1, .quarantined = -1, .freed = -1, .kept = -1,
		.pending = -1, .quiesce_us = -1, .blackout_us = -1, .give_back_us = -1,
	};
	const struct hop *hop = result->jumped ? &result->hop : &none;

	add(o, "blackout_us", known(hop->blackout_us));
	add(o, "quiesce_us", known(hop->quiesce_us));
	add(o, "give_back_us", known(hop->give_back_us));
	add(o, "quarantined", known(hop->quarantined));
	add(o, "freed", known(hop->freed));
	add(o, "kept", known(hop->kept));
	add(o, "pending", known(hop->pending));
	add(o, "assigned_before", known(hop->assigned_before));
	add(o, "assigned_after", known(hop->assigned_after));
	add(o, "evicted", known(hop->evicted));
	add(o, "forbidden", known(result->forbidden));
}

struct json_object *rundir_hop(const struct plan *p, const struct rules *rules, const struct result *result)
{
	struct json_object *o = json_object_new_object();

	add(o, "hop", number(p->hop));
	add(o, "from", text(rules->kernels[p->from.kernel].series));
	add(o, "to", text(rules->kernels[p->method == METHOD_RESET ? p->to.kernel : p->next].series));
	add(o, "method", text(method_names[p->method]));
	add(o, "policy", text(policy_names[p->policy]));
	add(o, "guests", groups_of(p));
	add(o, "pressure_mb", number(p->pressure_mb));
	add(o, "cpus", number(p->cpus));
	add(o, "append", text(""));
	add(o, "faults", faults_of(p, result));
	add(o, "expects", text(expects_names[p->expects]));
	add(o, "outcome", text(outcome_names[result->outcome]));
	add(o, "verdict", text(result->ok ? "ok" : "failed"));
	add(o, "why", text(result->why));
	add(o, "checks", checks_of(result));
	add_measures(o, result);
	add(o, "start_s", json_object_new_double(result->start_s));
	add(o, "seconds", json_object_new_double(result->seconds));
	add(o, "logs", text(result->logs));
	return o;
}

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
	add(dir->run, "state", text(state));
	return write_run(dir);
}

int rundir_map(struct rundir *dir, const char *name)
{
	json_object_array_add(get(dir->run, "map"), text(name));
	return write_run(dir);
}

size_t rundir_maps(const struct rundir *dir)
{
	return json_object_array_length(get(dir->run, "map"));
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
		add(o, rules->kernels[i].series, text(line));
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
	return text(line);
}

static struct json_object *machine_of(void)
{
	struct json_object *o = json_object_new_object();
	char command[600];

	snprintf(command, sizeof(command), "%s/qemu/bin/qemu-system-x86_64 --version 2>/dev/null | "
		 "sed -n 's/^QEMU emulator version \\([0-9.]*\\).*/\\1/p'", build_directory());
	add(o, "profile", text("milan"));
	add(o, "memory_mb", number(2048));
	add(o, "processors", number(PROCESSORS));
	add(o, "qemu", output_of(command));
	return o;
}

static struct json_object *kernels_of(const struct rules *rules)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < rules->nr_kernels; i++)
		json_object_array_add(list, text(rules->kernels[i].series));
	return list;
}

static struct json_object *describe(const struct words *w)
{
	struct json_object *o = json_object_new_object();
	char *hops = hopset_format(&w->set), stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	add(o, "format", number(FORMAT));
	add(o, "seed", json_object_new_uint64(w->rules.seed));
	add(o, "hops", number(w->set.nr));
	add(o, "list", text(hops ?: ""));
	add(o, "faults", text(w->faults_text));
	add(o, "crash_every", number(w->rules.crash_every));
	add(o, "kernels", kernels_of(&w->rules));
	add(o, "releases", releases(&w->rules));
	add(o, "machine", machine_of());
	add(o, "project", output_of("git describe --always --dirty 2>/dev/null"));
	add(o, "started", text(stamp));
	add(o, "bare_hops_per_minute", NULL);
	add(o, "map", json_object_new_array());
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
		if (!json_object_equal(get(old, keys[i]), get(now, keys[i])))
			return false;
	return true;
}

static bool can_go_on(struct json_object *run, bool part)
{
	const char *state = json_object_get_string(get(run, "state"));

	return state && (part || !strcmp(state, "running") || !strcmp(state, "interrupted"));
}

static void count(struct totals *t, struct json_object *hop)
{
	struct json_object *faults = get(hop, "faults");
	bool ok = get(hop, "verdict") && !strcmp(json_object_get_string(get(hop, "verdict")), "ok");

	t->survived += ok;
	t->failed += !ok;
	t->forbidden += json_object_get_int64(get(hop, "forbidden"));
	t->seconds += json_object_get_double(get(hop, "seconds"));
	for (size_t i = 0; faults && i < json_object_array_length(faults); i++)
		t->faults += json_object_get_int(get(json_object_array_get_idx(faults, i), "fired"));
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
		if (!o || json_object_get_int64(get(o, "hop")) != set->entry[n].hop) {
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

	*dir = (struct rundir){ .run = now };
	*totals = (struct totals){ 0 };
	*done = 0;
	snprintf(dir->path, sizeof(dir->path), "%s", path);
	errno = 0;
	if (make_directories(path)) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
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
	*dir = (struct rundir){ .hops = NULL };
}

/* Names in a part are relative to its directory. */
static struct json_object *name_in(const char *part, const char *name)
{
	const char *base = strrchr(part, '/');
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", base ? base + 1 : part, name);
	return text(path);
}

static void gather_maps(struct rundir *dir, const char *part)
{
	struct json_object *run, *maps;
	char file[600];

	snprintf(file, sizeof(file), "%s/run.json", part);
	run = json_object_from_file(file);
	maps = run ? get(run, "map") : NULL;
	/* two pictures of one host say something together */
	if (maps && !rundir_maps(dir))
		for (size_t i = 0; i < json_object_array_length(maps); i++)
			json_object_array_add(get(dir->run, "map"),
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
		logs = json_object_get_string(get(hop, "logs"));
		if (logs && *logs)
			add(hop, "logs", name_in(part, logs));
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
	struct rundir dir = { .run = describe(w) };
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
