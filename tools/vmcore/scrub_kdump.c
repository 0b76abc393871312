// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kdump-compressed dump loses the pages' bits in the bitmap of what was written, their
 * descriptors, and their bytes. Nothing is unpacked, so any compression will do. crash and others
 * take such a page for one that makedumpfile had left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "scrub.h"
#include "snp-kexec/signals.h"

#define BATCH	4096u		/* descriptors */

static int pwrite_all(struct dump *d, int fd, const void *buf, u64 size, u64 offset)
{
	const u8 *from = buf;
	ssize_t n;

	while (size) {
		n = pwrite(fd, from, size, (off_t)offset);
		if (n < 0 && errno != EINTR)
			return dump_fail(d, "writing: %s", strerror(errno));
		if (n > 0) {
			from += n;
			offset += (u64)n;
			size -= (u64)n;
		}
	}
	return 0;
}

typedef int (*page_fn)(struct dump *d, void *arg, bool foreign, const struct kdump_desc *desc);

static int each_page(struct dump *d, const struct foreign_list *list, page_fn fn, void *arg)
{
	struct kdump_desc desc;
	u64 pfn;

	for (pfn = 0; (pfn = dump_kdump_next(d, pfn)) < RMPP_MAX_PFN; pfn++) {
		if (signals_stop)
			return dump_fail(d, "interrupted");
		if (dump_kdump_desc(d, pfn, &desc) ||
		    fn(d, arg, foreign_find(list, pfn), &desc))
			return -1;
	}
	return 0;
}

static int add_blank(struct dump *d, void *arg, bool foreign, const struct kdump_desc *desc)
{
	if (!foreign)
		return 0;
	return blanks_add(d, arg, le64_to_cpu(desc->offset), le32_to_cpu(desc->size));
}

/*
 * makedumpfile writes zeros once and has all pages of zeros point there. Such bytes have to stay
 * where a page of the host's has them, too: what is in them is then the host's as well.
 */
static int spare_shared(struct dump *d, void *arg, bool foreign, const struct kdump_desc *desc)
{
	u64 offset = le64_to_cpu(desc->offset), size = le32_to_cpu(desc->size);
	struct blanks *b = arg;
	u64 lo = 0, hi = b->nr, mid;

	if (foreign)
		return 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (b->v[mid].offset + (b->v[mid].size ?: 1) > offset)
			hi = mid;
		else
			lo = mid + 1;
	}
	if (lo == b->nr || b->v[lo].offset >= offset + size)
		return 0;
	/* spared already: size 0 */
	if (b->v[lo].offset == offset && (b->v[lo].size == size || !b->v[lo].size)) {
		b->v[lo].size = 0;
		return 0;
	}
	return dump_fail(d, "pages overlap at offset %" PRIu64 ": damaged", (uint64_t)offset);
}

static int by_place(const void *a, const void *b)
{
	const struct blank *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

/* The same bytes once; whatever else overlaps is damage. */
static int each_once(struct dump *d, struct blanks *b)
{
	u64 i, nr = 0;

	if (b->nr)
		qsort(b->v, b->nr, sizeof(*b->v), by_place);
	for (i = 0; i < b->nr; i++) {
		struct blank *last = nr ? &b->v[nr - 1] : NULL;

		if (!last || b->v[i].offset >= last->offset + last->size)
			b->v[nr++] = b->v[i];
		else if (b->v[i].offset != last->offset || b->v[i].size != last->size)
			return dump_fail(d, "pages overlap at offset %" PRIu64 ": damaged",
					 (uint64_t)b->v[i].offset);
	}
	b->nr = nr;
	return 0;
}

/** scrub_kdump_blanks() - see scrub.h */
int scrub_kdump_blanks(struct dump *d, const struct foreign_list *list, struct blanks *b)
{
	if (each_page(d, list, add_blank, b) || each_once(d, b) ||
	    each_page(d, list, spare_shared, b))
		return -1;
	blanks_sort(b);
	return 0;
}

struct index {
	int fd;
	u64 offset, end;	/* of the descriptors */
	u32 fill;
	struct kdump_desc desc[BATCH];
};

static int flush(struct dump *d, struct index *x)
{
	u64 size = x->fill * sizeof(x->desc[0]);

	if (pwrite_all(d, x->fd, x->desc, size, x->offset))
		return -1;
	x->offset += size;
	x->fill = 0;
	return 0;
}

static int add_desc(struct dump *d, void *arg, bool foreign, const struct kdump_desc *desc)
{
	struct index *x = arg;

	if (foreign)
		return 0;
	x->desc[x->fill++] = *desc;
	return x->fill == BATCH ? flush(d, x) : 0;
}

static int fill_up(struct dump *d, struct index *x)
{
	if (flush(d, x))
		return -1;
	memset(x->desc, 0, sizeof(x->desc));
	while (x->offset < x->end) {
		x->fill = x->end - x->offset < sizeof(x->desc) ?
			  (u32)((x->end - x->offset) / sizeof(x->desc[0])) : BATCH;
		if (flush(d, x))
			return -1;
	}
	return 0;
}

/** scrub_kdump_index() - see scrub.h */
int scrub_kdump_index(struct dump *d, const struct foreign_list *list, int fd)
{
	const struct dump_kdump *k = &d->kdump;
	struct index x = { .fd = fd, .offset = k->desc_offset };
	u64 size = (k->max_pfn + 7) / 8, i, pfn;
	u8 *bitmap = malloc(size);
	int rc;

	if (!bitmap)
		return dump_fail(d, "out of memory");
	memcpy(bitmap, k->bitmap, size);
	for (i = 0; i < list->nr; i++)
		for (pfn = list->v[i].pfn;
		     pfn < list->v[i].pfn + list->v[i].nr_pages && pfn < k->max_pfn; pfn++)
			bitmap[pfn / 8] &= (u8)~(1u << pfn % 8);
	x.end = k->desc_offset + k->nr_pages * sizeof(x.desc[0]);
	rc = pwrite_all(d, fd, bitmap, size, k->bitmap_offset);
	rc = rc ?: each_page(d, list, add_desc, &x) ?: fill_up(d, &x);
	free(bitmap);
	return rc;
}
