/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical memory by page state, for a picture. */
#ifndef STRESS_MAP_H
#define STRESS_MAP_H

#include <scenarios/scenario.h>

/**
 * map_keep() - write what the running kernel's RMP says of each page, and what it keeps out, to @path
 * @hop, @when: go into the file; @when is "before" or "after"
 *
 * Runs that are the hypervisor's are not listed. A picture is no verdict: the words are the module's.
 */
bool map_keep(struct run *r, const char *path, unsigned int hop, const char *when);

#endif
