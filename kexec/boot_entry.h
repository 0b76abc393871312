/* SPDX-License-Identifier: GPL-2.0-only */
/* What a boot loader would start next, from its files. Pure. */
#ifndef KEXEC_BOOT_ENTRY_H
#define KEXEC_BOOT_ENTRY_H

#include <stddef.h>

#define BOOT_ENTRY_TEXT	2048	/* bytes of a command line */
#define BOOT_ENTRY_PATH	1024

struct boot_entry {
	char title[256];
	char kernel[BOOT_ENTRY_PATH], initrd[BOOT_ENTRY_PATH];	/* as the loader has them; "": none */
	char append[BOOT_ENTRY_TEXT];
};

enum boot_entry_error {
	BOOT_ENTRY_NO_DEFAULT	= -1,	/* nothing of the name that is the default */
	BOOT_ENTRY_NO_KERNEL	= -2,	/* the entry starts none */
	BOOT_ENTRY_VARIABLE	= -3,	/* ... and only the loader knows which */
	BOOT_ENTRY_INITRDS	= -4,	/* more than one */
	BOOT_ENTRY_TOO_LONG	= -5,
	BOOT_ENTRY_TOO_DEEP	= -6,
};

int boot_entry_from_grub(struct boot_entry *e, const char *cfg, const char *env);
int boot_entry_from_loader(struct boot_entry *e, const char *text);
const char *boot_entry_strerror(int err);

#endif /* KEXEC_BOOT_ENTRY_H */
