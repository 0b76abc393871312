// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMP at a kexec: what lay in it when the previous kernel jumped lies in it when the next one begins, bit by bit; what
 * was handed over says the same of each page, and so does what the next kernel sees.
 */
#include <stdio.h>
#include <string.h>

#include "firmware.h"
#include "hop.h"
#include "rmp_table.h"

#define SYSFS	"/sys/kernel/ccp_ext"
/* so that the table can be looked at before the processor goes on; the look itself stops its clock */
#define STANDS_STILL_MS	3000
#define STAND_STILL(moment) "{\"on\": \"" moment "\", \"action\": \"cpu-stuck\", \"ms\": 3000}"

static struct rmp_table at_jump, at_next;

static bool stand_still(struct run *r)
{
	rmp_table_free(&at_jump);
	rmp_table_free(&at_next);
	return add_fault(r, STAND_STILL("kexec-jump")) && add_fault(r, STAND_STILL("next-kernel"));
}

static bool now_ns(struct run *r, long long *ns)
{
	struct json_object *arguments = json_object_new_object(), *answer;

	json_object_object_add(arguments, "name", json_object_new_string("table"));
	if (machine_control(&r->machine, "snapshot", arguments, &answer))
		return fail(r, "%s", r->machine.error);
	*ns = json_object_get_int64(firmware_member(answer, "time_ns"));
	json_object_put(answer);
	return true;
}

/* A table that was taken when the processor went on already may be one that was written since: it counts as none. */
static void take(struct run *r, const char *event, struct rmp_table *t)
{
	long long since, until = 0;

	since = json_object_get_int64(firmware_member(machine_event(&r->machine, event), "time_ns"));
	if (rmp_table_take(r, t) && now_ns(r, &until) && until - since < STANDS_STILL_MS * 1000000LL)
		return;
	fail(r, "at %s the table could not be taken in time: %s", event, r->why);
	rmp_table_free(t);
}

static void take_table(struct run *r, const char *event)
{
	if (!strcmp(event, "kexec-jump"))
		take(r, event, &at_jump);
	else if (!strcmp(event, "next-kernel"))
		take(r, event, &at_next);
}

/* What crossed is told page by page as it lies in the table. */
static bool crossed(struct run *r, size_t at_least)
{
	struct rmp_table told = { 0 };
	bool ok;

	if (!at_jump.raw || !at_next.raw)
		return fail(r, "the table was not taken, at the jump and after it: %s", r->why);
	if (at_jump.size != at_next.size || memcmp(at_jump.raw, at_next.raw, at_jump.size))
		return rmp_table_same(r, "at the jump and after it", &at_jump, &at_next) &&
		       fail(r, "the entries are the same, and not all of their bits");
	if (rmp_table_assigned(&at_jump) < at_least)
		return fail(r, "only %zu pages were assigned at the jump", rmp_table_assigned(&at_jump));
	ok = rmp_table_ask(r, SYSFS "/incoming", &at_jump, &told) &&
	     rmp_table_same(r, "in the table at the jump, and handed over", &at_jump, &told);
	rmp_table_free(&told);
	snprintf(r->note, sizeof(r->note), "%zu pages assigned at the jump", rmp_table_assigned(&at_jump));
	return ok;
}

/* ... and as the next kernel has it now. */
static bool is_seen(struct run *r)
{
	struct rmp_table now = { 0 }, told = { 0 };
	bool ok;

	ok = rmp_table_take(r, &now) && rmp_table_ask(r, SYSFS "/blob", &now, &told) &&
	     rmp_table_same(r, "in the table now, and shown", &now, &told);
	rmp_table_free(&now);
	rmp_table_free(&told);
	return ok;
}

#define GUEST_PAGES	4096	/* what sevguest launches unless told otherwise */

static bool preserved(struct run *r)
{
	struct rmp_table now = { 0 };
	bool ok = crossed(r, 2 * GUEST_PAGES) && is_seen(r) && rmp_table_take(r, &now) &&
		  rmp_table_same(r, "in the table at the jump, and now", &at_jump, &now);

	rmp_table_free(&now);
	return ok;
}

static bool handed_over(struct run *r)
{
	return crossed(r, 2 * GUEST_PAGES) && is_seen(r) && fill_memory(r);
}

/* One bit of one entry, VMSA, turns over while the kernels change places. */
static void take_table_and_spoil_it(struct run *r, const char *event)
{
	struct json_object *mark;
	unsigned long long word;
	char fault[128];

	take_table(r, event);
	if (strcmp(event, "kexec-jump") || !at_jump.raw)
		return;
	word = rmp_table_guest_word(&at_jump);
	snprintf(fault, sizeof(fault), "{\"on\": \"mark\", \"action\": \"corrupt\", \"pa\": %llu, \"len\": 1, \"xor\": 32}",
		 word + 7);
	mark = json_object_new_object();
	json_object_object_add(mark, "mark", json_object_new_int(1));
	if (!add_fault(r, fault) || machine_control(&r->machine, "mark", mark, NULL))
		rmp_table_free(&at_jump);
}

static bool the_change_is_seen(struct run *r)
{
	if (crossed(r, 2 * GUEST_PAGES))
		return fail(r, "an entry was changed between the kernels, and nobody noticed");
	return strstr(r->why, "at the jump and after it: 1 entries differ") != NULL;
}

#define SCENARIO(suffix, about, policy, sentence, on_event, look) {						\
	.name = "rmp-persists-" suffix, .title = about,								\
	.config = { .name = "rmp-persists-" suffix, .monitor = true, .append = "ccp_ext.policy=" policy },	\
	.steps = { {												\
		.name = sentence, .label = "RMP, " suffix, .next = "6.12", .snp = 2,				\
		.loaded = stand_still, .event = on_event, .after = look,					\
	} },													\
}

const struct scenario rmp_persists_scenarios[RMP_PERSISTS_NR] = {
	SCENARIO("lazy", "the RMP before and after a kexec, entry by entry", "lazy",
		 "the_rmp_survives_a_lazy_jump_and_is_told_entry_by_entry", take_table, handed_over),
	SCENARIO("preserve", "the same, guests alive", "preserve",
		 "the_rmp_survives_a_preserving_jump_and_stays_what_it_was", take_table, preserved),
	SCENARIO("changed", "the control: one entry is changed by the jump", "lazy",
		 "an_entry_that_does_not_survive_a_jump_is_noticed", take_table_and_spoil_it, the_change_is_seen),
};
