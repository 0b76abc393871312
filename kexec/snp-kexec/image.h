/* SPDX-License-Identifier: GPL-2.0-only */
/* An image for the landing zone, checked and built in this process's memory. */
#ifndef SNP_KEXEC_IMAGE_H
#define SNP_KEXEC_IMAGE_H

#include "../annotation.h"
#include "host.h"

struct image_options {
	const char *kernel, *initrd;	/* paths; initrd NULL for none */
	const char *append;		/* NULL: the running kernel's */
	bool file;			/* the kernel is to lay it out itself */
};

/* What is written to the zone: whole pages but for kernel and initrd. */
struct image_write {
	enum inplace_piece_id id;
	const void *data;
	size_t size;
};

struct image {
	const struct image_options *options;
	struct bytes kernel, initrd;
	struct bzimage bz;
	struct boot_e820_entry *e820;
	struct boot_params prev, next;
	char cmdline[INPLACE_PAGE_SIZE];
	char features[ANNOTATION_VALUE_MAX + 1]; /* that its ccp_ext can restore; "" if nobody says */
	uint8_t trampoline[INPLACE_PAGE_SIZE];
	uint8_t *e820_ext, *efi_setup;
	struct efi_runtime efi;
	struct inplace_input input;
	struct inplace_layout layout;
	struct image_write write[INPLACE_NR_PIECES];
	int nr_writes;
};

bool image_build(struct context *c, struct image *image,
		 const struct image_options *o, const struct host_memory *m);
void image_free(struct image *image);

bool platform_read(struct context *c, struct image *image);
bool efi_read(struct context *c, struct efi_runtime *efi);
void efi_free(struct efi_runtime *efi);

#endif /* SNP_KEXEC_IMAGE_H */
