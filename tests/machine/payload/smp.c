// SPDX-License-Identifier: GPL-2.0-only
/* The second CPU: started by INIT and start-up IPI, then runs what it is told. */
#include "payload.h"

#define LAPIC		0xfee00000ULL
#define LAPIC_ICR_LOW	0x300
#define LAPIC_ICR_HIGH	0x310
#define LAPIC_SVR	0x0f0
#define LAPIC_IRR	0x200
#define IPI_INIT	0x4500
#define IPI_STARTUP	0x4600
#define TRAMPOLINE	0x8000ULL

extern u8 trampoline[], trampoline_end[], stacks[];
void ap_main(void);
void ap_cpu_init(void);
void *ap_stack;
static void (*volatile ap_work)(void);
static volatile bool ap_up;

static void lapic_write(u32 reg, u32 value)
{
	*(volatile u32 *)(LAPIC + reg) = value;
}

static void ipi(u32 what)
{
	lapic_write(LAPIC_ICR_HIGH, 1 << 24);
	lapic_write(LAPIC_ICR_LOW, what);
	while (*(volatile u32 *)(LAPIC + LAPIC_ICR_LOW) & BIT(12))
		;
}

/**
 * ap_start - (re)start the other CPU, as each new kernel does
 */
void ap_start(void)
{
	for (u8 *p = trampoline; p < trampoline_end; p++)
		*(volatile u8 *)(TRAMPOLINE + (p - trampoline)) = *p;
	ap_stack = stacks + 2 * 16384;
	ap_work = NULL;
	ap_up = false;
	lapic_write(LAPIC_SVR, 0x1ff);
	ipi(IPI_INIT);
	ipi(IPI_STARTUP | TRAMPOLINE >> 12);
	while (!ap_up)
		asm volatile("pause");
}

/**
 * lapic_on - let the local APIC take interrupts; they stay there unserved
 */
void lapic_on(void)
{
	lapic_write(LAPIC_SVR, 0x1ff);
}

/* lapic_pending - whether an interrupt has arrived and waits */
bool lapic_pending(u8 vector)
{
	u32 irr = *(volatile u32 *)(LAPIC + LAPIC_IRR + vector / 32 * 16);

	return irr >> vector % 32 & 1;
}

/* nmi_to_nobody - an NMI to a CPU that is not there */
void nmi_to_nobody(void)
{
	lapic_write(LAPIC_ICR_HIGH, 7 << 24);
	lapic_write(LAPIC_ICR_LOW, 0x4400);
}

void ap_main(void)
{
	ap_cpu_init();
	ap_up = true;
	for (;;) {
		void (*work)(void) = ap_work;

		if (work) {
			work();
			ap_work = NULL;
		}
		asm volatile("pause");
	}
}

/* ap_begin - run something on the other CPU */
void ap_begin(void (*fn)(void))
{
	ap_work = fn;
}

/* ap_wait - wait until it is done */
void ap_wait(void)
{
	while (ap_work)
		asm volatile("pause");
}

/**
 * ap_run - run something on the other CPU and wait for it
 * @fn: what
 */
void ap_run(void (*fn)(void))
{
	ap_begin(fn);
	ap_wait();
}

/**
 * all_run - run something on both CPUs, one after the other
 * @fn: what
 */
void all_run(void (*fn)(void))
{
	fn();
	ap_run(fn);
}
