// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/machine.h>

#include "reduce.h"
#include "shrink.h"
#include "walk.h"

#define TRIES_MAX	60

enum what { WHAT_FAULT, WHAT_GROUP, WHAT_PRESSURE, WHAT_CPUS };

/* Something that a hop can do without. */
struct piece {
	size_t entry;
	enum what what;
	unsigned int bit;
};

struct reduction {
	const struct words *words;
	const struct result *failed;
	struct hopset *way;
	struct piece *pieces;
	size_t nr_pieces;
	/* what was tried, and what came of it: the same question is asked more than once */
	char *tried[TRIES_MAX];
	enum shrink_answer answer[TRIES_MAX];
	unsigned int nr_tried;
	bool stopped;		/* a question was not answered */
};

static const struct guards_off nothing_off = { NULL };

/* The same looks found something wrong. */
static bool failed_alike(const struct result *a, const struct result *b)
{
	for (int i = 0; i < NR_CHECKS; i++)
		if ((a->looked[i] && !a->good[i]) != (b->looked[i] && !b->good[i]))
			return false;
	return true;
}

static enum shrink_answer go_along(struct reduction *r, const struct hopset *way)
{
	static struct drive drive;
	static struct walk walk;

	drive_init(&drive, "stress-shrink", &r->words->rules, &nothing_off);
	switch (walk_along(&drive, way, &walk, NULL, NULL)) {
	case WALK_FAILED:
		return walk.hops == way->nr && failed_alike(&walk.result, r->failed) ? SHRINK_FAILS : SHRINK_PASSES;
	case WALK_SURVIVED:
		return SHRINK_PASSES;
	default:
		return SHRINK_STOP;
	}
}

static const enum shrink_answer *known(const struct reduction *r, const char *text)
{
	for (unsigned int i = 0; i < r->nr_tried; i++)
		if (!strcmp(r->tried[i], text))
			return &r->answer[i];
	return NULL;
}

/* What cannot be told today is asked again when it is the question again. */
static enum shrink_answer try_anew(struct reduction *r, const struct hopset *way, char *text)
{
	static const char * const answers[] = {
		[SHRINK_PASSES] = "survives", [SHRINK_FAILS] = "fails", [SHRINK_STOP] = "cannot be told",
	};
	enum shrink_answer answer = SHRINK_STOP;

	if (r->nr_tried < TRIES_MAX && !machine_interrupted()) {
		answer = go_along(r, way);
		printf("  shrinking: %s %s\n", text, answers[answer]);
		fflush(stdout);
	}
	if (answer == SHRINK_STOP) {
		r->stopped = true;
		free(text);
		return answer;
	}
	r->tried[r->nr_tried] = text;
	r->answer[r->nr_tried++] = answer;
	return answer;
}

static enum shrink_answer try_way(struct reduction *r, const struct hopset *way)
{
	char *text = way->entry ? hopset_format(way) : NULL;
	const enum shrink_answer *before = text ? known(r, text) : NULL;

	if (!text) {
		r->stopped = true;
		return SHRINK_STOP;
	}
	if (!before)
		return try_anew(r, way, text);
	free(text);
	return *before;
}

/* The last hop stays: it is the one that fails. */
static struct hopset with_hops(const struct hopset *way, const size_t *keep, size_t nr)
{
	struct hopset set = { .entry = calloc(nr + 1, sizeof(*set.entry)), .nr = nr + 1 };

	if (!set.entry)
		return (struct hopset){ NULL };
	for (size_t i = 0; i < nr; i++)
		set.entry[i] = way->entry[keep[i]];
	set.entry[nr] = way->entry[way->nr - 1];
	return set;
}

static enum shrink_answer ask_hops(void *context, const size_t *keep, size_t nr)
{
	struct reduction *r = context;
	struct hopset set = with_hops(r->way, keep, nr);
	enum shrink_answer answer = try_way(r, &set);

	hopset_free(&set);
	return answer;
}

static void leave_out(struct without *w, const struct piece *piece)
{
	if (piece->what == WHAT_FAULT)
		w->faults |= UINT32_C(1) << piece->bit;
	else if (piece->what == WHAT_GROUP)
		w->groups |= UINT32_C(1) << piece->bit;
	else if (piece->what == WHAT_PRESSURE)
		w->pressure = true;
	else
		w->cpus = true;
}

static struct hopset with_pieces(const struct reduction *r, const size_t *keep, size_t nr)
{
	struct hopset set = { .entry = calloc(r->way->nr, sizeof(*set.entry)), .nr = r->way->nr };
	size_t kept = 0;

	if (!set.entry)
		return set;
	memcpy(set.entry, r->way->entry, set.nr * sizeof(*set.entry));
	for (size_t i = 0; i < r->nr_pieces; i++) {
		if (kept < nr && keep[kept] == i)
			kept++;
		else
			leave_out(&set.entry[r->pieces[i].entry].without, &r->pieces[i]);
	}
	return set;
}

static enum shrink_answer ask_pieces(void *context, const size_t *keep, size_t nr)
{
	struct reduction *r = context;
	struct hopset set = with_pieces(r, keep, nr);
	enum shrink_answer answer = try_way(r, &set);

	hopset_free(&set);
	return answer;
}

static void add(struct reduction *r, size_t entry, enum what what, unsigned int bit)
{
	r->pieces[r->nr_pieces++] = (struct piece){ entry, what, bit };
}

#define PIECES_MAX (PLAN_FAULTS_MAX + GROUPS_MAX + 2)

static bool list_pieces(struct reduction *r)
{
	const struct rules *rules = &r->words->rules;
	struct place place = plan_start(rules, r->way->entry[0].hop);
	struct plan p;

	r->pieces = calloc(r->way->nr * PIECES_MAX, sizeof(*r->pieces));
	for (size_t e = 0; r->pieces && e < r->way->nr; e++) {
		const struct hopset_entry *entry = &r->way->entry[e];
		const struct without *w = &entry->without;

		/* by their places in the plan as it was drawn, whatever was left out already */
		plan_draw(&p, rules, entry->hop, place, NULL);
		for (unsigned int i = 0; i < p.nr_groups; i++)
			if (!(w->groups >> i & 1))
				add(r, e, WHAT_GROUP, i);
		for (unsigned int i = 0; i < p.nr_faults; i++)
			if (!(w->faults >> i & 1))
				add(r, e, WHAT_FAULT, i);
		if (p.pressure_mb && !w->pressure)
			add(r, e, WHAT_PRESSURE, 0);
		if (p.cpus < PROCESSORS && !w->cpus)
			add(r, e, WHAT_CPUS, 0);
		plan_draw(&p, rules, entry->hop, place, w);
		place = p.to;
	}
	return r->pieces;
}

static size_t *counted(size_t nr)
{
	size_t *list = calloc(nr + 1, sizeof(*list));

	for (size_t i = 0; list && i < nr; i++)
		list[i] = i;
	return list;
}

static void take(struct hopset *way, struct hopset *set)
{
	if (!set->entry)
		return;
	hopset_free(way);
	*way = *set;
}

/* A tail is known to fail only if it is shorter than all; all of it is tried once, or nothing was found out. */
static enum shrink_answer reduce_hops(struct reduction *r)
{
	size_t before = r->way->nr - 1, tail = shrink_tail(before, ask_hops, r);
	size_t *keep = counted(before), nr;
	enum shrink_answer again;
	struct hopset set;

	if (!keep)
		return SHRINK_STOP;
	again = tail < before ? SHRINK_FAILS : ask_hops(r, keep, before);
	if (again == SHRINK_FAILS) {
		r->stopped = false;
		nr = shrink_list(keep + before - tail, tail, ask_hops, r);
		set = with_hops(r->way, keep + before - tail, nr);
		take(r->way, &set);
	}
	free(keep);
	return again;
}

static void reduce_pieces(struct reduction *r)
{
	size_t *keep, nr;
	struct hopset set;

	if (!list_pieces(r)) {
		r->stopped = true;
		return;
	}
	if (!r->nr_pieces)
		return;
	keep = counted(r->nr_pieces);
	if (!keep) {
		r->stopped = true;
		return;
	}
	nr = shrink_list(keep, r->nr_pieces, ask_pieces, r);
	set = with_pieces(r, keep, nr);
	free(keep);
	take(r->way, &set);
}

enum reduced reduce(const struct words *words, const struct result *failed, struct hopset *way)
{
	struct reduction r = { .words = words, .failed = failed, .way = way };
	enum shrink_answer again = reduce_hops(&r);

	if (again == SHRINK_FAILS)
		reduce_pieces(&r);
	free(r.pieces);
	for (unsigned int i = 0; i < r.nr_tried; i++)
		free(r.tried[i]);
	if (again != SHRINK_FAILS)
		return again == SHRINK_PASSES ? REDUCED_NOT_AGAIN : REDUCED_UNDECIDED;
	return r.stopped ? REDUCED_IN_PART : REDUCED_TO_MINIMUM;
}

char *reduce_and_tell(const struct words *words, const struct result *failed, const struct hopset_entry *entry, size_t nr,
		      const char **how)
{
	static const char * const texts[] = {
		[REDUCED_TO_MINIMUM] = "minimal:", [REDUCED_IN_PART] = "shortest so far:",
		[REDUCED_NOT_AGAIN] = "it did not happen a second time",
		[REDUCED_UNDECIDED] = "it could not be told whether it happens a second time",
	};
	struct hopset way = { .entry = calloc(nr, sizeof(*way.entry)), .nr = nr };
	enum reduced reduced = REDUCED_UNDECIDED;
	char *command = NULL;

	if (way.entry) {
		memcpy(way.entry, entry, nr * sizeof(*way.entry));
		reduced = reduce(words, failed, &way);
	}
	if (reduced == REDUCED_TO_MINIMUM || reduced == REDUCED_IN_PART)
		command = words_command(words, &way, false);
	*how = texts[reduced];
	printf("  %s %s\n", *how, command ?: "");
	fflush(stdout);
	hopset_free(&way);
	return command;
}
