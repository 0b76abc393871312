// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <string.h>

#include "hop.h"

#define BOOT_TIMEOUT_MS	180000
#define FILL_TIMEOUT_S	300

bool fail(struct run *r, const char *format, ...)
{
	char text[sizeof(r->why)];
	va_list args;

	/* @args may point into r->why */
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(r->why, text, sizeof(text));
	return false;
}

#define COMMAND_MAX	4096

/* Leaves the command as it was sent in @command. */
static bool inside_args(struct run *r, int timeout_s, int *rc, char command[COMMAND_MAX], const char *format, va_list args)
{
	vsnprintf(command, COMMAND_MAX, format, args);
	if (machine_run(&r->machine, timeout_s, rc, r->output, "%s", command))
		return fail(r, "%s", r->machine.error);
	return true;
}

bool inside(struct run *r, int timeout_s, const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list args;
	bool ok;
	int rc;

	va_start(args, format);
	ok = inside_args(r, timeout_s, &rc, command, format, args);
	va_end(args);
	if (ok && rc)
		return fail(r, "\"%.200s\" gave %d: %.400s", command, rc, r->output);
	return ok;
}

bool inside_fails(struct run *r, int rc, const char *text, const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list args;
	bool ok;
	int got;

	va_start(args, format);
	ok = inside_args(r, 120, &got, command, format, args);
	va_end(args);
	if (ok && got != rc)
		return fail(r, "\"%.200s\" gave %d instead of %d: %.400s", command, got, rc, r->output);
	if (ok && !strstr(r->output, text))
		return fail(r, "\"%.200s\" does not speak of \"%s\": %.400s", command, text, r->output);
	return ok;
}

bool inject(struct run *r, const char *command, int status, int count)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "command", json_object_new_string(command));
	json_object_object_add(arguments, "status", json_object_new_int(status));
	json_object_object_add(arguments, "count", json_object_new_int(count));
	if (machine_control(&r->machine, "inject", arguments, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

bool add_fault(struct run *r, const char *json)
{
	struct json_object *fault = json_tokener_parse(json);

	if (!fault)
		return fail(r, "no JSON: %s", json);
	if (machine_control(&r->machine, "fault-add", fault, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

bool refuse_shutdown(struct run *r)
{
	return inject(r, "SHUTDOWN", HWERROR_PLATFORM, 0) &&
	       inject(r, "SNP_SHUTDOWN_EX", HWERROR_PLATFORM, 0);
}

bool answer_again(struct run *r)
{
	if (machine_control(&r->machine, "clear-injections", NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

bool injected(struct run *r, const char *command, const char *status)
{
	struct json_object *counters, *o;
	bool found;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	found = json_object_object_get_ex(counters, "commands", &o) &&
		json_object_object_get_ex(o, command, &o) &&
		json_object_object_get_ex(o, "status", &o) &&
		json_object_object_get_ex(o, status, NULL);
	json_object_put(counters);
	return found || fail(r, "%s was never answered with %s", command, status);
}

long long forbidden_touches(struct run *r)
{
	struct json_object *counters, *field;
	long long sum = -1;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return -1;
	if (json_object_object_get_ex(counters, "forbidden", &field))
		sum = json_object_get_int64(field);
	json_object_put(counters);
	return sum;
}

bool fill_memory(struct run *r)
{
	return inside(r, FILL_TIMEOUT_S, "memfill");
}

unsigned int scenario_steps(const struct scenario *s)
{
	unsigned int n = 0;

	while (n < STEPS_MAX && s->steps[n].name)
		n++;
	return n;
}

static bool has_machine(const struct run *r)
{
	return r->machine.control.fd >= 0;
}

/* A command that did not come back may have met one; the jump's own are named there. */
static void name_the_fault(struct run *r)
{
	char fault[256];

	hop_describe_fault(&r->machine, fault, sizeof(fault));
	if (fault[0] && !strstr(r->why, fault))
		fail(r, "%s; %s", r->why, fault);
}

static bool run_step(struct run *r)
{
	const struct step *step = r->step;
	bool ok;

	r->hop = (struct hop){ .forbidden = -1 };
	r->why[0] = '\0';
	r->note[0] = '\0';
	if (has_machine(r))
		r->forbidden_before = forbidden_touches(r);
	ok = hop_launch(r) && (!step->before || step->before(r));
	if (ok && step->next)
		ok = hop_load(r) && (!step->loaded || step->loaded(r)) &&
		     (!step->fault || add_fault(r, step->fault)) && hop_jump(r);
	if (ok && step->after)
		ok = step->after(r);
	/* a machine that has died cannot be asked any more; its pushed events told of the fault */
	if (has_machine(r) && (!step->next || r->hop.alive)) {
		long long now = forbidden_touches(r);

		r->hop.forbidden = now < 0 ? -1 : now - r->forbidden_before;
	}
	if (ok && has_machine(r) && !step->dies && !step->deaf && !step->resets && !step->touches && r->hop.forbidden)
		ok = fail(r, "%lld forbidden touches", r->hop.forbidden);
	if (!ok)
		name_the_fault(r);
	return ok;
}

bool scenario_run(struct run *r, const struct scenario *s,
		  void (*report)(void *context, const struct run *r, bool ok), void *context)
{
	bool all = true, usable;

	memset(r, 0, sizeof(*r));
	r->scenario = s;
	usable = !machine_start(&r->machine, &s->config) &&
		 !machine_wait_hello(&r->machine, 0, BOOT_TIMEOUT_MS, NULL, NULL);
	if (!usable)
		fail(r, "%s", r->machine.error);
	for (unsigned int i = 0; i < scenario_steps(s); i++) {
		bool ok = false;

		r->step = &s->steps[i];
		r->ran = usable;
		if (usable) {
			ok = run_step(r);
			usable = ok || (!r->step->next && !machine_interrupted());
		}
		all = all && ok;
		report(context, r, ok);
	}
	machine_stop(&r->machine);
	if (all)
		machine_forget_core(&r->machine);
	return all;
}
