/* SPDX-License-Identifier: GPL-2.0-only */
/* Dumps that have left the machine, and rmpctl on them. */
#ifndef DUMP_H
#define DUMP_H

#include "scenario.h"

/**
 * on_host() - a command of the host's shell, in the directory of the logs, where $RMPCTL is rmpctl
 *
 * Return: false (with the reason) unless it exits with @rc. What it printed is in @r->output.
 */
bool on_host(struct run *r, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** dump_to_disk() - a makedumpfile with @words in the crash kernel, by its second disk to the file @name beside the logs */
bool dump_to_disk(struct run *r, const char *words, const char *name);

/** dump_audit() - "rmpctl vmcore audit --json" with these words, expected to exit with @rc; to be put, or NULL */
struct json_object *dump_audit(struct run *r, int rc, const char *words);

/** dump_number() - a number in an audit, or in its object @of (NULL: itself) */
long long dump_number(struct json_object *audit, const char *of, const char *key);

#endif
