/* SPDX-License-Identifier: GPL-2.0-only */
/* A run: hop after hop, from where the last one ended. */
#ifndef STRESS_SEQUENCE_H
#define STRESS_SEQUENCE_H

#include "words.h"

/** sequence_run() - Return: the program's exit status. */
int sequence_run(const struct words *words);

/**
 * sequence_part() - a run that is a part of another one
 * @path: its directory
 * @name: of its machine
 *
 * Says what each hop was, nothing of the sum, and cuts nothing down.
 */
int sequence_part(const struct words *words, const char *path, const char *name);

/** sequence_directory() - of the run: the one of @words, or the usual */
void sequence_directory(const struct words *words, char *path, size_t size);

#endif
