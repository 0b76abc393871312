/* SPDX-License-Identifier: GPL-2.0-only */
/* The next kernel's command line. Pure. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cmdline_error {
	CMDLINE_ERR_TOO_LONG	= -1,
	CMDLINE_ERR_QUOTE	= -2,	/* a quote is never closed */
};

int cmdline_make(char *out, size_t max_length, const char *in,
		 uint64_t region_pa, bool efi);
int cmdline_find(const char *in, const char *name, const char **value);

#endif /* KEXEC_CMDLINE_H */
