// SPDX-License-Identifier: GPL-2.0-only
/* RMPADJUST (APM vol. 3), as a guest at VMPL 0 executes it. */
#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "adjust.h"
#include "host.h"
#include "rmp.h"

#define PERMISSIONS	0x1f

/* CPUID Fn8000_001F EBX: how many VMPLs there are. */
static unsigned int nr_vmpls(void)
{
	return extract32(snp_host->profile->cpuid_ebx, 12, 4);
}

/* Nested page tables would lead there. */
static bool find_page(const struct snp_adjust *rq, uint64_t *pfn, uint64_t *entry,
		      bool *large)
{
	for (*pfn = 0; *pfn < rmp_nr_pages(); ++*pfn) {
		uint64_t gpa;

		if (!rmp_covers(*pfn))
			continue;
		*entry = rmp_effective(*pfn, large);
		gpa = *entry & RMP_GPA_MASK;
		if (*large)
			gpa += (*pfn % RMP_PAGES_PER_2M) << 12;
		if (*entry & RMP_ASSIGNED && RMP_ASID(*entry) == rq->asid &&
		    gpa == rq->gpa)
			return true;
	}
	return false;
}

/**
 * snp_rmpadjust - change a page's permissions and its VMSA attribute
 * @rq: what the guest asks for
 * @pa: set to the page's address, unless it is not there
 *
 * Whoever is at VMPL 0 has every permission on a validated page, and may give
 * away each of them, but to a less privileged level only.
 *
 * Context: without rmp_lock. Return: as the instruction, or why it exits.
 */
enum snp_adjust_status snp_rmpadjust(const struct snp_adjust *rq, hwaddr *pa)
{
	uint64_t pfn, entry, permissions;
	bool large;

	QEMU_LOCK_GUARD(&rmp_lock);
	if (rq->gpa % 4096 || rq->vmpl >= nr_vmpls() || rq->permissions & ~PERMISSIONS)
		return SNP_ADJUST_FAIL_INPUT;
	if (!rq->asid || !find_page(rq, &pfn, &entry, &large) || entry & RMP_IMMUTABLE)
		return SNP_ADJUST_NOT_THERE;
	*pa = pfn << 12;
	if (!(entry & RMP_VALIDATED))
		return SNP_ADJUST_NOT_VALIDATED;
	if (large)
		return SNP_ADJUST_FAIL_SIZEMISMATCH;
	if (!rq->vmpl)
		return SNP_ADJUST_FAIL_PERMISSION;
	permissions = deposit64(rmp_permissions(pfn), rq->vmpl * 8, 8, rq->permissions);
	rmp_write(pfn, rq->vmsa ? entry | RMP_VMSA : entry & ~RMP_VMSA);
	rmp_set_permissions(pfn, permissions);
	return SNP_ADJUST_SUCCESS;
}
