// SPDX-License-Identifier: GPL-2.0-only
/* A map as SVG: neighbours in a row that show the same are one rectangle. */
#include <inttypes.h>

#include "map.h"

#define SIZE	6u		/* of a cell */
#define LINE	16u		/* of the legend */
#define MARGIN	12u

/**
 * map_svg_style() - rules for class names k0, k1, ..., light and dark
 * @to:     where
 * @inside: selector that they are to be bound to, with its space; "" for none
 */
void map_svg_style(FILE *to, const char *inside)
{
	u32 i;

	for (i = 0; i < MAP_KINDS; i++)
		fprintf(to, "%s.k%" PRIu32 "{fill:#%06" PRIx32 "}\n", inside, i, map_look[i].light);
	fputs("@media (prefers-color-scheme: dark){\n", to);
	for (i = 0; i < MAP_KINDS; i++)
		fprintf(to, "%s.k%" PRIu32 "{fill:#%06" PRIx32 "}\n", inside, i, map_look[i].dark);
	fputs("}\n", to);
}

static u32 alike(const struct map *m, u32 i)
{
	u32 end = i - i % m->width + m->width, n = 1;

	end = end < m->nr_cells ? end : m->nr_cells;
	while (i + n < end && m->cell[i + n] == m->cell[i])
		n++;
	return n;
}

/**
 * map_svg_cells() - the cells, from the upper left corner on
 * @to:   where
 * @m:    folded
 * @size: of a cell
 */
void map_svg_cells(FILE *to, const struct map *m, u32 size)
{
	u32 i, n;

	for (i = 0; i < m->nr_cells; i += n) {
		u64 pfn = m->pfn + i * m->cell_pages;

		n = alike(m, i);
		fprintf(to, "<rect class=\"k%u\" x=\"%" PRIu32 "\" y=\"%" PRIu32 "\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\"><title>%#" PRIx64 ", %" PRIu64 " KiB: %s</title></rect>\n",
			m->cell[i], i % m->width * size, i / m->width * size, n * size, size,
			(uint64_t)(pfn << RMPP_PAGE_SHIFT), (uint64_t)(n * m->cell_pages * 4),
			map_kind_name(m->cell[i]));
	}
}

static void legend(FILE *to, const struct map *m, u32 y)
{
	u32 i;

	for (i = 0; i < MAP_KINDS; i++) {
		if (!m->pages[i])
			continue;
		fprintf(to, "<rect class=\"k%" PRIu32 "\" x=\"0\" y=\"%" PRIu32 "\" width=\"12\" height=\"12\"/><text x=\"18\" y=\"%" PRIu32 "\">%s: %" PRIu64 " pages, %.3f MiB</text>\n",
			i, y, y + 10, map_kind_name(i), (uint64_t)m->pages[i],
			(double)m->pages[i] / 256);
		y += LINE;
	}
}

/**
 * map_svg() - a file of its own, with legend
 * @to: where
 * @m:  folded
 */
void map_svg(FILE *to, const struct map *m)
{
	u32 rows = (m->nr_cells - 1) / m->width + 1, lines = 0, i, width = m->width * SIZE;

	for (i = 0; i < MAP_KINDS; i++)
		lines += !!m->pages[i];
	width = (width < 360 ? 360 : width) + 2 * MARGIN;
	fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %" PRIu32 " %" PRIu32 "\" width=\"%" PRIu32 "\" height=\"%" PRIu32 "\">\n",
		width, rows * SIZE + (lines + 1) * LINE + 3 * MARGIN, width,
		rows * SIZE + (lines + 1) * LINE + 3 * MARGIN);
	fprintf(to, "<title>Physical memory by page state</title>\n<desc>From %#" PRIx64 " to %#" PRIx64 ", row by row; a cell is %" PRIu64 " KiB and shows the most dangerous state in it</desc>\n",
		(uint64_t)(m->pfn << RMPP_PAGE_SHIFT),
		(uint64_t)((m->pfn + m->nr_pages) << RMPP_PAGE_SHIFT), (uint64_t)(m->cell_pages * 4));
	fputs("<style>\n.paper{fill:#ffffff}\ntext{font:12px sans-serif;fill:#1c1f23}\n@media (prefers-color-scheme: dark){\n.paper{fill:#14171a}\ntext{fill:#e6e8eb}\n}\n",
	      to);
	map_svg_style(to, "");
	fprintf(to, "</style>\n<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n<g transform=\"translate(%u %u)\" shape-rendering=\"crispEdges\">\n",
		MARGIN, MARGIN);
	map_svg_cells(to, m, SIZE);
	fprintf(to, "</g>\n<g transform=\"translate(%u %" PRIu32 ")\">\n", MARGIN,
		rows * SIZE + 2 * MARGIN);
	fprintf(to, "<text y=\"10\">%#" PRIx64 " to %#" PRIx64 ", %" PRIu64 " KiB a cell</text>\n",
		(uint64_t)(m->pfn << RMPP_PAGE_SHIFT),
		(uint64_t)((m->pfn + m->nr_pages) << RMPP_PAGE_SHIFT), (uint64_t)(m->cell_pages * 4));
	legend(to, m, LINE);
	fputs("</g>\n</svg>\n", to);
}
