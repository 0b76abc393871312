// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/clock.h>

#include "hop.h"

#define BOOT_TIMEOUT_MS		180000
/* a kernel that has met an RMP fault before it could print hangs for ever */
#define FAULT_TIMEOUT_MS	20000
/* ... and one whose IOMMU does not answer may go on for as long, saying so all the time */
#define DEAF_TIMEOUT_MS		60000
#define LAUNCH_TIMEOUT_S	300
#define LOAD_TIMEOUT_S		180
#define GIVE_BACK_TIMEOUT_S	120

bool hop_launch_guests(struct run *r, const char *name, const char *format, ...)
{
	char words[256];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	return inside(r, LAUNCH_TIMEOUT_S,
		      ": >/run/%s; sevguest %s --hold --json >/run/%s 2>&1 & "
		      "while ! grep -qE 'ready|error' /run/%s; do sleep 0.1; done; ! grep error /run/%s",
		      name, words, name, name, name) ||
	       fail(r, "guests did not start (%s): %s", words, r->output);
}

static bool launch(struct run *r, const char *kind, int count)
{
	return !count || hop_launch_guests(r, kind, "--kind %s --count %d", kind, count);
}

bool hop_launch(struct run *r)
{
	return launch(r, "sev", r->step->sev) && launch(r, "sev-es", r->step->sev_es) && launch(r, "snp", r->step->snp);
}

/* One CPU, and nothing that drives the secure processor, as dump tools have it. */
#define CRASH_CMDLINE "console=ttyS0 panic=-1 oops=panic nr_cpus=1 reset_devices ccpext=0 ccp=0"

/* "7.3-kho", "6.12-first": not one of the three, and on a disk of its own, unless that takes the first one's place. */
static bool is_on_second_disk(const struct run *r)
{
	return strchr(r->step->next, '-') && !r->scenario->config.boot;
}

bool hop_unpack(struct run *r)
{
	const char *next = r->step->next;
	const char *disk = is_on_second_disk(r) ? "/dev/vdb" : "/dev/vda";

	return inside(r, LOAD_TIMEOUT_S,
		      "tar -xOf %s vmlinuz-%s >/tmp/vmlinuz && tar -xOf %s initrd-%s >/tmp/initrd",
		      disk, next, disk, next);
}

bool hop_load(struct run *r)
{
	char words[256] = "--reuse-cmdline";

	if (!hop_unpack(r))
		return false;
	if (r->step->crash)
		return inside(r, LOAD_TIMEOUT_S,
			      "stockkexec --panic /tmp/vmlinuz /tmp/initrd \"%s %s\" && "
			      "rm /tmp/vmlinuz /tmp/initrd", CRASH_CMDLINE,
			      r->step->append ? r->step->append : "");
	if (r->step->stock)
		return inside(r, LOAD_TIMEOUT_S,
			      "stockkexec /tmp/vmlinuz /tmp/initrd \"$(cat /proc/cmdline) %s\"",
			      r->step->append ? r->step->append : "");
	if (r->step->append)
		snprintf(words, sizeof(words), "--append \"$(cat /proc/cmdline) %s\"", r->step->append);
	return inside(r, LOAD_TIMEOUT_S,
		      "snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd %s%s && "
		      "rm /tmp/vmlinuz /tmp/initrd", words, r->step->file ? " --file" : "");
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *field = NULL;

	json_object_object_get_ex(o, key, &field);
	return field;
}

long long hop_assigned_pages(struct machine *m)
{
	struct json_object *census;
	long long pages = -1;

	if (machine_control(m, "census", NULL, &census))
		return -1;
	if (member(census, "assigned"))
		pages = json_object_get_int64(member(census, "assigned"));
	json_object_put(census);
	return pages;
}

static void take_snapshot(struct machine *m, const char *name)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, "name", json_object_new_string(name));
	machine_control(m, "snapshot", arguments, NULL);
}

/*
 * The one moment at which the firmware's state tells what the previous kernel left: the next kernel
 * has begun to print, and its modules are seconds away.
 */
static void look_at_firmware(struct machine *m, struct hop *hop)
{
	struct json_object *status, *tmr;

	if (hop->sev[0] != '?' || !machine_console_has(m, "] Linux version ") ||
	    machine_control(m, "status", NULL, &status))
		return;
	snprintf(hop->sev, sizeof(hop->sev), "%s", json_object_get_string(member(status, "sev_state")));
	snprintf(hop->snp, sizeof(hop->snp), "%s", json_object_get_string(member(status, "snp_state")));
	tmr = member(status, "tmr");
	snprintf(hop->tmr, sizeof(hop->tmr), "%s",
		 json_object_get_boolean(member(tmr, "locked")) ? "locked" : "free");
	json_object_put(status);
	hop->assigned_after = hop_assigned_pages(m);
	take_snapshot(m, "next");
}

/* Somebody inside has marked the moment from which on nothing should change. */
static void look_for_mark(struct machine *m, struct hop *hop)
{
	if (hop->marked || !machine_event(m, "mark"))
		return;
	hop->marked = true;
	take_snapshot(m, "handed-over");
}

/* Has somebody written to registers of the IOMMU that are locked? */
static bool locked_out(const struct machine *m)
{
	struct json_object *field;

	for (unsigned int i = 0; i < m->nr_events; i++) {
		field = member(m->events[i], "kind");
		if (field && !strcmp(json_object_get_string(field), "locked-register"))
			return true;
	}
	return false;
}

static void tell_of_events(struct run *r)
{
	struct hop *hop = &r->hop;

	while (r->step->event && hop->seen < r->machine.nr_events)
		r->step->event(r, json_object_get_string(member(r->machine.events[hop->seen++], "event")));
}

static bool watch_jump(struct machine *m, void *context)
{
	struct run *r = context;
	struct hop *hop = &r->hop;

	tell_of_events(r);
	look_for_mark(m, hop);
	look_at_firmware(m, hop);
	if (!hop->fault_ms && machine_event(m, "rmp-fault"))
		hop->fault_ms = clock_ms();
	if (!hop->deaf_ms && locked_out(m))
		hop->deaf_ms = clock_ms();
	return (!hop->fault_ms || clock_ms() - hop->fault_ms < FAULT_TIMEOUT_MS) &&
	       (!hop->deaf_ms || clock_ms() - hop->deaf_ms < DEAF_TIMEOUT_MS);
}

bool hop_found_firmware_down(struct run *r)
{
	const struct hop *hop = &r->hop;

	return (!strcmp(hop->sev, "UNINIT") && !strcmp(hop->snp, "UNINIT")) ||
	       fail(r, "at the jump SEV was %s, SNP %s", hop->sev, hop->snp);
}

long long hop_reclaimed(const struct hop *hop)
{
	if (hop->assigned_before < 0 || hop->assigned_after < 0)
		return -1;
	return hop->assigned_before - hop->assigned_after;
}

/* Value of a line "KEY VALUE..." in @text, or -1. */
static long long value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, length) && line[length] == ' ')
			return strtoll(line + length, NULL, 0);
	}
	return -1;
}

/* The line of a step of the previous kernel's shutdown: step tries result psp_status count ... */
static long long evicted_guests(const char *steps)
{
	const char *line = strstr(steps, "evict ");
	unsigned int tries, count;
	int result, status;

	if (!line || sscanf(line, "evict %u %i %i %u", &tries, &result, &status, &count) != 4)
		return -1;
	return count;
}

bool wait_for_give_back(struct run *r, int timeout_s)
{
	return inside(r, timeout_s + 10,
		      "n=0; until grep -qx 'pages_pending 0' /sys/kernel/ccp_ext/restore; do "
		      "n=$((n + 1)); test $n -lt %d || exit 1; sleep 0.1; done", timeout_s * 10);
}

static void ask_module(struct run *r)
{
	struct hop *hop = &r->hop;

	if (!r->step->halfway)
		wait_for_give_back(r, GIVE_BACK_TIMEOUT_S);
	if (inside(r, 60, "cat /sys/kernel/ccp_ext/restore")) {
		hop->quarantined = value_of(r->output, "pages_quarantined");
		hop->freed = value_of(r->output, "pages_freed");
		hop->kept = value_of(r->output, "pages_kept");
		hop->pending = value_of(r->output, "pages_pending");
		hop->quiesce_us = value_of(r->output, "quiesce_us") ?: -1;
		hop->blackout_us = value_of(r->output, "blackout_us") ?: -1;
	}
	if (inside(r, 60, "cat /sys/kernel/ccp_ext/giveback"))
		hop->give_back_us = value_of(r->output, "duration_us");
	if (inside(r, 60, "cat /sys/kernel/ccp_ext/last_shutdown"))
		hop->evicted = evicted_guests(r->output);
	r->why[0] = '\0';
}

void hop_describe_fault(const struct machine *m, char *text, size_t size)
{
	struct json_object *event = machine_event(m, "rmp-fault");

	text[0] = '\0';
	if (!event)
		return;
	snprintf(text, size,
		 "RMP fault: %s at physical %#llx (%lld KiB mapping, entry %#llx), instruction at %#llx",
		 json_object_get_string(member(event, "access")),
		 (unsigned long long)json_object_get_uint64(member(event, "pa")),
		 (long long)json_object_get_int64(member(event, "mapping_size")) >> 10,
		 (unsigned long long)json_object_get_uint64(member(event, "entry")),
		 (unsigned long long)json_object_get_uint64(member(event, "rip")));
}

static void describe_death(struct run *r, enum machine_result result)
{
	struct hop *hop = &r->hop;

	hop_describe_fault(&r->machine, hop->death, sizeof(hop->death));
	hop->rmp_fault = hop->death[0];
	if (!hop->rmp_fault)
		snprintf(hop->death, sizeof(hop->death), "%s, no RMP fault", machine_result_name(result));
}

/* The release that was unpacked under this name, and no other of its series. */
bool hop_runs(const struct run *r, const char *series)
{
	const char *build = getenv("BUILD");
	char path[256], release[sizeof(r->machine.hello.release)] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/kernels/%s/release", build && *build ? build : "build", series);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fgets(release, sizeof(release), f))
		release[strcspn(release, "\n")] = '\0';
	fclose(f);
	return release[0] && !strcmp(release, r->machine.hello.release);
}

/* The module said that it would, and the machine saw it: a kernel that dies may reset as well. */
static bool was_reset(struct machine *m)
{
	struct json_object *end = machine_event(m, "shutdown");

	return end && !strcmp(json_object_get_string(member(end, "cause")), "guest-reset") &&
	       machine_console_has(m, "cold reset instead");
}

/* The console tells people what happened; that it did, the machine tells. */
static bool was_deaf(struct run *r)
{
	struct machine *m = &r->machine;
	struct hop *hop = &r->hop;

	if (hop->alive || hop->rmp_fault)
		return fail(r, "expected an IOMMU that does not answer, but: %s",
			    hop->alive ? "it lives" : hop->death);
	if (!locked_out(m))
		return fail(r, "%s, but no locked register of the IOMMU was written", hop->death);
	if (!machine_console_has(m, "Completion-Wait loop timed out"))
		return fail(r, "%s, and not for want of completions", hop->death);
	snprintf(hop->death, sizeof(hop->death), "%s", r->step->crash ?
		 "panic for want of the IOMMU's completions" : "hangs for want of the IOMMU's completions");
	return true;
}

static const char *order_to_jump(const struct step *step)
{
	if (step->order)
		return step->order;
	if (step->crash)
		return "echo c >/proc/sysrq-trigger";
	if (step->marks)
		return "stockkexec --mark --exec";
	if (step->stock || step->force)
		return "stockkexec --exec";
	return "snp-kexec exec >/run/exec 2>&1; echo $? >>/run/exec";
}

/* The machine recognises a jump by what the kernel does to the control registers. */
static bool saw_jump(struct run *r)
{
	const struct machine *m = &r->machine;
	struct json_object *jump = machine_event(m, "kexec-jump"), *crash = NULL;

	if (m->control.fd < 0)
		return true;
	if (!jump || !machine_event(m, "next-kernel"))
		return fail(r, "the machine did not see the jump, or the next kernel begin");
	json_object_object_get_ex(jump, "crash", &crash);
	if (json_object_get_boolean(crash) != r->step->crash ||
	    !machine_event(m, "panic") == r->step->crash)
		return fail(r, "the machine took a %s for the other kind of jump",
			    r->step->crash ? "panic" : "kexec");
	return true;
}

bool give_back_is(struct run *r, const char *word)
{
	return inside(r, 180, "n=0; until grep -qx %s /sys/kernel/ccp_ext/giveback; do n=$((n + 1)); "
			     "test $n -lt 500 || { cat /sys/kernel/ccp_ext/giveback; exit 1; }; sleep 0.1; done", word);
}

bool hop_comes_back(struct run *r, const char *order)
{
	struct machine *m = &r->machine;
	unsigned int known = m->hellos;

	machine_forget_events(m);
	if (machine_run_async(m, order) || machine_wait_hello(m, known, BOOT_TIMEOUT_MS, NULL, NULL))
		return fail(r, "%s", m->error);
	if (!machine_event(m, "reset") || machine_event(m, "kexec-jump"))
		return fail(r, "a kernel came up, but not by a reset");
	return true;
}

bool hop_memory_is_sound(struct run *r)
{
	return r->hop.alive && inside(r, 300, "memfill --leave 32");
}

static bool was_harmed(const struct run *r)
{
	return r->hop.rmp_fault || machine_event(&r->machine, "rmp-fault") || machine_event(&r->machine, "tmr-touch");
}

bool hop_was_harmed(struct run *r)
{
	bool sound = !was_harmed(r) && hop_memory_is_sound(r);

	return was_harmed(r) || fail(r, "neither an RMP fault nor a touch of the TMR, and memory is %s",
				     sound ? "sound" : "not to be had");
}

bool hop_jump(struct run *r)
{
	struct machine *m = &r->machine;
	unsigned int known = m->hellos;
	struct hop *hop = &r->hop;
	int64_t start;
	enum machine_result result;

	strcpy(hop->sev, "?");
	strcpy(hop->snp, "?");
	strcpy(hop->tmr, "?");
	hop->evicted = -1;
	hop->assigned_before = hop_assigned_pages(m);
	hop->assigned_after = -1;
	hop->quarantined = -1;
	hop->freed = -1;
	hop->kept = -1;
	hop->pending = -1;
	hop->quiesce_us = -1;
	hop->blackout_us = -1;
	hop->give_back_us = -1;
	machine_forget_events(m);
	machine_console_skip(m);
	start = clock_ms();
	result = machine_run_async(m, order_to_jump(r->step));
	if (!result && r->step->nmi)
		result = machine_monitor(m, "inject-nmi", NULL);
	if (result)
		return fail(r, "%s", m->error);
	hop->jumped = true;
	result = machine_wait_hello(m, known, BOOT_TIMEOUT_MS, watch_jump, r);
	hop->alive = !result;
	hop->host_ms = clock_ms() - start;
	if (result == MACHINE_INTERRUPTED)
		return fail(r, "interrupted");
	if (result == MACHINE_TIMEOUT && !hop->fault_ms && !hop->deaf_ms &&
	    !machine_run_async(m, "true")) {
		inside(r, 60, "cat /run/exec");
		return fail(r, "snp-kexec exec came back instead of jumping: %s", r->output);
	}
	if (result)
		describe_death(r, result);
	else if (!r->step->stock && !r->step->crash && m->hello.ccp_ext)
		ask_module(r);
	if (r->step->deaf)
		return was_deaf(r);
	if (r->step->dies)
		return hop->rmp_fault || fail(r, "expected to die of an RMP fault, but: %s",
					      hop->alive ? "it lives" : hop->death);
	if (r->step->may_die && result)
		return true;
	if (r->step->resets && r->scenario->config.reboots)
		return (hop->alive && machine_event(m, "reset") && !machine_event(m, "kexec-jump") &&
			machine_console_has(m, "cold reset instead")) ||
		       fail(r, "expected a cold reset, but: %s", hop->alive ? "it jumped" : hop->death);
	if (r->step->resets)
		return (result == MACHINE_DIED && !hop->rmp_fault && was_reset(m)) ||
		       fail(r, "expected a cold reset, but: %s", hop->alive ? "it jumped" : hop->death);
	if (result)
		return fail(r, "%s; %s", hop->death, m->error);
	if (!hop_runs(r, r->step->next))
		return fail(r, "kernel %s came up instead of %s: the machine was reset",
			    m->hello.release, r->step->next);
	return saw_jump(r);
}
