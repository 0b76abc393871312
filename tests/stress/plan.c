// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/random.h>

#include "plan.h"

#define MEMORY_MB	640	/* that guests and pressure may take of the machine's; the rest is for kernels and images */

const char * const method_names[NR_METHODS] = { "kexec_load", "kexec_file_load", "crash", "cold-reset" };
const char * const policy_names[NR_POLICIES] = { "evict", "lazy", "preserve" };
const char * const kind_names[NR_KINDS] = { "sev", "sev-es", "snp" };
const char * const stage_names[NR_STAGES] = { "running", "launching", "sending", "receiving", "tearing-down" };
const char * const expects_names[NR_EXPECTS] = { "jump", "cold-reset", "crash-dump" };

/* Each part has a row of its own. */
enum part { PART_KERNEL, PART_METHOD, PART_POLICY, PART_GUESTS, PART_PRESSURE, PART_CPUS, PART_FAULTS };

struct row {
	uint64_t state;
};

static struct row row_of(const struct rules *rules, unsigned int hop, enum part part)
{
	uint64_t state = rules->seed, mixed = random_next(&state);

	state = mixed ^ ((uint64_t)hop << 8 | part);
	return (struct row){ random_next(&state) };
}

static unsigned int draw(struct row *row, unsigned int bound)
{
	return random_next(&row->state) % bound;
}

/* Of a hundred. */
static bool chance(struct row *row, unsigned int percent)
{
	return draw(row, 100) < percent;
}

/* KVM makes SNP guests since 6.11 (1dfe571c12cf, "KVM: SEV: Add initial SEV-SNP support") */
static bool knows_snp(const char *series)
{
	unsigned int major = 0, minor = 0;

	return sscanf(series, "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 11));
}

bool rules_add_kernel(struct rules *rules, const char *series)
{
	struct kernel *k = &rules->kernels[rules->nr_kernels];

	if (rules->nr_kernels == KERNELS_MAX || strlen(series) >= sizeof(k->series))
		return false;
	strcpy(k->series, series);
	k->snp = knows_snp(series);
	/* one that knows SNP, or a reset would take it from all hops to come */
	if (k->snp && !rules->kernels[rules->boot].snp)
		rules->boot = rules->nr_kernels;
	rules->nr_kernels++;
	return true;
}

static struct place whole(const struct rules *rules, unsigned int kernel)
{
	return (struct place){ .kernel = kernel, .sev = true, .snp = rules->kernels[kernel].snp };
}

struct place plan_boot(const struct rules *rules)
{
	return whole(rules, rules->boot);
}

static bool is_crash(const struct rules *rules, unsigned int hop)
{
	return rules->crash_every && !(hop % rules->crash_every);
}

/* A host that is to panic is one like any other. */
static bool must_stay_whole(const struct rules *rules, unsigned int hop)
{
	return is_crash(rules, hop) || is_crash(rules, hop + 1);
}

static void draw_method(struct plan *p, const struct rules *rules)
{
	struct row row = row_of(rules, p->hop, PART_METHOD);
	unsigned int percent = draw(&row, 100);

	p->method = METHOD_LOAD;
	if (is_crash(rules, p->hop))
		p->method = METHOD_CRASH;
	else if (rules->plain || percent < 60)
		p->method = METHOD_LOAD;
	else if (percent < 94)
		p->method = METHOD_FILE;
	else
		p->method = METHOD_RESET;
}

static void draw_policy(struct plan *p, const struct rules *rules)
{
	struct row row = row_of(rules, p->hop, PART_POLICY);
	unsigned int percent = draw(&row, 100);

	p->policy = POLICY_EVICT;
	if (rules->plain || percent < 50)
		return;
	if (percent < 85)
		p->policy = POLICY_LAZY;
	/* an image of kexec_file_load cannot be told to leave the IOMMU alone, so that guests are evicted */
	else if (p->from.snp && p->method == METHOD_LOAD && !must_stay_whole(rules, p->hop))
		p->policy = POLICY_PRESERVE;
}

/* Where Linux uses SNP, and SME is not active, its RECEIVE_UPDATE_DATA fails: no guest is received there. */
static enum stage draw_stage(struct row *row, enum kind kind, const struct place *place)
{
	unsigned int percent = draw(row, 100);

	if (percent < 55)
		return STAGE_RUNNING;
	if (percent < 70)
		return STAGE_LAUNCHING;
	if (percent < 80)
		return STAGE_TEARING_DOWN;
	if (kind != KIND_SEV)
		return STAGE_RUNNING;
	return percent < 90 || place->snp ? STAGE_SENDING : STAGE_RECEIVING;
}

/* A kind that cannot be had here becomes the next simpler one. */
static enum kind kind_here(enum kind kind, const struct place *place)
{
	return kind == KIND_SNP && !place->snp ? KIND_SEV_ES : kind;
}

static bool is_double(const struct plan *p, const struct group *g)
{
	for (unsigned int i = 0; i < p->nr_groups; i++)
		if (p->groups[i].kind == g->kind && p->groups[i].stage == g->stage)
			return true;
	return false;
}

static unsigned int memory_of(const struct plan *p)
{
	unsigned int mb = p->pressure_mb;

	for (unsigned int i = 0; i < p->nr_groups; i++)
		mb += p->groups[i].count * p->groups[i].size_mb;
	return mb;
}

static void draw_guests(struct plan *p, const struct rules *rules)
{
	static const enum kind kinds[] = { KIND_SNP, KIND_SNP, KIND_SNP, KIND_SEV_ES, KIND_SEV_ES, KIND_SEV };
	static const unsigned int sizes[] = { 2, 4, 8, 16, 16, 32, 64, 128 };
	struct row row = row_of(rules, p->hop, PART_GUESTS);
	unsigned int groups = draw(&row, GROUPS_MAX + 1);

	for (unsigned int i = 0; i < groups; i++) {
		struct group g = { .kind = kinds[draw(&row, 6)] };

		g.stage = draw_stage(&row, g.kind, &p->from);
		g.count = 1 + draw(&row, 3);
		g.size_mb = sizes[draw(&row, 8)];
		g.page_kb = chance(&row, 35) ? 2048 : 4;
		/* of SNP guests' memory stock kernels have pages of 4 KiB only */
		if (g.kind == KIND_SNP)
			g.page_kb = 4;
		g.kind = kind_here(g.kind, &p->from);
		if (rules->no_guests || !p->from.sev || is_double(p, &g) ||
		    memory_of(p) + g.count * g.size_mb > MEMORY_MB)
			continue;
		p->groups[p->nr_groups++] = g;
	}
}

static void draw_pressure(struct plan *p, const struct rules *rules)
{
	static const unsigned int sizes[] = { 64, 128, 256, 384 };
	struct row row = row_of(rules, p->hop, PART_PRESSURE);
	unsigned int mb = sizes[draw(&row, 4)];

	if (!rules->plain && chance(&row, 35))
		p->pressure_mb = mb;
}

static void draw_cpus(struct plan *p, const struct rules *rules)
{
	struct row row = row_of(rules, p->hop, PART_CPUS);

	p->cpus = !rules->plain && chance(&row, 20) ? 1 + draw(&row, PROCESSORS - 1) : PROCESSORS;
}

/* What is decommissioned one by one: the second one's three tries are to be refused. */
static bool has_guests_to_refuse(const struct plan *p)
{
	return p->policy == POLICY_LAZY && plan_guests(p, KIND_SNP, STAGE_RUNNING) >= 2 &&
	       !plan_guests(p, KIND_SNP, STAGE_TEARING_DOWN);
}

static bool fault_fits(const struct plan *p, const struct rules *rules, const struct fault *f)
{
	if (p->method >= METHOD_CRASH || !p->from.sev || p->policy == POLICY_PRESERVE)
		return false;
	if ((f->traits & FAULT_ON_SNP && !p->from.snp) || (f->traits & FAULT_ON_GUESTS && !has_guests_to_refuse(p)) ||
	    (f->traits & FAULT_ON_ZONE && p->method != METHOD_LOAD) || (f->traits & FAULT_ALONE && p->nr_faults))
		return false;
	if (f->effect != EFFECT_NONE && must_stay_whole(rules, p->hop))
		return false;
	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (p->faults[i] == f || p->faults[i]->traits & FAULT_ALONE)
			return false;
	return true;
}

/* One of those in @among that fit, each as likely as any other. */
static void draw_fault(struct plan *p, const struct rules *rules, struct row *row, uint32_t among)
{
	const struct fault *fitting[32];
	unsigned int n = 0;

	for (unsigned int i = 0; i < 32 && fault_table[i].name; i++)
		if (among >> i & 1 && fault_fits(p, rules, &fault_table[i]))
			fitting[n++] = &fault_table[i];
	if (n && p->nr_faults < PLAN_FAULTS_MAX)
		p->faults[p->nr_faults++] = fitting[draw(row, n)];
}

static void draw_faults(struct plan *p, const struct rules *rules)
{
	struct row row = row_of(rules, p->hop, PART_FAULTS);

	if (rules->always)
		draw_fault(p, rules, &row, rules->always);
	else if (chance(&row, 45))
		draw_fault(p, rules, &row, rules->faults);
	if (!rules->always && chance(&row, 25))
		draw_fault(p, rules, &row, rules->faults);
}

/* What is left out is left out of what was drawn: the rest stays as it is. */
static void leave_out(struct plan *p, const struct without *without)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->nr_groups; i++)
		if (!(without->groups >> i & 1))
			p->groups[n++] = p->groups[i];
	p->nr_groups = n;
	n = 0;
	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (!(without->faults >> i & 1))
			p->faults[n++] = p->faults[i];
	p->nr_faults = n;
	if (without->pressure)
		p->pressure_mb = 0;
	if (without->cpus)
		p->cpus = PROCESSORS;
}

/* Behind a jump that left it up, CPUs check the RMP in a kernel that cannot use SNP: of firmware that does not answer it counts as up. */
static bool snp_counts_as_up(const struct plan *p, const struct rules *rules, const struct fault *f)
{
	return p->from.snp || (f->effect == EFFECT_DEAD && p->from.inherits && rules->kernels[p->from.kernel].snp);
}

/* An image of kexec_file_load has a checksum over what would have to say that the IOMMUs are left alone. */
static bool cannot_park(const struct plan *p, const struct rules *rules, const struct fault *f)
{
	return fault_parks(f) && snp_counts_as_up(p, rules, f) && p->method == METHOD_FILE;
}

static void expect(struct plan *p, const struct rules *rules)
{
	enum fault_effect effect = plan_effect(p);
	bool reset = p->method == METHOD_RESET || effect == EFFECT_RESET;

	for (unsigned int i = 0; i < p->nr_faults; i++)
		reset = reset || cannot_park(p, rules, p->faults[i]);
	p->expects = p->method == METHOD_CRASH ? EXPECTS_DUMP : reset ? EXPECTS_RESET : EXPECTS_JUMP;
	p->power_cycle = p->expects == EXPECTS_DUMP ||
			 (p->expects == EXPECTS_JUMP && (effect == EFFECT_DEAD || effect == EFFECT_DEAD_DOWN));
	if (p->expects != EXPECTS_JUMP || p->power_cycle) {
		p->to = plan_boot(rules);
		return;
	}
	p->to = whole(rules, p->next);
	if (effect == EFFECT_HELD || effect == EFFECT_UNREAD)
		p->to = (struct place){ .kernel = p->next, .inherits = true };
	/* it began beside parked IOMMUs: Linux decides once whether it may use SNP */
	if (effect == EFFECT_LATE || p->policy == POLICY_PRESERVE) {
		p->to.snp = false;
		p->to.inherits = true;
	}
}

/* Without a guest that runs there is none to preserve; one that is being taken down is none to count on. */
static bool can_preserve(const struct plan *p)
{
	return plan_guests(p, KIND_SNP, STAGE_RUNNING) && !plan_guests(p, NR_KINDS, STAGE_TEARING_DOWN);
}

void plan_draw(struct plan *p, const struct rules *rules, unsigned int hop, struct place from,
	       const struct without *without)
{
	struct row row = row_of(rules, hop, PART_KERNEL);

	*p = (struct plan){ .hop = hop, .from = from, .next = draw(&row, rules->nr_kernels) };
	draw_method(p, rules);
	draw_policy(p, rules);
	draw_pressure(p, rules);
	draw_guests(p, rules);
	draw_cpus(p, rules);
	draw_faults(p, rules);
	if (without)
		leave_out(p, without);
	if (p->policy == POLICY_PRESERVE && !can_preserve(p))
		p->policy = POLICY_LAZY;
	expect(p, rules);
}

struct place plan_place(const struct rules *rules, unsigned int hop)
{
	struct place place = plan_boot(rules);
	struct plan p;

	for (unsigned int i = 1; i < hop; i++) {
		plan_draw(&p, rules, i, place, NULL);
		place = p.to;
	}
	return place;
}

struct place plan_start(const struct rules *rules, unsigned int hop)
{
	return whole(rules, plan_place(rules, hop).kernel);
}

static bool is_whole(const struct rules *rules, const struct place *place)
{
	return place->sev && place->snp == rules->kernels[place->kernel].snp && !place->inherits;
}

unsigned int plan_origin(const struct rules *rules, unsigned int hop)
{
	struct place place = plan_boot(rules);
	unsigned int origin = 1;
	struct plan p;

	for (unsigned int i = 1; i <= hop; i++) {
		if (is_whole(rules, &place))
			origin = i;
		plan_draw(&p, rules, i, place, NULL);
		place = p.to;
	}
	return origin;
}

unsigned int plan_guests(const struct plan *p, enum kind which, enum stage stage)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->nr_groups; i++)
		if ((which == NR_KINDS || p->groups[i].kind == which) &&
		    (stage == NR_STAGES || p->groups[i].stage == stage))
			n += p->groups[i].count;
	return n;
}

bool plan_has(const struct plan *p, unsigned int trait)
{
	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (p->faults[i]->traits & trait)
			return true;
	return false;
}

enum fault_effect plan_effect(const struct plan *p)
{
	enum fault_effect worst = EFFECT_NONE;

	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (p->faults[i]->effect > worst)
			worst = p->faults[i]->effect;
	return worst;
}
