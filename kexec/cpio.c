// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cpio.h"

#define MAGIC_SIZE	6
#define HEADER_SIZE	110	/* magic and fields of 8 digits, no padding */
#define FIELDS		13
#define FIELD_FILESIZE	6
#define FIELD_NAMESIZE	11
#define TRAILER		"TRAILER!!!"
#define MODE_FILE	0100444u
/* A reader that looks for the zeros behind an archive wants to see some. */
#define ZEROS_MIN	4

static size_t align4(size_t v)
{
	return (v + 3) & ~(size_t)3;
}

static bool has_magic(const uint8_t *at, size_t left)
{
	return left >= MAGIC_SIZE &&
	       (!memcmp(at, "070701", MAGIC_SIZE) || !memcmp(at, "070702", MAGIC_SIZE));
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Eight digits always fit. */
static bool read_field(const uint8_t *header, unsigned int field, size_t *value)
{
	const uint8_t *at = header + MAGIC_SIZE + 8 * field;
	uint32_t v = 0;
	int i, d;

	for (i = 0; i < 8; i++) {
		d = digit(at[i]);
		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*value = v;
	return true;
}

/**
 * cpio_walk_begin() - start at an initramfs' first byte
 * @w: the walk
 * @data: hostile; must not change meanwhile
 * @size: bytes
 */
void cpio_walk_begin(struct cpio_walk *w, const void *data, size_t size)
{
	*w = (struct cpio_walk) { .data = data, .size = size };
}

static int read_entry(const struct cpio_walk *w, struct cpio_entry *e)
{
	const uint8_t *header = w->data + w->at;
	size_t left = w->size - w->at, value[FIELDS], name_size, size, data;
	unsigned int field;

	if (left < HEADER_SIZE)
		return CPIO_ERR_TRUNCATED;
	for (field = 0; field < FIELDS; field++)
		if (!read_field(header, field, &value[field]))
			return CPIO_ERR_NUMBER;
	name_size = value[FIELD_NAMESIZE];
	size = value[FIELD_FILESIZE];
	if (!name_size || name_size > CPIO_NAME_MAX)
		return CPIO_ERR_NAME;
	/* both are 32 bits wide, the sums are not */
	data = align4(HEADER_SIZE + name_size);
	if (data > left || size > left - data)
		return CPIO_ERR_TRUNCATED;
	if (strnlen((const char *)header + HEADER_SIZE, name_size) != name_size - 1)
		return CPIO_ERR_NAME;
	e->name = (const char *)header + HEADER_SIZE;
	e->data = header + data;
	e->size = size;
	e->start = w->at;
	/* the last entry's padding may be missing */
	e->end = w->at + (align4(data + size) < left ? align4(data + size) : left);
	return CPIO_OK;
}

/**
 * cpio_walk_next() - the next entry, trailers included
 * @w: the walk; untouched on error
 * @e: result; untouched unless 1 is returned
 *
 * Zeros between archives are skipped in steps of four, as the kernel does.
 *
 * Return: 1; 0 if what follows, at @w->at, is no newc archive or nothing; or a
 * negative enum cpio_error.
 */
int cpio_walk_next(struct cpio_walk *w, struct cpio_entry *e)
{
	struct cpio_walk next = *w;
	struct cpio_entry found;
	int err;

	while (next.size - next.at >= 4 && !memcmp(next.data + next.at, "\0\0\0\0", 4))
		next.at += 4;
	if (!has_magic(next.data + next.at, next.size - next.at)) {
		*w = next;
		return 0;
	}
	err = read_entry(&next, &found);
	if (err)
		return err;
	*e = found;
	next.at = found.end;
	*w = next;
	return 1;
}

/** cpio_is_trailer() - does this entry end an archive? */
bool cpio_is_trailer(const struct cpio_entry *e)
{
	return !strcmp(e->name, TRAILER);
}

/**
 * cpio_is_compressed() - does a compressed archive begin here?
 * @data: hostile
 * @size: bytes
 *
 * By the magics of the kernel's lib/decompress.c.
 */
bool cpio_is_compressed(const void *data, size_t size)
{
	static const uint8_t magic[][2] = {
		{ 0x1f, 0x8b }, { 0x1f, 0x9e },		/* gzip */
		{ 'B', 'Z' }, { 0x5d, 0x00 },		/* bzip2, lzma */
		{ 0xfd, '7' }, { 0x89, 'L' },		/* xz, lzo */
		{ 0x02, 0x21 }, { 0x28, 0xb5 },		/* lz4, zstd */
		{ 0, 0 },
	};
	size_t i;

	for (i = 0; size >= 2 && magic[i][0]; i++)
		if (!memcmp(data, magic[i], 2))
			return true;
	return false;
}

/** cpio_starts_newc() - may an entry be put in front, to be part of this archive? */
bool cpio_starts_newc(const void *data, size_t size)
{
	return size >= MAGIC_SIZE && !memcmp(data, "070701", MAGIC_SIZE);
}

static int put_entry(uint8_t *buf, size_t room, size_t *used, const char *name,
		     unsigned int mode, const void *data, size_t size)
{
	size_t name_size = strlen(name) + 1, start = align4(HEADER_SIZE + name_size);
	char header[HEADER_SIZE + 1];

	if (size > UINT32_MAX || *used > room || room - *used < start ||
	    room - *used - start < align4(size))
		return CPIO_ERR_SPACE;
	/* no owner, no time: the same input gives the same bytes */
	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, mode, 0, 0,
		 1, 0, (unsigned int)size, 0, 0, 0, 0, (unsigned int)name_size, 0);
	memset(buf + *used, 0, start + align4(size));
	memcpy(buf + *used, header, HEADER_SIZE);
	memcpy(buf + *used + HEADER_SIZE, name, name_size);
	if (size)
		memcpy(buf + *used + start, data, size);
	*used += start + align4(size);
	return CPIO_OK;
}

/**
 * cpio_put() - append a file to an archive
 * @buf: output
 * @room: its bytes
 * @used: where to, a multiple of 4; moved behind the entry
 * @name: at most CPIO_NAME_MAX - 1 bytes
 * @data: content
 * @size: its bytes
 *
 * Return: 0 or CPIO_ERR_SPACE, after which nothing has changed.
 */
int cpio_put(uint8_t *buf, size_t room, size_t *used, const char *name,
	     const void *data, size_t size)
{
	return put_entry(buf, room, used, name, MODE_FILE, data, size);
}

/**
 * cpio_put_trailer() - end an archive that starts at 0, and fill its last block
 * @buf: output
 * @room: its bytes
 * @used: as for cpio_put(); a multiple of CPIO_BLOCK afterwards
 *
 * Return: as cpio_put().
 */
int cpio_put_trailer(uint8_t *buf, size_t room, size_t *used)
{
	size_t at = *used, end;
	int err = put_entry(buf, room, &at, TRAILER, 0, NULL, 0);

	if (err)
		return err;
	end = (at + ZEROS_MIN + CPIO_BLOCK - 1) / CPIO_BLOCK * CPIO_BLOCK;
	if (end > room)
		return CPIO_ERR_SPACE;
	memset(buf + at, 0, end - at);
	*used = end;
	return CPIO_OK;
}

/**
 * cpio_strerror() - what is wrong with an archive
 * @err: negative enum cpio_error
 *
 * Return: a static string that completes "FILE: ...".
 */
const char *cpio_strerror(int err)
{
	static const char *const text[] = {
		[-CPIO_OK] = "a cpio archive",
		[-CPIO_ERR_TRUNCATED] = "ends within an entry of its cpio archive; copy it again",
		[-CPIO_ERR_NUMBER] = "damaged: a number in its cpio archive is none",
		[-CPIO_ERR_NAME] = "damaged: a name in its cpio archive is empty, too long or has no end",
		[-CPIO_ERR_SPACE] = "too large for a cpio archive",
	};

	if (err > 0 || err < CPIO_ERR_LAST)
		return "unknown error";
	return text[-err];
}
