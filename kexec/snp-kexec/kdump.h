/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel that a panic would start. */
#ifndef SNP_KEXEC_KDUMP_H
#define SNP_KEXEC_KDUMP_H

#include "../bzimage.h"
#include "file.h"
#include "snp-kexec.h"

struct kdump_piece {
	uint64_t size;		/* bytes; 0: none */
	uint32_t crc;		/* CRC32C */
};

/* As the running kernel's ccp_ext saw it being loaded. */
struct kdump_armed {
	bool loaded;		/* by the kernel's own word */
	bool seen;		/* the rest is known */
	bool efi;		/* it will find EFI's tables */
	uint64_t reserved;	/* bytes for it */
	struct kdump_piece kernel, initrd;
	char by[32];
	char cmdline[4096];
	char words[256];	/* that it would have to have, of this boot */
};

struct kdump {
	struct context *c;
	const char *kernel, *initrd;	/* files to compare with; NULL: where they use to be */
	bool table;		/* also say what is well */
	struct kdump_armed armed;
	char release[BZIMAGE_RELEASE_SIZE];	/* of its kernel; "" if not known */
};

/** kdump_say() - a line of the table, if there is to be one */
#define kdump_say(k, ...) do { if ((k)->table) say(&(k)->c->report, __VA_ARGS__); } while (0)

bool kdump_read_armed(struct kdump *k);
void kdump_check_words(struct kdump *k);
void kdump_check_kernel(struct kdump *k);
void kdump_check_initrd(struct kdump *k);
void kdump_check_content(struct kdump *k, const char *path, const struct bytes *initrd);

#endif /* SNP_KEXEC_KDUMP_H */
