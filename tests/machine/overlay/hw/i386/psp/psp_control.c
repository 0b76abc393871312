// SPDX-License-Identifier: GPL-2.0-only
/* What a client can ask of the machine. docs/machine.md describes it. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qstring.h"
#include "system/runstate.h"
#include "psp.h"
#include "target/i386/snp/insn.h"
#include "target/i386/snp/touch.h"

typedef QDict *(*request_handler)(struct psp_client *client, QDict *args,
				  Error **errp);

static QDict *do_status(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_report_status(client->s);
}

static QDict *do_counters(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_report_counters(client->s);
}

static QDict *do_census(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_report_census();
}

static QDict *do_events(struct psp_client *client, QDict *args, Error **errp)
{
	QDict *dict = qdict_new();
	QList *events = qlist_new();
	struct snp_touch_list list;

	snp_touch_get(0, &list);
	for (unsigned int i = 0; i < list.nr; i++)
		qlist_append(events, psp_report_touch(&list.touch[i]));
	qdict_put(dict, "events", events);
	qdict_put_int(dict, "dropped", list.dropped);
	return dict;
}

static QDict *do_fault_add(struct psp_client *client, QDict *args, Error **errp)
{
	struct psp_fault *fault = psp_fault_parse(client->s, args, errp);
	QDict *dict;

	if (!fault) {
		error_prepend(errp, "fault-add: ");
		return NULL;
	}
	psp_fault_add(client->s, fault);
	dict = qdict_new();
	qdict_put_int(dict, "id", fault->id);
	return dict;
}

static QDict *do_fault_list(struct psp_client *client, QDict *args, Error **errp)
{
	QDict *dict = qdict_new();

	qdict_put(dict, "faults", psp_fault_list(client->s));
	return dict;
}

static QDict *do_fault_clear(struct psp_client *client, QDict *args, Error **errp)
{
	int64_t id = qdict_get_try_int(args, "id", 0);
	unsigned int nr;
	QDict *dict;

	if (qdict_haskey(args, "id") && id <= 0) {
		error_setg(errp, "fault-clear: 'id' must be the number of a "
			   "fault; without it all are cleared");
		return NULL;
	}
	nr = psp_fault_clear(client->s, id, false);
	if (id && !nr) {
		error_setg(errp, "fault-clear: there is no fault %" PRId64, id);
		return NULL;
	}
	dict = qdict_new();
	qdict_put_int(dict, "cleared", nr);
	return dict;
}

static bool same_target(const struct psp_fault *a, const struct psp_fault *b)
{
	return a->trigger == b->trigger && a->what == b->what;
}

/* The short way: the next commands answer a status. A second one takes the first one's place. */
static QDict *do_inject(struct psp_client *client, QDict *args, Error **errp)
{
	PspState *s = client->s;
	struct psp_fault *fault = NULL;

	if (!qdict_haskey(args, "status"))
		error_setg(errp, "'status' must be a whole number from 0 to 65535");
	else
		fault = psp_fault_parse(s, args, errp);
	if (!fault) {
		error_prepend(errp, "inject: ");
		return NULL;
	}
	for (guint i = s->faults->len; i--;) {
		const struct psp_fault *before = g_ptr_array_index(s->faults, i);

		if (before->shorthand && same_target(before, fault))
			psp_fault_clear(s, before->id, true);
	}
	fault->shorthand = true;
	psp_fault_add(s, fault);
	return qdict_new();
}

static QDict *do_clear_injections(struct psp_client *client, QDict *args,
				  Error **errp)
{
	psp_fault_clear(client->s, 0, true);
	return qdict_new();
}

static QDict *do_reset_counters(struct psp_client *client, QDict *args,
				Error **errp)
{
	PspState *s = client->s;

	psp_command_stats_clear(s);
	for (int i = 0; i < SNP_INSN_NR; i++)
		snp_insn_stats[i].count = snp_insn_stats[i].failed = 0;
	snp_touch_clear();
	s->control.events_sent = 0;
	s->resets = 0;
	memset(s->moments, 0, sizeof(s->moments));
	return qdict_new();
}

static QDict *do_reset_machine(struct psp_client *client, QDict *args,
			       Error **errp)
{
	qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET);
	return qdict_new();
}

static QDict *do_mark(struct psp_client *client, QDict *args, Error **errp)
{
	int64_t mark = qdict_get_try_int(args, "mark", 0);

	if (mark < 0 || mark > UINT32_MAX) {
		error_setg(errp, "mark: 'mark' must be from 0 to 4294967295");
		return NULL;
	}
	snp_moment(&(struct snp_moment_info) { SNP_MOMENT_MARK, -1, mark });
	return qdict_new();
}

static QDict *do_subscribe(struct psp_client *client, QDict *args, Error **errp)
{
	QList *events = qdict_get_qlist(args, "events");
	const QListEntry *entry;
	bool commands = false;

	if (!events) {
		error_setg(errp, "subscribe: 'events' must be a list");
		return NULL;
	}
	QLIST_FOREACH_ENTRY(events, entry) {
		QString *name = qobject_to(QString, qlist_entry_obj(entry));

		if (!name || strcmp(qstring_get_str(name), "psp-command")) {
			error_setg(errp, "subscribe: only \"psp-command\" needs "
				   "a subscription");
			return NULL;
		}
		commands = true;
	}
	client->commands_wanted = commands;
	return qdict_new();
}

static QDict *do_snapshot(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_snapshot_take(client->s, args, errp);
}

static QDict *do_snapshots(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_snapshot_list(client->s);
}

static QDict *do_diff(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_snapshot_diff(client->s, args, errp);
}

static QDict *do_rmpadjust(struct psp_client *client, QDict *args, Error **errp)
{
	return psp_rmpadjust(client->s, args, errp);
}

static const struct {
	const char *name;
	request_handler run;
	bool asks;		/* changes nothing, so that an observer may */
} requests[] = {
	{ "status", do_status, true },
	{ "counters", do_counters, true },
	{ "census", do_census, true },
	{ "events", do_events, true },
	{ "subscribe", do_subscribe, true },
	{ "fault-list", do_fault_list, true },
	{ "snapshots", do_snapshots, true },
	{ "diff", do_diff, true },
	{ "fault-add", do_fault_add },
	{ "fault-clear", do_fault_clear },
	{ "inject", do_inject },
	{ "clear-injections", do_clear_injections },
	{ "snapshot", do_snapshot },
	{ "reset-counters", do_reset_counters },
	{ "reset-machine", do_reset_machine },
	{ "mark", do_mark },
	{ "rmpadjust", do_rmpadjust },
};

static QDict *request_run(struct psp_client *client, QDict *request, Error **errp)
{
	const char *name = qdict_get_try_str(request, "execute");
	QDict *args = qdict_get_qdict(request, "arguments");
	g_autoptr(QDict) none = qdict_new();

	if (!name) {
		error_setg(errp, "no 'execute' in the request");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		if (strcmp(requests[i].name, name))
			continue;
		if (requests[i].asks || !client->observer)
			return requests[i].run(client, args ? args : none, errp);
		error_setg(errp, "%s: an observer may only ask; use the "
			   "control channel", name);
		return NULL;
	}
	error_setg(errp, "no request '%s'", name);
	return NULL;
}

/**
 * psp_control_answer - answer a request
 * @client: who asks
 * @line: what it sent
 *
 * Return: a new object.
 */
QDict *psp_control_answer(struct psp_client *client, const char *line)
{
	QObject *parsed = qobject_from_json(line, NULL);
	QDict *request = qobject_to(QDict, parsed);
	QDict *answer = qdict_new(), *result = NULL;
	Error *err = NULL;

	if (request)
		result = request_run(client, request, &err);
	else
		error_setg(&err, "not a JSON object");
	if (result)
		qdict_put(answer, "return", result);
	else
		qdict_put_str(answer, "error", error_get_pretty(err));
	if (request && qdict_haskey(request, "id"))
		qdict_put_obj(answer, "id",
			      qobject_ref(qdict_get(request, "id")));
	error_free(err);
	qobject_unref(parsed);
	return answer;
}
