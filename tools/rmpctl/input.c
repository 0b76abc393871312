// SPDX-License-Identifier: GPL-2.0-only
/* Blobs from files, pipes, sysfs and dumps of the hand-over region. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "find.h"
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

static int fail_dump(const struct dump *d)
{
	fprintf(stderr, "rmpctl: %s: %s\n", d->name, d->error);
	return VERDICT_UNKNOWN;
}

/* 0 and the blob, or VERDICT_UNKNOWN; -1 if the file is no dump. */
static int read_dump(struct input *in, int fd, u64 handover)
{
	struct found_blob found;
	struct dump d;
	u8 head[16];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	int ret = 0;

	if (n <= 0 || !dump_recognise(head, (size_t)n))
		return -1;
	if (dump_open(&d, in->name, fd) || find_blob(&d, handover, &found)) {
		ret = fail_dump(&d);
	} else {
		in->buf = found.buf;
		in->size = found.size;
		fprintf(stderr, "rmpctl: %s: note: a dump, its hand-over region is at %#" PRIx64 "%s\n",
			in->name, (uint64_t)found.region_pa, found.nr_regions > 1 ?
			"; it has more than one, --handover picks another" : "");
	}
	dump_close(&d);
	return ret;
}

static int read_blob(struct input *in, int fd, u64 handover)
{
	if (handover != FIND_ANYWHERE)
		return fail(in, "not a dump, which --handover is for");
	if (read_all(in, fd))
		return VERDICT_UNKNOWN;
	if (dump_recognise(in->buf, in->size))
		return fail(in, "a dump that is no regular file cannot be read");
	return 0;
}

/**
 * input_read() - read a whole file
 * @in:       filled; input_free() it in any case
 * @file:     path, or "-"
 * @handover: in a dump of the machine, where the region is; FIND_ANYWHERE to look for it
 *
 * A file that begins like the hand-over region is taken for a dump of it.
 *
 * Return: 0, or VERDICT_UNKNOWN after saying why.
 */
int input_read(struct input *in, const char *file, u64 handover)
{
	u64 region_size;
	int fd, ret;

	memset(in, 0, sizeof(*in));
	in->name = strcmp(file, "-") ? file : "standard input";
	fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0)
		return fail(in, errno == ENOENT && !strncmp(file, "/sys/", 5) ?
			    "not there: is the ccp_ext module loaded?" : errno == EACCES ?
			    "Permission denied; run it with sudo" : strerror(errno));
	ret = read_dump(in, fd, handover);
	if (ret < 0)
		ret = read_blob(in, fd, handover);
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

/**
 * input_open() - read and check what the options name
 * @in:   filled; input_free() it in any case
 * @o:    options
 * @blob: filled on success
 *
 * Return: 0; VERDICT_UNSAFE or VERDICT_UNKNOWN after saying why.
 */
int input_open(struct input *in, const struct options *o, struct rmpp_blob *blob)
{
	int ret = input_read(in, o->file, o->handover), err;
	struct rmpp_where where;

	if (ret)
		return ret;
	err = input_check(in, blob, &where);
	if (!err)
		return 0;
	input_complain(stdout, in, err, &where);
	return VERDICT_UNSAFE;
}
