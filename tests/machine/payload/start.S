/* SPDX-License-Identifier: GPL-2.0-only */
/* From the reset vector to 64-bit C, and the same for the other CPUs. */
#define CODE32	0x08
#define DATA	0x10
#define CODE64	0x18
#define CR0_PE	0x1
#define CR0_PG_PE 0x80000001
#define CR4_PAE	0x20
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define TRAMPOLINE 0x8000

	.macro enter_long_mode target
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	$CR0_PG_PE, %eax
	mov	%eax, %cr0
	ljmp	$CODE64, $\target
	.endm

	.macro load_data_segments
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	.endm

	.section .reset_vector, "ax"
	.code16
	.globl	reset_vector
reset_vector:
	jmp	start16

	.section .reset, "ax"
	.code16
start16:
	cli
	lgdtl	%cs:(gdt_pointer - 0xffff0000)
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$CODE32, $start32

	.code32
start32:
	load_data_segments
	cld
	mov	$0xfffc0000, %esi
	mov	$image_start, %edi
	mov	$image_end, %ecx
	sub	%edi, %ecx
	rep movsb
	xor	%eax, %eax
	mov	$image_end, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	rep stosb

	/* The first 4 GiB as they are, in 2 MiB pages; C maps the rest. */
	movl	$pdpt + 3, pml4
	mov	$pdpt, %edi
	mov	$pd + 3, %eax
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$4096, %eax
	loop	1b
	mov	$pd, %edi
	mov	$0x83, %eax
	mov	$2048, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	loop	1b
	enter_long_mode entry64

	.balign	16
gdt:	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00cf93000000ffff
	.quad	0x00af9b000000ffff
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.section .text.entry, "ax"
	.code64
entry64:
	mov	$stacks + 16384, %rsp
	call	main
1:	hlt
	jmp	1b

	.globl	ap_entry64
ap_entry64:
	mov	ap_stack(%rip), %rsp
	call	ap_main
1:	hlt
	jmp	1b

	/* Copied to TRAMPOLINE: where a start-up IPI begins. */
	.globl	trampoline, trampoline_end
trampoline:
	.code16
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	lgdtl	TRAMPOLINE + (ap_gdt_pointer - trampoline)
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$CODE32, $TRAMPOLINE + (ap_start32 - trampoline)
	.code32
ap_start32:
	load_data_segments
	enter_long_mode ap_entry64
ap_gdt_pointer:
	.word	gdt_pointer - gdt - 1
	.long	gdt
trampoline_end:

	/*
	 * Exceptions. Code that expects one has FIXUP in RBX and says in R12
	 * where to go on; it finds vector, error code and CR2 in R8 to R10.
	 */
#define FIXUP 0x46495855
	.code64
	.balign	16
	.globl	exception_stubs
exception_stubs:
	.set	vector, 0
	.rept	32
	.balign	16
	.if	(vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17)
	.else
	push	$0
	.endif
	push	$vector
	jmp	exception
	.set	vector, vector + 1
	.endr

exception:
	cmp	$FIXUP, %rbx
	jne	1f
	pop	%r8
	pop	%r9
	mov	%cr2, %r10
	xor	%ebx, %ebx
	mov	%r12, (%rsp)
	iretq
1:	pop	%rdi
	pop	%rsi
	mov	(%rsp), %rdx
	mov	%cr2, %rcx
	and	$-16, %rsp
	call	exception_unexpected

	.bss
	.balign	4096
	.globl	pml4
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4 * 4096
	.globl	stacks
stacks:	.skip	4 * 16384
	.section .note.GNU-stack, "", @progbits
