// SPDX-License-Identifier: GPL-2.0-only
/* Moments that are seen from outside, and what can go wrong at them. */
#include "payload.h"

#define SOURCE "arch/x86/kernel/relocate_kernel_64.S of 6.1, 6.12, 7.3"

#define CR0_WP	BIT(16)
#define CR4_PAE	BIT(5)
#define CR4_PGE	BIT(7)
#define IND_DONE 4

extern u64 pml4[512];
static u64 next_pml4[512] __attribute__((aligned(4096)));

static u64 moments(const char *name)
{
	char path[64];

	format_to(path, sizeof(path), "moments/%s", name);
	return control_get("counters", path);
}

/* As relocate_kernel does it: CR4, then CR3 from R9, the list of pages in RDI. */
static void jump(u64 list, bool wp_clear, u64 between)
{
	u64 cr0, cr4;

	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	asm volatile("mov %0, %%cr0" :: "r"(wp_clear ? cr0 & ~CR0_WP : cr0 | CR0_WP));
	asm volatile("mov %[table], %%r9\n\t"
		     "mov %[cr4], %%cr4\n\t"
		     "test %[between], %[between]\n\t"
		     "jz 1f\n\t"
		     "mov %[between], %%cr4\n"
		     "1:\tmov %%r9, %%cr3\n\t"
		     "mov %%cr3, %%rax\n\t"
		     "mov %%rax, %%cr3"
		     :: "D"(list), [table] "r"(pml4), [cr4] "r"(CR4_PAE),
		     [between] "r"(between) : "rax", "r9", "memory");
	asm volatile("mov %0, %%cr4" :: "r"(cr4));
	asm volatile("mov %0, %%cr0" :: "r"(cr0));
}

static void next_kernel(void)
{
	for (int i = 0; i < 512; i++)
		next_pml4[i] = pml4[i];
	asm volatile("mov %0, %%cr3" :: "r"(next_pml4) : "memory");
}

TEST("faults", moment_kexec, "a kexec is seen: the jump, then the next kernel's own tables",
     SOURCE)
{
	jump(0x1000, true, 0);
	CHECK_EQ(moments("kexec-jump"), 1);
	CHECK_EQ(moments("panic"), 0);
	CHECK_EQ(moments("next-kernel"), 0);
	next_kernel();
	CHECK_EQ(moments("kexec-jump"), 1);
	CHECK_EQ(moments("next-kernel"), 1);
	jump(0x1000, true, 0);
	CHECK_EQ(moments("kexec-jump"), 2);
}

TEST("faults", moment_panic, "... and the one into a crash kernel, which has no pages to copy",
     SOURCE)
{
	jump(IND_DONE, true, 0);
	CHECK_EQ(moments("kexec-jump"), 1);
	CHECK_EQ(moments("panic"), 1);
}

TEST("faults", moment_no_kexec, "what is only like it is not taken for one",
     "arch/x86/kernel/head_64.S: a TLB flush by CR4 with PGE cleared")
{
	jump(0x1000, false, 0);
	jump(0x1000, true, CR4_PAE | CR4_PGE);
	CHECK_EQ(moments("kexec-jump"), 0);
}

TEST("faults", moment_nmi, "an NMI to other CPUs is seen, which panics send",
     "arch/x86/kernel/reboot.c, nmi_shootdown_cpus()")
{
	nmi_to_nobody();
	CHECK_EQ(moments("nmi-ipi"), 1);
}

TEST("faults", moment_reset, "and a reset", "docs/machine.md, Faults")
{
	if (!test_stage) {
		page_write(TEST_PA, 0x11);
		fault("\"on\":\"reset\",\"action\":\"corrupt\",\"pa\":67108864,\"len\":1");
		stage_next();
		return;
	}
	CHECK_EQ(moments("reset"), 1);
	CHECK_EQ(page_read(TEST_PA), 0xee);
}

TEST("faults", corrupt_at_jump, "RAM is corrupted when a kernel jumps", "docs/machine.md, Faults")
{
	page_write(TEST_PA, 0);
	page_write(TEST_PA + 8, 0);
	fault("\"on\":\"kexec-jump\",\"action\":\"corrupt\",\"pa\":67108868,"
	      "\"len\":8,\"fill\":90");
	CHECK_EQ(page_read(TEST_PA), 0);
	jump(0x1000, true, 0);
	CHECK_EQ(page_read(TEST_PA), 0x5a5a5a5a00000000);
	CHECK_EQ(page_read(TEST_PA + 8), 0x5a5a5a5a);
	page_write(TEST_PA, 0);
	jump(0x1000, true, 0);
	CHECK_EQ(page_read(TEST_PA), 0);
}

TEST("faults", corrupt_at_command, "... at the n-th command, code that ran before too",
     "docs/machine.md, Faults")
{
	u8 *code = (u8 *)TEST_PA;
	u32 (*function)(void) = (void *)TEST_PA;

	/* mov $1, %eax; ret */
	page_write(TEST_PA, 0xc300000001b8);
	CHECK_EQ(function(), 1);
	fault("\"command\":4,\"nth\":2,\"action\":\"corrupt\",\"pa\":67108865,"
	      "\"len\":1,\"xor\":3");
	CHECK_EQ(psp_at(4, TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(function(), 1);
	CHECK_EQ(psp_at(4, TEST_PA + PAGE_SIZE), 0);
	CHECK_EQ(code[1], 2);
	CHECK_EQ(function(), 2);
}

TEST("faults", corrupt_behind_tmr, "... and behind a locked TMR", "docs/machine.md, Faults")
{
	page_write(0x4200000, 0x77);
	CHECK_EQ(psp_sev_init(true, 0x4200000, 0x100000), 0);
	fault("\"command\":4,\"action\":\"corrupt\",\"pa\":69206016,\"len\":1");
	CHECK_EQ(psp_at(4, TEST_PA), 0);
	CHECK_EQ(control_get("counters", "forbidden"), 0);
	CHECK_EQ(psp(2, NULL), 0);
	CHECK_EQ(page_read(0x4200000), 0x88);
}
