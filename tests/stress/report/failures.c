// SPDX-License-Identifier: GPL-2.0-only
/* Hops that failed, each with the command that does it again; and all hops. */
#include <math.h>
#include <string.h>

#include "report.h"

#define SHOWN	200	/* failures; all are among all hops */

static bool plain(const char *text)
{
	return *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_:/+=-") == strlen(text);
}

/* What would mean something else to a shell or to make is not offered for pasting. */
static bool variable(FILE *f, const char *name, const char *value)
{
	if (!plain(value))
		return false;
	fprintf(f, " %s=", name);
	html_text(f, value);
	return true;
}

static bool kernels(FILE *f, const struct run *run)
{
	struct json_object *list = read_get(run->json, "kernels", json_type_array), *o;
	size_t i, n = list ? json_object_array_length(list) : 0;
	char text[256] = "";

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		if (!json_object_is_type(o, json_type_string) || !plain(json_object_get_string(o)) ||
		    strlen(text) + strlen(json_object_get_string(o)) + 2 > sizeof(text))
			return false;
		strcat(text, i ? " " : "");
		strcat(text, json_object_get_string(o));
	}
	if (n && strcmp(text, "6.1 6.12 7.3")) {
		fputs(" KERNELS=&#34;", f);
		html_text(f, text);
		fputs("&#34;", f);
	}
	return true;
}

static void command(FILE *f, const struct run *run, const struct hop *hop)
{
	struct json_object *seed = read_get(run->json, "seed", json_type_int);
	const char *faults = read_text(run->json, "faults");
	double every = read_number(run->json, "crash_every");
	bool whole = true;

	if (!seed || isnan(hop->number)) {
		html_text(f, NULL);
		return;
	}
	fprintf(f, "<code>make stress SEED=%s FROM=%.0f N=1", json_object_get_string(seed), hop->number);
	if (faults && strcmp(faults, "all"))
		whole = variable(f, "FAULTS", faults);
	if (every > 0)
		fprintf(f, " CRASH_EVERY=%.0f", every);
	whole = kernels(f, run) && whole;
	fputs("</code>", f);
	if (!whole)
		fputs(" <span class=\"none\">(not whole: odd characters in run.json)</span>", f);
}

static void names_of_faults(FILE *f, const struct hop *hop)
{
	struct json_object *list = read_get(hop->json, "faults", json_type_array);
	size_t i, n = list ? json_object_array_length(list) : 0;

	fputs("<td>", f);
	for (i = 0; i < n && i < 12; i++) {
		fputs(i ? ", " : "", f);
		html_text(f, read_text(json_object_array_get_idx(list, i), "name"));
	}
	fputs(n > 12 ? ", ...</td>" : "</td>", f);
}

/* What both tables begin with. */
static void row_begin(FILE *f, const struct hop *hop)
{
	fputs("<tr>", f);
	html_cell_number(f, hop->number);
	fputs("<td>", f);
	html_text(f, hop->from);
	fputs("&#160;&#8594;&#160;", f);
	html_text(f, hop->to);
	fputs("</td>", f);
	html_cell(f, hop->method);
	html_cell(f, hop->policy);
	html_cell(f, hop->outcome);
}

static void row(FILE *f, const struct run *run, const struct hop *hop)
{
	row_begin(f, hop);
	fputs("<td class=\"why\">", f);
	html_text(f, hop->why);
	if (hop->value[FORBIDDEN] > 0)
		fprintf(f, " <span class=\"failed\">(%.0f forbidden touches)</span>", hop->value[FORBIDDEN]);
	fputs("</td>", f);
	names_of_faults(f, hop);
	fputs("<td class=\"cmd\">", f);
	command(f, run, hop);
	fputs("</td>", f);
	fputs("<td class=\"logs\">", f);
	html_text(f, hop->logs);
	fputs("</td></tr>\n", f);
}

/** part_failures() - a table */
void part_failures(FILE *f, const struct run *run)
{
	static const char * const heads[] = {
		"#Hop", "Kernels", "Method", "Policy", "Outcome", "Why", "Faults", "To do it again", "Logs", NULL
	};
	size_t i, n = 0;

	html_section(f, "failures", "Hops that failed");
	if (!run->nr_failed) {
		fputs(run->nr_hops ? "<p>None.</p></section>\n" : "<p>No hop was recorded.</p></section>\n", f);
		return;
	}
	html_table(f, "Failed hops", heads);
	for (i = 0; i < run->nr_hops && n < SHOWN; i++) {
		if (!run->hop[i].failed)
			continue;
		row(f, run, &run->hop[i]);
		n++;
	}
	fputs("</tbody></table></div>\n", f);
	if (n < run->nr_failed)
		fprintf(f, "<p>%zu more are in the table of all hops.</p>", run->nr_failed - n);
	fputs("</section>\n", f);
}

/** part_hops() - all of them, folded away */
void part_hops(FILE *f, const struct run *run)
{
	static const char * const heads[] = {
		"#Hop", "Kernels", "Method", "Policy", "Outcome", "Verdict", "#Blackout, ms", "#Quarantined, pages",
		"#Freed, pages", "#Forbidden touches", "#Time, s", "Faults", NULL
	};
	static const enum measure shown[] = { QUARANTINED, FREED, FORBIDDEN, SECONDS };
	size_t i, j;

	html_section(f, "hops", "All hops");
	fprintf(f, "<details><summary>%zu hops</summary>\n", run->nr_hops);
	html_table(f, "All hops", heads);
	if (!run->nr_hops)
		fputs("<tr><td>none</td></tr>", f);
	for (i = 0; i < run->nr_hops; i++) {
		const struct hop *hop = &run->hop[i];

		row_begin(f, hop);
		fputs(hop->failed ? "<td class=\"failed\">failed</td>" : hop->ok ? "<td>ok</td>" : "<td class=\"none\">not known</td>", f);
		html_cell_number(f, hop->value[BLACKOUT_US] / 1000);
		for (j = 0; j < sizeof(shown) / sizeof(shown[0]); j++)
			html_cell_number(f, hop->value[shown[j]]);
		names_of_faults(f, hop);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div></details></section>\n", f);
}
