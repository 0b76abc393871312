// SPDX-License-Identifier: GPL-2.0-only
/*
 * The next kernel's side: find the region, check every byte of it, keep what it
 * says must be kept out. The kernel has reserved region and quarantine since
 * before its first allocation; nothing here has to hurry.
 */
#include "ccp_ext.h"

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>

#include <chain.h>

#define MAX_REGION	SZ_256M

struct ccpx_restore ccpx_restore;

static bool reserved_ram(u64 pa, u64 size)
{
	u64 pfn, end = (pa + size) >> PAGE_SHIFT;

	for (pfn = pa >> PAGE_SHIFT; pfn < end; pfn++)
		if (!pfn_valid(pfn) || !page_is_ram(pfn) || !PageReserved(pfn_to_page(pfn)))
			return false;
	return true;
}

/*
 * Where the region is, or 0. KHO's word is the previous kernel's own; one on the command line may
 * have been left there by an older one, and where they differ nobody knows what else is wrong.
 */
static u64 region_named(struct ccpx_restore *r, u64 *kho_size)
{
	u64 word = ccpx_params.handover, pa;
	int rc = ccpx_kho_find(&pa, kho_size);

	if (rc == -ENOENT)
		return word;
	if (rc)
		r->what = "KHO names a region that it does not keep";
	else if (word && word != pa)
		r->what = "KHO and the command line name different regions";
	else
		r->by_kho = true;
	if (r->by_kho)
		return pa;
	r->err = -EINVAL;
	pr_err("%#llx by KHO, handover=%#llx: %s; nothing is restored\n", pa, word, r->what);
	return 0;
}

static bool kept(const struct ccpx_restore *r, u64 pa, u64 size)
{
	return r->by_kho ? ccpx_kho_keeps(pa, size) : reserved_ram(pa, size);
}

static bool may_be_allocated(u64 pfn)
{
	return pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn)) && !ccpx_kho_page(pfn);
}

/*
 * With KHO the region crosses in images that carry no chain, too. What the chain names was kept
 * out if it took effect, which it does as a whole: a page of each block tells, and two do where something
 * else has part of the block reserved.
 */
static bool chain_took_effect(const struct rmpp_extents *x)
{
	u64 pfn, end;
	u32 i;

	for (i = 0; i < x->nr; i++) {
		end = x->v[i].pfn + x->v[i].nr_pages;
		for (pfn = x->v[i].pfn; pfn < end; pfn += RMPP_PAGES_PER_2M) {
			if (may_be_allocated(pfn) || may_be_allocated(pfn + RMPP_PAGES_PER_2M - 1))
				return false;
			cond_resched();
		}
	}
	return true;
}

/* The region's size in bytes, or 0 with r->what set. */
static u64 region_size(struct ccpx_restore *r, u64 pa)
{
	u64 size;

	if (!IS_ALIGNED(pa, SZ_2M)) {
		r->what = "address is not 2 MiB aligned";
		return 0;
	}
	if (!pfn_valid(pa >> PAGE_SHIFT) || !page_is_ram(pa >> PAGE_SHIFT)) {
		r->what = "address is not in RAM";
		return 0;
	}
	if (!r->by_kho && !reserved_ram(pa, PAGE_SIZE)) {
		r->what = "address was not reserved at boot: this kernel was not started with the region in its setup_data";
		return 0;
	}
	/* the previous kernel's own, or this kernel would not have kept it: what is wrong now is damage */
	r->damaged = !r->by_kho;
	r->err = chain_region_size(phys_to_virt(pa), PAGE_SIZE, &size);
	if (r->err) {
		r->what = chain_strerror(r->err);
		return 0;
	}
	if (size > MAX_REGION || !IS_ALIGNED(size, SZ_2M) || !kept(r, pa, size)) {
		r->what = "region's size makes no sense";
		return 0;
	}
	return size;
}

/* Why the region is not taken over, or NULL: then its pages are ours. */
static const char *take_from_kho(struct ccpx_restore *r, u64 pa, u64 size, u64 kho_size)
{
	const char *why = NULL;

	if (size != kho_size)
		why = "KHO and the chain differ about the region's size";
	else if (!chain_took_effect(&r->held))
		why = "the chain that KHO brought was not walked by this kernel: its pages were not kept out";
	else if (!ccpx_kho_take(pa, size))
		why = "KHO does not let go of the region";
	/* what is not known to be kept out is not ours to give back */
	if (why)
		r->held.nr = 0;
	return why;
}

static void say_what_it_lacks(u64 lacks)
{
	u32 bit;

	for (bit = 0; bit < 64; bit++)
		if (lacks & 1ULL << bit)
			pr_err("the previous kernel used hand-over feature %u (%s), which this ccp_ext cannot restore\n",
			       bit, rmpp_incompat_name(bit));
}

static void read_blob(struct ccpx_restore *r, const void *region, u64 size)
{
	const struct rmpp_platform_ser *p;
	struct rmpp_where where = { 0 };
	const struct rmpp_header_ser *h;
	u64 total, now = rdtsc(), khz;

	h = region + CHAIN_BLOB_OFFSET;
	r->origin = (void *)h;
	total = le64_to_cpu(READ_ONCE(h->total_size));
	if (total < sizeof(*h) || total > size - CHAIN_BLOB_OFFSET)
		total = sizeof(*h);	/* the checker says what is wrong */
	r->copy = vmalloc(total);
	if (!r->copy) {
		r->err = -ENOMEM;
		r->what = "no memory for the blob";
		return;
	}
	/* checked on a copy, so that nobody can change it afterwards */
	memcpy(r->copy, h, total);
	r->copy_size = total;
	r->err = rmpp_blob_check(&r->blob, r->copy, total, &where);
	if (r->err) {
		r->what = rmpp_strerror(r->err);
		if (r->err == RMPP_ERR_INCOMPAT)
			r->lacks = rmpp_blob_lacks(r->copy, total);
		say_what_it_lacks(r->lacks);
		pr_err("blob of the previous kernel: %s at offset %llu (%s, entry %u); nothing is restored, its quarantine is kept\n",
		       r->what, where.offset, rmpp_section_name(where.section), where.index);
		return;
	}
	r->blob_valid = true;
	ccpx_top_restore(&r->blob);
	r->boot_count = le64_to_cpu(r->blob.header->boot_count);
	p = rmpp_blob_entry(&r->blob, RMPP_SECTION_PLATFORM, 0);
	r->quiesce_us = le64_to_cpu(p->quiesce_us);
	khz = le64_to_cpu(p->tsc_khz);
	/* two calibrations that differ tell nothing about the time between them */
	if (now > le64_to_cpu(p->jump_tsc) && (khz > ccpx_tsc_khz() ? khz - ccpx_tsc_khz() : ccpx_tsc_khz() - khz) < khz / 20)
		r->blackout_us = (now - le64_to_cpu(p->jump_tsc)) / max(khz / 1000, 1ULL);
}

/**
 * ccpx_restore_init() - look at what the previous kernel left
 * @adopt_pa: region that can be used again for the next hop, else untouched
 * @adopt_size: its size in bytes
 *
 * A region that does not pass every check is left alone: what its chain named
 * has been reserved since boot and stays so. The module loads all the same and
 * says what is wrong.
 *
 * Context: process, module init. Return: 0 or -ENOMEM.
 */
int ccpx_restore_init(u64 *adopt_pa, u64 *adopt_size)
{
	struct ccpx_restore *r = &ccpx_restore;
	u64 pa, size, kho_size = 0;
	struct rmpp_extent *v;
	void *region;

	v = kvcalloc(CCPX_MAX_EXTENTS, sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	rmpp_extents_init(&r->held, v, CCPX_MAX_EXTENTS);
	r->shown = !ccpx_chain_files_hide();
	pa = region_named(r, &kho_size);
	if (!pa)
		return 0;

	size = region_size(r, pa);
	if (!size) {
		r->err = r->err ?: -EINVAL;
		pr_err("handover=%#llx: %s; nothing is restored\n", pa, r->what);
		return 0;
	}
	region = phys_to_virt(pa);
	r->err = chain_check(region, size, pa, &r->held);
	if (r->err)
		r->what = chain_strerror(r->err);
	else if (r->by_kho)
		r->what = take_from_kho(r, pa, size, kho_size);
	if (r->what) {
		r->err = r->err ?: -EINVAL;
		pr_err("handover=%#llx: %s; nothing is restored\n", pa, r->what);
		return 0;
	}
	r->found = true;
	r->damaged = false;
	read_blob(r, region, size);
	*adopt_pa = pa;
	*adopt_size = size;
	pr_info("found hand-over of the previous kernel at %#llx: hop %llu, %u extents of %llu MiB kept out, blackout %llu us\n",
		pa, r->boot_count, r->held.nr, rmpp_extents_pages(&r->held) >> 8, r->blackout_us);
	return 0;
}

void ccpx_restore_exit(void)
{
	vfree(ccpx_restore.copy);
	kvfree(ccpx_restore.held.v);
	memset(&ccpx_restore, 0, sizeof(ccpx_restore));
}
