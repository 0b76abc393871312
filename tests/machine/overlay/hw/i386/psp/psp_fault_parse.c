// SPDX-License-Identifier: GPL-2.0-only
/* Faults as JSON objects: each member is taken, and what is left is an error. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "hw/core/cpu.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "qobject/qbool.h"
#include "psp.h"
#include "target/i386/snp/host.h"
#include "target/i386/snp/insn.h"

#define ON(trigger) BIT(PSP_ON_##trigger)

static const struct {
	const char *name;
	unsigned int triggers;	/* what it can wait for */
} actions[PSP_FAULT_ACTION_NR] = {
	[PSP_FAULT_STATUS] = { "status", ON(COMMAND) | ON(INSN) },
	[PSP_FAULT_DELAY] = { "delay", ON(COMMAND) },
	[PSP_FAULT_HANG] = { "hang", ON(COMMAND) },
	[PSP_FAULT_DEATH] = { "death", ON(COMMAND) | ON(INSN) | ON(MOMENT) },
	[PSP_FAULT_LOST_INTERRUPT] = { "lost-interrupt", ON(COMMAND) },
	[PSP_FAULT_SPURIOUS_INTERRUPT] = { "spurious-interrupt",
					   ON(COMMAND) | ON(INSN) | ON(MOMENT) },
	[PSP_FAULT_HALF] = { "half", ON(COMMAND) },
	[PSP_FAULT_RESET] = { "reset", ON(COMMAND) | ON(INSN) | ON(MOMENT) },
	[PSP_FAULT_CORRUPT] = { "corrupt", ON(COMMAND) | ON(INSN) | ON(MOMENT) },
	[PSP_FAULT_CPU_STUCK] = { "cpu-stuck", ON(COMMAND) | ON(INSN) | ON(MOMENT) },
};

/* What is still to be read of an object, and the first thing that was wrong. */
struct source {
	QDict *left;
	Error **errp;
	bool bad;
};

static void complain(struct source *src, Error *err)
{
	if (src->bad)
		error_free(err);
	else
		error_propagate(src->errp, err);
	src->bad = true;
}

#define COMPLAIN(src, ...) do {						\
	Error *err_ = NULL;						\
	error_setg(&err_, __VA_ARGS__);					\
	complain(src, err_);						\
} while (0)

static bool has(struct source *src, const char *key)
{
	return qdict_haskey(src->left, key);
}

static int64_t take_int(struct source *src, const char *key, int64_t min,
			int64_t max, int64_t otherwise)
{
	QNum *num = qobject_to(QNum, qdict_get(src->left, key));
	int64_t value = otherwise;

	if (has(src, key) &&
	    (!num || !qnum_get_try_int(num, &value) || value < min || value > max))
		COMPLAIN(src, "'%s' must be a whole number from %" PRId64
			 " to %" PRId64, key, min, max);
	qdict_del(src->left, key);
	return value;
}

static double take_probability(struct source *src)
{
	QNum *num = qobject_to(QNum, qdict_get(src->left, "probability"));
	double value = 1;

	if (num)
		value = qnum_get_double(num);
	if ((has(src, "probability") && !num) || !(value >= 0 && value <= 1))
		COMPLAIN(src, "'probability' must be a number from 0 to 1");
	qdict_del(src->left, "probability");
	return value;
}

/* One of a list of words, whose index is the answer; the list ends with NULL. */
static int take_word(struct source *src, const char *key,
		     const char *const *words, int otherwise)
{
	const char *text = qdict_get_try_str(src->left, key);
	g_autofree char *all = NULL;
	int found = otherwise;

	if (!has(src, key))
		return otherwise;
	for (found = 0; words[found]; found++)
		if (text && !strcmp(words[found], text))
			break;
	if (!words[found]) {
		all = g_strjoinv(", ", (char **)words);
		COMPLAIN(src, "'%s' must be one of %s", key, all);
		found = otherwise;
	}
	qdict_del(src->left, key);
	return found;
}

static int take_moment(struct source *src, const char *key)
{
	const char *words[SNP_MOMENT_NR + 1] = { NULL };

	memcpy(words, snp_moment_name, sizeof(snp_moment_name));
	return take_word(src, key, words, -1);
}

static bool command_by_name(struct psp_fault *fault, const char *name)
{
	const struct psp_command *c = psp_command_find_name(name);

	if (!strcmp(name, "any")) {
		fault->what = PSP_ANY_COMMAND;
		return true;
	}
	for (int i = 0; i < SNP_INSN_NR; i++)
		if (!strcmp(name, snp_insn_name[i])) {
			fault->trigger = PSP_ON_INSN;
			fault->what = i;
			return true;
		}
	if (c)
		fault->what = c->number;
	return c;
}

static void take_command(struct source *src, struct psp_fault *fault)
{
	QObject *command = qdict_get(src->left, "command");
	QString *name = qobject_to(QString, command);
	QNum *number = qobject_to(QNum, command);
	uint64_t value = PSP_NR_COMMANDS;

	fault->trigger = PSP_ON_COMMAND;
	if (number && qnum_get_try_uint(number, &value))
		fault->what = value;
	if (name ? !command_by_name(fault, qstring_get_str(name)) :
		   value >= PSP_NR_COMMANDS)
		COMPLAIN(src, "'command' is neither the name of a command, nor "
			 "RMPUPDATE, PSMASH, RMPREAD or any, nor a number below %d",
			 PSP_NR_COMMANDS);
	qdict_del(src->left, "command");
}

static void take_trigger(struct source *src, struct psp_fault *fault)
{
	fault->mark = -1;
	if (has(src, "command") == has(src, "on")) {
		COMPLAIN(src, "one of 'command' and 'on' is needed, to say what "
			 "the fault waits for");
		return;
	}
	if (has(src, "command")) {
		take_command(src, fault);
		return;
	}
	fault->trigger = PSP_ON_MOMENT;
	fault->what = take_moment(src, "on");
	if (fault->what == SNP_MOMENT_MARK)
		fault->mark = take_int(src, "mark", 0, UINT32_MAX, -1);
}

/* A moment, or SNP_MOMENT_NR and the number of a command. */
static int take_arming(struct source *src)
{
	const char *name = qdict_get_try_str(src->left, "armed_by");
	const struct psp_command *c = name ? psp_command_find_name(name) : NULL;

	if (!c)
		return take_moment(src, "armed_by");
	qdict_del(src->left, "armed_by");
	return SNP_MOMENT_NR + c->number;
}

static void take_condition(struct source *src, struct psp_fault *fault)
{
	bool repeats = has(src, "every") || has(src, "probability");

	fault->nth = take_int(src, "nth", 1, INT64_MAX, 0);
	fault->every = take_int(src, "every", 1, INT64_MAX, 0);
	fault->probability = take_probability(src);
	fault->random = take_int(src, "seed", 0, INT64_MAX, 1);
	fault->left = take_int(src, "count", 0, INT64_MAX, repeats ? 0 : 1);
	if (!fault->left)
		fault->left = -1;
	fault->armed_by = take_arming(src);
	fault->armed = fault->armed_by < 0;
}

static void take_steps(struct source *src, struct psp_fault *fault)
{
	static const char *const without[] = { "answer", "effect", NULL };
	bool steps = has(src, "steps");
	int which;

	if (steps == has(src, "without") && fault->action == PSP_FAULT_HALF)
		COMPLAIN(src, "half needs either 'steps' or 'without'");
	fault->steps = take_int(src, "steps", 0, INT64_MAX, -1);
	if (fault->action != PSP_FAULT_HALF) {
		/* A reset before it did anything, unless steps are wanted. */
		fault->no_effect = !steps;
		return;
	}
	which = take_word(src, "without", without, -1);
	fault->no_answer = which == 0;
	fault->no_effect = which == 1;
}

static void take_corruption(struct source *src, struct psp_fault *fault)
{
	uint64_t offset;

	if (!has(src, "pa") || !has(src, "len"))
		COMPLAIN(src, "corrupt needs 'pa' and 'len'");
	fault->pa = take_int(src, "pa", 0, INT64_MAX, 0);
	fault->len = take_int(src, "len", 1, INT64_MAX, 1);
	if (has(src, "fill") && has(src, "xor"))
		COMPLAIN(src, "corrupt takes 'fill' or 'xor', not both");
	fault->fill = take_int(src, "fill", 0, 255, -1);
	fault->xor = take_int(src, "xor", 1, 255, 255);
	if (!src->bad && !psp_fault_ram(fault->pa, fault->len, &offset))
		COMPLAIN(src, "0x%" PRIx64 " with 0x%" PRIx64 " bytes is not "
			 "within the machine's RAM", fault->pa, fault->len);
}

static void take_arguments(struct source *src, struct psp_fault *fault)
{
	static const char *const clock[] = { "virtual", "real", NULL };
	static const char *const registers[] = { "silent", "ones", NULL };

	fault->steps = -1;
	fault->fill = -1;
	fault->cpu = -1;
	switch (fault->action) {
	case PSP_FAULT_STATUS:
		fault->status = take_int(src, "status", 0, UINT16_MAX, -1);
		if (!src->bad && fault->status == UINT32_MAX)
			COMPLAIN(src, "'status' must be a whole number from 0 to 65535");
		break;
	case PSP_FAULT_DELAY:
		if (!has(src, "ms"))
			COMPLAIN(src, "delay needs 'ms'");
		fault->ms = take_int(src, "ms", 0, 86400000, 0);
		fault->real_time = take_word(src, "clock", clock, 0);
		break;
	case PSP_FAULT_DEATH:
		fault->all_ones = take_word(src, "registers", registers, 0);
		break;
	case PSP_FAULT_SPURIOUS_INTERRUPT:
		fault->pending = take_int(src, "pending", 0, 1, 0);
		break;
	case PSP_FAULT_HALF:
	case PSP_FAULT_RESET:
		take_steps(src, fault);
		break;
	case PSP_FAULT_CORRUPT:
		take_corruption(src, fault);
		break;
	case PSP_FAULT_CPU_STUCK:
		fault->cpu = take_int(src, "cpu", 0, SNP_MAX_CPUS - 1, -1);
		if (fault->cpu >= 0 && !qemu_get_cpu(fault->cpu))
			COMPLAIN(src, "there is no CPU %d", fault->cpu);
		fault->ms = take_int(src, "ms", 0, 86400000, 0);
		break;
	default:
		break;
	}
}

static void take_action(struct source *src, struct psp_fault *fault)
{
	const char *words[PSP_FAULT_ACTION_NR + 1] = { NULL };
	int action;

	for (int i = 0; i < PSP_FAULT_ACTION_NR; i++)
		words[i] = actions[i].name;
	/* A status alone says what is meant. */
	action = take_word(src, "action", words,
			   has(src, "status") ? PSP_FAULT_STATUS : -1);
	if (action < 0) {
		COMPLAIN(src, "'action' is needed, to say what goes wrong");
		return;
	}
	fault->action = action;
	if (!src->bad && !(actions[action].triggers & BIT(fault->trigger)))
		COMPLAIN(src, "%s can happen to a firmware command only%s",
			 actions[action].name, action == PSP_FAULT_STATUS ?
			 ", or to an instruction on the RMP" : "");
	if (!src->bad && action == PSP_FAULT_RESET &&
	    fault->trigger == PSP_ON_MOMENT && fault->what == SNP_MOMENT_RESET)
		COMPLAIN(src, "a reset on each reset would never end");
	take_arguments(src, fault);
}

/**
 * psp_fault_parse - read a fault
 * @s: the device
 * @given: the JSON object; a reference is kept
 * @errp: set to what is wrong, and what would be right
 *
 * Return: a new fault, or NULL.
 */
struct psp_fault *psp_fault_parse(PspState *s, QDict *given, Error **errp)
{
	struct source src = { qdict_clone_shallow(given), errp, false };
	struct psp_fault *fault = g_new0(struct psp_fault, 1);
	const QDictEntry *rest;

	take_trigger(&src, fault);
	take_condition(&src, fault);
	take_action(&src, fault);
	rest = qdict_first(src.left);
	if (rest)
		COMPLAIN(&src, "'%s' is no member of such a fault",
			 qdict_entry_key(rest));
	qobject_unref(src.left);
	if (src.bad) {
		g_free(fault);
		return NULL;
	}
	fault->given = qobject_ref(given);
	return fault;
}

static bool load_line(PspState *s, const char *line, Error **errp)
{
	Error *err = NULL;
	QObject *parsed = qobject_from_json(line, &err);
	QDict *given = qobject_to(QDict, parsed);
	struct psp_fault *fault = NULL;

	if (given)
		fault = psp_fault_parse(s, given, &err);
	else if (!err)
		error_setg(&err, "not a JSON object");
	if (fault)
		psp_fault_add(s, fault);
	qobject_unref(parsed);
	error_propagate(errp, err);
	return fault;
}

/**
 * psp_fault_load - read faults from a file, one JSON object a line
 * @s: the device
 * @file: its name; empty lines and those that begin with # do not count
 * @errp: set to what is wrong, with file and line
 *
 * Return: true if all of them were understood.
 */
bool psp_fault_load(PspState *s, const char *file, Error **errp)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	GError *gerr = NULL;

	if (!g_file_get_contents(file, &text, NULL, &gerr)) {
		error_setg(errp, "faults: %s", gerr->message);
		g_error_free(gerr);
		return false;
	}
	lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		const char *line = g_strstrip(lines[i]);

		if (!*line || *line == '#')
			continue;
		if (!load_line(s, line, errp)) {
			error_prepend(errp, "%s:%d: ", file, i + 1);
			return false;
		}
	}
	return true;
}
