/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef QUALIFY_DOCUMENT_H
#define QUALIFY_DOCUMENT_H

#include <stdio.h>

/**
 * document() - docs/matrix.md
 * @words: "SERIES=FILE.json" each, in the order in which they are to stand; "SERIES=" was not run
 *
 * Return: 0, or 2 if a file is none of ours, which standard error says.
 */
int document(FILE *f, char **words, int nr);

#endif
