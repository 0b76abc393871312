/* SPDX-License-Identifier: GPL-2.0-only */
/* A file that is replaced as a whole or not at all. */
#ifndef SNP_KEXEC_REPLACE_H
#define SNP_KEXEC_REPLACE_H

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

struct replacement {
	int fd;
	char path[PATH_MAX], temporary[PATH_MAX];
};

int replace_begin(struct replacement *r, const char *path, const struct stat *like);
int replace_write(struct replacement *r, const void *data, size_t size);
int replace_commit(struct replacement *r);
int replace_whole(const char *path, const void *data, size_t size);
void replace_abort(struct replacement *r);

#endif /* SNP_KEXEC_REPLACE_H */
