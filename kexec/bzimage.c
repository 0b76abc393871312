// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check a bzImage's header. All offsets and fields are those of
 * Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 */
#include <stdbool.h>
#include <string.h>

#include "bzimage.h"

#define SECTOR_SIZE		512
#define HEADER_OFFSET		0x1f1
#define HEADER_JUMP_OFFSET	0x201	/* its operand gives the header's end */
#define HEADER_END_MAX		0x290	/* edd_mbr_sig_buffer of boot_params */
#define HEADER_MAGIC		0x53726448 /* "HdrS" */
#define BOOT_FLAG		0xaa55
#define PROTOCOL_MIN		0x020c	/* xloadflags came with 2.12 */
#define SETUP_SECTS_DEFAULT	4
#define ALIGNMENT_MAX		(1U << 30)
#define INIT_SIZE_MAX		(1U << 30)
#define KERNEL_INFO_MAGIC	0x506f544c /* "LToP" */

static bool starts_with(const uint8_t *data, size_t size, const void *magic,
			size_t magic_size)
{
	return size >= magic_size && !memcmp(data, magic, magic_size);
}

/* Files that people pass by mistake, told apart for the sake of the hint. */
static int foreign_format(const uint8_t *data, size_t size)
{
	if (starts_with(data, size, "\177ELF", 4))
		return BZIMAGE_ERR_ELF;
	if (starts_with(data, size, "\x1f\x8b", 2) ||
	    starts_with(data, size, "\3757zXZ", 5) ||
	    starts_with(data, size, "\x28\xb5\x2f\xfd", 4) ||
	    starts_with(data, size, "BZh", 3))
		return BZIMAGE_ERR_COMPRESSED;
	if (starts_with(data, size, "070701", 6) ||
	    starts_with(data, size, "070702", 6))
		return BZIMAGE_ERR_CPIO;
	if (starts_with(data, size, "MZ", 2))
		return size >= 8 && !memcmp(data + 4, "zimg", 4) ?
			BZIMAGE_ERR_ZBOOT : BZIMAGE_ERR_UKI;
	return BZIMAGE_ERR_MAGIC;
}

static int check_flags(const struct setup_header *hdr)
{
	if (!(hdr->loadflags & LOADED_HIGH))
		return BZIMAGE_ERR_NOT_HIGH;
	if (!(hdr->xloadflags & XLF_KERNEL_64))
		return BZIMAGE_ERR_NOT_64;
	if (!hdr->relocatable_kernel)
		return BZIMAGE_ERR_NOT_RELOCATABLE;
	if (hdr->kernel_alignment < 4096 ||
	    hdr->kernel_alignment > ALIGNMENT_MAX ||
	    (hdr->kernel_alignment & (hdr->kernel_alignment - 1)))
		return BZIMAGE_ERR_ALIGNMENT;
	return BZIMAGE_OK;
}

static int check_sizes(const struct setup_header *hdr, uint64_t setup_size,
		       uint64_t kernel_size, uint64_t file_size)
{
	/* The 64-bit entry stands 0x200 into the protected-mode part. */
	if (kernel_size <= 0x200 || setup_size + kernel_size > file_size)
		return BZIMAGE_ERR_TRUNCATED;
	if ((uint64_t)hdr->payload_offset + hdr->payload_length > kernel_size)
		return BZIMAGE_ERR_PAYLOAD;
	if (hdr->init_size < kernel_size || hdr->init_size > INIT_SIZE_MAX)
		return BZIMAGE_ERR_INIT_SIZE;
	return BZIMAGE_OK;
}

/* Documentation/arch/x86/boot.rst, "The kernel_info"; its offset came with 2.15. */
static void read_kernel_info(struct bzimage *bz, const uint8_t *data)
{
	uint32_t info[4];	/* magic, size, size_total, setup_type_max */
	uint64_t at = bz->hdr.kernel_info_offset;

	if (!at || at > bz->kernel_size || bz->kernel_size - at < sizeof(info))
		return;
	memcpy(info, data + bz->setup_size + at, sizeof(info));
	if (info[0] == KERNEL_INFO_MAGIC && info[1] >= sizeof(info))
		bz->setup_type_max = info[3];
}

/* The release string's offset counts from 0x200; it is text for humans. */
static void copy_release(struct bzimage *bz, const uint8_t *data)
{
	uint64_t at = bz->hdr.kernel_version + 0x200ULL;
	size_t i;

	if (!bz->hdr.kernel_version)
		return;
	for (i = 0; i < sizeof(bz->release) - 1; i++, at++) {
		if (at >= bz->setup_size || data[at] <= ' ' || data[at] > '~')
			break;
		bz->release[i] = data[at];
	}
}

/**
 * bzimage_check() - find out whether bytes are a kernel that can be entered in
 * 64-bit mode at any aligned address
 * @bz: result; untouched on error
 * @data: the file's bytes, hostile
 * @size: how many
 *
 * Bytes behind the protected-mode part (a PE signature) are not part of the
 * kernel and are left out of @bz->kernel_size.
 *
 * Return: 0 or a negative enum bzimage_error.
 */
int bzimage_check(struct bzimage *bz, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	struct bzimage found = { 0 };
	size_t header_end, sectors;
	int err;

	if (size < HEADER_END_MAX) {
		err = foreign_format(bytes, size);
		return err == BZIMAGE_ERR_MAGIC ? BZIMAGE_ERR_SHORT : err;
	}
	memcpy(&found.hdr, bytes + HEADER_OFFSET, sizeof(found.hdr));
	if (found.hdr.header != HEADER_MAGIC)
		return foreign_format(bytes, size);
	if (found.hdr.boot_flag != BOOT_FLAG)
		return BZIMAGE_ERR_BOOT_FLAG;
	if (found.hdr.version < PROTOCOL_MIN)
		return BZIMAGE_ERR_PROTOCOL;

	/* A header of 2.12 ends behind handover_offset; none may be longer. */
	header_end = 0x202 + bytes[HEADER_JUMP_OFFSET];
	if (header_end < HEADER_OFFSET +
			 offsetof(struct setup_header, handover_offset) + 4 ||
	    header_end > HEADER_END_MAX)
		return BZIMAGE_ERR_HEADER_SIZE;
	if (header_end - HEADER_OFFSET < sizeof(found.hdr))
		memset((uint8_t *)&found.hdr + (header_end - HEADER_OFFSET), 0,
		       sizeof(found.hdr) - (header_end - HEADER_OFFSET));

	err = check_flags(&found.hdr);
	if (err)
		return err;
	sectors = found.hdr.setup_sects ?: SETUP_SECTS_DEFAULT;
	found.setup_size = (sectors + 1) * SECTOR_SIZE;
	found.kernel_size = found.hdr.syssize * 16ULL;
	err = check_sizes(&found.hdr, found.setup_size, found.kernel_size, size);
	if (err)
		return err;

	copy_release(&found, bytes);
	read_kernel_info(&found, bytes);
	*bz = found;
	return BZIMAGE_OK;
}

/**
 * bzimage_strerror() - what is wrong with the file, and what to pass instead
 * @err: return value of bzimage_check()
 *
 * Return: a static string that completes "FILE: ...".
 */
const char *bzimage_strerror(int err)
{
	static const char *const text[] = {
		[-BZIMAGE_OK] = "a bzImage",
		[-BZIMAGE_ERR_SHORT] = "too short for a kernel",
		[-BZIMAGE_ERR_ELF] = "an ELF file, not a bzImage; pass the compressed kernel (vmlinuz), not vmlinux",
		[-BZIMAGE_ERR_COMPRESSED] = "compressed data (an initramfs or a packed kernel?), not a bzImage; unpack it, or pass vmlinuz as KERNEL and this file with --initrd",
		[-BZIMAGE_ERR_CPIO] = "an initramfs, not a kernel; pass it with --initrd",
		[-BZIMAGE_ERR_ZBOOT] = "an EFI zboot image, not a bzImage; pass the bzImage that it was made from",
		[-BZIMAGE_ERR_UKI] = "an EFI program (a unified kernel image?), not a bzImage; extract its .linux section and pass that",
		[-BZIMAGE_ERR_MAGIC] = "not a bzImage (no HdrS at offset 0x202)",
		[-BZIMAGE_ERR_BOOT_FLAG] = "not a bzImage (no boot flag at offset 0x1fe)",
		[-BZIMAGE_ERR_PROTOCOL] = "boot protocol older than 2.12; a kernel of 3.8 or newer is needed",
		[-BZIMAGE_ERR_HEADER_SIZE] = "damaged: its setup header has an impossible size",
		[-BZIMAGE_ERR_NOT_HIGH] = "a zImage, not a bzImage",
		[-BZIMAGE_ERR_NOT_64] = "no 64-bit entry point; a 64-bit kernel is needed",
		[-BZIMAGE_ERR_NOT_RELOCATABLE] = "not relocatable; a kernel with CONFIG_RELOCATABLE=y is needed",
		[-BZIMAGE_ERR_ALIGNMENT] = "damaged: impossible kernel_alignment",
		[-BZIMAGE_ERR_TRUNCATED] = "truncated: its header announces more bytes than there are; copy it again",
		[-BZIMAGE_ERR_PAYLOAD] = "damaged: its payload reaches past its end",
		[-BZIMAGE_ERR_INIT_SIZE] = "damaged: impossible init_size",
	};

	if (err > 0 || err < BZIMAGE_ERR_LAST)
		return "unknown error";
	return text[-err];
}
