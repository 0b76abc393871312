// SPDX-License-Identifier: GPL-2.0-only
/* Blobs from files, pipes, sysfs and dumps of the hand-over region. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "rmpctl.h"

#define FIRST_READ	(64u << 10)
#define MAX_READ	(64u << 20)

static int fail(const struct input *in, const char *what)
{
	fprintf(stderr, "rmpctl: %s: %s\n", in->name, what);
	return VERDICT_UNKNOWN;
}

/* All of it, unless it does not end. */
static int read_all(struct input *in, int fd)
{
	size_t room = 0;
	ssize_t n;
	u8 *buf;

	for (;;) {
		if (in->size == room) {
			if (room >= MAX_READ)
				return fail(in, "more than 64 MiB, no hand-over blob");
			room = room ? room * 2 : FIRST_READ;
			buf = realloc(in->buf, room);
			if (!buf)
				return fail(in, strerror(ENOMEM));
			in->buf = buf;
		}
		n = read(fd, in->buf + in->size, room - in->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(in, strerror(errno));
		if (!n)
			return 0;
		in->size += (u64)n;
	}
}

/**
 * input_read() - read a whole file
 * @in:   filled; input_free() it in any case
 * @file: path, or "-"
 *
 * A file that begins like the hand-over region is taken for a dump of it.
 *
 * Return: 0, or VERDICT_UNKNOWN after saying why.
 */
int input_read(struct input *in, const char *file)
{
	u64 region_size;
	int fd, ret;

	memset(in, 0, sizeof(*in));
	in->name = strcmp(file, "-") ? file : "standard input";
	fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0)
		return fail(in, errno == ENOENT && !strncmp(file, "/sys/", 5) ?
			    "not there: is the ccp_ext module loaded?" : strerror(errno));
	ret = read_all(in, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	if (ret)
		return ret;
	if (!in->size)
		return fail(in, "empty, nothing was handed over");
	if (!chain_region_size(in->buf, in->size, &region_size) &&
	    in->size > CHAIN_BLOB_OFFSET)
		in->base = CHAIN_BLOB_OFFSET;
	return 0;
}

/**
 * input_free() - forget a file
 * @in: as input_read() left it
 */
void input_free(struct input *in)
{
	free(in->buf);
}

/**
 * input_check() - check the blob in a file
 * @in:    read
 * @blob:  filled on success
 * @where: filled on failure; its offset counts from the start of the file
 *
 * Bytes behind the blob are none of its business: a dump has them. A note says so.
 *
 * Return: 0 or a negative enum rmpp_error.
 */
int input_check(const struct input *in, struct rmpp_blob *blob, struct rmpp_where *where)
{
	int err;

	memset(where, 0, sizeof(*where));
	err = rmpp_blob_check(blob, in->buf + in->base, in->size - in->base, where);
	if (err) {
		where->offset += in->base;
		return err;
	}
	if (in->base)
		fprintf(stderr, "rmpctl: %s: note: a dump of the hand-over region, the blob begins at offset %" PRIu64 "\n",
			in->name, (uint64_t)in->base);
	else if (blob->size < in->size)
		fprintf(stderr, "rmpctl: %s: note: %" PRIu64 " bytes behind the blob ignored\n",
			in->name, (uint64_t)(in->size - blob->size));
	return 0;
}

/* Bits are printed even where they have a name: the name is that of another source. */
static void print_lacks(FILE *to, u64 lacks)
{
	const char *between = " (bit ";
	u32 bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(lacks & 1ULL << bit))
			continue;
		fprintf(to, "%s%" PRIu32 " %s", between, bit, rmpp_incompat_name(bit));
		between = ", bit ";
	}
	fputs(")\n", to);
}

/**
 * input_complain() - one line about a blob that was refused
 * @to:    stdout or stderr
 * @in:    the file
 * @err:   what input_check() returned
 * @where: what input_check() filled
 */
void input_complain(FILE *to, const struct input *in, int err,
		    const struct rmpp_where *where)
{
	fprintf(to, "rmpctl: %s: %s at offset %" PRIu64, in->name, rmpp_strerror(err),
		(uint64_t)where->offset);
	if (err == RMPP_ERR_INCOMPAT)
		print_lacks(to, rmpp_blob_lacks(in->buf + in->base, in->size - in->base));
	else if (!where->section)
		fputs(" (header)\n", to);
	else if (where->section > RMPP_SECTION_MAX)
		fprintf(to, " (section of unknown type %" PRIu32 ")\n", where->section);
	else
		fprintf(to, " (section %s, entry %" PRIu32 ")\n",
			rmpp_section_name(where->section), where->index);
}
