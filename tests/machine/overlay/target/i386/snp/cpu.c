// SPDX-License-Identifier: GPL-2.0-only
/* CPUID and the MSRs of an SNP host, kept per CPU and outside of INIT's reach. */
#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/cputlb.h"
#include "exec/exec-all.h"
#include "tcg/helper-tcg.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"

#define MSR_SYSCFG		0xc0010010
#define SYSCFG_MFDM		BIT_ULL(19)
#define SYSCFG_MEM_ENCRYPT	BIT_ULL(23)
#define SYSCFG_SNP_EN		BIT_ULL(24)
#define SYSCFG_VMPL_EN		BIT_ULL(25)
#define SYSCFG_SNP_MASK		(SYSCFG_SNP_EN | SYSCFG_VMPL_EN)

#define MSR_HWCR		0xc0010015
#define HWCR_SMM_LOCK		BIT_ULL(0)

#define MSR_RMP_BASE		0xc0010132
#define MSR_RMP_END		0xc0010133
#define MSR_RMP_CFG		0xc0010136
#define RMP_CFG_SEGMENTED	BIT_ULL(0)
#define RMP_CFG_SHIFT_SHIFT	8

#define NR_SVM_ASIDS		0x8000

/**
 * snp_cpu_reset_all - put every CPU's MSRs to what firmware leaves behind
 * @host: the object
 */
void snp_cpu_reset_all(SnpHost *host)
{
	for (int i = 0; i < SNP_MAX_CPUS; i++)
		host->cpu[i] = (struct snp_cpu) {
			.syscfg = SYSCFG_MEM_ENCRYPT,
			.hwcr = HWCR_SMM_LOCK,
		};
}

/**
 * snp_cpu_enabled - whether a CPU checks the RMP
 * @cpu_index: QEMU's number of the CPU
 *
 * Return: its SYSCFG.SNPEn.
 */
bool snp_cpu_enabled(int cpu_index)
{
	return qatomic_read(&snp_host->cpu[cpu_index].syscfg) & SYSCFG_SNP_EN;
}

/**
 * snp_cpu_ready_for_init - what SNP_INIT_EX demands of all CPUs
 * @init_rmp: the command is to initialise the RMP
 *
 * AMD 56860, SNP_INIT_EX: MemEncryptionModEn, SNPEn, VMPLEn and MFDM set on
 * every core; VM_HSAVE_PA zero if the RMP is to be initialised.
 *
 * Return: true if all CPUs comply.
 */
bool snp_cpu_ready_for_init(bool init_rmp)
{
	const uint64_t need = SYSCFG_MEM_ENCRYPT | SYSCFG_SNP_EN |
			      SYSCFG_VMPL_EN | SYSCFG_MFDM;
	CPUState *cs;

	CPU_FOREACH(cs) {
		if ((snp_host->cpu[cs->cpu_index].syscfg & need) != need)
			return false;
		if (init_rmp && cpu_env(cs)->vm_hsave)
			return false;
	}
	return true;
}

/**
 * snp_cpu_disable_all - what the firmware's x86_snp_shutdown does to the CPUs
 */
void snp_cpu_disable_all(void)
{
	CPUState *cs;

	CPU_FOREACH(cs)
		snp_host->cpu[cs->cpu_index].syscfg &= ~SYSCFG_SNP_MASK;
	rmp_disarm();
}

/**
 * snp_cpu_stamp - a moment, to order WBINVDs and ASIDs' deaths by
 *
 * Return: a number greater than any before.
 */
uint64_t snp_cpu_stamp(void)
{
	return qatomic_add_fetch(&snp_host->stamp, 1);
}

/**
 * snp_cpu_flushed_since - whether the CPUs ran WBINVD after a moment
 * @stamp: the moment
 * @complexes: a bit for each core complex whose CPUs are asked
 *
 * With the property flush-all-cpus off, a CPU that waits for its start-up
 * does not have to.
 *
 * Return: true if all did.
 */
bool snp_cpu_flushed_since(uint64_t stamp, uint64_t complexes)
{
	CPUState *cs;

	CPU_FOREACH(cs) {
		if (!(complexes & BIT_ULL(snp_host_complex(cs->cpu_index) % 64)))
			continue;
		if (!snp_host->flush_all_cpus && cs->halted)
			continue;
		if (qatomic_read(&snp_host->cpu[cs->cpu_index].flushed) < stamp)
			return false;
	}
	return true;
}

/**
 * snp_hook_cpuid - say in CPUID that this is an SEV host
 * @leaf: function number
 * @eax: as QEMU has it, changed in place; likewise the others
 * @ebx: ...
 * @ecx: ...
 * @edx: ...
 */
void snp_hook_cpuid(uint32_t leaf, uint32_t *eax, uint32_t *ebx, uint32_t *ecx,
		    uint32_t *edx)
{
	const struct snp_profile *profile;

	if (!snp_host)
		return;
	profile = snp_host->profile;
	switch (leaf) {
	case 0x8000000a:
		*ebx = NR_SVM_ASIDS;
		*edx |= CPUID_SVM_NRIPSAVE | CPUID_SVM_LBRV |
			CPUID_SVM_FLUSHASID | CPUID_SVM_DECODEASSIST;
		break;
	case 0x8000001f:
		*eax = profile->cpuid_eax;
		*ebx = profile->cpuid_ebx;
		*ecx = profile->nr_asids;
		*edx = profile->min_sev_asid;
		break;
	case 0x80000025:
		*eax = profile->segment_eax;
		*ebx = profile->segment_ebx;
		*ecx = 0;
		*edx = 0;
		break;
	}
}

/* APM vol. 2, 15.36, enabling SEV-SNP: SNPEn, once set, holds itself and what it rests on. */
static void syscfg_write(CPUState *cs, uint64_t val, uintptr_t ra)
{
	uint64_t *syscfg = &snp_host->cpu[cs->cpu_index].syscfg;
	uint64_t before = *syscfg;

	if (val & SYSCFG_SNP_MASK && !snp_host->profile->snp)
		raise_exception_err_ra(cpu_env(cs), EXCP0D_GPF, 0, ra);
	if (before & SYSCFG_SNP_EN)
		val |= before & (SYSCFG_SNP_MASK | SYSCFG_MEM_ENCRYPT);
	qatomic_set(syscfg, val);
	if (!(before & SYSCFG_SNP_EN) && (val & SYSCFG_SNP_EN) &&
	    snp_host_has_rmp()) {
		rmp_arm();
		tlb_flush(cs);
	}
}

/**
 * snp_hook_wrmsr - a CPU writes an MSR
 * @cs: the CPU
 * @msr: its number
 * @val: the value
 * @ra: where in the translated code, for exceptions
 *
 * Return: true if the MSR is one of ours.
 */
bool snp_hook_wrmsr(CPUState *cs, uint32_t msr, uint64_t val, uintptr_t ra)
{
	if (!snp_host)
		return false;
	switch (msr) {
	case MSR_SYSCFG:
		syscfg_write(cs, val, ra);
		return true;
	case MSR_HWCR:
		snp_host->cpu[cs->cpu_index].hwcr = val | HWCR_SMM_LOCK;
		return true;
	case MSR_RMP_BASE:
	case MSR_RMP_END:
	case MSR_RMP_CFG:
		/* SMM firmware has locked them. */
		if (snp_host->profile->snp)
			raise_exception_err_ra(cpu_env(cs), EXCP0D_GPF, 0, ra);
		return false;
	}
	return false;
}

/**
 * snp_hook_rdmsr - a CPU reads an MSR
 * @cs: the CPU
 * @msr: its number
 * @val: set to the value
 *
 * Return: true if the MSR is one of ours.
 */
bool snp_hook_rdmsr(CPUState *cs, uint32_t msr, uint64_t *val)
{
	if (!snp_host)
		return false;
	switch (msr) {
	case MSR_SYSCFG:
		*val = snp_host->cpu[cs->cpu_index].syscfg;
		return true;
	case MSR_HWCR:
		*val = snp_host->cpu[cs->cpu_index].hwcr;
		return true;
	case MSR_RMP_BASE:
		*val = snp_host->rmp_base;
		return true;
	case MSR_RMP_END:
		*val = snp_host->rmp_segmented ? 0 : snp_host->rmp_end;
		return true;
	case MSR_RMP_CFG:
		if (!snp_host->profile->rmp_segments)
			return false;
		*val = !snp_host->rmp_segmented ? 0 : RMP_CFG_SEGMENTED |
		       snp_host->rmp_segment_shift << RMP_CFG_SHIFT_SHIFT;
		return true;
	}
	return false;
}
