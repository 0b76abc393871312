// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was left out of a dump, in the dump. The blob of the kernel that crashed has no runs, since a panic has no
 * time for an RMP (panic_blob.c), and the RMP itself lies in no RAM: what looks at a dump afterwards could not tell a
 * guest's page from the host's. This kernel can. So the blob is written once more, with the RMP as it is, to where it
 * lies, ahead of any reader: whatever is dumped then has it in the place where tools look for it.
 */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/vmalloc.h>

#include <chain.h>

static bool kdump_tell = true;
module_param(kdump_tell, bool, 0444);
MODULE_PARM_DESC(kdump_tell, "crash kernel: put the RMP's runs into the region, for the dump; 0 is for tests only");

/* 1 MiB of runs; with more they are merged to blocks of 2 MiB */
#define MAX_RUNS	(1U << 16)
#define HEAD		sizeof(struct rmpp_header_ser)

static int copy_section(struct rmpp_writer *w, const struct rmpp_blob *blob, u32 type)
{
	const struct rmpp_section_ser *s = blob->section[type];
	u32 i, nr = rmpp_blob_count(blob, type);
	int rc;

	if (!s)
		return 0;
	rc = rmpp_writer_begin(w, type, le32_to_cpu(s->flags), le32_to_cpu(s->entry_size));
	for (i = 0; i < nr && !rc; i++)
		rc = rmpp_writer_entry(w, rmpp_blob_entry(blob, type, i));
	return rc ?: rmpp_writer_end(w);
}

/* Return: 0 or an rmpp_error. */
static int write_runs(struct rmpp_writer *w, struct rmpp_scan_counts *counts, bool *coarse)
{
	u64 room = (w->size - w->used - sizeof(struct rmpp_platform_ser)) / sizeof(struct rmpp_run_ser);
	struct ccpx_rmp rmp;
	int rc;

	rc = ccpx_rmp_open(&rmp) ? RMPP_ERR_UNREADABLE :
	     ccpx_rmp_runs(&rmp, w, min_t(u64, room, MAX_RUNS), counts, coarse);
	ccpx_rmp_close(&rmp);
	return rc;
}

static int write_platform(struct rmpp_writer *w, const struct rmpp_blob *blob,
			  const struct rmpp_scan_counts *counts, bool coarse)
{
	u32 size = le32_to_cpu(blob->section[RMPP_SECTION_PLATFORM]->entry_size);
	struct rmpp_platform_ser *p;
	int rc = rmpp_writer_begin(w, RMPP_SECTION_PLATFORM, 0, size);

	rc = rc ?: rmpp_writer_entry(w, rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0));
	if (rc)
		return rc;
	p = (struct rmpp_platform_ser *)(w->buf + w->used - size);
	p->flags |= cpu_to_le32(RMPP_PLATFORM_RMP_READ | (coarse ? RMPP_PLATFORM_RUNS_COARSE : 0));
	p->nr_assigned = cpu_to_le64(counts->nr_assigned);
	p->nr_immutable = cpu_to_le64(counts->nr_immutable);
	return rmpp_writer_end(w);
}

/* Return: bytes, or an rmpp_error. */
static s64 write_blob(struct rmpp_writer *w, const struct rmpp_blob *blob)
{
	struct rmpp_scan_counts counts;
	bool coarse;
	u32 type;
	int rc = 0;

	rmpp_writer_require(w, le64_to_cpu(blob->header->incompat));
	for (type = 1; type <= RMPP_SECTION_MAX && !rc; type++)
		if (type != RMPP_SECTION_PLATFORM && type != RMPP_SECTION_RMP_RUNS)
			rc = copy_section(w, blob, type);
	rc = rc ?: write_runs(w, &counts, &coarse);
	rc = rc ?: write_platform(w, blob, &counts, coarse);
	return rc ?: rmpp_writer_finish(w, le64_to_cpu(blob->header->generation) + 1,
					le64_to_cpu(blob->header->boot_count),
					"ccp_ext " CCPX_VERSION ", crash kernel");
}

/* Header last, so that a blob that was not finished is none. */
static bool put(u64 pa, const void *buf, u64 size)
{
	void *to = memremap(pa, size, MEMREMAP_WB);

	if (!to)
		return false;
	memset(to, 0, HEAD);
	/* ... in the order in which a dump is read that somebody has begun too early */
	wmb();
	memcpy(to + HEAD, buf + HEAD, size - HEAD);
	/* likewise */
	wmb();
	memcpy(to, buf, HEAD);
	memunmap(to);
	return true;
}

/**
 * ccpx_kdump_tell() - write the blob of the kernel that crashed once more, with the RMP's runs
 * @pa: the region, in memory of that kernel and without an assigned page
 * @size: its bytes
 * @blob: a copy of what is in it, checked
 *
 * Whatever fails leaves a dump that is filtered all the same, with a blob that has no runs.
 *
 * Context: process, ccpx_lock held; as long as it takes to read the RMP. Return: NULL, or why not.
 */
const char *ccpx_kdump_tell(u64 pa, u64 size, const struct rmpp_blob *blob)
{
	/* the last page is that of iommu_park.c */
	u64 room = min_t(u64, size - CHAIN_BLOB_OFFSET - PAGE_SIZE,
			 ALIGN(blob->size, RMPP_ALIGN) + HEAD + RMPP_MAX_SECTIONS * sizeof(struct rmpp_section_ser) +
			 MAX_RUNS * sizeof(struct rmpp_run_ser));
	const char *why = "no memory";
	struct rmpp_blob check;
	struct rmpp_writer w;
	void *buf;
	s64 rc;

	if (!kdump_tell)
		return "kdump_tell=0";
	buf = vmalloc(room);
	if (!buf)
		return why;
	rc = rmpp_writer_init(&w, buf, room, RMPP_MAX_SECTIONS);
	rc = rc ?: write_blob(&w, blob);
	/* a blob that its own reader refuses would be worse than the one that is there */
	if (rc > 0 && rmpp_blob_check(&check, buf, rc, NULL))
		rc = RMPP_ERR_ARGUMENT;
	if (rc < 0)
		why = rmpp_strerror(rc);
	else if (put(pa + CHAIN_BLOB_OFFSET, buf, rc))
		why = NULL;
	vfree(buf);
	return why;
}
