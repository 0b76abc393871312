// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <scenarios/damage.h>
#include <scenarios/hop.h>
#include <scenarios/kdump.h>

#include "stage.h"

#define HASTE_MS	3000	/* budget_ms of a hop that is to run out of time */
#define BUDGET_MS	10000	/* ... and the module's own */
#define BUDGET		"/sys/module/ccp_ext/parameters/budget_ms"

static const char *leave_word(enum stage stage)
{
	static const char * const words[NR_STAGES] = {
		[STAGE_RUNNING] = "", [STAGE_TEARING_DOWN] = "",
		[STAGE_LAUNCHING] = " --leave launch", [STAGE_SENDING] = " --leave send",
		[STAGE_RECEIVING] = " --leave receive",
	};

	return words[stage];
}

static bool launch_groups(struct run *r, const struct plan *p)
{
	char name[16];

	for (unsigned int i = 0; i < p->nr_groups; i++) {
		const struct group *g = &p->groups[i];

		snprintf(name, sizeof(name), "group%u", i);
		if (!hop_launch_guests(r, name, "--kind %s --count %u --size %u%s%s", kind_names[g->kind], g->count,
				       g->size_mb, g->page_kb > 4 ? " --large" : "", leave_word(g->stage)))
			return false;
	}
	return true;
}

static bool press(struct run *r, unsigned int mb)
{
	return !mb || inside(r, 120, "memfill --limit %u --hold /run/never >/run/pressure 2>&1 & "
				     "until grep -q filled /run/pressure; do sleep 0.1; done", mb);
}

static bool set_policy(struct run *r, const struct plan *p)
{
	return inside(r, 30, "echo %s >" SYSFS "/policy && echo %d >" BUDGET, policy_names[p->policy],
		      plan_has(p, FAULT_HASTE) ? HASTE_MS : BUDGET_MS);
}

static bool take_cpus_down(struct run *r, unsigned int left)
{
	for (unsigned int cpu = PROCESSORS - 1; cpu >= left; cpu--)
		if (!inside(r, 60, "echo 0 >/sys/devices/system/cpu/cpu%u/online", cpu))
			return false;
	return true;
}

/* Where the fault strikes, if that is a matter of this boot. */
static bool find_place(struct run *r, enum fault_place place, unsigned long long *pa)
{
	*pa = 0;
	if (place == AT_NOTHING)
		return true;
	if (!inside(r, 30, place == AT_BLOB ? "echo $(($(cat " SYSFS "/region_address)))" :
		    "set -- $(cat " SYSFS "/zone_commit); echo $(($(cat " SYSFS "/zone_address) + $5))"))
		return false;
	*pa = strtoull(r->output, NULL, 10);
	if (!*pa)
		return fail(r, "the module does not say where its %s lies", place == AT_BLOB ? "region" : "image");
	*pa = place == AT_BLOB ? *pa + DAMAGE_BLOB : *pa & ~0xfffULL;
	return true;
}

static bool set_fault(struct run *r, const struct fault *f)
{
	unsigned long long pa;
	char line[256];

	if (!find_place(r, f->place, &pa))
		return false;
	for (int i = 0; i < FAULT_LINES_MAX && f->line[i]; i++) {
		snprintf(line, sizeof(line), f->line[i], pa);
		if (!add_fault(r, line))
			return false;
	}
	return true;
}

static bool set_faults(struct run *r, const struct plan *p, const struct guards_off *off)
{
	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (!set_fault(r, p->faults[i]))
			return false;
	return !off->fault || set_fault(r, fault_find(off->fault));
}

bool stage_before(struct run *r, const struct plan *p, const struct guards_off *off)
{
	return (!r->machine.hello.ccp_ext || set_policy(r, p)) && launch_groups(r, p) && press(r, p->pressure_mb) &&
	       (p->method == METHOD_RESET || hop_load(r)) && take_cpus_down(r, p->cpus) && set_faults(r, p, off);
}

/* VMMs that are ended a moment before the jump, and have not come to their end when it begins. */
static int teardown(const struct plan *p, char *text, size_t size)
{
	int n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < p->nr_groups; i++)
		if (p->groups[i].stage == STAGE_TEARING_DOWN)
			n += snprintf(text + n, size - n,
				      "kill -9 $(sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' /run/group%u); ", i);
	return n;
}

const char *stage_order(const struct plan *p, const struct guards_off *off)
{
	static char order[1024];
	int n = teardown(p, order, sizeof(order));

	if (p->method == METHOD_RESET)
		snprintf(order + n, sizeof(order) - n, "reboot -f");
	else if (p->method == METHOD_CRASH)
		snprintf(order + n, sizeof(order) - n, "echo c >/proc/sysrq-trigger");
	else if (plan_has(p, FAULT_MARKS))
		snprintf(order + n, sizeof(order) - n, "stockkexec --mark --exec");
	else if (off->stock || n)
		snprintf(order + n, sizeof(order) - n, "stockkexec --exec");
	else
		snprintf(order + n, sizeof(order) - n, "snp-kexec exec >/run/exec 2>&1; echo $? >>/run/exec");
	return order;
}

void stage_step(struct step *step, const struct plan *p, const struct rules *rules, const struct guards_off *off)
{
	*step = (struct step){
		.name = "hop", .label = "stress", .next = rules->kernels[p->next].series,
		.stock = off->stock, .halfway = off->lies, .file = p->method == METHOD_FILE, .crash = p->method == METHOD_CRASH,
		.order = stage_order(p, off),
	};
	if (step->crash)
		step->append = KDUMP_TOLD;
}
