// SPDX-License-Identifier: GPL-2.0-only
/* Cells can fail, and not be known: the same steps on a host that lacks what lets them pass. */
#include <stdio.h>
#include <string.h>

#include <lib/tap.h>
#include <scenarios/kdump.h>

#include "ask.h"

#define NO_QUARANTINE "ccp_ext.quarantine=0 ccp_ext.on_unsafe=proceed"

static const struct control {
	const char *name;
	enum kind row;
	enum column column;
	const char *append;	/* more words for the first kernel */
	const char *set;	/* of the machine */
	const char *next_append; /* instead of the words for the kernel that a panic starts */
	const char *kernel;	/* instead of the reference */
	bool stock;		/* loaded without snp-kexec, which would not do it */
	enum verdict verdict;
	const char *why;	/* part of it */
} controls[] = {
	{ "without_ccp_ext_a_kexec_with_live_guests_fails_of_an_rmp_fault", ROW_SNP, COLUMN_GUESTS,
	  .append = "ccpext=0", .stock = true, .verdict = VERDICT_FAIL, .why = "RMP fault" },
	{ "without_a_quarantine_that_cell_fails_of_an_rmp_fault", ROW_SNP, COLUMN_QUARANTINE,
	  .append = NO_QUARANTINE, .set = IOMMU_UNLOCKED, .verdict = VERDICT_FAIL, .why = "RMP fault" },
	{ "without_a_quarantine_that_of_a_host_without_snp_fails", ROW_SEV_ES, COLUMN_QUARANTINE,
	  .append = NO_QUARANTINE, .verdict = VERDICT_FAIL, .why = "" },
	{ "without_ccp_ext_in_the_crash_kernel_kdump_fails", ROW_SEV_ES, COLUMN_KDUMP,
	  .next_append = KDUMP_CONTROL, .verdict = VERDICT_FAIL, .why = KDUMP_SYSFS },
	{ "a_machine_that_cannot_be_started_is_not_the_kernels_fail", ROW_SEV, COLUMN_LAUNCH,
	  .kernel = "no-such-kernel", .verdict = VERDICT_UNKNOWN, .why = "the machine did not start" },
};

#define NR_CONTROLS (sizeof(controls) / sizeof(controls[0]))

static void sabotage(struct plan *plan, const struct control *c)
{
	size_t n = strlen(plan->append);
	struct step *step = &plan->scenario.steps[0];

	if (c->append)
		snprintf(plan->append + n, sizeof(plan->append) - n, " %s", c->append);
	plan->scenario.config.sets[0] = c->set;
	step->stock = c->stock;
	if (c->next_append)
		step->append = c->next_append;
	snprintf(plan->name, sizeof(plan->name), "qualify-control-%td", c - controls);
}

int control(const char *reference)
{
	static struct plan plans[NR_CONTROLS];
	static struct matrix m[NR_CONTROLS];
	static struct target targets[NR_CONTROLS];

	tap_plan(NR_CONTROLS);
	for (size_t i = 0; i < NR_CONTROLS; i++) {
		const struct control *c = &controls[i];
		const struct cell *cell = &m[i].cell[c->row][c->column];
		bool ok;

		targets[i] = (struct target){ .kernel = c->kernel ? c->kernel : reference, .reference = reference };
		plan_cell(&plans[i], &targets[i], c->row, c->column);
		sabotage(&plans[i], c);
		ask(&m[i], &plans[i], 1, NULL);
		if (machine_interrupted())
			break;
		ok = cell->verdict == c->verdict && strstr(cell->why, c->why);
		tap_result(ok, c->name);
		tap_note("%s, %s: %s: %s", row_name(c->row), column_name(c->column), verdict_name(cell->verdict), cell->why);
	}
	if (machine_interrupted()) {
		puts("Bail out! interrupted");
		return 130;
	}
	return tap_exit_status();
}
