/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run leaves in its directory: run.json, and a line of hops.ndjson for each hop, written when the hop is
 * over. A run that was interrupted goes on from there.
 */
#ifndef STRESS_RUNDIR_H
#define STRESS_RUNDIR_H

#include <json-c/json.h>
#include <stdio.h>

#include "result.h"
#include "words.h"

struct rundir {
	char path[512];
	struct json_object *run;	/* what run.json says */
	FILE *hops;
	int lock;
};

/* What the lines of an earlier part of the run add up to. */
struct totals {
	unsigned int survived, failed, faults;
	long long forbidden;
	double seconds;
};

/**
 * rundir_open() - go on with the run in @path, or begin a new one there
 * @words: decides: another set of words is another run
 * @part:  it is a part of a run that is not over: one that came to its end is not begun again
 * @done:  gets how many hops of @words->set lie behind, 0 for a new run
 * @why:   for a failure
 *
 * A run goes on at a hop that can be started from a boot; what had come after it is taken back. The directory is
 * this process's until rundir_close().
 *
 * Return: 0, or -1.
 */
int rundir_open(struct rundir *dir, const char *path, const struct words *words, bool part, size_t *done,
		struct totals *totals, char *why, size_t size);

/**
 * rundir_gather() - make one run of its parts
 * @path:   of the run
 * @part:   directories of the parts, below @path, in the order of their hops
 * @state:  of the whole. Unless it is "interrupted", the parts' own records go: they are not gone on with
 * @totals: gets what all lines add up to
 * @why:    for a failure
 *
 * Return: 0, or -1.
 */
int rundir_gather(const char *path, const struct words *words, const char * const part[], unsigned int nr, const char *state,
		  struct totals *totals, char *why, size_t size);

/** rundir_append() - one hop is over. Return: 0, or -1 with errno set. */
int rundir_append(struct rundir *dir, const struct plan *plan, const struct rules *rules, const struct result *result);

/** rundir_map() - @name is a map beside run.json now, or again. Return: 0, or -1 with errno set. */
int rundir_map(struct rundir *dir, const char *name);

/** rundir_maps() - how many there are */
size_t rundir_maps(const struct rundir *dir);

/**
 * rundir_shortest() - what cutting the way to a failure down has come to
 * @how:     for people
 * @command: or NULL
 *
 * Return: 0, or -1 with errno set.
 */
int rundir_shortest(struct rundir *dir, const char *how, const char *command);

/** rundir_shortest_of() - the same of the run in @path, which is not open */
int rundir_shortest_of(const char *path, const char *how, const char *command);

/**
 * rundir_first_failure() - of the run in @path
 * @result: gets which looks it had, and what came of them
 *
 * Return: its hop; 0 if there is none.
 */
unsigned int rundir_first_failure(const char *path, struct result *result);

/** rundir_state() - "running", "interrupted", "failed", "done". Return: 0, or -1 with errno set. */
int rundir_state(struct rundir *dir, const char *state);

void rundir_close(struct rundir *dir);

/** rundir_describe() - run.json of a run that begins now, to be put */
struct json_object *rundir_describe(const struct words *words);

/** rundir_hop_is_ok() - by its line */
bool rundir_hop_is_ok(struct json_object *hop);

/** rundir_count() - add what a line says */
void rundir_count(struct totals *totals, struct json_object *hop);

/** rundir_hop() - the line of hops.ndjson, to be put */
struct json_object *rundir_hop(const struct plan *plan, const struct rules *rules, const struct result *result);

#endif
