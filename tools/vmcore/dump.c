// SPDX-License-Identifier: GPL-2.0-only
/* What kind of a file it is, and what all kinds have in common. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"

#define HEAD	16

static const struct {
	const char *magic;
	u32 size;
	int (*open)(struct dump *d);
	const char *refusal;
} kinds[] = {
	{ "\177ELF", 4, dump_elf_open, NULL },
	{ "KDUMP   ", 8, dump_kdump_open, NULL },
	{ "makedumpfile", 13, dump_flat_open, NULL },
	{ "DISKDUMP", 8, NULL, "a diskdump of an ancient kernel, not supported" },
	{ "\037\213", 2, NULL, "compressed as a whole with gzip: unpack it first" },
	{ "\3757zXZ", 6, NULL, "compressed as a whole with xz: unpack it first" },
	{ "\x28\xb5\x2f\xfd", 4, NULL, "compressed as a whole with zstd: unpack it first" },
	{ "BZh", 3, NULL, "compressed as a whole with bzip2: unpack it first" },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static u32 kind_of(const u8 *head, size_t size)
{
	u32 i;

	for (i = 0; i < NR_KINDS; i++)
		if (size >= kinds[i].size && !memcmp(head, kinds[i].magic, kinds[i].size))
			break;
	return i;
}

/**
 * dump_recognise() - does a file begin like a dump?
 * @head: its first bytes
 * @size: of @head
 *
 * Return: true for what dump_open() opens or refuses with a message of its own.
 */
bool dump_recognise(const void *head, size_t size)
{
	return kind_of(head, size) < NR_KINDS;
}

/**
 * dump_fail() - keep a message
 * @d:      the dump
 * @format: as for printf()
 *
 * Return: -1.
 */
int dump_fail(struct dump *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->error, sizeof(d->error), format, args);
	va_end(args);
	return -1;
}

/**
 * dump_pread() - bytes of the file
 * @d:      the dump
 * @buf:    output
 * @size:   bytes
 * @offset: in the file
 * @what:   what they are, for the message
 *
 * Return: 0, or -1 and a message.
 */
int dump_pread(struct dump *d, void *buf, u64 size, u64 offset, const char *what)
{
	u8 *to = buf;
	ssize_t n;

	if (offset > d->size || size > d->size - offset)
		return dump_fail(d, "truncated: %s at offset %" PRIu64 " ends behind the file, which has %" PRIu64 " bytes",
				 what, (uint64_t)offset, (uint64_t)d->size);
	while (size) {
		n = pread(d->fd, to, size, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return dump_fail(d, "reading %s at offset %" PRIu64 ": %s", what,
					 (uint64_t)offset, n ? strerror(errno) : "the file has shrunk");
		to += n;
		offset += (u64)n;
		size -= (u64)n;
	}
	return 0;
}

/**
 * dump_open_kind() - what kind it is, and the rest by that
 * @d: its file and size are known
 *
 * Return: 0, or -1 and a message.
 */
int dump_open_kind(struct dump *d)
{
	u8 head[HEAD];
	u32 kind;

	if (!d->size)
		return dump_fail(d, "empty");
	if (d->size < HEAD)
		return dump_fail(d, "not a dump: %" PRIu64 " bytes", (uint64_t)d->size);
	if (dump_pread(d, head, sizeof(head), 0, "the first bytes"))
		return -1;
	kind = kind_of(head, sizeof(head));
	if (kind == NR_KINDS)
		return dump_fail(d, "not a dump: neither an ELF core nor kdump-compressed");
	if (!kinds[kind].open)
		return dump_fail(d, "%s", kinds[kind].refusal);
	return kinds[kind].open(d);
}

/**
 * dump_open() - a dump
 * @d:    filled; dump_close() it in any case
 * @name: for messages
 * @fd:   the file, which stays the caller's
 *
 * Return: 0, or -1 and a message.
 */
int dump_open(struct dump *d, const char *name, int fd)
{
	struct stat st;

	memset(d, 0, sizeof(*d));
	d->name = name;
	d->file = fd;
	d->fd = fd;
	if (fstat(fd, &st))
		return dump_fail(d, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return dump_fail(d, "not a regular file, which a dump has to be");
	d->size = (u64)st.st_size;
	return dump_open_kind(d);
}

/**
 * dump_close() - forget a dump
 * @d: as dump_open() left it
 */
void dump_close(struct dump *d)
{
	dump_kdump_close(d);
	if (d->flat)
		close(d->fd);
	d->flat = false;
	free(d->load);
	free(d->note);
	d->load = NULL;
	d->note = NULL;
}

/** dump_format_name() - for people */
const char *dump_format_name(const struct dump *d)
{
	return d->format == DUMP_ELF ? "ELF" : "kdump-compressed";
}

/** dump_next() - see dump.h */
u64 dump_next(const struct dump *d, u64 pfn)
{
	return d->format == DUMP_ELF ? dump_elf_next(d, pfn) : dump_kdump_next(d, pfn);
}

/** dump_has() - see dump.h */
bool dump_has(const struct dump *d, u64 pfn)
{
	return d->format == DUMP_ELF ? dump_elf_has(d, pfn) : dump_kdump_has(d, pfn);
}

/** dump_read() - see dump.h */
int dump_read(struct dump *d, u64 pfn, u32 nr, u8 page[RMPP_PAGE_SIZE])
{
	if (d->format == DUMP_ELF)
		return dump_elf_read(d, pfn, nr, page);
	if (nr || !dump_kdump_has(d, pfn))
		return 0;
	return dump_kdump_read(d, pfn, page);
}

/** dump_read_at() - see dump.h */
int dump_read_at(struct dump *d, u64 pa, void *buf, u64 size)
{
	u8 page[RMPP_PAGE_SIZE], *to = buf;

	while (size) {
		u64 at = pa % RMPP_PAGE_SIZE, n = RMPP_PAGE_SIZE - at;
		int found = dump_read(d, pa >> RMPP_PAGE_SHIFT, 0, page);

		if (found <= 0)
			return found;
		if (n > size)
			n = size;
		memcpy(to, page + at, n);
		to += n;
		pa += n;
		size -= n;
	}
	return 1;
}
