// SPDX-License-Identifier: GPL-2.0-only
/* Hops that failed, each with the command that does it again; and all hops. */
#include <math.h>
#include <string.h>

#include "report.h"

#define SHOWN	200	/* failures; all are among all hops */

/* Behind a value that means nothing else to a shell or to make; NULL if this one may. */
static const char *value_end(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_+-~ ";
	size_t quoted = *s == '"', n = strspn(s + quoted, plain);

	if (!quoted)
		return s + strcspn(s, " ") <= s + n ? s + strcspn(s, " ") : NULL;
	return s[1 + n] == '"' ? s + n + 2 : NULL;
}

static const char *skip(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) ? NULL : s + n;
}

/* "make stress" and its own variables: nothing else is offered for pasting. */
static bool is_command(const char *text)
{
	static const char * const names[] = { " SEED=", " FROM=", " N=", " HOPS=", " FAULTS=", " CRASH_EVERY=", " KERNELS=" };
	const char *s = skip(text, "make stress"), *value;
	size_t i;

	while (s && *s) {
		value = NULL;
		for (i = 0; !value && i < sizeof(names) / sizeof(names[0]); i++)
			value = skip(s, names[i]);
		s = value ? value_end(value) : NULL;
	}
	return s;
}

static void command(FILE *f, const char *text)
{
	if (!text || !*text) {
		html_text(f, NULL);
	} else if (is_command(text)) {
		fputs("<code>", f);
		html_text(f, text);
		fputs("</code>", f);
	} else {
		fputs("<span class=\"none\">not shown: it is no call of make stress</span>", f);
	}
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

static void row(FILE *f, const struct hop *hop)
{
	row_begin(f, hop);
	fputs("<td class=\"why\">", f);
	html_text(f, hop->why);
	if (hop->value[FORBIDDEN] > 0)
		fprintf(f, " <span class=\"failed\">(%.0f forbidden touches)</span>", hop->value[FORBIDDEN]);
	fputs("</td>", f);
	names_of_faults(f, hop);
	fputs("<td class=\"cmd\">", f);
	command(f, read_text(hop->json, "again"));
	fputs("</td>", f);
	fputs("<td class=\"logs\">", f);
	html_text(f, hop->logs);
	fputs("</td></tr>\n", f);
}

/* What cutting the way to the failure down came to. */
static void shortest(FILE *f, const struct run *run)
{
	struct json_object *o = read_get(run->json, "shortest", json_type_object);

	if (!o)
		return;
	fputs("<p>Cut down, ", f);
	html_text(f, read_text(o, "how"));
	fputs(" ", f);
	if (read_text(o, "command"))
		command(f, read_text(o, "command"));
	fputs("</p>\n", f);
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
		row(f, &run->hop[i]);
		n++;
	}
	fputs("</tbody></table></div>\n", f);
	shortest(f, run);
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
