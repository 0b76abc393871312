// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lib/clock.h>

#include "progress.h"

void progress_begin(struct progress *p, size_t all, size_t behind, const struct totals *totals)
{
	*p = (struct progress){
		.live = isatty(STDOUT_FILENO), .all = all, .behind = behind, .start_ms = clock_ms(), .totals = *totals,
	};
}

const char *progress_time(double seconds, char *text, size_t size)
{
	unsigned long s = seconds < 0 ? 0 : (unsigned long)seconds;

	snprintf(text, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	return text;
}

void progress_describe(const struct plan *p, const struct rules *rules, char *text, size_t size)
{
	const struct kernel *from = &rules->kernels[p->from.kernel], *next = &rules->kernels[p->next];
	int n = snprintf(text, size, "%s to %s, %s, %s", from->series,
			 p->method == METHOD_RESET ? rules->kernels[p->to.kernel].series : next->series,
			 method_names[p->method], policy_names[p->policy]);

	for (unsigned int i = 0; i < p->nr_groups && n < (int)size; i++) {
		const struct group *g = &p->groups[i];

		n += snprintf(text + n, size - n, ", %u %s %s %u MiB%s", g->count, stage_names[g->stage],
			      kind_names[g->kind], g->size_mb, g->page_kb > 4 ? " large" : "");
	}
	if (p->pressure_mb && n < (int)size)
		n += snprintf(text + n, size - n, ", %u MiB taken", p->pressure_mb);
	if (p->cpus < PROCESSORS && n < (int)size)
		n += snprintf(text + n, size - n, ", %u CPU", p->cpus);
	for (unsigned int i = 0; i < p->nr_faults && n < (int)size; i++)
		n += snprintf(text + n, size - n, ", %s", p->faults[i]->name);
}

/* Of this start of the program: what an earlier one took says nothing about today. */
static void print_live(const struct progress *p, const char *what)
{
	size_t done = p->totals.survived + p->totals.failed, here = done - p->behind;
	double seconds = (clock_ms() - p->start_ms) / 1000.0;
	double rate = here && seconds > 0 ? here * 60 / seconds : 0;
	char left[32];

	printf("\r\033[Khop %zu of %zu, %.1f a minute, %s left, %u faults, %u failed: %.60s", done + 1 < p->all ? done + 1 : p->all,
	       p->all, rate, rate > 0 ? progress_time((p->all - done) * 60 / rate, left, sizeof(left)) : "?",
	       p->totals.faults, p->totals.failed, what);
	fflush(stdout);
}

void progress_hop(struct progress *p, const struct plan *plan, const struct rules *rules)
{
	char text[512];

	if (!p->live)
		return;
	progress_describe(plan, rules, text, sizeof(text));
	print_live(p, text);
}

void progress_done(struct progress *p, const struct plan *plan, const struct rules *rules, const struct result *result)
{
	char text[512];

	p->totals.survived += result->ok;
	p->totals.failed += !result->ok;
	p->totals.faults += result_fired(result, plan);
	p->totals.forbidden += result->forbidden > 0 ? result->forbidden : 0;
	progress_describe(plan, rules, text, sizeof(text));
	if (p->live && result->ok)
		return;
	printf("%shop %u: %s (%.1f s): %s\n", p->live ? "\r\033[K" : "", plan->hop,
	       result->ok ? outcome_names[result->outcome] : "FAILED", result->seconds, text);
	fflush(stdout);
}

void progress_end(struct progress *p, uint64_t seed)
{
	char time[32];

	printf("%s%u of %zu hops survived, %u faults fired, %lld forbidden touches; seed %llu; %s\n", p->live ? "\r\033[K" : "",
	       p->totals.survived, p->all, p->totals.faults, p->totals.forbidden, (unsigned long long)seed,
	       progress_time(p->totals.seconds + (clock_ms() - p->start_ms) / 1000.0, time, sizeof(time)));
	fflush(stdout);
}
