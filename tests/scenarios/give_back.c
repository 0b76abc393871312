// SPDX-License-Identifier: GPL-2.0-only
/* What comes back later: when ccp has initialised the firmware, or has shut it down. */
#include <string.h>
#include <unistd.h>

#include "firmware.h"
#include "below_top.h"

#define SYSFS		"/sys/kernel/ccp_ext"
#define RATE		"/sys/module/ccp_ext/parameters/giveback_rate"
#define WAIT_MS		60000
#define LOOK_MS		1000
#define GUESTS_MAX	8

static bool lock_a_tmr_below_the_top(struct run *r)
{
	return tmr_below_the_top(r) && refuse_shutdown(r);
}

bool tmr_comes_back(struct run *r)
{
	return answer_again(r) && give_back_is(r, "waiting") && inside(r, 60, "grep -q '^kept_tmr [1-9]' " SYSFS "/giveback") &&
	       inside(r, 60, "rmmod kvm_amd && rmmod ccp") && give_back_is(r, "done") && fill_memory(r);
}

#define TMR_LATER(id, text, kernel) {									\
	.name = id, .title = text,									\
	.config = { .name = id, .profile = "rome", .append = BELOW_TOP },				\
	.steps = {											\
		{											\
			.name = "a_locked_tmr_is_kept_out_of_" kernel,					\
			.label = "SEV-ES host, SHUTDOWN refused",					\
			.next = kernel, .sev_es = 1, .before = lock_a_tmr_below_the_top,		\
		},											\
		{											\
			.name = "it_comes_back_when_ccp_of_" kernel "_has_shut_the_firmware_down",	\
			.after = tmr_comes_back,							\
		},											\
	},												\
}

/* a ccp that sends SHUTDOWN as it goes still has the device then, and whoever asks for the state may ask too early */
const struct scenario tmr_later_scenarios[3] = {
	TMR_LATER("tmr-later", "a TMR that ccp gets back in the next kernel", "6.12"),
	TMR_LATER("tmr-later-6.1", "the same in a kernel whose ccp knows no SNP", "6.1"),
	TMR_LATER("tmr-later-7.3", "the same in a newer kernel", "7.3"),
};

static bool last_context(struct run *r, int *guests, unsigned long long *pa)
{
	long long gctx[GUESTS_MAX];

	*guests = firmware_contexts(r, gctx, GUESTS_MAX);
	if (*guests < 0)
		return false;
	if (!*guests || *guests > GUESTS_MAX)
		return fail(r, "the firmware has %d guests", *guests);
	*pa = gctx[*guests - 1];
	return true;
}

static bool where_the_last_context_lies(struct run *r, unsigned long long *pa)
{
	int guests;

	return last_context(r, &guests, pa);
}

static bool have_a_context_below_the_top(struct run *r)
{
	return lies_below_the_top(r, where_the_last_context_lies, "the last context");
}

/*
 * Two pages are KVM's for each guest, in this order: for answers to its requests, and its
 * context. The last context stays the firmware's: the commands before those for guests' pages are the
 * module's two looks at the states, each with a page of its own, and its look for ccp.
 */
static bool refuse_the_last_context(struct run *r)
{
	struct json_object *fault;
	unsigned long long pa;
	char text[96];
	int guests;

	if (!last_context(r, &guests, &pa))
		return false;
	snprintf(text, sizeof(text), "{\"command\": \"SNP_PAGE_RECLAIM\", \"nth\": %d, \"status\": 19}",
		 3 + 2 * guests);
	fault = json_tokener_parse(text);
	if (machine_control(&r->machine, "fault-add", fault, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

static bool a_page_stays_with_the_firmware(struct run *r)
{
	return r->hop.kept > 0 ? inside(r, 30, "grep -qx waiting " SYSFS "/giveback && "
					       "grep -q '^kept_firmware [1-9]' " SYSFS "/giveback") :
				 fail(r, "nothing is kept");
}

static bool it_came_back(struct run *r)
{
	const struct hop *hop = &r->hop;

	if (hop->quarantined <= 0)
		return fail(r, "nothing was handed on");
	return give_back_is(r, "done") &&
	       inside(r, 30, "dmesg | grep 'ccp_ext: .* pages stay out of reach: firmware'") && fill_memory(r);
}

const struct scenario firmware_page_scenario = {
	.name = "firmware-page",
	.title = "a page that the firmware did not let go of before it was shut down",
	.config = { .name = "firmware-page", .append = "ccp_ext.policy=lazy " BELOW_TOP },
	.steps = {
		{
			.name = "a_firmware_page_cannot_come_back_in_a_kernel_without_snp",
			.label = "lazy, a page refused, into 6.1", .next = "6.1", .snp = 1,
			.before = have_a_context_below_the_top, .loaded = refuse_the_last_context, .after = a_page_stays_with_the_firmware,
		},
		{
			.name = "it_comes_back_once_ccp_has_initialised_the_firmware",
			.label = "... and on", .next = "6.12", .after = it_came_back,
		},
	},
};

static bool guests_pages_wait(struct run *r)
{
	return r->hop.pending > 0 || fail(r, "nothing is pending");
}

static bool count_rmpupdates(struct run *r, long long *count)
{
	struct json_object *counters, *field = NULL;

	if (machine_control(&r->machine, "counters", NULL, &counters))
		return fail(r, "%s", r->machine.error);
	if (json_object_object_get_ex(counters, "rmpupdate", &field))
		json_object_object_get_ex(field, "count", &field);
	*count = json_object_get_int64(field);
	json_object_put(counters);
	return true;
}

static bool slow_down_init(struct run *r)
{
	struct json_object *fault = json_tokener_parse("{\"command\": \"SNP_INIT_EX\", \"action\": \"delay\", "
						       "\"ms\": 4000, \"clock\": \"real\"}");

	if (machine_control(&r->machine, "fault-add", fault, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

/* How many RMPUPDATEs there are while SNP_INIT_EX is under way. */
static bool updates_during_init(struct run *r, long long *updates)
{
	long long before, after;
	bool busy = false;
	int ms;

	if (!slow_down_init(r) ||
	    !inside(r, 60, "(modprobe ccp && modprobe kvm_amd; touch /run/loaded) >/dev/null 2>&1 &"))
		return false;
	for (ms = 0; !busy && ms < WAIT_MS; ms += 5) {
		if (!firmware_is_busy(r, &busy))
			return false;
		usleep(5000);
	}
	if (!busy)
		return fail(r, "SNP_INIT_EX was not sent");
	if (!inside(r, 60, "echo 8192 >" RATE) || !count_rmpupdates(r, &before))
		return false;
	usleep(LOOK_MS * 1000);
	if (!count_rmpupdates(r, &after) || !firmware_is_busy(r, &busy))
		return false;
	*updates = after - before;
	return busy || fail(r, "SNP_INIT_EX was over before the look at it");
}

static bool all_comes_back_later(struct run *r)
{
	return inside(r, 60, "until test -e /run/loaded; do sleep 0.1; done; echo 262144 >" RATE) &&
	       give_back_is(r, "done") && fill_memory(r);
}

static bool init_is_left_alone(struct run *r)
{
	long long updates;

	if (!updates_during_init(r, &updates))
		return false;
	if (updates)
		return fail(r, "%lld RMPUPDATEs during SNP_INIT_EX", updates);
	return all_comes_back_later(r);
}

static bool init_is_interfered_with(struct run *r)
{
	long long updates;

	return updates_during_init(r, &updates) &&
	       (updates > 0 || fail(r, "no RMPUPDATE during SNP_INIT_EX"));
}

#define PENDING_GUEST(test) {								\
	.name = test, .label = "lazy, ccp not loaded", .next = "6.12", .snp = 1,	\
	.append = "ccp=0 ccp_ext.giveback_rate=1", .halfway = true,			\
	.after = guests_pages_wait,							\
}

const struct scenario give_back_init_scenario = {
	.name = "give-back-init",
	.title = "ccp initialises the firmware in the middle of the give-back",
	.config = { .name = "give-back-init", .append = "ccp_ext.policy=lazy" },
	.steps = {
		PENDING_GUEST("a_guests_pages_wait_to_be_given_back"),
		{
			.name = "no_page_is_taken_back_during_snp_init_ex",
			.after = init_is_left_alone,
		},
		{
			.name = "guests_start_after_all_came_back",
			.snp = 1, .after = fill_memory,
		},
	},
};

const struct scenario give_back_ungated_scenario = {
	.name = "give-back-ungated",
	.title = "the control: nobody holds the gate",
	.config = { .name = "give-back-ungated", .append = "ccp_ext.policy=lazy ccp_ext.giveback_gate=0" },
	.steps = {
		PENDING_GUEST("a_guests_pages_wait_without_a_gate"),
		{
			.name = "without_the_gate_pages_are_taken_back_during_snp_init_ex",
			.after = init_is_interfered_with,
		},
	},
};
