// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of pages to cells of a picture. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

/*
 * The most dangerous first, for a kernel that takes the page for its own: what only the
 * firmware can take back (immutable), what may be that, what RMPUPDATE can take back, what
 * is kept out for another reason, what nobody looked at.
 */
static const u8 danger[MAP_KINDS] = {
	RMPP_PAGE_FIRMWARE, RMPP_PAGE_CONTEXT, RMPP_PAGE_METADATA, RMPP_PAGE_RECLAIM,
	RMPP_PAGE_PRE_SWAP, RMPP_PAGE_PRE_GUEST, RMPP_PAGE_MIXED, RMPP_PAGE_GUEST_VALID,
	RMPP_PAGE_GUEST_INVALID, MAP_QUARANTINE, MAP_NOT_READ, RMPP_PAGE_HV_FIXED,
	RMPP_PAGE_HYPERVISOR,
};

/* Told apart by people who see fewer colours, after Okabe and Ito; no two letters are the same. */
const struct map_look map_look[MAP_KINDS] = {
	[RMPP_PAGE_HYPERVISOR]	  = { '.', 236, 0xe3e6ea, 0x2d333b },
	[RMPP_PAGE_HV_FIXED]	  = { 'H', 245, 0xa8adb5, 0x6b7280 },
	[RMPP_PAGE_FIRMWARE]	  = { 'F', 166, 0xd55e00, 0xe8701a },
	[RMPP_PAGE_RECLAIM]	  = { 'R', 220, 0xe6d51f, 0xf0e442 },
	[RMPP_PAGE_CONTEXT]	  = { 'C', 175, 0xcc79a7, 0xd98cb8 },
	[RMPP_PAGE_METADATA]	  = { 'M',  89, 0x882255, 0xa83a70 },
	[RMPP_PAGE_PRE_GUEST]	  = { 'P',  79, 0x44aa99, 0x4fc2ae },
	[RMPP_PAGE_PRE_SWAP]	  = { 'S',  22, 0x117733, 0x2a9d4e },
	[RMPP_PAGE_GUEST_INVALID] = { 'g', 117, 0x56b4e9, 0x7cc7f2 },
	[RMPP_PAGE_GUEST_VALID]	  = { 'G',  25, 0x0072b2, 0x2b8fd0 },
	[RMPP_PAGE_MIXED]	  = { 'X', 255, 0x111111, 0xffffff },
	[MAP_QUARANTINE]	  = { 'q', 214, 0xe69f00, 0xf2b430 },
	[MAP_NOT_READ]		  = { '?', 242, 0xc9b8d8, 0x574a66 },
};

/**
 * map_kind_name() - the word for a kind of page
 * @kind: page state, or MAP_*
 *
 * Return: a word; "?" if there is no such kind.
 */
const char *map_kind_name(u32 kind)
{
	return kind == MAP_QUARANTINE ? "quarantine" : kind == MAP_NOT_READ ? "not read" :
	       rmpp_page_state_name(kind);
}

/**
 * map_kind_danger() - which of two kinds a cell shows
 * @kind: page state, or MAP_*
 *
 * Return: a number, the highest that of the most dangerous kind; 0 if there is no such kind.
 */
u32 map_kind_danger(u32 kind)
{
	u32 i;

	for (i = 0; i < MAP_KINDS; i++)
		if (danger[i] == kind)
			return MAP_KINDS - i;
	return 0;
}

static void put(struct map *m, u64 pfn, u64 nr_pages, u8 kind)
{
	u64 i = (pfn - m->pfn) / m->cell_pages, last = (pfn - m->pfn + nr_pages - 1) / m->cell_pages;

	m->pages[kind] += nr_pages;
	for (; i <= last; i++)
		if (map_kind_danger(kind) > map_kind_danger(m->cell[i]))
			m->cell[i] = kind;
}

static u64 end_of(const struct map_range *r)
{
	return r->nr_pages > RMPP_MAX_PFN - r->pfn ? RMPP_MAX_PFN : r->pfn + r->nr_pages;
}

/* The first range behind *i that ends behind pfn; NULL: none. */
static const struct map_range *next(const struct map_range *v, size_t nr, size_t *i, u64 pfn)
{
	while (*i < nr && (v[*i].pfn >= RMPP_MAX_PFN || end_of(&v[*i]) <= pfn))
		(*i)++;
	return *i < nr ? &v[*i] : NULL;
}

static u64 least(u64 a, u64 b)
{
	return a < b ? a : b;
}

static void sweep(struct map *m, const struct map_source *s)
{
	const struct map_range *state, *out;
	u64 pfn = m->pfn, end = pfn + m->nr_pages, until;
	size_t i = 0, j = 0;
	u8 kind;

	for (; pfn < end; pfn = until) {
		state = next(s->states, s->nr_states, &i, pfn);
		out = next(s->kept_out, s->nr_kept_out, &j, pfn);
		kind = s->background;
		until = end;
		if (state && state->pfn <= pfn) {
			kind = state->kind;
			until = least(until, end_of(state));
		} else if (state) {
			until = least(until, state->pfn);
		}
		if (out && (kind == RMPP_PAGE_HYPERVISOR || kind == MAP_NOT_READ)) {
			kind = out->pfn <= pfn ? MAP_QUARANTINE : kind;
			until = least(until, out->pfn <= pfn ? end_of(out) : out->pfn);
		}
		put(m, pfn, until - pfn, kind);
	}
}

/**
 * map_fold() - draw ranges of pages into cells
 * @m:         filled; map_free() it if it was
 * @pfn:       first page
 * @nr_pages:  how many, at least one, below RMPP_MAX_PFN in all
 * @width:     cells of a row, at least one
 * @most_rows: at least one; cells get larger until their rows are no more than that
 * @s:         what is known of the pages
 *
 * A cell of pages of several kinds shows the most dangerous of them.
 *
 * Return: 0 or -ENOMEM.
 */
int map_fold(struct map *m, u64 pfn, u64 nr_pages, u32 width, u32 most_rows,
	     const struct map_source *s)
{
	u32 i;

	memset(m, 0, sizeof(*m));
	m->pfn = pfn;
	m->nr_pages = nr_pages;
	m->width = width;
	m->cell_pages = 1;
	while ((nr_pages - 1) / m->cell_pages >= (u64)width * most_rows)
		m->cell_pages *= 2;
	m->nr_cells = (u32)((nr_pages - 1) / m->cell_pages + 1);
	/* no kind at all, until a page of the cell is seen */
	m->cell = malloc(m->nr_cells);
	if (!m->cell)
		return -ENOMEM;
	memset(m->cell, MAP_KINDS, m->nr_cells);
	sweep(m, s);
	for (i = 0; i < m->nr_cells; i++)
		m->cells[m->cell[i]]++;
	return 0;
}

/**
 * map_free() - forget the cells
 * @m: as map_fold() left it
 */
void map_free(struct map *m)
{
	free(m->cell);
	m->cell = NULL;
}
