/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The in-place image: a kernel laid out at its final place in the landing
 * zone, so that nothing is left to copy at the jump. Pure.
 *
 *	zone + 0	boot_params
 *	zone + 4 KiB	command line
 *	zone + 8 KiB	trampoline: the entry point
 *	zone + 12 KiB	destination of the only kexec segment
 *	zone + 16 KiB	SETUP_E820_EXT, when the table has more than 128 entries
 *	zone + 128 KiB	SETUP_EFI and the runtime services' map, on EFI hosts
 *	zone + 2 MiB	protected-mode kernel, init_size bytes
 *	then		initrd, 2 MiB aligned
 */
#ifndef KEXEC_INPLACE_H
#define KEXEC_INPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include <asm/bootparam.h>

#include "bzimage.h"
#include "efi.h"

#define INPLACE_PAGE_SIZE	4096U
#define INPLACE_BLOCK_SIZE	(2ULL << 20)

#define INPLACE_CMDLINE_OFFSET		0x1000U
#define INPLACE_TRAMPOLINE_OFFSET	0x2000U
#define INPLACE_SEGMENT_OFFSET		0x3000U
#define INPLACE_E820_EXT_OFFSET		0x4000U
#define INPLACE_EFI_OFFSET		0x20000U
#define INPLACE_KERNEL_OFFSET		0x200000U

/* No kernel runs below LOAD_PHYSICAL_ADDR, by default 16 MiB. */
#define INPLACE_KERNEL_PA_MIN		0x1000000ULL

enum inplace_error {
	INPLACE_OK		= 0,
	INPLACE_ERR_NO_ZONE	= -1,
	INPLACE_ERR_NO_REGION	= -2,
	INPLACE_ERR_ALIGNMENT	= -3,	/* zone + 2 MiB against kernel_alignment */
	INPLACE_ERR_LOW		= -4,	/* zone + 2 MiB below pref_address */
	INPLACE_ERR_WRAP	= -5,	/* past the physical address space */
	INPLACE_ERR_TOO_SMALL	= -6,
	INPLACE_ERR_ABOVE_4G	= -7,	/* kernel cannot live there */
	INPLACE_ERR_INITRD_HIGH	= -8,	/* past the kernel's initrd_addr_max */
	INPLACE_ERR_REGION	= -9,	/* region and zone overlap */
	INPLACE_ERR_E820	= -10,	/* more entries than a kernel holds */
	INPLACE_ERR_NOT_RAM	= -11,	/* zone or region is no RAM to the next kernel */
	INPLACE_ERR_5LEVEL	= -12,	/* this host runs with 5-level paging */
	INPLACE_ERR_EFI		= -13,	/* more descriptors than there is room for */
	INPLACE_ERR_LAST	= -13,
};

enum inplace_piece_id {
	INPLACE_BOOT_PARAMS,
	INPLACE_CMDLINE,
	INPLACE_TRAMPOLINE,
	INPLACE_SEGMENT,
	INPLACE_E820_EXT,
	INPLACE_EFI,
	INPLACE_KERNEL,
	INPLACE_INITRD,
	INPLACE_NR_PIECES
};

struct inplace_piece {
	uint64_t offset, size;	/* bytes from the zone's start; size 0: absent */
};

struct inplace_range {
	uint64_t pa, size;	/* bytes */
};

/* All that an image is made of, but for the bytes of kernel and initrd. */
struct inplace_input {
	const struct bzimage *bz;
	uint64_t initrd_size;
	struct inplace_range zone, region;
	const struct boot_e820_entry *e820;	/* normalized */
	uint32_t nr_e820;
	const struct boot_params *prev;		/* of the running kernel */
	uint64_t rsdp_pa;			/* 0: none found */
	const struct efi_runtime *efi;		/* NULL, or nr 0: none handed on */
	bool paging_5level;			/* the running kernel's */
};

struct inplace_layout {
	uint64_t zone_pa;
	struct inplace_piece piece[INPLACE_NR_PIECES];
	uint64_t used;		/* bytes from the zone's start, whole pages */
};

uint64_t inplace_needed(const struct bzimage *bz, uint64_t initrd_size);
int inplace_layout_make(struct inplace_layout *l, const struct inplace_input *in);
void inplace_boot_params_fill(struct boot_params *bp,
			      const struct inplace_layout *l,
			      const struct inplace_input *in);
void inplace_trampoline_fill(uint8_t page[INPLACE_PAGE_SIZE],
			     const struct inplace_layout *l);
void inplace_e820_ext_fill(void *buf, const struct inplace_layout *l,
			   const struct inplace_input *in);
void inplace_efi_fill(void *buf, const struct inplace_layout *l,
		      const struct inplace_input *in);
int inplace_conflict(const struct inplace_range *kept_out, uint32_t nr,
		     uint64_t pa, uint64_t size);
const char *inplace_piece_name(enum inplace_piece_id id);
const char *inplace_strerror(int err);

#endif /* KEXEC_INPLACE_H */
