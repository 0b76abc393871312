// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the CPU and the memory map say: SYSCFG, ranges of RAM. Works in kernels that
 * know nothing of SNP: the register is read here.
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
#define SYSCFG_MFDM		BIT_ULL(19)
#define SYSCFG_MEM_ENCRYPT	BIT_ULL(23)

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

/**
 * ccpx_us_since() - time by the TSC, for where nothing else is sure to go on
 * @tsc: rdtsc() of then, on this CPU
 *
 * Context: any. Return: microseconds; without a TSC of known speed far too many.
 */
u64 ccpx_us_since(u64 tsc)
{
	return div_u64((rdtsc() - tsc) * 1000, max(ccpx_tsc_khz(), 1ULL));
}
