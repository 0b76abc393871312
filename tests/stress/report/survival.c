// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many hops in a row a host survives, if each hop is as dangerous as any other. A life
 * begins with the run and after each failure, and ends with a failure, or unfinished with the run.
 */
#include <math.h>
#include <stdlib.h>

#include "chart.h"

#define LEFT	44
#define RIGHT	(CHART_WIDTH - 20)
#define TOP	10
#define BOTTOM	190
#define LIVES	14		/* height of the marks of lives, below */
#define POINTS	120

struct life {
	size_t hops;
	bool failed;
};

struct lives {
	struct life *v;
	size_t nr;
	size_t hops, failed;	/* whose verdict is known */
	size_t longest;
	double rate, most;	/* of failures in a hop; by 95 % confidence */
};

/* Probability of at most d failures in n hops that fail with p (binomial). */
static double at_most(size_t d, size_t n, double p)
{
	double sum = 0;
	size_t i;

	for (i = 0; i <= d; i++)
		sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) +
			   (double)i * log(p) + (double)(n - i) * log1p(-p));
	return sum;
}

/*
 * One-sided bound of Clopper and Pearson (1934): the rate with which so few failures happen in
 * one of twenty runs. Without failures that is 1 - 0.05^(1/n), nearly 3/n: the rule of three.
 */
static double bound(size_t d, size_t n)
{
	double low = 0, high = 1, mid;
	int i;

	if (d >= n)
		return 1;
	for (i = 0; i < 60; i++) {
		mid = (low + high) / 2;
		if (at_most(d, n, mid) > 0.05)
			low = mid;
		else
			high = mid;
	}
	return high;
}

static void end_life(struct lives *l, struct life *life, bool failed)
{
	life->failed = failed;
	l->v[l->nr++] = *life;
	l->longest = life->hops > l->longest ? life->hops : l->longest;
	l->failed += failed;
	*life = (struct life){ 0 };
}

static int collect(struct lives *l, const struct run *run)
{
	struct life life = { 0 };
	size_t i;

	*l = (struct lives){ .v = calloc(run->nr_failed + 1, sizeof(*l->v)) };
	if (!l->v)
		return -1;
	for (i = 0; i < run->nr_hops; i++) {
		const struct hop *hop = &run->hop[i];

		if (!hop->ok && !hop->failed)
			continue;
		life.hops++;
		l->hops++;
		if (hop->failed)
			end_life(l, &life, true);
	}
	if (life.hops)
		end_life(l, &life, false);
	if (!l->hops)
		return 0;
	l->rate = (double)l->failed / (double)l->hops;
	l->most = bound(l->failed, l->hops);
	return 0;
}

static double survive(double rate, double hops)
{
	return rate < 1 ? pow(1 - rate, hops) : hops > 0 ? 0 : 1;
}

static void draw_line(FILE *f, const char *class, double rate, const struct axis *x, const struct axis *y, bool fill)
{
	int i;

	fprintf(f, "<path class=\"%s\" d=\"M%.1f %.1f", class, x->from, y->to);
	for (i = 1; i <= POINTS; i++)
		fprintf(f, "\nL%.1f %.1f", axis_at(x, x->high * i / POINTS),
			axis_at(y, survive(rate, x->high * i / POINTS)));
	/* up to the line of all that survive */
	if (fill)
		fprintf(f, "V%.1fZ", y->to);
	fputs("\"/>\n", f);
}

/* What was seen: each life ends at a triangle, or at a circle where it was still going on. */
static void draw_lives(FILE *f, const struct lives *l, const struct axis *x, double top)
{
	size_t i;

	for (i = 0; i < l->nr; i++) {
		double at = axis_at(x, (double)l->v[i].hops);

		if (l->v[i].failed)
			fprintf(f, "<path class=\"fail\" d=\"M%.1f %.1fl4.5 9h-9z\"><title>failed at hop %zu of a row</title></path>\n",
				at, top, l->v[i].hops);
		else
			fprintf(f, "<circle class=\"end\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"><title>alive after %zu hops in a row, when the run ended</title></circle>\n",
				at, top + 5, l->v[i].hops);
	}
}

static void draw(FILE *f, const struct lives *l)
{
	struct axis x = { .from = LEFT, .to = RIGHT }, y = { .low = 0, .high = 1, .from = BOTTOM, .to = TOP };

	axis_set(&x, 0, (double)l->longest, false);
	x.high = (double)l->longest;
	chart_begin(f, "survival-c", BOTTOM + LIVES + 36, "Share of hosts that survive a number of hops in a row");
	fprintf(f, "%zu of %zu hops failed; with 95 %% confidence at most %.2g of all hops fail.", l->failed, l->hops, l->most);
	chart_described(f);
	axis_up(f, &y, LEFT, RIGHT, 100, "&#160;%");
	axis_across(f, &x, TOP, BOTTOM + LIVES, "hops in a row");
	draw_line(f, "band", l->most, &x, &y, true);
	draw_line(f, "bound", l->most, &x, &y, false);
	draw_line(f, "line", l->rate, &x, &y, false);
	draw_lives(f, l, &x, BOTTOM + 2);
	chart_end(f);
	fputs("<figcaption>Solid: by the hops of this run. Dashed: at least this share, by 95&#160;% confidence. Below: a triangle where a host was lost, a circle where the run ended with the host alive.</figcaption></figure>\n", f);
}

static void table(FILE *f, const struct lives *l)
{
	static const char * const heads[] = { "#hops in a row", "#survive", "#at least", NULL };
	static const size_t rows[] = { 1, 3, 10, 30, 100, 300, 1000, 3000 };
	size_t r;

	html_table(f, "Hosts that survive, and by 95&#160;% confidence", heads);
	for (r = 0; r < sizeof(rows) / sizeof(rows[0]) && (!r || rows[r] <= l->longest); r++)
		fprintf(f, "<tr><td class=\"n\">%zu</td><td class=\"n\">%.1f&#160;%%</td><td class=\"n\">%.1f&#160;%%</td></tr>\n",
			rows[r], survive(l->rate, (double)rows[r]) * 100, survive(l->most, (double)rows[r]) * 100);
	fputs("</tbody></table></div>\n", f);
}

/** part_survival() - curve and bound */
void part_survival(FILE *f, const struct run *run)
{
	struct lives l;

	html_section(f, "survival", "Survival");
	if (collect(&l, run) || !l.hops) {
		fputs("<p>Of no hop is the verdict known.</p></section>\n", f);
		free(l.v);
		return;
	}
	fprintf(f, "<p>%zu of %zu hops failed. If each hop is as dangerous as any other, with 95&#160;%% confidence at most one hop in %.0f fails%s.</p><div class=\"two\">\n",
		l.failed, l.hops, floor(1 / l.most),
		l.failed ? "" : " (rule of three: none lost, so at most about three of as many)");
	draw(f, &l);
	table(f, &l);
	fputs("</div></section>\n", f);
	free(l.v);
}
