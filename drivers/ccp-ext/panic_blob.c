// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blob for a crash kernel. It has no runs: at a panic there is no time to read an RMP, and a
 * crash kernel that took stale ones for the RMP would open what it must not.
 */
#include "panic.h"
#include "compat/compat.h"

#include <linux/sizes.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#include <chain.h>
#include <rmp_persist/pins.h>
#include <rmp_persist/union.h>

#define MAX_SECTIONS	4
#define MAX_PINNED	(RMPP_PINS_EXTENTS + 16)
#define SMALL_SECTIONS	(SZ_4K + CCPX_MAX_GUESTS * sizeof(struct rmpp_guest_ser) +	\
			 CCPX_NR_FLIGHT * sizeof(struct rmpp_flight_ser))
#define BLOB_MAX	(SMALL_SECTIONS + (MAX_PINNED + CCPX_MAX_EXTENTS + CCPX_MAX_LEAKS) *	\
			 sizeof(struct rmpp_extent_ser))
/* the smallest region, but for iommu_park.c's page */
static_assert(SZ_4M - CHAIN_BLOB_OFFSET - PAGE_SIZE >= BLOB_MAX);

#define MSR_RMP_BASE	0xc0010132	/* APM vol. 2, appendix A */
#define MSR_RMP_END	0xc0010133
#define MSR_RMP_CFG	0xc0010136

static u64 generation;

/* Context: process. Return: 0 or -ENOMEM. */
int ccpx_draft_init(struct ccpx_draft *d)
{
	d->v = vzalloc(MAX_PINNED * sizeof(*d->v));
	d->blob = vzalloc(BLOB_MAX);
	if (d->v && d->blob)
		return 0;
	ccpx_draft_exit(d);
	return -ENOMEM;
}

void ccpx_draft_exit(struct ccpx_draft *d)
{
	vfree(d->v);
	vfree(d->blob);
	memset(d, 0, sizeof(*d));
}

static __le64 msr_or_0(u32 msr)
{
	u64 val;

	return cpu_to_le64(rdmsrq_safe(msr, &val) ? 0 : val);
}

static int write_platform(struct rmpp_writer *w, const struct ccpx_snapshot *s)
{
	u32 flags = (ccpx_snp_enabled_here() ? RMPP_PLATFORM_SNP_EN : 0) |
		    (s->watch.unanswered ? RMPP_PLATFORM_PSP_DEAD : 0);
	struct rmpp_platform_ser p = {
		.sev_state = s->watch.sev_state,
		.snp_state = s->watch.snp_state,
		.flags = cpu_to_le32(flags),
		.guest_count = cpu_to_le32(s->nr_guests),
		.tmr_pa = cpu_to_le64(s->watch.tmr_pa),
		.tmr_size = cpu_to_le64(s->watch.tmr_size),
		.region_pa = cpu_to_le64(ccpx_memory.region_pa),
		.region_size = cpu_to_le64(ccpx_memory.region_size),
		.zone_pa = cpu_to_le64(ccpx_memory.zone_pa),
		.zone_size = cpu_to_le64(ccpx_memory.zone_size),
		.policy = ccpx_params.policy,
		.jump_tsc = cpu_to_le64(rdtsc()),
		.tsc_khz = cpu_to_le64(ccpx_tsc_khz()),
	};
	int rc = rmpp_writer_begin(w, RMPP_SECTION_PLATFORM, 0, sizeof(p));

	if (ccpx_snp_enabled_here()) {
		p.rmp_base = msr_or_0(MSR_RMP_BASE);
		p.rmp_cfg = msr_or_0(MSR_RMP_CFG);
		p.rmp_end = le64_to_cpu(p.rmp_cfg) & 1 ? 0 : msr_or_0(MSR_RMP_END);
	}
	strscpy(p.release, init_utsname()->release, sizeof(p.release));
	rc = rc ?: rmpp_writer_entry(w, &p);
	return rc ?: rmpp_writer_end(w);
}

static int write_section(struct rmpp_writer *w, u32 type, u32 entry_size, const void *v, u32 nr)
{
	int rc = rmpp_writer_begin(w, type, 0, entry_size);
	u32 i;

	for (i = 0; i < nr && !rc; i++)
		rc = rmpp_writer_entry(w, v + i * entry_size);
	return rc ?: rmpp_writer_end(w);
}

static int write_quarantine(struct rmpp_writer *w, struct ccpx_draft *d, const struct rmpp_extents *held)
{
	int rc = rmpp_writer_begin(w, RMPP_SECTION_QUARANTINE, 0, sizeof(struct rmpp_extent_ser));
	struct rmpp_union u = { .f = &d->f, .reason = RMPP_REASON_GUEST, .x = held };
	struct rmpp_extent e;

	for (; !rc && rmpp_union_next(&u, &e); d->nr_extents++) {
		struct rmpp_extent_ser ser = {
			.pfn = cpu_to_le64(e.pfn),
			.nr_pages = cpu_to_le64(e.nr_pages),
			.reason = cpu_to_le32(e.reason),
		};

		rc = rmpp_writer_entry(w, &ser);
	}
	return rc ?: rmpp_writer_end(w);
}

static bool has_guests_without_rmp(const struct ccpx_snapshot *s)
{
	u32 i;

	for (i = 0; i < s->nr_guests; i++)
		if (s->guests[i].kind != RMPP_GUEST_SNP)
			return true;
	return false;
}

/* Why a crash kernel had better be told nothing, or NULL: it fails closed then. */
static const char *why_not(const struct ccpx_snapshot *s)
{
	if (!s->watch.tmr_known && s->watch.sev_state != RMPP_SEV_UNINIT)
		return "it is not known whether there is a TMR, and where";
	if (!ccpx_watch_complete())
		return "firmware commands went unseen (ccp was loaded before ccp_ext?)";
	if (ccpx_pins_missed() && has_guests_without_rmp(s))
		return "there may be pages of SEV and SEV-ES guests that were not seen";
	return NULL;
}

/**
 * ccpx_draft_write() - put the blob together
 * @d: blob and size are set
 * @s: what is known, apart from pages that are pinned
 *
 * Context: any; one at a time for each draft. Return: NULL, or why there is none.
 */
const char *ccpx_draft_write(struct ccpx_draft *d, const struct ccpx_snapshot *s)
{
	const char *why = why_not(s);
	struct rmpp_writer w;
	int rc;

	d->size = 0;
	d->nr_extents = 0;
	if (why)
		return why;
	rmpp_filter_init(&d->f, d->v, MAX_PINNED, d->index, ARRAY_SIZE(d->index));
	ccpx_pins_collect(&d->f);
	rmpp_filter_seal(&d->f);
	rc = rmpp_writer_init(&w, d->blob, BLOB_MAX, MAX_SECTIONS);
	rc = rc ?: write_platform(&w, s);
	rc = rc ?: write_quarantine(&w, d, &s->held);
	rc = rc ?: write_section(&w, RMPP_SECTION_GUESTS, sizeof(s->guests[0]), s->guests, s->nr_guests);
	rc = rc ?: write_section(&w, RMPP_SECTION_FLIGHT, sizeof(s->flight[0]), s->flight, s->nr_flight);
	d->size = rc ?: rmpp_writer_finish(&w, ++generation, ccpx_restore.boot_count + 1,
					   "ccp_ext " CCPX_VERSION);
	return d->size < 0 ? rmpp_strerror(d->size) : NULL;
}
