/* SPDX-License-Identifier: GPL-2.0-only */
/* The landing zone, and loading into it. One command at a time. */
#ifndef SNP_KEXEC_ZONE_H
#define SNP_KEXEC_ZONE_H

#include "image.h"

struct zone {
	int fd;			/* zone_data, locked */
	char path[PATH_MAX];
};

bool zone_lock(struct context *c, struct zone *z);
void zone_unlock(struct zone *z);
bool zone_clear(struct context *c);
bool zone_write(struct context *c, struct zone *z, const struct image *image);
bool zone_commit(struct context *c, const struct image *image);
bool zone_load(struct context *c, const struct image *image,
	       unsigned int max_tries, unsigned int *tries);

/* steer.c: kexec_file_load() into the zone */
bool steer_load(struct context *c, const struct image *image);
bool kernel_is_locked_down(struct context *c);

#endif /* SNP_KEXEC_ZONE_H */
