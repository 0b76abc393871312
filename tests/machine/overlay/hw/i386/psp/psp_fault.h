/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults: what shall go wrong, and when. docs/machine.md describes them. */
#ifndef HW_I386_PSP_FAULT_H
#define HW_I386_PSP_FAULT_H

#include "qobject/qdict.h"
#include "target/i386/snp/moment.h"

struct PspState;

enum psp_fault_trigger { PSP_ON_COMMAND, PSP_ON_INSN, PSP_ON_MOMENT };

enum psp_fault_action {
	PSP_FAULT_STATUS,
	PSP_FAULT_DELAY,
	PSP_FAULT_HANG,
	PSP_FAULT_DEATH,
	PSP_FAULT_LOST_INTERRUPT,
	PSP_FAULT_SPURIOUS_INTERRUPT,
	PSP_FAULT_HALF,
	PSP_FAULT_RESET,
	PSP_FAULT_CORRUPT,
	PSP_FAULT_CPU_STUCK,
	PSP_FAULT_ACTION_NR
};

#define PSP_ANY_COMMAND	UINT32_MAX

/**
 * struct psp_fault - one thing that shall go wrong
 * @id: for the control channel
 * @trigger: what kind of thing it waits for
 * @what: number of the command, instruction or moment; PSP_ANY_COMMAND
 * @mark: of the moment "mark": its number; -1: any
 * @nth: only the n-th time; 0: no matter
 * @every: only each k-th time; 0: no matter
 * @probability: 0 to 1
 * @random: state of the generator that decides it
 * @left: how often it may still act; -1: for ever
 * @armed_by: moment before which it does nothing, or SNP_MOMENT_NR and the
 *	number of a command; -1: none
 * @armed: it has come, or the command has begun, or none is needed
 * @shorthand: made by "inject"
 * @seen: how often what it waits for has happened since it was armed
 * @acted: how often it acted
 * @stopped: how often it stopped a command between two steps
 * @action: what goes wrong; the rest are its arguments
 * @status: answer of the command or instruction
 * @ms: delay, or time that the CPU stands still; 0: until reset
 * @real_time: the delay is in the host's time
 * @all_ones: a dead processor's registers read as ones
 * @steps: how many steps of the command are done; -1: all
 * @no_answer: it is done, and never answered
 * @no_effect: it is answered, and not done
 * @pending: a spurious interrupt comes with its status bit set
 * @pa: of the range that is corrupted
 * @len: bytes
 * @fill: byte that it is filled with; -1: exclusive or with @xor
 * @xor: ...
 * @cpu: which one gets stuck; -1: the one that triggers it
 * @given: as it was given, for the list
 */
struct psp_fault {
	uint32_t id;
	enum psp_fault_trigger trigger;
	uint32_t what;
	int64_t mark;
	uint64_t nth, every;
	double probability;
	uint64_t random;
	int64_t left;
	int armed_by;
	bool armed, shorthand;
	uint64_t seen, acted, stopped;

	enum psp_fault_action action;
	uint32_t status;
	int64_t ms;
	bool real_time, all_ones;
	int64_t steps;
	bool no_answer, no_effect, pending;
	uint64_t pa, len;
	int fill, xor;
	int cpu;
	QDict *given;
};

/**
 * struct psp_plan - what the faults make of the command that runs
 * @faulted: some fault acted on it
 * @answered: it is not executed, @status is the answer
 * @delay_ns: how long it takes
 * @half: the fault that stops it after @steps steps, or NULL
 */
struct psp_plan {
	bool faulted, answered;
	uint32_t status;
	int64_t delay_ns;
	bool real_time, hang, death, all_ones;
	bool lost_interrupt, spurious_interrupt, pending;
	bool no_answer, no_effect, reset;
	int64_t steps;
	struct psp_fault *half;
};

/* psp_fault_parse.c */
struct psp_fault *psp_fault_parse(struct PspState *s, QDict *given, Error **errp);
bool psp_fault_load(struct PspState *s, const char *file, Error **errp);

/* psp_fault.c */
void psp_fault_realize(struct PspState *s);
void psp_fault_add(struct PspState *s, struct psp_fault *fault);
unsigned int psp_fault_clear(struct PspState *s, int64_t id, bool shorthand);
struct QList *psp_fault_list(struct PspState *s);
void psp_fault_command(struct PspState *s, unsigned int number,
		       struct psp_plan *plan);

/* psp_fault_act.c */
bool psp_fault_ram(uint64_t pa, uint64_t len, uint64_t *offset);
void psp_fault_act(struct PspState *s, const struct psp_fault *fault, int cpu);
void psp_fault_reset(struct PspState *s);

#endif
