/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A set of pages and a list of extents as one list, as a blob has it: sorted, and none touches another. */
#ifndef RMP_PERSIST_UNION_H
#define RMP_PERSIST_UNION_H

#include <rmp_persist/filter.h>

struct rmpp_union {
	const struct rmpp_filter *f;	/* sealed */
	u32	reason;			/* of all that is in it, not 0 */
	const struct rmpp_extents *x;	/* sorted, reasons not 0 */
	u32	i, j;			/* where each goes on; 0 at first */
};

bool rmpp_union_next(struct rmpp_union *u, struct rmpp_extent *e);

#endif /* RMP_PERSIST_UNION_H */
