// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <scenarios/hop.h>
#include <scenarios/kdump.h>

#include "drive.h"
#include "evidence.h"

#define BOOT_MS		180000
#define OUT_MB		1024
#define PSTORE		"/sys/fs/pstore"

/* A UEFI firmware's error records: the log's last lines outlive a reset there. */
#define STORAGE		"-object", "memory-backend-ram,id=erst,size=64K", "-device", "acpi-erst,memdev=erst,addr=10.0"

void drive_init(struct drive *d, const char *name, const struct rules *rules, const struct guards_off *off)
{
	memset(d, 0, sizeof(*d));
	d->rules = rules;
	d->off = off;
	snprintf(d->append, sizeof(d->append), KDUMP_HOST "%s%s", off->append ? " " : "", off->append ?: "");
	d->scenario = (struct scenario){
		.name = name, .title = "stress",
		.config = {
			.name = name, .series = rules->kernels[rules->boot].series, .append = d->append,
			.processors = PROCESSORS, .boot = rules->disk, .disk = KDUMP_DISK, .out_mb = OUT_MB, .reboots = true, .monitor = true,
			.sets = { off->set }, .arguments = { STORAGE },
		},
	};
	d->run.scenario = &d->scenario;
	d->run.step = &d->step;
}

void drive_stop(struct drive *d)
{
	if (d->run.machine.name)
		machine_stop(&d->run.machine);
	d->up = false;
}

static bool boot(struct drive *d)
{
	struct run *r = &d->run;

	drive_stop(d);
	if (machine_start(&r->machine, &d->scenario.config) ||
	    machine_wait_hello(&r->machine, 0, BOOT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	d->up = true;
	d->place = plan_boot(d->rules);
	return true;
}

static bool approach(struct drive *d, unsigned int kernel)
{
	struct run *r = &d->run;

	d->step = (struct step){ .name = "approach", .next = d->rules->kernels[kernel].series, .stock = d->off->stock };
	r->hop = (struct hop){ .forbidden = -1 };
	if (!hop_load(r) || !hop_jump(r))
		return fail(r, "on the way to the kernel from which the hop starts: %s", r->why);
	d->place = (struct place){ .kernel = kernel, .sev = true, .snp = d->rules->kernels[kernel].snp };
	return true;
}

bool drive_to(struct drive *d, unsigned int kernel)
{
	if (boot(d) && (kernel == d->place.kernel || approach(d, kernel)))
		return true;
	drive_stop(d);
	return false;
}

/* Why the last kernel was reset, in its own words, where it could still say so; the record goes with the answer. */
static void reset_reason(struct run *r, char *text, size_t size)
{
	text[0] = '\0';
	if (inside(r, 30, "mount -t pstore none " PSTORE " 2>/dev/null; cat " PSTORE "/dmesg-erst-* 2>/dev/null | "
			  "sed -n 's/.*ccp_ext: \\(kexec is not safe: .*\\)/\\1/p' | tail -n 1; rm -f " PSTORE "/*"))
		snprintf(text, size, "%.*s", (int)strcspn(r->output, "\n"), r->output);
}

static bool clear_faults(struct run *r)
{
	return !machine_control(&r->machine, "fault-clear", json_object_new_object(), NULL) ||
	       fail(r, "%s", r->machine.error);
}

/* A module that chose to reset has said why; one that was told to, or had no time, has not. */
static bool reset_by_choice(struct run *r, const struct plan *p)
{
	bool chosen = p->method != METHOD_RESET;
	char reason[256];

	for (unsigned int i = 0; i < p->nr_faults; i++)
		chosen = chosen && !(p->faults[i]->effect == EFFECT_RESET && p->faults[i]->place == AT_NOTHING);
	reset_reason(r, reason, sizeof(reason));
	if (chosen && !reason[0])
		return fail(r, "the machine was reset, and nobody said why");
	if (!chosen && reason[0])
		return fail(r, "the module reset the machine: %s", reason);
	return true;
}

static bool cold_reset(struct drive *d, const struct plan *p, struct result *result)
{
	struct run *r = &d->run;
	bool came;

	machine_console_skip(&r->machine);
	came = hop_comes_back(r, stage_order(p, d->off));
	result->outcome = came ? OUTCOME_RESET : OUTCOME_LOST;
	if (!came)
		d->up = false;
	return result_check(result, CHECK_ARRIVAL, came && reset_by_choice(r, p)) &&
	       judge_faults(r, p, result) && clear_faults(r) && judge_boot(r, p, result);
}

/* What a module would say that lies: all that was kept out has come back. */
static void lie(struct hop *hop)
{
	hop->freed = hop->quarantined;
	hop->kept = 0;
	hop->pending = 0;
}

static bool jump(struct drive *d, const struct plan *p, struct result *result)
{
	struct run *r = &d->run;
	bool came = hop_jump(r), crash = p->method == METHOD_CRASH;

	if (d->off->lies)
		lie(&r->hop);
	result->jumped = true;
	result->hop = r->hop;
	result->outcome = !r->hop.alive ? OUTCOME_LOST : crash ? OUTCOME_DUMPED : OUTCOME_JUMPED;
	if (!r->hop.alive)
		d->up = false;
	if (machine_event(&r->machine, "reset"))
		result->outcome = OUTCOME_LOST;
	return result_check(result, CHECK_ARRIVAL, came) && judge_faults(r, p, result) &&
	       (crash ? judge_dump(r, p, result) : judge_jump(r, p, result)) && clear_faults(r);
}

/* What the hop left is mended by a reset alone: of the machine, for nobody inside can be relied on for that. */
static bool power_cycle(struct drive *d, const struct plan *p, struct result *result)
{
	struct machine *m = &d->run.machine;
	unsigned int known = m->hellos;
	char ignored[256];

	machine_console_skip(m);
	d->up = !machine_control(m, "reset-machine", NULL, NULL) && !machine_wait_hello(m, known, BOOT_MS, NULL, NULL);
	if (!d->up)
		return result_check(result, CHECK_ARRIVAL, fail(&d->run, "after a reset: %s", m->error));
	reset_reason(&d->run, ignored, sizeof(ignored));
	return hop_runs(&d->run, d->rules->kernels[p->to.kernel].series) ||
	       result_check(result, CHECK_ARRIVAL, fail(&d->run, "another kernel came up after a reset: %s", m->hello.release));
}

static bool go_through(struct drive *d, const struct plan *p, struct result *result)
{
	struct run *r = &d->run;
	char why[sizeof(r->why)];
	struct tally before;
	bool ok;

	if (!judge_tally(r, &before) || !stage_before(r, p, d->off))
		return false;
	evidence_of_handover(d);
	if (d->staged)
		d->staged(d->context);
	ok = p->expects == EXPECTS_RESET ? cold_reset(d, p, result) : jump(d, p, result);
	memcpy(why, r->why, sizeof(why));
	if (!judge_counters(r, p, &before, result) && ok)
		return false;
	/* of several things that went wrong the first one is told */
	memcpy(r->why, why, sizeof(why));
	/* what is touched on the way through a reset counts as well */
	return ok && (!p->power_cycle || (power_cycle(d, p, result) && judge_counters(r, p, &before, result)));
}

void drive_hop(struct drive *d, const struct plan *p, struct result *result)
{
	struct run *r = &d->run;

	*result = (struct result){ .forbidden = -1, .outcome = OUTCOME_LOST };
	evidence_begin(d);
	stage_step(&d->step, p, d->rules, d->off);
	r->hop = (struct hop){ .forbidden = -1 };
	r->why[0] = '\0';
	r->note[0] = '\0';
	result->ok = go_through(d, p, result);
	if (result->ok) {
		d->place = p->to;
		return;
	}
	snprintf(result->why, sizeof(result->why), "%s", r->why);
}
