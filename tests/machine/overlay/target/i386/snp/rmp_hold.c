// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries that somebody holds at the moment: the firmware, while a command works on
 * a page; a processor, for its VMCB and host save area while its guest runs (APM
 * vol. 3, RMPUPDATE and PSMASH, FAIL_INUSE; Linux, snp_safe_alloc_page()).
 */
#include "qemu/osdep.h"
#include "cpu.h"
#include "rmp.h"
#include "rmp_hold.h"

/* A command buffer and what it points to: no command has more pages at a time. */
#define NR_HELD 16

static uint64_t held[NR_HELD];
static unsigned int nr_held;

/**
 * rmp_hold - the firmware starts to work on a page
 * @pa: physical address
 *
 * Context: rmp_lock held.
 *
 * Return: false if it works on too many already.
 */
bool rmp_hold(hwaddr pa)
{
	if (nr_held == NR_HELD)
		return false;
	held[nr_held++] = RMP_PFN(pa);
	return true;
}

/**
 * rmp_let_go - the firmware is done with a page
 * @pa: as given to rmp_hold()
 *
 * Context: rmp_lock held.
 */
void rmp_let_go(hwaddr pa)
{
	for (unsigned int i = 0; i < nr_held; i++)
		if (held[i] == RMP_PFN(pa)) {
			held[i] = held[--nr_held];
			return;
		}
}

/**
 * rmp_let_go_all - the firmware is done, or was reset
 */
void rmp_let_go_all(void)
{
	nr_held = 0;
}

static bool is_in(hwaddr pa, uint64_t pfn, uint64_t nr_pages)
{
	return RMP_PFN(pa) - pfn < nr_pages;
}

static bool guests_use(uint64_t pfn, uint64_t nr_pages)
{
	CPUState *cs;

	CPU_FOREACH(cs) {
		CPUX86State *env = cpu_env(cs);

		if (qatomic_read(&env->hflags) & HF_GUEST_MASK &&
		    (is_in(env->vm_vmcb, pfn, nr_pages) ||
		     is_in(env->vm_hsave, pfn, nr_pages)))
			return true;
	}
	return false;
}

/**
 * rmp_in_use - whether somebody holds one of some entries
 * @pfn: page frame number of the first one
 * @nr_pages: how many
 *
 * Context: rmp_lock held.
 *
 * Return: true if so.
 */
bool rmp_in_use(uint64_t pfn, uint64_t nr_pages)
{
	for (unsigned int i = 0; i < nr_held; i++)
		if (held[i] - pfn < nr_pages)
			return true;
	return guests_use(pfn, nr_pages);
}
