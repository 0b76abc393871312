// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <scenarios/below_top.h>
#include <scenarios/kdump.h>

#include "cells.h"

#define LAZY	"ccp_ext.policy=lazy"

static const struct {
	const char *kind, *profile;
} hosts[NR_ROWS] = {
	/* hosts without SNP, so that SEV is all that the rows are about */
	[ROW_SEV] = { "sev", "rome" }, [ROW_SEV_ES] = { "sev-es", "rome" }, [ROW_SNP] = { "snp", "milan" },
};

enum side { NOWHERE, TARGET, REFERENCE };

/* A step that decides a cell. */
struct stage {
	enum column column;
	enum side next;
	bool guests, crash, touches;
	const char *append;
	bool (*before)(struct run *r), (*loaded)(struct run *r), (*after)(struct run *r);
};

#define ANY	(1 << ROW_SEV | 1 << ROW_SEV_ES | 1 << ROW_SNP)
#define NO_SNP	(1 << ROW_SEV | 1 << ROW_SEV_ES)
#define SNP	(1 << ROW_SNP)
#define STAGES_MAX 2

/* A machine, and what is asked in it. */
static const struct blueprint {
	unsigned int rows;	/* bits */
	enum side first;	/* who boots */
	bool dumps;
	const char *append;
	unsigned int nr;
	struct stage stage[STAGES_MAX];
} blueprints[] = {
	{ ANY, TARGET, .nr = 1, .stage = { { COLUMN_LAUNCH, .after = cell_launches } } },
	{ ANY, TARGET, .nr = 1, .stage = { { COLUMN_CLEAN, TARGET, .after = cell_left_nothing } } },
	{ ANY, TARGET, .nr = 1, .stage = { { COLUMN_GUESTS, TARGET, .guests = true, .after = cell_left_nothing } } },
	{ ANY, TARGET, .nr = 1, .stage = {
		{ COLUMN_FAULTS, TARGET, .guests = true, .before = cell_demand_flushes, .after = cell_flushed } } },
	{ SNP, TARGET, .nr = 2, .stage = {
		{ COLUMN_QUARANTINE, TARGET, .guests = true, .before = cell_refuse_shutdown, .after = cell_keeps },
		{ COLUMN_GIVE_BACK, TARGET, .before = answer_again, .after = cell_gave_back } } },
	/* a TMR at the top of RAM would be cut off, and be in no quarantine */
	{ NO_SNP, TARGET, .append = BELOW_TOP, .nr = 2, .stage = {
		{ COLUMN_QUARANTINE, TARGET, .guests = true, .before = cell_refuse_shutdown, .after = cell_keeps_tmr },
		{ COLUMN_GIVE_BACK, .after = cell_tmr_came_back } } },
	{ ANY, TARGET, .append = LAZY, .nr = 1, .stage = {
		{ COLUMN_SOURCE, REFERENCE, .guests = true, .after = cell_handed_over } } },
	{ ANY, REFERENCE, .append = LAZY, .nr = 1, .stage = {
		{ COLUMN_TARGET, TARGET, .guests = true, .after = cell_handed_over } } },
	{ ANY, TARGET, .dumps = true, .append = KDUMP_HOST, .nr = 2, .stage = {
		{ COLUMN_KDUMP, TARGET, .guests = true, .crash = true, .append = KDUMP_TOLD,
		  .loaded = cell_ready_to_panic, .after = cell_dump_is_clean },
		{ COLUMN_CRASH, .after = cell_crash_opens } } },
};

#define NR_BLUEPRINTS (sizeof(blueprints) / sizeof(blueprints[0]))

const char *plan_kind(enum kind row)
{
	return hosts[row].kind;
}

static const char *kernel_of(const struct target *target, enum side side)
{
	return side == NOWHERE ? NULL : side == TARGET ? target->kernel : target->reference;
}

static void add_step(struct plan *plan, const struct stage *stage, unsigned int n)
{
	struct step *step = &plan->scenario.steps[n];
	/* which of them the dump shows is asked of VMMs: what decides launches those guests itself */
	int guests = stage->guests && !(stage->crash && plan->row != ROW_SNP) ? GUESTS : 0;

	*step = (struct step){
		.name = column_name(stage->column), .label = column_name(stage->column),
		.next = kernel_of(plan->target, stage->next), .crash = stage->crash, .append = stage->append,
		.before = stage->before, .loaded = stage->loaded, .after = stage->after,
	};
	*(plan->row == ROW_SEV ? &step->sev : plan->row == ROW_SEV_ES ? &step->sev_es : &step->snp) = guests;
	plan->column[n] = stage->column;
}

static void plan_blueprint(struct plan *plan, const struct blueprint *b, const struct target *target, enum kind row)
{
	*plan = (struct plan){ .target = target, .row = row };
	snprintf(plan->name, sizeof(plan->name), "qualify-%s-%s-%s", target->kernel, hosts[row].kind,
		 column_word(b->stage[0].column));
	snprintf(plan->append, sizeof(plan->append), "%s", b->append ? b->append : "");
	plan->scenario.name = plan->name;
	plan->scenario.title = row_name(row);
	plan->scenario.config = (struct machine_config){
		.name = plan->name, .profile = hosts[row].profile, .series = kernel_of(target, b->first),
		.append = plan->append, .boot = target->disk,
	};
	if (b->dumps) {
		plan->scenario.config.memory = "1G";
		plan->scenario.config.disk = KDUMP_DISK;
		plan->scenario.config.out_mb = 1024;
	}
	for (unsigned int i = 0; i < b->nr; i++)
		if (b->stage[i].column != COLUMN_CRASH || target->vmlinux)
			add_step(plan, &b->stage[i], i);
}

unsigned int plan_cells(struct plan *plans, const struct target *target, const struct matrix *m, bool launch)
{
	unsigned int n = 0;

	for (size_t i = 0; i < NR_BLUEPRINTS; i++) {
		enum column column = blueprints[i].stage[0].column;

		for (int row = 0; row < NR_ROWS; row++) {
			if (!(blueprints[i].rows & 1U << row) || (column == COLUMN_LAUNCH) != launch ||
			    m->cell[row][column].verdict == VERDICT_UNSUPPORTED)
				continue;
			plan_blueprint(&plans[n], &blueprints[i], target, row);
			plans[n++].lacks = m->cell[row][COLUMN_LAUNCH].verdict == VERDICT_UNSUPPORTED;
		}
	}
	return n;
}

void plan_cell(struct plan *plan, const struct target *target, enum kind row, enum column column)
{
	for (size_t i = 0; i < NR_BLUEPRINTS; i++)
		if (blueprints[i].stage[0].column == column && blueprints[i].rows & 1U << row)
			plan_blueprint(plan, &blueprints[i], target, row);
}
