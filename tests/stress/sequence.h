/* SPDX-License-Identifier: GPL-2.0-only */
/* A run: hop after hop, from where the last one ended. */
#ifndef STRESS_SEQUENCE_H
#define STRESS_SEQUENCE_H

#include "words.h"

/** sequence_run() - Return: the program's exit status. */
int sequence_run(const struct words *words);

#endif
