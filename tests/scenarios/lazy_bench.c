// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests' memory costs a jump under each policy, side by side on one machine: only looked
 * at, never judged. Four guests, which share the memory.
 */
#include <string.h>

#include "scenario.h"

#define GUESTS		4
#define LAUNCH_TIMEOUT_S 600
#define SYSFS		"/sys/kernel/ccp_ext"

static bool launch(struct run *r, const char *policy, int mib)
{
	if (!inside(r, 30, "echo %s >" SYSFS "/policy", policy))
		return false;
	return !mib || inside(r, LAUNCH_TIMEOUT_S,
			      "(sevguest --kind snp --count %d --size %d --hold --json >/run/guests 2>&1) & "
			      "until grep -qE 'ready|error' /run/guests 2>/dev/null; do sleep 0.1; done; "
			      "! grep error /run/guests", GUESTS, mib / GUESTS);
}

static bool tell(struct run *r)
{
	const struct hop *hop = &r->hop;

	snprintf(r->note, sizeof(r->note),
		 "%-18s shutdown %7lld us, blackout %8lld us, together %8lld us, %8lld of %8lld pages given back within %8lld us",
		 r->step->label, hop->quiesce_us, hop->blackout_us, hop->quiesce_us + hop->blackout_us,
		 hop->freed, hop->quarantined, hop->give_back_us);
	return (!hop->kept && !hop->pending) || fail(r, "%lld pages are kept", hop->kept);
}

#define BEFORE(policy, mib) \
	static bool policy##_##mib(struct run *r) { return launch(r, #policy, mib); }

BEFORE(evict, 0)
BEFORE(evict, 256)
BEFORE(evict, 1024)
BEFORE(evict, 2048)
BEFORE(lazy, 0)
BEFORE(lazy, 256)
BEFORE(lazy, 1024)
BEFORE(lazy, 2048)

#define STEP(policy, mib) {						\
	.name = "jump_" #policy "_with_" #mib "_mib_of_guests",		\
	.label = #policy " " #mib " MiB",				\
	.next = "6.12", .before = policy##_##mib, .after = tell,	\
}

const struct scenario lazy_bench_scenario = {
	.name = "lazy-bench",
	.title = "jump and blackout by guests' memory, evict and lazy",
	.on_demand = true,
	/* eviction may take as long as it takes */
	.config = { .name = "lazy-bench", .memory = "6G", .append = "ccp_ext.budget_ms=600000" },
	.steps = {
		STEP(evict, 0), STEP(lazy, 0), STEP(evict, 256), STEP(lazy, 256),
		STEP(evict, 1024), STEP(lazy, 1024), STEP(evict, 2048), STEP(lazy, 2048),
	},
};
