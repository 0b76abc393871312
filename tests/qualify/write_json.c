// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "write.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Words of a matrix and where they stand in it. */
static const struct {
	const char *key;
	size_t offset, size;
} words[] = {
#define WORD(name) { #name, offsetof(struct matrix, name), sizeof(((struct matrix *)0)->name) }
	WORD(kernel), WORD(release), WORD(package), WORD(reference), WORD(qemu), WORD(project), WORD(started),
	WORD(features),
#undef WORD
};

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static struct json_object *row_to_json(const struct matrix *m, enum kind row)
{
	struct json_object *o = json_object_new_object(), *cells = json_object_new_object();

	for (int c = 0; c < NR_COLUMNS; c++) {
		struct json_object *cell = json_object_new_object();

		add_string(cell, "verdict", verdict_name(m->cell[row][c].verdict));
		add_string(cell, "why", m->cell[row][c].why);
		json_object_object_add(cells, column_word(c), cell);
	}
	add_string(o, "guests", row_name(row));
	json_object_object_add(o, "cells", cells);
	return o;
}

static struct json_object *counts_to_json(const struct matrix *m)
{
	struct json_object *o = json_object_new_object();

	for (int v = 0; v < NR_VERDICTS; v++)
		json_object_object_add(o, verdict_name(v), json_object_new_int(matrix_count(m, v)));
	return o;
}

struct json_object *matrix_to_json(const struct matrix *m)
{
	struct json_object *o = json_object_new_object(), *rows = json_object_new_array();

	json_object_object_add(o, "format", json_object_new_int(MATRIX_FORMAT));
	for (size_t i = 0; i < COUNT(words); i++)
		add_string(o, words[i].key, (const char *)m + words[i].offset);
	json_object_object_add(o, "seconds", json_object_new_int64(m->seconds));
	for (int r = 0; r < NR_ROWS; r++)
		json_object_array_add(rows, row_to_json(m, r));
	json_object_object_add(o, "rows", rows);
	json_object_object_add(o, "counts", counts_to_json(m));
	return o;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *field = NULL;

	if (json_object_is_type(o, json_type_object))
		json_object_object_get_ex(o, key, &field);
	return field;
}

static const char *string_of(struct json_object *o, const char *key)
{
	struct json_object *field = member(o, key);

	return json_object_is_type(field, json_type_string) ? json_object_get_string(field) : "";
}

static void row_from_json(struct matrix *m, struct json_object *row)
{
	const char *name = string_of(row, "guests");

	for (int r = 0; r < NR_ROWS; r++) {
		if (strcmp(row_name(r), name))
			continue;
		for (int c = 0; c < NR_COLUMNS; c++) {
			struct json_object *cell = member(member(row, "cells"), column_word(c));

			cell_set(&m->cell[r][c], verdict_of(string_of(cell, "verdict")), string_of(cell, "why"));
		}
	}
}

bool matrix_from_json(struct matrix *m, struct json_object *o)
{
	struct json_object *rows = member(o, "rows"), *format = member(o, "format");

	memset(m, 0, sizeof(*m));
	if (!json_object_is_type(format, json_type_int) || json_object_get_int(format) != MATRIX_FORMAT ||
	    !json_object_is_type(rows, json_type_array))
		return false;
	for (size_t i = 0; i < COUNT(words); i++)
		snprintf((char *)m + words[i].offset, words[i].size, "%s", string_of(o, words[i].key));
	m->seconds = json_object_get_int64(member(o, "seconds"));
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		row_from_json(m, json_object_array_get_idx(rows, i));
	return m->release[0];
}
