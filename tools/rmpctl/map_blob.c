// SPDX-License-Identifier: GPL-2.0-only
/* The ranges of a blob, as a map wants them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map_blob.h"

#define RMP_BOOKKEEPING	(16u << 10)	/* AMD APM vol. 2, 15.36.4: before the first entry */
#define RMP_ENTRY	16u

static const char not_read[] =
	"The RMP was not read: what is not in the quarantine may be anybody's.";
static const char none[] =
	"There is no RMP, so no page has a state: what is not in the quarantine is the host's.";
static const char coarse[] =
	"There were too many runs: some are told in blocks of 2 MiB, which are Mixed where not all pages are alike.";

static void reach(struct map_blob *b, u64 end)
{
	if (end > b->end)
		b->end = end < RMPP_MAX_PFN ? end : RMPP_MAX_PFN;
}

/* A table says by its size of how many pages it speaks; one in segments does not. */
static void reach_of_platform(struct map_blob *b, const struct rmpp_platform_ser *p)
{
	u64 base = le64_to_cpu(p->rmp_base), last = le64_to_cpu(p->rmp_end);

	if (!p->rmp_cfg && last > base && last - base > RMP_BOOKKEEPING)
		reach(b, (last - base + 1 - RMP_BOOKKEEPING) / RMP_ENTRY);
	reach(b, (le64_to_cpu(p->region_pa) >> RMPP_PAGE_SHIFT) +
		 (le64_to_cpu(p->region_size) >> RMPP_PAGE_SHIFT));
	reach(b, (le64_to_cpu(p->zone_pa) >> RMPP_PAGE_SHIFT) +
		 (le64_to_cpu(p->zone_size) >> RMPP_PAGE_SHIFT));
}

static void take_runs(struct map_blob *b, const struct rmpp_blob *blob, struct map_range *to)
{
	const struct rmpp_run_ser *r;
	u32 i;

	b->source.states = to;
	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++, to++) {
		to->pfn = le64_to_cpu(r->pfn);
		to->nr_pages = le32_to_cpu(r->nr_pages);
		to->kind = r->state;
		reach(b, to->pfn + to->nr_pages);
	}
	b->source.nr_states = i;
}

static void take_quarantine(struct map_blob *b, const struct rmpp_blob *blob, struct map_range *to)
{
	const struct rmpp_extent_ser *x;
	u32 i;

	b->source.kept_out = to;
	for (i = 0; (x = rmpp_blob_entry(blob, RMPP_SECTION_QUARANTINE, i)); i++, to++) {
		to->pfn = le64_to_cpu(x->pfn);
		to->nr_pages = le64_to_cpu(x->nr_pages);
		to->kind = MAP_QUARANTINE;
		reach(b, to->pfn + to->nr_pages);
	}
	b->source.nr_kept_out = i;
}

/**
 * map_blob() - what a map draws
 * @b:    filled; map_blob_free() it in any case
 * @blob: checked
 *
 * Return: 0, or VERDICT_UNKNOWN after saying why.
 */
int map_blob(struct map_blob *b, const struct rmpp_blob *blob)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	const struct rmpp_extent_ser *top = rmpp_blob_entry(blob, RMPP_SECTION_TOP, 0);
	u32 flags = le32_to_cpu(p->flags);
	u32 nr = rmpp_blob_count(blob, RMPP_SECTION_RMP_RUNS);

	memset(b, 0, sizeof(*b));
	b->range = calloc((size_t)nr + rmpp_blob_count(blob, RMPP_SECTION_QUARANTINE) + 1,
			  sizeof(*b->range));
	if (!b->range) {
		fprintf(stderr, "rmpctl: %s\n", strerror(ENOMEM));
		return VERDICT_UNKNOWN;
	}
	take_runs(b, blob, b->range);
	take_quarantine(b, blob, b->range + nr);
	reach_of_platform(b, p);
	if (top)
		reach(b, le64_to_cpu(top->pfn) + le64_to_cpu(top->nr_pages));
	b->source.background = flags & RMPP_PLATFORM_RMP_READ ? RMPP_PAGE_HYPERVISOR : MAP_NOT_READ;
	b->note = flags & RMPP_PLATFORM_RUNS_COARSE ? coarse :
		  flags & RMPP_PLATFORM_RMP_READ ? NULL : p->rmp_end ? not_read : none;
	return 0;
}

/**
 * map_blob_free() - forget the ranges
 * @b: as map_blob() left it
 */
void map_blob_free(struct map_blob *b)
{
	free(b->range);
	b->range = NULL;
}
