/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Reverse Map Table: what state each 4 KiB page is in (PPR of family 19h, "RMP
 * entry format"; APM vol. 2, 15.36, reverse map table).
 */
#ifndef TARGET_I386_SNP_RMP_H
#define TARGET_I386_SNP_RMP_H

#include "qemu/bitops.h"
#include "qemu/lockable.h"
#include "exec/hwaddr.h"

#define RMP_PAGES_PER_2M	512
#define RMP_PFN(pa)		((pa) >> 12)

#define RMP_ASSIGNED		BIT_ULL(0)
#define RMP_2M			BIT_ULL(1)
#define RMP_IMMUTABLE		BIT_ULL(2)
#define RMP_GPA_MASK		MAKE_64BIT_MASK(12, 39)
#define RMP_ASID_SHIFT		51
#define RMP_ASID_MASK		MAKE_64BIT_MASK(RMP_ASID_SHIFT, 10)
#define RMP_VMSA		BIT_ULL(61)
#define RMP_VALIDATED		BIT_ULL(62)

#define RMP_ASID(entry)		(((entry) & RMP_ASID_MASK) >> RMP_ASID_SHIFT)

/* Page states, by the firmware ABI's names (AMD 56860, chapter 5). */
enum rmp_state {
	RMP_HYPERVISOR,
	RMP_HV_FIXED,
	RMP_FIRMWARE,
	RMP_RECLAIM,
	RMP_CONTEXT,
	RMP_METADATA,
	RMP_PRE_GUEST,
	RMP_PRE_SWAP,
	RMP_GUEST_INVALID,
	RMP_GUEST_VALID,
	RMP_STATE_NR,
	RMP_DEFAULT = RMP_STATE_NR	/* the table has no entry for the page */
};

#define RMP_ENTRY_HYPERVISOR	0ULL
#define RMP_ENTRY_HV_FIXED	RMP_IMMUTABLE
#define RMP_ENTRY_FIRMWARE	(RMP_ASSIGNED | RMP_IMMUTABLE)
#define RMP_ENTRY_RECLAIM	RMP_ASSIGNED
#define RMP_ENTRY_CONTEXT	(RMP_ASSIGNED | RMP_IMMUTABLE | RMP_VMSA)

struct rmp_census {
	uint64_t pages[RMP_STATE_NR];
	uint64_t assigned;
	uint64_t vmsa;		/* of guests */
};

/* The RMP is armed from the first SNP_EN after a reset on. */
extern bool rmp_armed;
extern unsigned int rmp_armings;	/* how often that happened */
extern QemuMutex rmp_lock;

extern const char *const rmp_state_name[RMP_STATE_NR];

void rmp_arm(void);
void rmp_disarm(void);
void rmp_power_up(void);
void rmp_initialise(void);
uint64_t rmp_nr_pages(void);
bool rmp_covers(uint64_t pfn);
bool rmp_is_table(hwaddr pa);
uint64_t rmp_read(uint64_t pfn);
uint64_t rmp_effective(uint64_t pfn, bool *large);
unsigned int rmp_block_assigned(uint64_t pfn);
void rmp_write(uint64_t pfn, uint64_t entry);
void rmp_write_uncounted(uint64_t pfn, uint64_t entry);
void rmp_write_2m(uint64_t pfn, uint64_t entry);
void rmp_smash(uint64_t pfn);
uint64_t rmp_permissions(uint64_t pfn);
void rmp_set_permissions(uint64_t pfn, uint64_t permissions);
enum rmp_state rmp_state_of(uint64_t entry);
enum rmp_state rmp_page_state(hwaddr pa);
bool rmp_asid_in_use(uint32_t asid);
void rmp_take_census(struct rmp_census *census);
void rmp_flush_tlbs(void);

#endif
