// SPDX-License-Identifier: GPL-2.0-only
/* Faults beside the command itself: memory, CPUs, the whole machine. */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "exec/address-spaces.h"
#include "hw/boards.h"
#include "hw/core/cpu.h"
#include "hw/i386/x86.h"
#include "system/runstate.h"
#include "psp.h"
#include "target/i386/snp/host.h"

/* The RAM chips: no device and no locked TMR lies in front of them. */
static AddressSpace *ram(void)
{
	static AddressSpace space;
	static bool made;

	if (!made)
		address_space_init(&space, current_machine->ram, "snp-ram");
	made = true;
	return &space;
}

/**
 * psp_fault_ram - whether a range is RAM
 * @pa: physical address
 * @len: bytes
 * @offset: set to where in RAM it begins
 *
 * Return: true if all of it is.
 */
bool psp_fault_ram(uint64_t pa, uint64_t len, uint64_t *offset)
{
	X86MachineState *x86ms = X86_MACHINE(current_machine);

	*offset = pa;
	if (pa < x86ms->below_4g_mem_size)
		return len <= x86ms->below_4g_mem_size - pa;
	*offset = pa - x86ms->above_4g_mem_start + x86ms->below_4g_mem_size;
	return pa >= x86ms->above_4g_mem_start &&
	       pa - x86ms->above_4g_mem_start < x86ms->above_4g_mem_size &&
	       len <= x86ms->above_4g_mem_start + x86ms->above_4g_mem_size - pa;
}

static void corrupt(const struct psp_fault *fault)
{
	uint64_t offset;

	if (!psp_fault_ram(fault->pa, fault->len, &offset))
		return;
	for (uint64_t done = 0, n; done < fault->len; done += n) {
		uint8_t buf[4096];

		n = MIN(sizeof(buf), fault->len - done);
		address_space_read(ram(), offset + done, MEMTXATTRS_UNSPECIFIED,
				   buf, n);
		for (uint64_t i = 0; i < n; i++)
			buf[i] = fault->fill < 0 ? buf[i] ^ fault->xor :
						   fault->fill;
		address_space_write(ram(), offset + done,
				    MEMTXATTRS_UNSPECIFIED, buf, n);
	}
}

static void cpu_unstick(void *opaque)
{
	cpu_resume(opaque);
}

static void cpu_stick(PspState *s, int index, int64_t ms)
{
	CPUState *cs = qemu_get_cpu(index);

	if (!cs)
		return;
	cpu_pause(cs);
	if (!ms)
		return;
	if (!s->stuck[index])
		s->stuck[index] = timer_new_ms(QEMU_CLOCK_VIRTUAL, cpu_unstick, cs);
	timer_mod(s->stuck[index], qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + ms);
}

/**
 * psp_fault_act - do what a fault does at once
 * @s: the device
 * @fault: the fault, whose time has come
 * @cpu: which CPU's doing it is; -1: none
 *
 * What it does to a command is in the command's plan.
 */
void psp_fault_act(PspState *s, const struct psp_fault *fault, int cpu)
{
	switch (fault->action) {
	case PSP_FAULT_CORRUPT:
		corrupt(fault);
		break;
	case PSP_FAULT_CPU_STUCK:
		cpu_stick(s, fault->cpu < 0 ? MAX(cpu, 0) : fault->cpu, fault->ms);
		break;
	case PSP_FAULT_RESET:
		if (fault->trigger != PSP_ON_COMMAND)
			qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
		break;
	case PSP_FAULT_DEATH:
		if (fault->trigger != PSP_ON_COMMAND)
			psp_command_die(s, fault->all_ones);
		break;
	case PSP_FAULT_SPURIOUS_INTERRUPT:
		if (fault->trigger != PSP_ON_COMMAND)
			psp_mailbox_interrupt(s, fault->pending);
		break;
	default:
		break;
	}
}

/**
 * psp_fault_reset - the machine is reset: CPUs go on again
 * @s: the device
 */
void psp_fault_reset(PspState *s)
{
	for (int i = 0; i < SNP_MAX_CPUS; i++)
		if (s->stuck[i])
			timer_del(s->stuck[i]);
}
