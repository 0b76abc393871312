/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of a hop that failed. */
#ifndef STRESS_EVIDENCE_H
#define STRESS_EVIDENCE_H

#include "drive.h"

/** evidence_begin() - a hop begins: what the logs say of it begins here */
void evidence_begin(struct drive *d);

/** evidence_of_handover() - the host is ready to jump: remember where its hand-over lies */
void evidence_of_handover(struct drive *d);

/**
 * evidence_keep() - what the logs say of the last hop, and what can still be asked, in @directory
 *
 * What lay there goes. Return: 0; -1 with errno set if not all of it could be written.
 */
int evidence_keep(struct drive *d, const char *directory);

#endif
