// SPDX-License-Identifier: GPL-2.0-only
/* One command: found, its buffer fetched, executed, counted. */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/touch.h"

#define LARGEST_BUFFER 256

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

static bool command_injected(struct psp_command_stats *stats,
			     enum psp_status *status)
{
	if (!stats->inject_left)
		return false;
	if (stats->inject_left > 0)
		stats->inject_left--;
	*status = stats->inject_status;
	return true;
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

static void command_report(PspState *s, unsigned int number, hwaddr pa,
			   enum psp_status status, bool was_injected)
{
	const struct psp_command *c = psp_command_find(number);
	QDict *data;

	if (!s->control.commands_wanted)
		return;
	data = qdict_new();
	qdict_put_int(data, "number", number);
	qdict_put_str(data, "command", c ? c->name : "unknown");
	qdict_put_int(data, "buffer", pa);
	qdict_put_int(data, "status", status);
	qdict_put_bool(data, "injected", was_injected);
	psp_control_event(s, "psp-command", data);
}

/**
 * psp_offence - count what the command that runs was used wrongly for
 * @s: the device
 * @kind: SNP_OFFENCE_*, or a touch that the firmware was told to make
 * @pa: physical address that it is about, or 0
 */
void psp_offence(PspState *s, int kind, hwaddr pa)
{
	snp_touch(&(struct snp_touch) {
		.kind = kind,
		.cpu = -1,
		.rip = s->current,
		.pa = pa,
		.access = "command",
	});
}

/**
 * psp_command_run - execute what the mailbox was given
 * @s: the device
 * @number: command number
 * @pa: physical address of the command buffer
 *
 * Return: the status for the mailbox.
 */
enum psp_status psp_command_run(PspState *s, unsigned int number, hwaddr pa)
{
	struct psp_command_stats *stats;
	enum psp_status status;
	bool was_injected;

	if (number >= PSP_NR_COMMANDS)
		return PSP_INVALID_COMMAND;
	stats = &s->stats[number];
	s->current = number;
	was_injected = command_injected(stats, &status);
	if (!was_injected) {
		status = command_execute(s, psp_command_find(number), pa);
		if (status == PSP_INVALID_PLATFORM_STATE ||
		    status == PSP_INVALID_GUEST_STATE)
			psp_offence(s, SNP_OFFENCE_ORDER, 0);
	}
	command_count(stats, status);
	command_report(s, number, pa, status, was_injected);
	return status;
}

/**
 * psp_command_stats_clear - forget how often which command ran
 * @s: the device
 *
 * Injections stay.
 */
void psp_command_stats_clear(PspState *s)
{
	for (int i = 0; i < PSP_NR_COMMANDS; i++) {
		struct psp_command_stats *stats = &s->stats[i];

		stats->count = 0;
		if (stats->by_status)
			g_hash_table_remove_all(stats->by_status);
		else
			stats->by_status = g_hash_table_new(NULL, NULL);
	}
}
