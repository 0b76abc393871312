// SPDX-License-Identifier: GPL-2.0-only
/* What was run, and the verdict. */
#include <math.h>
#include <string.h>

#include "report.h"

static void fact(FILE *f, const char *name)
{
	fprintf(f, "<div><dt>%s</dt><dd>", name);
}

static void fact_end(FILE *f)
{
	fputs("</dd></div>\n", f);
}

static void fact_text(FILE *f, const char *name, struct json_object *o, const char *key)
{
	fact(f, name);
	html_text(f, read_text(o, key));
	fact_end(f);
}

static void fact_number(FILE *f, const char *name, double value, const char *unit)
{
	fact(f, name);
	html_number(f, value, unit);
	fact_end(f);
}

/* A seed is a number of 64 bits, and wanted to the last digit. */
static void fact_seed(FILE *f, struct json_object *o)
{
	struct json_object *seed = read_get(o, "seed", json_type_int);

	fact(f, "Seed");
	html_text(f, seed ? json_object_get_string(seed) : read_text(o, "seed"));
	fact_end(f);
}

/* Series with their releases; those without a release as well. */
static void fact_kernels(FILE *f, struct json_object *o)
{
	struct json_object *kernels = read_get(o, "kernels", json_type_array);
	struct json_object *releases = read_get(o, "releases", json_type_object), *one;
	size_t i, n = kernels ? json_object_array_length(kernels) : 0;
	const char *series;

	fact(f, "Kernels");
	if (!n)
		html_text(f, NULL);
	for (i = 0; i < n && i < 32; i++) {
		one = json_object_array_get_idx(kernels, i);
		series = json_object_is_type(one, json_type_string) ? json_object_get_string(one) : NULL;
		fputs(i ? "<br/>" : "", f);
		html_text(f, series);
		fputs(": ", f);
		html_text(f, series ? read_text(releases, series) : NULL);
	}
	fact_end(f);
}

static void fact_machine(FILE *f, struct json_object *o)
{
	struct json_object *machine = read_get(o, "machine", json_type_object);

	fact(f, "Machine");
	html_text(f, read_text(machine, "profile"));
	fputs(", ", f);
	html_number(f, read_number(machine, "memory_mb"), " MiB");
	fputs(", ", f);
	html_number(f, read_number(machine, "processors"), " processors");
	fputs(", QEMU ", f);
	html_text(f, read_text(machine, "qemu"));
	fact_end(f);
}

static double seconds_of(const struct run *run)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < run->nr_hops; i++)
		if (!isnan(run->hop[i].value[SECONDS]))
			sum += run->hop[i].value[SECONDS];
	return sum;
}

static void fact_time(FILE *f, double seconds)
{
	fact(f, "Time in hops");
	if (seconds >= 3600)
		fprintf(f, "%.0f h %.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
	else if (seconds > 0)
		fprintf(f, "%.0f min %.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
	else
		html_text(f, NULL);
	fact_end(f);
}

/** part_head() - what, where, when, how many */
void part_head(FILE *f, const struct run *run)
{
	double seconds = seconds_of(run);
	struct json_object *o = run->json;

	fputs("<dl class=\"facts\">\n", f);
	fact_seed(f, o);
	fact(f, "Hops");
	fprintf(f, "%zu of ", run->nr_hops);
	html_number(f, read_number(o, "hops"), "");
	fact_end(f);
	fact_text(f, "State of the run", o, "state");
	fact_kernels(f, o);
	fact_machine(f, o);
	fact_text(f, "Project", o, "project");
	fact_text(f, "Started", o, "started");
	fact_time(f, seconds);
	fact_number(f, "Speed of a host", seconds > 0 ? (double)run->nr_hops * 60 / seconds : NAN, " hops a minute");
	fact_text(f, "Faults", o, "faults");
	if (read_number(o, "crash_every") == 0)
		fact_number(f, "Crashes", 0, "");
	else
		fact_number(f, "A crash every", read_number(o, "crash_every"), " hops");
	fact_number(f, "Forbidden touches", run->nr_hops ? run->forbidden : NAN, "");
	fputs("</dl>\n", f);
	if (!run->json)
		fputs("<p class=\"failed\">run.json is not there or cannot be read: what was asked for is not known.</p>\n", f);
	if (run->nr_unread)
		fprintf(f, "<p class=\"failed\">%zu line%s of hops.ndjson cannot be read%s; the report is of the others.</p>\n",
			run->nr_unread, run->nr_unread == 1 ? "" : "s",
			run->torn ? ", the last of them was not written to its end" : "");
}

static void verdict(FILE *f, const char *class, const char *sign)
{
	fprintf(f, "<div class=\"verdict %s\" role=\"status\"><strong>%s ", class, sign);
}

static bool is_done(const struct run *run, size_t unknown)
{
	const char *state = read_text(run->json, "state");

	return state && !strcmp(state, "done") && !unknown && !run->nr_unread &&
	       (double)run->nr_hops == read_number(run->json, "hops");
}

/**
 * part_verdict() - the line that is read first
 *
 * Passed is a run alone of which all that was asked for is known to be good.
 */
void part_verdict(FILE *f, const struct run *run)
{
	size_t unknown = run->nr_hops - run->nr_ok - run->nr_failed;

	if (!run->nr_hops) {
		verdict(f, "wait", "&#8211;");
		fputs("No hop was recorded</strong>The run ended before its first hop was over, or has not got there.</div>\n", f);
		return;
	}
	if (run->nr_failed) {
		verdict(f, "bad", "&#10007;");
		fprintf(f, "%zu of %zu hops failed</strong>", run->nr_failed, run->nr_hops);
	} else if (is_done(run, unknown)) {
		verdict(f, "good", "&#10003;");
		fprintf(f, "%zu hops, none lost</strong>", run->nr_hops);
	} else {
		verdict(f, "wait", "&#8230;");
		fprintf(f, "Not finished: %zu of ", run->nr_hops);
		html_number(f, read_number(run->json, "hops"), "");
		fputs(" hops, none lost so far</strong>", f);
	}
	fprintf(f, "%zu good, %zu failed (%zu lost)", run->nr_ok, run->nr_failed, run->nr_lost);
	if (unknown)
		fprintf(f, ", of %zu the verdict is not known", unknown);
	fprintf(f, "; %.0f forbidden touches.</div>\n", run->forbidden);
}
