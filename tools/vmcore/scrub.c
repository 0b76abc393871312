// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of the file stays, so that nothing in it has to be found again: what is left out
 * becomes a hole. A hole is also what any other zeros become.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit.h"
#include "scrub.h"
#include "snp-kexec/replace.h"
#include "snp-kexec/signals.h"

#define CHUNK	65536u
#define BLOCK	4096u

/** blanks_add() - see scrub.h */
int blanks_add(struct dump *d, struct blanks *b, u64 offset, u64 size)
{
	if (b->nr == b->room) {
		u64 room = b->room ? b->room * 2 : 64;
		void *v = realloc(b->v, room * sizeof(*b->v));

		if (!v)
			return dump_fail(d, "out of memory");
		b->v = v;
		b->room = room;
	}
	b->v[b->nr++] = (struct blank){ offset, size };
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct blank *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/** blanks_sort() - sort, and make one of those that overlap or touch */
void blanks_sort(struct blanks *b)
{
	u64 i, nr = 0;

	if (b->nr)
		qsort(b->v, b->nr, sizeof(*b->v), by_offset);
	for (i = 0; i < b->nr; i++) {
		struct blank *last = nr ? &b->v[nr - 1] : NULL;
		u64 end = b->v[i].offset + b->v[i].size;

		if (!last || b->v[i].offset > last->offset + last->size)
			b->v[nr++] = b->v[i];
		else if (end > last->offset + last->size)
			last->size = end - last->offset;
	}
	b->nr = nr;
}

static bool all_zero(const u8 *buf, u64 size)
{
	return !buf[0] && !memcmp(buf, buf + 1, size - 1);
}

static int put(struct dump *d, struct replacement *r, const u8 *buf, u64 size)
{
	u64 at, n;
	int err = 0;

	/* in pieces of a file system's block: what is zeros becomes a hole */
	for (at = 0; !err && at < size; at += n) {
		n = size - at < BLOCK ? size - at : BLOCK;
		if (!all_zero(buf + at, n)) {
			while (at + n < size && !all_zero(buf + at + n, size - at - n < BLOCK ?
							  size - at - n : BLOCK))
				n += size - at - n < BLOCK ? size - at - n : BLOCK;
			err = replace_write(r, buf + at, n);
		} else if (lseek(r->fd, (off_t)n, SEEK_CUR) < 0) {
			err = -errno;
		}
	}
	if (!err)
		return 0;
	return err == -EINTR ? dump_fail(d, "interrupted") :
	       dump_fail(d, "%s: %s", r->path, strerror(-err));
}

static int copy(struct dump *d, const struct blanks *b, struct replacement *r)
{
	static u8 buf[CHUNK];
	u64 at, size, i = 0, j;

	for (at = 0; at < d->size; at += size) {
		size = d->size - at < CHUNK ? d->size - at : CHUNK;
		if (signals_stop)
			return dump_fail(d, "interrupted");
		if (dump_pread(d, buf, size, at, "the file"))
			return -1;
		while (i < b->nr && b->v[i].offset + b->v[i].size <= at)
			i++;
		for (j = i; j < b->nr && b->v[j].offset < at + size; j++) {
			u64 from = b->v[j].offset > at ? b->v[j].offset - at : 0;
			u64 to = b->v[j].offset + b->v[j].size - at;

			memset(buf + from, 0, (to < size ? to : size) - from);
		}
		if (put(d, r, buf, size))
			return -1;
	}
	/* a hole at the end is none before the file is that long */
	if (ftruncate(r->fd, (off_t)d->size))
		return dump_fail(d, "%s: %s", r->path, strerror(errno));
	return 0;
}

/* What was written is read as any other dump would be. */
static int verify(struct dump *d, const struct foreign_list *list, struct replacement *r)
{
	struct tally tally[KIND_COUNT];
	struct foreign_list left = { 0 };
	struct dump out;
	int rc = dump_open(&out, r->path, r->fd);

	rc = rc ?: audit_pages(&out, list, tally, &left);
	if (rc)
		dump_fail(d, "what was written cannot be read: %s", out.error);
	else if (left.nr)
		rc = dump_fail(d, "%" PRIu64 " pages are still there", (uint64_t)foreign_pages(&left));
	foreign_free(&left);
	dump_close(&out);
	return rc;
}

static int write_out(struct dump *d, const struct foreign_list *list, const struct blanks *b,
		     const char *out_name)
{
	struct replacement r;
	struct stat like;
	int rc, err;

	err = fstat(d->file, &like) ? -errno : replace_begin(&r, out_name, &like);
	if (err)
		return dump_fail(d, "%s: %s", out_name, strerror(-err));
	rc = copy(d, b, &r);
	if (!rc && d->format == DUMP_KDUMP)
		rc = scrub_kdump_index(d, list, r.fd);
	rc = rc ?: verify(d, list, &r);
	if (rc) {
		replace_abort(&r);
		return rc;
	}
	err = replace_commit(&r);
	if (err == -EINTR)
		return dump_fail(d, "interrupted");
	return err ? dump_fail(d, "%s: %s", out_name, strerror(-err)) : 0;
}

/** scrub() - see scrub.h */
int scrub(struct dump *d, const struct foreign_list *list, const char *out_name)
{
	struct blanks b = { 0 };
	int rc;

	rc = d->format == DUMP_ELF ? scrub_elf_blanks(d, list, &b) :
	     scrub_kdump_blanks(d, list, &b);
	if (!rc)
		rc = write_out(d, list, &b, out_name);
	free(b.v);
	return rc;
}
