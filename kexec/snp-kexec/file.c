// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define FIRST_SIZE	(64 << 10)

/* Grow to hold more than is read so far, but never more than max + 1. */
static int make_room(struct bytes *b, size_t *room, size_t max)
{
	size_t more = *room ? *room * 2 : FIRST_SIZE;
	uint8_t *data;

	if (b->size < *room)
		return 0;
	if (more > max + 1)
		more = max + 1;
	data = realloc(b->data, more + 1);
	if (!data)
		return -ENOMEM;
	b->data = data;
	*room = more;
	return 0;
}

/**
 * bytes_read_fd() - read what is left of a file, up to a bound
 * @b: result, for bytes_free() in any case
 * @fd: to read from
 * @max: most bytes to read; one more is read to find out whether there is
 *
 * Return: 0, -EFBIG if there is more than @max (the first @max + 1 bytes are
 * there), or -errno.
 */
int bytes_read_fd(struct bytes *b, int fd, size_t max)
{
	size_t room = 0;
	ssize_t n;
	int err = 0;

	*b = (struct bytes) { 0 };
	while (b->size <= max) {
		err = make_room(b, &room, max);
		if (err)
			break;
		n = read(fd, b->data + b->size, room - b->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		b->size += (size_t)n;
	}
	if (b->data)
		b->data[b->size] = '\0';
	return err ?: b->size > max ? -EFBIG : 0;
}

/**
 * bytes_read_head() - bytes_read_fd() of a file that is named
 * @b: result, for bytes_free() in any case
 * @path: regular file, attribute, pipe, ...
 * @max: as there
 */
int bytes_read_head(struct bytes *b, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	*b = (struct bytes) { 0 };
	if (fd < 0)
		return -errno;
	err = bytes_read_fd(b, fd, max);
	close(fd);
	return err;
}

/**
 * bytes_read() - read all of a file, or nothing
 * @b: result, for bytes_free(); empty on error
 * @path: the file
 * @max: a longer file is an error
 *
 * Return: 0, -EFBIG or another -errno.
 */
int bytes_read(struct bytes *b, const char *path, size_t max)
{
	int err = bytes_read_head(b, path, max);

	if (err)
		bytes_free(b);
	return err;
}

/** bytes_free() - and leave it empty */
void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes) { 0 };
}

/**
 * parse_u64() - one number, decimal or 0x, with blanks ahead of it
 * @text: moved behind the number; untouched on error
 * @value: result; untouched on error
 *
 * Return: true if there was one that fits and ends at white space or the end.
 */
bool parse_u64(const char **text, uint64_t *value)
{
	const char *at = *text;
	unsigned long long v;
	char *end;

	while (*at == ' ' || *at == '\t')
		at++;
	if (!isdigit((unsigned char)*at))
		return false;
	errno = 0;
	v = strtoull(at, &end, at[0] == '0' && at[1] == 'x' ? 16 : 10);
	if (errno || (*end && !isspace((unsigned char)*end)))
		return false;
	*text = end;
	*value = v;
	return true;
}
