// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "write.h"

static const char head[] =
"<!-- SPDX-License-Identifier: GPL-2.0-only -->\n"
"<!-- made by \"make matrix-doc\": do not edit -->\n"
"# Which kernel can do what\n\n"
"What `make qualify` found ([qualify.md](qualify.md) says how each cell is decided), in the emulated machine only, for the newest\n"
"kernel of each series that Debian serves for Debian 12 and 13. Rows are kinds of guests; SEV and SEV-ES on a host without SNP.\n\n";

static const char columns[] = "| series | release | run | passed | failed | not supported | not known |\n|---|---|---|---|---|---|---|\n";

struct entry {
	char series[WORD_BYTES];
	bool run;
	struct matrix matrix;
};

static bool read_entry(struct entry *e, const char *word)
{
	const char *file = strchr(word, '=');
	struct json_object *o;

	if (!file || file == word) {
		fprintf(stderr, "qualify: '%s' is not SERIES=FILE\n", word);
		return false;
	}
	snprintf(e->series, sizeof(e->series), "%.*s", (int)(file - word), word);
	if (!*++file)
		return true;
	o = json_object_from_file(file);
	e->run = matrix_from_json(&e->matrix, o);
	json_object_put(o);
	if (!e->run)
		fprintf(stderr, "qualify: %s: not a matrix of format %d: run make qualify for that kernel again\n", file,
			MATRIX_FORMAT);
	return e->run;
}

static void write_line(FILE *f, const struct entry *e)
{
	const struct matrix *m = &e->matrix;

	if (e->run)
		fprintf(f, "| %s | %s | %.10s | %u | %u | %u | %u |\n", e->series, m->release, m->started,
			matrix_count(m, VERDICT_PASS), matrix_count(m, VERDICT_FAIL),
			matrix_count(m, VERDICT_UNSUPPORTED), matrix_count(m, VERDICT_UNKNOWN));
	else
		fprintf(f, "| %s | | not run | | | | |\n", e->series);
}

int document(FILE *f, char **words, int nr)
{
	struct entry *entries = calloc(nr ? nr : 1, sizeof(*entries));
	int rc = 2, i;

	if (!entries)
		return rc;
	for (i = 0; i < nr; i++)
		if (!read_entry(&entries[i], words[i]))
			goto out;
	fputs(head, f);
	fputs(columns, f);
	for (i = 0; i < nr; i++)
		write_line(f, &entries[i]);
	for (i = 0; i < nr; i++) {
		if (!entries[i].run)
			continue;
		fputc('\n', f);
		write_markdown(f, &entries[i].matrix, 2);
	}
	rc = 0;
out:
	free(entries);
	return rc;
}
