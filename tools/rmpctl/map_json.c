// SPDX-License-Identifier: GPL-2.0-only
/* rmpctl map --json */
#include <json-c/json.h>
#include <stdlib.h>

#include "map_blob.h"

static void add_u64(struct json_object *o, const char *name, u64 value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

/* As far as the map goes; Hypervisor and what was not read are what is left. */
static struct json_object *json_ranges(const struct map *m, const struct map_range *v, size_t nr,
				       bool states)
{
	struct json_object *array = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < nr; i++) {
		u64 pfn = v[i].pfn > m->pfn ? v[i].pfn : m->pfn, end = v[i].pfn + v[i].nr_pages;

		end = end < m->pfn + m->nr_pages ? end : m->pfn + m->nr_pages;
		if (pfn >= end)
			continue;
		o = json_object_new_object();
		add_u64(o, "pfn", pfn);
		add_u64(o, "nr_pages", end - pfn);
		if (states)
			json_object_object_add(o, "state",
					       json_object_new_string(map_kind_name(v[i].kind)));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *json_states(const struct map *m)
{
	struct json_object *all = json_object_new_object(), *o;
	u32 i;

	for (i = 0; i < MAP_KINDS; i++) {
		if (!m->pages[i])
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "letter", json_object_new_string_len(&map_look[i].letter, 1));
		add_u64(o, "pages", m->pages[i]);
		add_u64(o, "cells", m->cells[i]);
		json_object_object_add(all, map_kind_name(i), o);
	}
	return all;
}

/* Rows of letters, as on a terminal. */
static struct json_object *json_rows(const struct map *m)
{
	struct json_object *array = json_object_new_array();
	char row[MAP_WIDTH_MAX];
	u32 i, n;

	for (i = 0; i < m->nr_cells; i += n) {
		for (n = 0; n < m->width && i + n < m->nr_cells; n++)
			row[n] = map_look[m->cell[i + n]].letter;
		json_object_array_add(array, json_object_new_string_len(row, (int)n));
	}
	return array;
}

/**
 * map_json() - print a map as one JSON object
 * @in: the file
 * @m:  folded
 * @b:  what it was folded from
 */
void map_json(const struct input *in, const struct map *m, const struct map_blob *b)
{
	const struct map_source *s = &b->source;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(in->name));
	add_u64(o, "pfn", m->pfn);
	add_u64(o, "pages", m->nr_pages);
	add_u64(o, "cell_pages", m->cell_pages);
	json_object_object_add(o, "background", json_object_new_string(map_kind_name(s->background)));
	json_object_object_add(o, "states", json_states(m));
	json_object_object_add(o, "rows", json_rows(m));
	json_object_object_add(o, "runs", json_ranges(m, s->states, s->nr_states, true));
	json_object_object_add(o, "kept_out", json_ranges(m, s->kept_out, s->nr_kept_out, false));
	if (b->note)
		json_object_object_add(o, "note", json_object_new_string(b->note));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
