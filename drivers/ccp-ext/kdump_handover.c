// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel that crashed had handed over, for what no RMP tells: a locked TMR, pages of SEV and
 * SEV-ES guests, what it had inherited itself. It lies in that kernel's memory, which this one does
 * not have in its direct map, and every byte of it is hostile.
 */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <chain.h>

#define MAX_REGION	SZ_256M

static unsigned long kdump_handover;
module_param(kdump_handover, ulong, 0444);
MODULE_PARM_DESC(kdump_handover, "crash kernel: physical address of the region of the kernel that crashed");

static unsigned long kdump_hop;
module_param(kdump_hop, ulong, 0444);
MODULE_PARM_DESC(kdump_hop, "crash kernel: hop of which what lies there must be (both: /sys/kernel/ccp_ext/kdump_words)");

/* The region's size in bytes with its first page copied, or 0 with the reason. */
static u64 copy_chain(u64 pa, void *head, const char **why)
{
	u64 size;
	int err;

	if (!IS_ALIGNED(pa, SZ_2M)) {
		*why = "address is not 2 MiB aligned";
		return 0;
	}
	if (!ccpx_old_holds(pa, SZ_2M)) {
		*why = "address is not in memory of the kernel that crashed";
		return 0;
	}
	/* whose page it is comes first: reading somebody else's would be what is to be prevented */
	if (!ccpx_kdump_is_clean(pa, SZ_2M)) {
		*why = "address is in a page that is not the host's";
		return 0;
	}
	if (ccpx_old_copy(head, pa, CHAIN_BLOB_OFFSET)) {
		*why = "it cannot be mapped";
		return 0;
	}
	err = chain_region_size(head, CHAIN_BLOB_OFFSET, &size);
	if (err) {
		*why = chain_strerror(err);
		return 0;
	}
	if (size > MAX_REGION || !IS_ALIGNED(size, SZ_2M) || !ccpx_old_holds(pa, size) ||
	    !ccpx_kdump_is_clean(pa, size)) {
		*why = "region's size makes no sense";
		return 0;
	}
	return size;
}

/* A copy, so that nobody can change it once it is checked; or NULL with the reason. */
static void *copy_blob(u64 pa, u64 size, struct rmpp_blob *blob, const char **why)
{
	struct rmpp_header_ser h;
	struct rmpp_where where;
	void *copy = NULL;
	u64 total;
	int err;

	*why = "it cannot be mapped";
	if (ccpx_old_copy(&h, pa + CHAIN_BLOB_OFFSET, sizeof(h)))
		return NULL;
	total = le64_to_cpu(h.total_size);
	if (total < sizeof(h) || total > size - CHAIN_BLOB_OFFSET)
		total = sizeof(h);	/* the checker says what is wrong */
	copy = vmalloc(total);
	if (!copy || ccpx_old_copy(copy, pa + CHAIN_BLOB_OFFSET, total))
		goto err_copy;
	err = rmpp_blob_check(blob, copy, total, &where);
	*why = err ? rmpp_strerror(err) : NULL;
	if (err)
		goto err_copy;
	return copy;

err_copy:
	vfree(copy);
	return NULL;
}

/*
 * A kernel takes over the region of the one before it, with what that had to say, and knows more itself: its own
 * TMR above all. What it has not written is therefore as bad as nothing.
 */
static const char *why_stale(const struct rmpp_blob *blob)
{
	if (!kdump_hop)
		return "whether it is of the kernel that crashed cannot be told (kdump_hop=)";
	if (le64_to_cpu(blob->header->boot_count) != kdump_hop)
		return "it is of an earlier boot";
	return NULL;
}

static void add_blob(struct ccpx_kdump *k, const struct rmpp_blob *blob, struct rmpp_filter *f)
{
	const struct rmpp_platform_ser *p = rmpp_blob_entry(blob, RMPP_SECTION_PLATFORM, 0);

	if (le64_to_cpu(p->region_pa) != kdump_handover) {
		k->handover_why = "it speaks of another region";
		return;
	}
	k->handover_why = why_stale(blob);
	if (k->handover_why)
		return;
	k->runs = le32_to_cpu(p->flags) & RMPP_PLATFORM_RMP_READ;
	if (rmpp_filter_add_blob(f, blob, k->rmp == CCPX_SOURCE_READ))
		k->handover_why = "its TMR makes no sense";
	strscpy(k->release, p->release, sizeof(k->release));
}

static void add_chain(const void *head, u64 size, struct ccpx_kdump *k, struct rmpp_filter *f)
{
	static struct rmpp_extent v[CHAIN_NODES_MAX];
	struct rmpp_extents x;
	int err;
	u32 i;

	rmpp_extents_init(&x, v, ARRAY_SIZE(v));
	/* nodes lie in the first page, or they are refused */
	err = chain_check(head, size, kdump_handover, &x);
	if (err) {
		k->handover_why = chain_strerror(err);
		return;
	}
	k->chain_alone = true;
	for (i = 0; i < x.nr; i++)
		rmpp_filter_add(f, x.v[i].pfn, x.v[i].nr_pages);
}

/**
 * ccpx_kdump_read_handover() - add what the kernel that crashed had handed over
 * @k: handover and what belongs to it is set; rmp must be
 * @f: grows
 *
 * Where the blob is damaged but the chain is not, what the chain names is kept from readers, too; but
 * then not all is known, and the source counts as bad. Where it is good, it is told what the RMP says, for the dump.
 *
 * Context: process.
 */
void ccpx_kdump_read_handover(struct ccpx_kdump *k, struct rmpp_filter *f)
{
	struct rmpp_blob blob;
	void *head, *copy;
	u64 size;

	if (!kdump_handover)
		return;
	k->handover = CCPX_SOURCE_BAD;
	k->handover_why = "no memory";
	head = kmalloc(CHAIN_BLOB_OFFSET, GFP_KERNEL);
	if (!head)
		return;
	size = copy_chain(kdump_handover, head, &k->handover_why);
	if (size) {
		copy = copy_blob(kdump_handover, size, &blob, &k->handover_why);
		if (copy)
			add_blob(k, &blob, f);
		if (k->handover_why)
			add_chain(head, size, k, f);
		else
			k->handover = CCPX_SOURCE_READ;
		if (!k->handover_why && k->rmp == CCPX_SOURCE_READ)
			k->untold = ccpx_kdump_tell(kdump_handover, size, &blob);
		vfree(copy);
	}
	kfree(head);
}
