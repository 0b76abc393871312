/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The RMP entry by entry, from two sides: the machine's memory, decoded here by AMD's manuals, and what rmpctl shows.
 */
#ifndef RMP_TABLE_H
#define RMP_TABLE_H

#include "scenario.h"

/**
 * struct rmp_table - what each page is
 * @nr:    pages that have an entry
 * @entry: ASID, page size, VMSA and state of each, comparable; 0: a Hypervisor page
 * @base:  where the machine has it
 * @raw:   the table as it lies in memory, its bookkeeping too, @size bytes; NULL if it is rmpctl's
 */
struct rmp_table {
	size_t nr, size;
	unsigned long long base;
	uint32_t *entry;
	uint8_t *raw;
};

/** rmp_table_take() - out of the machine's memory, now; its processors stand still meanwhile */
bool rmp_table_take(struct run *r, struct rmp_table *t);

/** rmp_table_ask() - as rmpctl shows it of @file, a blob; as many pages as @like has */
bool rmp_table_ask(struct run *r, const char *file, const struct rmp_table *like, struct rmp_table *t);

/** rmp_table_same() - are all entries the same? False (with the first that is not) if not */
bool rmp_table_same(struct run *r, const char *which, const struct rmp_table *a, const struct rmp_table *b);

/** rmp_table_assigned() - pages that are somebody else's than the hypervisor's */
size_t rmp_table_assigned(const struct rmp_table *t);

/** rmp_table_guest_word() - where in the machine's memory the entry of a guest's first page is; 0: there is none */
unsigned long long rmp_table_guest_word(const struct rmp_table *t);

void rmp_table_free(struct rmp_table *t);

#endif
