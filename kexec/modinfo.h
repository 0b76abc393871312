/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel module's information (section .modinfo), from hostile bytes. Pure.
 * The section holds NUL-terminated strings `KEY=VALUE`.
 */
#ifndef KEXEC_MODINFO_H
#define KEXEC_MODINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One name per check. */
enum modinfo_error {
	MODINFO_OK		= 0,
	MODINFO_ERR_COMPRESSED	= -1,
	MODINFO_ERR_NOT_ELF	= -2,
	MODINFO_ERR_NOT_MODULE	= -3,	/* another kind of ELF, or another machine's */
	MODINFO_ERR_TRUNCATED	= -4,	/* a section lies past the end */
	MODINFO_ERR_SECTIONS	= -5,	/* section table or names make no sense */
	MODINFO_ERR_NONE	= -6,	/* no .modinfo */
	MODINFO_ERR_TEXT	= -7,	/* the last string has no end */
	MODINFO_ERR_LAST	= -7,
};

struct modinfo {
	const char *text;	/* strings, the last one terminated */
	size_t size;
};

int modinfo_find(struct modinfo *m, const void *data, size_t size);
const char *modinfo_get(const struct modinfo *m, const char *key);
const char *modinfo_strerror(int err);

#endif /* KEXEC_MODINFO_H */
