/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef QUALIFY_ASK_H
#define QUALIFY_ASK_H

#include "plan.h"

/**
 * ask() - run scenarios, and decide the cells of @m that they are about
 * @plans:    nr of them, PLANS_MAX at most
 * @progress: told of each cell that is decided; may be NULL
 */
void ask(struct matrix *m, const struct plan *plans, unsigned int nr,
	 void (*progress)(const struct matrix *m, enum kind row, enum column column));

/**
 * ask_all() - decide all cells, ahead of all what the kernel can be asked for
 * @why_no_crash: of cells that are not asked because there is no vmlinux
 * @no_crash:     their verdict
 */
void ask_all(struct matrix *m, const struct target *target, enum verdict no_crash, const char *why_no_crash,
	     void (*progress)(const struct matrix *m, enum kind row, enum column column));

/** control() - TAP: cells of the reference kernel fail where they must. Return: exit status */
int control(const char *reference);

#endif
