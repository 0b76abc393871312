/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine says of its firmware, now. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include "scenario.h"

/** firmware_status() - the machine's whole answer, to be put; NULL (with the reason) if it gives none */
struct json_object *firmware_status(struct run *r);

/** firmware_member() - of a JSON object, or NULL */
struct json_object *firmware_member(struct json_object *o, const char *key);

/** firmware_is_busy() - is a command under way? */
bool firmware_is_busy(struct run *r, bool *busy);

/** firmware_sent() - how often was @command sent since the counters began? -1 (with the reason) if not known */
long long firmware_sent(struct run *r, const char *command);

/** firmware_counter() - one of the machine's counters; -1 (with the reason) if it has none of that name */
long long firmware_counter(struct run *r, const char *name);

/** firmware_lost_no_command() - was nothing sent while a command hangs, or to a dead PSP, since the counters began? */
bool firmware_lost_no_command(struct run *r);

/** firmware_tmr() - where the TMR lies, bytes; false (with the reason) if there is none */
bool firmware_tmr(struct run *r, unsigned long long *pa, unsigned long long *size);

/** firmware_guests() - how many guests are in @state (NULL: any); -1 (with the reason) if not known */
int firmware_guests(struct run *r, const char *state);

/** firmware_has_guests() - are there @expected, of any kind? */
bool firmware_has_guests(struct run *r, int expected);

/**
 * firmware_contexts() - addresses of the SNP guests' contexts, in the order of their launch
 *
 * Return: how many there are, of which @gctx has @max at most; -1 (with the reason) if not known.
 */
int firmware_contexts(struct run *r, long long *gctx, int max);

#endif
