// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "write.h"

/* Text that is nobody's of ours: a kernel's, a tool's. */
static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|~&", *text))
			fputc('\\', f);
		fputc(*text, f);
	}
}

static void write_table(FILE *f, const struct matrix *m)
{
	fputs("| |", f);
	for (int c = 0; c < NR_COLUMNS; c++)
		fprintf(f, " %s |", column_name(c));
	fputs("\n|---|", f);
	for (int c = 0; c < NR_COLUMNS; c++)
		fputs("---|", f);
	for (int r = 0; r < NR_ROWS; r++) {
		fprintf(f, "\n| %s |", row_name(r));
		for (int c = 0; c < NR_COLUMNS; c++) {
			const char *mark = m->cell[r][c].verdict == VERDICT_FAIL ? "**" : "";

			fprintf(f, " %s%s%s |", mark, verdict_name(m->cell[r][c].verdict), mark);
		}
	}
	fputs("\n\n", f);
}

/* Runs of cells of a row with the same reason are one line. */
static void write_reasons(FILE *f, const struct matrix *m, enum kind r)
{
	int c, last;

	for (c = 0; c < NR_COLUMNS; c = last + 1) {
		const struct cell *cell = &m->cell[r][c];

		for (last = c; last + 1 < NR_COLUMNS && !strcmp(m->cell[r][last + 1].why, cell->why) &&
		     m->cell[r][last + 1].verdict == cell->verdict;)
			last++;
		if (!cell->why[0])
			continue;
		fprintf(f, "- %s, %s%s%s: %s: ", row_name(r), column_name(c), last > c ? " to " : "",
			last > c ? column_name(last) : "", verdict_name(cell->verdict));
		put_escaped(f, cell->why);
		fputc('\n', f);
	}
}

void write_markdown(FILE *f, const struct matrix *m, int level)
{
	fprintf(f, "%.*s %s\n\n", level, "######", m->release);
	fprintf(f, "%s; hand-over with %s; project %s; QEMU %s; %s, %ld s. Its ccp_ext can restore: %s.\n\n", m->package, m->reference,
		m->project, m->qemu, m->started, m->seconds, m->features[0] ? m->features : "nothing that its initrd says");
	write_table(f, m);
	for (int r = 0; r < NR_ROWS; r++)
		write_reasons(f, m, r);
	fputc('\n', f);
	write_counts(f, m);
}
