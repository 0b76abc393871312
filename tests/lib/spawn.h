/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_SPAWN_H
#define TESTS_SPAWN_H

#include <stdbool.h>

struct machine;
struct machine_config;

/**
 * spawn_machine() - make the directories and start snp-machine
 *
 * Paths are those of the build: $BUILD (default "build"), relative to the working directory, which
 * is the top of the source tree. Fills @m->pid, pidfd, logs and sockets.
 *
 * Return: 0, or -1 with errno set; EBUSY: another machine of this name is running.
 */
int spawn_machine(struct machine *m, const struct machine_config *config);

/** spawn_has_control() - a plain PC has no emulated hardware of ours that could be asked */
bool spawn_has_control(const struct machine_config *config);

/** spawn_end() - kill it, reap it, remove its sockets; harmless if it never ran */
void spawn_end(struct machine *m);

/** spawn_has_ended() - has the process behind @pidfd ended? */
bool spawn_has_ended(int pidfd);

#endif
