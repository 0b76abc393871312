// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"

#define LINE_BYTES (1 << 20)

static int try_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, saved;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int channel_open(struct channel *ch, const char *path, const char *log_path, int64_t deadline,
		 bool (*give_up)(void *context), void *context)
{
	*ch = (struct channel){ .fd = -1 };
	ch->line = malloc(LINE_BYTES);
	ch->log = fopen(log_path, "we");
	if (!ch->line || !ch->log)
		return -1;
	for (;;) {
		ch->fd = try_connect(path);
		if (ch->fd >= 0)
			return 0;
		if ((errno != ENOENT && errno != ECONNREFUSED) || !clock_left(deadline) ||
		    give_up(context))
			return -1;
		poll(NULL, 0, 20);
	}
}

void channel_close(struct channel *ch)
{
	if (ch->fd >= 0)
		close(ch->fd);
	if (ch->log)
		fclose(ch->log);
	free(ch->line);
	*ch = (struct channel){ .fd = -1 };
}

int channel_send(struct channel *ch, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	size_t size = strlen(text), sent = 0;
	int err = 0;

	fprintf(ch->log, "%lld > %s\n", (long long)clock_ms(), text);
	fflush(ch->log);
	while (!err && sent <= size) {
		/* the terminating zero's place is where the newline goes */
		const char *from = sent < size ? text + sent : "\n";
		ssize_t n = send(ch->fd, from, sent < size ? size - sent : 1, MSG_NOSIGNAL);

		if (n > 0)
			sent += n;
		else if (errno != EINTR)
			err = -1;
	}
	json_object_put(object);
	return err;
}

static void take_line(struct channel *ch, void (*take)(void *, struct json_object *), void *context)
{
	struct json_object *object;

	if (!ch->used)
		return;
	fprintf(ch->log, "%lld < %s\n", (long long)clock_ms(), ch->line);
	fflush(ch->log);
	object = json_tokener_parse(ch->line);
	if (json_object_is_type(object, json_type_object))
		take(context, object);
	json_object_put(object);
}

int channel_read(struct channel *ch, void (*take)(void *context, struct json_object *object),
		 void *context)
{
	char chunk[16 << 10];
	ssize_t n;

	if (ch->fd < 0)
		return 1;
	for (;;) {
		n = recv(ch->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : -1;
		if (!n)
			return 0;
		for (ssize_t i = 0; i < n; i++) {
			if (chunk[i] != '\n') {
				if (ch->used < LINE_BYTES - 1)
					ch->line[ch->used++] = chunk[i];
				continue;
			}
			ch->line[ch->used] = '\0';
			take_line(ch, take, context);
			ch->used = 0;
		}
	}
}
