/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel can do across kexec and kdump: a cell for each kind of guest and each thing asked of it. */
#ifndef QUALIFY_MATRIX_H
#define QUALIFY_MATRIX_H

#include <stdbool.h>

#define MATRIX_FORMAT	1
#define WHY_BYTES	600
#define WORD_BYTES	128

enum kind { ROW_SEV, ROW_SEV_ES, ROW_SNP, NR_ROWS };

enum column {
	COLUMN_LAUNCH, COLUMN_CLEAN, COLUMN_GUESTS, COLUMN_FAULTS, COLUMN_QUARANTINE, COLUMN_GIVE_BACK,
	COLUMN_SOURCE, COLUMN_TARGET, COLUMN_KDUMP, COLUMN_CRASH, NR_COLUMNS,
};

/* Nothing is known of a cell until something was seen. */
enum verdict { VERDICT_UNKNOWN, VERDICT_PASS, VERDICT_FAIL, VERDICT_UNSUPPORTED, NR_VERDICTS };

struct cell {
	enum verdict verdict;
	char why[WHY_BYTES];	/* one line; of a pass what there is to say of it, or empty */
	bool late;		/* failed for want of an answer in time: to be asked once more, alone */
};

struct matrix {
	char kernel[WORD_BYTES];	/* directory below build/kernels */
	char release[WORD_BYTES];
	char package[WORD_BYTES];	/* and version */
	char reference[WORD_BYTES];	/* release of the kernel on the other side of a hand-over */
	char qemu[WORD_BYTES];
	char project[WORD_BYTES];
	char started[WORD_BYTES];	/* UTC, ISO 8601 */
	long seconds;
	char features[256];		/* that its ccp_ext can restore, by the note in its initrd; empty: no note */
	struct cell cell[NR_ROWS][NR_COLUMNS];
};

/* What was seen of the step that decides a cell. */
struct outcome {
	bool started;		/* the machine's first kernel reported */
	bool ran;		/* the step had a machine to run in */
	bool ok;
	bool absent;		/* the kernel itself says that it lacks what the cell is about */
	bool untold;		/* what would tell is missing here */
	bool interrupted;
	bool late;		/* what failed is that something did not come in time */
	bool emulator_ended;	/* without the reset or the shutdown that a kernel ends it by */
	char why[WHY_BYTES];
};

/** row_name() - "SEV-ES" */
const char *row_name(enum kind row);
/** column_name() - "kexec with live guests" */
const char *column_name(enum column column);
/** column_word() - "guests": for heads of narrow columns, and names in JSON */
const char *column_word(enum column column);
/** verdict_name() - "not supported" */
const char *verdict_name(enum verdict verdict);
/** verdict_of() - the verdict of this name; VERDICT_UNKNOWN of any other */
enum verdict verdict_of(const char *name);

/** cell_set() - a verdict and why, of which control characters and ends of lines become blanks */
void cell_set(struct cell *cell, enum verdict verdict, const char *why);

/** cell_decide() - what was seen is the kernel's doing only if there was a machine for it to do it in */
void cell_decide(struct cell *cell, const struct outcome *seen);

/** cell_decide_again() - the same for a cell that was late, with a word for that if it passes now */
void cell_decide_again(struct cell *cell, const struct outcome *seen);

/** matrix_needs_guests() - is there nothing to ask a kernel in this column that makes no such guests? */
bool matrix_needs_guests(enum column column);

/** matrix_lacks() - the kernel makes no guests of this row: what needs them is not supported */
void matrix_lacks(struct matrix *m, enum kind row, const char *why);

/** matrix_set_all() - the same in each cell: there is no module, for instance */
void matrix_set_all(struct matrix *m, enum verdict all, const char *why);

/** matrix_count() - cells of this verdict */
unsigned int matrix_count(const struct matrix *m, enum verdict verdict);

/** matrix_exit_status() - 0: all pass or are not supported; 1: one fails; 2: none fails, and one is not known */
int matrix_exit_status(const struct matrix *m);

#endif
