/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical memory as a picture: ranges of pages folded into cells. */
#ifndef RMPCTL_MAP_H
#define RMPCTL_MAP_H

#include <stdbool.h>
#include <stdio.h>

#include <rmp_persist/rmp_persist.h>

/* What a page is: a page state, or one of these. */
enum {
	MAP_QUARANTINE	= RMPP_PAGE_STATE_MAX + 1,	/* kept out, and Hypervisor or not read */
	MAP_NOT_READ,					/* no RMP, or one that was not read */
	MAP_KINDS,
};

struct map_look {
	char letter;
	u8 ansi;		/* of the 256 colours of a terminal */
	u32 light, dark;	/* 0xrrggbb, by the background around the picture */
};

extern const struct map_look map_look[MAP_KINDS];

struct map_range {
	u64 pfn, nr_pages;
	u8 kind;
};

/* Both sorted by pfn; what they overlap is the state's. */
struct map_source {
	const struct map_range *states;
	const struct map_range *kept_out;
	size_t nr_states, nr_kept_out;
	u8 background;		/* of pages without a state */
};

struct map {
	u64 pfn, nr_pages;	/* what is drawn */
	u64 cell_pages;		/* of one cell: a power of two */
	u32 width, nr_cells;	/* cells of a row; of all */
	u8 *cell;		/* kinds */
	u64 pages[MAP_KINDS];
	u32 cells[MAP_KINDS];	/* that show it */
};

/* map_fold.c */
const char *map_kind_name(u32 kind);
u32 map_kind_danger(u32 kind);
int map_fold(struct map *m, u64 pfn, u64 nr_pages, u32 width, u32 most_rows,
	     const struct map_source *s);
void map_free(struct map *m);

/* map_text.c, map_svg.c, map_png.c */
void map_text(FILE *to, const struct map *m, bool color);
void map_text_legend(FILE *to, const struct map *m, bool color);
void map_svg_cells(FILE *to, const struct map *m, u32 size);
void map_svg_style(FILE *to, const char *inside);
void map_svg(FILE *to, const struct map *m);
int map_png(FILE *to, const struct map *m);

#endif /* RMPCTL_MAP_H */
