// SPDX-License-Identifier: GPL-2.0-only
/* A command that is under way at the jump: where its answer goes, and which commands cannot be left. */
#include <string.h>
#include <unistd.h>

#include "hop.h"
#include "psp.h"
#include "below_top.h"

#define KPF_RESERVED	32
#define BLOCK		(2ULL << 20)
#define BOOTS_MAX	10
#define BOOT_MS		60000

static bool hear_of_commands(struct run *r, const char *events)
{
	return !machine_control(&r->machine, "subscribe", json_tokener_parse(events), NULL) ||
	       fail(r, "%s", r->machine.error);
}

#define HEAR		"{\"events\": [\"psp-command\"]}"
#define HEAR_NOTHING	"{\"events\": []}"

/* Fill memory, have the command executed meanwhile, and look at the memory again. */
static bool memory_across_the_answer(struct run *r)
{
	return hear_of_commands(r, HEAR) &&
	       inside(r, 120, "memfill --leave 48 --hold /run/answered >/run/fill & "
			      "while ! grep -q filled /run/fill; do sleep 0.2; done") &&
	       psp_is_still_busy(r) && psp_wait(r) &&
	       inside(r, 120, "touch /run/answered; while ! grep bad /run/fill; do sleep 0.2; done");
}

static bool buffer_address(struct run *r, unsigned long long *pa)
{
	struct json_object *event = machine_event(&r->machine, "psp-command");

	if (!event)
		return fail(r, "the machine did not tell of a command");
	*pa = json_object_get_uint64(firmware_member(event, "buffer"));
	return *pa || fail(r, "the command has no buffer");
}

/* ccp has one buffer for whatever it sends; a guest's launch begins with a command that uses it. */
static bool buffer_of_a_launch(struct run *r, unsigned long long *pa)
{
	bool ok = hear_of_commands(r, HEAR) && inside(r, 60, "sevguest --kind sev-es") &&
		  hear_of_commands(r, HEAR_NOTHING) && buffer_address(r, pa);

	machine_forget_events(&r->machine);
	return ok;
}

static bool boot_again(struct run *r)
{
	machine_stop(&r->machine);
	if (machine_start(&r->machine, &r->scenario->config) ||
	    machine_wait_hello(&r->machine, 0, BOOT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return hop_launch(r);
}

/* It is to be kept out for its own sake alone: not as neighbour of the TMR, and not as the top of RAM. */
static bool have_the_buffer_apart(struct run *r)
{
	unsigned long long top, pa, tmr, size;

	for (int boots = 0; boots < BOOTS_MAX; boots++) {
		if ((boots && !boot_again(r)) || !top_of_ram(r, &top) || !firmware_tmr(r, &tmr, &size) ||
		    !buffer_of_a_launch(r, &pa))
			return false;
		if (pa < top && pa / BLOCK != tmr / BLOCK)
			return true;
	}
	return fail(r, "%d times the command's buffer lay at the top of RAM or beside the TMR", BOOTS_MAX);
}

/* The machine says where the buffer was; the module, what it keeps out. */
static bool buffer_is_kept_out(struct run *r)
{
	unsigned long long pa = 0, from, pages;
	const char *line;

	if (!buffer_address(r, &pa) || !inside(r, 30, "cat " SYSFS "/quarantine"))
		return false;
	for (line = r->output; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, "%llx %llu", &from, &pages) == 2 && pa >= from && pa < from + pages * 4096)
			return true;
	return fail(r, "the buffer at %#llx is not kept out: %s", pa, r->output);
}

/* Of a page that is kept out the kernel says RESERVED (Documentation/admin-guide/mm/pagemap.rst). */
static bool buffer_is_reserved(struct run *r, bool *reserved)
{
	unsigned long long pa = 0, flags;

	if (!buffer_address(r, &pa) ||
	    !inside(r, 30, "dd if=/proc/kpageflags bs=8 skip=%llu count=1 2>/dev/null | od -An -tx8", pa >> 12))
		return false;
	if (sscanf(r->output, "%llx", &flags) != 1)
		return fail(r, "no flags of the page at %#llx: %s", pa, r->output);
	*reserved = flags >> KPF_RESERVED & 1;
	snprintf(r->note, sizeof(r->note), "the page that was written to has flags %#llx", flags);
	return true;
}

static bool the_answer_goes_nowhere(struct run *r)
{
	bool reserved;

	if (!psp_jumped_in_time(r) || !psp_is_left_alone(r) || !memory_across_the_answer(r))
		return false;
	if (!strstr(r->output, "\"bad\":0,"))
		return fail(r, "memory has changed: %s", r->output);
	return buffer_is_kept_out(r) && buffer_is_reserved(r, &reserved) &&
	       (reserved || fail(r, "the answer went to a page of the next kernel's"));
}

/* Whether it hits a page of memfill's, or one of the kernel's own, is chance. */
static bool the_answer_goes_to_the_kernel_s_memory(struct run *r)
{
	bool reserved;

	return memory_across_the_answer(r) && buffer_is_reserved(r, &reserved) &&
	       (!reserved || fail(r, "the answer went to a page that is kept out"));
}

static bool jumps_beside_the_command(struct run *r)
{
	return psp_is_still_busy(r);
}

const struct scenario psp_late_scenario = {
	.name = "psp-late",
	.title = "PLATFORM_STATUS is answered in the next kernel's time, SEV-ES host",
	.config = { .name = "psp-late", .profile = "rome", .append = BUDGET },
	.steps = {
		{
			.name = "a_late_answer_goes_to_memory_that_is_kept_out",
			.label = "answered late", .next = "6.12", .sev_es = 1, .marks = true,
			.before = have_the_buffer_apart,
			.fault = "{\"command\": \"PLATFORM_STATUS\", " LATE "}", .after = the_answer_goes_nowhere,
		},
		{
			.name = "the_memory_of_a_late_answer_comes_back",
			.label = "... and on", .next = "6.12", .after = everything_came_back,
		},
	},
};

const struct scenario psp_late_ignored_scenario = {
	.name = "psp-late-ignored",
	.title = "the control: nobody looks for commands under way",
	.config = { .name = "psp-late-ignored", .profile = "rome", .append = BUDGET " ccp_ext.in_flight=0" },
	.steps = {
		{
			.name = "a_late_answer_that_nobody_looks_for_goes_to_the_next_kernels_memory",
			.label = "answered late, ignored", .next = "6.12", .sev_es = 1, .marks = true,
			.before = have_the_buffer_apart,
			.fault = "{\"command\": \"PLATFORM_STATUS\", " LATE "}",
			.after = the_answer_goes_to_the_kernel_s_memory,
		},
	},
};

/* ---- commands that are not the way out's ---- */

/* Its VMM is stuck in the kernel, with ccp's mutex held. */
static bool launch_is_stuck(struct run *r)
{
	bool busy = false;

	if (!add_fault(r, "{\"command\": \"LAUNCH_UPDATE_DATA\", " LATE "}") ||
	    !inside(r, 60, "sevguest --kind sev-es --hold >/run/stuck 2>&1 &"))
		return false;
	for (int ms = 0; !busy && ms < 20000; ms += 100) {
		if (!firmware_is_busy(r, &busy))
			return false;
		usleep(100000);
	}
	return busy || fail(r, "no command is under way");
}

static bool for_the_command_s_sake(struct run *r)
{
	return machine_console_has(&r->machine, "not answered LAUNCH_UPDATE_DATA") ||
	       fail(r, "reset, but not because of the command");
}

const struct scenario psp_stuck_scenario = {
	.name = "psp-stuck",
	.title = "a guest's launch hangs in the firmware, SEV-ES host",
	.config = { .name = "psp-stuck", .profile = "rome", .append = BUDGET },
	.steps = {
		{
			.name = "a_command_that_may_write_to_a_guests_pages_ends_in_a_cold_reset",
			.label = "LAUNCH_UPDATE_DATA hangs", .next = "6.12", .force = true, .resets = true,
			.loaded = launch_is_stuck, .after = for_the_command_s_sake,
		},
	},
};

const struct scenario psp_stuck_ignored_scenario = {
	.name = "psp-stuck-ignored",
	.title = "the control: nobody looks for commands under way",
	.config = { .name = "psp-stuck-ignored", .profile = "rome", .append = BUDGET " ccp_ext.in_flight=0" },
	.steps = {
		{
			.name = "a_guests_command_that_nobody_looks_for_is_executed_in_the_next_kernels_time",
			.label = "LAUNCH_UPDATE_DATA hangs, ignored", .next = "6.12", .force = true,
			.loaded = launch_is_stuck, .after = jumps_beside_the_command,
		},
	},
};
