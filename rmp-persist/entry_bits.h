/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The low word of a raw RMP entry on Zen 3 and Zen 4 (PPR Family 19h Model 01h
 * Rev B1; Linux arch/x86/virt/svm/sev.c), and the one place that says which
 * page state its fields mean (AMD 56860, "Page States").
 */
#ifndef RMP_PERSIST_ENTRY_BITS_H
#define RMP_PERSIST_ENTRY_BITS_H

#include <rmp_persist/rmp_persist.h>

#define RMP_LO_ASSIGNED		(1ULL << 0)
#define RMP_LO_2M		(1ULL << 1)
#define RMP_LO_IMMUTABLE	(1ULL << 2)
#define RMP_LO_GPA		0x0007fffffffff000ULL	/* bits 50:12 */
#define RMP_LO_ASID_SHIFT	51
#define RMP_LO_ASID		(0x3ffULL << RMP_LO_ASID_SHIFT)
#define RMP_LO_VMSA		(1ULL << 61)
#define RMP_LO_VALIDATED	(1ULL << 62)

/*
 * A constant expression when its arguments are. Validated pages are guests' pages
 * even where the ASID reads 0, as no other state that is not immutable has the bit.
 */
#define RMPP_STATE_OF(assigned, immutable, validated, vmsa, asid, gpa)	\
	(!(assigned) ?							\
	 ((immutable) ? RMPP_PAGE_HV_FIXED : RMPP_PAGE_HYPERVISOR) :	\
	 (asid) ?							\
	 ((immutable) ?							\
	  ((validated) ? RMPP_PAGE_PRE_SWAP : RMPP_PAGE_PRE_GUEST) :	\
	  ((validated) ? RMPP_PAGE_GUEST_VALID : RMPP_PAGE_GUEST_INVALID)) : \
	 !(immutable) ?							\
	 ((validated) ? RMPP_PAGE_GUEST_VALID : RMPP_PAGE_RECLAIM) :	\
	 (vmsa) ? RMPP_PAGE_CONTEXT :					\
	 (gpa) ? RMPP_PAGE_METADATA : RMPP_PAGE_FIRMWARE)

#endif /* RMP_PERSIST_ENTRY_BITS_H */
