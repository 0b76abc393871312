// SPDX-License-Identifier: GPL-2.0-only
/* The machine's state as JSON objects, for the control channel. */
#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/insn.h"
#include "target/i386/snp/touch.h"

static void put_uint(QDict *dict, const char *key, uint64_t value)
{
	qdict_put(dict, key, qnum_from_uint(value));
}

static QDict *report_guest(const struct psp_guest *guest)
{
	static const char *const kind[] = {
		[PSP_GUEST_SEV] = "SEV",
		[PSP_GUEST_SEV_ES] = "SEV-ES",
		[PSP_GUEST_SNP] = "SNP",
	};
	static const char *const sev_state[] = {
		[PSP_SEV_INVALID] = "INVALID",
		[PSP_SEV_LUPDATE] = "LUPDATE",
		[PSP_SEV_LSECRET] = "LSECRET",
		[PSP_SEV_RUNNING] = "RUNNING",
		[PSP_SEV_SUPDATE] = "SUPDATE",
		[PSP_SEV_RUPDATE] = "RUPDATE",
		[PSP_SEV_SENT] = "SENT",
	};
	static const char *const snp_state[] = {
		[PSP_SNP_GUEST_INIT] = "INIT",
		[PSP_SNP_GUEST_LAUNCH] = "LAUNCH",
		[PSP_SNP_GUEST_RUNNING] = "RUNNING",
	};
	bool snp = guest->kind == PSP_GUEST_SNP;
	QDict *dict = qdict_new();

	qdict_put_str(dict, "kind", kind[guest->kind]);
	put_uint(dict, "asid", guest->asid);
	put_uint(dict, "policy", guest->policy);
	put_uint(dict, snp ? "gctx_pa" : "handle",
		 snp ? guest->gctx : guest->handle);
	qdict_put_str(dict, "state", (snp ? snp_state : sev_state)[guest->state]);
	return dict;
}

static QDict *report_asids(PspState *s)
{
	QDict *dict = qdict_new();

	put_uint(dict, "clean", psp_asid_count(s, PSP_ASID_CLEAN));
	put_uint(dict, "dirty", psp_asid_count(s, PSP_ASID_DIRTY));
	put_uint(dict, "active", psp_asid_count(s, PSP_ASID_ACTIVE));
	return dict;
}

/**
 * psp_report_status - what state the platform is in
 * @s: the device
 *
 * Return: a new object, as docs/machine.md describes it.
 */
QDict *psp_report_status(PspState *s)
{
	static const char *const sev_state[] = { "UNINIT", "INIT", "WORKING" };
	static const char *const snp_state[] = { "UNINIT", "INIT" };
	QDict *dict = qdict_new(), *tmr = qdict_new(), *rmp = qdict_new();
	QList *enabled = qlist_new(), *guests = qlist_new();
	g_autofree char *version = NULL;
	CPUState *cs;

	version = g_strdup_printf("%u.%u.%u", snp_host->api_major,
				  snp_host->api_minor, snp_host->build);

	CPU_FOREACH(cs)
		qlist_append_bool(enabled, snp_cpu_enabled(cs->cpu_index));
	for (guint i = 0; i < s->guests->len; i++)
		qlist_append(guests,
			     report_guest(g_ptr_array_index(s->guests, i)));
	put_uint(tmr, "pa", s->tmr.pa);
	put_uint(tmr, "size", s->tmr.size);
	qdict_put_bool(tmr, "locked", s->tmr.locked);
	put_uint(rmp, "base", snp_host->rmp_base);
	put_uint(rmp, "end", snp_host->rmp_end);

	qdict_put_str(dict, "profile", snp_host->profile->name);
	qdict_put_str(dict, "firmware", version);
	qdict_put_str(dict, "sev_state", sev_state[s->sev_state]);
	qdict_put_str(dict, "snp_state", snp_host->profile->snp ?
		      snp_state[s->snp_state] : "ABSENT");
	qdict_put_bool(dict, "rmp_initialized", s->rmp_initialized);
	qdict_put(dict, "snp_en", enabled);
	qdict_put(dict, "tmr", tmr);
	qdict_put(dict, "rmp", rmp);
	qdict_put(dict, "guests", guests);
	qdict_put(dict, "asids", report_asids(s));
	qdict_put_bool(dict, "psp_dead", s->dead);
	qdict_put_bool(dict, "psp_busy", s->job.busy);
	put_uint(dict, "faults", s->faults->len);
	qdict_put_bool(dict, "latency", snp_host->latency);
	return dict;
}

static QDict *report_insn(enum snp_insn insn)
{
	QDict *dict = qdict_new();

	put_uint(dict, "count", snp_insn_stats[insn].count);
	put_uint(dict, "failed", snp_insn_stats[insn].failed);
	return dict;
}

static QDict *report_command(const struct psp_command_stats *stats)
{
	QDict *dict = qdict_new(), *by_status = qdict_new();
	GHashTableIter iter;
	gpointer status, times;

	g_hash_table_iter_init(&iter, stats->by_status);
	while (g_hash_table_iter_next(&iter, &status, &times)) {
		char key[16];

		snprintf(key, sizeof(key), "0x%x", GPOINTER_TO_UINT(status));
		put_uint(by_status, key, GPOINTER_TO_UINT(times));
	}
	put_uint(dict, "count", stats->count);
	qdict_put(dict, "status", by_status);
	return dict;
}

/**
 * psp_report_counters - what happened since the counters were reset
 * @s: the device
 *
 * Return: a new object, as docs/machine.md describes it.
 */
QDict *psp_report_counters(PspState *s)
{
	QDict *dict = qdict_new(), *commands = qdict_new();
	QDict *moments = qdict_new();

	for (int i = 0; i < SNP_MOMENT_NR; i++)
		put_uint(moments, snp_moment_name[i], s->moments[i]);
	for (int kind = 0; kind < SNP_TOUCH_NR; kind++)
		put_uint(dict, snp_touch_counter(kind), snp_touch_count(kind));
	put_uint(dict, "forbidden", snp_touch_forbidden());
	put_uint(dict, "resets", s->resets);
	put_uint(dict, "commands_unheard", s->unheard);
	qdict_put(dict, "moments", moments);
	qdict_put(dict, "rmpupdate", report_insn(SNP_RMPUPDATE));
	qdict_put(dict, "psmash", report_insn(SNP_PSMASH));
	for (int number = 0; number < PSP_NR_COMMANDS; number++) {
		const struct psp_command *c = psp_command_find(number);
		char name[16];

		if (!s->stats[number].count)
			continue;
		snprintf(name, sizeof(name), "0x%x", number);
		qdict_put(commands, c ? c->name : name,
			  report_command(&s->stats[number]));
	}
	qdict_put(dict, "commands", commands);
	return dict;
}

/**
 * psp_report_census - how many pages are in which state
 *
 * Return: a new object, as docs/machine.md describes it.
 */
QDict *psp_report_census(void)
{
	QDict *dict = qdict_new(), *pages = qdict_new();
	struct rmp_census census;

	rmp_take_census(&census);
	for (int state = 0; state < RMP_STATE_NR; state++)
		put_uint(pages, rmp_state_name[state], census.pages[state]);
	qdict_put(dict, "pages", pages);
	put_uint(dict, "assigned", census.assigned);
	put_uint(dict, "vmsa", census.vmsa);
	return dict;
}

/**
 * psp_report_touch - one forbidden touch
 * @opaque: a struct snp_touch
 *
 * Return: a new object, as docs/machine.md describes it.
 */
QDict *psp_report_touch(const void *opaque)
{
	const struct snp_touch *touch = opaque;
	QDict *dict = qdict_new();

	qdict_put_str(dict, "kind", snp_touch_name(touch->kind));
	put_uint(dict, "time_ns", touch->time_ns);
	qdict_put_int(dict, "cpu", touch->cpu);
	put_uint(dict, "rip", touch->rip);
	put_uint(dict, "pa", touch->pa);
	put_uint(dict, "entry", touch->entry);
	put_uint(dict, "mapping_size", touch->mapping_size);
	qdict_put_str(dict, "access", touch->access);
	if (touch->command) {
		const struct psp_command *c = psp_command_find(touch->command);

		put_uint(dict, "number", touch->command);
		qdict_put_str(dict, "command", c ? c->name : "unknown");
	}
	return dict;
}
