// SPDX-License-Identifier: GPL-2.0-only
/* Page by page: is it there, and is there anything in it? */
#include <errno.h>

#include "audit.h"

enum look { ABSENT, ZEROS, ONES, CONTENT };

static enum look look_at(const u8 *page)
{
	if (memcmp(page, page + 1, RMPP_PAGE_SIZE - 1))
		return CONTENT;
	return page[0] == 0 ? ZEROS : page[0] == 0xff ? ONES : CONTENT;
}

/* The worst of its copies, or -1. */
static int look_at_copies(struct dump *d, u64 pfn)
{
	enum look worst = ABSENT, this;
	u8 page[RMPP_PAGE_SIZE];
	u32 nr;
	int rc;

	for (nr = 0; (rc = dump_read(d, pfn, nr, page)) > 0; nr++) {
		this = look_at(page);
		if (this > worst)
			worst = this;
	}
	return rc < 0 ? rc : (int)worst;
}

static int audit_range(struct dump *d, const struct foreign *f, struct tally *t,
		       struct foreign_list *in_dump)
{
	u64 pfn = f->pfn, end = f->pfn + f->nr_pages, next;
	int look;

	t->listed += f->nr_pages;
	for (; pfn < end; pfn++) {
		next = dump_next(d, pfn);
		if (next > end)
			next = end;
		t->absent += next - pfn;
		pfn = next;
		if (pfn == end)
			break;
		look = look_at_copies(d, pfn);
		if (look < 0)
			return look;
		t->absent += look == ABSENT;
		t->zeros += look == ZEROS;
		t->ones += look == ONES;
		t->content += look == CONTENT;
		if (look >= ONES && foreign_append(in_dump, pfn, 1, f->asid, f->kind))
			return dump_fail(d, "%s", strerror(ENOMEM));
	}
	return 0;
}

/** audit_pages() - see audit.h */
int audit_pages(struct dump *d, const struct foreign_list *list, struct tally *tally,
		struct foreign_list *in_dump)
{
	int rc = 0;
	u64 i;

	memset(tally, 0, KIND_COUNT * sizeof(*tally));
	memset(in_dump, 0, sizeof(*in_dump));
	for (i = 0; !rc && i < list->nr; i++)
		rc = audit_range(d, &list->v[i], &tally[list->v[i].kind], in_dump);
	return rc;
}
