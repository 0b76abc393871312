// SPDX-License-Identifier: GPL-2.0-only
/* Remembering what the machine looks like, and saying what has changed since. */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qapi/error.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "psp.h"

#define MAX_SNAPSHOTS	64
#define LONGEST_NAME	63

static QDict *look(PspState *s)
{
	QDict *dict = qdict_new();

	qdict_put_int(dict, "time_ns", qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
	qdict_put(dict, "status", psp_report_status(s));
	qdict_put(dict, "counters", psp_report_counters(s));
	qdict_put(dict, "census", psp_report_census());
	return dict;
}

/**
 * psp_snapshot_take - remember the state under a name
 * @s: the device
 * @args: with the name; one of that name is replaced
 * @errp: set to what is wrong
 *
 * Return: a new object with the time, or NULL.
 */
QDict *psp_snapshot_take(PspState *s, QDict *args, Error **errp)
{
	const char *name = qdict_get_try_str(args, "name");
	QDict *kept = s->control.snapshots, *dict;

	if (!name || !*name || strlen(name) > LONGEST_NAME) {
		error_setg(errp, "snapshot: 'name' must be a string of 1 to %d "
			   "characters", LONGEST_NAME);
		return NULL;
	}
	if (qdict_size(kept) >= MAX_SNAPSHOTS && !qdict_haskey(kept, name)) {
		error_setg(errp, "snapshot: there are %d already; take one of "
			   "their names again", MAX_SNAPSHOTS);
		return NULL;
	}
	dict = look(s);
	qdict_put(kept, name, dict);
	args = qdict_new();
	qdict_put_obj(args, "time_ns", qobject_ref(qdict_get(dict, "time_ns")));
	return args;
}

/**
 * psp_snapshot_list - what was remembered
 * @s: the device
 *
 * Return: a new object, as docs/machine.md describes it.
 */
QDict *psp_snapshot_list(PspState *s)
{
	QDict *dict = qdict_new(), *times = qdict_new();
	const QDictEntry *e;

	for (e = qdict_first(s->control.snapshots); e;
	     e = qdict_next(s->control.snapshots, e))
		qdict_put_obj(times, qdict_entry_key(e), qobject_ref(qdict_get(
			qobject_to(QDict, qdict_entry_value(e)), "time_ns")));
	qdict_put(dict, "snapshots", times);
	return dict;
}

static int64_t number_of(QObject *obj)
{
	QNum *num = qobject_to(QNum, obj);
	int64_t value = 0;

	if (num)
		qnum_get_try_int(num, &value);
	return value;
}

/* What numbers have grown by; those that did not are left out. */
static QDict *numbers_diff(QDict *from, QDict *to)
{
	QDict *diff = qdict_new();
	const QDictEntry *e;

	for (e = qdict_first(to); e; e = qdict_next(to, e)) {
		const char *key = qdict_entry_key(e);
		QDict *below = qobject_to(QDict, qdict_entry_value(e));
		QDict *before = qdict_get_qdict(from, key);
		int64_t grown;

		if (below) {
			g_autoptr(QDict) none = qdict_new();

			below = numbers_diff(before ? before : none, below);
			if (qdict_size(below))
				qdict_put(diff, key, below);
			else
				qobject_unref(below);
			continue;
		}
		grown = number_of(qdict_entry_value(e)) -
			number_of(qdict_get(from, key));
		if (grown)
			qdict_put_int(diff, key, grown);
	}
	return diff;
}

/* Numbers that are there no more, after a reset of the counters, count backwards. */
static QDict *counters_diff(QDict *from, QDict *to)
{
	QDict *diff = numbers_diff(from, to), *gone = numbers_diff(to, from);
	const QDictEntry *e;
	QDict *commands = qdict_get_qdict(gone, "commands");
	QDict *now = qdict_get_qdict(to, "commands");

	for (e = commands ? qdict_first(commands) : NULL; e;
	     e = qdict_next(commands, e)) {
		QDict *minus;

		if (qdict_haskey(now, qdict_entry_key(e)))
			continue;
		minus = qdict_new();
		qdict_put_int(minus, "count", -number_of(qdict_get(
			qobject_to(QDict, qdict_entry_value(e)), "count")));
		if (!qdict_haskey(diff, "commands"))
			qdict_put(diff, "commands", qdict_new());
		qdict_put(qdict_get_qdict(diff, "commands"), qdict_entry_key(e),
			  minus);
	}
	qobject_unref(gone);
	return diff;
}

static bool list_has(QList *list, QObject *obj)
{
	const QListEntry *entry;

	QLIST_FOREACH_ENTRY(list, entry)
		if (qobject_is_equal(qlist_entry_obj(entry), obj))
			return true;
	return false;
}

static QList *list_minus(QList *a, QList *b)
{
	QList *rest = qlist_new();
	const QListEntry *entry;

	QLIST_FOREACH_ENTRY(a, entry)
		if (!list_has(b, qlist_entry_obj(entry)))
			qlist_append_obj(rest, qobject_ref(qlist_entry_obj(entry)));
	return rest;
}

/* Each member that is another one now; guests one by one. */
static QDict *status_diff(QDict *from, QDict *to)
{
	QDict *diff = qdict_new();
	const QDictEntry *e;

	for (e = qdict_first(to); e; e = qdict_next(to, e)) {
		const char *key = qdict_entry_key(e);
		QObject *before = qdict_get(from, key);
		QDict *change;

		if (!before || qobject_is_equal(before, qdict_entry_value(e)) ||
		    !strcmp(key, "guests"))
			continue;
		change = qdict_new();
		qdict_put_obj(change, "from", qobject_ref(before));
		qdict_put_obj(change, "to", qobject_ref(qdict_entry_value(e)));
		qdict_put(diff, key, change);
	}
	return diff;
}

static QDict *guests_diff(QDict *from, QDict *to)
{
	QList *before = qdict_get_qlist(from, "guests");
	QList *now = qdict_get_qlist(to, "guests");
	QDict *diff = qdict_new();

	qdict_put(diff, "added", list_minus(now, before));
	qdict_put(diff, "removed", list_minus(before, now));
	return diff;
}

static QDict *find(PspState *s, QDict *args, const char *key, Error **errp)
{
	const char *name = qdict_get_try_str(args, key);
	QDict *kept = NULL;

	if (name)
		kept = qdict_get_qdict(s->control.snapshots, name);
	if (!name)
		error_setg(errp, "diff: '%s' must be the name of a snapshot", key);
	else if (!kept)
		error_setg(errp, "diff: there is no snapshot '%s'", name);
	return kept ? qobject_ref(kept) : NULL;
}

/**
 * psp_snapshot_diff - what has changed
 * @s: the device
 * @args: with the names of two snapshots, or one: until now
 * @errp: set to what is wrong
 *
 * Return: a new object as docs/machine.md describes it, or NULL.
 */
QDict *psp_snapshot_diff(PspState *s, QDict *args, Error **errp)
{
	g_autoptr(QDict) from = find(s, args, "from", errp), to = NULL;
	QDict *diff, *status[2];

	if (from)
		to = qdict_haskey(args, "to") ? find(s, args, "to", errp) : look(s);
	if (!to)
		return NULL;
	status[0] = qdict_get_qdict(from, "status");
	status[1] = qdict_get_qdict(to, "status");
	diff = qdict_new();
	qdict_put_int(diff, "time_ns", number_of(qdict_get(to, "time_ns")) -
		      number_of(qdict_get(from, "time_ns")));
	qdict_put(diff, "counters",
		  counters_diff(qdict_get_qdict(from, "counters"),
				qdict_get_qdict(to, "counters")));
	qdict_put(diff, "census", numbers_diff(qdict_get_qdict(from, "census"),
					       qdict_get_qdict(to, "census")));
	qdict_put(diff, "status", status_diff(status[0], status[1]));
	qdict_put(diff, "guests", guests_diff(status[0], status[1]));
	return diff;
}
