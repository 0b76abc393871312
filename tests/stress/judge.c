// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <scenarios/firmware.h>
#include <scenarios/hop.h>

#include "judge.h"

#define GIVE_BACK_S	120
#define PAGES_PER_MB	256

/* What no kernel of ours may do; docs/machine.md, Control channel. */
#define FREED "firmware_pages_freed"
static const char * const offences[] = { "cpus_without_checks", "asids_reused" };

/* What is not said is not 0. */
static bool add_number(struct run *r, struct json_object *o, const char *key, long long *sum)
{
	struct json_object *number = firmware_member(o, key);

	*sum += json_object_get_int64(number);
	return number || fail(r, "the machine does not say \"%s\"", key);
}

bool judge_tally(struct run *r, struct tally *tally)
{
	struct json_object *counters;
	bool said;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	*tally = (struct tally){ 0 };
	said = add_number(r, counters, "forbidden", &tally->forbidden);
	said = add_number(r, counters, FREED, &tally->freed) && said;
	for (size_t i = 0; i < sizeof(offences) / sizeof(offences[0]); i++)
		said = add_number(r, counters, offences[i], &tally->offences) && said;
	json_object_put(counters);
	return said;
}

/* ccp makes the IOMMUs' logs the hypervisor's again when it is told that SNP is down, and stops at the first page that is not. */
static long long misled(const struct plan *p, const struct result *result)
{
	long long n = 0;

	for (unsigned int i = 0; i < p->nr_faults; i++)
		if (p->faults[i]->traits & FAULT_MISLEADS)
			n += result->fired[i];
	return n;
}

bool judge_counters(struct run *r, const struct plan *p, const struct tally *before, struct result *result)
{
	struct tally now;
	bool good = judge_tally(r, &now);

	result->forbidden = good ? now.forbidden - before->forbidden : -1;
	if (good && now.forbidden != before->forbidden)
		good = fail(r, "%lld forbidden touches", result->forbidden);
	if (good && now.freed - before->freed > misled(p, result))
		good = fail(r, "%lld pages of the firmware were to be freed", now.freed - before->freed);
	if (good && now.offences != before->offences)
		good = fail(r, "%lld offences", now.offences - before->offences);
	return result_check(result, CHECK_COUNTERS, good);
}

/* The faults stand in the list as they were given, each with all its lines. */
static unsigned int acted(struct json_object *list, size_t *at, const struct fault *f)
{
	unsigned int n = 0;

	for (int i = 0; i < FAULT_LINES_MAX && f->line[i]; i++, ++*at)
		n += json_object_get_int(firmware_member(json_object_array_get_idx(list, *at), "acted"));
	return n;
}

bool judge_faults(struct run *r, const struct plan *p, struct result *result)
{
	struct json_object *answer, *list;
	bool good = true;
	size_t at = 0;

	if (!p->nr_faults)
		return true;
	if (machine_control(&r->machine, "fault-list", NULL, &answer))
		return result_check(result, CHECK_FAULTS, fail(r, "%s", r->machine.error));
	list = firmware_member(answer, "faults");
	for (unsigned int i = 0; i < p->nr_faults; i++) {
		result->fired[i] = acted(list, &at, p->faults[i]);
		if (good && !result->fired[i])
			good = fail(r, "the fault %s did not strike", p->faults[i]->name);
	}
	json_object_put(answer);
	return result_check(result, CHECK_FAULTS, good);
}

static bool keeps_firmware_up(const struct plan *p)
{
	enum fault_effect effect = plan_effect(p);

	return p->policy == POLICY_PRESERVE || effect == EFFECT_HELD || effect == EFFECT_LATE;
}

static bool firmware_as_expected(struct run *r, const struct plan *p)
{
	const struct hop *hop = &r->hop;
	bool up = !strcmp(hop->sev, "INIT") || !strcmp(hop->sev, "WORKING") || !strcmp(hop->snp, "INIT") ||
		  !strcmp(hop->tmr, "locked");

	if (!strcmp(hop->sev, "?"))
		return fail(r, "nobody saw the firmware at the jump");
	if (plan_effect(p) == EFFECT_DEAD)
		return true;
	return up == keeps_firmware_up(p) ||
	       fail(r, "at the jump SEV was %s, SNP %s, TMR %s", hop->sev, hop->snp, hop->tmr);
}

/* Guests of which it is certain that they live when the way out begins, and that they can be ended or stopped then. */
static bool guests_are_certain(const struct plan *p)
{
	return !plan_guests(p, NR_KINDS, STAGE_TEARING_DOWN) &&
	       !(plan_has(p, FAULT_BEFORE) && p->policy == POLICY_EVICT);
}

static bool is_left_behind(const struct plan *p)
{
	enum fault_effect effect = plan_effect(p);

	return p->policy == POLICY_PRESERVE || effect == EFFECT_HELD || effect == EFFECT_DEAD ||
	       effect == EFFECT_DEAD_DOWN || effect == EFFECT_UNREAD;
}

/* Why it was, the shutdown's steps and the machine say together: a failing one here, or pages that were assigned there. */
static bool kept_for_nothing(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (!inside(r, 30, "while read -r step rest; do echo \"$step: $rest;\"; done <" SYSFS "/last_shutdown | tr '\\n' ' '"))
		return false;
	return fail(r, "%lld pages were quarantined, and nothing was left; at the jump %lld were assigned; %.400s",
		    hop->quarantined, hop->assigned_after, r->output);
}

static bool said_as_expected(struct run *r, const struct plan *p)
{
	const struct hop *hop = &r->hop;
	long long guests = plan_guests(p, NR_KINDS, NR_STAGES);

	if (plan_effect(p) == EFFECT_UNREAD)
		return inside(r, 30, "grep -q '^error -\\?[1-9]' " SYSFS "/restore && grep -qx degraded " SYSFS "/state");
	if (!inside(r, 30, "grep -qx 'found 1' " SYSFS "/restore && grep -qx 'error 0 none' " SYSFS "/restore"))
		return false;
	if (hop->evicted > guests || (guests && guests_are_certain(p) && hop->evicted != guests))
		return fail(r, "%lld guests were ended or stopped instead of %lld", hop->evicted, guests);
	if (!is_left_behind(p) && (hop->kept || hop->pending))
		return fail(r, "of %lld pages %lld are kept and %lld pending", hop->quarantined, hop->kept, hop->pending);
	if (p->policy == POLICY_EVICT && plan_effect(p) == EFFECT_NONE && !p->from.inherits && hop->quarantined)
		return kept_for_nothing(r);
	return true;
}

struct owners {
	long long guests, contexts, assigned;	/* pages */
};

static bool take_census(struct run *r, struct owners *owners)
{
	static const char * const states[] = { "Pre-Guest", "Pre-Swap", "Guest-Invalid", "Guest-Valid" };
	struct json_object *census, *pages;
	bool said;

	if (machine_control(&r->machine, "census", NULL, &census))
		return fail(r, "%s", r->machine.error);
	pages = firmware_member(census, "pages");
	said = add_number(r, pages, "Context", &owners->contexts) && add_number(r, census, "assigned", &owners->assigned);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		said = said && add_number(r, pages, states[i], &owners->guests);
	json_object_put(census);
	return said;
}

static long long preserved_pages(const struct plan *p)
{
	long long mb = 0;

	for (unsigned int i = 0; i < p->nr_groups; i++)
		if (p->groups[i].kind == KIND_SNP && p->groups[i].stage == STAGE_RUNNING)
			mb += p->groups[i].count * p->groups[i].size_mb;
	return mb * PAGES_PER_MB;
}

/* Of the pages that are assigned now, the machine's word alone counts. */
static bool census_as_expected(struct run *r, const struct plan *p, bool released)
{
	struct owners is = { 0 };

	if (!take_census(r, &is))
		return false;
	if (p->policy == POLICY_PRESERVE && !released)
		return is.guests >= preserved_pages(p) ||
		       fail(r, "%lld pages are guests' instead of %lld", is.guests, preserved_pages(p));
	/* ccp begins anew, with pages of the firmware, where nobody knows of anything that it should not */
	if (plan_effect(p) == EFFECT_UNREAD)
		return is.guests + is.contexts <= r->hop.assigned_after ||
		       fail(r, "%lld pages are guests' and %lld contexts, and %lld were assigned at the jump", is.guests,
			    is.contexts, r->hop.assigned_after);
	if (is_left_behind(p) && !released)
		return is.assigned <= r->hop.assigned_after ||
		       fail(r, "%lld pages are assigned, and %lld were at the jump", is.assigned, r->hop.assigned_after);
	return (!is.guests && !is.contexts) ||
	       fail(r, "%lld pages are guests' and %lld contexts, and no guest is left", is.guests, is.contexts);
}

static bool firmware_has_no_guest(struct run *r)
{
	struct json_object *status = firmware_status(r);
	long long active = 0;
	bool said;

	if (!status)
		return false;
	said = add_number(r, firmware_member(status, "asids"), "active", &active);
	json_object_put(status);
	if (active)
		return fail(r, "%lld ASIDs are active", active);
	return said && firmware_has_guests(r, 0);
}

static bool asids_as_expected(struct run *r, const struct plan *p, bool released)
{
	int preserved = plan_guests(p, KIND_SNP, STAGE_RUNNING);

	if (p->policy == POLICY_PRESERVE && !released)
		return firmware_has_guests(r, preserved) &&
		       inside(r, 30, "[ $(grep -cE '^0x[0-9a-f]+ [0-9]+ 0x[0-9a-f]+ 2 ' " SYSFS "/adopted) = %d ]", preserved);
	return (is_left_behind(p) && !released) || firmware_has_no_guest(r);
}

static bool release_preserved(struct run *r)
{
	return inside(r, 60, "echo all >" SYSFS "/adopted_release && ! grep -q . " SYSFS "/adopted") &&
	       wait_for_give_back(r, GIVE_BACK_S) &&
	       inside(r, 60, "rmmod kvm_amd && rmmod ccp && modprobe ccp && modprobe kvm_amd");
}

static bool guests_start(struct run *r, const struct place *place)
{
	return !place->sev ||
	       (inside(r, 180, "sevguest --kind sev-es --json") &&
		(!place->snp || inside(r, 180, "sevguest --kind snp --json")) && firmware_has_no_guest(r));
}

static bool holds_and_starts(struct run *r, const struct place *place, struct result *result)
{
	if (!result_check(result, CHECK_MEMORY, fill_memory(r)))
		return false;
	return !place->sev || result_check(result, CHECK_GUESTS_AGAIN, guests_start(r, place));
}

bool judge_jump(struct run *r, const struct plan *p, struct result *result)
{
	bool preserve = p->policy == POLICY_PRESERVE;
	struct place place = p->to;

	if (p->power_cycle)
		place.sev = false;
	if (!result_check(result, CHECK_ARRIVAL, !machine_event(&r->machine, "reset") ||
			  fail(r, "the machine was reset on the way")) ||
	    !result_check(result, CHECK_FIRMWARE, firmware_as_expected(r, p)) ||
	    !result_check(result, CHECK_HANDOVER, said_as_expected(r, p)) ||
	    !result_check(result, CHECK_CENSUS, census_as_expected(r, p, false)) ||
	    !result_check(result, CHECK_ASIDS, asids_as_expected(r, p, false)))
		return false;
	if (preserve && (!fill_memory(r) || !result_check(result, CHECK_HANDOVER, release_preserved(r)) ||
			 !result_check(result, CHECK_CENSUS, census_as_expected(r, p, true)) ||
			 !result_check(result, CHECK_ASIDS, asids_as_expected(r, p, true))))
		return false;
	return holds_and_starts(r, &place, result);
}

bool judge_boot(struct run *r, const struct plan *p, struct result *result)
{
	return result_check(result, CHECK_HANDOVER,
			    inside(r, 60, "grep -qx 'found 0' " SYSFS "/restore && "
					  "grep -qx 'pages_quarantined 0' " SYSFS "/restore && "
					  "grep -qx ready " SYSFS "/state")) &&
	       result_check(result, CHECK_ASIDS, firmware_has_no_guest(r)) && holds_and_starts(r, &p->to, result);
}
