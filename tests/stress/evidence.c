// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evidence.h"

#define BLOB_AT		4096	/* in the hand-over region, behind the chain: kexec/chain.h */
#define PIECE		39936	/* bytes of a file in an answer: a multiple of 3, so that nothing is padded */

static const char * const log_names[LOG_FILES] = { "console.log", "control.log", "verdict.log" };

static long size_of(const char *directory, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &st) ? 0 : st.st_size;
}

void evidence_begin(struct drive *d)
{
	for (int i = 0; i < LOG_FILES; i++)
		d->log_offset[i] = size_of(d->run.machine.logs, log_names[i]);
}

/* Where a host that dies in the jump leaves it; without a module nowhere. */
void evidence_of_handover(struct drive *d)
{
	struct run *r = &d->run;

	d->region_pa = 0;
	d->region_size = 0;
	if (r->machine.hello.ccp_ext &&
	    (!inside(r, 30, "cd " SYSFS " && echo $(($(cat region_address))) $(($(cat region_size)))") ||
	     sscanf(r->output, "%lld %lld", &d->region_pa, &d->region_size) != 2))
		r->why[0] = '\0';
}

/* What an earlier run has left there would be taken for this one's. */
static bool make_empty(const char *directory)
{
	struct dirent *e;
	DIR *dir;

	if (mkdir(directory, 0777) && errno != EEXIST)
		return false;
	dir = opendir(directory);
	if (!dir)
		return false;
	while ((e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	return true;
}

static bool keep_part(const struct drive *d, int i, const char *directory)
{
	char from[600], to[600], buffer[1 << 16];
	size_t n;
	FILE *in, *out;
	bool good;

	snprintf(from, sizeof(from), "%s/%s", d->run.machine.logs, log_names[i]);
	snprintf(to, sizeof(to), "%s/%s", directory, log_names[i]);
	in = fopen(from, "re");
	out = fopen(to, "we");
	good = in && out && !fseek(in, d->log_offset[i], SEEK_SET);
	while (good && (n = fread(buffer, 1, sizeof(buffer), in)) > 0)
		good = fwrite(buffer, 1, n, out) == n;
	if (in)
		fclose(in);
	return !(out && fclose(out)) && good;
}

static bool keep_text(const char *directory, const char *name, const char *text)
{
	char path[600];
	bool good;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "we");
	if (!f)
		return false;
	good = fputs(text, f) >= 0;
	return !fclose(f) && good;
}

/* Of a machine that does not answer any more there is nothing to keep. */
static bool keep_answer(struct drive *d, const char *request, const char *directory)
{
	struct json_object *answer;
	char name[32];
	bool good;

	if (machine_control(&d->run.machine, request, NULL, &answer))
		return true;
	snprintf(name, sizeof(name), "%s.json", request);
	good = keep_text(directory, name, json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PRETTY));
	json_object_put(answer);
	return good;
}

/* Of a host that is dead: as it lies in memory. */
static bool keep_blob(struct drive *d, const char *directory)
{
	struct json_object *arguments;
	char path[PATH_MAX + 8], whole[PATH_MAX];

	if (d->region_size <= BLOB_AT || !realpath(directory, whole))
		return d->region_size <= BLOB_AT;
	snprintf(path, sizeof(path), "%s/blob", whole);
	arguments = json_object_new_object();
	json_object_object_add(arguments, "val", json_object_new_int64(d->region_pa + BLOB_AT));
	json_object_object_add(arguments, "size", json_object_new_int64(d->region_size - BLOB_AT));
	json_object_object_add(arguments, "filename", json_object_new_string(path));
	/* of a machine that is gone there is no memory */
	return machine_monitor(&d->run.machine, "pmemsave", arguments) != MACHINE_REFUSED;
}

/* An answer's text has its bounds: a file comes in pieces that follow one another in base64, too. */
static bool keep_file(struct drive *d, const char *name, const char *directory)
{
	struct run *r = &d->run;
	char path[600];
	bool good;
	FILE *f;

	if (!inside(r, 30, "cat " SYSFS "/%s >/run/evidence", name))
		return true;
	snprintf(path, sizeof(path), "%s/%s.base64", directory, name);
	f = fopen(path, "we");
	if (!f)
		return false;
	r->output[0] = '\0';
	for (int i = 0; (good = inside(r, 30, "dd if=/run/evidence bs=%d skip=%d count=1 2>/dev/null | base64", PIECE, i)) &&
	     r->output[0]; i++)
		fputs(r->output, f);
	good = good && !ferror(f);
	return !fclose(f) && good;
}

static bool keep_what_the_host_says(struct drive *d, const char *directory)
{
	struct run *r = &d->run;
	bool good = keep_file(d, "blob", directory);

	good = keep_file(d, "incoming", directory) && good;
	if (inside(r, 30, "cd " SYSFS " && for f in state restore giveback quarantine last_shutdown image; do "
			  "echo \"== $f\"; cat $f; done; echo == dmesg; dmesg | tail -n 200"))
		good = keep_text(directory, "host.txt", r->output) && good;
	return good;
}

static void note(int *error, bool good)
{
	if (!good && !*error)
		*error = errno ?: EIO;
}

int evidence_keep(struct drive *d, const char *directory)
{
	static const char * const requests[] = { "events", "status", "census", "counters" };
	struct run *r = &d->run;
	char why[sizeof(r->why)];
	int error = 0;

	memcpy(why, r->why, sizeof(why));
	note(&error, make_empty(directory));
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		note(&error, keep_answer(d, requests[i], directory));
	note(&error, d->up ? keep_what_the_host_says(d, directory) : keep_blob(d, directory));
	for (int i = 0; i < LOG_FILES; i++)
		note(&error, keep_part(d, i, directory));
	memcpy(r->why, why, sizeof(why));
	errno = error;
	return error ? -1 : 0;
}
