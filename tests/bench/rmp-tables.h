/* SPDX-License-Identifier: GPL-2.0-only */
/* Synthetic RMP tables of a host with guests; the same for the same seed. */
#ifndef RMP_TABLES_H
#define RMP_TABLES_H

#include <rmp_persist/rmp_persist.h>

#define NR_GUESTS	500

void table_empty(struct rmpp_raw_entry *table, u64 nr_pages);
void table_guests_2m(struct rmpp_raw_entry *table, u64 nr_pages);
void table_guests_4k(struct rmpp_raw_entry *table, u64 nr_pages);
void table_worst(struct rmpp_raw_entry *table, u64 nr_pages);

#endif /* RMP_TABLES_H */
