/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts as TAP on standard output; everything else goes there as comments. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>

/** tap_plan() - how many verdicts will come */
void tap_plan(unsigned int count);

/** tap_result() - one verdict. Return: @ok. */
bool tap_result(bool ok, const char *name);

/** tap_note() - a comment, one or more lines */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** tap_exit_status() - 0 if as many verdicts came as were planned and all were good, else 1 */
int tap_exit_status(void);

#endif
