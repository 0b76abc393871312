// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sequential writer: header and section table first, payloads behind. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

#define WRITER_MAX_SIZE		(1ULL << 40)

static struct rmpp_section_ser *writer_section(struct rmpp_writer *w, u32 i)
{
	return (struct rmpp_section_ser *)(w->buf + sizeof(struct rmpp_header_ser)) + i;
}

/**
 * rmpp_writer_init() - start an empty blob
 * @w:            the writer
 * @buf:          8-byte aligned
 * @size:         bytes of @buf
 * @max_sections: entries to reserve in the section table, 1..RMPP_MAX_SECTIONS
 *
 * Return: 0, RMPP_ERR_ARGUMENT, or RMPP_ERR_NO_SPACE if header and table do not fit.
 */
int rmpp_writer_init(struct rmpp_writer *w, void *buf, u64 size, u32 max_sections)
{
	u64 used;

	if (!buf || (uintptr_t)buf % RMPP_ALIGN || size > WRITER_MAX_SIZE ||
	    !max_sections || max_sections > RMPP_MAX_SECTIONS)
		return RMPP_ERR_ARGUMENT;
	used = sizeof(struct rmpp_header_ser) +
	       max_sections * sizeof(struct rmpp_section_ser);
	if (size < used)
		return RMPP_ERR_NO_SPACE;

	memset(buf, 0, used);
	memset(w, 0, sizeof(*w));
	w->buf = buf;
	w->size = size;
	w->used = used;
	w->max_sections = max_sections;
	return RMPP_OK;
}

/**
 * rmpp_writer_begin() - open a section
 * @w:          the writer
 * @type:       enum rmpp_section_type, each at most once
 * @flags:      RMPP_SECTION_*
 * @entry_size: bytes, a multiple of 8
 *
 * Return: 0; RMPP_ERR_ARGUMENT for a section within a section, flags or a size
 * that the format does not have; RMPP_ERR_SECTION_DUP; RMPP_ERR_NO_SPACE if the
 * section table is full.
 */
int rmpp_writer_begin(struct rmpp_writer *w, u32 type, u32 flags, u32 entry_size)
{
	struct rmpp_section_ser *s;
	u32 i;

	if (w->open || !type || !entry_size || entry_size % RMPP_ALIGN ||
	    (flags & ~RMPP_SECTION_FLAGS_KNOWN))
		return RMPP_ERR_ARGUMENT;
	for (i = 0; i < w->nr_sections; i++)
		if (le32_to_cpu(writer_section(w, i)->type) == type)
			return RMPP_ERR_SECTION_DUP;
	if (w->nr_sections == w->max_sections)
		return RMPP_ERR_NO_SPACE;

	s = writer_section(w, w->nr_sections);
	s->type = cpu_to_le32(type);
	s->flags = cpu_to_le32(flags);
	s->offset = cpu_to_le64(w->used);
	s->size = 0;
	s->entry_size = cpu_to_le32(entry_size);
	s->crc = 0;
	w->open = 1;
	return RMPP_OK;
}

/**
 * rmpp_writer_entry() - append an entry to the open section
 * @w:     the writer
 * @entry: entry_size bytes, little endian as in format.h
 *
 * Return: 0, RMPP_ERR_ARGUMENT if no section is open, or RMPP_ERR_NO_SPACE; the
 * section then stays as it was.
 */
int rmpp_writer_entry(struct rmpp_writer *w, const void *entry)
{
	u32 entry_size;

	if (!w->open)
		return RMPP_ERR_ARGUMENT;
	entry_size = le32_to_cpu(writer_section(w, w->nr_sections)->entry_size);
	if (entry_size > w->size - w->used)
		return RMPP_ERR_NO_SPACE;
	memcpy(w->buf + w->used, entry, entry_size);
	w->used += entry_size;
	return RMPP_OK;
}

/**
 * rmpp_writer_end() - close the open section and seal its payload
 * @w: the writer
 *
 * Return: 0, or RMPP_ERR_ARGUMENT if no section is open.
 */
int rmpp_writer_end(struct rmpp_writer *w)
{
	struct rmpp_section_ser *s;
	u64 offset;

	if (!w->open)
		return RMPP_ERR_ARGUMENT;
	s = writer_section(w, w->nr_sections);
	offset = le64_to_cpu(s->offset);
	s->size = cpu_to_le64(w->used - offset);
	s->crc = cpu_to_le32(rmpp_crc32c(0, w->buf + offset, w->used - offset));
	w->nr_sections++;
	w->open = 0;
	return RMPP_OK;
}

/**
 * rmpp_writer_cancel() - forget the open section and its entries
 * @w: the writer
 */
void rmpp_writer_cancel(struct rmpp_writer *w)
{
	struct rmpp_section_ser *s = writer_section(w, w->nr_sections);

	if (!w->open)
		return;
	w->used = le64_to_cpu(s->offset);
	memset(s, 0, sizeof(*s));
	w->open = 0;
}

/**
 * rmpp_writer_require() - say what a reader must be able to restore
 * @w:        the writer
 * @incompat: bits of header.incompat (features.h), added to those given before
 */
void rmpp_writer_require(struct rmpp_writer *w, u64 incompat)
{
	w->incompat |= incompat;
}

/**
 * rmpp_writer_finish() - seal the blob
 * @w:          the writer; more sections may follow, then finish again
 * @generation: see struct rmpp_header_ser
 * @boot_count: see struct rmpp_header_ser
 * @writer:     name for humans, cut to fit; may be NULL
 *
 * Return: size of the blob in bytes; RMPP_ERR_ARGUMENT if a section is open;
 * RMPP_ERR_SECTION_MISSING without a PLATFORM section.
 */
s64 rmpp_writer_finish(struct rmpp_writer *w, u64 generation, u64 boot_count,
		       const char *writer)
{
	struct rmpp_header_ser *h = (struct rmpp_header_ser *)w->buf;
	bool platform = false;
	u32 i;

	if (w->open)
		return RMPP_ERR_ARGUMENT;
	for (i = 0; i < w->nr_sections; i++)
		platform |= le32_to_cpu(writer_section(w, i)->type) ==
			    RMPP_SECTION_PLATFORM;
	if (!platform)
		return RMPP_ERR_SECTION_MISSING;

	memset(h, 0, sizeof(*h));
	memcpy(h->magic, RMPP_MAGIC, RMPP_MAGIC_SIZE);
	h->header_size = cpu_to_le16(sizeof(*h));
	h->incompat = cpu_to_le64(w->incompat);
	h->section_size = cpu_to_le16(sizeof(struct rmpp_section_ser));
	h->total_size = cpu_to_le64(w->used);
	h->generation = cpu_to_le64(generation);
	h->nr_sections = cpu_to_le32(w->nr_sections);
	h->boot_count = cpu_to_le64(boot_count);
	for (i = 0; writer && writer[i] && i < RMPP_WRITER_SIZE - 1; i++)
		h->writer[i] = (u8)writer[i];
	h->header_crc = cpu_to_le32(rmpp_crc32c(0, h, sizeof(*h) +
		w->nr_sections * sizeof(struct rmpp_section_ser)));
	return (s64)w->used;
}
