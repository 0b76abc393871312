// SPDX-License-Identifier: GPL-2.0-only
/* How long neither kernel served anybody: by pair of kernels, and by policy. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define LEFT	112
#define RIGHT	(CHART_WIDTH - 20)
#define ROW	30
#define DOTS	300		/* of a row; all values are in the box */

static double limit(const struct groups *g, bool most)
{
	double value = NAN;
	size_t i;

	for (i = 0; i < g->nr; i++)
		value = most ? fmax(value, g->v[i].v[g->v[i].nr - 1]) : fmin(value, g->v[i].v[0]);
	return value;
}

static void draw_dots(FILE *f, const struct axis *a, const struct group *g, double y)
{
	size_t i, step = g->nr / DOTS + 1;

	/* up and down by turns, so that equals are seen */
	for (i = 0; i < g->nr; i += step)
		fprintf(f, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>\n", axis_at(a, g->v[i]),
			y + (double)(i / step * 7 % 11) - 5);
}

static void draw_row(FILE *f, const struct axis *a, const struct group *g, double y)
{
	double low = axis_at(a, group_quantile(g, 0.25)), high = axis_at(a, group_quantile(g, 0.75));
	double mid = axis_at(a, group_quantile(g, 0.5));

	fprintf(f, "<g><title>");
	html_short(f, g->label, 60);
	fprintf(f, ": %zu values, median %.0f ms</title><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", g->nr,
		group_quantile(g, 0.5), LEFT - 8, y + 4);
	html_short(f, g->label, 17);
	fputs("</text>\n", f);
	draw_dots(f, a, g, y);
	fprintf(f, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", axis_at(a, g->v[0]),
		axis_at(a, g->v[g->nr - 1]), y, y);
	if (g->nr > 1)
		fprintf(f, "<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"16\" rx=\"2\"/>", low, y - 8,
			fmax(high - low, 1));
	fprintf(f, "<line class=\"mid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/></g>\n", mid, mid, y - 8, y + 8);
}

static void draw(FILE *f, const struct groups *g, const char *id, const char *title)
{
	double low = limit(g, false), high = limit(g, true), bottom = 8 + ROW * (double)g->nr;
	struct axis a = { .from = LEFT, .to = RIGHT };
	bool logarithmic = low > 0 && high / low > 10;
	size_t i;

	axis_set(&a, logarithmic ? low : 0, high, logarithmic);
	chart_begin(f, id, bottom + 36, title);
	fprintf(f, "Boxes from the first to the third quartile, a thick line at the median, thin lines to the least and the most value. The numbers stand in the table.");
	chart_described(f);
	axis_across(f, &a, 4, bottom, logarithmic ? "ms, logarithmic" : "ms");
	for (i = 0; i < g->nr; i++)
		draw_row(f, &a, &g->v[i], 8 + ROW * ((double)i + 0.5));
	chart_end(f);
	fputs("</figure>\n", f);
}

static void table(FILE *f, const struct groups *g, const char *caption)
{
	static const char * const heads[] = { "", "#hops", "#least, ms", "#median, ms", "#95&#160;%, ms", "#most, ms", NULL };
	size_t i;

	html_table(f, caption, heads);
	for (i = 0; i < g->nr; i++) {
		const struct group *one = &g->v[i];

		fputs("<tr>", f);
		html_cell(f, one->label);
		fprintf(f, "<td class=\"n\">%zu</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td><td class=\"n\">%.0f</td></tr>\n",
			one->nr, one->v[0], group_quantile(one, 0.5), group_quantile(one, 0.95), one->v[one->nr - 1]);
	}
	fputs("</tbody></table></div>\n", f);
	if (g->left_out)
		fprintf(f, "<p>%zu values of more labels than there is room for are left out.</p>\n", g->left_out);
}

static void half(FILE *f, struct groups *g, const char *id, const char *title)
{
	fprintf(f, "<div><h3>%s</h3>\n", title);
	groups_sort(g);
	if (g->nr) {
		draw(f, g, id, title);
		table(f, g, title);
	} else {
		fputs("<p>Not known of any hop.</p>\n", f);
	}
	fputs("</div>\n", f);
	groups_free(g);
}

/** part_blackout() - two pictures and their tables */
void part_blackout(FILE *f, const struct run *run)
{
	struct groups pairs = { 0 }, policies = { 0 };
	char label[160];
	size_t i;

	for (i = 0; i < run->nr_hops; i++) {
		const struct hop *hop = &run->hop[i];

		snprintf(label, sizeof(label), "%.60s\xc2\xa0\xe2\x86\x92\xc2\xa0%.60s", hop->from ? hop->from : "?", hop->to ? hop->to : "?");
		groups_add(&pairs, label, hop->value[BLACKOUT_US] / 1000);
		groups_add(&policies, hop->policy ? hop->policy : "not known", hop->value[BLACKOUT_US] / 1000);
	}
	html_section(f, "blackout", "Blackout");
	fputs("<p>From the moment at which the previous kernel has handed over until the next one serves again; emulated, so good for comparisons alone.</p><div class=\"two\">\n", f);
	half(f, &pairs, "by-pair", "By pair of kernels");
	half(f, &policies, "by-policy", "By policy");
	fputs("</div></section>\n", f);
}
