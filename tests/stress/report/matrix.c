// SPDX-License-Identifier: GPL-2.0-only
/* From which kernel into which, how often, and what was expected and what came. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define NAMES_MAX	24u

/* A table of counts whose rows and columns are named by what the hops say. */
struct counts {
	const char *row[NAMES_MAX], *column[NAMES_MAX];
	size_t nr_rows, nr_columns, left_out;
	size_t n[NAMES_MAX][NAMES_MAX], failed[NAMES_MAX][NAMES_MAX];
};

static size_t index_of(const char **v, size_t *nr, const char *name)
{
	size_t i;

	for (i = 0; i < *nr; i++)
		if (!strcmp(v[i], name))
			return i;
	if (*nr < NAMES_MAX)
		v[(*nr)++] = name;
	return i;
}

static void count(struct counts *c, const char *row, const char *column, bool failed)
{
	size_t r = index_of(c->row, &c->nr_rows, row ? row : "not known");
	size_t k = index_of(c->column, &c->nr_columns, column ? column : "not known");

	if (r == NAMES_MAX || k == NAMES_MAX) {
		c->left_out++;
		return;
	}
	c->n[r][k]++;
	c->failed[r][k] += failed;
}

static size_t most(const struct counts *c)
{
	size_t r, k, n = 1;

	for (r = 0; r < c->nr_rows; r++)
		for (k = 0; k < c->nr_columns; k++)
			n = c->n[r][k] > n ? c->n[r][k] : n;
	return n;
}

static void cell(FILE *f, size_t n, size_t failed, size_t of)
{
	fprintf(f, "<td class=\"heat\" style=\"background:color-mix(in srgb,var(--a) %zu%%,transparent)\">%zu",
		n * 35 / of, n);
	if (failed)
		fprintf(f, "<br/><span class=\"failed\">%zu failed</span>", failed);
	fputs("</td>", f);
}

static void print(FILE *f, const struct counts *c, const char *caption, const char *corner)
{
	size_t of = most(c), r, k;

	fprintf(f, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><caption>%s</caption><thead><tr><th scope=\"col\">%s</th>",
		caption, caption, corner);
	for (k = 0; k < c->nr_columns; k++) {
		fputs("<th scope=\"col\" class=\"n\">", f);
		html_short(f, c->column[k], 24);
		fputs("</th>", f);
	}
	fputs("</tr></thead><tbody>\n", f);
	for (r = 0; r < c->nr_rows; r++) {
		fputs("<tr><th scope=\"row\">", f);
		html_short(f, c->row[r], 24);
		fputs("</th>", f);
		for (k = 0; k < c->nr_columns; k++)
			cell(f, c->n[r][k], c->failed[r][k], of);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
	if (c->left_out)
		fprintf(f, "<p>%zu hops with more names than there is room for are left out.</p>", c->left_out);
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(const char * const *)a, *(const char * const *)b);
}

/* The kernels that were asked for have a row and a column though no hop drew them. */
static void name_kernels(struct counts *c, const struct run *run)
{
	struct json_object *list = read_get(run->json, "kernels", json_type_array), *o;
	size_t i;

	for (i = 0; list && i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		if (json_object_is_type(o, json_type_string))
			index_of(c->row, &c->nr_rows, json_object_get_string(o));
	}
	for (i = 0; i < run->nr_hops; i++) {
		index_of(c->row, &c->nr_rows, run->hop[i].from ? run->hop[i].from : "not known");
		index_of(c->row, &c->nr_rows, run->hop[i].to ? run->hop[i].to : "not known");
	}
	qsort(c->row, c->nr_rows, sizeof(*c->row), by_version);
	memcpy(c->column, c->row, sizeof(c->row));
	c->nr_columns = c->nr_rows;
}

/** part_matrix() - two tables */
void part_matrix(FILE *f, const struct run *run)
{
	struct counts *kernels = calloc(1, sizeof(*kernels)), *outcomes = calloc(1, sizeof(*outcomes));
	size_t i;

	html_section(f, "matrix", "From kernel to kernel");
	if (!run->nr_hops || !kernels || !outcomes) {
		fputs("<p>No hop was recorded.</p>", f);
	} else {
		name_kernels(kernels, run);
		for (i = 0; i < run->nr_hops; i++) {
			const struct hop *hop = &run->hop[i];

			count(kernels, hop->from, hop->to, hop->failed);
			count(outcomes, hop->expects, hop->outcome, hop->failed);
		}
		fputs("<div class=\"two\"><div>", f);
		print(f, kernels, "Hops by previous and next kernel", "from \\ to");
		fputs("</div><div>", f);
		print(f, outcomes, "Hops by what was expected and what came", "expected \\ came");
		fputs("</div></div>", f);
	}
	fputs("</section>\n", f);
	free(kernels);
	free(outcomes);
}
