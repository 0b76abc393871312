/* SPDX-License-Identifier: GPL-2.0-only */
/* A run shared out among several hosts, each with a stretch of its hops. */
#ifndef STRESS_PARTS_H
#define STRESS_PARTS_H

#include "words.h"

/** parts_run() - sequence_run() for words->jobs hosts side by side. Return: the program's exit status. */
int parts_run(const struct words *words);

#endif
