/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of physical memory for the next kernel. Pure. */
#ifndef KEXEC_E820_H
#define KEXEC_E820_H

#include <stdbool.h>
#include <stdint.h>

#include <asm/bootparam.h>

/* What the kernel's own tables hold: E820_MAX_ENTRIES (128 + 3 * 1024 nodes). */
#define E820_ENTRIES_MAX	3200

enum e820_type {
	E820_RAM	= 1,
	E820_RESERVED	= 2,
	E820_ACPI	= 3,
	E820_NVS	= 4,
	E820_UNUSABLE	= 5,
	E820_PMEM	= 7,
	E820_PRAM	= 12,
};

#define E820_SOFT_RESERVED	0xefffffffU

enum e820_error {
	E820_ERR_RANGE	= -1,	/* end before start, or past 2^64 */
	E820_ERR_OVERLAP = -2,	/* two ranges claim one byte */
	E820_ERR_NO_RAM	= -3,
	E820_ERR_NO_ROOM = -4,	/* no place for one more entry */
};

uint32_t e820_type_from_name(const char *name);
int e820_entry_set(struct boot_e820_entry *e, uint64_t start, uint64_t last,
		   const char *type);
int e820_normalize(struct boot_e820_entry *e, uint32_t nr);
int e820_reserve(struct boot_e820_entry *e, uint32_t nr, uint32_t max,
		 uint64_t pa, uint64_t size);
bool e820_is_ram(const struct boot_e820_entry *e, uint32_t nr, uint64_t pa,
		 uint64_t size);

#endif /* KEXEC_E820_H */
