/* SPDX-License-Identifier: GPL-2.0-only */
/* A matrix as text, JSON (docs/qualify.schema.json) and Markdown, and back from JSON. */
#ifndef QUALIFY_WRITE_H
#define QUALIFY_WRITE_H

#include <stdio.h>

#include "matrix.h"

struct json_object;

/** write_counts() - "N passed, N failed, N not supported, N not known", a line */
void write_counts(FILE *f, const struct matrix *m);

/** write_text() - for a terminal, the counts last */
void write_text(FILE *f, const struct matrix *m);

/** write_markdown() - a section with a table and what there is to say of its cells; @level of its head */
void write_markdown(FILE *f, const struct matrix *m, int level);

/** matrix_to_json() - to be put */
struct json_object *matrix_to_json(const struct matrix *m);

/**
 * matrix_from_json() - what matrix_to_json() made; cells and words that are missing stay empty and not known
 *
 * Return: false if @o is no object of this format.
 */
bool matrix_from_json(struct matrix *m, struct json_object *o);

#endif
