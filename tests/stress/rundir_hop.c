// SPDX-License-Identifier: GPL-2.0-only
/* A line of hops.ndjson. */
#include "json.h"
#include "rundir.h"

/* Of what nobody knows it is said that it is not known. */
static struct json_object *known(long long n)
{
	return n < 0 ? NULL : json_number(n);
}

static struct json_object *groups_of(const struct plan *p)
{
	struct json_object *list = json_object_new_array(), *o;

	for (unsigned int i = 0; i < p->nr_groups; i++) {
		const struct group *g = &p->groups[i];

		o = json_object_new_object();
		json_add(o, "kind", json_text(kind_names[g->kind]));
		json_add(o, "count", json_number(g->count));
		json_add(o, "size_mb", json_number(g->size_mb));
		json_add(o, "page_kb", json_number(g->page_kb));
		json_add(o, "stage", json_text(stage_names[g->stage]));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *faults_of(const struct plan *p, const struct result *result)
{
	struct json_object *list = json_object_new_array(), *o;

	for (unsigned int i = 0; i < p->nr_faults; i++) {
		o = json_object_new_object();
		json_add(o, "name", json_text(p->faults[i]->name));
		json_add(o, "argument", json_text(p->faults[i]->line[0]));
		json_add(o, "fired", json_number(result->fired[i]));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *checks_of(const struct result *result)
{
	struct json_object *o = json_object_new_object();

	for (int i = 0; i < NR_CHECKS; i++)
		if (result->looked[i])
			json_add(o, check_names[i], json_object_new_boolean(result->good[i]));
	return o;
}

static void add_measures(struct json_object *o, const struct result *result)
{
	const struct hop none = {
		.evicted = -1, .assigned_before = -1, .assigned_after = -1, .quarantined = -1, .freed = -1, .kept = -1,
		.pending = -1, .quiesce_us = -1, .blackout_us = -1, .give_back_us = -1,
	};
	const struct hop *hop = result->jumped ? &result->hop : &none;

	json_add(o, "blackout_us", known(hop->blackout_us));
	json_add(o, "quiesce_us", known(hop->quiesce_us));
	json_add(o, "give_back_us", known(hop->give_back_us));
	json_add(o, "quarantined", known(hop->quarantined));
	json_add(o, "freed", known(hop->freed));
	json_add(o, "kept", known(hop->kept));
	json_add(o, "pending", known(hop->pending));
	json_add(o, "assigned_before", known(hop->assigned_before));
	json_add(o, "assigned_after", known(hop->assigned_after));
	json_add(o, "evicted", known(hop->evicted));
	json_add(o, "forbidden", known(result->forbidden));
}

struct json_object *rundir_hop(const struct plan *p, const struct rules *rules, const struct result *result)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "hop", json_number(p->hop));
	json_add(o, "from", json_text(rules->kernels[p->from.kernel].series));
	json_add(o, "to", json_text(rules->kernels[p->method == METHOD_RESET ? p->to.kernel : p->next].series));
	json_add(o, "method", json_text(method_names[p->method]));
	json_add(o, "policy", json_text(policy_names[p->policy]));
	json_add(o, "guests", groups_of(p));
	json_add(o, "pressure_mb", json_number(p->pressure_mb));
	json_add(o, "cpus", json_number(p->cpus));
	json_add(o, "append", json_text(""));
	json_add(o, "faults", faults_of(p, result));
	json_add(o, "expects", json_text(expects_names[p->expects]));
	json_add(o, "outcome", json_text(outcome_names[result->outcome]));
	json_add(o, "verdict", json_text(result->ok ? "ok" : "failed"));
	json_add(o, "why", json_text(result->why));
	json_add(o, "checks", checks_of(result));
	add_measures(o, result);
	json_add(o, "start_s", json_object_new_double(result->start_s));
	json_add(o, "seconds", json_object_new_double(result->seconds));
	json_add(o, "logs", json_text(result->logs));
	if (result->again)
		json_add(o, "again", json_text(result->again));
	return o;
}
