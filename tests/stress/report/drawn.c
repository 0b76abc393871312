// SPDX-License-Identifier: GPL-2.0-only
/* What the seed drew: methods, policies, guests, memory pressure; and what was checked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

/* Counts are the number of values under a label; a value of 0 is a failure. */
static void table(FILE *f, struct groups *g, const char *caption, const char *what, bool failures)
{
	const char * const heads[] = { "", "", what, failures ? "#failed" : NULL, NULL };
	size_t most = 1, i, j;

	groups_sort(g);
	for (i = 0; i < g->nr; i++)
		most = g->v[i].nr > most ? g->v[i].nr : most;
	fputs("<div>", f);
	html_table(f, caption, heads);
	for (i = 0; i < g->nr; i++) {
		size_t failed = 0;

		for (j = 0; j < g->v[i].nr; j++)
			failed += g->v[i].v[j] == 0;
		fputs("<tr><td>", f);
		html_short(f, g->v[i].label, 40);
		fprintf(f, "</td><td class=\"track\"><span class=\"bar\" style=\"width:%.1f%%\"></span></td><td class=\"n\">%zu</td>",
			(double)g->v[i].nr * 100 / (double)most, g->v[i].nr);
		if (failures)
			fprintf(f, "<td class=\"n%s\">%zu</td>", failed ? " failed" : "", failed);
		fputs("</tr>\n", f);
	}
	if (!g->nr)
		fputs("<tr><td>none</td><td></td><td class=\"n\">0</td></tr>\n", f);
	fputs("</tbody></table></div>", f);
	if (g->left_out)
		fprintf(f, "<p>%zu values of more labels than there is room for are left out.</p>", g->left_out);
	fputs("</div>\n", f);
	groups_free(g);
}

static void add(struct groups *g, const char *label, bool good)
{
	groups_add(g, label ? label : "not known", good);
}

/* One value a guest, though a hostile count must not take for ever. */
static void add_guests(struct groups *kinds, struct groups *stages, struct groups *sizes, const struct hop *hop)
{
	struct json_object *list = read_get(hop->json, "guests", json_type_array);
	char label[80];
	size_t i, n;

	for (i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		double count = read_number(o, "count"), size = read_number(o, "size_mb"), page = read_number(o, "page_kb");

		snprintf(label, sizeof(label), "%.0f MiB, pages of %.0f KiB", size, page);
		for (n = 0; count > (double)n && n < 1000; n++) {
			add(kinds, read_text(o, "kind"), !hop->failed);
			add(stages, read_text(o, "stage"), !hop->failed);
			add(sizes, isnan(size) || isnan(page) ? NULL : label, !hop->failed);
		}
	}
}

static void add_checks(struct groups *g, const struct hop *hop)
{
	struct json_object *checks = read_get(hop->json, "checks", json_type_object);

	if (!checks)
		return;
	json_object_object_foreach(checks, name, value)
		add(g, name, json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value));
}

static void add_numbers(struct groups *pressure, struct groups *cpus, const struct hop *hop)
{
	char label[64];
	double mb = hop->value[PRESSURE_MB];

	if (mb > 0)
		snprintf(label, sizeof(label), "to %.0f MiB", ceil(mb / 128) * 128);
	add(pressure, isnan(mb) ? NULL : mb > 0 ? label : "none", !hop->failed);
	snprintf(label, sizeof(label), "%.0f", hop->value[CPUS]);
	add(cpus, isnan(hop->value[CPUS]) ? NULL : label, !hop->failed);
}

/** part_drawn() - tables with bars */
void part_drawn(FILE *f, const struct run *run)
{
	struct groups methods = { 0 }, policies = { 0 }, kinds = { 0 }, stages = { 0 }, sizes = { 0 };
	struct groups pressure = { 0 }, cpus = { 0 }, checks = { 0 };
	size_t i;

	for (i = 0; i < run->nr_hops; i++) {
		const struct hop *hop = &run->hop[i];

		add(&methods, hop->method, !hop->failed);
		add(&policies, hop->policy, !hop->failed);
		add_guests(&kinds, &stages, &sizes, hop);
		add_numbers(&pressure, &cpus, hop);
		add_checks(&checks, hop);
	}
	html_section(f, "drawn", "What was drawn, and what was checked");
	fputs("<div class=\"two\">\n", f);
	table(f, &methods, "Methods", "#hops", true);
	table(f, &policies, "Policies", "#hops", true);
	table(f, &kinds, "Guests by kind", "#guests", false);
	table(f, &stages, "Guests by what they were in the midst of", "#guests", false);
	table(f, &sizes, "Guests by size", "#guests", false);
	table(f, &pressure, "Memory taken away", "#hops", true);
	table(f, &cpus, "CPUs", "#hops", true);
	table(f, &checks, "Checks after the hop", "#hops", true);
	fputs("</div></section>\n", f);
}
