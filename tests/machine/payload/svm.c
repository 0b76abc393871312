// SPDX-License-Identifier: GPL-2.0-only
/* An ordinary guest: the payload's own page tables below nested ones of 1 GiB pages. */
#include "payload.h"

struct vmcb_segment {
	u16 selector, attributes;
	u32 limit;
	u64 base;
} __packed;

/* APM vol. 2, appendix B: what a guest in 64-bit mode needs of it. */
struct vmcb {
	u8 before_intercepts[0xc];
	u64 intercepts;
	u8 before_asid[0x58 - 0x14];
	u32 asid;
	u8 before_exit[0x70 - 0x5c];
	u64 exit_code, exit_info1, exit_info2;
	u8 before_nested[0x90 - 0x88];
	u64 nested_control;
	u8 before_nested_cr3[0xb0 - 0x98];
	u64 nested_cr3;
	u8 before_save[0x400 - 0xb8];
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	u8 before_efer[0xd0 - 0xa0];
	u64 efer;
	u8 before_cr4[0x148 - 0xd8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 before_rsp[0x1d8 - 0x180];
	u64 rsp;
} __packed;

#define INTERCEPT_HLT	BIT(24)
#define INTERCEPT_VMRUN	BIT(32)
#define NPT_PAGE	0x87ULL		/* present, writable, user, large */
#define ATTR_CODE64	0xa9b
#define ATTR_DATA	0xc93

static u64 npt_pml4[512] __attribute__((aligned(4096)));
static u64 npt_pdpt[512] __attribute__((aligned(4096)));

asm(".globl svm_guest_write, svm_guest_wait\n"
    "svm_guest_write: movq $1, (%rdi)\n\thlt\n"
    "svm_guest_wait: movl $1, 4(%rdi)\n"
    "1: pause\n\tcmpl $0, (%rdi)\n\tje 1b\n\thlt\n");

/* svm_enable - let this CPU run guests */
void svm_enable(u64 hsave)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, hsave);
}

/**
 * svm_prepare - make a VMCB
 * @vmcb: its page
 * @code: what the guest runs until it halts
 */
void svm_prepare(u64 vmcb, void (*code)(void))
{
	struct vmcb *v = (void *)vmcb;

	for (u64 i = 0; i < 4; i++)
		npt_pdpt[i] = i << 30 | NPT_PAGE;
	npt_pml4[0] = (u64)npt_pdpt | 7;
	for (u8 *p = (u8 *)v; p < (u8 *)(v + 1); p++)
		*p = 0;
	v->intercepts = INTERCEPT_HLT | INTERCEPT_VMRUN;
	v->asid = 1;
	v->nested_control = 1;
	v->nested_cr3 = (u64)npt_pml4;
	v->cs = (struct vmcb_segment){ 0x18, ATTR_CODE64, ~0u, 0 };
	v->ss = v->ds = v->es = (struct vmcb_segment){ 0x10, ATTR_DATA, ~0u, 0 };
	asm volatile("mov %%cr0, %0" : "=r"(v->cr0));
	asm volatile("mov %%cr3, %0" : "=r"(v->cr3));
	asm volatile("mov %%cr4, %0" : "=r"(v->cr4));
	v->efer = rdmsr(MSR_EFER);
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = 2;
	v->rip = (u64)code;
}

/* svm_run - VMRUN, and why it came back */
struct vmexit svm_run(u64 vmcb, void *argument)
{
	struct fault fault = try_vmrun(vmcb, argument);
	volatile struct vmcb *v = (void *)vmcb;

	return (struct vmexit){ fault, v->exit_code, v->exit_info1, v->exit_info2 };
}
