// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kexec, seen from outside. arch/x86/kernel/relocate_kernel_64.S is the same
 * in 6.1, 6.12 and 7.3 where it matters: on its identity mapped page, with
 * CR0.WP clear, it writes a CR4 of nothing but PAE, LA57 and MCE, and as the
 * next control register CR3 from R9. RDI is then the list of pages to copy,
 * and a crash kernel, which lies in its place already, has an empty one.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "cpu.h"
#include "exec/tb-flush.h"
#include "hooks.h"
#include "host.h"
#include "moment.h"

#define IND_DONE	4	/* include/linux/kexec.h: the end of the list */
#define KERNEL_ADDRESS	BIT_ULL(63)

enum jump {
	JUMP_NONE,
	JUMP_CR4,	/* the CR4 was seen, on the right kind of page */
	JUMP_DONE,	/* and the CR3; the next one that differs is not ours */
};

const char *const snp_moment_name[SNP_MOMENT_NR] = {
	[SNP_MOMENT_KEXEC_JUMP] = "kexec-jump",
	[SNP_MOMENT_PANIC] = "panic",
	[SNP_MOMENT_NEXT_KERNEL] = "next-kernel",
	[SNP_MOMENT_NMI_IPI] = "nmi-ipi",
	[SNP_MOMENT_MARK] = "mark",
	[SNP_MOMENT_RESET] = "reset",
};

static snp_moment_listener listener;
static void *listener_opaque;

/* Each CPU writes its own. */
static struct {
	enum jump jump;
	uint64_t cr3;
} state[SNP_MAX_CPUS];

/**
 * snp_moment_find - look a moment up by name
 * @name: as in snp_moment_name
 *
 * Return: the moment, or -1.
 */
int snp_moment_find(const char *name)
{
	for (int i = 0; i < SNP_MOMENT_NR; i++)
		if (!strcmp(name, snp_moment_name[i]))
			return i;
	return -1;
}

/**
 * snp_moment_listen - say who wants to know
 * @fn: called with the big QEMU lock held, before the CPU goes on
 * @opaque: passed on
 */
void snp_moment_listen(snp_moment_listener fn, void *opaque)
{
	listener = fn;
	listener_opaque = opaque;
}

/**
 * snp_moment - a moment has come
 * @info: which, and what is known of it
 *
 * Context: any thread; rmp_lock not held.
 */
void snp_moment(const struct snp_moment_info *info)
{
	bool locked = bql_locked();

	if (!listener)
		return;
	if (!locked)
		bql_lock();
	listener(listener_opaque, info);
	if (!locked)
		bql_unlock();
}

/**
 * snp_moment_forget - the machine was reset; no jump is under way any more
 */
void snp_moment_forget(void)
{
	memset(state, 0, sizeof(state));
}

static bool cr4_of_jump(CPUX86State *env, uint64_t val)
{
	const uint64_t may = CR4_PAE_MASK | CR4_LA57_MASK | CR4_MCE_MASK;

	return val & CR4_PAE_MASK && !(val & ~may) &&
	       env->efer & MSR_EFER_LMA && env->hflags & HF_CS64_MASK &&
	       !(env->cr[0] & CR0_WP_MASK) && !(env->eip & KERNEL_ADDRESS);
}

static void forget_translations(CPUState *cs, run_on_cpu_data unused)
{
	tb_flush(cs);
}

static void jump_seen(CPUState *cs, uint64_t val)
{
	bool crash = cpu_env(cs)->regs[R_EDI] == IND_DONE;

	state[cs->cpu_index].jump = JUMP_DONE;
	state[cs->cpu_index].cr3 = val;
	/*
	 * TCG takes stores to a page of translated code one by one until the
	 * last translation is gone: by chance, with KASLR, the next kernel is
	 * copied and unpacked over code of earlier ones, ten times as slowly.
	 */
	async_safe_run_on_cpu(cs, forget_translations, RUN_ON_CPU_NULL);
	if (crash)
		snp_moment(&(struct snp_moment_info) {
			SNP_MOMENT_PANIC, cs->cpu_index, 1 });
	snp_moment(&(struct snp_moment_info) {
		SNP_MOMENT_KEXEC_JUMP, cs->cpu_index, crash });
}

/**
 * snp_hook_write_cr - a CPU writes a control register
 * @cs: the CPU; not in a guest of its own
 * @reg: which
 * @val: the value, not in force yet
 */
void snp_hook_write_cr(CPUState *cs, int reg, uint64_t val)
{
	CPUX86State *env = cpu_env(cs);
	enum jump *jump;

	if (!snp_host || env->hflags & HF_GUEST_MASK)
		return;
	jump = &state[cs->cpu_index].jump;
	if (*jump == JUMP_DONE) {
		/* relocate_kernel loads the same CR3 once more, after copying. */
		if (reg != 3 || val == state[cs->cpu_index].cr3)
			return;
		*jump = JUMP_NONE;
		snp_moment(&(struct snp_moment_info) {
			SNP_MOMENT_NEXT_KERNEL, cs->cpu_index, 0 });
		return;
	}
	if (*jump == JUMP_CR4 && reg == 3 && val == env->regs[R_R9] && val) {
		jump_seen(cs, val);
		return;
	}
	*jump = reg == 4 && cr4_of_jump(env, val) ? JUMP_CR4 : JUMP_NONE;
}

/**
 * snp_hook_nmi_ipi - a CPU sends an NMI to others
 *
 * What a panicking kernel does to stop them, before anything else that shows;
 * but also what asks all CPUs for a back trace.
 */
void snp_hook_nmi_ipi(void)
{
	if (snp_host)
		snp_moment(&(struct snp_moment_info) {
			SNP_MOMENT_NMI_IPI,
			current_cpu ? current_cpu->cpu_index : -1, 0 });
}
