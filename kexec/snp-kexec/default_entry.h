/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel that a cold boot would start. */
#ifndef SNP_KEXEC_DEFAULT_ENTRY_H
#define SNP_KEXEC_DEFAULT_ENTRY_H

#include <stdbool.h>

#include "../boot_entry.h"
#include "snp-kexec.h"

struct default_entry {
	struct boot_entry entry;
	char kernel[PATH_MAX], initrd[PATH_MAX];	/* on this host; initrd "": none */
	bool has_append;
};

bool default_entry_find(struct context *c, struct default_entry *d);

#endif /* SNP_KEXEC_DEFAULT_ENTRY_H */
