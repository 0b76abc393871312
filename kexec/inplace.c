// SPDX-License-Identifier: GPL-2.0-only
/* Where each piece of an in-place image lies, and what may not be there. */
#include <stddef.h>

#include "e820.h"
#include "inplace.h"

#define FOUR_GIB	(1ULL << 32)
/* Physical addresses have at most 52 bits (AMD APM vol. 2, 5.3). */
#define PA_END		(1ULL << 52)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* init_size counts from an aligned start, which the kernel offset is. */
static uint64_t initrd_offset(const struct bzimage *bz)
{
	return round_up(INPLACE_KERNEL_OFFSET + (uint64_t)bz->hdr.init_size,
			INPLACE_BLOCK_SIZE);
}

/**
 * inplace_needed() - size of the zone that an image needs
 * @bz: a checked kernel
 * @initrd_size: bytes, 0 for none
 *
 * Return: bytes, whole pages; UINT64_MAX if no zone can be large enough.
 */
uint64_t inplace_needed(const struct bzimage *bz, uint64_t initrd_size)
{
	if (initrd_size > PA_END)
		return UINT64_MAX;
	if (!initrd_size)
		return round_up(INPLACE_KERNEL_OFFSET +
				(uint64_t)bz->hdr.init_size, INPLACE_PAGE_SIZE);
	return initrd_offset(bz) + round_up(initrd_size, INPLACE_PAGE_SIZE);
}

static uint64_t e820_ext_size(uint32_t nr_e820)
{
	if (nr_e820 <= E820_MAX_ENTRIES_ZEROPAGE)
		return 0;
	return sizeof(struct setup_data) +
	       (nr_e820 - E820_MAX_ENTRIES_ZEROPAGE) *
	       (uint64_t)sizeof(struct boot_e820_entry);
}

static uint64_t efi_size(const struct efi_runtime *efi)
{
	if (!efi || !efi->nr)
		return 0;
	return sizeof(struct setup_data) + sizeof(struct efi_setup) +
	       efi->nr * (uint64_t)sizeof(struct efi_descriptor);
}

static int check_place(const struct inplace_input *in)
{
	const struct setup_header *hdr = &in->bz->hdr;
	uint64_t kernel_pa = in->zone.pa + INPLACE_KERNEL_OFFSET;

	if (!in->zone.pa || !in->zone.size)
		return INPLACE_ERR_NO_ZONE;
	if (!in->region.pa || !in->region.size)
		return INPLACE_ERR_NO_REGION;
	if (in->zone.pa >= PA_END || in->zone.size > PA_END - in->zone.pa ||
	    in->region.pa >= PA_END || in->region.size > PA_END - in->region.pa)
		return INPLACE_ERR_WRAP;
	if (in->zone.pa < in->region.pa + in->region.size &&
	    in->region.pa < in->zone.pa + in->zone.size)
		return INPLACE_ERR_REGION;
	if (in->zone.pa & (INPLACE_BLOCK_SIZE - 1) ||
	    kernel_pa & (hdr->kernel_alignment - 1))
		return INPLACE_ERR_ALIGNMENT;
	if (kernel_pa < INPLACE_KERNEL_PA_MIN || kernel_pa < hdr->pref_address)
		return INPLACE_ERR_LOW;
	return INPLACE_OK;
}

static int check_reach(const struct inplace_input *in)
{
	const struct setup_header *hdr = &in->bz->hdr;
	uint64_t needed = inplace_needed(in->bz, in->initrd_size);

	/* As kexec_file_load: it is entered with the paging that we have. */
	if (in->paging_5level && !(hdr->xloadflags & XLF_5LEVEL))
		return INPLACE_ERR_5LEVEL;
	if (needed > in->zone.size)
		return INPLACE_ERR_TOO_SMALL;
	if (hdr->xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G)
		return INPLACE_OK;
	if (in->zone.pa + needed > FOUR_GIB)
		return INPLACE_ERR_ABOVE_4G;
	if (in->initrd_size &&
	    in->zone.pa + initrd_offset(in->bz) + in->initrd_size - 1 >
	    hdr->initrd_addr_max)
		return INPLACE_ERR_INITRD_HIGH;
	return INPLACE_OK;
}

static int check_memory(const struct inplace_input *in)
{
	if (in->nr_e820 > E820_ENTRIES_MAX)
		return INPLACE_ERR_E820;
	if (in->efi && in->efi->nr > EFI_DESCRIPTORS_MAX)
		return INPLACE_ERR_EFI;
	if (!e820_is_ram(in->e820, in->nr_e820, in->zone.pa, in->zone.size) ||
	    !e820_is_ram(in->e820, in->nr_e820, in->region.pa, in->region.size))
		return INPLACE_ERR_NOT_RAM;
	return INPLACE_OK;
}

/**
 * inplace_layout_make() - place every piece, or say why that cannot be
 * @l: result; untouched on error
 * @in: what is to be placed, and where
 *
 * Return: 0 or a negative enum inplace_error.
 */
int inplace_layout_make(struct inplace_layout *l, const struct inplace_input *in)
{
	int err;

	err = check_place(in);
	if (!err)
		err = check_reach(in);
	if (!err)
		err = check_memory(in);
	if (err)
		return err;

	*l = (struct inplace_layout) {
		.zone_pa = in->zone.pa,
		.used = inplace_needed(in->bz, in->initrd_size),
		.piece = {
			[INPLACE_BOOT_PARAMS] = { 0, INPLACE_PAGE_SIZE },
			[INPLACE_CMDLINE] = { INPLACE_CMDLINE_OFFSET,
					      INPLACE_PAGE_SIZE },
			[INPLACE_TRAMPOLINE] = { INPLACE_TRAMPOLINE_OFFSET,
						 INPLACE_PAGE_SIZE },
			[INPLACE_SEGMENT] = { INPLACE_SEGMENT_OFFSET,
					      INPLACE_PAGE_SIZE },
			[INPLACE_E820_EXT] = { INPLACE_E820_EXT_OFFSET,
					       e820_ext_size(in->nr_e820) },
			[INPLACE_EFI] = { INPLACE_EFI_OFFSET,
					  efi_size(in->efi) },
			[INPLACE_KERNEL] = { INPLACE_KERNEL_OFFSET,
					     in->bz->hdr.init_size },
			[INPLACE_INITRD] = { initrd_offset(in->bz),
					     in->initrd_size },
		},
	};
	return INPLACE_OK;
}

/**
 * inplace_conflict() - does a range come near memory that is kept out?
 * @kept_out: ranges, any order; those of size 0 are skipped
 * @nr: how many
 * @pa: first byte
 * @size: bytes, 0 for none
 *
 * Both sides are rounded out to 2 MiB: a write through a large mapping faults
 * if any page of its 2 MiB block is assigned (AMD APM vol. 2, 15.36.10).
 *
 * Return: index of the first range in conflict, or -1.
 */
int inplace_conflict(const struct inplace_range *kept_out, uint32_t nr,
		     uint64_t pa, uint64_t size)
{
	uint64_t first, last, kept_first, kept_last;
	uint32_t i;

	if (!size)
		return -1;
	first = pa / INPLACE_BLOCK_SIZE;
	last = (pa + size - 1) / INPLACE_BLOCK_SIZE;
	for (i = 0; i < nr; i++) {
		if (!kept_out[i].size)
			continue;
		kept_first = kept_out[i].pa / INPLACE_BLOCK_SIZE;
		kept_last = (kept_out[i].pa + kept_out[i].size - 1) /
			    INPLACE_BLOCK_SIZE;
		if (first <= kept_last && kept_first <= last)
			return (int)i;
	}
	return -1;
}

/** inplace_piece_name() - a piece's name for humans and JSON */
const char *inplace_piece_name(enum inplace_piece_id id)
{
	static const char *const name[INPLACE_NR_PIECES] = {
		[INPLACE_BOOT_PARAMS] = "boot_params",
		[INPLACE_CMDLINE] = "cmdline",
		[INPLACE_TRAMPOLINE] = "trampoline",
		[INPLACE_SEGMENT] = "segment",
		[INPLACE_E820_EXT] = "e820_ext",
		[INPLACE_EFI] = "efi",
		[INPLACE_KERNEL] = "kernel",
		[INPLACE_INITRD] = "initrd",
	};

	return name[id];
}

/**
 * inplace_strerror() - why an image cannot be placed, and what to do
 * @err: return value of inplace_layout_make()
 *
 * Return: a static string.
 */
const char *inplace_strerror(int err)
{
	static const char *const text[] = {
		[-INPLACE_OK] = "fits",
		[-INPLACE_ERR_NO_ZONE] = "ccp_ext owns no landing zone; load it from the initramfs with zone_mb=128 or more",
		[-INPLACE_ERR_NO_REGION] = "ccp_ext owns no hand-over region (region_address 0); load it from the initramfs, and see the kernel log",
		[-INPLACE_ERR_ALIGNMENT] = "the landing zone is misaligned for this kernel (kernel_alignment); use a kernel with CONFIG_PHYSICAL_ALIGN=0x200000",
		[-INPLACE_ERR_LOW] = "the landing zone lies too low for this kernel (16 MiB or pref_address); reload ccp_ext from the initramfs of a fresh boot",
		[-INPLACE_ERR_WRAP] = "ccp_ext reports a zone or region past the physical address space; do not trust it, reboot through the firmware",
		[-INPLACE_ERR_TOO_SMALL] = "the landing zone is too small for this image",
		[-INPLACE_ERR_ABOVE_4G] = "the landing zone reaches above 4 GiB and this kernel cannot be loaded there; use a newer kernel",
		[-INPLACE_ERR_INITRD_HIGH] = "the initrd would lie above this kernel's initrd_addr_max; use a newer kernel",
		[-INPLACE_ERR_REGION] = "ccp_ext reports a zone and a region that overlap; do not trust it, reboot through the firmware",
		[-INPLACE_ERR_E820] = "the memory map has more entries than a kernel holds",
		[-INPLACE_ERR_NOT_RAM] = "the landing zone or the hand-over region is not in one piece of System RAM of /sys/firmware/memmap; the next kernel could not use it",
		[-INPLACE_ERR_5LEVEL] = "this host runs with 5-level paging and this kernel does not know it; use a newer kernel or boot with no5lvl",
		[-INPLACE_ERR_EFI] = "EFI's runtime services have more pieces of memory than can be handed on; boot with efi=noruntime",
	};

	if (err > 0 || err < INPLACE_ERR_LAST)
		return "unknown error";
	return text[-err];
}
