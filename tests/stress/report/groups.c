// SPDX-License-Identifier: GPL-2.0-only
/* Values under labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"

static struct group *find(struct groups *g, const char *label)
{
	struct group *v;
	size_t i;

	for (i = 0; i < g->nr; i++)
		if (!strcmp(g->v[i].label, label))
			return &g->v[i];
	if (g->nr == GROUPS_MAX)
		return NULL;
	v = realloc(g->v, (g->nr + 1) * sizeof(*v));
	if (!v)
		return NULL;
	g->v = v;
	v[g->nr] = (struct group){ .label = strdup(label) };
	return v[g->nr].label ? &v[g->nr++] : NULL;
}

/**
 * groups_add() - one more value
 * @g:     the groups; with {0} there are none
 * @label: whose
 * @value: NAN is left alone
 *
 * Return: 0; -1 if there are too many labels, or there is no room, and it is left out.
 */
int groups_add(struct groups *g, const char *label, double value)
{
	struct group *one;
	double *v;

	if (isnan(value))
		return 0;
	one = find(g, label);
	v = one ? realloc(one->v, (one->nr + 1) * sizeof(*v)) : NULL;
	if (!v) {
		g->left_out++;
		return -1;
	}
	one->v = v;
	v[one->nr++] = value;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int by_label(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return strverscmp(x->label, y->label);
}

/** groups_sort() - labels by name, values by size */
void groups_sort(struct groups *g)
{
	size_t i;

	if (g->nr)
		qsort(g->v, g->nr, sizeof(*g->v), by_label);
	for (i = 0; i < g->nr; i++)
		qsort(g->v[i].v, g->v[i].nr, sizeof(double), by_value);
}

/** groups_free() - forget them */
void groups_free(struct groups *g)
{
	while (g->nr) {
		free(g->v[--g->nr].v);
		free(g->v[g->nr].label);
	}
	free(g->v);
	g->v = NULL;
}

/**
 * group_quantile() - between the values on both sides
 * @g: sorted, with a value at least
 * @q: 0 to 1
 *
 * Return: the value below which this part of them lies.
 */
double group_quantile(const struct group *g, double q)
{
	double at = q * (double)(g->nr - 1);
	size_t i = (size_t)at;

	return i + 1 < g->nr ? g->v[i] + (at - (double)i) * (g->v[i + 1] - g->v[i]) : g->v[i];
}
