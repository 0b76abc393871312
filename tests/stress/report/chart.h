/* SPDX-License-Identifier: GPL-2.0-only */
/* Axes of a picture. */
#ifndef STRESS_CHART_H
#define STRESS_CHART_H

#include "report.h"

#define CHART_WIDTH	420	/* units of the picture; about a pixel each on a narrow screen */

struct axis {
	double low, high;	/* values */
	double from, to;	/* places */
	bool log;
};

void axis_set(struct axis *a, double low, double high, bool logarithmic);
double axis_at(const struct axis *a, double value);
void axis_across(FILE *f, const struct axis *a, double top, double bottom, const char *unit);
void axis_up(FILE *f, const struct axis *a, double left, double right, double factor, const char *unit);
void chart_begin(FILE *f, const char *id, double height, const char *title);
void chart_described(FILE *f);
void chart_end(FILE *f);

/* Values under one label. */
struct group {
	char *label;
	double *v;
	size_t nr;
};

struct groups {
	struct group *v;
	size_t nr, left_out;	/* left_out: values */
};

#define GROUPS_MAX	40u

int groups_add(struct groups *g, const char *label, double value);
void groups_sort(struct groups *g);
void groups_free(struct groups *g);
double group_quantile(const struct group *g, double q);

#endif /* STRESS_CHART_H */
