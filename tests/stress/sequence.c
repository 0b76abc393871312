// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/clock.h>
#include <lib/tap.h>

#include "drive.h"
#include "evidence.h"
#include "map.h"
#include "progress.h"
#include "reduce.h"
#include "rundir.h"
#include "sequence.h"

struct sequence {
	const struct words *words;
	struct drive drive;
	struct rundir dir;
	struct progress progress;
	int64_t start_ms;
	struct plan plan;	/* of the hop that is under way */
	bool part;		/* of a run of several hosts, which says what all of them come to */
	bool pictured;		/* memory before this hop's jump */
	size_t began;		/* index of the first hop since the machine was booted */
};

static const struct guards_off nothing_off = { NULL };

void sequence_directory(const struct words *w, char *path, size_t size)
{
	const char *build = getenv("BUILD");

	if (w->directory) {
		snprintf(path, size, "%s", w->directory);
		return;
	}
	snprintf(path, size, "%s/stress/%llu%s", build && *build ? build : "build", (unsigned long long)w->rules.seed,
		 w->hops_text ? "-hops" : w->from ? "-from" : "");
}

/* Where the hop starts: where the last one ended, or, behind a boot, in a whole host with the kernel of the full run. */
static bool reach(struct sequence *s, size_t i)
{
	const struct rules *rules = &s->words->rules;
	struct place place;

	if (s->drive.up)
		return true;
	s->began = i;
	place = plan_place(rules, s->words->set.entry[i].hop);
	return drive_to(&s->drive, place.kernel);
}

static void save(struct sequence *s, const struct plan *p, struct result *result)
{
	char path[600];

	snprintf(result->logs, sizeof(result->logs), "hop-%u", p->hop);
	snprintf(path, sizeof(path), "%s/%s", s->dir.path, result->logs);
	if (evidence_keep(&s->drive, path))
		fprintf(stderr, "stress: %s: %s; of hop %u not all is kept\n", path, strerror(errno), p->hop);
	drive_stop(&s->drive);
}

/* As few words as lead there again: the whole way since the last boot. */
static char *reproduces(const struct sequence *s, size_t i)
{
	const struct hopset *set = &s->words->set;
	struct hopset way = { .entry = set->entry + s->began, .nr = i + 1 - s->began };
	unsigned int first = way.entry[0].hop;
	bool contiguous = !s->words->hops_text && plan_origin(&s->words->rules, first) == first;

	return words_command(s->words, &way, contiguous);
}

static void tell_failure(const struct sequence *s, const struct result *result)
{
	if (s->words->tap)
		tap_note("%s\nlogs: %s/%s\nagain: %s", result->why, s->dir.path, result->logs, result->again ?: "?");
	else
		printf("  %s\n  logs: %s/%s\n  again: %s\n", result->why, s->dir.path, result->logs, result->again ?: "?");
	fflush(stdout);
}

static void tell(struct sequence *s, const struct plan *p, const struct result *result)
{
	const struct rules *rules = &s->words->rules;
	char text[512], name[600];

	if (s->words->tap) {
		progress_describe(p, rules, text, sizeof(text));
		snprintf(name, sizeof(name), "hop_%u_survives: %s", p->hop, text);
		tap_result(result->ok, name);
	} else {
		progress_done(&s->progress, p, rules, result);
	}
	if (!result->ok)
		tell_failure(s, result);
}

/* Pictures of the first hop that hands SNP guests' pages over; one that cannot be had is none. */
static bool is_worth_a_picture(const struct sequence *s)
{
	return !s->words->tap && s->plan.policy == POLICY_LAZY && s->plan.expects == EXPECTS_JUMP &&
	       plan_guests(&s->plan, KIND_SNP, STAGE_RUNNING);
}

static bool keep_map(struct sequence *s, const char *name, const char *when)
{
	char path[600];
	bool kept;

	snprintf(path, sizeof(path), "%s/%s", s->dir.path, name);
	kept = map_keep(&s->drive.run, path, s->plan.hop, when) && !rundir_map(&s->dir, name);
	s->drive.run.why[0] = '\0';
	return kept;
}

/* Both are of one hop: the picture of one that did not come to its end gives way to the next one's. */
static void staged(void *context)
{
	struct sequence *s = context;

	s->pictured = is_worth_a_picture(s) && rundir_maps(&s->dir) < 2 && keep_map(s, "map-0.json", "before");
}

static void shrink(struct sequence *s, size_t i, const struct result *result)
{
	const char *how;
	char *command = reduce_and_tell(s->words, result, s->words->set.entry + s->began, i + 1 - s->began, &how);

	rundir_shortest(&s->dir, how, command);
	free(command);
}

static bool one_hop(struct sequence *s, size_t i, bool *ok)
{
	const struct hopset_entry *e = &s->words->set.entry[i];
	const struct rules *rules = &s->words->rules;
	static struct result result;
	int64_t start = clock_ms();
	struct plan *p = &s->plan;
	bool kept;

	*ok = false;
	if (!reach(s, i)) {
		if (!machine_interrupted())
			fprintf(stderr, "stress: hop %u cannot be reached: %s\n", e->hop, s->drive.run.why);
		return false;
	}
	plan_draw(p, rules, e->hop, s->drive.place, &e->without);
	s->pictured = false;
	if (!s->words->tap)
		progress_hop(&s->progress, p, rules);
	drive_hop(&s->drive, p, &result);
	if (machine_interrupted())
		return false;
	result.start_s = (start - s->start_ms) / 1000.0;
	result.seconds = (clock_ms() - start) / 1000.0;
	if (result.ok && s->pictured)
		keep_map(s, "map-1.json", "after");
	if (!result.ok) {
		save(s, p, &result);
		result.again = reproduces(s, i);
	}
	kept = !rundir_append(&s->dir, p, rules, &result);
	if (!kept)
		fprintf(stderr, "stress: %s/hops.ndjson: %s\n", s->dir.path, strerror(errno));
	tell(s, p, &result);
	free(result.again);
	if (!kept)
		return false;
	if (!result.ok && s->words->shrink && !s->words->keep_going && !s->words->tap && !s->part)
		shrink(s, i, &result);
	*ok = result.ok;
	return true;
}

static void interrupted(struct sequence *s)
{
	size_t done = s->progress.totals.survived + s->progress.totals.failed;

	rundir_state(&s->dir, "interrupted");
	if (s->part)
		return;
	printf("%sinterrupted after %zu of %zu hops; the same command goes on with them\n", s->progress.live ? "\r\033[K" : "",
	       done, s->words->set.nr);
}

/* 0 all survived, 1 not all, 2 it cannot be told, 130 interrupted */
static int go(struct sequence *s, size_t done)
{
	bool ok = true, all = !s->progress.totals.failed;

	for (size_t i = done; i < s->words->set.nr; i++) {
		if (!one_hop(s, i, &ok)) {
			if (machine_interrupted()) {
				interrupted(s);
				return 130;
			}
			/* no hop's fault: what is over stays over */
			rundir_state(&s->dir, "interrupted");
			return 2;
		}
		all = all && ok;
		if (!ok && !s->words->keep_going)
			break;
	}
	rundir_state(&s->dir, all ? "done" : "failed");
	return all ? 0 : 1;
}

static int run(const struct words *words, const char *path, const char *name, bool part)
{
	static struct sequence s;
	struct totals totals;
	char why[700];
	size_t done;
	int rc;

	memset(&s, 0, sizeof(s));
	s.words = words;
	s.part = part;
	s.start_ms = clock_ms();
	if (rundir_open(&s.dir, path, words, part, &done, &totals, why, sizeof(why))) {
		fprintf(stderr, "stress: %s\n", why);
		return 2;
	}
	drive_init(&s.drive, name, &words->rules, &nothing_off);
	s.drive.staged = staged;
	s.drive.context = &s;
	progress_begin(&s.progress, words->set.nr, done, &totals);
	s.progress.live = s.progress.live && !part;
	if (words->tap)
		tap_plan(words->set.nr);
	else if (done && done < words->set.nr)
		printf("goes on behind hop %u\n", words->set.entry[done - 1].hop);
	rc = go(&s, done);
	drive_stop(&s.drive);
	if (!words->tap && !part && rc < 2)
		progress_end(&s.progress, words->rules.seed);
	rundir_close(&s.dir);
	return words->tap && !rc ? tap_exit_status() : rc;
}

int sequence_run(const struct words *words)
{
	char path[512];

	sequence_directory(words, path, sizeof(path));
	return run(words, path, "stress", false);
}

int sequence_part(const struct words *words, const char *path, const char *name)
{
	return run(words, path, name, true);
}
