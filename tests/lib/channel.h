/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON objects, one a line, over a unix socket; everything is kept in a log. */
#ifndef TESTS_CHANNEL_H
#define TESTS_CHANNEL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

struct channel {
	int fd;
	FILE *log;
	char *line;
	size_t used;
};

/**
 * channel_open() - connect to a socket that somebody else is about to make
 * @path:     unix socket
 * @log_path: file for what goes through
 * @deadline: on clock_ms()
 * @give_up:  asked between attempts; true ends them
 * @context:  for @give_up
 *
 * Return: 0, or -1 with errno set.
 */
int channel_open(struct channel *ch, const char *path, const char *log_path, int64_t deadline,
		 bool (*give_up)(void *context), void *context);
void channel_close(struct channel *ch);

/** channel_send() - send @object and drop the reference. Return: 0 or -1. */
int channel_send(struct channel *ch, struct json_object *object);

/**
 * channel_read() - read what there is, without blocking, and hand over each whole object
 *
 * Lines that are no objects are kept in the log and skipped: a kexec may tear a line apart.
 *
 * Return: 1 if the other side is still there or the channel was never opened, 0 if it has closed,
 * -1 on error.
 */
int channel_read(struct channel *ch, void (*take)(void *context, struct json_object *object),
		 void *context);

#endif
