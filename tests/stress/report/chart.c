// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "chart.h"

#define TICKS	12	/* at the most */

static double step_of(double span)
{
	double power = pow(10, floor(log10(span))), n = span / power;

	return power * (n > 5 ? 2 : n > 2 ? 1 : n > 1 ? 0.5 : 0.2);
}

/**
 * axis_set() - the values that an axis has room for; its places are set already
 * @a:           the axis
 * @low:         least value; with @logarithmic more than 0
 * @high:        most
 * @logarithmic: or linear
 */
void axis_set(struct axis *a, double low, double high, bool logarithmic)
{
	double step;

	a->log = logarithmic;
	if (logarithmic) {
		a->low = pow(10, floor(log10(low)));
		a->high = pow(10, ceil(log10(high) - 1e-9));
		if (a->high <= a->low)
			a->high = a->low * 10;
		return;
	}
	if (high <= low)
		high = low + 1;
	step = step_of(high - low);
	a->low = floor(low / step) * step;
	a->high = ceil(high / step - 1e-9) * step;
}

/** axis_at() - the place of a value */
double axis_at(const struct axis *a, double value)
{
	double part = a->log ? log(value / a->low) / log(a->high / a->low) :
		      (value - a->low) / (a->high - a->low);

	part = !(part > 0) ? 0 : part > 1 ? 1 : part;
	return a->from + part * (a->to - a->from);
}

static int ticks(const struct axis *a, double *v)
{
	double step = step_of(a->high - a->low), decades = log10(a->high / a->low), x;
	int n = 0;

	if (!a->log) {
		for (x = a->low; x <= a->high + step / 2 && n < TICKS; x += step)
			v[n++] = fabs(x) < step / 1e6 ? 0 : x;
		return n;
	}
	/* 1, 2, 5 where there is room for them */
	for (x = a->low; x <= a->high * 1.0001 && n + 2 < TICKS; x *= pow(10, ceil(decades / 8))) {
		v[n++] = x;
		if (decades < 2.5 && x * 5 < a->high) {
			v[n++] = x * 2;
			v[n++] = x * 5;
		}
	}
	return n;
}

static void label(FILE *f, double x, double y, const char *anchor, double value, const char *unit)
{
	fprintf(f, "<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%g%s</text>\n", x, y, anchor, value, unit);
}

/**
 * axis_across() - an axis along the lower edge
 * @f:      where
 * @a:      the axis
 * @top:    of the lines that go up from it
 * @bottom: where it lies
 * @unit:   behind the last number
 */
void axis_across(FILE *f, const struct axis *a, double top, double bottom, const char *unit)
{
	double v[TICKS + 2];
	int n = ticks(a, v), i;

	for (i = 0; i < n; i++) {
		double x = axis_at(a, v[i]);

		fprintf(f, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", x, x, top, bottom);
		label(f, x, bottom + 14, "middle", v[i], "");
	}
	fprintf(f, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		a->from, a->to, bottom, bottom, a->to, bottom + 29, unit);
}

/**
 * axis_up() - an axis along the left edge
 * @f:      where
 * @a:      the axis
 * @left:   where it lies
 * @right:  of the lines that go right from it
 * @factor: of the numbers beside it
 * @unit:   behind each number
 */
void axis_up(FILE *f, const struct axis *a, double left, double right, double factor, const char *unit)
{
	double v[TICKS + 2];
	int n = ticks(a, v), i;

	for (i = 0; i < n; i++) {
		double y = axis_at(a, v[i]);

		fprintf(f, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", left, right, y, y);
		label(f, left - 5, y + 4, "end", v[i] * factor, unit);
	}
}

/**
 * chart_begin() - a picture; what follows, to chart_described(), describes it to those who do not see it
 * @f:      where
 * @id:     of its title
 * @height: in units of which it is CHART_WIDTH wide
 * @title:  ours
 */
void chart_begin(FILE *f, const char *id, double height, const char *title)
{
	fprintf(f, "<figure><svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"%s-t %s-d\" viewBox=\"0 0 %d %.0f\">\n<title id=\"%s-t\">%s</title><desc id=\"%s-d\">",
		id, id, CHART_WIDTH, height, id, title, id);
}

/** chart_described() - the description ends, the picture begins */
void chart_described(FILE *f)
{
	fputs("</desc>\n", f);
}

/** chart_end() - a caption may follow, and </figure> */
void chart_end(FILE *f)
{
	fputs("</svg>\n", f);
}
