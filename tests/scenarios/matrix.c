// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stock kernels on each generation of processors: they come up without a complaint, make and end as
 * many guests as there are ASIDs for, shut the firmware down when they power off, and the machine
 * has counted nothing against them.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware.h"

#define LAUNCH_TIMEOUT_S	300
#define OFF_TIMEOUT_MS		120000
/* as small as guests may be, so that a thousand of them fit */
#define GUEST_PAGES		4

static const struct generation {
	const char *profile;
	unsigned int sev, sev_es;	/* ASIDs; SEV-ES and SNP share theirs */
} generations[] = {
	{ "naples", 10, 5 }, { "rome", 410, 99 }, { "milan", 410, 99 },
	{ "genoa", 907, 99 }, { "turin", 907, 99 },
};

static const struct generation *generation_of(const struct run *r)
{
	for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++)
		if (!strcmp(generations[i].profile, r->scenario->config.profile))
			return &generations[i];
	return NULL;
}

/* Does the machine say this of its firmware, "SEV SNP TMR"? */
static bool firmware_is(struct run *r, const char *sev, const char *snp, bool locked)
{
	struct json_object *status = firmware_status(r), *o;
	const char *is_sev, *is_snp;
	bool is_locked, ok;

	if (!status)
		return false;
	is_sev = json_object_get_string(json_object_object_get(status, "sev_state"));
	is_snp = json_object_get_string(json_object_object_get(status, "snp_state"));
	o = json_object_object_get(status, "tmr");
	is_locked = json_object_get_boolean(json_object_object_get(o, "locked"));
	ok = !strcmp(is_sev, sev) && is_locked == locked &&
	     (!strcmp(is_snp, snp) || !strcmp(is_snp, "ABSENT"));
	if (!ok)
		fail(r, "SEV is %s, SNP %s, the TMR %s", is_sev, is_snp, is_locked ? "locked" : "free");
	json_object_put(status);
	return ok;
}

/*
 * Nothing of level "warning" or worse. That there is no newer firmware to load is no complaint, nor what
 * the kernel thinks of the processor's speculation.
 */
static bool says_nothing(struct run *r)
{
	return inside(r, 30, "! dmesg -r | sed -n 's/^<[0-4]>//p' | "
			     "grep -E 'ccp|kvm|SEV|SNP|RMP|AMD-Vi|BUG|WARNING|Call Trace' | "
			     "grep -vE 'firmware: failed to load amd/|/hw-vuln/'");
}

static bool knows_snp(const struct run *r)
{
	return strcmp(r->scenario->config.series, "6.1");
}

static bool modules_are_well(struct run *r)
{
	return inside(r, 30, "grep -q ^ccp /proc/modules && grep -q ^kvm_amd /proc/modules && "
			     "test -c /dev/sev && test -c /dev/kvm && ! test -e /sys/kernel/ccp_ext") &&
	       says_nothing(r) && firmware_is(r, "INIT", knows_snp(r) ? "INIT" : "UNINIT", true);
}

static bool launch_and_end(struct run *r, const char *kind, const char *count, unsigned int expected)
{
	return inside(r, LAUNCH_TIMEOUT_S,
		      "rm -f /run/gone; (sh -c 'echo $$ >/run/pid; exec sevguest --kind %s --count %s "
		      "--pages %d --together --hold --json' >/run/many 2>&1; touch /run/gone) & "
		      "until grep -qE 'ready|error' /run/many 2>/dev/null; do sleep 0.1; done; "
		      "cat /run/many; ! grep error /run/many", kind, count, GUEST_PAGES) &&
	       firmware_has_guests(r, expected) &&
	       inside(r, LAUNCH_TIMEOUT_S,
		      "kill $(cat /run/pid); until test -e /run/gone; do sleep 0.1; done; rm /run/many") &&
	       firmware_has_guests(r, 0);
}

static bool one_ten_and_all(struct run *r, const char *kind, unsigned int all)
{
	return launch_and_end(r, kind, "1", 1) &&
	       (all < 10 || launch_and_end(r, kind, "10", 10)) &&
	       launch_and_end(r, kind, "max", all);
}

static bool sev_guests(struct run *r)
{
	return one_ten_and_all(r, "sev", generation_of(r)->sev);
}

static bool sev_es_guests(struct run *r)
{
	return one_ten_and_all(r, "sev-es", generation_of(r)->sev_es);
}

static bool snp_guests(struct run *r)
{
	return one_ten_and_all(r, "snp", generation_of(r)->sev_es);
}

/* Every counter but those of what is no misdeed. */
static bool judge_counted_nothing(struct run *r)
{
	struct json_object *counters;
	bool ok = true;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	json_object_object_foreach(counters, name, count) {
		if (!json_object_is_type(count, json_type_int) || !strcmp(name, "resets") ||
		    !json_object_get_int64(count))
			continue;
		ok = fail(r, "%s%s %lld ", ok ? "" : r->why, name,
			  (long long)json_object_get_int64(count));
	}
	json_object_put(counters);
	return ok;
}

static bool powers_off(struct run *r)
{
	struct machine *m = &r->machine;

	if (!says_nothing(r))
		return false;
	if (machine_run_async(m, "poweroff -f") || machine_wait_event(m, "shutdown", OFF_TIMEOUT_MS))
		return fail(r, "%s", m->error);
	return firmware_is(r, "UNINIT", "UNINIT", false) && firmware_has_guests(r, 0) && judge_counted_nothing(r);
}

#define CELL(kernel, generation, snp_step, ...) {							\
	.name = "matrix-" kernel "-" generation,						\
	.title = "stock " kernel " on " generation,						\
	.config = {										\
		.name = "matrix-" kernel "-" generation, .series = kernel, .profile = generation,	\
		.append = "ccpext=0", .pauses = true, .sets = { __VA_ARGS__ },			\
	},											\
	.steps = {										\
		{										\
			.name = kernel "_on_" generation "_starts_the_firmware_without_a_complaint",	\
			.after = modules_are_well,						\
		},										\
		{										\
			.name = kernel "_on_" generation "_makes_and_ends_1_10_and_all_sev_guests",	\
			.after = sev_guests,							\
		},										\
		{										\
			.name = kernel "_on_" generation "_makes_and_ends_1_10_and_all_sev_es_guests",	\
			.after = sev_es_guests,							\
		},										\
		snp_step									\
		{										\
			.name = kernel "_on_" generation "_powers_off_and_nothing_was_counted",	\
			.after = powers_off,							\
		},										\
	},											\
}
#define NO_SNP
#define SNP(kernel, generation) {								\
	.name = kernel "_on_" generation "_makes_and_ends_1_10_and_all_snp_guests",		\
	.after = snp_guests,									\
},
#define SEV_CELL(kernel, generation) CELL(kernel, generation, NO_SNP)
#define SNP_CELL(kernel, generation, ...) CELL(kernel, generation, SNP(kernel, generation), __VA_ARGS__)

const struct scenario matrix_scenarios[MATRIX_NR] = {
	SEV_CELL("6.1", "naples"),
	SEV_CELL("6.1", "rome"),
	SEV_CELL("6.1", "milan"),
	SEV_CELL("6.1", "genoa"),
	SEV_CELL("6.1", "turin"),
	SEV_CELL("6.12", "naples"),
	SEV_CELL("6.12", "rome"),
	SNP_CELL("6.12", "milan"),
	SNP_CELL("6.12", "genoa"),
	/* 6.12 reads neither a segmented RMP nor entries by RMPREAD */
	SNP_CELL("6.12", "turin", "rmp-segmented=off", "rmp-raw-zen3=on"),
	SEV_CELL("7.3", "naples"),
	SEV_CELL("7.3", "rome"),
	SNP_CELL("7.3", "milan"),
	SNP_CELL("7.3", "genoa"),
	SNP_CELL("7.3", "turin"),
};
