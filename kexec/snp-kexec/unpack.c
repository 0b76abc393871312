// SPDX-License-Identifier: GPL-2.0-only
/*
 * By the programs that packed it: an initramfs was made on this host, so that they are here, and none
 * of their libraries has to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unpack.h"

extern char **environ;

/* Those of the kernel's lib/decompress.c. */
static const struct {
	uint8_t magic[4];
	size_t size;
	const char *program;
} packers[] = {
	{ { 0x1f, 0x8b }, 2, "gzip" },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, "zstd" },
	{ { 0xfd, 0x37, 0x7a, 0x58 }, 4, "xz" },
	{ { 0x5d, 0x00, 0x00 }, 3, "lzma" },
	{ { 0x02, 0x21, 0x4c, 0x18 }, 4, "lz4" },
	{ { 0x42, 0x5a, 0x68 }, 3, "bzip2" },
	{ { 0x89, 0x4c, 0x5a, 0x4f }, 4, "lzop" },
};

/**
 * unpack_program() - what unpacks this?
 *
 * Return: a program that takes -dc; NULL if it is not known.
 */
const char *unpack_program(const void *data, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (size >= packers[i].size && !memcmp(data, packers[i].magic, packers[i].size))
			return packers[i].program;
	return NULL;
}

/* A file without a name: the program reads what was checked, not what lies on the disk by now. */
static int open_copy(const uint8_t *data, size_t size)
{
	int fd = memfd_create("snp-kexec", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	while (fd >= 0 && done < size) {
		n = write(fd, data + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static int start(pid_t *pid, const char *program, int in, int out)
{
	char *const argv[] = { (char *)program, (char *)"-dc", NULL };
	posix_spawn_file_actions_t a;
	int err;

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_adddup2(&a, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&a, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&a, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(pid, program, &a, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&a);
	return -err;
}

/**
 * unpack() - all that is packed in @data
 * @out: result, for bytes_free(); empty on error
 * @data: begins with what unpack_program() knows
 * @size: its bytes
 * @max: more than this is an error
 *
 * Return: 0; -ENOENT if the program is not there, -EFBIG, -EBADMSG if it failed, or another -errno.
 */
int unpack(struct bytes *out, const void *data, size_t size, size_t max)
{
	int in, pipes[2], err, status;
	pid_t pid;

	*out = (struct bytes) { 0 };
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	in = open_copy(data, size);
	err = in < 0 ? -errno : start(&pid, unpack_program(data, size), in, pipes[1]);
	if (in >= 0)
		close(in);
	close(pipes[1]);
	if (!err) {
		err = bytes_read_fd(out, pipes[0], max);
		/* one that still writes is told by SIGPIPE */
		close(pipes[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!err && status)
			err = -EBADMSG;
	} else {
		close(pipes[0]);
	}
	if (err)
		bytes_free(out);
	return err;
}
