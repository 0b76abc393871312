// SPDX-License-Identifier: GPL-2.0-only
/* Which fault acts when. */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "hw/core/cpu.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "psp.h"
#include "target/i386/snp/insn.h"

/* splitmix64: the same seed, the same faults, on every host. */
static double fault_draw(struct psp_fault *fault)
{
	uint64_t x = fault->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	x ^= x >> 31;
	return (x >> 11) * 0x1p-53;
}

/* What it waits for has happened: is it this time? */
static bool fault_due(struct psp_fault *fault)
{
	double drawn;

	if (!fault->armed)
		return false;
	fault->seen++;
	drawn = fault_draw(fault);
	if (!fault->left ||
	    (fault->nth && fault->seen != fault->nth) ||
	    (fault->every && fault->seen % fault->every) ||
	    drawn >= fault->probability)
		return false;
	if (fault->left > 0)
		fault->left--;
	fault->acted++;
	return true;
}

static void fault_arm(PspState *s, int by)
{
	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		if (fault->armed_by == by)
			fault->armed = true;
	}
}

static void plan_add(struct psp_plan *plan, struct psp_fault *fault)
{
	plan->faulted = true;
	switch (fault->action) {
	case PSP_FAULT_STATUS:
		plan->answered = true;
		plan->status = fault->status;
		break;
	case PSP_FAULT_DELAY:
		plan->delay_ns += fault->ms * SCALE_MS;
		plan->real_time |= fault->real_time;
		break;
	case PSP_FAULT_HANG:
		plan->hang = true;
		break;
	case PSP_FAULT_DEATH:
		plan->death = true;
		plan->all_ones = fault->all_ones;
		break;
	case PSP_FAULT_LOST_INTERRUPT:
		plan->lost_interrupt = true;
		break;
	case PSP_FAULT_SPURIOUS_INTERRUPT:
		plan->spurious_interrupt = true;
		plan->pending |= fault->pending;
		break;
	case PSP_FAULT_RESET:
		plan->reset = true;
		/* fall through */
	case PSP_FAULT_HALF:
		plan->no_answer |= fault->no_answer;
		plan->no_effect |= fault->no_effect;
		if (fault->steps >= 0) {
			plan->steps = fault->steps;
			plan->half = fault;
		}
		break;
	default:
		break;
	}
}

/**
 * psp_fault_command - what the faults make of a command that begins
 * @s: the device
 * @number: of the command
 * @plan: filled in
 */
void psp_fault_command(PspState *s, unsigned int number, struct psp_plan *plan)
{
	*plan = (struct psp_plan){ .steps = -1 };
	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		if (fault->trigger != PSP_ON_COMMAND ||
		    (fault->what != PSP_ANY_COMMAND && fault->what != number) ||
		    !fault_due(fault))
			continue;
		plan_add(plan, fault);
		psp_fault_act(s, fault, current_cpu ? current_cpu->cpu_index : 0);
	}
	fault_arm(s, SNP_MOMENT_NR + number);
}

/* A CPU executes one of the RMP's instructions; without the big lock. */
static bool fault_insn(void *opaque, enum snp_insn insn, uint32_t *status)
{
	PspState *s = opaque;
	bool answered = false;

	BQL_LOCK_GUARD();
	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		if (fault->trigger != PSP_ON_INSN || fault->what != insn ||
		    !fault_due(fault))
			continue;
		if (fault->action == PSP_FAULT_STATUS) {
			*status = fault->status;
			answered = true;
		}
		psp_fault_act(s, fault, current_cpu->cpu_index);
	}
	return answered;
}

static bool fault_waits_for(const struct psp_fault *fault,
			    const struct snp_moment_info *info)
{
	return fault->trigger == PSP_ON_MOMENT && fault->what == info->moment &&
	       (fault->mark < 0 || fault->mark == info->value);
}

static void moment_report(PspState *s, const struct snp_moment_info *info)
{
	QDict *data = qdict_new();

	qdict_put_int(data, "time_ns", qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
	qdict_put_int(data, "cpu", info->cpu);
	if (info->moment == SNP_MOMENT_KEXEC_JUMP)
		qdict_put_bool(data, "crash", info->value);
	if (info->moment == SNP_MOMENT_MARK)
		qdict_put_int(data, "mark", info->value);
	psp_control_event(s, snp_moment_name[info->moment], data);
}

static void fault_moment(void *opaque, const struct snp_moment_info *info)
{
	PspState *s = opaque;

	s->moments[info->moment]++;
	moment_report(s, info);
	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		if (fault_waits_for(fault, info) && fault_due(fault))
			psp_fault_act(s, fault, info->cpu);
	}
	fault_arm(s, info->moment);
}

static void fault_free(gpointer data)
{
	struct psp_fault *fault = data;

	qobject_unref(fault->given);
	g_free(fault);
}

/* The instructions ask only while there is a fault for them. */
static void insns_listen(PspState *s)
{
	bool any = false;

	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		any |= fault->trigger == PSP_ON_INSN;
	}
	snp_insn_listen(any ? fault_insn : NULL, s);
}

/**
 * psp_fault_realize - no fault so far
 * @s: the device
 */
void psp_fault_realize(PspState *s)
{
	s->faults = g_ptr_array_new_with_free_func(fault_free);
	snp_moment_listen(fault_moment, s);
}

/**
 * psp_fault_add - from now on, let something go wrong
 * @s: the device
 * @fault: taken over; given a number
 */
void psp_fault_add(PspState *s, struct psp_fault *fault)
{
	fault->id = ++s->next_fault;
	g_ptr_array_add(s->faults, fault);
	insns_listen(s);
}

/**
 * psp_fault_clear - forget faults
 * @s: the device
 * @id: which; 0: all
 * @shorthand: only those made by "inject"
 *
 * A command that a fault has already got hold of is not let go.
 *
 * Return: how many there were.
 */
unsigned int psp_fault_clear(PspState *s, int64_t id, bool shorthand)
{
	unsigned int nr = 0;

	for (guint i = s->faults->len; i--;) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);

		if ((id && fault->id != id) || (shorthand && !fault->shorthand))
			continue;
		if (s->job.plan.half == fault)
			s->job.plan.half = NULL;
		g_ptr_array_remove_index(s->faults, i);
		nr++;
	}
	insns_listen(s);
	return nr;
}

/**
 * psp_fault_list - the faults and how they fared
 * @s: the device
 *
 * Return: a new list, as docs/machine.md describes it.
 */
QList *psp_fault_list(PspState *s)
{
	QList *list = qlist_new();

	for (guint i = 0; i < s->faults->len; i++) {
		struct psp_fault *fault = g_ptr_array_index(s->faults, i);
		QDict *dict = qdict_clone_shallow(fault->given);

		qdict_put_int(dict, "id", fault->id);
		qdict_put_bool(dict, "armed", fault->armed);
		qdict_put_int(dict, "seen", fault->seen);
		qdict_put_int(dict, "acted", fault->acted);
		qdict_put_int(dict, "stopped", fault->stopped);
		qdict_put_int(dict, "left", fault->left);
		qlist_append(list, dict);
	}
	return list;
}

/**
 * psp_fault_step - ask before each step of a command that works in steps
 * @s: the device
 *
 * Return: true to go on; false to stop where it is: the caller answers
 * PSP_HWERROR_UNSAFE, and what was done stays done.
 */
bool psp_fault_step(PspState *s)
{
	struct psp_plan *plan = &s->job.plan;

	if (!s->job.busy || plan->steps < 0)
		return true;
	if (plan->steps) {
		plan->steps--;
		return true;
	}
	if (plan->half)
		plan->half->stopped++;
	plan->half = NULL;
	return false;
}
