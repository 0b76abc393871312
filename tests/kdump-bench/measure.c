// SPDX-License-Identifier: GPL-2.0-only
/*
 * One machine for each share. Stock comes first: a crash kernel cannot be rid of ccp_ext again. Loaded behind the first
 * reader it says so, and filters from then on as it does otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include <scenarios/hop.h>

#define BOOT_TIMEOUT_MS		180000
#define LAUNCH_TIMEOUT_S	1200
#define READ_TIMEOUT_S		600
#define GUESTS			8
#define PAGES_PER_MIB		256

/* As much of what the crash kernel will find as was asked for. */
static bool launch(struct run *r, const struct share *s)
{
	int mib = (MEMORY_MIB - CRASH_MIB) * s->percent / 100 / GUESTS / 2 * 2;

	return !mib || inside(r, LAUNCH_TIMEOUT_S,
			      "(sevguest --kind snp --count %d --size %d --hold --json >/run/guests 2>&1) & "
			      "until grep -qE 'ready|error' /run/guests 2>/dev/null; do sleep 0.1; done; ! grep error /run/guests",
			      GUESTS, mib);
}

static bool look_at_dumps(struct run *r, struct taken *t)
{
	struct kdump_look look;
	long long unused;

	if (!kdump_dumped_pages(r, "-l -d 31", &t->bytes, &t->dumped) || !kdump_dumped_pages(r, "-d 1", &unused, &t->dumped_1) ||
	    !kdump_look_at_pages(r, &look))
		return false;
	t->copied = look.content;
	return true;
}

static bool ask_size(struct run *r, struct share *s)
{
	if (!inside(r, 60, "stat -c %%s /proc/vmcore"))
		return false;
	s->covered = strtoll(r->output, NULL, 10) / 4096;
	return s->covered > s->pages || fail(r, "/proc/vmcore has %lld pages", s->covered);
}

/* The crash kernel's own clock, hundredths of a second; an agent's answer takes longer than that. */
static bool timed(struct run *r, struct taken *t, enum work work)
{
	static const char * const commands[NR_WORKS] = {
		[WORK_DUMP] = "/tools/makedumpfile-1.7.6 -F -l -d 31 /proc/vmcore 2>/run/dump >/dev/null || { tail -n 5 /run/dump; exit 1; }",
		[WORK_CP] = "cp /proc/vmcore /dev/null",
		[WORK_OTHER] = "dd if=/dev/zero bs=1M count=16 2>/dev/null | sha256sum >/dev/null",
	};
	long long before = firmware_counter(r, "guest_reads"), reads;
	double start, end;

	if (before < 0 ||
	    !inside(r, READ_TIMEOUT_S, "read -r a _ </proc/uptime; { %s; } || exit 1; read -r b _ </proc/uptime; echo $a $b",
		    commands[work]))
		return false;
	if (sscanf(r->output, "%lf %lf", &start, &end) != 2)
		return fail(r, "no times: %s", r->output);
	reads = firmware_counter(r, "guest_reads");
	if (reads < 0)
		return false;
	t->ms[work][t->nr[work]++] = (end - start) * 1000;
	if (reads - before > t->reads[work])
		t->reads[work] = reads - before;
	return true;
}

static bool take(struct run *r, struct share *s, enum filtering way)
{
	struct taken *t = &s->taken[way];

	if (!look_at_dumps(r, t))
		return false;
	for (unsigned int i = 0; i < s->rounds; i++) {
		for (int dump = 0; dump < DUMPS_A_ROUND; dump++)
			if (!timed(r, t, WORK_DUMP) || !timed(r, t, WORK_OTHER))
				return false;
		if (!timed(r, t, WORK_CP))
			return false;
		printf("%d %% of memory in guests, %s, round %u of %u: makedumpfile", s->percent, way == STOCK ? "stock" : "filter",
		       i + 1, s->rounds);
		for (int dump = 0; dump < DUMPS_A_ROUND; dump++)
			printf(" %.0f", t->ms[WORK_DUMP][i * DUMPS_A_ROUND + dump]);
		printf(" ms, cp %.0f ms\n", t->ms[WORK_CP][i]);
		fflush(stdout);
	}
	return true;
}

static bool load_filter(struct run *r)
{
	return inside(r, 60, "modprobe ccp_ext && cat " KDUMP_SYSFS "; grep -qx 'state filtered' " KDUMP_SYSFS
			     " && grep -qx 'rmp read' " KDUMP_SYSFS) &&
	       (!machine_control(&r->machine, "reset-counters", NULL, NULL) || fail(r, "%s", r->machine.error));
}

/* Where guests live, stock has to read them, and be seen by what looks at the dumps: else these see nothing at all. */
static bool is_sound(struct run *r, const struct share *s)
{
	const struct taken *stock = &s->taken[STOCK], *filter = &s->taken[FILTER];

	if (s->percent && (s->pages < (MEMORY_MIB - CRASH_MIB) / 100 * PAGES_PER_MIB * (s->percent - 2LL) ||
			   stock->reads[WORK_CP] <= 0 || stock->copied < s->pages * 9 / 10 || stock->dumped_1 < s->pages * 9 / 10))
		return fail(r, "of %lld pages of guests stock cp read %lld and copied %lld, and -d 1 dumped %lld", s->pages,
			    stock->reads[WORK_CP], stock->copied, stock->dumped_1);
	if (filter->dumped || filter->dumped_1 || filter->copied)
		return fail(r, "through the filter came %lld, %lld and %lld pages of guests", filter->dumped,
			    filter->dumped_1, filter->copied);
	return !forbidden_touches(r) || fail(r, "%lld forbidden touches with the filter", forbidden_touches(r));
}

bool measure(struct run *r, struct share *s)
{
	static const struct scenario scenario = { .name = "bench-kdump" };
	static const struct step step = {
		.name = "bench-kdump", .next = CRASH_SERIES, .crash = true, .append = KDUMP_CONTROL, .touches = true,
	};
	static char name[32];
	struct machine_config config = {
		.name = name, .memory = "6G", .series = SERIES, .append = "ccpext=0 " KDUMP_HOST, .disk = KDUMP_DISK,
	};

	snprintf(name, sizeof(name), "bench-kdump-%d", s->percent);
	memset(r, 0, sizeof(*r));
	r->scenario = &scenario;
	r->step = &step;
	r->hop = (struct hop){ .forbidden = -1 };
	if (machine_start(&r->machine, &config) || machine_wait_hello(&r->machine, 0, BOOT_TIMEOUT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	/* the image first: with the guests there is little room to load one */
	return hop_load(r) && launch(r, s) && hop_jump(r) && kdump_tools(r) && kdump_list_pages(r, &s->pages) &&
	       ask_size(r, s) && take(r, s, STOCK) && load_filter(r) && take(r, s, FILTER) && is_sound(r, s);
}
