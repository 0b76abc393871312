/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run was asked for. */
#ifndef STRESS_WORDS_H
#define STRESS_WORDS_H

#include "hopset.h"

#define JOBS_MAX 8

struct words {
	struct rules rules;
	unsigned int hops;		/* N */
	unsigned int from;		/* FROM; 0: from the beginning */
	struct hopset set;		/* all hops of the run */
	const char *hops_text;		/* HOPS as it was given, or NULL */
	const char *faults_text, *kernels_text;
	const char *directory;		/* of the run; NULL: below build/stress */
	const char *control;		/* NULL: an ordinary run */
	unsigned int jobs;		/* hosts side by side */
	unsigned int bench;		/* hops a side; 0: no comparison */
	bool keep_going, shrink, tap, list;
};

/**
 * words_parse() - the command line
 *
 * Return: 0; 1 if help was asked for, and printed; -1 with one line on standard error.
 */
int words_parse(struct words *words, int argc, char **argv);

/** words_command() - a line for the shell that goes through @set with the same rules; malloc'd */
char *words_command(const struct words *words, const struct hopset *set, bool contiguous);

void words_free(struct words *words);

#endif
