// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a capture found, as a blob: its sections but for the runs (capture.c) and the records
 * (record_cross.c). And publish: blob and chain into the region.
 */
#include "capture.h"

#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#include <chain.h>

#define MAX_SECTIONS	RMPP_SECTION_MAX

static void *blob;		/* the outgoing blob */
static u64 blob_max, blob_size, generation;

/**
 * capture_blob_init() - allocate the blob, as large as the region can take
 *
 * Context: module init. Return: 0 or -ENOMEM.
 */
int capture_blob_init(void)
{
	/* the last page is that of iommu_park.c */
	blob_max = ((u64)max(ccpx_params.region_mb, 1u) << 20) - CHAIN_BLOB_OFFSET - PAGE_SIZE;
	blob = vzalloc(blob_max);
	return blob ? 0 : -ENOMEM;
}

void capture_blob_exit(void)
{
	vfree(blob);
	blob = NULL;
}

const void *ccpx_capture_blob(u64 *size)
{
	*size = blob_size;
	return blob;
}

/**
 * capture_begin() - an empty blob, and the records before anything takes their room
 * @w: set up
 * @q: the quiesce that led here, or NULL
 * @guests: with @q, guests of before it with their fates
 * @nr_guests: entries in @guests
 *
 * Context: as ccpx_records_write(). Return: 0 or an rmpp_error.
 */
int capture_begin(struct rmpp_writer *w, const struct ccpx_quiesce *q,
		  const struct rmpp_guest_ser *guests, u32 nr_guests)
{
	int rc = rmpp_writer_init(w, blob, blob_max, MAX_SECTIONS);

	if (rc)
		return rc;
	rmpp_writer_require(w, ccpx_params.assume_incompat | (q ? ccpx_preserve_incompat() : 0));
	ccpx_records_write(w, q, guests, nr_guests);
	return 0;
}

static int write_section(struct rmpp_writer *w, u32 type, u32 entry_size, const void *v, u32 nr)
{
	int rc = rmpp_writer_begin(w, type, 0, entry_size);
	u32 i;

	for (i = 0; i < nr && !rc; i++)
		rc = rmpp_writer_entry(w, v + i * entry_size);
	return rc ?: rmpp_writer_end(w);
}

static int write_quarantine(struct rmpp_writer *w, const struct rmpp_extents *x)
{
	int rc = rmpp_writer_begin(w, RMPP_SECTION_QUARANTINE, 0, sizeof(struct rmpp_extent_ser));
	u32 i;

	for (i = 0; i < x->nr && !rc; i++) {
		struct rmpp_extent_ser e = {
			.pfn = cpu_to_le64(x->v[i].pfn),
			.nr_pages = cpu_to_le64(x->v[i].nr_pages),
			.reason = cpu_to_le32(x->v[i].reason),
		};

		rc = rmpp_writer_entry(w, &e);
	}
	return rc ?: rmpp_writer_end(w);
}

static void fill_platform(struct rmpp_platform_ser *p, const struct ccpx_rmp *rmp,
			  const struct ccpx_capture *c, const struct ccpx_quiesce *q, u32 flags)
{
	struct ccpx_watch_state w;

	ccpx_watch_get(&w);
	memset(p, 0, sizeof(*p));
	p->sev_state = q ? q->sev_state : w.sev_state;
	p->snp_state = q ? q->snp_state : w.snp_state;
	p->api_major = q ? q->api_major : 0;
	p->api_minor = q ? q->api_minor : 0;
	p->build = cpu_to_le32(q ? q->build : 0);
	p->guest_count = cpu_to_le32(q ? q->guest_count : ccpx_guests_count());
	if (rmp->nr_cpus_snp_en)
		flags |= rmp->nr_cpus_snp_en == rmp->nr_cpus ? RMPP_PLATFORM_SNP_EN :
							       RMPP_PLATFORM_SNP_EN_MIXED;
	if (q && q->verified)
		flags |= RMPP_PLATFORM_QUIESCED;
	if (q && q->psp_dead)
		flags |= RMPP_PLATFORM_PSP_DEAD;
	if (!ccpx_params.quarantine)
		flags |= RMPP_PLATFORM_QUARANTINE_OFF;
	p->flags = cpu_to_le32(flags);
	p->rmp_base = cpu_to_le64(rmp->base);
	p->rmp_end = cpu_to_le64(rmp->end);
	p->rmp_cfg = cpu_to_le64(rmp->cfg);
	p->tmr_pa = cpu_to_le64(w.tmr_pa);
	p->tmr_size = cpu_to_le64(w.tmr_size);
	p->region_pa = cpu_to_le64(ccpx_memory.region_pa);
	p->region_size = cpu_to_le64(ccpx_memory.region_size);
	p->zone_pa = cpu_to_le64(ccpx_memory.zone_pa);
	p->zone_size = cpu_to_le64(ccpx_memory.zone_size);
	p->policy = q ? q->policy : ccpx_params.policy;
	p->nr_assigned = cpu_to_le64(c->nr_assigned);
	p->nr_immutable = cpu_to_le64(c->nr_immutable);
	p->quiesce_us = cpu_to_le64(q ? (ktime_get_ns() - q->t0_ns) / NSEC_PER_USEC : 0);
	p->jump_tsc = cpu_to_le64(rdtsc());
	p->tsc_khz = cpu_to_le64(ccpx_tsc_khz());
	strscpy(p->release, init_utsname()->release, sizeof(p->release));
}

/**
 * capture_write_rest() - all the sections that are neither records nor runs
 * @w: the writer, with the runs if the table was read
 * @rmp: the table, mapped if it can be
 * @c: the capture, with its extents
 * @q: the quiesce that led here, or NULL
 * @guests: guests of before the quiesce, or NULL for those of now
 * @nr_guests: entries in @guests
 * @flags: RMPP_PLATFORM_* of the runs
 *
 * Context: ccpx_lock held, or one CPU left. Return: 0 or an rmpp_error.
 */
int capture_write_rest(struct rmpp_writer *w, const struct ccpx_rmp *rmp,
		       const struct ccpx_capture *c, const struct ccpx_quiesce *q,
		       const struct rmpp_guest_ser *guests, u32 nr_guests, u32 flags)
{
	static struct rmpp_guest_ser live[CCPX_MAX_GUESTS];
	static struct rmpp_flight_ser flight[CCPX_NR_FLIGHT];
	const struct rmpp_proof_ser *proofs;
	struct rmpp_platform_ser platform;
	struct rmpp_extent_ser top;
	u32 nr_proofs;
	int rc;

	if (!guests)
		nr_guests = ccpx_guests_get(live, ARRAY_SIZE(live));
	fill_platform(&platform, rmp, c, q, flags);
	rc = write_section(w, RMPP_SECTION_PLATFORM, sizeof(platform), &platform, 1);
	rc = rc ?: write_quarantine(w, &c->extents);
	if (ccpx_top_get(&top))
		rc = rc ?: write_section(w, RMPP_SECTION_TOP, sizeof(top), &top, 1);
	rc = rc ?: write_section(w, RMPP_SECTION_GUESTS, sizeof(*live),
				 guests ?: live, nr_guests);
	proofs = ccpx_preserve_proofs(&nr_proofs);
	if (q && nr_proofs)
		rc = rc ?: write_section(w, RMPP_SECTION_PROOFS, sizeof(*proofs), proofs, nr_proofs);
	if (q)
		rc = rc ?: write_section(w, RMPP_SECTION_STEPS, sizeof(q->step[0]), q->step,
					 q->nr_steps);
	return rc ?: write_section(w, RMPP_SECTION_FLIGHT, sizeof(*flight), flight,
				   ccpx_watch_flight(flight, ARRAY_SIZE(flight)));
}

/**
 * capture_finish() - seal the blob, or have none
 * @w: the writer
 * @c: gets the size, or what failed
 * @rc: what became of the sections: 0 or an rmpp_error
 *
 * Context: ccpx_lock held, or one CPU left.
 */
void capture_finish(struct rmpp_writer *w, struct ccpx_capture *c, int rc)
{
	c->blob_size = rc ?: rmpp_writer_finish(w, ++generation, ccpx_restore.boot_count + 1,
						"ccp_ext " CCPX_VERSION);
	blob_size = max_t(s64, c->blob_size, 0);
}

/**
 * ccpx_capture_publish() - write blob and chain where the next kernel finds them
 * @c: the capture just taken
 *
 * The chain is written even where the blob failed: the quarantine must not
 * depend on anything that is only nice to know.
 *
 * Context: process, reboot notifier. Return: 0 or a chain error.
 */
int ccpx_capture_publish(const struct ccpx_capture *c)
{
	const struct ccpx_memory *m = &ccpx_memory;
	struct rmpp_extents none = { NULL, 0, 0 };
	u32 used;

	memset(m->region, 0, CHAIN_BLOB_OFFSET);
	memcpy(m->region + CHAIN_BLOB_OFFSET, blob, blob_size);
	/* no stale blob behind a failed capture */
	if (!blob_size)
		memset(m->region + CHAIN_BLOB_OFFSET, 0, sizeof(struct rmpp_header_ser));
	return chain_build(m->region, m->region_pa, m->region_size, 0,
			   m->region_size - sizeof(struct chain_node),
			   ccpx_params.quarantine ? &c->extents : &none, &used);
}
