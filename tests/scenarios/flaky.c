// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often a locked TMR harms the next kernel: one try a run, with stock kernels and with ccp_ext. Each does the same:
 * SEV-ES guests, a PSP that refuses SHUTDOWN, one jump, and a next kernel that uses all its memory. A stock try has no
 * wrong outcome, only one of two; scripts/selftest-flaky.sh counts them.
 */
#include <stdio.h>
#include <string.h>

#include "firmware.h"
#include "hop.h"

static bool refuse_sev_shutdown(struct run *r)
{
	return inject(r, "SHUTDOWN", HWERROR_PLATFORM, 0);
}

/* Without that the try would be of something else. "?": it died before anybody could look. */
static bool tmr_was_locked(struct run *r)
{
	const char *tmr = r->hop.tmr;

	return !strcmp(tmr, "locked") || (*tmr == '?' && !r->hop.alive) || fail(r, "TMR %s at the jump", tmr);
}

/* The agent's time-out, or ours: on a host that is busy with something else that says nothing of memory. */
static bool was_late(const struct run *r)
{
	return strstr(r->why, "gave 124: ") || strstr(r->why, machine_result_name(MACHINE_TIMEOUT));
}

/* Where nothing faults a kernel may die much later, or live on with memory that is none. False: it cannot be told. */
static bool is_harmed(struct run *r, const char **how)
{
	bool sound = hop_memory_is_sound(r), late = !sound && was_late(r);
	bool lives = r->hop.alive && (late || !machine_run_async(&r->machine, "true"));

	*how = NULL;
	if (!lives)
		*how = "killed";
	else if (!sound && !late)
		*how = "corrupted";
	else if (machine_event(&r->machine, "tmr-touch"))
		*how = "touched";
	return *how || sound;
}

static bool tried(struct run *r)
{
	const char *how;

	if (!tmr_was_locked(r) || !is_harmed(r, &how))
		return false;
	snprintf(r->note, sizeof(r->note), "flaky: %s", how ?: "unharmed");
	return true;
}

static bool is_unharmed(struct run *r)
{
	const char *how;

	if (!tmr_was_locked(r) || !is_harmed(r, &how))
		return false;
	snprintf(r->note, sizeof(r->note), "flaky: unharmed");
	return !how || fail(r, "flaky: %s: %s", how, r->hop.alive ? r->output : r->hop.death);
}

#define TRY(kind, series_name, words, is_stock, look) {						\
	.name = "flaky-" kind "-" series_name,								\
	.title = "one jump with a locked TMR, " series_name ", " kind,					\
	.on_demand = true,										\
	.config = { .name = "flaky-" kind "-" series_name, .profile = "rome", .series = series_name,	\
		    .append = words },									\
	.steps = { {											\
		.name = "a_locked_tmr_meets_the_next_" series_name "_" kind,				\
		.label = "TMR locked, " kind, .next = series_name, .sev_es = 2, .stock = is_stock,	\
		.may_die = true, .touches = true, .before = refuse_sev_shutdown, .after = look,		\
	} },												\
}
#define STOCK(series_name)	TRY("stock", series_name, "ccpext=0", true, tried)
#define GUARDED(series_name)	TRY("guarded", series_name, NULL, false, is_unharmed)

const struct scenario flaky_scenarios[FLAKY_NR] = {
	STOCK("6.12"), STOCK("6.1"), STOCK("7.3"), GUARDED("6.12"), GUARDED("6.1"), GUARDED("7.3"),
};
