// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records of VMMs: their bytes into a blob, out of it, and out of sight. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

static const u8 zeros[RMPP_RECORD_ALIGN];

static u32 padding(u32 size)
{
	return -size % RMPP_RECORD_ALIGN;
}

/**
 * rmpp_record_room() - what a record takes in a blob
 * @size: bytes of the record, at most RMPP_RECORD_MAX_SIZE
 *
 * Return: bytes, its entry and its padding included.
 */
u64 rmpp_record_room(u32 size)
{
	return sizeof(struct rmpp_record_ser) + (u64)size + padding(size);
}

/**
 * rmpp_record_crc() - the checksum of a record
 * @data: its bytes
 * @size: how many
 *
 * It covers the padding, so that no bit of RECORD_DATA is without cover.
 *
 * Return: CRC32C.
 */
u32 rmpp_record_crc(const void *data, u32 size)
{
	return rmpp_crc32c(rmpp_crc32c(0, data, size), zeros, padding(size));
}

/**
 * rmpp_writer_record_data() - append a record's bytes, and what aligns the next one
 * @w: the writer; its open section is RECORD_DATA, entries of RMPP_RECORD_ALIGN bytes
 * @data: the bytes
 * @size: how many
 *
 * Return: 0; RMPP_ERR_ARGUMENT if no section is open; RMPP_ERR_NO_SPACE, and the section
 * stays as it was.
 */
int rmpp_writer_record_data(struct rmpp_writer *w, const void *data, u32 size)
{
	if (!w->open)
		return RMPP_ERR_ARGUMENT;
	if ((u64)size + padding(size) > w->size - w->used)
		return RMPP_ERR_NO_SPACE;
	memcpy(w->buf + w->used, data, size);
	memcpy(w->buf + w->used + size, zeros, padding(size));
	w->used += (u64)size + padding(size);
	return RMPP_OK;
}

/**
 * rmpp_record_data() - the bytes of a record
 * @blob: checked
 * @i:    entry in RECORDS, from 0
 * @data: set to the bytes, which lie in the blob
 * @size: set to how many there are
 *
 * Return: 0; RMPP_ERR_ARGUMENT if there is no such record; RMPP_ERR_RECORD_WITHHELD;
 * RMPP_ERR_RECORD_CRC if they are not what was attached. @data and @size are untouched on
 * error.
 */
int rmpp_record_data(const struct rmpp_blob *blob, u32 i, const u8 **data, u32 *size)
{
	const struct rmpp_record_ser *r = rmpp_blob_entry(blob, RMPP_SECTION_RECORDS, i);
	const struct rmpp_section_ser *s = blob->section[RMPP_SECTION_RECORD_DATA];
	const u8 *at;
	u32 length;

	if (!r)
		return RMPP_ERR_ARGUMENT;
	if (!s)
		return RMPP_ERR_RECORD_WITHHELD;
	at = blob->data + le64_to_cpu(s->offset) + le64_to_cpu(r->offset);
	length = le32_to_cpu(r->size);
	if (rmpp_crc32c(0, at, (size_t)length + padding(length)) != le32_to_cpu(r->crc))
		return RMPP_ERR_RECORD_CRC;
	*data = at;
	*size = length;
	return RMPP_OK;
}

/**
 * rmpp_blob_withhold() - take the records' bytes out of a blob, in place
 * @data: a blob that was checked; to be checked anew before it is read again
 *
 * What was there is zero, RECORD_DATA is out of the table, and the header is sealed.
 */
void rmpp_blob_withhold(void *data)
{
	struct rmpp_header_ser *h = data;
	struct rmpp_section_ser *s = (struct rmpp_section_ser *)(h + 1);
	u32 nr = le32_to_cpu(h->nr_sections), i = 0;

	while (i < nr && le32_to_cpu(s[i].type) != RMPP_SECTION_RECORD_DATA)
		i++;
	if (i == nr)
		return;
	memset((u8 *)data + le64_to_cpu(s[i].offset), 0, le64_to_cpu(s[i].size));
	for (; i + 1 < nr; i++)
		s[i] = s[i + 1];
	memset(&s[nr - 1], 0, sizeof(*s));
	h->nr_sections = cpu_to_le32(nr - 1);
	h->header_crc = 0;
	h->header_crc = cpu_to_le32(rmpp_crc32c(0, h, sizeof(*h) + (nr - 1) * sizeof(*s)));
}
