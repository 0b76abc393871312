// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control channel: one JSON object a line, requests in, answers and events
 * out. Its protocol is described in docs/machine.md.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/units.h"
#include "qapi/error.h"
#include "qapi/qapi-types-run-state.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "system/runstate.h"
#include "psp.h"
#include "target/i386/snp/insn.h"
#include "target/i386/snp/touch.h"

#define LONGEST_LINE	65536

/* Beyond this much that a client has not read, it loses lines. */
#define LONGEST_QUEUE	(16 * MiB)

typedef QDict *(*request_handler)(PspState *s, QDict *args, Error **errp);

static gboolean out_ready(void *unused, GIOCondition cond, void *opaque);

/* A client that does not read must not stop the machine. */
static void out_flush(PspState *s)
{
	struct psp_control *control = &s->control;
	int n;

	if (!qemu_chr_fe_backend_open(&control->chr)) {
		g_string_truncate(control->out, 0);
		return;
	}
	while (control->out->len) {
		n = qemu_chr_fe_write(&control->chr, (uint8_t *)control->out->str,
				      control->out->len);
		if (n <= 0)
			break;
		g_string_erase(control->out, 0, n);
	}
	if (control->out->len && !control->out_watch)
		control->out_watch = qemu_chr_fe_add_watch(&control->chr,
							   G_IO_OUT | G_IO_HUP,
							   out_ready, s);
}

static gboolean out_ready(void *unused, GIOCondition cond, void *opaque)
{
	PspState *s = opaque;

	s->control.out_watch = 0;
	out_flush(s);
	return G_SOURCE_REMOVE;
}

static void line_send(PspState *s, QDict *dict)
{
	g_autoptr(GString) line = qobject_to_json(QOBJECT(dict));

	qobject_unref(dict);
	if (s->control.out->len > LONGEST_QUEUE)
		return;
	g_string_append_len(s->control.out, line->str, line->len);
	g_string_append_c(s->control.out, '\n');
	out_flush(s);
}

/**
 * psp_control_event - tell whoever listens that something happened
 * @s: the device
 * @name: of the event
 * @data: more members, or NULL; taken over
 *
 * Context: big QEMU lock held.
 */
void psp_control_event(PspState *s, const char *name, QDict *data)
{
	QDict *dict = data ? data : qdict_new();

	qdict_put_str(dict, "event", name);
	line_send(s, dict);
}

/* Touches happen in CPU threads; this runs in the main loop. */
static void touches_send(void *opaque)
{
	PspState *s = opaque;
	struct snp_touch_list list;

	snp_touch_get(s->control.events_sent, &list);
	for (unsigned int i = 0; i < list.nr; i++) {
		const struct snp_touch *touch = &list.touch[i];

		psp_control_event(s, snp_touch_event(touch->kind),
				  psp_report_touch(touch));
	}
	s->control.events_sent += list.nr;
}

static QDict *do_status(PspState *s, QDict *args, Error **errp)
{
	return psp_report_status(s);
}

static QDict *do_counters(PspState *s, QDict *args, Error **errp)
{
	return psp_report_counters(s);
}

static QDict *do_census(PspState *s, QDict *args, Error **errp)
{
	return psp_report_census();
}

static QDict *do_events(PspState *s, QDict *args, Error **errp)
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

static int64_t *inject_slot(PspState *s, QObject *command, uint32_t **status)
{
	QString *name = qobject_to(QString, command);
	QNum *number = qobject_to(QNum, command);
	const struct psp_command *c;
	uint64_t value;

	if (number && qnum_get_try_uint(number, &value)) {
		if (value >= PSP_NR_COMMANDS)
			return NULL;
		*status = &s->stats[value].inject_status;
		return &s->stats[value].inject_left;
	}
	if (!name)
		return NULL;
	for (int i = 0; i < SNP_INSN_NR; i++)
		if (!strcmp(qstring_get_str(name), snp_insn_name[i])) {
			*status = &snp_insn_stats[i].inject_status;
			return &snp_insn_stats[i].inject_left;
		}
	c = psp_command_find_name(qstring_get_str(name));
	if (!c)
		return NULL;
	*status = &s->stats[c->number].inject_status;
	return &s->stats[c->number].inject_left;
}

static QDict *do_inject(PspState *s, QDict *args, Error **errp)
{
	int64_t count = qdict_get_try_int(args, "count", 1);
	int64_t value = qdict_get_try_int(args, "status", -1);
	uint32_t *status = NULL;
	int64_t *left = inject_slot(s, qdict_get(args, "command"), &status);

	if (!left)
		error_setg(errp, "inject: 'command' is neither the name of a "
			   "command nor a number below %d", PSP_NR_COMMANDS);
	else if (value < 0 || value > UINT16_MAX)
		error_setg(errp, "inject: 'status' must be 0 to 65535");
	else if (count < 0)
		error_setg(errp, "inject: 'count' must not be negative");
	if (*errp)
		return NULL;
	*status = value;
	*left = count ? count : -1;
	return qdict_new();
}

static QDict *do_clear_injections(PspState *s, QDict *args, Error **errp)
{
	for (int i = 0; i < PSP_NR_COMMANDS; i++)
		s->stats[i].inject_left = 0;
	for (int i = 0; i < SNP_INSN_NR; i++)
		snp_insn_stats[i].inject_left = 0;
	return qdict_new();
}

static QDict *do_reset_counters(PspState *s, QDict *args, Error **errp)
{
	psp_command_stats_clear(s);
	for (int i = 0; i < SNP_INSN_NR; i++)
		snp_insn_stats[i].count = snp_insn_stats[i].failed = 0;
	snp_touch_clear();
	s->control.events_sent = 0;
	s->resets = 0;
	return qdict_new();
}

static QDict *do_subscribe(PspState *s, QDict *args, Error **errp)
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
	s->control.commands_wanted = commands;
	return qdict_new();
}

static const struct {
	const char *name;
	request_handler run;
} requests[] = {
	{ "status", do_status },
	{ "counters", do_counters },
	{ "census", do_census },
	{ "events", do_events },
	{ "inject", do_inject },
	{ "clear-injections", do_clear_injections },
	{ "reset-counters", do_reset_counters },
	{ "subscribe", do_subscribe },
};

static QDict *request_run(PspState *s, QDict *request, Error **errp)
{
	const char *name = qdict_get_try_str(request, "execute");
	QDict *args = qdict_get_qdict(request, "arguments");
	g_autoptr(QDict) none = qdict_new();

	if (!name) {
		error_setg(errp, "no 'execute' in the request");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++)
		if (!strcmp(requests[i].name, name))
			return requests[i].run(s, args ? args : none, errp);
	error_setg(errp, "no request '%s'", name);
	return NULL;
}

static void line_answer(PspState *s, const char *line)
{
	QObject *parsed = qobject_from_json(line, NULL);
	QDict *request = qobject_to(QDict, parsed);
	QDict *answer = qdict_new(), *result = NULL;
	Error *err = NULL;

	if (request)
		result = request_run(s, request, &err);
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
	line_send(s, answer);
}

static int control_can_receive(void *opaque)
{
	return 4096;
}

static void control_receive(void *opaque, const uint8_t *buf, int size)
{
	PspState *s = opaque;
	struct psp_control *control = &s->control;

	for (int i = 0; i < size; i++) {
		if (buf[i] != '\n') {
			if (control->line->len < LONGEST_LINE)
				g_string_append_c(control->line, buf[i]);
			continue;
		}
		if (control->line->len)
			line_answer(s, control->line->str);
		g_string_truncate(control->line, 0);
	}
}

static void control_event(void *opaque, QEMUChrEvent event)
{
	PspState *s = opaque;

	/* A new client starts with a new line and no subscription. */
	if (event != CHR_EVENT_OPENED)
		return;
	g_string_truncate(s->control.line, 0);
	g_string_truncate(s->control.out, 0);
	s->control.commands_wanted = false;
}

/* Last words: with -no-reboot a reset ends QEMU, and a client would only see the socket close. */
static void control_shutdown(Notifier *notifier, void *data)
{
	PspState *s = container_of(notifier, PspState, control.shutdown);
	ShutdownCause *cause = data;
	QDict *dict = qdict_new();

	qdict_put_str(dict, "cause", ShutdownCause_str(*cause));
	psp_control_event(s, "shutdown", dict);
}

/**
 * psp_control_realize - open the channel
 * @s: the device, its chardev property set or not
 */
void psp_control_realize(PspState *s)
{
	s->control.line = g_string_new(NULL);
	s->control.out = g_string_new(NULL);
	s->control.bh = qemu_bh_new(touches_send, s);
	snp_touch_listen(s->control.bh);
	s->control.shutdown.notify = control_shutdown;
	qemu_register_shutdown_notifier(&s->control.shutdown);
	if (qemu_chr_fe_backend_connected(&s->control.chr))
		qemu_chr_fe_set_handlers(&s->control.chr, control_can_receive,
					 control_receive, control_event, NULL,
					 s, NULL, true);
}
