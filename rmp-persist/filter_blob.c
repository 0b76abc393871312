// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What of a blob a reader of its writer's memory must leave alone. */
#define RMPP_CORE
#include <rmp_persist/filter.h>

#define MAX_TMR		(64ULL << 20)	/* bytes; SNP's is 2 MiB */

/* Reasons of which a readable RMP, or the TMR's address, tells exactly and without rounding. */
#define REASONS_TOLD	(RMPP_REASON_ASSIGNED | RMPP_REASON_FIRMWARE | RMPP_REASON_HV_FIXED | \
			 RMPP_REASON_TMR | RMPP_REASON_ROUNDING)

static void add_extents(struct rmpp_filter *f, const struct rmpp_blob *blob, u32 section, u32 reasons)
{
	const struct rmpp_extent_ser *e;
	u32 i;

	for (i = 0; (e = rmpp_blob_entry(blob, section, i)); i++)
		if (le32_to_cpu(e->reason) & reasons)
			rmpp_filter_add(f, le64_to_cpu(e->pfn), le64_to_cpu(e->nr_pages));
}

static void add_runs(struct rmpp_filter *f, const struct rmpp_blob *blob)
{
	const struct rmpp_run_ser *r;
	u32 i;

	for (i = 0; (r = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++)
		if (r->state != RMPP_PAGE_HYPERVISOR && r->state != RMPP_PAGE_HV_FIXED)
			rmpp_filter_add(f, le64_to_cpu(r->pfn), le32_to_cpu(r->nr_pages));
}

static int add_tmr(struct rmpp_filter *f, const struct rmpp_platform_ser *p)
{
	u64 pa = le64_to_cpu(p->tmr_pa), size = le64_to_cpu(p->tmr_size);

	if (!pa || le32_to_cpu(p->flags) & RMPP_PLATFORM_QUIESCED)
		return RMPP_OK;
	if (!size || size > MAX_TMR || (pa | size) % RMPP_PAGE_SIZE)
		return RMPP_ERR_ENTRY_VALUE;
	return rmpp_filter_add(f, pa >> RMPP_PAGE_SHIFT, size >> RMPP_PAGE_SHIFT);
}

/**
 * rmpp_filter_add_blob() - add what a blob says is not the host's
 * @f:         not sealed
 * @blob:      checked
 * @rmp_known: what the RMP tells is in @f already
 *
 * The TMR, unless the firmware was seen at rest: to read a locked one is worse than to miss it. The
 * quarantine; but it is rounded to blocks and merged to fit a chain, so that with @rmp_known extents
 * which are there only for what the RMP or the TMR's address, if it is there, tell are left out: they would hide
 * pages of the host for nothing. Without @rmp_known, the RMP's runs.
 *
 * Return: 0, or RMPP_ERR_ENTRY_VALUE or RMPP_ERR_EXTENT_RANGE for a TMR that makes no sense; all else
 * is added then.
 */
int rmpp_filter_add_blob(struct rmpp_filter *f, const struct rmpp_blob *blob, bool rmp_known)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);
	u32 told = REASONS_TOLD;

	/* one that an earlier kernel left, and whose address nobody knows any more */
	if (!p->tmr_pa || le32_to_cpu(p->flags) & RMPP_PLATFORM_QUIESCED)
		told &= ~RMPP_REASON_TMR;
	add_extents(f, blob, RMPP_SECTION_QUARANTINE, rmp_known ? ~told : ~0u);
	if (!rmp_known)
		add_runs(f, blob);
	return add_tmr(f, p);
}
