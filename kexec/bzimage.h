/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel file, checked from hostile bytes. Pure: nothing here allocates,
 * prints or keeps state. Words and offsets are those of the kernel's
 * Documentation/arch/x86/boot.rst.
 */
#ifndef KEXEC_BZIMAGE_H
#define KEXEC_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include <asm/bootparam.h>

/* One name per check. */
enum bzimage_error {
	BZIMAGE_OK		= 0,
	BZIMAGE_ERR_SHORT	= -1,
	BZIMAGE_ERR_ELF		= -2,
	BZIMAGE_ERR_COMPRESSED	= -3,
	BZIMAGE_ERR_CPIO	= -4,
	BZIMAGE_ERR_ZBOOT	= -5,
	BZIMAGE_ERR_UKI		= -6,
	BZIMAGE_ERR_MAGIC	= -7,
	BZIMAGE_ERR_BOOT_FLAG	= -8,
	BZIMAGE_ERR_PROTOCOL	= -9,
	BZIMAGE_ERR_HEADER_SIZE	= -10,
	BZIMAGE_ERR_NOT_HIGH	= -11,
	BZIMAGE_ERR_NOT_64	= -12,
	BZIMAGE_ERR_NOT_RELOCATABLE = -13,
	BZIMAGE_ERR_ALIGNMENT	= -14,
	BZIMAGE_ERR_TRUNCATED	= -15,
	BZIMAGE_ERR_PAYLOAD	= -16,
	BZIMAGE_ERR_INIT_SIZE	= -17,
	BZIMAGE_ERR_LAST	= -17,
};

#define BZIMAGE_RELEASE_SIZE	128
#define BZIMAGE_SETUP_INDIRECT	0x80000000u	/* bit of setup_type_max */

struct bzimage {
	struct setup_header hdr;	/* fields past its real end are zero */
	uint64_t setup_size;		/* bytes: boot sector and setup code */
	uint64_t kernel_size;		/* bytes: protected-mode part */
	uint32_t setup_type_max;	/* 0: not told, an old kernel */
	char release[BZIMAGE_RELEASE_SIZE]; /* for humans; "" if none */
};

int bzimage_check(struct bzimage *bz, const void *data, size_t size);
const char *bzimage_strerror(int err);

#endif /* KEXEC_BZIMAGE_H */
