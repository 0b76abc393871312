// SPDX-License-Identifier: GPL-2.0-only
#include "payload.h"

static void snp_enable_this_cpu(void)
{
	wrmsr(MSR_SYSCFG, rdmsr(MSR_SYSCFG) | SYSCFG_MFDM | SYSCFG_SNP |
			  SYSCFG_VMPL);
}

/**
 * snp_enable - set SNP up on both CPUs, as a kernel's boot does
 */
void snp_enable(void)
{
	ap_start();
	all_run(snp_enable_this_cpu);
}

/**
 * rmp_update - RMPUPDATE
 * @pa: physical address
 * @state: the new state
 *
 * Return: RMP_*
 */
u64 rmp_update(u64 pa, struct rmp_state state)
{
	u64 status = 0, flags = 0;

	if (try_rmpupdate(pa, &state, &status, &flags).vector != NO_FAULT)
		return ~0ULL;
	return status;
}

/**
 * rmp_psmash - PSMASH
 * @pa: physical address
 *
 * Return: RMP_*
 */
u64 rmp_psmash(u64 pa)
{
	u64 status = 0;

	if (try_psmash(pa, &status).vector != NO_FAULT)
		return ~0ULL;
	return status;
}

/**
 * rmp_entry_place - where in memory a page's entry is
 * @pa: physical address of the page
 *
 * Return: physical address of the entry; 0 if no segment has it.
 */
u64 rmp_entry_place(u64 pa)
{
	u64 table = rdmsr(MSR_RMP_BASE) + 0x4000, cfg = 0, segment, within;
	u32 reg[4];

	cpuid(0x8000001f, reg);
	if (reg[0] & BIT(23))
		cfg = rdmsr(MSR_RMP_CFG);
	if (!(cfg & 1))
		return table + (pa >> 12) * 16;
	segment = ((u64 *)table)[pa >> (cfg >> 8 & 0x3f)];
	within = pa & (BIT(cfg >> 8 & 0x3f) - 1);
	if (within >> 30 >= (segment & 0xfffff))
		return 0;
	return (segment & 0xffffffff00000) + (within >> 12) * 16;
}

/**
 * rmp_entry - read an entry as the kernel does, from the table in memory
 * @pa: physical address of the page
 *
 * Return: its low half.
 */
u64 rmp_entry(u64 pa)
{
	return *(volatile u64 *)map_4k(rmp_entry_place(pa));
}

/**
 * rmp_read - RMPREAD
 * @pa: physical address
 * @answer: filled in
 *
 * Return: RMP_*
 */
u64 rmp_read(u64 pa, struct rmp_state *answer)
{
	u64 status = 0;

	if (try_rmpread(pa, answer, &status).vector != NO_FAULT)
		return ~0ULL;
	return status;
}

/* rmp_firmware - make a page a Firmware page */
u64 rmp_firmware(u64 pa)
{
	return rmp_update(pa, (struct rmp_state){ .assigned = 1, .immutable = 1 });
}

/* rmp_shared - make a page a Hypervisor page */
u64 rmp_shared(u64 pa)
{
	return rmp_update(pa, (struct rmp_state){ 0 });
}
