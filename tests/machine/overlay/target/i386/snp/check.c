// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may touch which page: asked on every TLB fill of a CPU and on every
 * translation of a device's access (APM vol. 2, 15.36.10; AMD 48882).
 */
#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/page-protection.h"
#include "exec/cpu-common.h"
#include "tcg/insn-start-words.h"
#include "tcg/helper-tcg.h"
#include "check.h"
#include "hidden.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"

#define SIZE_1G		0x40000000ULL
#define PAGES_PER_1G	(SIZE_1G >> 12)

/* How many pages are assigned of what a mapping covers: of the 2 MiB around an
 * address, or, where the property rmp-1g-whole says so, of all of its 1 GiB.
 */
static bool around_assigned(uint64_t pfn, uint64_t mapping_size)
{
	uint64_t first = pfn & ~(PAGES_PER_1G - 1);

	if (mapping_size < SIZE_1G || !snp_host->rmp_1g_whole)
		return rmp_block_assigned(pfn);
	for (pfn = first; pfn < first + PAGES_PER_1G; pfn += RMP_PAGES_PER_2M)
		if (rmp_covers(pfn) && rmp_block_assigned(pfn))
			return true;
	return false;
}

/**
 * snp_judge - what stands against a write
 * @pa: physical address
 * @mapping_size: of what leads there, bytes
 * @entry: set to the entry that rules the page, low half
 *
 * Return: SNP_FREE if nothing does.
 */
enum snp_verdict snp_judge(hwaddr pa, uint64_t mapping_size, uint64_t *entry)
{
	uint64_t pfn = RMP_PFN(pa);
	bool large;

	*entry = 0;
	if (!rmp_covers(pfn))
		return SNP_FREE;
	if (rmp_is_table(pa)) {
		*entry = rmp_effective(pfn, &large);
		return SNP_TABLE;
	}
	if (rmp_block_assigned(pfn)) {
		*entry = rmp_effective(pfn, &large);
		if (*entry & RMP_ASSIGNED)
			return SNP_ASSIGNED;
	}
	if (mapping_size > 4096 && around_assigned(pfn, mapping_size))
		return SNP_NEIGHBOUR;
	return SNP_FREE;
}

/**
 * snp_cpu_rip - where a CPU is
 * @cs: the CPU
 * @ra: where in the translated code; 0: between two instructions
 *
 * With CF_PCREL code the unwinder knows only the offset in the page.
 *
 * Return: its instruction pointer.
 */
uint64_t snp_cpu_rip(CPUState *cs, uintptr_t ra)
{
	uint64_t data[TARGET_INSN_START_WORDS];
	uint64_t eip = cpu_env(cs)->eip;

	if (!ra || !cpu_unwind_state_data(cs, ra, data))
		return eip;
	return (eip & ~0xfffULL) | (data[0] & 0xfff);
}

/**
 * snp_blame_cpu - count what a CPU did, and where it did it
 * @cs: the CPU
 * @what: kind, address, entry, access; the rest is filled in
 * @ra: where in the translated code
 */
void snp_blame_cpu(CPUState *cs, const struct snp_touch *what, uintptr_t ra)
{
	struct snp_touch touch = *what;

	touch.cpu = cs->cpu_index;
	touch.rip = snp_cpu_rip(cs, ra);
	snp_touch(&touch);
}

static void cpu_touch(CPUState *cs, enum snp_touch_kind kind, hwaddr pa,
		      uint64_t entry, uint64_t mapping_size,
		      MMUAccessType type, uintptr_t ra)
{
	static const char *const name[] = {
		[MMU_DATA_LOAD] = "read",
		[MMU_DATA_STORE] = "write",
		[MMU_INST_FETCH] = "fetch",
	};

	snp_blame_cpu(cs, &(struct snp_touch) {
		.kind = kind,
		.pa = pa,
		.entry = entry,
		.mapping_size = mapping_size,
		.access = name[type],
	}, ra);
}

/* A write that nothing stopped, and once for each CPU and arming that it checks nothing. */
static void unchecked(CPUState *cs, struct snp_touch *touch, uintptr_t ra)
{
	struct snp_cpu *cpu = &snp_host->cpu[cs->cpu_index];

	touch->kind = SNP_TOUCH_UNCHECKED;
	snp_blame_cpu(cs, touch, ra);
	if (cpu->blamed_arming == rmp_armings)
		return;
	cpu->blamed_arming = rmp_armings;
	touch->kind = SNP_OFFENCE_NO_CHECKS;
	snp_blame_cpu(cs, touch, ra);
}

static enum snp_touch_kind fault_kind(enum snp_verdict verdict)
{
	switch (verdict) {
	case SNP_TABLE:
		return SNP_TOUCH_RMP_TABLE;
	case SNP_NEIGHBOUR:
		return SNP_TOUCH_RMP_FAULT_LARGE;
	default:
		return SNP_TOUCH_RMP_FAULT;
	}
}

/* Of a guest with nested paging only the nested translation is checked. */
static bool is_checked(CPUState *cs, int mmu_idx)
{
	if (mmu_idx == MMU_PHYS_IDX)
		return false;
	return mmu_idx == MMU_NESTED_IDX ||
	       !(cpu_env(cs)->hflags2 & HF2_NPT_MASK);
}

/*
 * With the property count-reads=each a translation is used for one access only, so
 * that a second look at the page comes here too. Accesses to rising addresses of
 * one page are one look.
 */
static bool new_look(CPUState *cs, hwaddr pa)
{
	hwaddr *last = &snp_host->cpu[cs->cpu_index].last_look;
	bool same = pa >> 12 == *last >> 12 && pa > *last;

	*last = pa;
	return !same;
}

static void guest_read(CPUState *cs, hwaddr pa, uint64_t entry, int *page_size,
		       MMUAccessType type, uintptr_t ra)
{
	bool each = snp_host->count_reads_each && type == MMU_DATA_LOAD;

	if (!each || new_look(cs, pa))
		cpu_touch(cs, SNP_TOUCH_GUEST_READ, pa, entry, *page_size, type, ra);
	if (each)
		*page_size = 1;
}

/**
 * snp_hook_fill - a CPU is about to keep a translation
 * @cs: the CPU
 * @pa: physical address of the access; changed where the host must not see
 *	what is there
 * @page_size: size of the mapping, bytes; 1 afterwards: not to be kept
 * @type: load, store or instruction fetch
 * @mmu_idx: QEMU's kind of address; page table walks have a hook of their own
 * @probe: nothing was really accessed yet; always so of nested translations
 * @ra: where in the translated code
 * @prot: what the mapping allows; PAGE_WRITE is taken away where a later
 *	  store has to ask again
 *
 * Return: 0, or the page fault's error code without its user bit.
 */
int snp_hook_fill(CPUState *cs, hwaddr *pa, int *page_size, MMUAccessType type,
		  int mmu_idx, bool probe, uintptr_t ra, int *prot)
{
	enum snp_verdict verdict;
	uint64_t entry;
	bool checks;

	if (likely(!qatomic_read(&rmp_armed)) || !is_checked(cs, mmu_idx))
		return 0;
	verdict = snp_judge(*pa, *page_size, &entry);
	if (verdict == SNP_FREE)
		return 0;
	checks = snp_cpu_enabled(cs->cpu_index);
	if (!checks && verdict == SNP_NEIGHBOUR)
		return 0;

	if (type != MMU_DATA_STORE) {
		*prot &= ~PAGE_WRITE;
		if (verdict == SNP_ASSIGNED && RMP_ASID(entry))
			guest_read(cs, *pa, entry, page_size, type, ra);
		if (snp_hidden(entry))
			*pa = snp_hidden_pa(*pa);
		return 0;
	}
	if (!checks) {
		unchecked(cs, &(struct snp_touch){ .pa = *pa, .entry = entry,
			.mapping_size = *page_size, .access = "write" }, ra);
		return 0;
	}
	if (!probe || mmu_idx == MMU_NESTED_IDX)
		cpu_touch(cs, fault_kind(verdict), *pa, entry, *page_size, type, ra);
	return PG_ERROR_P_MASK | PG_ERROR_W_MASK | SNP_PG_ERROR_RMP;
}

/**
 * snp_hook_walk_denied - a page walk is about to set accessed or dirty
 * @cs: the CPU
 * @pte: physical address of the page table entry
 *
 * Page tables are accessed without a mapping, so only their own page counts.
 *
 * Return: true if the entry must not be written.
 */
bool snp_hook_walk_denied(CPUState *cs, hwaddr pte)
{
	uint64_t entry;

	if (likely(!qatomic_read(&rmp_armed)) ||
	    snp_judge(pte, 4096, &entry) == SNP_FREE)
		return false;
	if (snp_cpu_enabled(cs->cpu_index))
		return true;
	unchecked(cs, &(struct snp_touch){ .pa = pte, .entry = entry,
		.access = "walk" }, 0);
	return false;
}

/**
 * snp_hook_walk_fault - such a walk raises a page fault
 * @cs: the CPU
 * @pte: physical address of the page table entry
 * @ra: where in the translated code
 */
void snp_hook_walk_fault(CPUState *cs, hwaddr pte, uintptr_t ra)
{
	struct snp_touch touch = { .kind = SNP_TOUCH_WALK, .pa = pte,
				   .access = "walk" };

	snp_judge(pte, 4096, &touch.entry);
	snp_blame_cpu(cs, &touch, ra);
}

static void check_vmcb(CPUState *cs, hwaddr pa, const char *insn, uintptr_t ra)
{
	struct snp_touch touch = { .kind = SNP_TOUCH_VMCB, .pa = pa,
				   .access = insn };

	if (snp_judge(pa, 4096, &touch.entry) == SNP_FREE)
		return;
	if (!snp_cpu_enabled(cs->cpu_index)) {
		unchecked(cs, &touch, ra);
		return;
	}
	snp_blame_cpu(cs, &touch, ra);
	raise_exception_err_ra(cpu_env(cs), EXCP0D_GPF, 0, ra);
}

/**
 * snp_hook_vmcb - VMRUN, VMLOAD or VMSAVE is about to use its pages
 * @cs: the CPU
 * @vmcb: physical address of the VMCB
 * @hsave: of the host save area; 0: not used
 * @insn: name of the instruction
 * @ra: where in the translated code
 *
 * These pages have to be the hypervisor's (APM vol. 2, 15.36.10). With #GP the
 * instruction does nothing, which is the strictest reading.
 */
void snp_hook_vmcb(CPUState *cs, hwaddr vmcb, hwaddr hsave, const char *insn,
		   uintptr_t ra)
{
	if (likely(!qatomic_read(&rmp_armed)))
		return;
	check_vmcb(cs, vmcb, insn, ra);
	if (hsave)
		check_vmcb(cs, hsave, insn, ra);
}
