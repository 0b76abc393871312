/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory for one process at a time. */
#ifndef TESTS_LOCK_H
#define TESTS_LOCK_H

/**
 * lock_directory() - until the descriptor is closed, or this process ends
 *
 * Return: the descriptor; -1 with errno set, EBUSY if it is another's.
 */
int lock_directory(const char *path);

#endif
