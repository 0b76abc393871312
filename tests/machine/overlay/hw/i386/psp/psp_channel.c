// SPDX-License-Identifier: GPL-2.0-only
/*
 * Those who talk to the machine from outside, on a character device each: the
 * one that drives it, and an observer that may ask and listen only. One JSON
 * object a line in both directions; docs/machine.md describes them.
 */
#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/units.h"
#include "qapi/qapi-types-run-state.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "system/runstate.h"
#include "psp.h"
#include "target/i386/snp/touch.h"

#define LONGEST_LINE	65536

/* Beyond this much that a client has not read, it loses lines. */
#define LONGEST_QUEUE	(16 * MiB)

static gboolean out_ready(void *unused, GIOCondition cond, void *opaque);

/* A client that does not read must not stop the machine. */
static void out_flush(struct psp_client *client)
{
	int n;

	if (!qemu_chr_fe_backend_open(&client->chr)) {
		g_string_truncate(client->out, 0);
		return;
	}
	while (client->out->len) {
		n = qemu_chr_fe_write(&client->chr, (uint8_t *)client->out->str,
				      client->out->len);
		if (n <= 0)
			break;
		g_string_erase(client->out, 0, n);
	}
	if (client->out->len && !client->out_watch)
		client->out_watch = qemu_chr_fe_add_watch(&client->chr,
							  G_IO_OUT | G_IO_HUP,
							  out_ready, client);
}

static gboolean out_ready(void *unused, GIOCondition cond, void *opaque)
{
	struct psp_client *client = opaque;

	client->out_watch = 0;
	out_flush(client);
	return G_SOURCE_REMOVE;
}

static void line_send(struct psp_client *client, QDict *dict)
{
	g_autoptr(GString) line = qobject_to_json(QOBJECT(dict));

	if (client->out->len > LONGEST_QUEUE)
		return;
	g_string_append_len(client->out, line->str, line->len);
	g_string_append_c(client->out, '\n');
	out_flush(client);
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
	bool of_command = !strcmp(name, "psp-command");
	QDict *dict = data ? data : qdict_new();

	qdict_put_str(dict, "event", name);
	for (int i = 0; i < PSP_NR_CLIENTS; i++) {
		struct psp_client *client = &s->control.client[i];

		if (client->line && (!of_command || client->commands_wanted))
			line_send(client, dict);
	}
	qobject_unref(dict);
}

/* psp_control_commands_wanted - whether any client wants each command told */
bool psp_control_commands_wanted(PspState *s)
{
	bool any = false;

	for (int i = 0; i < PSP_NR_CLIENTS; i++)
		any |= s->control.client[i].commands_wanted;
	return any;
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

static int client_can_receive(void *opaque)
{
	return 4096;
}

static void client_receive(void *opaque, const uint8_t *buf, int size)
{
	struct psp_client *client = opaque;
	QDict *answer;

	for (int i = 0; i < size; i++) {
		if (buf[i] != '\n') {
			if (client->line->len < LONGEST_LINE)
				g_string_append_c(client->line, buf[i]);
			continue;
		}
		if (client->line->len) {
			answer = psp_control_answer(client, client->line->str);
			line_send(client, answer);
			qobject_unref(answer);
		}
		g_string_truncate(client->line, 0);
	}
}

static void client_event(void *opaque, QEMUChrEvent event)
{
	struct psp_client *client = opaque;

	/* A new client starts with a new line and no subscription. */
	if (event == CHR_EVENT_CLOSED)
		client->commands_wanted = false;
	if (event != CHR_EVENT_OPENED)
		return;
	g_string_truncate(client->line, 0);
	g_string_truncate(client->out, 0);
	client->commands_wanted = false;
}

/* Last words: with -no-reboot a reset ends QEMU, and a client would only see the socket close. */
static void channel_shutdown(Notifier *notifier, void *data)
{
	PspState *s = container_of(notifier, PspState, control.shutdown);
	ShutdownCause *cause = data;
	QDict *dict = qdict_new();

	qdict_put_str(dict, "cause", ShutdownCause_str(*cause));
	psp_control_event(s, "shutdown", dict);
}

static void client_realize(PspState *s, struct psp_client *client)
{
	client->s = s;
	client->observer = client != &s->control.client[0];
	client->line = g_string_new(NULL);
	client->out = g_string_new(NULL);
	if (qemu_chr_fe_backend_connected(&client->chr))
		qemu_chr_fe_set_handlers(&client->chr, client_can_receive,
					 client_receive, client_event, NULL,
					 client, NULL, true);
}

/**
 * psp_channel_realize - open the channels
 * @s: the device, its chardev properties set or not
 */
void psp_channel_realize(PspState *s)
{
	for (int i = 0; i < PSP_NR_CLIENTS; i++)
		client_realize(s, &s->control.client[i]);
	s->control.snapshots = qdict_new();
	s->control.bh = qemu_bh_new(touches_send, s);
	snp_touch_listen(s->control.bh);
	s->control.shutdown.notify = channel_shutdown;
	qemu_register_shutdown_notifier(&s->control.shutdown);
}
