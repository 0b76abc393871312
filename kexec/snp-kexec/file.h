/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading files and the numbers in them. */
#ifndef SNP_KEXEC_FILE_H
#define SNP_KEXEC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;		/* a NUL follows the last byte */
	size_t size;
};

int bytes_read(struct bytes *b, const char *path, size_t max);
int bytes_read_fd(struct bytes *b, int fd, size_t max);
int bytes_read_fd(struct bytes *b, int fd, size_t max);
int bytes_read_head(struct bytes *b, const char *path, size_t max);
void bytes_free(struct bytes *b);

bool parse_u64(const char **text, uint64_t *value);

#endif /* SNP_KEXEC_FILE_H */
