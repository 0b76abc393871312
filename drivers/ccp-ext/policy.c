// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of guests at a jump: the policy that is wished for, and the one that
 * this jump can have. "lazy" hands guests' pages over instead of waiting for them,
 * so it stands on the quarantine: an image that carries the chain, and a next
 * kernel that can live in what is left. Where either is missing guests are evicted,
 * which only takes longer.
 */
#include "ccp_ext.h"

#include <linux/sizes.h>
#include <linux/slab.h>

#include <chain.h>

#define PFN_4G		(SZ_4G >> PAGE_SHIFT)
/* struct page takes 1/64 of RAM, and the kernel's other tables not as much again */
#define TABLES_SHARE	32

/**
 * ccpx_policy_set() - choose what becomes of guests
 * @word: as rmpp_policy_name() has it; a newline may follow
 *
 * Return: 0; -EINVAL for an unknown word.
 */
int ccpx_policy_set(const char *word)
{
	u32 i;

	for (i = 0; i <= RMPP_POLICY_MAX; i++) {
		if (!sysfs_streq(word, rmpp_policy_name(i)))
			continue;
		ccpx_params.policy = i;
		return 0;
	}
	return -EINVAL;
}

static u64 ram_below(const struct chain_ram *v, u32 nr, u64 limit_pfn)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < nr && v[i].start_pfn < limit_pfn; i++)
		pages += min(v[i].end_pfn, limit_pfn) - v[i].start_pfn;
	return pages;
}

static u64 held_below(const struct rmpp_extents *x, u64 limit_pfn)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < x->nr && x->v[i].pfn < limit_pfn; i++)
		pages += min(x->v[i].pfn + x->v[i].nr_pages, limit_pfn) - x->v[i].pfn;
	return pages;
}

/* Why the next kernel could not start in what is left of RAM, or NULL. */
static const char *no_room(const struct rmpp_extents *x)
{
	u64 spare = (u64)ccpx_params.lazy_spare_mb << (20 - PAGE_SHIFT), all, low;
	struct chain_ram *ram;
	u32 nr;

	if (!spare)
		return NULL;	/* left out on request: the control run of the tests */
	ram = kvcalloc(CCPX_MAX_RAM_RANGES, sizeof(*ram), GFP_KERNEL);
	if (!ram)
		return "no memory to count what would be left";
	nr = ccpx_ram_ranges(ram, CCPX_MAX_RAM_RANGES);
	all = ram_below(ram, nr, U64_MAX);
	low = ram_below(ram, nr, PFN_4G);
	kvfree(ram);

	if (all - min(all, held_below(x, U64_MAX)) < spare + all / TABLES_SHARE)
		return "the next kernel would have too little memory (lazy_spare_mb)";
	if (low - min(low, held_below(x, PFN_4G)) < spare / 2)
		return "the next kernel would have too little memory below 4 GiB (lazy_spare_mb)";
	return NULL;
}

/*
 * The topmost block is the firmware's more often than a guest's, and then comes back with its shutdown. Else, or if nothing is
 * shut down, it can be cut off, unless the image's memory map is under a checksum.
 */
static const char *cannot_lose_the_top(void)
{
	if (!ccpx_capture_can_cut_top())
		return "guests fill the top of RAM (cut_max_mb)";
	if (ccpx_params.lazy_spare_mb && ccpx_image_map_is_fixed() && ccpx_capture_guest_at_top())
		return "a guest's page is at the top of RAM, and the memory map of an image of kexec_file_load cannot leave it out";
	return no_room(ccpx_capture_assigned());
}

/* Why pages cannot be handed over at this jump, or NULL. */
static const char *cannot_be_lazy(void)
{
	static char why[96];
	struct ccpx_capture c;
	enum ccpx_image_verdict v;

	if (!ccpx_params.quarantine)
		return NULL;	/* left out on request, as above */
	if (ccpx_capture(&c, NULL, NULL, 0))
		return "the RMP cannot be read";
	v = ccpx_image_check(ccpx_capture_assigned(), false, why, sizeof(why));
	if (v != CCPX_IMAGE_CLEAN)
		return why[0] ? why : "no image is known";
	if (ccpx_params.policy == RMPP_POLICY_PRESERVE && ccpx_snp_enabled_here() && !ccpx_params.assume_unlocked &&
	    ccpx_image_map_is_fixed())
		return "SNP would stay up, and the command line of an image of kexec_file_load cannot say so";
	if (c.chain_err == -CHAIN_ERR_TOP)
		return cannot_lose_the_top();
	if (c.chain_err)
		return chain_strerror(c.chain_err);
	return ccpx_image_lacks(&c.extents) ?: no_room(&c.extents);
}

/**
 * ccpx_policy_for_jump() - what this jump does with guests
 *
 * Looked at before anything is done, with guests alive: all that is assigned now is
 * taken for what would stay so.
 *
 * Context: process, reboot notifier, ccpx_lock held, ccpx_leaving not yet set. Return: RMPP_POLICY_*.
 */
u8 ccpx_policy_for_jump(void)
{
	const char *why;

	if (ccpx_params.policy == RMPP_POLICY_EVICT || !ccpx_guests_count())
		return ccpx_params.policy;
	why = cannot_be_lazy();
	if (!why)
		return ccpx_params.policy;
	pr_warn("guests are evicted although the policy is %s: %s\n",
		rmpp_policy_name(ccpx_params.policy), why);
	return RMPP_POLICY_EVICT;
}
