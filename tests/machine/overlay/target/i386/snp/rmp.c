// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the table says. The entries lie in the machine's RAM, where the kernel reads
 * them; what stands here beside them is only a count of assigned pages per 2 MiB.
 */
#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "exec/cputlb.h"
#include "hw/core/cpu.h"
#include "host.h"
#include "rmp.h"
#include "rmp_table.h"

bool rmp_armed;
unsigned int rmp_armings;
QemuMutex rmp_lock;

static uint16_t *block_assigned;

const char *const rmp_state_name[RMP_STATE_NR] = {
	[RMP_HYPERVISOR]	= "Hypervisor",
	[RMP_HV_FIXED]		= "HV-Fixed",
	[RMP_FIRMWARE]		= "Firmware",
	[RMP_RECLAIM]		= "Reclaim",
	[RMP_CONTEXT]		= "Context",
	[RMP_METADATA]		= "Metadata",
	[RMP_PRE_GUEST]		= "Pre-Guest",
	[RMP_PRE_SWAP]		= "Pre-Swap",
	[RMP_GUEST_INVALID]	= "Guest-Invalid",
	[RMP_GUEST_VALID]	= "Guest-Valid",
};

static void __attribute__((constructor)) rmp_init(void)
{
	qemu_mutex_init(&rmp_lock);
}

static uint64_t nr_blocks(void)
{
	return rmp_nr_pages() / RMP_PAGES_PER_2M + 1;
}

static bool is_large_head(uint64_t entry)
{
	return (entry & (RMP_ASSIGNED | RMP_2M)) == (RMP_ASSIGNED | RMP_2M);
}

/**
 * rmp_arm - start checking: SNP_EN was set on a first CPU
 *
 * The table's content counts as it is: a kernel writes it with plain stores
 * until then (APM vol. 2, 15.36, initializing the RMP).
 */
void rmp_arm(void)
{
	QEMU_LOCK_GUARD(&rmp_lock);
	if (rmp_armed)
		return;
	rmp_table_attach();
	rmp_table_mark_bookkeeping();
	if (!block_assigned)
		block_assigned = g_new0(uint16_t, nr_blocks());
	for (uint64_t pfn = 0; pfn < rmp_nr_pages(); pfn += RMP_PAGES_PER_2M) {
		unsigned int n = 0;

		for (unsigned int i = 0; i < RMP_PAGES_PER_2M; i++)
			if (rmp_covers(pfn + i))
				n += rmp_read(pfn + i) & RMP_ASSIGNED;
		if (rmp_covers(pfn) && is_large_head(rmp_read(pfn)))
			n = RMP_PAGES_PER_2M;
		block_assigned[pfn / RMP_PAGES_PER_2M] = n;
	}
	rmp_armings++;
	qatomic_set(&rmp_armed, true);
}

/**
 * rmp_disarm - stop checking: SNP_EN is clear on every CPU
 */
void rmp_disarm(void)
{
	qatomic_set(&rmp_armed, false);
}

/**
 * rmp_power_up - what system firmware leaves: an empty table that nothing checks
 */
void rmp_power_up(void)
{
	rmp_disarm();
	rmp_table_attach();
	rmp_table_clear();
}

/**
 * rmp_initialise - what SNP_INIT_EX with INIT_RMP does to the whole table
 *
 * All pages become Hypervisor pages, the table's own ones Firmware pages.
 *
 * Context: rmp_lock held. The caller flushes TLBs.
 */
void rmp_initialise(void)
{
	rmp_table_clear();
	rmp_table_mark_bookkeeping();
	memset(block_assigned, 0, nr_blocks() * sizeof(*block_assigned));
	for (hwaddr pa = snp_host->rmp_base; pa < snp_host->rmp_end; pa += 4096)
		if (rmp_covers(RMP_PFN(pa)))
			rmp_write(RMP_PFN(pa), RMP_ENTRY_FIRMWARE);
}

/**
 * rmp_is_table - whether an address lies in the table
 * @pa: physical address
 *
 * Return: true if it does.
 */
bool rmp_is_table(hwaddr pa)
{
	return pa >= snp_host->rmp_base && pa <= snp_host->rmp_end;
}

/**
 * rmp_read - a page's own entry
 * @pfn: page frame number, covered
 *
 * Return: the entry's low half.
 */
uint64_t rmp_read(uint64_t pfn)
{
	return rmp_table_get(pfn);
}

/**
 * rmp_effective - the entry that rules a page
 * @pfn: page frame number, covered
 * @large: set to whether a 2 MiB entry rules it
 *
 * Return: the low half of the page's entry or of its 2 MiB head.
 */
uint64_t rmp_effective(uint64_t pfn, bool *large)
{
	uint64_t head = rmp_read(pfn & ~(RMP_PAGES_PER_2M - 1ULL));

	*large = is_large_head(head);
	return *large ? head : rmp_read(pfn);
}

/**
 * rmp_block_assigned - how much of a page's 2 MiB is assigned
 * @pfn: page frame number, covered
 *
 * Return: number of 4 KiB pages.
 */
unsigned int rmp_block_assigned(uint64_t pfn)
{
	return qatomic_read(&block_assigned[pfn / RMP_PAGES_PER_2M]);
}

/**
 * rmp_write - change a 4 KiB entry
 * @pfn: page frame number, covered, not under a 2 MiB entry
 * @entry: its new low half
 *
 * Context: rmp_lock held. The caller flushes TLBs if more became assigned.
 */
void rmp_write(uint64_t pfn, uint64_t entry)
{
	uint16_t *n = &block_assigned[pfn / RMP_PAGES_PER_2M];
	bool before = rmp_read(pfn) & RMP_ASSIGNED;
	bool after = entry & RMP_ASSIGNED;

	rmp_table_set(pfn, entry);
	qatomic_set(n, *n + after - before);
}

/**
 * rmp_write_uncounted - change a 4 KiB entry and leave its 2 MiB's count wrong
 * @pfn: page frame number, covered, not under a 2 MiB entry
 * @entry: its new low half
 *
 * Context: rmp_lock held.
 */
void rmp_write_uncounted(uint64_t pfn, uint64_t entry)
{
	rmp_table_set(pfn, entry);
}

/**
 * rmp_write_2m - change a whole 2 MiB block
 * @pfn: page frame number of its first page; the block is covered
 * @entry: the new low half of its head, with RMP_2M if assigned
 *
 * The entries below an assigned head have only Assigned set, or nothing at
 * all, as the property rmp-2m-subentries says: the manuals leave it open.
 *
 * Context: rmp_lock held. The caller flushes TLBs if more became assigned.
 */
void rmp_write_2m(uint64_t pfn, uint64_t entry)
{
	bool assigned = entry & RMP_ASSIGNED;
	uint64_t sub = assigned && snp_host->rmp_subentries ? RMP_ASSIGNED : 0;

	for (unsigned int i = 1; i < RMP_PAGES_PER_2M; i++)
		rmp_table_set(pfn + i, sub);
	rmp_table_set(pfn, entry);
	qatomic_set(&block_assigned[pfn / RMP_PAGES_PER_2M],
		    assigned ? RMP_PAGES_PER_2M : 0);
}

/**
 * rmp_smash - split a 2 MiB entry into 512 of 4 KiB
 * @pfn: page frame number of its head
 *
 * Context: rmp_lock held.
 */
void rmp_smash(uint64_t pfn)
{
	uint64_t entry = rmp_read(pfn) & ~RMP_2M;
	uint64_t permissions = rmp_permissions(pfn);

	for (unsigned int i = 0; i < RMP_PAGES_PER_2M; i++) {
		rmp_table_set(pfn + i, entry + ((uint64_t)i << 12));
		rmp_set_permissions(pfn + i, permissions);
	}
}

/**
 * rmp_permissions - what less privileged VMPLs may do with a guest's page
 * @pfn: page frame number of it or of its 2 MiB head, covered
 *
 * They lie in the entry's high half, of which no manual says what is where:
 * as in LAUNCH_UPDATE, a byte for each VMPL, that of VMPL 0 unused. A change of
 * the entry itself takes them all.
 *
 * Return: all of them.
 */
uint64_t rmp_permissions(uint64_t pfn)
{
	return rmp_table_get_opaque(pfn);
}

/**
 * rmp_set_permissions - ... and change them
 * @pfn: page frame number, covered
 * @permissions: as rmp_permissions() has them
 *
 * Context: rmp_lock held.
 */
void rmp_set_permissions(uint64_t pfn, uint64_t permissions)
{
	rmp_table_set_opaque(pfn, permissions);
}

/**
 * rmp_state_of - name what an entry says
 * @entry: low half
 *
 * Return: the page state (AMD 56860, chapter 5, page states).
 */
enum rmp_state rmp_state_of(uint64_t entry)
{
	bool immutable = entry & RMP_IMMUTABLE;
	bool validated = entry & RMP_VALIDATED;

	if (!(entry & RMP_ASSIGNED))
		return immutable ? RMP_HV_FIXED : RMP_HYPERVISOR;
	if (RMP_ASID(entry)) {
		if (immutable)
			return validated ? RMP_PRE_SWAP : RMP_PRE_GUEST;
		return validated ? RMP_GUEST_VALID : RMP_GUEST_INVALID;
	}
	if (!immutable)
		return RMP_RECLAIM;
	if (entry & RMP_VMSA)
		return RMP_CONTEXT;
	return entry & RMP_GPA_MASK ? RMP_METADATA : RMP_FIRMWARE;
}

/**
 * rmp_page_state - the state of the page at an address
 * @pa: physical address
 *
 * Return: its state, RMP_DEFAULT if the table does not cover it.
 */
enum rmp_state rmp_page_state(hwaddr pa)
{
	bool large;

	if (!snp_host_has_rmp() || !rmp_table_attached() || !rmp_covers(RMP_PFN(pa)))
		return RMP_DEFAULT;
	return rmp_state_of(rmp_effective(RMP_PFN(pa), &large));
}

/**
 * rmp_asid_in_use - whether any page still belongs to an ASID
 * @asid: the ASID
 *
 * Return: true if there is one.
 */
bool rmp_asid_in_use(uint32_t asid)
{
	for (uint64_t pfn = 0; pfn < rmp_nr_pages(); pfn++)
		if (rmp_covers(pfn) && RMP_ASID(rmp_read(pfn)) == asid)
			return true;
	return false;
}

/**
 * rmp_take_census - count all pages by state
 * @census: filled in; the table's own pages are left out
 */
void rmp_take_census(struct rmp_census *census)
{
	memset(census, 0, sizeof(*census));
	if (!snp_host_has_rmp() || !rmp_table_attached())
		return;
	QEMU_LOCK_GUARD(&rmp_lock);
	for (uint64_t pfn = 0; pfn < rmp_nr_pages(); pfn++) {
		uint64_t entry;
		bool large;

		if (!rmp_covers(pfn) || rmp_is_table(pfn << 12))
			continue;
		entry = rmp_effective(pfn, &large);
		census->pages[rmp_state_of(entry)]++;
		census->assigned += entry & RMP_ASSIGNED;
		census->vmsa += RMP_ASID(entry) && entry & RMP_VMSA;
	}
}

/**
 * rmp_flush_tlbs - make every CPU ask the table again
 *
 * Needed whenever a page becomes assigned; a page that ceases to be is looked
 * up again by itself, because its translation does not allow writes.
 *
 * Context: any thread.
 */
void rmp_flush_tlbs(void)
{
	tlb_flush_all_cpus_synced(current_cpu ?: first_cpu);
}
