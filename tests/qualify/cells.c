// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <scenarios/below_top.h>
#include <scenarios/firmware.h>

#include "cells.h"

#define PARAMETERS		"/sys/module/kvm_amd/parameters"
#define WBINVD_REQUIRED		0xe	/* AMD SEV firmware statuses */
#define DFFLUSH_REQUIRED	0xf
#define LAUNCH_TIMEOUT_S	180

static const struct {
	const char *parameter;	/* of kvm_amd, which has it if it knows such guests */
	const char *kind;	/* the machine's word */
	const char *shutdown, *flush;
} subjects[NR_ROWS] = {
	[ROW_SEV] = { "sev", "SEV", "SHUTDOWN", "DF_FLUSH" },
	[ROW_SEV_ES] = { "sev_es", "SEV-ES", "SHUTDOWN", "DF_FLUSH" },
	[ROW_SNP] = { "sev_snp", "SNP", "SNP_SHUTDOWN_EX", "SNP_DF_FLUSH" },
};

static enum verdict said = VERDICT_FAIL;

enum verdict cells_said(void)
{
	return said;
}

void cells_say(enum verdict verdict)
{
	said = verdict;
}

/* The module is asked, not the release: what it has no parameter for it cannot do on any host. */
static bool kernel_knows(struct run *r)
{
	enum kind row = plan_of(r)->row;

	if (!inside(r, 30, "test -d " PARAMETERS " || { echo no kvm_amd; exit 1; }; "
			   "cat " PARAMETERS "/%s 2>/dev/null || echo none", subjects[row].parameter))
		return false;
	r->output[strcspn(r->output, "\n")] = '\0';
	if (!strcmp(r->output, "none")) {
		cells_say(VERDICT_UNSUPPORTED);
		return fail(r, "no %s host support: kvm_amd of %s has no parameter %s", row_name(row),
			    r->machine.hello.release, subjects[row].parameter);
	}
	return strchr("Yy1", r->output[0]) ||
	       fail(r, "kvm_amd says %s=%s on a host that has it", subjects[row].parameter, r->output);
}

/* As many as were launched, and all of this kind. */
static bool firmware_has_these(struct run *r, int expected)
{
	const char *kind = subjects[plan_of(r)->row].kind;
	struct json_object *status = firmware_status(r), *guests;
	int n = 0;

	if (!status)
		return false;
	guests = firmware_member(status, "guests");
	for (size_t i = 0; i < json_object_array_length(guests); i++)
		n += !strcmp(kind, json_object_get_string(firmware_member(json_object_array_get_idx(guests, i), "kind")));
	json_object_put(status);
	return firmware_has_guests(r, expected) &&
	       (n == expected || fail(r, "%d guests are of kind %s instead of %d", n, kind, expected));
}

bool cell_launches(struct run *r)
{
	const char *kind = plan_kind(plan_of(r)->row);

	return inside(r, 30, "test -d /sys/kernel/ccp_ext || { cat /run/init.log; exit 1; }") && kernel_knows(r) &&
	       inside(r, LAUNCH_TIMEOUT_S, "sevguest --kind %s --count %d --hold --json >/run/guests 2>&1 & "
		      "until grep -qE 'ready|error' /run/guests; do sleep 0.1; done; "
		      "! grep error /run/guests", kind, GUESTS) &&
	       firmware_has_these(r, GUESTS) &&
	       inside(r, LAUNCH_TIMEOUT_S, "kill $(pidof sevguest); while pidof sevguest; do sleep 0.1; done") &&
	       firmware_has_guests(r, 0) && fill_memory(r);
}

/* Where the kernel that runs makes such guests at all. */
static bool guests_start_again(struct run *r)
{
	const struct plan *plan = plan_of(r);
	const char *running = r->step->next ? r->step->next : plan->target->kernel;

	return (plan->lacks && !strcmp(running, plan->target->kernel)) ||
	       inside(r, LAUNCH_TIMEOUT_S, "sevguest --kind %s", plan_kind(plan->row));
}

bool cell_left_nothing(struct run *r)
{
	return left_nothing(r) && fill_memory(r) && guests_start_again(r);
}

bool cell_demand_flushes(struct run *r)
{
	enum kind row = plan_of(r)->row;

	return inject(r, subjects[row].shutdown, DFFLUSH_REQUIRED, 1) &&
	       inject(r, subjects[row].flush, WBINVD_REQUIRED, 1);
}

bool cell_flushed(struct run *r)
{
	enum kind row = plan_of(r)->row;

	return injected(r, subjects[row].shutdown, "0xf") && injected(r, subjects[row].flush, "0xe") &&
	       cell_left_nothing(r);
}

bool cell_refuse_shutdown(struct run *r)
{
	return (plan_of(r)->row == ROW_SNP || tmr_below_the_top(r)) && refuse_shutdown(r);
}

bool cell_keeps(struct run *r)
{
	if (!quarantine_holds(r))
		return false;
	snprintf(r->note, sizeof(r->note), "%lld pages kept out", r->hop.quarantined);
	return true;
}

bool cell_keeps_tmr(struct run *r)
{
	return r->hop.kept > 0 ? keeps_the_tmr(r) : fail(r, "%lld pages are kept out beside a locked TMR", r->hop.kept);
}

bool cell_gave_back(struct run *r)
{
	if (!everything_came_back(r) || !guests_start_again(r))
		return false;
	snprintf(r->note, sizeof(r->note), "%lld of %lld pages", r->hop.freed, r->hop.quarantined);
	return true;
}

bool cell_tmr_came_back(struct run *r)
{
	return tmr_comes_back(r) && inside(r, 60, "modprobe ccp && modprobe kvm_amd") && guests_start_again(r);
}

bool cell_handed_over(struct run *r)
{
	if (!inside(r, 30, "cd /sys/kernel/ccp_ext && grep -qx 'found 1' restore && grep -qx 'error 0 none' restore || "
			   "{ cat restore; false; }") || !lazy_all_came_back(r) || !fill_memory(r) || !guests_start_again(r))
		return false;
	snprintf(r->note, sizeof(r->note), "%lld pages crossed and came back", r->hop.freed);
	return true;
}
