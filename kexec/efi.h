/* SPDX-License-Identifier: GPL-2.0-only */
/* EFI's runtime services, handed on from kernel to kernel. Pure. */
#ifndef KEXEC_EFI_H
#define KEXEC_EFI_H

#include <stdint.h>

#define EFI_LOADER_64		0x34364c45U	/* "EL64", boot_params.efi_info */
#define EFI_DESCRIPTORS_MAX	4096U
#define EFI_NO_TABLE		UINT64_MAX	/* EFI_INVALID_TABLE_ADDR */

/* efi_memory_desc_t; UEFI 2.10, 7.2.3, EFI_MEMORY_DESCRIPTOR version 1 */
struct efi_descriptor {
	uint32_t type, pad;
	uint64_t phys_addr, virt_addr, num_pages, attribute;
};
_Static_assert(sizeof(struct efi_descriptor) == 40, "efi_memory_desc_t");

/* struct efi_setup_data of arch/x86/include/asm/efi.h, payload of SETUP_EFI */
struct efi_setup {
	uint64_t fw_vendor, unused, tables, smbios, reserved[8];
};
_Static_assert(sizeof(struct efi_setup) == 96, "efi_setup_data");

/*
 * What the running kernel knows of them. Their memory is mapped where SetVirtualAddressMap() put it, which can
 * be called once after a boot: each kernel that follows must map it there again.
 */
struct efi_runtime {
	uint64_t fw_vendor, tables, smbios;	/* as they were before that call */
	struct efi_descriptor *map;		/* only what the runtime services need */
	uint32_t nr;				/* 0: nothing is handed on */
};

#endif /* KEXEC_EFI_H */
