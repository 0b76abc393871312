// SPDX-License-Identifier: GPL-2.0-only
/* One command: found, its buffer fetched, executed, counted, answered. */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "hw/core/cpu.h"
#include "qobject/qdict.h"
#include "system/runstate.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/rmp_hold.h"
#include "target/i386/snp/touch.h"

#define LARGEST_BUFFER 256
#define MAILBOX_COMMAND(v) ((v) >> 16 & 0x7ff)

static const struct psp_command *const tables[] = {
	psp_sev_commands,
	psp_sev_cert_commands,
	psp_sev_guest_commands,
	psp_sev_launch_commands,
	psp_sev_memory_commands,
	psp_sev_send_commands,
	psp_sev_receive_commands,
	psp_snp_commands,
	psp_snp_config_commands,
	psp_snp_guest_commands,
	psp_snp_launch_commands,
	psp_snp_page_commands,
	psp_snp_swap_commands,
	psp_snp_debug_commands,
	psp_snp_request_commands,
};

/**
 * psp_command_find - look a command up by number
 * @number: as written to the mailbox
 *
 * Return: the command, or NULL if it is not modelled.
 */
const struct psp_command *psp_command_find(unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct psp_command *c = tables[i]; c->name; c++)
			if (c->number == number)
				return c;
	return NULL;
}

/**
 * psp_command_find_name - look a command up by name
 * @name: without the SEV_CMD_ prefix
 *
 * Return: the command, or NULL if it is not modelled.
 */
const struct psp_command *psp_command_find_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct psp_command *c = tables[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

static enum psp_status command_execute(PspState *s, const struct psp_command *c,
				       hwaddr pa)
{
	uint8_t buf[LARGEST_BUFFER] = { 0 };
	enum psp_status status;

	if (!c || (c->flags & PSP_CMD_SNP && !snp_host->profile->snp))
		return PSP_INVALID_COMMAND;
	if (c->len && (!pa || !psp_mem_read(pa, buf, c->len)))
		return PSP_INVALID_ADDRESS;
	if (c->flags & PSP_CMD_WRITES && !psp_mem_writable(s, pa, c->len))
		return PSP_INVALID_PAGE_STATE;

	qemu_mutex_lock(&rmp_lock);
	status = c->run(s, buf);
	qemu_mutex_unlock(&rmp_lock);

	/* With a status too: a length that was too small is answered so. */
	if (c->flags & PSP_CMD_WRITES)
		psp_mem_write(pa, buf, c->len);
	return status;
}

static void command_count(struct psp_command_stats *stats,
			  enum psp_status status)
{
	gpointer key = GUINT_TO_POINTER(status);
	gpointer times = g_hash_table_lookup(stats->by_status, key);

	stats->count++;
	g_hash_table_insert(stats->by_status, key,
			    GUINT_TO_POINTER(GPOINTER_TO_UINT(times) + 1));
}

static void command_report(PspState *s, enum psp_status status)
{
	const struct psp_command *c = psp_command_find(s->job.number);
	QDict *data;

	if (!psp_control_commands_wanted(s))
		return;
	data = qdict_new();
	qdict_put_int(data, "number", s->job.number);
	qdict_put_str(data, "command", c ? c->name : "unknown");
	qdict_put_int(data, "buffer", s->job.pa);
	qdict_put_int(data, "status", status);
	qdict_put_bool(data, "injected", s->job.plan.answered);
	qdict_put_bool(data, "faulted", s->job.plan.faulted);
	psp_control_event(s, "psp-command", data);
}

/**
 * psp_offence - count what the command that runs was used wrongly for
 * @s: the device
 * @kind: SNP_OFFENCE_*, or a touch that the firmware was told to make
 * @pa: physical address that it is about, or 0
 *
 * Context: rmp_lock held or not.
 */
void psp_offence(PspState *s, int kind, hwaddr pa)
{
	bool large;

	snp_touch(&(struct snp_touch) {
		.kind = kind,
		.cpu = s->job.cpu,
		.rip = s->job.rip,
		.pa = pa,
		.entry = pa && rmp_covers(RMP_PFN(pa)) ?
			 rmp_effective(RMP_PFN(pa), &large) : 0,
		.access = "command",
		.command = s->job.number,
	});
}

static enum psp_status command_run(PspState *s)
{
	enum psp_status status;

	if (s->job.number >= PSP_NR_COMMANDS)
		return PSP_INVALID_COMMAND;
	if (s->job.plan.answered)
		return s->job.plan.status;
	if (s->job.plan.no_effect)
		return PSP_SUCCESS;
	status = command_execute(s, psp_command_find(s->job.number), s->job.pa);
	if (status == PSP_INVALID_PLATFORM_STATE ||
	    status == PSP_INVALID_GUEST_STATE)
		psp_offence(s, SNP_OFFENCE_ORDER, 0);
	return status;
}

/* While it takes time, its buffer's entry is in use (APM vol. 3, FAIL_INUSE). */
static void command_hold(PspState *s, bool hold)
{
	if (!snp_host_has_rmp() || !s->job.pa)
		return;
	QEMU_LOCK_GUARD(&rmp_lock);
	if (hold)
		rmp_hold(s->job.pa);
	else
		rmp_let_go(s->job.pa);
}

/* The time that the command takes is over. */
static void command_finish(void *opaque)
{
	PspState *s = opaque;
	const struct psp_plan *plan = &s->job.plan;
	enum psp_status status;

	if (plan->death) {
		psp_command_die(s, plan->all_ones);
		return;
	}
	if (plan->hang)
		return;
	command_hold(s, false);
	status = command_run(s);
	if (plan->reset)
		qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
	if (plan->reset || plan->no_answer)
		return;
	if (s->job.number < PSP_NR_COMMANDS) {
		command_count(&s->stats[s->job.number], status);
		command_report(s, status);
	}
	s->job.busy = false;
	psp_mailbox_answer(s, status);
	if (s->job.mailbox & PSP_MAILBOX_IOC && !plan->lost_interrupt)
		psp_mailbox_interrupt(s, true);
}

/* A command before the one that runs is answered: no driver has a reason. */
static void command_refuse(PspState *s)
{
	if (s->job.plan.hang || s->job.plan.no_answer || s->job.plan.reset)
		s->unheard++;
	else
		psp_offence(s, SNP_OFFENCE_ORDER, 0);
}

/**
 * psp_command_start - execute what the mailbox was given, now or later
 * @s: the device
 * @mailbox: the register, as it was written
 * @pa: physical address of the command buffer
 */
void psp_command_start(PspState *s, uint32_t mailbox, hwaddr pa)
{
	struct psp_job *job = &s->job;
	struct psp_plan *plan = &job->plan;

	if (s->dead) {
		s->unheard++;
		s->cmdresp = mailbox & ~PSP_MAILBOX_RESPONSE;
		return;
	}
	if (job->busy) {
		command_refuse(s);
		return;
	}
	*job = (struct psp_job) {
		.busy = true,
		.mailbox = mailbox,
		.number = MAILBOX_COMMAND(mailbox),
		.pa = pa,
		.cpu = current_cpu ? current_cpu->cpu_index : -1,
		.rip = current_cpu ? snp_cpu_rip(current_cpu,
						 current_cpu->mem_io_pc) : 0,
	};
	s->cmdresp = mailbox & ~PSP_MAILBOX_RESPONSE;
	psp_fault_command(s, job->number, plan);
	if (snp_host->latency)
		plan->delay_ns += psp_latency_ns(job->number);
	if (plan->spurious_interrupt)
		psp_mailbox_interrupt(s, plan->pending);
	if (plan->delay_ns || plan->hang)
		command_hold(s, true);
	if (!plan->delay_ns)
		command_finish(s);
	else if (plan->real_time)
		timer_mod_ns(s->timer_real, plan->delay_ns +
			     qemu_clock_get_ns(QEMU_CLOCK_REALTIME));
	else
		timer_mod_ns(s->timer, plan->delay_ns +
			     qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
}

/**
 * psp_command_die - from now on nothing is answered any more
 * @s: the device
 * @all_ones: its registers read as ones
 *
 * What the firmware holds, it holds: a locked TMR, guests, the RMP. Only a
 * reset of the machine ends it.
 */
void psp_command_die(PspState *s, bool all_ones)
{
	timer_del(s->timer);
	timer_del(s->timer_real);
	s->dead = true;
	s->all_ones = all_ones;
	psp_control_event(s, "psp-death", NULL);
}

/**
 * psp_command_reset - no command is under way, the firmware is alive
 * @s: the device
 */
void psp_command_reset(PspState *s)
{
	timer_del(s->timer);
	timer_del(s->timer_real);
	s->job = (struct psp_job){ .cpu = -1 };
	s->dead = s->all_ones = false;
}

/**
 * psp_command_realize - make what commands need
 * @s: the device
 */
void psp_command_realize(PspState *s)
{
	s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, command_finish, s);
	s->timer_real = timer_new_ns(QEMU_CLOCK_REALTIME, command_finish, s);
	psp_command_stats_clear(s);
}

/**
 * psp_command_stats_clear - forget how often which command ran
 * @s: the device
 */
void psp_command_stats_clear(PspState *s)
{
	s->unheard = 0;
	for (int i = 0; i < PSP_NR_COMMANDS; i++) {
		struct psp_command_stats *stats = &s->stats[i];

		stats->count = 0;
		if (stats->by_status)
			g_hash_table_remove_all(stats->by_status);
		else
			stats->by_status = g_hash_table_new(NULL, NULL);
	}
}
