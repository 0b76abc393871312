// SPDX-License-Identifier: GPL-2.0-only
/*
 * Synthetic RMP tables. Bits by PPR Family 19h Model 01h: assigned 0, 2 MiB 1,
 * immutable 2, GPA 50:12, ASID 60:51, VMSA 61, validated 62.
 */
#include "rmp-tables.h"

#define ASSIGNED	(1ULL << 0)
#define LARGE		(1ULL << 1)
#define IMMUTABLE	(1ULL << 2)
#define VMSA		(1ULL << 61)
#define VALIDATED	(1ULL << 62)
#define ASID(n)		((u64)(n) << 51)
#define GPA(page)	((u64)(page) << 12 & 0x0007fffffffff000ULL)

static u64 state;

/* splitmix64 */
static u64 rnd(u64 bound)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % bound;
}

static void put(struct rmpp_raw_entry *e, u64 lo)
{
	e->lo = cpu_to_le64(lo);
	e->hi = 0;
}

/* All pages with the hypervisor. */
void table_empty(struct rmpp_raw_entry *table, u64 nr_pages)
{
	memset(table, 0, nr_pages * sizeof(*table));
}

/*
 * 500 guests in 2 MiB entries, in pieces of 1 to 64 blocks, one block in five
 * left to the hypervisor. The 511 entries below a head repeat it as 4 KiB entries.
 */
void table_guests_2m(struct rmpp_raw_entry *table, u64 nr_pages)
{
	u64 at = 0, blocks, guest, i, lo, gpa[NR_GUESTS] = { 0 };

	state = 2;
	table_empty(table, nr_pages);
	while (at < nr_pages) {
		if (!rnd(5)) {
			at += 512 * (1 + rnd(32));
			continue;
		}
		guest = rnd(NR_GUESTS);
		for (blocks = 1 + rnd(64); blocks && at < nr_pages; blocks--) {
			lo = ASSIGNED | VALIDATED | ASID(guest + 1);
			for (i = 0; i < 512 && at < nr_pages; i++, at++, gpa[guest]++)
				put(&table[at], lo | GPA(gpa[guest]) | (i ? 0 : LARGE));
		}
	}
}

/*
 * 500 guests in 4 KiB entries: pieces of 1 to 32 pages, one piece in five left
 * to the hypervisor, one page in 4096 a VMSA, some Firmware and Context pages.
 */
void table_guests_4k(struct rmpp_raw_entry *table, u64 nr_pages)
{
	u64 at = 0, pages, guest, gpa[NR_GUESTS] = { 0 };

	state = 4;
	table_empty(table, nr_pages);
	while (at < nr_pages) {
		pages = 1 + rnd(32);
		if (!rnd(5)) {
			at += pages;
			continue;
		}
		if (!rnd(2048)) {
			put(&table[at++], ASSIGNED | IMMUTABLE | (rnd(2) ? VMSA : 0));
			continue;
		}
		guest = rnd(NR_GUESTS);
		for (; pages && at < nr_pages; pages--, at++, gpa[guest]++)
			put(&table[at], ASSIGNED | VALIDATED | ASID(guest + 1) |
			    GPA(gpa[guest]) | (rnd(4096) ? 0 : VMSA));
	}
}

/* Nobody's host: no page has a neighbour of its kind. */
void table_worst(struct rmpp_raw_entry *table, u64 nr_pages)
{
	u64 at;

	state = 8;
	for (at = 0; at < nr_pages; at++)
		put(&table[at], ASSIGNED | VALIDATED | ASID(1 + at % 2 + 2 * rnd(250)) | GPA(at));
}
