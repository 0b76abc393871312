/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between check.c (the frame) and check_entries.c (what is in it). */
#ifndef RMP_PERSIST_CHECK_H
#define RMP_PERSIST_CHECK_H

#include <rmp_persist/rmp_persist.h>

static inline int check_fail(struct rmpp_where *where, u64 offset, int error)
{
	where->offset = offset;
	return error;
}

/* A text ends with a NUL, and only NULs follow. */
static inline bool check_text(const u8 *text, u32 size)
{
	u32 i = 0;

	while (i < size && text[i])
		i++;
	if (i == size)
		return false;
	while (i < size && !text[i])
		i++;
	return i == size;
}

u32 check_entry_size(u32 type);
int check_entries(const struct rmpp_blob *blob, u32 type, struct rmpp_where *where);

#endif /* RMP_PERSIST_CHECK_H */
