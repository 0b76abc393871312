/* SPDX-License-Identifier: GPL-2.0-only */
/* What a blob says for a map. */
#ifndef RMPCTL_MAP_BLOB_H
#define RMPCTL_MAP_BLOB_H

#include "map.h"
#include "rmpctl.h"

struct map_blob {
	struct map_range *range;	/* both lists of the source */
	struct map_source source;
	u64 end;			/* pfn behind all that the blob speaks of */
	const char *note;		/* what a reader has to know, or NULL */
};

/* map_blob.c */
int map_blob(struct map_blob *b, const struct rmpp_blob *blob);
void map_blob_free(struct map_blob *b);

/* map_json.c */
void map_json(const struct input *in, const struct map *m, const struct map_blob *b);

#endif /* RMPCTL_MAP_BLOB_H */
