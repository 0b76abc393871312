// SPDX-License-Identifier: GPL-2.0-only
/*
 * One clock for all: the machine's. The jump and the next kernel's beginning are events that carry its
 * time; reboot(2) is marked by the program that calls it; the next kernel's first line and its agent's
 * greeting are seen on the host, whose clock runs beside the machine's.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lib/clock.h>

#include "bench.h"

#define SERIES		"6.12"
#define BOOT_TIMEOUT_MS	180000
#define LOAD_TIMEOUT_S	180
#define BACK_TIMEOUT_S	300
#define CLOCK_MARK	200
#define SYSFS		"/sys/kernel/ccp_ext"
#define TOOLS		"/run/kexec-tools"

/* Guests live on until somebody releases them. */
static bool preserves(const struct kind *kind)
{
	return kind->policy && !strcmp(kind->policy, "preserve");
}

static const struct machine_config config = { .name = "bench-kexec", .disk = "kexec-tools.tar" };
static const struct scenario scenario = { .name = "bench-kexec" };

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t event_ns(const struct machine *m, const char *kind)
{
	struct json_object *event = machine_event(m, kind), *field;

	if (!event || !json_object_object_get_ex(event, "time_ns", &field))
		return -1;
	return json_object_get_int64(field);
}

/* What to add to the host's clock to get the machine's. */
static bool clocks_differ_by(struct run *r, int64_t *ns)
{
	struct json_object *arguments = json_object_new_object();
	int64_t before, after;

	machine_forget_events(&r->machine);
	json_object_object_add(arguments, "mark", json_object_new_int(CLOCK_MARK));
	before = now_ns();
	if (machine_control(&r->machine, "mark", arguments, NULL) ||
	    machine_wait_event(&r->machine, "mark", 10000))
		return fail(r, "%s", r->machine.error);
	after = now_ns();
	*ns = event_ns(&r->machine, "mark") - (before + after) / 2;
	return true;
}

struct console {
	char path[512];
	atomic_bool stop;
	atomic_int_fast64_t first_line_ns;	/* host's clock; 0: not yet */
	double handed_over_us;	/* since the notifier began; negative: not told */
};

/* The previous kernel's last word about its shutdown: "ccp_ext: handed over: ... N us" */
static void take_total(struct console *c, const char *line)
{
	const char *last = strrchr(line, ',');

	if (strstr(line, "ccp_ext: handed over: ") && last)
		sscanf(last, ", %lf us", &c->handed_over_us);
}

/* A line as a whole, although it is read while it is being written. */
static bool next_line(FILE *f, char *line, size_t size, size_t *have)
{
	while (fgets(line + *have, size - *have, f)) {
		*have += strlen(line + *have);
		if (line[*have - 1] != '\n' && *have + 1 < size)
			continue;
		*have = 0;
		return true;
	}
	clearerr(f);
	return false;
}

/* The next kernel's first line, as soon as it is there: the driver itself looks too rarely. */
static void *watch_console(void *argument)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct console *c = argument;
	FILE *f = fopen(c->path, "re");
	char line[1024];
	size_t have = 0;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	while (!c->stop && !c->first_line_ns) {
		while (next_line(f, line, sizeof(line), &have)) {
			take_total(c, line);
			if (strstr(line, "] Linux version "))
				c->first_line_ns = now_ns();
		}
		nanosleep(&pause, NULL);
	}
	fclose(f);
	return NULL;
}

bool measure_start(struct run *r)
{
	memset(r, 0, sizeof(*r));
	r->scenario = &scenario;
	if (machine_start(&r->machine, &config) ||
	    machine_wait_hello(&r->machine, 0, BOOT_TIMEOUT_MS, NULL, NULL))
		return fail(r, "%s", r->machine.error);
	return true;
}

static bool is_stock(const struct kind *kind)
{
	return kind->loader == LOADER_CHECKED || kind->loader == LOADER_UNCHECKED;
}

/*
 * The region's address goes: after a stock hop nobody is there. So do the words that a kernel beside
 * parked IOMMUs was given, which snp-kexec would take out by itself.
 */
#define CMDLINE "$(sed -E 's/ ?(ccp_ext\\.[a-z_]+=[^ ]*|amd_iommu=off)//g' /proc/cmdline)"
#define BY_TOOLS TOOLS "/ld.so --library-path " TOOLS " " TOOLS "/kexec -c -l /tmp/vmlinuz "	\
	"--initrd=/tmp/initrd --command-line=\"" CMDLINE "\" %s"
#define BY_US "snp-kexec load /tmp/vmlinuz --initrd /tmp/initrd --append \"" CMDLINE "\" %s"

static bool load(struct run *r, const struct kind *kind)
{
	if (!inside(r, LOAD_TIMEOUT_S, "tar -xOf /dev/vda vmlinuz-" SERIES " >/tmp/vmlinuz && "
				       "tar -xOf /dev/vda initrd-" SERIES " >/tmp/initrd"))
		return false;
	if (is_stock(kind))
		return inside(r, LOAD_TIMEOUT_S, "rmmod ccp_ext && mkdir -p " TOOLS " && tar -xf /dev/vdb -C " TOOLS
			      " && " BY_TOOLS, kind->loader == LOADER_UNCHECKED ? "--no-checks" : "");
	return inside(r, LOAD_TIMEOUT_S, BY_US " && snp-kexec status", kind->loader == LOADER_FILE ? "--file" : "");
}

static enum stage stage_of(const char *step)
{
	static const struct {
		const char *step;
		enum stage stage;
	} table[] = {
		{ "evict", STAGE_EVICT }, { "decommission", STAGE_EVICT },
		{ "wbinvd", STAGE_FLUSH }, { "df-flush", STAGE_FLUSH }, { "snp-df-flush", STAGE_FLUSH },
		{ "sev-shutdown", STAGE_SHUTDOWN }, { "snp-shutdown", STAGE_SHUTDOWN },
		{ "verify", STAGE_SHUTDOWN }, { "tmr-reclaim", STAGE_RECLAIM },
		{ "scan", STAGE_CAPTURE }, { "chain", STAGE_CAPTURE },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(step, table[i].step))
			return table[i].stage;
	return NR_STAGES;
}

/*
 * Lines "STEP TRIES RESULT PSP_STATUS COUNT START_US DURATION_US". The blob cannot tell how long it took
 * to publish itself; what was left until all was handed over can.
 */
static bool ask_stages(struct run *r, struct sample *s, double total)
{
	char *line, *save = NULL, step[32];
	double start, us, end = 0;
	enum stage stage;

	if (!inside(r, 60, "cat " SYSFS "/last_shutdown"))
		return false;
	for (line = strtok_r(r->output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%31s %*s %*s %*s %*s %lf %lf", step, &start, &us) != 3)
			return fail(r, "last_shutdown is not understood: %s", line);
		stage = stage_of(step);
		if (stage == NR_STAGES)
			return fail(r, "no stage for the step %s", step);
		s->stage_us[stage] = (s->stage_us[stage] < 0 ? 0 : s->stage_us[stage]) + us;
		if (start + us > end)
			end = start + us;
	}
	if (total >= end)
		s->stage_us[STAGE_PUBLISH] = total - end;
	return true;
}

/*
 * Preserved guests are released as soon as there is somebody to do it. What the parked IOMMUs read stays
 * until the next jump.
 */
static bool wait_until_all_is_back(struct run *r, const struct kind *kind, int64_t *released)
{
	*released = now_ns();
	if (preserves(kind) && !inside(r, 60, "echo all >" SYSFS "/adopted_release"))
		return false;
	return inside(r, BACK_TIMEOUT_S, "until grep -qx 'pages_pending 0' " SYSFS "/restore && "
		      "grep -qx \"pages_kept $(sed -n 's/^kept_iommu //p' " SYSFS "/giveback)\" " SYSFS "/restore; do "
		      "sleep 0.05; done");
}

/* A policy that could not be had becomes evict, and would be measured as what it is not. */
static bool crossed_as_told(struct run *r, const struct kind *kind)
{
	return inside(r, 30, "rmpctl show " SYSFS "/incoming | grep -E '^ *Policy +%s'", kind->policy);
}

static bool jump(struct run *r, struct sample *s, struct console *c, int64_t offset, int64_t *reboot)
{
	int64_t jumped, next, first, hello;
	pthread_t watcher;
	bool ok;

	snprintf(c->path, sizeof(c->path), "%s/console.log", r->machine.logs);
	if (pthread_create(&watcher, NULL, watch_console, c))
		return fail(r, "no thread to watch the console");
	ok = hop_jump(r);
	c->stop = true;
	pthread_join(watcher, NULL);
	if (!ok)
		return false;
	*reboot = event_ns(&r->machine, "mark");
	jumped = event_ns(&r->machine, "kexec-jump");
	next = event_ns(&r->machine, "next-kernel");
	first = c->first_line_ns + offset;
	hello = r->machine.hello.received_ms * 1000000 + offset;
	if (*reboot < 0 || jumped < *reboot || next < jumped || !c->first_line_ns || first < next || hello < first)
		return fail(r, "moments are missing, or in no order: %lld %lld %lld %lld %lld", (long long)*reboot,
			    (long long)jumped, (long long)next, (long long)first, (long long)hello);
	s->part_ms[PART_SHUTDOWN] = (jumped - *reboot) / 1e6;
	s->part_ms[PART_JUMP] = (next - jumped) / 1e6;
	s->part_ms[PART_UNPACK] = (first - next) / 1e6;
	s->part_ms[PART_BOOT] = (hello - first) / 1e6;
	return true;
}

/* A kernel beside parked IOMMUs has no SNP: the hop after it would be another one. */
static bool back_to_snp(struct run *r)
{
	static const struct kind plain = { .name = "back to SNP", .loader = LOADER_IN_PLACE };
	struct sample unused;

	return measure_hop(r, &plain, &unused);
}

bool measure_hop(struct run *r, const struct kind *kind, struct sample *s)
{
	const struct step step = {
		.name = kind->name, .next = SERIES, .stock = is_stock(kind), .force = true, .marks = true,
		.sev_es = kind->policy ? 2 : 0, .snp = kind->policy ? 2 : 0,
	};
	struct console console = { .handed_over_us = -1 };
	int64_t offset = 0, reboot = 0, released = 0, back;

	*s = (struct sample){ .part_ms = { [PART_BACK] = -1, [PART_RELEASE] = -1 } };
	for (int i = 0; i < NR_STAGES; i++)
		s->stage_us[i] = -1;
	r->step = &step;
	r->hop = (struct hop){ .forbidden = -1 };
	r->why[0] = '\0';
	if ((kind->policy && !inside(r, 60, "echo %s >" SYSFS "/policy", kind->policy)) || !hop_launch(r) ||
	    !load(r, kind) || !clocks_differ_by(r, &offset) || !jump(r, s, &console, offset, &reboot))
		return false;
	if (forbidden_touches(r))
		return fail(r, "%lld forbidden touches", forbidden_touches(r));
	if (is_stock(kind))
		return true;
	if (kind->policy && !crossed_as_told(r, kind))
		return false;
	if (!wait_until_all_is_back(r, kind, &released))
		return false;
	back = now_ns();
	s->part_ms[PART_BACK] = (back + offset - reboot) / 1e6;
	if (preserves(kind))
		s->part_ms[PART_RELEASE] = (back - released) / 1e6;
	return ask_stages(r, s, console.handed_over_us) && (!preserves(kind) || back_to_snp(r));
}
