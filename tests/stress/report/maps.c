// SPDX-License-Identifier: GPL-2.0-only
/* Physical memory by page state, before and after some hops: map-K.json, drawn as rmpctl map does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rmpctl/map.h>

#include "report.h"

#define WIDTH		64	/* cells: a power of two, as memory mostly is */
#define ROWS		64
#define CELL		6	/* units of the picture */
#define FIRST		4	/* files that are shown, */
#define LAST		2	/* and from the end */
#define PAGES_MAX	((double)RMPP_MAX_PFN)

struct picture {
	struct json_object *json;
	struct map map;
	struct map_range *range;
	size_t odd;		/* ranges that are none, or in a state that has no name */
};

static u8 kind_of(const char *state)
{
	u8 i;

	for (i = 0; state && i <= RMPP_PAGE_STATE_MAX; i++)
		if (!strcmp(state, rmpp_page_state_name(i)))
			return i;
	return MAP_KINDS;
}

static int by_pfn(const void *a, const void *b)
{
	const struct map_range *x = a, *y = b;

	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* What cannot be understood is left as not read. */
static size_t take(struct picture *p, struct map_range *to, struct json_object *list, bool states)
{
	size_t i, n = 0;

	for (i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		double pfn = read_number(o, "pfn"), nr_pages = read_number(o, "nr_pages");
		u8 kind = states ? kind_of(read_text(o, "state")) : MAP_QUARANTINE;
		bool place = pfn < PAGES_MAX && nr_pages < PAGES_MAX;

		p->odd += !place || kind == MAP_KINDS;
		if (!place)
			continue;
		to[n++] = (struct map_range){
			(u64)pfn, (u64)nr_pages, kind == MAP_KINDS ? MAP_NOT_READ : kind
		};
	}
	if (n)
		qsort(to, n, sizeof(*to), by_pfn);
	return n;
}

/* 0, or -1 if there is no picture in it. */
static int fold(struct picture *p)
{
	struct json_object *runs = read_get(p->json, "runs", json_type_array);
	struct json_object *out = read_get(p->json, "kept_out", json_type_array);
	size_t nr_runs = runs ? json_object_array_length(runs) : 0;
	size_t nr_out = out ? json_object_array_length(out) : 0;
	double pages = read_number(p->json, "pages");
	struct map_source s = { .background = runs ? RMPP_PAGE_HYPERVISOR : MAP_NOT_READ };

	if (!(pages >= 1 && pages < PAGES_MAX))
		return -1;
	p->range = calloc(nr_runs + nr_out + 1, sizeof(*p->range));
	if (!p->range)
		return -1;
	s.states = p->range;
	s.nr_states = take(p, p->range, runs, true);
	s.kept_out = p->range + nr_runs;
	s.nr_kept_out = take(p, p->range + nr_runs, out, false);
	return map_fold(&p->map, 0, (u64)pages, WIDTH, ROWS, &s);
}

static void draw(FILE *f, const struct picture *p, int number)
{
	const struct map *m = &p->map;
	unsigned int rows = (m->nr_cells - 1) / m->width + 1, i;

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" role=\"img\" aria-labelledby=\"map-%d-t map-%d-d\" viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\"><title id=\"map-%d-t\">Physical memory by page state</title><desc id=\"map-%d-d\">",
		number, number, WIDTH * CELL, rows * CELL, number, number);
	for (i = 0; i < MAP_KINDS; i++)
		if (m->pages[i])
			fprintf(f, "%s: %.3f MiB. ", map_kind_name(i), (double)m->pages[i] / 256);
	fputs("</desc>\n", f);
	map_svg_cells(f, m, CELL);
	fputs("</svg>\n", f);
}

static void legend(FILE *f, const struct map *m)
{
	static const char * const heads[] = { "State", "#pages", "#MiB", NULL };
	unsigned int i;

	html_table(f, "Pages by state", heads);
	for (i = 0; i < MAP_KINDS; i++)
		if (m->pages[i])
			fprintf(f, "<tr><td><span class=\"key kb%u\"></span>%s</td><td class=\"n\">%llu</td><td class=\"n\">%.3f</td></tr>\n",
				i, map_kind_name(i), (unsigned long long)m->pages[i], (double)m->pages[i] / 256);
	fputs("</tbody></table></div>\n", f);
}

static void part(FILE *f, const struct run *run, const char *name, int number)
{
	struct picture p = { .json = read_file(run->directory, name) };

	fputs("<div><h3>", f);
	if (!p.json || fold(&p)) {
		html_text(f, name);
		fputs(": cannot be read</h3>", f);
	} else {
		fputs("Hop ", f);
		html_number(f, read_number(p.json, "hop"), "");
		fputs(", ", f);
		html_text(f, read_text(p.json, "when"));
		fputs("</h3><figure>", f);
		draw(f, &p, number);
		fprintf(f, "<figcaption>%.3f MiB, row by row; a cell is %g KiB.</figcaption></figure>\n",
			(double)p.map.nr_pages / 256, (double)p.map.cell_pages * 4);
		legend(f, &p.map);
		if (p.odd)
			fprintf(f, "<p class=\"failed\">%zu ranges in this file are none, or in a state that has no name.</p>", p.odd);
	}
	fputs("</div>\n", f);
	map_free(&p.map);
	free(p.range);
	json_object_put(p.json);
}

/* What follows @before, digits and @after; NULL if @name does not begin like that. */
static const char *numbered(const char *name, const char *before, const char *after)
{
	size_t n;

	if (strncmp(name, before, strlen(before)))
		return NULL;
	name += strlen(before);
	n = strspn(name, "0123456789");
	return n && !strncmp(name + n, after, strlen(after)) ? name + n + strlen(after) : NULL;
}

/* map-K.json or part-J/map-K.json with nothing else in it, so it is below this directory. */
static bool is_map(const char *name)
{
	const char *in_part = numbered(name, "part-", "/"), *end = numbered(in_part ? in_part : name, "map-", ".json");

	return end && !*end;
}

/* Those that the run names: beside it may lie what an earlier run has left. NULL behind the last one; or NULL. */
static const char **names_of(const struct run *run, int *n)
{
	struct json_object *list = read_get(run->json, "map", json_type_array), *o;
	size_t nr = list ? json_object_array_length(list) : 0, i;
	const char **names = calloc(nr + 1, sizeof(*names));

	*n = 0;
	for (i = 0; names && i < nr; i++) {
		o = json_object_array_get_idx(list, i);
		if (json_object_is_type(o, json_type_string) && is_map(json_object_get_string(o)))
			names[(*n)++] = json_object_get_string(o);
	}
	return names;
}

static void colors(FILE *f)
{
	unsigned int i;

	fputs("<style>\n", f);
	map_svg_style(f, "svg.map ");
	for (i = 0; i < MAP_KINDS; i++)
		fprintf(f, ".kb%u{background:#%06x}", i, map_look[i].light);
	fputs("\n@media (prefers-color-scheme:dark){", f);
	for (i = 0; i < MAP_KINDS; i++)
		fprintf(f, ".kb%u{background:#%06x}", i, map_look[i].dark);
	fputs("}\n</style>\n", f);
}

/** part_maps() - the first pictures, and the last */
void part_maps(FILE *f, const struct run *run)
{
	int n, i;
	const char **names = names_of(run, &n);

	html_section(f, "maps", "Physical memory by page state");
	if (!n) {
		fputs("<p>This run has left no pictures of memory.</p>", f);
	} else {
		fputs("<p>A cell whose pages are in several states shows the most dangerous one; quarantine is what is kept out though the host's by the RMP.</p>", f);
		colors(f);
		fputs("<div class=\"two\">\n", f);
		for (i = 0; i < n; i++)
			if (i < FIRST || i >= n - LAST)
				part(f, run, names[i], i);
		fputs("</div>\n", f);
		if (n > FIRST + LAST)
			fprintf(f, "<p>%d more are in the run's directory.</p>", n - FIRST - LAST);
	}
	fputs("</section>\n", f);
	free(names);
}
