// SPDX-License-Identifier: GPL-2.0-only
/* What the next kernel finds: boot_params, trampoline, the rest of the e820. */
#include <stddef.h>
#include <string.h>

#include "e820.h"
#include "inplace.h"

#define LOADER_UNDEFINED	0xff
#define ENTRY_64_OFFSET		0x200	/* boot.rst, "64-bit Boot Protocol" */

static uint64_t piece_pa(const struct inplace_layout *l,
			 enum inplace_piece_id id)
{
	return l->piece[id].size ? l->zone_pa + l->piece[id].offset : 0;
}

/*
 * What kexec_file_load's setup_boot_parameters() takes over as well.
 * secure_boot is kept: a host that was locked down stays so.
 */
static void inherit(struct boot_params *bp, const struct boot_params *prev)
{
	bp->screen_info = prev->screen_info;
	bp->edid_info = prev->edid_info;
	bp->secure_boot = prev->secure_boot;
	bp->hdr.hardware_subarch = prev->hdr.hardware_subarch;
	bp->hdr.hardware_subarch_data = prev->hdr.hardware_subarch_data;
	bp->eddbuf_entries = prev->eddbuf_entries;
	memcpy(bp->eddbuf, prev->eddbuf, sizeof(bp->eddbuf));
	memcpy(bp->edd_mbr_sig_buffer, prev->edd_mbr_sig_buffer,
	       sizeof(bp->edd_mbr_sig_buffer));
	bp->edd_mbr_sig_buf_entries = prev->edd_mbr_sig_buf_entries;
}

/*
 * After SetVirtualAddressMap() the EFI system table holds virtual pointers
 * (kernel commit a0998eb15afe), and the boot loader's memory map is long
 * overwritten: a kernel that believes a copy of efi_info dies early. With
 * SETUP_EFI it takes the pointers as they were from there, and a map of the
 * runtime services' memory alone, where that is mapped already
 * (kexec_enter_virtual_mode(), as after kexec_file_load). Without both it boots by
 * acpi_rsdp_addr and leaves EFI alone; that memory is Reserved in the e820
 * table in either case.
 */
static void fill_efi(struct boot_params *bp, const struct inplace_layout *l,
		     const struct inplace_input *in)
{
	uint64_t map = piece_pa(l, INPLACE_EFI);

	if (!map)
		return;
	map += sizeof(struct setup_data) + sizeof(struct efi_setup);
	bp->efi_info = in->prev->efi_info;
	bp->efi_info.efi_memdesc_size = sizeof(struct efi_descriptor);
	bp->efi_info.efi_memdesc_version = 1;
	bp->efi_info.efi_memmap = (uint32_t)map;
	bp->efi_info.efi_memmap_hi = map >> 32;
	bp->efi_info.efi_memmap_size =
		in->efi->nr * (uint32_t)sizeof(struct efi_descriptor);
}

static void fill_e820(struct boot_params *bp, const struct inplace_input *in)
{
	uint32_t nr = in->nr_e820;

	if (nr > E820_MAX_ENTRIES_ZEROPAGE)
		nr = E820_MAX_ENTRIES_ZEROPAGE;
	memcpy(bp->e820_table, in->e820, nr * sizeof(in->e820[0]));
	bp->e820_entries = nr;
}

/**
 * inplace_boot_params_fill() - the page that the next kernel is given
 * @bp: result
 * @l: a layout made from @in
 * @in: kernel, initrd, e820 table, boot_params of the running kernel
 *
 * hdr.setup_data is the hand-over region and nothing else, but for nodes in
 * the zone ahead of it: SETUP_EFI on an EFI host, and SETUP_E820_EXT when the
 * table is longer than 128 entries. The running kernel's own chain is not taken
 * over: its nodes lie in memory that is about to be reused.
 */
void inplace_boot_params_fill(struct boot_params *bp,
			      const struct inplace_layout *l,
			      const struct inplace_input *in)
{
	uint64_t cmdline = piece_pa(l, INPLACE_CMDLINE);
	uint64_t initrd = piece_pa(l, INPLACE_INITRD);

	memset(bp, 0, sizeof(*bp));
	bp->hdr = in->bz->hdr;
	inherit(bp, in->prev);
	fill_efi(bp, l, in);
	fill_e820(bp, in);
	bp->acpi_rsdp_addr = in->rsdp_pa;

	bp->hdr.type_of_loader = LOADER_UNDEFINED;
	bp->hdr.loadflags |= LOADED_HIGH;
	bp->hdr.code32_start = (uint32_t)piece_pa(l, INPLACE_KERNEL);
	bp->hdr.cmd_line_ptr = (uint32_t)cmdline;
	bp->ext_cmd_line_ptr = cmdline >> 32;
	bp->hdr.ramdisk_image = (uint32_t)initrd;
	bp->ext_ramdisk_image = initrd >> 32;
	bp->hdr.ramdisk_size = (uint32_t)in->initrd_size;
	bp->ext_ramdisk_size = in->initrd_size >> 32;
	bp->hdr.setup_data = piece_pa(l, INPLACE_EFI) ?:
			     piece_pa(l, INPLACE_E820_EXT) ?: in->region.pa;
}

/**
 * inplace_e820_ext_fill() - the entries that boot_params has no room for
 * @buf: result, l->piece[INPLACE_E820_EXT].size bytes
 * @l: a layout with that piece present
 * @in: the e820 table and the region, which is the chain's next node
 */
void inplace_e820_ext_fill(void *buf, const struct inplace_layout *l,
			   const struct inplace_input *in)
{
	struct setup_data node = {
		.next = in->region.pa,
		.type = SETUP_E820_EXT,
		.len = l->piece[INPLACE_E820_EXT].size - sizeof(node),
	};

	memcpy(buf, &node, sizeof(node));
	memcpy((uint8_t *)buf + sizeof(node),
	       in->e820 + E820_MAX_ENTRIES_ZEROPAGE, node.len);
}

/**
 * inplace_efi_fill() - what EFI's runtime services need in the next kernel
 * @buf: result, l->piece[INPLACE_EFI].size bytes
 * @l: a layout with that piece present
 * @in: the services' memory
 *
 * The map is part of the node, so that no decompressor's KASLR lands on it.
 */
void inplace_efi_fill(void *buf, const struct inplace_layout *l,
		      const struct inplace_input *in)
{
	struct setup_data node = {
		.next = piece_pa(l, INPLACE_E820_EXT) ?: in->region.pa,
		.type = SETUP_EFI,
		.len = l->piece[INPLACE_EFI].size - sizeof(node),
	};
	struct efi_setup setup = {
		.fw_vendor = in->efi->fw_vendor,
		.tables = in->efi->tables,
		.smbios = in->efi->smbios,
	};

	memcpy(buf, &node, sizeof(node));
	memcpy((uint8_t *)buf + sizeof(node), &setup, sizeof(setup));
	memcpy((uint8_t *)buf + sizeof(node) + sizeof(setup), in->efi->map,
	       in->efi->nr * sizeof(*in->efi->map));
}

static void put_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put_u64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Offsets in the trampoline page of what the code below refers to. */
#define T_LGDT		2
#define T_STACK		20
#define T_FLAT		29
#define T_RSI		39
#define T_RAX		49
#define T_GDT		64
#define T_GDTR		96

/**
 * inplace_trampoline_fill() - from the relocation code into the kernel
 * @page: result
 * @l: the layout
 *
 * kexec enters it in 64-bit mode with paging on, all RAM mapped one to one,
 * and no valid GDT. The 64-bit boot protocol asks for more: flat CS 0x10 and
 * data segments 0x18 in a GDT, interrupts off, %rsi the boot_params. Kernels
 * of today load a GDT of their own first thing; the protocol does not say so.
 * The page's end serves as stack.
 */
void inplace_trampoline_fill(uint8_t page[INPLACE_PAGE_SIZE],
			     const struct inplace_layout *l)
{
	static const uint8_t code[] = {
		0xfa,					/* cli */
		0xfc,					/* cld */
		0x0f, 0x01, 0x15, 0, 0, 0, 0,		/* lgdt gdtr(%rip) */
		0xb8, 0x18, 0, 0, 0,			/* mov $0x18, %eax */
		0x8e, 0xd8,				/* mov %eax, %ds */
		0x8e, 0xc0,				/* mov %eax, %es */
		0x8e, 0xd0,				/* mov %eax, %ss */
		0x48, 0x8d, 0x25, 0, 0, 0, 0,		/* lea end(%rip), %rsp */
		0x6a, 0x10,				/* push $0x10 */
		0x48, 0x8d, 0x05, 0, 0, 0, 0,		/* lea 1f(%rip), %rax */
		0x50,					/* push %rax */
		0x48, 0xcb,				/* lretq */
		0x48, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0,	/* 1: mov $bp, %rsi */
		0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,	/* mov $entry, %rax */
		0xff, 0xe0,				/* jmp *%rax */
	};
	/* Flat and already marked accessed, so that loading writes nothing. */
	static const uint64_t gdt[] = {
		0, 0, 0x00af9b000000ffffULL, 0x00cf93000000ffffULL
	};
	uint64_t page_pa = piece_pa(l, INPLACE_TRAMPOLINE);
	uint16_t limit = sizeof(gdt) - 1;

	memset(page, 0xcc, INPLACE_PAGE_SIZE);	/* int3 */
	memcpy(page, code, sizeof(code));
	put_u32(page + T_LGDT + 3, T_GDTR - (T_LGDT + 7));
	put_u32(page + T_STACK + 3, INPLACE_PAGE_SIZE - (T_STACK + 7));
	put_u32(page + T_FLAT + 3, T_RSI - (T_FLAT + 7));
	put_u64(page + T_RSI + 2, piece_pa(l, INPLACE_BOOT_PARAMS));
	put_u64(page + T_RAX + 2, piece_pa(l, INPLACE_KERNEL) + ENTRY_64_OFFSET);
	memcpy(page + T_GDT, gdt, sizeof(gdt));
	memcpy(page + T_GDTR, &limit, sizeof(limit));
	put_u64(page + T_GDTR + 2, page_pa + T_GDT);
}
