// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The checker's second half: the rules of each section's entries. */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>
#include "check.h"

/* What a rule sees: an entry, and where the range before it ended. */
struct entry {
	const void *p;
	u64 end_before;		/* pfn, of records bytes; 0 before the first */
	u64 end;		/* set by the rules of ranges and records */
	u32 field;		/* offset of the offending field */
};

static int refuse(struct entry *e, const void *field, int error)
{
	e->field = (u32)((const u8 *)field - (const u8 *)e->p);
	return error;
}

static bool zero(const void *p, size_t size)
{
	const u8 *b = p;

	while (size--)
		if (*b++)
			return false;
	return true;
}

/* Bytes, not pages: a range that the physical address space can hold. */
static bool range_ok(__le64 pa, __le64 size)
{
	const u64 max = RMPP_MAX_PFN << RMPP_PAGE_SHIFT;

	return le64_to_cpu(pa) <= max && le64_to_cpu(size) <= max - le64_to_cpu(pa);
}

static bool page_aligned(__le64 pa)
{
	return !(le64_to_cpu(pa) & ((1ULL << RMPP_PAGE_SHIFT) - 1));
}

static bool pages_ok(u64 pfn, u64 nr_pages)
{
	return nr_pages && pfn < RMPP_MAX_PFN && nr_pages <= RMPP_MAX_PFN - pfn;
}

static int check_platform(struct entry *e)
{
	const struct rmpp_platform_ser *p = e->p;

	if (p->sev_state > RMPP_SEV_WORKING && p->sev_state != RMPP_STATE_UNKNOWN)
		return refuse(e, &p->sev_state, RMPP_ERR_ENTRY_VALUE);
	if (p->snp_state > RMPP_SNP_INIT && p->snp_state != RMPP_SNP_ABSENT &&
	    p->snp_state != RMPP_STATE_UNKNOWN)
		return refuse(e, &p->snp_state, RMPP_ERR_ENTRY_VALUE);
	if (le32_to_cpu(p->flags) & ~RMPP_PLATFORM_FLAGS_KNOWN)
		return refuse(e, &p->flags, RMPP_ERR_RESERVED);
	if (p->rmp_end && le64_to_cpu(p->rmp_end) <= le64_to_cpu(p->rmp_base))
		return refuse(e, &p->rmp_end, RMPP_ERR_ENTRY_VALUE);
	if (!range_ok(p->tmr_pa, p->tmr_size))
		return refuse(e, &p->tmr_pa, RMPP_ERR_EXTENT_RANGE);
	if (!range_ok(p->region_pa, p->region_size))
		return refuse(e, &p->region_pa, RMPP_ERR_EXTENT_RANGE);
	if (!range_ok(p->zone_pa, p->zone_size))
		return refuse(e, &p->zone_pa, RMPP_ERR_EXTENT_RANGE);
	if (p->policy > RMPP_POLICY_MAX)
		return refuse(e, &p->policy, RMPP_ERR_ENTRY_VALUE);
	if (!zero(p->reserved8, sizeof(p->reserved8)))
		return refuse(e, p->reserved8, RMPP_ERR_RESERVED);
	if (le64_to_cpu(p->nr_immutable) > le64_to_cpu(p->nr_assigned))
		return refuse(e, &p->nr_immutable, RMPP_ERR_ENTRY_VALUE);
	if (!check_text(p->release, sizeof(p->release)))
		return refuse(e, p->release, RMPP_ERR_RESERVED);
	if (!zero(p->reserved, sizeof(p->reserved)))
		return refuse(e, p->reserved, RMPP_ERR_RESERVED);
	return RMPP_OK;
}

static int check_extent(struct entry *e)
{
	const struct rmpp_extent_ser *x = e->p;
	u64 pfn = le64_to_cpu(x->pfn), nr_pages = le64_to_cpu(x->nr_pages);

	if (!pages_ok(pfn, nr_pages))
		return refuse(e, &x->pfn, RMPP_ERR_EXTENT_RANGE);
	if (e->end_before && pfn <= e->end_before)
		return refuse(e, &x->pfn, RMPP_ERR_EXTENT_ORDER);
	if (le32_to_cpu(x->reason) & ~RMPP_REASON_KNOWN)
		return refuse(e, &x->reason, RMPP_ERR_RESERVED);
	if (x->reserved)
		return refuse(e, &x->reserved, RMPP_ERR_RESERVED);
	e->end = pfn + nr_pages;
	return RMPP_OK;
}

static int check_top(struct entry *e)
{
	const struct rmpp_extent_ser *x = e->p;

	if (le64_to_cpu(x->pfn) % RMPP_PAGES_PER_2M)
		return refuse(e, &x->pfn, RMPP_ERR_ENTRY_VALUE);
	return check_extent(e);
}

static int check_run(struct entry *e)
{
	const struct rmpp_run_ser *r = e->p;
	u64 pfn = le64_to_cpu(r->pfn);
	u32 nr_pages = le32_to_cpu(r->nr_pages);

	if (!pages_ok(pfn, nr_pages))
		return refuse(e, &r->pfn, RMPP_ERR_EXTENT_RANGE);
	if (pfn < e->end_before)
		return refuse(e, &r->pfn, RMPP_ERR_EXTENT_ORDER);
	if (r->state == RMPP_PAGE_HYPERVISOR || r->state > RMPP_PAGE_STATE_MAX)
		return refuse(e, &r->state, RMPP_ERR_ENTRY_VALUE);
	if (r->flags & ~RMPP_RUN_FLAGS_KNOWN)
		return refuse(e, &r->flags, RMPP_ERR_RESERVED);
	e->end = pfn + nr_pages;
	return RMPP_OK;
}

static int guest_ok(struct entry *e, const struct rmpp_guest_ser *g)
{
	if (g->kind < RMPP_GUEST_SEV || g->kind > RMPP_GUEST_SNP)
		return refuse(e, &g->kind, RMPP_ERR_ENTRY_VALUE);
	if (g->fate > RMPP_FATE_LOST)
		return refuse(e, &g->fate, RMPP_ERR_ENTRY_VALUE);
	if (g->reserved8)
		return refuse(e, &g->reserved8, RMPP_ERR_RESERVED);
	if (g->reserved)
		return refuse(e, &g->reserved, RMPP_ERR_RESERVED);
	return RMPP_OK;
}

static int check_guest(struct entry *e)
{
	return guest_ok(e, e->p);
}

static int check_step(struct entry *e)
{
	const struct rmpp_step_ser *s = e->p;

	if (!le16_to_cpu(s->step) || le16_to_cpu(s->step) > RMPP_STEP_MAX)
		return refuse(e, &s->step, RMPP_ERR_ENTRY_VALUE);
	return RMPP_OK;
}

static int check_flight(struct entry *e)
{
	const struct rmpp_flight_ser *f = e->p;

	if (le32_to_cpu(f->flags) & ~RMPP_FLIGHT_FLAGS_KNOWN)
		return refuse(e, &f->flags, RMPP_ERR_RESERVED);
	return RMPP_OK;
}

static int check_proof(struct entry *e)
{
	const struct rmpp_proof_ser *p = e->p;
	const __le64 page = cpu_to_le64(1ULL << RMPP_PAGE_SHIFT);

	if (!range_ok(p->gctx_pa, page) || !page_aligned(p->gctx_pa))
		return refuse(e, &p->gctx_pa, RMPP_ERR_EXTENT_RANGE);
	if (!range_ok(p->page_pa, page) || !page_aligned(p->page_pa))
		return refuse(e, &p->page_pa, RMPP_ERR_EXTENT_RANGE);
	if (p->reserved)
		return refuse(e, &p->reserved, RMPP_ERR_RESERVED);
	return RMPP_OK;
}

static int check_record(struct entry *e)
{
	const struct rmpp_record_ser *r = e->p;
	u32 size = le32_to_cpu(r->size);

	if (!size || size > RMPP_RECORD_MAX_SIZE)
		return refuse(e, &r->size, RMPP_ERR_ENTRY_VALUE);
	if (le64_to_cpu(r->offset) != e->end_before)
		return refuse(e, &r->offset, RMPP_ERR_RECORD_PLACE);
	/* (uid_t)-1 is nobody's */
	if (le32_to_cpu(r->uid) == U32_MAX)
		return refuse(e, &r->uid, RMPP_ERR_ENTRY_VALUE);
	if (r->reserved)
		return refuse(e, &r->reserved, RMPP_ERR_RESERVED);
	e->end = e->end_before + (size + RMPP_RECORD_ALIGN - 1) / RMPP_RECORD_ALIGN * RMPP_RECORD_ALIGN;
	return guest_ok(e, &r->guest);
}

/* No byte of RECORD_DATA belongs to no record, and none is missing. */
static int check_record_data(const struct rmpp_blob *blob, u64 end, struct rmpp_where *where)
{
	const struct rmpp_section_ser *s = blob->section[RMPP_SECTION_RECORD_DATA];

	where->section = RMPP_SECTION_RECORD_DATA;
	if (s && le64_to_cpu(s->size) != end)
		return check_fail(where, le64_to_cpu(s->offset), RMPP_ERR_RECORD_PLACE);
	return RMPP_OK;
}

static const struct {
	u32 size;
	int (*check)(struct entry *e);
} rules[RMPP_SECTION_MAX + 1] = {
	[RMPP_SECTION_PLATFORM]   = { sizeof(struct rmpp_platform_ser), check_platform },
	[RMPP_SECTION_QUARANTINE] = { sizeof(struct rmpp_extent_ser), check_extent },
	[RMPP_SECTION_RMP_RUNS]   = { sizeof(struct rmpp_run_ser), check_run },
	[RMPP_SECTION_GUESTS]     = { sizeof(struct rmpp_guest_ser), check_guest },
	[RMPP_SECTION_STEPS]      = { sizeof(struct rmpp_step_ser), check_step },
	[RMPP_SECTION_FLIGHT]     = { sizeof(struct rmpp_flight_ser), check_flight },
	[RMPP_SECTION_PROOFS]     = { sizeof(struct rmpp_proof_ser), check_proof },
	[RMPP_SECTION_RECORDS]    = { sizeof(struct rmpp_record_ser), check_record },
	[RMPP_SECTION_RECORD_DATA] = { RMPP_RECORD_ALIGN, NULL },
	[RMPP_SECTION_TOP]	  = { sizeof(struct rmpp_extent_ser), check_top },
};

/**
 * check_entry_size() - the least entry size of a section
 * @type: enum rmpp_section_type
 *
 * Return: bytes; 0 for an unknown type.
 */
u32 check_entry_size(u32 type)
{
	return type <= RMPP_SECTION_MAX ? rules[type].size : 0;
}

/**
 * check_entries() - check all entries of a section whose frame is sound
 * @blob:  frame checked
 * @type:  1..RMPP_SECTION_MAX
 * @where: filled on failure
 *
 * Return: 0, also for an absent section, or a negative enum rmpp_error.
 */
int check_entries(const struct rmpp_blob *blob, u32 type, struct rmpp_where *where)
{
	const struct rmpp_section_ser *s = blob->section[type];
	struct entry e = { .end_before = 0 };
	u32 count = rmpp_blob_count(blob, type), entry_size, i;
	u64 offset;
	int ret;

	if (!s)
		return RMPP_OK;
	if (type == RMPP_SECTION_RECORD_DATA)
		return blob->section[RMPP_SECTION_RECORDS] ? RMPP_OK : check_record_data(blob, 0, where);
	where->section = type;
	offset = le64_to_cpu(s->offset);
	entry_size = le32_to_cpu(s->entry_size);
	if ((type == RMPP_SECTION_PLATFORM || type == RMPP_SECTION_TOP) && count != 1)
		return check_fail(where, offset, RMPP_ERR_ENTRY_VALUE);
	for (i = 0; i < count; i++, offset += entry_size) {
		e.p = blob->data + offset;
		ret = rules[type].check(&e);
		if (ret) {
			where->index = i;
			return check_fail(where, offset + e.field, ret);
		}
		e.end_before = e.end;
	}
	return type == RMPP_SECTION_RECORDS ? check_record_data(blob, e.end, where) : RMPP_OK;
}
