// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "words.h"

#define DEFAULT_KERNELS	"6.1 6.12 7.3"

static const char usage_text[] =
	"usage: stress [-n N] [--seed S] [--from HOP | --hops LIST] [--faults none|all|NAME,...]\n"
	"              [--crash-every K] [--kernels \"SERIES...\"] [--keep-going] [--no-shrink] [--tap]\n"
	"              [--jobs J] [--directory DIR] [--boot DISK] | --control NAME|all | --bench N | --list\n"
	"One emulated host, N consecutive kexecs, each drawn from the seed (docs/stress.md); or J hosts that share them out.\n"
	"Exit status: 0 all survived, 1 not all, 2 it could not be told.\n";

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("stress: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return -1;
}

static int take_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || *value < low || *value > high)
		return complain("%s is a number from %llu to %llu, not \"%s\"", option, (unsigned long long)low,
				(unsigned long long)high, text);
	return 0;
}

static int take_small(const char *option, const char *text, uint64_t low, uint64_t high, unsigned int *value)
{
	uint64_t wide;
	int rc = take_number(option, text, low, high, &wide);

	*value = wide;
	return rc;
}

static bool is_unpacked(const char *series)
{
	const char *build = getenv("BUILD");
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/kernels/%s/release", build && *build ? build : "build", series);
	return !stat(path, &st);
}

static int take_kernels(struct words *w, bool look)
{
	char *copy = strdup(w->kernels_text), *save = NULL, *series;
	int rc = 0;

	if (!copy)
		return complain("no memory");
	for (series = strtok_r(copy, " ,", &save); series && !rc; series = strtok_r(NULL, " ,", &save)) {
		if (look && (strchr(series, '/') || !is_unpacked(series)))
			rc = complain("no kernel \"%s\" below build/kernels; run scripts/kernels.sh %s", series, series);
		else if (!rules_add_kernel(&w->rules, series))
			rc = complain("\"%s\": at most %d kernels, with names of less than %d characters", series,
				      KERNELS_MAX, SERIES_BYTES);
	}
	free(copy);
	if (!rc && !w->rules.nr_kernels)
		rc = complain("--kernels names no kernel");
	return rc;
}

static int take_faults(struct words *w)
{
	char *copy, *save = NULL, *name;
	const struct fault *f;
	int rc = 0;

	w->rules.faults = 0;
	if (!strcmp(w->faults_text, "none"))
		return 0;
	if (!strcmp(w->faults_text, "all")) {
		w->rules.faults = ~UINT32_C(0);
		return 0;
	}
	copy = strdup(w->faults_text);
	if (!copy)
		return complain("no memory");
	for (name = strtok_r(copy, ",", &save); name && !rc; name = strtok_r(NULL, ",", &save)) {
		f = fault_find(name);
		if (!f)
			rc = complain("no fault \"%s\"; stress --list names them", name);
		else
			w->rules.faults |= UINT32_C(1) << (f - fault_table);
	}
	free(copy);
	return rc;
}

static int take_hops(struct words *w)
{
	unsigned int first = w->from ? w->from : 1;
	char why[128];

	if (w->hops_text && w->from)
		return complain("--from and --hops exclude each other");
	if (w->hops_text)
		return hopset_parse(&w->set, w->hops_text, why, sizeof(why)) ?
		       complain("--hops: %s is no hop; a list looks like 3,5-9,12~fault.0~guests.1~pressure~cpus", why) : 0;
	if (w->hops > HOPS_MAX - first + 1)
		return complain("there are %d hops at most", HOPS_MAX);
	return hopset_range(&w->set, first, first + w->hops - 1) ? complain("no memory") : 0;
}

/* A hop that starts where only another one leads to is run behind that one. */
static int go_back_to_origin(struct words *w)
{
	unsigned int origin;

	if (!w->from)
		return 0;
	origin = plan_origin(&w->rules, w->from);
	w->hops += w->from - origin;
	w->from = origin;
	return 0;
}

static int take_option(struct words *w, int c)
{
	switch (c) {
	case 'n':
		return take_small("-n", optarg, 1, HOPS_MAX, &w->hops);
	case 's':
		return take_number("--seed", optarg, 0, UINT64_MAX, &w->rules.seed);
	case 'f':
		return take_small("--from", optarg, 1, HOPS_MAX, &w->from);
	case 'H':
		w->hops_text = optarg;
		return 0;
	case 'F':
		w->faults_text = optarg;
		return 0;
	case 'c':
		return take_small("--crash-every", optarg, 0, HOPS_MAX, &w->rules.crash_every);
	case 'k':
		w->kernels_text = optarg;
		return 0;
	case 'K':
		w->keep_going = true;
		return 0;
	case 'S':
		w->shrink = false;
		return 0;
	case 't':
		w->tap = true;
		return 0;
	case 'd':
		w->directory = optarg;
		return 0;
	case 'B':
		w->rules.disk = optarg;
		return 0;
	case 'j':
		return take_small("--jobs", optarg, 1, JOBS_MAX, &w->jobs);
	case 'C':
		w->control = optarg;
		return 0;
	case 'b':
		return take_small("--bench", optarg, 1, 1000, &w->bench);
	case 'l':
		w->list = true;
		return 0;
	default:
		return complain("see stress --help");
	}
}

int words_parse(struct words *w, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "from", required_argument, NULL, 'f' },
		{ "hops", required_argument, NULL, 'H' }, { "faults", required_argument, NULL, 'F' },
		{ "crash-every", required_argument, NULL, 'c' }, { "kernels", required_argument, NULL, 'k' },
		{ "keep-going", no_argument, NULL, 'K' }, { "no-shrink", no_argument, NULL, 'S' },
		{ "tap", no_argument, NULL, 't' }, { "directory", required_argument, NULL, 'd' },
		{ "boot", required_argument, NULL, 'B' },
		{ "jobs", required_argument, NULL, 'j' }, { "control", required_argument, NULL, 'C' }, { "bench", required_argument, NULL, 'b' },
		{ "list", no_argument, NULL, 'l' }, { "help", no_argument, NULL, 'h' }, { NULL },
	};
	int c;

	*w = (struct words){ .rules.seed = 42, .hops = 1000, .faults_text = "all", .kernels_text = DEFAULT_KERNELS,
			     .shrink = true, .jobs = 1 };
	optind = 1;
	while ((c = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return 1;
		}
		if (take_option(w, c))
			return -1;
	}
	if (optind < argc)
		return complain("there are no arguments beside options: \"%s\"", argv[optind]);
	if (w->list)
		return 0;
	if (w->jobs > 1 && (w->tap || w->hops_text))
		return complain("--jobs: several hosts share a range of hops out, not --hops, and speak no TAP");
	return take_faults(w) || take_kernels(w, true) || go_back_to_origin(w) || take_hops(w) ? -1 : 0;
}

char *words_command(const struct words *w, const struct hopset *set, bool contiguous)
{
	char *text = NULL, *hops = contiguous ? NULL : hopset_format(set);
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f || (!contiguous && !hops)) {
		free(hops);
		return NULL;
	}
	fprintf(f, "make stress SEED=%llu", (unsigned long long)w->rules.seed);
	if (contiguous)
		fprintf(f, " FROM=%u N=%zu", set->entry[0].hop, set->nr);
	else
		fprintf(f, " HOPS=%s", hops);
	free(hops);
	if (strcmp(w->faults_text, "all"))
		fprintf(f, " FAULTS=%s", w->faults_text);
	if (w->rules.crash_every)
		fprintf(f, " CRASH_EVERY=%u", w->rules.crash_every);
	if (strcmp(w->kernels_text, DEFAULT_KERNELS))
		fprintf(f, " KERNELS=\"%s\"", w->kernels_text);
	return fclose(f) ? NULL : text;
}

void words_free(struct words *w)
{
	hopset_free(&w->set);
}
