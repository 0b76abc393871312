// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flattened dumps (makedumpfile -F, and so kdump-tools of Debian): pieces of a file, each behind its place, in the order
 * in which they were written. They are put in their places in a file without a name, which is then the dump. The layout
 * is that of makedumpfile's makedumpfile.h, numbers big-endian:
 *
 *	block 0		signature, type, version
 *	piece ...	s64 offset, s64 size, then the bytes; offset and size -1: the end
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "dump.h"

#define HEADER	4096u
#define TYPE	1u
#define VERSION	1u
#define CHUNK	65536u
#define HOLES	(1u << 20)	/* that nothing was written to: what is left of the headers' blocks */

struct flat_header {
	char signature[16];
	u64 type, version;
};
rmpp_static_assert(sizeof(struct flat_header) == 32);

static int unnamed(struct dump *d)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system can */
	if (snprintf(name, sizeof(name), "%s/rmpctl.XXXXXX", dir) < (int)sizeof(name)) {
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	if (fd < 0)
		dump_fail(d, "a flattened dump is put in order in a file in %s (TMPDIR): %s", dir, strerror(errno));
	return fd;
}

static int put(struct dump *d, int fd, const u8 *buf, u64 size, u64 offset)
{
	ssize_t n;

	while (size) {
		n = pwrite(fd, buf, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return dump_fail(d, "putting a flattened dump in order in TMPDIR or /var/tmp: %s", strerror(errno));
		buf += n;
		offset += (u64)n;
		size -= (u64)n;
	}
	return 0;
}

static int put_piece(struct dump *d, int fd, u64 at, u64 size, u64 offset)
{
	static u8 buf[CHUNK];
	u64 n;

	for (; size; size -= n, at += n, offset += n) {
		n = size < CHUNK ? size : CHUNK;
		if (dump_pread(d, buf, n, at, "a piece of a flattened dump") || put(d, fd, buf, n, offset))
			return -1;
	}
	return 0;
}

static int put_pieces(struct dump *d, int fd)
{
	u64 at = HEADER, place[2], offset, size;

	for (;; at += size) {
		if (dump_pread(d, place, sizeof(place), at, "a flattened dump's next piece"))
			return -1;
		at += sizeof(place);
		offset = be64toh(place[0]);
		size = be64toh(place[1]);
		if (offset == UINT64_MAX && size == UINT64_MAX)
			return 0;
		/* all that is in the dump is in a piece */
		if (offset > d->size + HOLES || size > d->size + HOLES - offset)
			return dump_fail(d, "a piece of a flattened dump at offset %" PRIu64 " is for nowhere: damaged",
					 (uint64_t)(at - sizeof(place)));
		if (put_piece(d, fd, at, size, offset))
			return -1;
	}
}

/**
 * dump_flat_open() - put a flattened dump in order and open that
 * @d: the file; what was put in order takes its place
 *
 * Return: 0, or -1 and a message.
 */
int dump_flat_open(struct dump *d)
{
	struct flat_header h;
	off_t end;
	int fd;

	if (d->flat)
		return dump_fail(d, "flattened twice: rearrange it with makedumpfile -R FILE <DUMP");
	if (dump_pread(d, &h, sizeof(h), 0, "the header"))
		return -1;
	if (be64toh(h.type) != TYPE || be64toh(h.version) != VERSION)
		return dump_fail(d, "flattened in a way not known here: type %" PRIu64 ", version %" PRIu64,
				 (uint64_t)be64toh(h.type), (uint64_t)be64toh(h.version));
	fd = unnamed(d);
	if (fd < 0)
		return -1;
	if (put_pieces(d, fd)) {
		close(fd);
		return -1;
	}
	d->flat = true;
	d->fd = fd;
	end = lseek(fd, 0, SEEK_END);
	d->size = end < 0 ? 0 : (u64)end;
	return dump_open_kind(d);
}
