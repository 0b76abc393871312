// SPDX-License-Identifier: GPL-2.0-only
/* What a VMM leaves beside its guest: docs/ABI/dev-ccp_ext_record. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "record.h"

#define DEVICE		"/dev/ccp_ext_record"
#define COMMAND_MAX	(2 << 20)

static char command[COMMAND_MAX];

static int fail(struct launch_error *error, const char *step)
{
	error->step = step;
	error->errnum = errno;
	error->fw_status = 0;
	return -1;
}

int record_send(const char *path, struct launch_error *error)
{
	size_t size = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(error, "open what is to be recorded");
	while ((n = read(fd, command + size, sizeof(command) - size)) > 0)
		size += n;
	close(fd);
	if (n < 0)
		return fail(error, "read what is to be recorded");
	fd = open(DEVICE, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(error, "open " DEVICE);
	n = write(fd, command, size);
	close(fd);
	return n == (ssize_t)size ? 0 : fail(error, "write " DEVICE);
}
