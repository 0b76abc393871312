// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bugs that this project began with, in stock kernels: a TMR that is still locked at a kexec, and
 * contexts that leak in the firmware.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware.h"
#include "hop.h"

#define HWERROR_PLATFORM	0x13	/* AMD SEV firmware statuses */
#define RESOURCE_LIMIT		0x17
#define NAPLES_CONTEXTS		15
#define JUMPS_MAX		6
#define ROUNDS			24	/* more than there are contexts */

static bool refuse_sev_shutdown(struct run *r)
{
	return inject(r, "SHUTDOWN", HWERROR_PLATFORM, 0);
}

/*
 * Dead, or alive with memory that does not keep what is written to it. A kernel that was spared by
 * chance jumps again: the TMR is still locked. A common chance is that its ccp has taken the same MiB for
 * a TMR of its own, so the next one comes without ccp.
 */
static bool find_harm(struct run *r)
{
	struct step bare = *r->step;
	bool touched = false, lives;
	int jump = 1;

	while (hop_memory_is_sound(r)) {
		if (jump == JUMPS_MAX)
			return fail(r, "%d kernels live, and their memory is sound", JUMPS_MAX);
		bare.append = "ccp=0";
		r->step = &bare;
		if (!hop_load(r))
			break;
		/* the image itself may come to lie in the TMR; a jump forgets what was before */
		touched = touched || machine_event(&r->machine, "tmr-touch");
		if (!hop_jump(r))
			return false;
		jump++;
	}
	if (!touched && !machine_event(&r->machine, "tmr-touch"))
		return fail(r, "harmed, but not by the TMR: %s", r->hop.alive ? r->why : r->hop.death);
	lives = r->hop.alive && !machine_run_async(&r->machine, "true");
	snprintf(r->note, sizeof(r->note), "seed bug: %s by jump %d: %s", lives ? "corrupted" : "killed",
		 jump, lives ? r->output : r->hop.alive ? "it died at work" : r->hop.death);
	r->note[strcspn(r->note, "\n")] = '\0';
	return true;
}

static bool locked_tmr_did_harm(struct run *r)
{
	const struct step *step = r->step;
	bool ok = find_harm(r);

	r->step = step;
	return ok;
}

#define TRY(number, series_name, demand) {								\
	.name = "seed-bug-" number,									\
	.title = "SHUTDOWN fails, and " series_name " jumps into another all the same",			\
	.on_demand = demand,										\
	.config = { .name = "seed-bug-" number, .profile = "rome", .series = series_name,		\
		    .append = "ccpext=0" },								\
	.steps = { {											\
		.name = "stock_" series_name "_with_a_locked_tmr_harms_the_next_kernel_" number,	\
		.label = "TMR locked, stock kernels", .next = series_name, .sev_es = 2, .stock = true,	\
		.may_die = true, .touches = true,							\
		.before = refuse_sev_shutdown, .after = locked_tmr_did_harm,				\
	} },												\
}

const struct scenario seed_bug_scenarios[SEED_BUG_NR] = {
	TRY("1", "6.12", false), TRY("2", "6.1", false), TRY("3", "7.3", false), TRY("4", "6.12", true),
	TRY("5", "6.1", true), TRY("6", "7.3", true), TRY("7", "6.12", true), TRY("8", "6.1", true),
	TRY("9", "7.3", true), TRY("10", "6.12", true),
};

/* One guest after another, none of which comes to life; then how often the firmware said what. */
static bool rounds(struct run *r, unsigned int expected_limits)
{
	unsigned int platform = 0, limits = 0;

	if (!inside(r, 300, "rm -f /run/rounds; for i in $(seq %d); do sevguest --kind sev --pages 4 --together "
			    "--json >>/run/rounds; done; cat /run/rounds", ROUNDS))
		return false;
	for (const char *s = r->output; (s = strstr(s, "\"fw_status\":")); s++) {
		platform += atoi(s + strlen("\"fw_status\":")) == HWERROR_PLATFORM;
		limits += atoi(s + strlen("\"fw_status\":")) == RESOURCE_LIMIT;
	}
	if (limits == expected_limits && platform == ROUNDS - expected_limits)
		return true;
	return fail(r, "of %d launches %u met a failing ACTIVATE and %u RESOURCE_LIMIT: %s", ROUNDS,
		    platform, limits, r->output);
}

static bool todays_kernel_leaks_nothing(struct run *r)
{
	return inject(r, "ACTIVATE", HWERROR_PLATFORM, 0) && rounds(r, 0) && firmware_has_guests(r, 0);
}

/* Answered with success and not carried out, as if a kernel had never sent it. */
static bool withheld_decommission_leaks(struct run *r)
{
	return inject(r, "DECOMMISSION", 0, 0) && rounds(r, ROUNDS - NAPLES_CONTEXTS) &&
	       firmware_has_guests(r, NAPLES_CONTEXTS);
}

static bool leak_stays(struct run *r)
{
	if (machine_control(&r->machine, "clear-injections", NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return inside_fails(r, 1, "\"fw_status\":23", "sevguest --kind sev --pages 4 --together --json") &&
	       firmware_has_guests(r, NAPLES_CONTEXTS);
}

#define LEAK(series_name) {										\
	.name = "leak-" series_name,									\
	.title = "ACTIVATE fails, and DECOMMISSION does not follow",					\
	.config = { .name = "leak-" series_name, .profile = "naples", .series = series_name,		\
		    .append = "ccpext=0" },								\
	.steps = {											\
		{											\
			.name = "a_failed_activate_leaks_nothing_with_" series_name "_of_today",	\
			.after = todays_kernel_leaks_nothing,						\
		},											\
		{											\
			.name = "without_decommission_contexts_of_" series_name "_leak_up_to_the_resource_limit",\
			.after = withheld_decommission_leaks,						\
		},											\
		{											\
			.name = "leaked_contexts_of_" series_name "_keep_guests_from_starting_ever_after",	\
			.after = leak_stays,								\
		},											\
	},												\
}

const struct scenario leak_scenarios[3] = { LEAK("6.1"), LEAK("6.12"), LEAK("7.3") };
