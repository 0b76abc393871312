// SPDX-License-Identifier: GPL-2.0-only
/* A map as PNG (ISO/IEC 15948): a palette, four bits a pixel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "map.h"

#define SIZE	6u		/* pixels of a cell, both ways; even */

static void put_be32(u8 *at, u32 value)
{
	at[0] = (u8)(value >> 24);
	at[1] = (u8)(value >> 16);
	at[2] = (u8)(value >> 8);
	at[3] = (u8)value;
}

static void chunk(FILE *to, const char *type, const u8 *data, u32 size)
{
	u8 head[8], tail[4];
	uLong crc;

	put_be32(head, size);
	memcpy(head + 4, type, 4);
	crc = crc32(crc32(0, NULL, 0), head + 4, 4);
	/* crc32(NULL) would start again */
	crc = size ? crc32(crc, data, size) : crc;
	put_be32(tail, (u32)crc);
	fwrite(head, 1, sizeof(head), to);
	fwrite(data, 1, size, to);
	fwrite(tail, 1, sizeof(tail), to);
}

/* The kinds, and behind them the paper of an unfinished last row. */
static void palette(FILE *to)
{
	u8 rgb[(MAP_KINDS + 1) * 3];
	u32 i;

	for (i = 0; i <= MAP_KINDS; i++) {
		u32 color = i < MAP_KINDS ? map_look[i].light : 0xffffff;

		rgb[i * 3] = (u8)(color >> 16);
		rgb[i * 3 + 1] = (u8)(color >> 8);
		rgb[i * 3 + 2] = (u8)color;
	}
	chunk(to, "PLTE", rgb, sizeof(rgb));
}

/* One row of pixels, behind the byte that says that it is not filtered. */
static void pixels(const struct map *m, u32 first, u8 *line)
{
	u32 i, x;

	line[0] = 0;
	for (i = 0; i < m->width; i++) {
		u8 kind = first + i < m->nr_cells ? m->cell[first + i] : MAP_KINDS;

		for (x = 0; x < SIZE / 2; x++)
			line[1 + i * (SIZE / 2) + x] = (u8)(kind << 4 | kind);
	}
}

/**
 * map_png() - a file of its own, of the cells alone
 * @to: where
 * @m:  folded
 *
 * Return: 0 or -ENOMEM.
 */
int map_png(FILE *to, const struct map *m)
{
	u32 rows = (m->nr_cells - 1) / m->width + 1, line = 1 + m->width * (SIZE / 2), y;
	uLong raw_size = (uLong)rows * SIZE * line;
	uLongf size = compressBound(raw_size);
	u8 *raw = malloc(raw_size), *packed = malloc(size), head[13] = { 0 };
	int err = -ENOMEM;

	for (y = 0; raw && y < rows * SIZE; y++)
		pixels(m, y / SIZE * m->width, raw + (uLong)y * line);
	if (raw && packed && compress2(packed, &size, raw, raw_size, Z_BEST_COMPRESSION) == Z_OK) {
		put_be32(head, m->width * SIZE);
		put_be32(head + 4, rows * SIZE);
		head[8] = 4;	/* bits */
		head[9] = 3;	/* palette */
		fwrite("\x89PNG\r\n\x1a\n", 1, 8, to);
		chunk(to, "IHDR", head, sizeof(head));
		palette(to);
		chunk(to, "IDAT", packed, (u32)size);
		chunk(to, "IEND", head, 0);
		err = 0;
	}
	free(raw);
	free(packed);
	return err;
}
