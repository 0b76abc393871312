/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RECORD_H
#define RECORD_H

#include "launch.h"

/**
 * record_send() - tell ccp_ext what a file says, in one write
 * @path:  a command line and the bytes of a record; may be a FIFO that somebody fills later
 * @error: filled on failure
 *
 * Return: 0, or -1.
 */
int record_send(const char *path, struct launch_error *error);

#endif
