/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an initramfs says of the hand-over features that its ccp_ext can
 * restore: a small file in the uncompressed head of the initramfs, so that it
 * can be read without unpacking anything. Pure.
 *
 *	ccp_ext.handover 1
 *	release 6.12.117+deb12-amd64
 *	module 0.1
 *	features quarantine give-back parked-iommu
 *	initrd 13546496 0x1a2b3c4d
 *	crc 0x5e6f7a8b
 *
 * The number in the first line changes if an older reader would misunderstand
 * the rest. Unknown keys are skipped. `release` is the kernel that the module
 * was built for; `initrd` size and CRC32C of the initramfs without this file,
 * so that one that was changed later is noticed; `crc` the CRC32C of the lines
 * before it, and the last line.
 */
#ifndef KEXEC_ANNOTATION_H
#define KEXEC_ANNOTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANNOTATION_NAME		"ccp_ext.handover"
#define ANNOTATION_MAX		4096	/* bytes of text */
/* An archive of its own: marker, annotation, trailer, filled up. */
#define ANNOTATION_HEAD_MAX	(ANNOTATION_MAX + 1024)
#define ANNOTATION_VALUE_MAX	1024	/* of each value */

/* One name per check. */
enum annotation_error {
	ANNOTATION_OK		= 0,
	ANNOTATION_ERR_NONE	= -1,	/* there is none */
	ANNOTATION_ERR_TWICE	= -2,
	ANNOTATION_ERR_SIZE	= -3,	/* too long, or a value is */
	ANNOTATION_ERR_MAGIC	= -4,	/* first line is another */
	ANNOTATION_ERR_NEWER	= -5,	/* ... of a later version */
	ANNOTATION_ERR_TEXT	= -6,	/* bytes that are no text, a line without end */
	ANNOTATION_ERR_CRC	= -7,	/* checksum missing or wrong */
	ANNOTATION_ERR_KEY	= -8,	/* a key is missing, given twice, or its value makes no sense */
	ANNOTATION_ERR_STALE	= -9,	/* the initramfs is not the one that was annotated */
	ANNOTATION_ERR_CPIO	= -10,	/* the archive around it is damaged; see @cpio */
	ANNOTATION_ERR_LAST	= -10,
};

struct annotation {
	char release[ANNOTATION_VALUE_MAX + 1];
	char module[ANNOTATION_VALUE_MAX + 1];
	char features[ANNOTATION_VALUE_MAX + 1];	/* names between blanks */
	uint64_t initrd_size;	/* bytes without the annotation */
	uint32_t initrd_crc;
};

/* An initramfs, and where its annotation lies. */
struct annotated {
	size_t start, end;	/* what to cut out to be rid of it; equal if there is none */
	const uint8_t *text;
	size_t text_size;
	bool has_module;	/* a ccp_ext.ko was seen in the uncompressed head */
	bool whole;		/* nothing follows the head: all files were seen */
	int cpio;		/* enum cpio_error */
};

int annotation_make(char text[ANNOTATION_MAX + 1], const struct annotation *a);
int annotation_parse(struct annotation *a, const void *text, size_t size);
int annotated_find(struct annotated *f, const void *initrd, size_t size);
int annotated_read(struct annotated *f, struct annotation *a, const void *initrd, size_t size);
bool annotated_is_module(const char *name);
uint32_t annotated_crc(const struct annotated *f, const void *initrd, size_t size);
int annotated_head(uint8_t head[ANNOTATION_HEAD_MAX], const struct annotated *f,
		   const void *initrd, size_t size, const char *text, size_t *head_size);
const char *annotation_strerror(int err);

#endif /* KEXEC_ANNOTATION_H */
