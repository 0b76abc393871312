// SPDX-License-Identifier: GPL-2.0-only
#include "write.h"

void write_counts(FILE *f, const struct matrix *m)
{
	fprintf(f, "%u passed, %u failed, %u not supported, %u not known\n", matrix_count(m, VERDICT_PASS),
		matrix_count(m, VERDICT_FAIL), matrix_count(m, VERDICT_UNSUPPORTED), matrix_count(m, VERDICT_UNKNOWN));
}

static void write_head(FILE *f, const struct matrix *m)
{
	fprintf(f, "%s (%s), with %s on the other side of a hand-over\n", m->release, m->package, m->reference);
	fprintf(f, "QEMU %s, project %s, %s, %ld s\n\n%-8s", m->qemu, m->project, m->started, m->seconds, "");
	for (int c = 0; c < NR_COLUMNS; c++)
		fprintf(f, "%-11s", column_word(c));
	fputc('\n', f);
}

/* Narrow, and none of them is another's beginning. */
static const char *short_name(enum verdict verdict)
{
	return verdict == VERDICT_UNSUPPORTED ? "not supp." : verdict_name(verdict);
}

void write_text(FILE *f, const struct matrix *m)
{
	write_head(f, m);
	for (int r = 0; r < NR_ROWS; r++) {
		fprintf(f, "%-8s", row_name(r));
		for (int c = 0; c < NR_COLUMNS; c++)
			fprintf(f, "%-11s", short_name(m->cell[r][c].verdict));
		fputc('\n', f);
	}
	fputc('\n', f);
	for (int r = 0; r < NR_ROWS; r++)
		for (int c = 0; c < NR_COLUMNS; c++)
			if (m->cell[r][c].why[0])
				fprintf(f, "%s, %s: %s: %s\n", row_name(r), column_name(c),
					verdict_name(m->cell[r][c].verdict), m->cell[r][c].why);
	fprintf(f, "its ccp_ext can restore: %s\n", m->features[0] ? m->features : "nothing that its initrd says");
	write_counts(f, m);
}
