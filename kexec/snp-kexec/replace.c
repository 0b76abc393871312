// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replace.h"
#include "signals.h"

#define CHUNK	(1UL << 20)

/* A name that is a link stays one: what it leads to is replaced. */
static int resolve(char path[PATH_MAX], const char *name)
{
	char *real = realpath(name, NULL);
	struct stat st;
	int length, err = 0;

	if (!real && errno != ENOENT)
		return -errno;
	if (real && !stat(real, &st) && !S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	length = snprintf(path, PATH_MAX, "%s", real ? real : name);
	free(real);
	return err ? err : length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Beside the file, so that one rename does it. */
static int name_temporary(struct replacement *r)
{
	char dir[PATH_MAX], base[PATH_MAX];

	strcpy(dir, r->path);
	strcpy(base, r->path);
	return snprintf(r->temporary, PATH_MAX, "%s/.%s.XXXXXX", dirname(dir),
			basename(base)) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/**
 * replace_begin() - start a file that takes another's place
 * @r: result; on success end it with replace_commit() or replace_abort()
 * @path: what is replaced, or made; a regular file if it is there
 * @like: whose mode and, where that is allowed, owner it gets
 *
 * Return: 0 or -errno; -EINVAL if @path is neither regular nor new.
 */
int replace_begin(struct replacement *r, const char *path, const struct stat *like)
{
	int err = resolve(r->path, path);

	if (!err)
		err = name_temporary(r);
	if (err)
		return err;
	r->fd = mkostemp(r->temporary, O_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	/* only root may give a file away, and then the mode is set last */
	if (fchown(r->fd, like->st_uid, like->st_gid) && errno != EPERM)
		err = -errno;
	if (!err && fchmod(r->fd, like->st_mode & 0777))
		err = -errno;
	if (err)
		replace_abort(r);
	return err;
}

/**
 * replace_write() - append
 * @r: begun
 * @data: bytes
 * @size: how many
 *
 * Return: 0 or -errno; -EINTR once signals_stop is set.
 */
int replace_write(struct replacement *r, const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	while (size) {
		if (signals_stop)
			return -EINTR;
		n = write(r->fd, at, size < CHUNK ? size : CHUNK);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The new name lasts once the directory is on the disk. */
static int sync_directory(const char *path)
{
	char dir[PATH_MAX];
	int fd, err = 0;

	strcpy(dir, path);
	fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* not every file system syncs directories */
	if (fd < 0 || (fsync(fd) && errno != EINVAL))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/**
 * replace_commit() - put the file in its place
 * @r: begun; of no use afterwards
 *
 * Return: 0; or -errno, and then the old file is as it was, unless only syncing its
 * directory failed.
 */
int replace_commit(struct replacement *r)
{
	int err = 0;

	if (signals_stop)
		err = -EINTR;
	else if (fsync(r->fd))
		err = -errno;
	if (err) {
		replace_abort(r);
		return err;
	}
	if (close(r->fd) || rename(r->temporary, r->path)) {
		err = -errno;
		unlink(r->temporary);
		return err;
	}
	return sync_directory(r->path);
}

/** replace_abort() - leave no trace */
void replace_abort(struct replacement *r)
{
	close(r->fd);
	unlink(r->temporary);
}

/**
 * replace_whole() - write a file as a whole or not at all
 * @path: what is replaced, or made with the mode that the umask leaves
 * @data: its bytes
 * @size: how many
 *
 * Return: 0 or -errno, as replace_begin() and replace_commit().
 */
int replace_whole(const char *path, const void *data, size_t size)
{
	struct stat like = { .st_uid = geteuid(), .st_gid = getegid() };
	mode_t mask = umask(0);
	struct replacement r;
	int err;

	umask(mask);
	like.st_mode = 0666 & ~mask;
	err = replace_begin(&r, path, &like);
	if (err)
		return err;
	err = replace_write(&r, data, size);
	if (err) {
		replace_abort(&r);
		return err;
	}
	return replace_commit(&r);
}
