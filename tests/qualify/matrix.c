// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "matrix.h"

static const char * const rows[NR_ROWS] = {
	[ROW_SEV] = "SEV", [ROW_SEV_ES] = "SEV-ES", [ROW_SNP] = "SNP",
};

static const struct {
	const char *word, *name;
	bool needs_guests;
} columns[NR_COLUMNS] = {
	[COLUMN_LAUNCH] = { "launch", "launch", true },
	[COLUMN_CLEAN] = { "clean", "clean kexec", false },
	[COLUMN_GUESTS] = { "guests", "kexec with live guests", true },
	[COLUMN_FAULTS] = { "faults", "kexec with faults", true },
	[COLUMN_QUARANTINE] = { "quarantine", "quarantine", true },
	[COLUMN_GIVE_BACK] = { "give-back", "give-back", true },
	[COLUMN_SOURCE] = { "source", "hand-over as source", true },
	/* the guests are the other kernel's */
	[COLUMN_TARGET] = { "target", "hand-over as target", false },
	[COLUMN_KDUMP] = { "kdump", "kdump", true },
	[COLUMN_CRASH] = { "crash", "crash opens", true },
};

static const char * const verdicts[NR_VERDICTS] = {
	[VERDICT_UNKNOWN] = "not known", [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail",
	[VERDICT_UNSUPPORTED] = "not supported",
};

const char *row_name(enum kind row)
{
	return rows[row];
}

const char *column_name(enum column column)
{
	return columns[column].name;
}

const char *column_word(enum column column)
{
	return columns[column].word;
}

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

enum verdict verdict_of(const char *name)
{
	for (int v = 0; v < NR_VERDICTS; v++)
		if (name && !strcmp(name, verdicts[v]))
			return v;
	return VERDICT_UNKNOWN;
}

void cell_set(struct cell *cell, enum verdict verdict, const char *why)
{
	cell->verdict = verdict;
	cell->late = false;
	snprintf(cell->why, sizeof(cell->why), "%s", why);
	for (char *c = cell->why; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	for (size_t n = strlen(cell->why); n && cell->why[n - 1] == ' '; n--)
		cell->why[n - 1] = '\0';
}

static void decide(struct cell *cell, enum verdict verdict, const char *what, const char *why)
{
	char text[WHY_BYTES];

	/* what does not fit is the end of a long why */
	if (snprintf(text, sizeof(text), "%s%s%s", what, *what && *why ? ": " : "", why) < 0)
		text[0] = '\0';
	cell_set(cell, verdict, text);
}

void cell_decide(struct cell *cell, const struct outcome *seen)
{
	if (seen->ran && seen->ok)
		decide(cell, VERDICT_PASS, "", seen->why);
	else if (seen->interrupted)
		decide(cell, VERDICT_UNKNOWN, "interrupted", "");
	else if (!seen->started)
		decide(cell, VERDICT_UNKNOWN, "the machine did not start", seen->why);
	else if (!seen->ran)
		decide(cell, VERDICT_UNKNOWN, "not run, the machine was lost before", seen->why);
	else if (seen->absent)
		decide(cell, VERDICT_UNSUPPORTED, "", seen->why);
	else if (seen->untold)
		decide(cell, VERDICT_UNKNOWN, "", seen->why);
	else if (seen->emulator_ended)
		decide(cell, VERDICT_UNKNOWN, "the emulator ended by itself", seen->why);
	else
		decide(cell, VERDICT_FAIL, "", seen->why);
	cell->late = cell->verdict == VERDICT_FAIL && seen->late;
}

void cell_decide_again(struct cell *cell, const struct outcome *seen)
{
	cell_decide(cell, seen);
	cell->late = false;
	if (cell->verdict == VERDICT_PASS)
		decide(cell, VERDICT_PASS, "in time at the second try", seen->why);
}

bool matrix_needs_guests(enum column column)
{
	return columns[column].needs_guests;
}

void matrix_lacks(struct matrix *m, enum kind row, const char *why)
{
	for (int c = 0; c < NR_COLUMNS; c++)
		if (matrix_needs_guests(c))
			cell_set(&m->cell[row][c], VERDICT_UNSUPPORTED, why);
}

void matrix_set_all(struct matrix *m, enum verdict all, const char *why)
{
	for (int r = 0; r < NR_ROWS; r++)
		for (int c = 0; c < NR_COLUMNS; c++)
			cell_set(&m->cell[r][c], all, why);
}

unsigned int matrix_count(const struct matrix *m, enum verdict verdict)
{
	unsigned int n = 0;

	for (int r = 0; r < NR_ROWS; r++)
		for (int c = 0; c < NR_COLUMNS; c++)
			n += m->cell[r][c].verdict == verdict;
	return n;
}

int matrix_exit_status(const struct matrix *m)
{
	if (matrix_count(m, VERDICT_FAIL))
		return 1;
	return matrix_count(m, VERDICT_UNKNOWN) ? 2 : 0;
}
