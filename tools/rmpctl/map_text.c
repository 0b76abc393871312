// SPDX-License-Identifier: GPL-2.0-only
/* A map for terminals. */
#include <inttypes.h>

#include "map.h"
#include "rmpctl.h"

/* Black or white, whichever is read better on it. */
static unsigned int ink(u32 rgb)
{
	return (rgb >> 16) * 30 + (rgb >> 8 & 0xff) * 59 + (rgb & 0xff) * 11 > 12800 ? 16 : 231;
}

static void begin_color(FILE *to, u8 kind)
{
	const struct map_look *look = &map_look[kind];

	fprintf(to, "\033[38;5;%u;48;5;%um", ink(look->dark), look->ansi);
}

static void row(FILE *to, const struct map *m, u32 first, bool color)
{
	u32 i;

	fprintf(to, "%#14" PRIx64 "  ", (uint64_t)((m->pfn + first * m->cell_pages) << RMPP_PAGE_SHIFT));
	for (i = first; i < m->nr_cells && i < first + m->width; i++) {
		if (color && (i == first || m->cell[i] != m->cell[i - 1]))
			begin_color(to, m->cell[i]);
		fputc(map_look[m->cell[i]].letter, to);
	}
	fputs(color ? "\033[0m\n" : "\n", to);
}

/**
 * map_text_legend() - what the letters mean, and how many pages are in each state
 * @to:    where
 * @m:     folded
 * @color: with escape sequences
 */
void map_text_legend(FILE *to, const struct map *m, bool color)
{
	u32 i;

	for (i = 0; i < MAP_KINDS; i++) {
		if (!m->pages[i])
			continue;
		fputs("  ", to);
		if (color)
			begin_color(to, (u8)i);
		fprintf(to, "%c%s  %-13s %12" PRIu64 " pages %14.3f MiB %8" PRIu32 " cells\n",
			map_look[i].letter, color ? "\033[0m" : "", map_kind_name(i),
			(uint64_t)m->pages[i], (double)m->pages[i] / 256, m->cells[i]);
	}
}

/**
 * map_text() - draw it, a letter a cell
 * @to:    where
 * @m:     folded
 * @color: with escape sequences
 */
void map_text(FILE *to, const struct map *m, bool color)
{
	u32 i;

	for (i = 0; i < m->nr_cells; i += m->width)
		row(to, m, i, color);
	fputc('\n', to);
}
