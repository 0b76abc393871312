// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "machinectl.h"

#define ANSWER_TIMEOUT_MS 5000

/**
 * link_open() - connect to a machine
 * @link: filled
 * @path: its control or observer socket
 *
 * Return: 0, or EXIT_UNABLE with the reason on standard error.
 */
int link_open(struct link *link, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*link = (struct link){ .path = path };
	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, MACHINECTL ": %s: longer than a socket's path can be\n", path);
		return EXIT_UNABLE;
	}
	strcpy(address.sun_path, path);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd >= 0 &&
	    !connect(link->fd, (struct sockaddr *)&address, sizeof(address))) {
		link->size = 1 << 16;
		link->buf = malloc(link->size);
		return link->buf ? 0 : EXIT_UNABLE;
	}
	if (errno == ENOENT)
		fprintf(stderr, MACHINECTL ": %s: no such socket; start the machine with "
			"snp-machine --control %s\n", path, path);
	else if (errno == ECONNREFUSED)
		fprintf(stderr, MACHINECTL ": %s: nobody listens; the machine is gone\n", path);
	else
		fprintf(stderr, MACHINECTL ": %s: %s\n", path, strerror(errno));
	return EXIT_UNABLE;
}

/* A whole line that is there already, as an object; what is none is skipped. */
static struct json_object *line_take(struct link *link)
{
	struct json_object *object = NULL;
	char *end;

	while (!object && (end = memchr(link->buf, '\n', link->used))) {
		*end = '\0';
		object = json_tokener_parse(link->buf);
		link->used -= end + 1 - link->buf;
		memmove(link->buf, end + 1, link->used);
	}
	return object;
}

static bool grow(struct link *link)
{
	char *more;

	if (link->used < link->size)
		return true;
	more = realloc(link->buf, link->size * 2);
	if (!more)
		return false;
	link->buf = more;
	link->size *= 2;
	return true;
}

/**
 * link_next() - the next thing that the machine says
 * @link:       to the machine
 * @timeout_ms: how long to wait for it; -1: for ever
 *
 * Return: an answer or an event; NULL with errno ETIMEDOUT, EPIPE (it has closed) or another.
 */
struct json_object *link_next(struct link *link, int timeout_ms)
{
	struct pollfd pfd = { .fd = link->fd, .events = POLLIN };
	struct json_object *object;
	ssize_t n;

	while (!(object = line_take(link))) {
		n = poll(&pfd, 1, timeout_ms);
		if (!n)
			errno = ETIMEDOUT;
		if (n <= 0 || !grow(link))
			return NULL;
		n = read(link->fd, link->buf + link->used, link->size - link->used);
		if (!n)
			errno = EPIPE;
		if (n <= 0)
			return NULL;
		link->used += n;
	}
	return object;
}

static int link_failed(const struct link *link)
{
	if (errno == ETIMEDOUT)
		fprintf(stderr, MACHINECTL ": %s: no answer in %d s; another client holds the "
			"socket (one at a time; snp-machine --observer makes a second one), or "
			"the machine is stopped\n", link->path, ANSWER_TIMEOUT_MS / 1000);
	else if (errno == EPIPE || errno == ECONNRESET)
		fprintf(stderr, MACHINECTL ": %s: the machine has gone\n", link->path);
	else
		fprintf(stderr, MACHINECTL ": %s: %s\n", link->path, strerror(errno));
	return EXIT_UNABLE;
}

static int send_line(struct link *link, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	char *line = malloc(strlen(text) + 2);
	size_t left;
	ssize_t n = 0;

	if (!line)
		return -1;
	sprintf(line, "%s\n", text);
	for (left = strlen(line); left && n >= 0; left -= n)
		n = send(link->fd, line + strlen(line) - left, left, MSG_NOSIGNAL);
	free(line);
	return n < 0 ? -1 : 0;
}

/**
 * link_ask() - one request and its answer; events in between are dropped
 * @link:      to the machine
 * @request:   its name
 * @arguments: reference is taken; or NULL
 * @answer:    set to what it returned, for the caller to put
 *
 * Return: EXIT_DONE, or another exit code with the reason on standard error.
 */
int link_ask(struct link *link, const char *request, struct json_object *arguments,
	     struct json_object **answer)
{
	struct json_object *object = json_object_new_object(), *field;
	int sent;

	json_object_object_add(object, "execute", json_object_new_string(request));
	if (arguments)
		json_object_object_add(object, "arguments", arguments);
	json_object_object_add(object, "id", json_object_new_string(MACHINECTL));
	sent = send_line(link, object);
	json_object_put(object);
	if (sent)
		return link_failed(link);
	for (;;) {
		object = link_next(link, ANSWER_TIMEOUT_MS);
		if (!object)
			return link_failed(link);
		if (json_object_object_get_ex(object, "id", &field))
			break;
		json_object_put(object);
	}
	if (json_object_object_get_ex(object, "return", answer)) {
		json_object_get(*answer);
		json_object_put(object);
		return EXIT_DONE;
	}
	json_object_object_get_ex(object, "error", &field);
	fprintf(stderr, MACHINECTL ": the machine refuses: %s\n", json_object_get_string(field));
	json_object_put(object);
	return EXIT_REFUSED;
}
