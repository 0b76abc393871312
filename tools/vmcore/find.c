// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kernel tells where the region is, so it is looked for: on addresses that are a multiple of
 * 2 MiB, which the module's allocation is, by the head of the chain and the magic of the blob one
 * page behind it. A copy of a blob (in the page cache, in a program's memory) has no chain before
 * it; and the blob of a region says where that lies, so it vouches for its own place.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "chain.h"
#include "find.h"

#define STEP_PAGES	RMPP_PAGES_PER_2M
#define MAX_BLOB	(64ULL << 20)
/* Each costs reading a blob, and kernels that jump leave a region each: no host has so many. */
#define MAX_REGIONS	64u

/* How much a candidate is to be believed; more is better. */
struct rank {
	bool sound, at_home;
	u64 hop, generation;
};

static bool better(const struct rank *a, const struct rank *b)
{
	if (a->sound != b->sound)
		return a->sound;
	if (a->at_home != b->at_home)
		return a->at_home;
	if (a->hop != b->hop)
		return a->hop > b->hop;
	return a->generation > b->generation;
}

/* 1 a region, 0 none, -1 and a message. */
static int look(struct dump *d, u64 pa, u64 *blob_size)
{
	struct chain_node node;
	struct rmpp_header_ser h;
	u64 region_size;
	int rc;

	rc = dump_read_at(d, pa, &node, sizeof(node));
	if (rc <= 0 || chain_region_size(&node, sizeof(node), &region_size) ||
	    region_size <= CHAIN_BLOB_OFFSET + sizeof(h))
		return rc < 0 ? rc : 0;
	rc = dump_read_at(d, pa + CHAIN_BLOB_OFFSET, &h, sizeof(h));
	if (rc <= 0 || memcmp(h.magic, RMPP_MAGIC, RMPP_MAGIC_SIZE))
		return rc < 0 ? rc : 0;
	*blob_size = le64_to_cpu(h.total_size);
	if (*blob_size > region_size - CHAIN_BLOB_OFFSET)
		*blob_size = region_size - CHAIN_BLOB_OFFSET;
	if (*blob_size > MAX_BLOB)
		*blob_size = MAX_BLOB;
	if (*blob_size < sizeof(h))
		*blob_size = sizeof(h);
	return 1;
}

static void judge(struct rank *r, const u8 *buf, u64 size, u64 pa)
{
	const struct rmpp_platform_ser *p;
	struct rmpp_blob blob;

	memset(r, 0, sizeof(*r));
	if (rmpp_blob_check(&blob, buf, size, NULL))
		return;
	p = rmpp_blob_entry(&blob, RMPP_SECTION_PLATFORM, 0);
	r->sound = true;
	r->at_home = le64_to_cpu(p->region_pa) == pa;
	r->hop = le64_to_cpu(blob.header->boot_count);
	r->generation = le64_to_cpu(blob.header->generation);
}

/*
 * A page of zeros is one that makedumpfile leaves out (-d 1, -d 31), so what is missing is taken for zeros:
 * whether it was, the blob's checksums tell.
 */
static int take(struct dump *d, u64 pa, u64 size, struct found_blob *f, struct rank *best)
{
	struct rank r;
	u64 got, n;
	int rc = 1;
	u8 *buf;

	if (f->nr_regions == MAX_REGIONS)
		return dump_fail(d, "more than %u hand-over regions: damaged, or none of a host", MAX_REGIONS);
	buf = malloc(size);
	if (!buf)
		return dump_fail(d, "out of memory");
	for (got = 0; got < size && rc >= 0; got += n) {
		n = size - got < RMPP_PAGE_SIZE ? size - got : RMPP_PAGE_SIZE;
		rc = dump_read_at(d, pa + CHAIN_BLOB_OFFSET + got, buf + got, n);
		if (!rc)
			memset(buf + got, 0, n);
	}
	if (rc < 0) {
		free(buf);
		return rc;
	}
	judge(&r, buf, got, pa);
	f->nr_regions++;
	if (f->buf && !better(&r, best)) {
		free(buf);
		return 0;
	}
	free(f->buf);
	f->buf = buf;
	f->size = got;
	f->region_pa = pa;
	*best = r;
	return 0;
}

static int look_through(struct dump *d, u64 pfn, u64 end, struct found_blob *f, struct rank *best)
{
	u64 size;
	int rc;

	for (; (pfn = dump_next(d, pfn)) < end; pfn += STEP_PAGES) {
		pfn = (pfn + STEP_PAGES - 1) & ~(STEP_PAGES - 1);
		if (!dump_has(d, pfn))
			continue;
		rc = look(d, pfn << RMPP_PAGE_SHIFT, &size);
		if (rc > 0)
			rc = take(d, pfn << RMPP_PAGE_SHIFT, size, f, best);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/** find_blob() - see find.h */
int find_blob(struct dump *d, u64 region_pa, struct found_blob *f)
{
	struct rank best = { 0 };
	u64 size;
	int rc;

	memset(f, 0, sizeof(*f));
	if (region_pa != FIND_ANYWHERE) {
		if (region_pa % RMPP_PAGE_SIZE || region_pa >= RMPP_MAX_PFN << RMPP_PAGE_SHIFT)
			return dump_fail(d, "%#" PRIx64 " is no address of a hand-over region",
					 (uint64_t)region_pa);
		rc = look(d, region_pa, &size);
		if (!rc)
			return dump_fail(d, "no hand-over region at %#" PRIx64, (uint64_t)region_pa);
		return rc < 0 ? rc : take(d, region_pa, size, f, &best);
	}
	rc = look_through(d, 0, FIND_FIRST_PFN, f, &best);
	if (!rc && !f->buf)
		rc = look_through(d, FIND_FIRST_PFN, RMPP_MAX_PFN, f, &best);
	if (rc) {
		free(f->buf);
		f->buf = NULL;
		return rc;
	}
	if (!f->buf)
		return dump_fail(d, "no hand-over region in this dump: was ccp_ext loaded in the kernel that crashed?");
	return 0;
}
