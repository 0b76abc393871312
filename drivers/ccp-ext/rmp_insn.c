// SPDX-License-Identifier: GPL-2.0-only
/*
 * RMPUPDATE and RMPREAD, issued here: kernels that know nothing of SNP have neither,
 * and those that do export neither.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <asm/asm.h>
#include <asm/msr.h>
#include <asm/processor.h>

#define RMPUPDATE_FAIL_OVERLAP	4

/* This CPU checks the RMP. Context: any. */
bool ccpx_snp_enabled_here(void)
{
	u64 val;

	return !rdmsrq_safe(MSR_SYSCFG, &val) && val & SYSCFG_SNP_EN;
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

/**
 * ccpx_has_rmpread() - does this CPU read entries by an instruction?
 *
 * CPUID 8000001F EAX bit 21. Where it does, only RMPREAD tells what an entry means:
 * the words in memory are one family's format (PPR Family 19h Model 01h), and Linux
 * does not decode them either (get_rmpentry(), arch/x86/virt/svm/sev.c, since 6.14).
 *
 * Context: any. Return: true if so.
 */
bool ccpx_has_rmpread(void)
{
	return cpuid_eax(0x80000000) >= 0x8000001f && cpuid_eax(0x8000001f) & BIT(21);
}

/**
 * ccpx_rmpread() - a page's own entry
 * @pfn: page
 * @buf: filled, for rmpp_entry_from_rmpread()
 *
 * A CPU without SNP_EN does not know the instruction (#UD), which is caught: millions of
 * entries are read, and a look at SYSCFG before each would cost as much as the entry.
 *
 * Context: any. Return: 0, the instruction's code (1: no such entry), or -EFAULT.
 */
int ccpx_rmpread(u64 pfn, u8 buf[16])
{
	int code, err = -EFAULT;

	/* rmpread; err stays as it is where that faults */
	asm volatile("1: .byte 0xf2, 0x0f, 0x01, 0xfd\n"
		     "	movl $0, %[err]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "=a" (code), [err] "+r" (err)
		     : "a" (pfn << PAGE_SHIFT), "c" (buf)
		     : "memory", "cc");
	return err ?: code;
}
