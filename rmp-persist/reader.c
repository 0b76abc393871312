// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading a blob that rmpp_blob_check() accepted. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

/**
 * rmpp_blob_count() - entries of a section
 * @blob: checked
 * @type: enum rmpp_section_type
 *
 * Return: count; 0 if the section is absent or @type unknown.
 */
u32 rmpp_blob_count(const struct rmpp_blob *blob, u32 type)
{
	const struct rmpp_section_ser *s =
		type <= RMPP_SECTION_MAX ? blob->section[type] : NULL;

	return s ? (u32)(le64_to_cpu(s->size) / le32_to_cpu(s->entry_size)) : 0;
}

/**
 * rmpp_blob_entry() - one entry of a section
 * @blob: checked
 * @type: enum rmpp_section_type
 * @i:    index, from 0
 *
 * Return: the entry, of which the head known to format.h may be read; NULL if
 * there is none.
 */
const void *rmpp_blob_entry(const struct rmpp_blob *blob, u32 type, u32 i)
{
	const struct rmpp_section_ser *s;

	if (i >= rmpp_blob_count(blob, type))
		return NULL;
	s = blob->section[type];
	return blob->data + le64_to_cpu(s->offset) + (u64)i * le32_to_cpu(s->entry_size);
}
