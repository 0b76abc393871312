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
	if (!reserved_ram(pa, PAGE_SIZE)) {
		r->what = "address was not reserved at boot: this kernel was not started with the region in its setup_data";
		return 0;
	}
	r->err = chain_region_size(phys_to_virt(pa), PAGE_SIZE, &size);
	if (r->err) {
		r->what = chain_strerror(r->err);
		return 0;
	}
	if (size > MAX_REGION || !IS_ALIGNED(size, SZ_2M) || !reserved_ram(pa, size)) {
		r->what = "region's size makes no sense";
		return 0;
	}
	return size;
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
	r->boot_count = le64_to_cpu(r->blob.header->boot_count);
	p = rmpp_blob_entry(&r->blob, RMPP_SECTION_PLATFORM, 0);
	r->quiesce_us = le64_to_cpu(p->quiesce_us);
	khz = le64_to_cpu(p->tsc_khz);
	/* two calibrations that differ tell nothing about the time between them */
	if (now > le64_to_cpu(p->jump_tsc) && (khz > ccpx_tsc_khz() ? khz - ccpx_tsc_khz() : ccpx_tsc_khz() - khz) < khz / 20)
		r->blackout_us = (now - le64_to_cpu(p->jump_tsc)) / max(khz / 1000, 1ULL);
}

static bool in_ram(const struct rmpp_extent *x, const struct chain_ram *v, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (x->pfn >= v[i].start_pfn && x->pfn + x->nr_pages <= v[i].end_pfn)
			return true;
	return false;
}

/**
 * ccpx_restore_look_for_hidden() - can all that is kept out be handed on?
 * @r: hidden is set if not
 *
 * What is kept out was RAM of the previous kernel and will be of the next one. Where mem= or
 * memmap= hides it from this kernel, the chain, which is made of this kernel's RAM, cannot name it.
 *
 * Context: process.
 */
void ccpx_restore_look_for_hidden(struct ccpx_restore *r)
{
	const struct rmpp_extents *held = &r->held;
	struct chain_ram *ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	u32 i, nr = ram ? ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES) : 0;

	for (i = 0; i < held->nr && in_ram(&held->v[i], ram, nr); i++)
		;
	kvfree(ram);
	r->hidden = i < held->nr;
	if (r->hidden)
		pr_warn("memory that must be kept out is hidden from this kernel (mem= on its command line?): jumps will be refused\n");
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
	u64 pa = ccpx_params.handover, size;
	struct rmpp_extent *v;
	void *region;

	v = kvcalloc(CCPX_MAX_EXTENTS, sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	rmpp_extents_init(&r->held, v, CCPX_MAX_EXTENTS);
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
	if (r->err) {
		r->what = chain_strerror(r->err);
		pr_err("handover=%#llx: %s; nothing is restored\n", pa, r->what);
		return 0;
	}
	r->found = true;
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
