// SPDX-License-Identifier: GPL-2.0-only
/* Pages kept out and given back, hop by hop. */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define LEFT	52
#define RIGHT	(CHART_WIDTH - 10)
#define TOP	22
#define BOTTOM	96
#define BUCKETS	240		/* where there are more hops a bar is the most of some */

static const struct series {
	enum measure measure;
	const char *id, *title, *class;
} series[] = {
	{ ASSIGNED_BEFORE, "assigned-before", "Assigned before the jump", "sa" },
	{ ASSIGNED_AFTER, "assigned-after", "Still assigned after it", "sd" },
	{ QUARANTINED, "quarantined", "Quarantined: kept out of the next kernel", "sb" },
	{ FREED, "freed", "Given back by the next kernel", "sc" },
	{ KEPT, "kept", "Kept in quarantine by the next kernel", "sb" },
	{ PENDING, "pending", "Not yet given back when the hop was over", "sd" },
};

struct summary {
	size_t known;
	double sum, most;
};

static double mib(double pages)
{
	return pages / 256;
}

static struct summary sum_up(const struct run *run, enum measure measure)
{
	struct summary s = { 0 };
	size_t i;

	for (i = 0; i < run->nr_hops; i++) {
		double value = run->hop[i].value[measure];

		if (isnan(value))
			continue;
		s.known++;
		s.sum += value;
		s.most = fmax(s.most, value);
	}
	return s;
}

static void draw_bars(FILE *f, const struct run *run, const struct series *s, const struct axis *y)
{
	size_t per = run->nr_hops / BUCKETS + 1, i, j;
	double width = (double)(RIGHT - LEFT) / (double)((run->nr_hops - 1) / per + 1);

	for (i = 0; i < run->nr_hops; i += per) {
		double value = NAN, x = LEFT + width * (double)(i / per), at;
		bool failed = false;

		for (j = i; j < i + per && j < run->nr_hops; j++) {
			value = fmax(value, mib(run->hop[j].value[s->measure]));
			failed = failed || run->hop[j].failed;
		}
		at = axis_at(y, value);
		if (value > 0)
			fprintf(f, "<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"/>\n", s->class, x, at,
				fmax(width * 0.85, 0.8), BOTTOM - at);
		if (failed)
			fprintf(f, "<path class=\"fail\" d=\"M%.1f %dl3.5 6h-7z\"><title>a hop failed</title></path>\n",
				x + width / 2, BOTTOM + 2);
	}
}

static void draw(FILE *f, const struct run *run, const struct series *s)
{
	struct summary sum = sum_up(run, s->measure);
	struct axis y = { .from = BOTTOM, .to = TOP };

	chart_begin(f, s->id, BOTTOM + 26, s->title);
	if (sum.known)
		fprintf(f, "Most %.4g MiB, mean %.4g MiB, known of %zu hops.", mib(sum.most),
			mib(sum.sum / (double)sum.known), sum.known);
	else
		fputs("Not known of any hop.", f);
	chart_described(f);
	fprintf(f, "<text x=\"0\" y=\"12\">%s</text>\n", s->title);
	if (sum.known) {
		axis_set(&y, 0, mib(sum.most), false);
		axis_up(f, &y, LEFT, RIGHT, 1, "");
		draw_bars(f, run, s, &y);
		fprintf(f, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT, RIGHT, BOTTOM, BOTTOM);
		fprintf(f, "<text class=\"soft\" x=\"%d\" y=\"%d\">hop ", LEFT, BOTTOM + 21);
		html_number(f, run->hop[0].number, "");
		fprintf(f, "</text><text class=\"soft\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", RIGHT, BOTTOM + 21);
		html_number(f, run->hop[run->nr_hops - 1].number, "");
		fprintf(f, "</text><text class=\"soft\" x=\"%d\" y=\"12\" text-anchor=\"end\">MiB</text>\n", RIGHT);
	} else {
		fprintf(f, "<text class=\"soft\" x=\"%d\" y=\"%d\">not known of any hop</text>\n", LEFT, (TOP + BOTTOM) / 2);
	}
	chart_end(f);
	fputs("</figure>\n", f);
}

static void table(FILE *f, const struct run *run)
{
	static const char * const heads[] = { "", "#hops", "#sum, MiB", "#mean, MiB", "#most, MiB", NULL };
	size_t i;

	html_table(f, "Memory over all hops", heads);
	for (i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
		struct summary s = sum_up(run, series[i].measure);

		fprintf(f, "<tr><td>%s</td><td class=\"n\">%zu</td>", series[i].title, s.known);
		html_cell_number(f, s.known ? mib(s.sum) : NAN);
		html_cell_number(f, s.known ? mib(s.sum / (double)s.known) : NAN);
		html_cell_number(f, s.known ? mib(s.most) : NAN);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

/** part_memory() - a picture a measure */
void part_memory(FILE *f, const struct run *run)
{
	size_t i, per = run->nr_hops / BUCKETS + 1;

	html_section(f, "memory", "Memory kept out and given back");
	if (run->nr_hops) {
		fprintf(f, "<p>A bar is %s. A triangle below marks a hop that failed.</p><div class=\"two\">\n",
			per > 1 ? "the most of a few neighbouring hops" : "one hop");
		for (i = 0; i < sizeof(series) / sizeof(series[0]); i++)
			draw(f, run, &series[i]);
		fputs("</div>\n", f);
		table(f, run);
	} else {
		fputs("<p>No hop was recorded.</p>\n", f);
	}
	fputs("</section>\n", f);
}
