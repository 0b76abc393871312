// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The gate: every byte is hostile until this file has seen it. First the frame
 * (header, section table), then each payload's checksum, then each entry; the
 * entries' own rules are in check_entries.c. Whoever reads after that trusts.
 */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>
#include "check.h"

#define HEADER_SIZE	sizeof(struct rmpp_header_ser)
#define SECTION_SIZE	sizeof(struct rmpp_section_ser)
#define HEADER_AT(field)	offsetof(struct rmpp_header_ser, field)
#define SECTION_AT(i, field)	(HEADER_SIZE + (u64)(i) * SECTION_SIZE + \
				 offsetof(struct rmpp_section_ser, field))

static const struct rmpp_section_ser *section_at(const struct rmpp_blob *blob, u32 i)
{
	return (const struct rmpp_section_ser *)(blob->data + HEADER_SIZE) + i;
}

static u32 header_crc(const struct rmpp_header_ser *h, u32 nr_sections)
{
	struct rmpp_header_ser copy = *h;

	copy.header_crc = 0;
	return rmpp_crc32c(rmpp_crc32c(0, &copy, HEADER_SIZE), h + 1,
			   nr_sections * SECTION_SIZE);
}

static int check_header(const struct rmpp_header_ser *h, u64 size,
			struct rmpp_where *where)
{
	u32 nr;

	if (size < HEADER_SIZE)
		return check_fail(where, size, RMPP_ERR_TRUNCATED);
	if (memcmp(h->magic, RMPP_MAGIC, RMPP_MAGIC_SIZE))
		return check_fail(where, HEADER_AT(magic), RMPP_ERR_MAGIC);
	if (le16_to_cpu(h->header_size) != HEADER_SIZE)
		return check_fail(where, HEADER_AT(header_size), RMPP_ERR_HEADER_SIZE);
	if (le16_to_cpu(h->section_size) != SECTION_SIZE)
		return check_fail(where, HEADER_AT(section_size), RMPP_ERR_SECTION_SIZE);
	nr = le32_to_cpu(h->nr_sections);
	if (nr > RMPP_MAX_SECTIONS)
		return check_fail(where, HEADER_AT(nr_sections), RMPP_ERR_NR_SECTIONS);
	if (size < HEADER_SIZE + nr * SECTION_SIZE)
		return check_fail(where, size, RMPP_ERR_TRUNCATED);
	if (le32_to_cpu(h->header_crc) != header_crc(h, nr))
		return check_fail(where, HEADER_AT(header_crc), RMPP_ERR_HEADER_CRC);

	if (le64_to_cpu(h->incompat) & ~RMPP_INCOMPAT_KNOWN)
		return check_fail(where, HEADER_AT(incompat), RMPP_ERR_INCOMPAT);
	if (h->reserved)
		return check_fail(where, HEADER_AT(reserved), RMPP_ERR_RESERVED);
	if (!check_text(h->writer, RMPP_WRITER_SIZE))
		return check_fail(where, HEADER_AT(writer), RMPP_ERR_RESERVED);
	if (le64_to_cpu(h->total_size) < HEADER_SIZE + nr * SECTION_SIZE)
		return check_fail(where, HEADER_AT(total_size), RMPP_ERR_TRUNCATED);
	if (le64_to_cpu(h->total_size) > size)
		return check_fail(where, size, RMPP_ERR_TRUNCATED);
	return RMPP_OK;
}

/* One line of the section table; end is where the payload before it ended. */
static int check_section(const struct rmpp_blob *blob, u32 i, u64 end,
			 struct rmpp_where *where)
{
	const struct rmpp_section_ser *s = section_at(blob, i);
	u32 type = le32_to_cpu(s->type), flags = le32_to_cpu(s->flags);
	u32 entry_size = le32_to_cpu(s->entry_size);
	u64 offset = le64_to_cpu(s->offset), size = le64_to_cpu(s->size);

	where->section = type;
	if (flags & ~RMPP_SECTION_FLAGS_KNOWN)
		return check_fail(where, SECTION_AT(i, flags), RMPP_ERR_RESERVED);
	if (!type)
		return check_fail(where, SECTION_AT(i, type), RMPP_ERR_ENTRY_VALUE);
	if (type > RMPP_SECTION_MAX && (flags & RMPP_SECTION_MUST_UNDERSTAND))
		return check_fail(where, SECTION_AT(i, type), RMPP_ERR_SECTION_UNKNOWN);
	if (type <= RMPP_SECTION_MAX && blob->section[type])
		return check_fail(where, SECTION_AT(i, type), RMPP_ERR_SECTION_DUP);

	if (offset % RMPP_ALIGN)
		return check_fail(where, SECTION_AT(i, offset), RMPP_ERR_SECTION_ALIGN);
	if (offset < end || offset > blob->size)
		return check_fail(where, SECTION_AT(i, offset), RMPP_ERR_SECTION_RANGE);
	if (size > blob->size - offset)
		return check_fail(where, SECTION_AT(i, size), RMPP_ERR_SECTION_RANGE);
	if (!entry_size || entry_size % RMPP_ALIGN || entry_size < check_entry_size(type))
		return check_fail(where, SECTION_AT(i, entry_size), RMPP_ERR_SECTION_SIZE);
	if (size % entry_size || size / entry_size > U32_MAX)
		return check_fail(where, SECTION_AT(i, size), RMPP_ERR_SECTION_SIZE);
	return RMPP_OK;
}

static int check_gap(const struct rmpp_blob *blob, u64 from, u64 to,
		     struct rmpp_where *where)
{
	for (; from < to; from++)
		if (blob->data[from])
			return check_fail(where, from, RMPP_ERR_RESERVED);
	return RMPP_OK;
}

/* No byte is left that neither a checksum nor zero vouches for. */
static int check_payloads(const struct rmpp_blob *blob, u32 nr, struct rmpp_where *where)
{
	u64 end = HEADER_SIZE + nr * SECTION_SIZE, offset, size;
	u32 i;
	int ret;

	for (i = 0; i < nr; i++) {
		const struct rmpp_section_ser *s = section_at(blob, i);

		where->section = le32_to_cpu(s->type);
		offset = le64_to_cpu(s->offset);
		size = le64_to_cpu(s->size);
		ret = check_gap(blob, end, offset, where);
		if (ret)
			return ret;
		/* its records have checksums of their own, and one that is damaged is no more than that */
		if (where->section != RMPP_SECTION_RECORD_DATA &&
		    rmpp_crc32c(0, blob->data + offset, size) != le32_to_cpu(s->crc))
			return check_fail(where, offset, RMPP_ERR_SECTION_CRC);
		end = offset + size;
	}
	where->section = 0;
	return check_gap(blob, end, blob->size, where);
}

static int check_sections(struct rmpp_blob *blob, struct rmpp_where *where)
{
	u32 nr = le32_to_cpu(blob->header->nr_sections), i;
	u64 end = HEADER_SIZE + nr * SECTION_SIZE;
	int ret;

	for (i = 0; i < nr; i++) {
		const struct rmpp_section_ser *s = section_at(blob, i);

		ret = check_section(blob, i, end, where);
		if (ret)
			return ret;
		end = le64_to_cpu(s->offset) + le64_to_cpu(s->size);
		if (le32_to_cpu(s->type) <= RMPP_SECTION_MAX)
			blob->section[le32_to_cpu(s->type)] = s;
	}
	return check_payloads(blob, nr, where);
}

static int check_blob(struct rmpp_blob *blob, struct rmpp_where *where)
{
	u32 type;
	int ret;

	ret = check_header((const void *)blob->data, blob->size, where);
	if (ret)
		return ret;
	blob->header = (const void *)blob->data;
	blob->size = le64_to_cpu(blob->header->total_size);

	ret = check_sections(blob, where);
	if (ret)
		return ret;
	if (!blob->section[RMPP_SECTION_PLATFORM])
		return check_fail(where, HEADER_AT(nr_sections), RMPP_ERR_SECTION_MISSING);
	for (type = 1; type <= RMPP_SECTION_MAX; type++) {
		ret = check_entries(blob, type, where);
		if (ret)
			return ret;
	}
	return RMPP_OK;
}

/**
 * rmpp_blob_check() - check everything that the format promises
 * @blob:  filled on success; points into @data
 * @data:  8-byte aligned; must not change while @blob is in use
 * @size:  bytes; what lies beyond header.total_size is not looked at
 * @where: on failure what and where; may be NULL
 *
 * Return: 0 or a negative enum rmpp_error; @blob is untouched on error.
 */
int rmpp_blob_check(struct rmpp_blob *blob, const void *data, u64 size,
		    struct rmpp_where *where)
{
	struct rmpp_blob found = { .data = data, .size = size };
	struct rmpp_where at = { 0 };
	int ret;

	if (!data || (uintptr_t)data % RMPP_ALIGN)
		ret = RMPP_ERR_ARGUMENT;
	else
		ret = check_blob(&found, &at);
	if (!ret)
		*blob = found;
	else if (where)
		*where = at;
	return ret;
}

/**
 * rmpp_blob_lacks() - features that kept a blob from being read
 * @data: what rmpp_blob_check() refused with RMPP_ERR_INCOMPAT, so that the
 *        header is whole
 * @size: bytes
 *
 * Return: bits of header.incompat that are not known here.
 */
u64 rmpp_blob_lacks(const void *data, u64 size)
{
	const struct rmpp_header_ser *h = data;

	return size < HEADER_SIZE ? 0 : le64_to_cpu(h->incompat) & ~RMPP_INCOMPAT_KNOWN;
}
