/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The uncompressed head of an initramfs: "newc" archives, one after the other,
 * up to the first compressed one. Pure: nothing here allocates, prints or keeps
 * state. The format is that of the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst; what is walked is
 * what lib/earlycpio.c walks in search of microcode and ACPI tables.
 */
#ifndef KEXEC_CPIO_H
#define KEXEC_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPIO_NAME_MAX	4096	/* PATH_MAX of the kernel's init/initramfs.c, its NUL included */
#define CPIO_BLOCK	512	/* archives are filled up to this */

/* One name per check. */
enum cpio_error {
	CPIO_OK			= 0,
	CPIO_ERR_TRUNCATED	= -1,	/* ends within an entry */
	CPIO_ERR_NUMBER		= -2,	/* a field is no hexadecimal number */
	CPIO_ERR_NAME		= -3,	/* empty, too long or not terminated */
	CPIO_ERR_SPACE		= -4,	/* output full */
	CPIO_ERR_LAST		= -4,
};

struct cpio_entry {
	const char *name;	/* NUL-terminated, within the data */
	const uint8_t *data;
	size_t start, end;	/* header to next header, bytes from the data's start */
	size_t size;		/* bytes of @data */
};

struct cpio_walk {
	const uint8_t *data;
	size_t size, at;	/* where the walk is, and at its end what follows */
};

void cpio_walk_begin(struct cpio_walk *w, const void *data, size_t size);
int cpio_walk_next(struct cpio_walk *w, struct cpio_entry *e);
bool cpio_is_trailer(const struct cpio_entry *e);
bool cpio_is_compressed(const void *data, size_t size);
bool cpio_starts_newc(const void *data, size_t size);

int cpio_put(uint8_t *buf, size_t room, size_t *used, const char *name,
	     const void *data, size_t size);
int cpio_put_trailer(uint8_t *buf, size_t room, size_t *used);
const char *cpio_strerror(int err);

#endif /* KEXEC_CPIO_H */
