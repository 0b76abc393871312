/* SPDX-License-Identifier: GPL-2.0-only */
/* A synthetic bzImage and a synthetic host, both valid until a test bends them. */
#ifndef KEXEC_FIXTURE_H
#define KEXEC_FIXTURE_H

#include <string.h>

#include "../../kexec/bzimage.h"
#include "../../kexec/e820.h"
#include "../../kexec/inplace.h"

#define FIXTURE_SETUP_SECTS	3
#define FIXTURE_SETUP_SIZE	((FIXTURE_SETUP_SECTS + 1) * 512)
#define FIXTURE_KERNEL_SIZE	8192
#define FIXTURE_FILE_SIZE	(FIXTURE_SETUP_SIZE + FIXTURE_KERNEL_SIZE)

static inline struct setup_header *fixture_header(uint8_t *file)
{
	return (struct setup_header *)(file + 0x1f1);
}

#define FIXTURE_KERNEL_INFO	4096	/* from the protected-mode part's start */

/* magic "LToP", size, size_total, setup_type_max: SETUP_INDIRECT and what mainline has */
static inline uint32_t *fixture_kernel_info(uint8_t *file)
{
	return (uint32_t *)(file + FIXTURE_SETUP_SIZE + FIXTURE_KERNEL_INFO);
}

static inline void fixture_bzimage(uint8_t file[FIXTURE_FILE_SIZE])
{
	static const uint32_t info[4] = { 0x506f544c, 16, 16, 0x80000009 };
	struct setup_header *hdr = fixture_header(file);

	memset(file, 0x5a, FIXTURE_FILE_SIZE);
	memset(hdr, 0, sizeof(*hdr));
	hdr->setup_sects = FIXTURE_SETUP_SECTS;
	hdr->syssize = FIXTURE_KERNEL_SIZE / 16;
	hdr->boot_flag = 0xaa55;
	hdr->jump = 0x6aeb;		/* header ends at 0x26c */
	hdr->header = 0x53726448;
	hdr->version = 0x020f;
	hdr->kernel_version = 0x300;
	hdr->loadflags = LOADED_HIGH;
	hdr->initrd_addr_max = 0x7fffffff;
	hdr->kernel_alignment = 0x200000;
	hdr->relocatable_kernel = 1;
	hdr->xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G |
			  XLF_5LEVEL;
	hdr->cmdline_size = 2047;
	hdr->payload_offset = 1024;
	hdr->payload_length = 4096;
	hdr->pref_address = 0x1000000;
	hdr->init_size = 56 << 20;
	hdr->kernel_info_offset = FIXTURE_KERNEL_INFO;
	memcpy(fixture_kernel_info(file), info, sizeof(info));
	strcpy((char *)file + 0x500, "6.12.1-test (somebody)");
}

static const struct boot_e820_entry fixture_e820[] = {
	{ 0, 0x9fc00, E820_RAM },
	{ 0x100000, 0x7ff00000, E820_RAM },
	{ 0xfe000000, 0x2000000, E820_RESERVED },
	{ 0x100000000, 0x100000000, E820_RAM },
};

static inline struct inplace_input fixture_input(const struct bzimage *bz,
						 const struct boot_params *prev)
{
	return (struct inplace_input) {
		.bz = bz,
		.initrd_size = 5000000,
		.zone = { 0x10000000, 128 << 20 },
		.region = { 0x8000000, 4 << 20 },
		.e820 = fixture_e820,
		.nr_e820 = sizeof(fixture_e820) / sizeof(fixture_e820[0]),
		.prev = prev,
		.rsdp_pa = 0xf5a10,
	};
}

#endif /* KEXEC_FIXTURE_H */
