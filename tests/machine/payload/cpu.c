// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions that are expected, mappings of three sizes, MSRs. */
#include "payload.h"

struct idt_entry {
	u16 low, selector, type, mid;
	u32 high, zero;
} __packed;

static struct idt_entry idt[32];
extern u8 exception_stubs[];
extern u64 pml4[512];

static u64 pdpt_1g[512] __attribute__((aligned(4096)));
static u64 pdpt_4k[512] __attribute__((aligned(4096)));
static u64 pd_4k[512] __attribute__((aligned(4096)));
static u64 pt_4k[512] __attribute__((aligned(4096)));
static unsigned int next_4k;

#define VA_1G	(1ULL << 39)
#define VA_4K	(2ULL << 39)
#define PTE	3ULL
#define PTE_PS	0x83ULL

static void idt_load(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(idt) - 1, (u64)idt };

	asm volatile("lidt %0" :: "m"(pointer));
}

/**
 * cpu_init - set a CPU's exceptions and mappings up
 *
 * The 1 GiB mapping of all 4 GiB stands at 512 GiB; 4 KiB ones at 1 TiB.
 */
void cpu_init(void)
{
	for (u64 i = 0; i < ARRAY_SIZE(idt); i++) {
		u64 at = (u64)exception_stubs + i * 16;

		idt[i] = (struct idt_entry) {
			.low = at, .selector = 0x18, .type = 0x8e00,
			.mid = at >> 16, .high = at >> 32,
		};
	}
	idt_load();
	for (u64 i = 0; i < 4; i++)
		pdpt_1g[i] = i << 30 | PTE_PS;
	pml4[1] = (u64)pdpt_1g | PTE;
	pdpt_4k[0] = (u64)pd_4k | PTE;
	pd_4k[0] = (u64)pt_4k | PTE;
	pml4[2] = (u64)pdpt_4k | PTE;
	asm volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" ::: "rax", "memory");
}

void ap_cpu_init(void);
void ap_cpu_init(void)
{
	idt_load();
}

void exception_unexpected(u64 vector, u64 error, u64 rip, u64 cr2);
void exception_unexpected(u64 vector, u64 error, u64 rip, u64 cr2)
{
	print("Bail out! exception %lu error 0x%lx rip 0x%lx cr2 0x%lx\n",
	      vector, error, rip, cr2);
	outb(0x501, 2);
	for (;;)
		asm volatile("hlt");
}

#define FIXUP 0x46495855
#define TRY(insn, outputs, ...)						\
	register u64 r8 asm("r8") = NO_FAULT;				\
	register u64 r9 asm("r9") = 0;					\
	register u64 r10 asm("r10") = 0;				\
	asm volatile("lea 1f(%%rip), %%r12\n\tmov %[fixup], %%ebx\n\t"	\
		     insn "\n1:\txor %%ebx, %%ebx"			\
		     : "+r"(r8), "+r"(r9), "+r"(r10) outputs		\
		     : [fixup] "i"(FIXUP), ##__VA_ARGS__		\
		     : "rbx", "r12", "memory", "cc");			\
	return (struct fault) { r8, r9, r10 }
#define COMMA ,

struct fault try_write(volatile void *at, u64 value)
{
	TRY("mov %[v], (%[at])", , [at] "D"(at), [v] "S"(value));
}

struct fault try_read(volatile void *at, u64 *value)
{
	TRY("mov (%[at]), %[v]", COMMA [v] "=&a"(*value), [at] "D"(at));
}

struct fault try_wrmsr(u32 msr, u64 value)
{
	TRY("wrmsr", , "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
}

struct fault try_rmpupdate(u64 pa, const void *state, u64 *status, u64 *flags)
{
	*status = pa;
	TRY(".byte 0xf2, 0x0f, 0x01, 0xfe\n\tpushf\n\tpop %[f]",
	    COMMA "+a"(*status) COMMA [f] "=&S"(*flags), "c"(state));
}

struct fault try_psmash(u64 pa, u64 *status)
{
	*status = pa;
	TRY(".byte 0xf3, 0x0f, 0x01, 0xff", COMMA "+a"(*status));
}

struct fault try_rmpread(u64 pa, void *answer, u64 *status)
{
	*status = pa;
	TRY(".byte 0xf2, 0x0f, 0x01, 0xfd", COMMA "+a"(*status), "c"(answer));
}

/* The guest finds the argument in RDI, and leaves other registers alone but RAX. */
struct fault try_vmrun(u64 vmcb, void *argument)
{
	TRY("vmrun\n\tstgi", , "a"(vmcb), "D"(argument));
}

struct fault try_vmsave(u64 vmcb)
{
	TRY("vmsave", , "a"(vmcb));
}

struct fault try_vmload(u64 vmcb)
{
	TRY("vmload", , "a"(vmcb));
}

u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((u32)value),
		     "d"((u32)(value >> 32)) : "memory");
}

void cpuid(u32 leaf, u32 reg[4])
{
	asm volatile("cpuid" : "=a"(reg[0]), "=b"(reg[1]), "=c"(reg[2]),
		     "=d"(reg[3]) : "a"(leaf), "c"(0));
}

void wbinvd(void)
{
	asm volatile("wbinvd" ::: "memory");
}

/**
 * map_4k - a mapping of exactly one page
 * @pa: physical address
 *
 * Return: where it is. The mapping goes away with the 512th one after it.
 */
void *map_4k(u64 pa)
{
	unsigned int slot = next_4k++ % ARRAY_SIZE(pt_4k);
	void *at = (void *)(VA_4K + slot * PAGE_SIZE);

	pt_4k[slot] = (pa & ~(PAGE_SIZE - 1)) | PTE;
	asm volatile("invlpg (%0)" :: "r"(at) : "memory");
	return (char *)at + pa % PAGE_SIZE;
}

/**
 * map_own_table - a mapping with a page table of its own
 * @pa: physical address
 * @table: the page table; its first entry becomes the mapping
 *
 * Nobody has walked it yet: neither accessed nor dirty is set.
 *
 * Return: where it is.
 */
void *map_own_table(u64 pa, u64 *table)
{
	void *at = (void *)(VA_4K + BLOCK_SIZE);

	table[0] = (pa & ~(PAGE_SIZE - 1)) | PTE;
	pd_4k[1] = (u64)table | PTE | 0x20;
	asm volatile("invlpg (%0)" :: "r"(at) : "memory");
	return at;
}

/* map_2m - the mapping that the payload itself runs in */
void *map_2m(u64 pa)
{
	return (void *)pa;
}

/* map_1g - a mapping of 1 GiB */
void *map_1g(u64 pa)
{
	return (void *)(VA_1G + pa);
}

u64 page_read(u64 pa)
{
	return *(volatile u64 *)map_4k(pa);
}

void page_write(u64 pa, u64 value)
{
	*(volatile u64 *)map_4k(pa) = value;
}
