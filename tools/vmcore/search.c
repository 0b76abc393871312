// SPDX-License-Identifier: GPL-2.0-only
/* Known bytes anywhere in a dump: plaintext of a guest, a key. */
#include <stdlib.h>

#include "audit.h"

/* What is looked at: the new bytes, and before them as many as a pattern may reach back. */
struct window {
	const struct pattern *pattern;
	u32 nr;
	struct hits *hits;
	size_t reach;		/* of the longest pattern */
	u8 *buf;
	size_t fill;
	u64 end;		/* address of the byte behind the last one */
	bool note;
};

static void add_hit(struct window *w, u32 pattern, u64 where)
{
	struct hits *h = w->hits;

	h->total++;
	if (h->nr < HITS_MAX)
		h->v[h->nr++] = (struct hit){ where, pattern, w->note };
}

static void feed(struct window *w, const u8 *bytes, size_t size, u64 where)
{
	const u8 *at, *end;
	size_t old;
	u32 i;

	if (where != w->end)
		w->fill = 0;
	if (w->fill > w->reach) {
		memmove(w->buf, w->buf + w->fill - w->reach, w->reach);
		w->fill = w->reach;
	}
	old = w->fill;
	memcpy(w->buf + old, bytes, size);
	w->fill += size;
	w->end = where + size;
	end = w->buf + w->fill;
	for (i = 0; i < w->nr; i++) {
		const struct pattern *p = &w->pattern[i];

		/* only what ends among the new bytes is new */
		at = w->buf + (old > p->size - 1 ? old - (p->size - 1) : 0);
		while ((at = memmem(at, (size_t)(end - at), p->bytes, p->size))) {
			add_hit(w, i, w->end - (u64)(end - at));
			at++;
		}
	}
}

static int search_memory(struct dump *d, struct window *w)
{
	u8 page[RMPP_PAGE_SIZE];
	u32 nr, copies = 1;
	u64 pfn;
	int rc;

	/* one copy of all pages after the other: only the first of a page has its neighbours */
	for (nr = 0; nr < copies; nr++) {
		w->end = U64_MAX;
		for (pfn = 0; (pfn = dump_next(d, pfn)) < RMPP_MAX_PFN; pfn++) {
			rc = dump_read(d, pfn, nr, page);
			if (rc < 0)
				return rc;
			if (!rc)
				continue;
			feed(w, page, sizeof(page), pfn << RMPP_PAGE_SHIFT);
			copies = nr + 2;
		}
	}
	return 0;
}

static int search_notes(struct dump *d, struct window *w)
{
	u8 chunk[RMPP_PAGE_SIZE];
	u64 at, size;
	u32 i;

	w->note = true;
	for (i = 0; i < d->nr_notes; i++) {
		w->fill = 0;
		for (at = 0; at < d->note[i].size; at += size) {
			size = d->note[i].size - at;
			if (size > sizeof(chunk))
				size = sizeof(chunk);
			if (dump_pread(d, chunk, size, d->note[i].offset + at, "a note"))
				return -1;
			feed(w, chunk, size, d->note[i].offset + at);
		}
	}
	return 0;
}

/** search_dump() - see audit.h */
int search_dump(struct dump *d, const struct pattern *pattern, u32 nr, struct hits *hits)
{
	struct window w = { .pattern = pattern, .nr = nr, .hits = hits, .end = U64_MAX };
	int rc;
	u32 i;

	hits->nr = 0;
	hits->total = 0;
	if (!nr)
		return 0;
	for (i = 0; i < nr; i++)
		if (pattern[i].size > w.reach)
			w.reach = pattern[i].size;
	w.buf = malloc(w.reach + RMPP_PAGE_SIZE);
	if (!w.buf)
		return dump_fail(d, "out of memory");
	rc = search_memory(d, &w) ?: search_notes(d, &w);
	free(w.buf);
	return rc;
}
