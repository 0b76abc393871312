// SPDX-License-Identifier: GPL-2.0-only
/* The faults that were set, and what came of the hops that had them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define FAULTS_MAX	200
#define ARGUMENTS_MAX	6

static const char * const outcome[] = { "jumped", "cold-reset", "dumped", "lost" };

#define OUTCOMES	(sizeof(outcome) / sizeof(outcome[0]))

struct fault {
	const char *name;
	const char *argument[ARGUMENTS_MAX];
	size_t nr_arguments;		/* more than ARGUMENTS_MAX: there were more */
	size_t set, fired_in, failed, by[OUTCOMES + 1];
	double fired;
	bool fired_known;
	const struct hop *last;
};

static struct fault *find(struct fault *v, size_t *nr, const char *name)
{
	size_t i;

	for (i = 0; i < *nr; i++)
		if (!strcmp(v[i].name, name))
			return &v[i];
	if (*nr == FAULTS_MAX)
		return NULL;
	v[*nr].name = name;
	return &v[(*nr)++];
}

static void add_argument(struct fault *fault, const char *argument)
{
	size_t i;

	if (!argument || !*argument || fault->nr_arguments > ARGUMENTS_MAX)
		return;
	for (i = 0; i < fault->nr_arguments; i++)
		if (!strcmp(fault->argument[i], argument))
			return;
	if (fault->nr_arguments < ARGUMENTS_MAX)
		fault->argument[fault->nr_arguments] = argument;
	fault->nr_arguments++;
}

static void add_outcome(struct fault *fault, const struct hop *hop)
{
	size_t i;

	for (i = 0; i < OUTCOMES; i++)
		if (hop->outcome && !strcmp(hop->outcome, outcome[i]))
			break;
	fault->by[i]++;
}

/* A hop with the same fault twice is one hop with it. */
static void take(struct fault *v, size_t *nr, const struct hop *hop, struct json_object *o)
{
	const char *name = read_text(o, "name");
	double fired = read_number(o, "fired");
	struct fault *fault = find(v, nr, name ? name : "?");

	if (!fault)
		return;
	add_argument(fault, read_text(o, "argument"));
	if (!isnan(fired)) {
		fault->fired += fired;
		fault->fired_known = true;
		fault->fired_in += fired > 0;
	}
	if (fault->last == hop)
		return;
	fault->last = hop;
	fault->set++;
	fault->failed += hop->failed;
	add_outcome(fault, hop);
}

static void row(FILE *f, const struct fault *fault)
{
	size_t i;

	fputs("<tr>", f);
	html_cell(f, fault->name);
	fprintf(f, "<td class=\"n\">%zu</td>", fault->set);
	html_cell_number(f, fault->fired_known || !fault->set ? fault->fired : NAN);
	fprintf(f, "<td class=\"n\">%zu</td>", fault->fired_in);
	for (i = 0; i <= OUTCOMES; i++)
		fprintf(f, "<td class=\"n%s\">%zu</td>", i == 3 && fault->by[i] ? " failed" : "", fault->by[i]);
	fprintf(f, "<td class=\"n%s\">%zu</td><td class=\"why\">", fault->failed ? " failed" : "", fault->failed);
	for (i = 0; i < fault->nr_arguments && i < ARGUMENTS_MAX; i++) {
		fputs(i ? ", <code>" : "<code>", f);
		html_short(f, fault->argument[i], 60);
		fputs("</code>", f);
	}
	fputs(fault->nr_arguments > ARGUMENTS_MAX ? ", ...</td></tr>\n" : "</td></tr>\n", f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct fault *)a)->name, ((const struct fault *)b)->name);
}

static size_t collect(struct fault *v, const struct run *run)
{
	struct json_object *list, *catalogue = read_get(run->json, "catalogue", json_type_array), *o;
	size_t nr = 0, i, j;

	/* what no hop drew is seen, too */
	for (i = 0; catalogue && i < json_object_array_length(catalogue); i++) {
		o = json_object_array_get_idx(catalogue, i);
		if (json_object_is_type(o, json_type_string))
			find(v, &nr, json_object_get_string(o));
	}

	for (i = 0; i < run->nr_hops; i++) {
		list = read_get(run->hop[i].json, "faults", json_type_array);
		for (j = 0; list && j < json_object_array_length(list); j++)
			take(v, &nr, &run->hop[i], json_object_array_get_idx(list, j));
	}
	qsort(v, nr, sizeof(*v), by_name);
	return nr;
}

/** part_faults() - a table */
void part_faults(FILE *f, const struct run *run)
{
	static const char * const heads[] = {
		"Fault", "#hops with it", "#fired", "#in hops", "#jumped", "#cold reset", "#dumped", "#lost", "#other",
		"#failed", "Arguments", NULL
	};
	struct fault *v = calloc(FAULTS_MAX, sizeof(*v));
	size_t nr = v ? collect(v, run) : 0, set = 0, i;
	double fired = 0;

	html_section(f, "faults", "Faults");
	for (i = 0; i < nr; i++) {
		fired += v[i].fired;
		set += v[i].set > 0;
	}
	if (nr) {
		fprintf(f, "<p>%zu kinds of %zu were set; they fired %.0f times.</p>", set, nr, fired);
		html_table(f, "Faults, and what came of the hops that had them", heads);
		for (i = 0; i < nr; i++)
			row(f, &v[i]);
		fputs("</tbody></table></div>\n", f);
	} else {
		fputs("<p>No fault was set.</p>", f);
	}
	if (nr == FAULTS_MAX)
		fputs("<p>There may have been more kinds than are shown.</p>", f);
	fputs("</section>\n", f);
	free(v);
}
