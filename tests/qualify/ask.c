// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <lib/spawn.h>
#include <scenarios/jobs.h>

#include "ask.h"
#include "cells.h"

/* What a worker tells of a step, an object a line. */
static const struct {
	const char *key;
	size_t offset;
} flags[] = {
#define FLAG(name) { #name, offsetof(struct outcome, name) }
	FLAG(started), FLAG(ran), FLAG(ok), FLAG(absent), FLAG(untold), FLAG(late), FLAG(interrupted), FLAG(emulator_ended),
#undef FLAG
};

#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

static bool *flag_of(struct outcome *seen, size_t i)
{
	return (bool *)((char *)seen + flags[i].offset);
}

/* Kernels end a machine by a reset or a shutdown, which it tells; an emulator that is killed or crashes does not. */
static bool emulator_ended(const struct machine *m)
{
	return spawn_has_ended(m->pidfd) && !machine_event(m, "shutdown");
}

static void look(struct outcome *seen, const struct run *r, bool ok)
{
	/* the machine's own errors name them */
	bool failed = cells_said() == VERDICT_FAIL && !strstr(r->why, "logs in");

	*seen = (struct outcome){
		.started = r->machine.hellos, .ran = r->ran, .ok = ok,
		.absent = cells_said() == VERDICT_UNSUPPORTED, .untold = cells_said() == VERDICT_UNKNOWN,
		.late = !ok && strstr(r->why, machine_result_name(MACHINE_TIMEOUT)),
		.interrupted = machine_interrupted(), .emulator_ended = emulator_ended(&r->machine),
	};
	if (ok)
		snprintf(seen->why, sizeof(seen->why), "%s", r->note);
	else
		snprintf(seen->why, sizeof(seen->why), "%.400s%s%s", r->why, failed ? "; logs: " : "",
			 failed ? r->machine.logs : "");
}

static void report(void *context, const struct run *r, bool ok)
{
	struct json_object *o = json_object_new_object();
	struct outcome seen;

	(void)context;
	look(&seen, r, ok);
	json_object_object_add(o, "step", json_object_new_int(r->step - r->scenario->steps));
	for (size_t i = 0; i < NR_FLAGS; i++)
		json_object_object_add(o, flags[i].key, json_object_new_boolean(*flag_of(&seen, i)));
	json_object_object_add(o, "why", json_object_new_string(seen.why));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	fflush(stdout);
	json_object_put(o);
}

struct asked {
	struct matrix *matrix;
	bool again;
	void (*progress)(const struct matrix *m, enum kind row, enum column column);
};

/* Return: the step, or -1 if the line tells of none. */
static int take(struct outcome *seen, const char *line)
{
	struct json_object *o = json_tokener_parse(line), *field;
	int step = -1;

	*seen = (struct outcome){ .started = false };
	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, "step", &field)) {
		step = json_object_get_int(field);
		for (size_t i = 0; i < NR_FLAGS; i++)
			if (json_object_object_get_ex(o, flags[i].key, &field))
				*flag_of(seen, i) = json_object_get_boolean(field);
		if (json_object_object_get_ex(o, "why", &field))
			snprintf(seen->why, sizeof(seen->why), "%s", json_object_get_string(field));
	}
	json_object_put(o);
	return step;
}

static void collect(void *context, const struct scenario *s, FILE *output)
{
	const struct plan *plan = (const struct plan *)s;
	unsigned int nr = scenario_steps(s);
	struct asked *asked = context;
	struct cell *row = asked->matrix->cell[plan->row];
	void (*decides)(struct cell *cell, const struct outcome *seen) = asked->again ? cell_decide_again : cell_decide;
	struct outcome seen;
	char line[8192];
	int step;

	for (unsigned int i = 0; i < nr; i++)
		cell_set(&row[plan->column[i]], VERDICT_UNKNOWN, "its worker ended early");
	while (fgets(line, sizeof(line), output)) {
		step = take(&seen, line);
		if (step >= 0 && (unsigned int)step < nr)
			decides(&row[plan->column[step]], &seen);
	}
	for (unsigned int i = 0; asked->progress && i < nr; i++)
		asked->progress(asked->matrix, plan->row, plan->column[i]);
}

/* Machines side by side on a busy host may be late without any doing of the kernel's: those are asked alone. */
static unsigned int late(const struct scenario **list, const struct matrix *m, const struct plan *plans, unsigned int nr)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr; i++) {
		const struct plan *plan = &plans[i];
		bool is_late = false;

		for (unsigned int s = 0; s < scenario_steps(&plan->scenario); s++)
			is_late = is_late || m->cell[plan->row][plan->column[s]].late;
		if (is_late)
			list[n++] = &plan->scenario;
	}
	list[n] = NULL;
	return n;
}

void ask(struct matrix *m, const struct plan *plans, unsigned int nr,
	 void (*progress)(const struct matrix *m, enum kind row, enum column column))
{
	struct asked asked = { .matrix = m, .progress = progress };
	const struct jobs_way way = { .report = report, .collect = collect, .context = &asked };
	const struct scenario *list[PLANS_MAX + 1] = { NULL };

	for (unsigned int i = 0; i < nr; i++)
		list[i] = &plans[i].scenario;
	jobs_run_by(list, jobs_width(), &way);
	asked.again = true;
	if (!machine_interrupted() && late(list, m, plans, nr))
		jobs_run_by(list, 1, &way);
}

void ask_all(struct matrix *m, const struct target *target, enum verdict no_crash, const char *why_no_crash,
	     void (*progress)(const struct matrix *m, enum kind row, enum column column))
{
	struct plan *plans = calloc(PLANS_MAX, sizeof(*plans));

	if (!plans)
		return;
	for (int r = 0; !target->vmlinux && r < NR_ROWS; r++)
		cell_set(&m->cell[r][COLUMN_CRASH], no_crash, why_no_crash);
	ask(m, plans, plan_cells(plans, target, m, true), progress);
	for (int r = 0; r < NR_ROWS; r++)
		if (m->cell[r][COLUMN_LAUNCH].verdict == VERDICT_UNSUPPORTED)
			matrix_lacks(m, r, m->cell[r][COLUMN_LAUNCH].why);
	if (!machine_interrupted())
		ask(m, plans, plan_cells(plans, target, m, false), progress);
	free(plans);
}
