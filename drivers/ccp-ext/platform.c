// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the CPU and the memory map say: RMP and SYSCFG registers, RMPUPDATE,
 * ranges of RAM. Works in kernels that know nothing of SNP: the registers are
 * read and the instruction is issued here.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>

#include <chain.h>

/* APM vol. 2, 15.36.2 and appendix A (MSR cross-reference) */
#define MSR_SYSCFG		0xc0010010
#define MSR_RMP_BASE		0xc0010132
#define MSR_RMP_END		0xc0010133
#define MSR_RMP_CFG		0xc0010136
#define SYSCFG_SNP_EN		BIT_ULL(24)
#define SYSCFG_MFDM		BIT_ULL(19)
#define SYSCFG_MEM_ENCRYPT	BIT_ULL(23)
#define RMP_BOOKKEEPING		0x4000
#define RMP_CFG_SEGMENTED	BIT_ULL(0)
#define RMPUPDATE_FAIL_OVERLAP	4

/*
 * CPUID 8000001F EAX bit 21: only RMPREAD tells what an entry means. The words in
 * memory are one family's format (PPR Family 19h Model 01h), which CPUs that have
 * the instruction need not keep; nor does Linux decode them there (get_rmpentry(),
 * arch/x86/virt/svm/sev.c, since 6.14).
 */
static bool has_rmpread(void)
{
	return cpuid_eax(0x80000000) >= 0x8000001f && cpuid_eax(0x8000001f) & BIT(21);
}

static void count_snp_en(void *arg)
{
	atomic_t *nr = arg;
	u64 val;

	if (!rdmsrq_safe(MSR_SYSCFG, &val) && (val & SYSCFG_SNP_EN))
		atomic_inc(nr);
}

/**
 * ccpx_rmp_open() - read the RMP registers and map the table
 * @rmp: filled; nr_pages is 0 where the CPU has no RMP
 *
 * The table is ordinary cacheable memory that may be read by anybody (APM vol.
 * 2, 15.36.3). Only contiguous tables of Zen 3 and Zen 4 are understood; a segmented
 * one, and what only RMPREAD can read, is reported as unreadable, so that the caller
 * fails to the safe side.
 *
 * Context: process, interrupts on. Return: 0, also without an RMP; -EOPNOTSUPP
 * for a layout that cannot be read; -ENOMEM.
 */
int ccpx_rmp_open(struct ccpx_rmp *rmp)
{
	atomic_t nr = ATOMIC_INIT(0);

	memset(rmp, 0, sizeof(*rmp));
	on_each_cpu(count_snp_en, &nr, 1);
	rmp->nr_cpus_snp_en = atomic_read(&nr);
	rmp->nr_cpus = num_online_cpus();
	if (rdmsrq_safe(MSR_RMP_BASE, &rmp->base) || rdmsrq_safe(MSR_RMP_END, &rmp->end) ||
	    !rmp->base || rmp->end <= rmp->base + RMP_BOOKKEEPING) {
		rmp->base = rmp->end = 0;
		return rmp->nr_cpus_snp_en ? -EOPNOTSUPP : 0;
	}
	if (rdmsrq_safe(MSR_RMP_CFG, &rmp->cfg))
		rmp->cfg = 0;
	if (rmp->cfg & RMP_CFG_SEGMENTED || has_rmpread())
		return -EOPNOTSUPP;
	rmp->nr_pages = (rmp->end + 1 - rmp->base - RMP_BOOKKEEPING) /
			sizeof(struct rmpp_raw_entry);
	/* pages past the last of RAM have entries too, but nobody writes there */
	rmp->table = memremap(rmp->base + RMP_BOOKKEEPING,
			      rmp->nr_pages * sizeof(struct rmpp_raw_entry), MEMREMAP_WB);
	return rmp->table ? 0 : -ENOMEM;
}

void ccpx_rmp_close(struct ccpx_rmp *rmp)
{
	if (rmp->table)
		memunmap((void *)rmp->table);
	rmp->table = NULL;
}

/* This CPU checks the RMP. Context: any. */
bool ccpx_snp_enabled_here(void)
{
	u64 val;

	return !rdmsrq_safe(MSR_SYSCFG, &val) && val & SYSCFG_SNP_EN;
}

/* Some CPU checks the RMP, so what the table says is real. */
bool ccpx_rmp_enforced(const struct ccpx_rmp *rmp)
{
	return rmp->nr_cpus_snp_en;
}

/**
 * ccpx_rmp_entry() - the entry in force for a page
 * @rmp: opened, with a table
 * @pfn: page; beyond the table an entry of all zeroes is returned
 * @e: filled
 *
 * The entry of the first page of a 2 MiB block holds for all of it when it is
 * a 2 MiB entry (APM vol. 2, 15.36.3).
 */
void ccpx_rmp_entry(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e)
{
	struct rmpp_raw_entry raw;

	memset(e, 0, sizeof(*e));
	if (pfn >= rmp->nr_pages)
		return;
	raw.lo = READ_ONCE(rmp->table[pfn & ~(RMPP_PAGES_PER_2M - 1)].lo);
	raw.hi = 0;
	rmpp_entry_from_raw(e, &raw);
	if (e->assigned && e->pagesize_2m)
		return;
	raw.lo = READ_ONCE(rmp->table[pfn].lo);
	rmpp_entry_from_raw(e, &raw);
}

/**
 * ccpx_rmp_assigned() - is a page somebody else's?
 * @rmp: opened
 * @pfn: page
 * @e: its entry; all zeroes where no CPU checks the RMP
 *
 * Return: true if the entry is in force and assigned.
 */
bool ccpx_rmp_assigned(const struct ccpx_rmp *rmp, u64 pfn, struct rmpp_entry *e)
{
	memset(e, 0, sizeof(*e));
	if (!rmp->table || !ccpx_rmp_enforced(rmp))
		return false;
	ccpx_rmp_entry(rmp, pfn, e);
	return e->assigned;
}

/**
 * ccpx_rmpupdate() - change an RMP entry
 * @pfn: page
 * @state: new contents
 *
 * RMPUPDATE has no exception table entry of its own here, so it is issued only
 * where this CPU has SNP_EN set. It returns OVERLAP while another page size of
 * the same block is in flux (APM vol. 3); that is retried a bounded number of
 * times.
 *
 * Return: 0, the instruction's code (1 input, 2 permission, 3 in use, 4
 * overlap), or -ENODEV.
 */
int ccpx_rmpupdate(u64 pfn, const struct ccpx_rmp_state *state)
{
	unsigned int tries = 100;
	u64 val;
	int rc;

	do {
		preempt_disable();
		if (rdmsrq_safe(MSR_SYSCFG, &val) || !(val & SYSCFG_SNP_EN)) {
			preempt_enable();
			return -ENODEV;
		}
		/* rmpupdate */
		asm volatile(".byte 0xf2, 0x0f, 0x01, 0xfe"
			     : "=a" (rc)
			     : "a" (pfn << PAGE_SHIFT), "c" ((unsigned long)state)
			     : "memory", "cc");
		preempt_enable();
	} while (rc == RMPUPDATE_FAIL_OVERLAP && --tries);
	return rc;
}

int ccpx_rmp_make_shared(u64 pfn, bool pagesize_2m)
{
	struct ccpx_rmp_state state = { .pagesize = pagesize_2m };

	return ccpx_rmpupdate(pfn, &state);
}

static void enable_mfdm(void *arg)
{
	u64 val;

	if (rdmsrq_safe(MSR_SYSCFG, &val) || !(val & SYSCFG_SNP_EN) || val & SYSCFG_MFDM)
		return;
	wrmsrq(MSR_SYSCFG, val | SYSCFG_MFDM);
	atomic_inc(arg);
}

/**
 * ccpx_restore_mfdm() - undo what an SNP-unaware kernel did to SYSCFG
 *
 * SNP_INIT_EX wants MtrrFixDramModEn on every core (56860). A kernel that knows no
 * SNP clears the bit at boot (arch/x86/kernel/cpu/mtrr/generic.c), and the next
 * one that does sets it together with SNP_EN only, which is on already
 * (snp_rmptable_init()), so its SNP_INIT_EX fails with INVALID_CONFIG.
 *
 * Context: process, before ccp.
 */
void ccpx_restore_mfdm(void)
{
	atomic_t nr = ATOMIC_INIT(0);

	if (!ccpx_kernel_knows_snp())
		return;
	on_each_cpu(enable_mfdm, &nr, 1);
	if (atomic_read(&nr))
		pr_info("MtrrFixDramModEn set again on %d CPUs for SNP_INIT\n", atomic_read(&nr));
}

/**
 * ccpx_sev_capable() - can this CPU run SEV guests at all?
 *
 * CPUID 8000001F EAX bit 1, and memory encryption on in SYSCFG (bit 23), which the
 * BIOS decides; without either no PSP command of ours makes sense.
 */
bool ccpx_sev_capable(void)
{
	u64 val;

	return cpuid_eax(0x80000000) >= 0x8000001f && cpuid_eax(0x8000001f) & BIT(1) &&
	       !rdmsrq_safe(MSR_SYSCFG, &val) && val & SYSCFG_MEM_ENCRYPT;
}

struct ram_walk {
	struct chain_ram *v;
	u32 nr, max;
};

static int ram_add(struct resource *res, void *arg)
{
	struct ram_walk *w = arg;
	u64 start = PFN_UP(res->start), end = PFN_DOWN(res->end + 1);

	if (start >= end)
		return 0;
	if (w->nr && w->v[w->nr - 1].end_pfn == start) {
		w->v[w->nr - 1].end_pfn = end;
		return 0;
	}
	if (w->nr == w->max)
		return -ENOSPC;
	w->v[w->nr++] = (struct chain_ram) { start, end };
	return 0;
}

/**
 * ccpx_ram_ranges() - System RAM, sorted, neighbours merged
 * @v: filled
 * @max: room in @v
 *
 * Return: number of ranges, 0 if they do not fit.
 */
u32 ccpx_ram_ranges(struct chain_ram *v, u32 max)
{
	struct ram_walk w = { v, 0, max };

	if (walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				0, -1, &w, ram_add))
		return 0;
	return w.nr;
}

u64 ccpx_tsc_khz(void)
{
	return tsc_khz;
}
