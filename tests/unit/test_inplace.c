// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kexec_fixture.h"

#define MIB	(1ULL << 20)
#define GIB	(1ULL << 30)

static uint8_t file[FIXTURE_FILE_SIZE];
static struct boot_params prev;
static struct bzimage bz;
static struct inplace_input in;

static int fresh(void **state)
{
	(void)state;
	fixture_bzimage(file);
	memset(&prev, 0, sizeof(prev));
	assert_int_equal(bzimage_check(&bz, file, sizeof(file)), 0);
	in = fixture_input(&bz, &prev);
	return 0;
}

/* Every refusal leaves the result alone. */
static int make(void)
{
	struct inplace_layout l, before;
	int err;

	memset(&l, 0xa5, sizeof(l));
	before = l;
	err = inplace_layout_make(&l, &in);
	if (err)
		assert_memory_equal(&l, &before, sizeof(l));
	return err;
}

static void assert_layout_sound(const struct inplace_layout *l)
{
	uint64_t end = 0;
	int id;

	/* Ascending without overlap, all in the zone, all in what is used. */
	for (id = 0; id < INPLACE_NR_PIECES; id++) {
		const struct inplace_piece *p = &l->piece[id];

		if (!p->size)
			continue;
		assert_true(p->offset >= end);
		end = p->offset + p->size;
	}
	assert_true(end <= l->used);
	assert_true(l->used <= in.zone.size);
	assert_int_equal(l->used % 4096, 0);
	assert_int_equal((l->zone_pa + l->piece[INPLACE_KERNEL].offset) %
			 bz.hdr.kernel_alignment, 0);
	assert_int_equal(l->piece[INPLACE_INITRD].offset % (2 * MIB), 0);
}

static void places_every_piece(void **state)
{
	struct inplace_layout l;

	(void)state;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	assert_layout_sound(&l);
	assert_int_equal(l.zone_pa, in.zone.pa);
	assert_int_equal(l.piece[INPLACE_TRAMPOLINE].offset, 0x2000);
	assert_int_equal(l.piece[INPLACE_SEGMENT].offset, 0x3000);
	assert_int_equal(l.piece[INPLACE_KERNEL].offset, 2 * MIB);
	assert_int_equal(l.piece[INPLACE_KERNEL].size, 56 * MIB);
	assert_int_equal(l.piece[INPLACE_INITRD].offset, 58 * MIB);
	assert_int_equal(l.piece[INPLACE_E820_EXT].size, 0);
}

static void needs_no_initrd(void **state)
{
	struct inplace_layout l;

	(void)state;
	in.initrd_size = 0;
	in.zone.size = 58 * MIB;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	assert_int_equal(l.used, 58 * MIB);
	assert_int_equal(l.piece[INPLACE_INITRD].size, 0);
}

static void refuses_a_zone_that_is_one_byte_too_small(void **state)
{
	struct inplace_layout l;

	(void)state;
	in.zone.size = inplace_needed(&bz, in.initrd_size);
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	assert_int_equal(l.used, in.zone.size);
	in.zone.size--;
	assert_int_equal(make(), INPLACE_ERR_TOO_SMALL);
	in.initrd_size = UINT64_MAX;
	assert_int_equal(make(), INPLACE_ERR_TOO_SMALL);
}

static void pieces_never_overlap_nor_leave_the_zone(void **state)
{
	struct inplace_layout l;
	int round, placed = 0;

	(void)state;
	srand(4);
	for (round = 0; round < 200000; round++) {
		fresh(state);
		bz.hdr.init_size = FIXTURE_KERNEL_SIZE + rand() % (80 * MIB);
		bz.hdr.kernel_alignment = 4096U << rand() % 14;
		in.initrd_size = rand() % 3 ? rand() % (80 * MIB) : 0;
		in.zone.pa = (uint64_t)(rand() % 4096) * MIB;
		in.zone.size = (uint64_t)(rand() % 300) * MIB;
		in.region.pa = (uint64_t)(rand() % 1024) * MIB;
		if (inplace_layout_make(&l, &in))
			continue;
		placed++;
		assert_layout_sound(&l);
		assert_true(in.region.pa + in.region.size <= in.zone.pa ||
			    in.region.pa >= in.zone.pa + in.zone.size);
		assert_true(l.zone_pa + l.piece[INPLACE_KERNEL].offset >=
			    16 * MIB);
		assert_true(e820_is_ram(in.e820, in.nr_e820, l.zone_pa, l.used));
	}
	assert_true(placed > 100);
}

#define REFUSES(what, change, err)					\
static void refuses_##what(void **state)				\
{									\
	(void)state;							\
	change;								\
	assert_int_equal(make(), err);					\
}

REFUSES(a_host_without_zone, in.zone.pa = 0, INPLACE_ERR_NO_ZONE)
REFUSES(an_empty_zone, in.zone.size = 0, INPLACE_ERR_NO_ZONE)
REFUSES(a_host_without_region, in.region.pa = 0, INPLACE_ERR_NO_REGION)
REFUSES(an_empty_region, in.region.size = 0, INPLACE_ERR_NO_REGION)
REFUSES(a_zone_between_2_mib_blocks, in.zone.pa += 4096, INPLACE_ERR_ALIGNMENT)
REFUSES(a_zone_misaligned_for_the_kernel, bz.hdr.kernel_alignment = 16 * MIB,
	INPLACE_ERR_ALIGNMENT)
REFUSES(a_zone_below_16_mib, (in.zone.pa = 12 * MIB, in.zone.size = 96 * MIB),
	INPLACE_ERR_LOW)
REFUSES(a_zone_below_pref_address, bz.hdr.pref_address = 1 * GIB,
	INPLACE_ERR_LOW)
REFUSES(a_zone_past_the_address_space, in.zone.pa = 1ULL << 52,
	INPLACE_ERR_WRAP)
REFUSES(a_zone_that_wraps, in.zone.size = UINT64_MAX - 4095, INPLACE_ERR_WRAP)
REFUSES(a_region_that_wraps, in.region.size = UINT64_MAX, INPLACE_ERR_WRAP)
REFUSES(a_region_in_the_zone, in.region.pa = in.zone.pa + 64 * MIB,
	INPLACE_ERR_REGION)
REFUSES(a_zone_that_ends_in_the_region, in.region.pa = in.zone.pa - 4096,
	INPLACE_ERR_REGION)
REFUSES(a_kernel_that_cannot_live_above_4_gib,
	(in.zone.pa = 5 * GIB,
	 bz.hdr.xloadflags &= ~XLF_CAN_BE_LOADED_ABOVE_4G), INPLACE_ERR_ABOVE_4G)
REFUSES(an_initrd_above_the_kernels_limit,
	(bz.hdr.xloadflags &= ~XLF_CAN_BE_LOADED_ABOVE_4G,
	 bz.hdr.initrd_addr_max = 0x10ffffff), INPLACE_ERR_INITRD_HIGH)
REFUSES(an_old_kernel_under_5_level_paging,
	(in.paging_5level = true, bz.hdr.xloadflags &= ~XLF_5LEVEL),
	INPLACE_ERR_5LEVEL)
REFUSES(too_long_a_memory_map, in.nr_e820 = E820_ENTRIES_MAX + 1,
	INPLACE_ERR_E820)
static const struct efi_runtime too_much_efi = { .nr = EFI_DESCRIPTORS_MAX + 1 };

REFUSES(more_efi_memory_than_there_is_room_for, in.efi = &too_much_efi, INPLACE_ERR_EFI)
REFUSES(a_zone_that_is_no_ram, in.zone.pa = 0xf0000000, INPLACE_ERR_NOT_RAM)
REFUSES(a_zone_that_ends_past_ram, in.zone.pa = 0x7c000000, INPLACE_ERR_NOT_RAM)
REFUSES(a_region_that_is_no_ram, in.region.pa = 0xfe000000, INPLACE_ERR_NOT_RAM)

static void accepts_a_zone_above_4_gib(void **state)
{
	struct inplace_layout l;
	struct boot_params bp;

	(void)state;
	in.zone.pa = 5 * GIB;
	in.initrd_size = 3 * MIB;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	inplace_boot_params_fill(&bp, &l, &in);
	assert_int_equal(bp.ext_cmd_line_ptr, 1);
	assert_int_equal(bp.hdr.cmd_line_ptr, 0x40001000);
	assert_int_equal(bp.ext_ramdisk_image, 1);
	assert_int_equal(bp.hdr.ramdisk_image, 0x40000000 + 58 * MIB);
}

static void fills_boot_params(void **state)
{
	struct inplace_layout l;
	struct boot_params bp;

	(void)state;
	memset(&prev, 0x77, sizeof(prev));
	prev.screen_info.orig_video_isVGA = 0x70;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	memset(&bp, 0x33, sizeof(bp));
	inplace_boot_params_fill(&bp, &l, &in);

	assert_int_equal(bp.hdr.header, 0x53726448);
	assert_int_equal(bp.hdr.type_of_loader, 0xff);
	assert_true(bp.hdr.loadflags & LOADED_HIGH);
	assert_int_equal(bp.hdr.code32_start, in.zone.pa + 2 * MIB);
	assert_int_equal(bp.hdr.cmd_line_ptr, in.zone.pa + 4096);
	assert_int_equal(bp.ext_cmd_line_ptr, 0);
	assert_int_equal(bp.hdr.ramdisk_image, in.zone.pa + 58 * MIB);
	assert_int_equal(bp.hdr.ramdisk_size, in.initrd_size);
	assert_int_equal(bp.hdr.setup_data, in.region.pa);
	assert_int_equal(bp.acpi_rsdp_addr, 0xf5a10);
	assert_int_equal(bp.e820_entries, in.nr_e820);
	assert_memory_equal(bp.e820_table, in.e820,
			    in.nr_e820 * sizeof(in.e820[0]));

	/* taken over */
	assert_memory_equal(&bp.screen_info, &prev.screen_info,
			    sizeof(bp.screen_info));
	assert_memory_equal(&bp.edid_info, &prev.edid_info, sizeof(bp.edid_info));
	assert_int_equal(bp.eddbuf_entries, prev.eddbuf_entries);
	assert_int_equal(bp.secure_boot, 0x77);
	assert_int_equal(bp.hdr.hardware_subarch, prev.hdr.hardware_subarch);

	/* not taken over; the sentinel must be 0, see sanitize_boot_params() */
	assert_int_equal(bp.efi_info.efi_loader_signature, 0);
	assert_int_equal(bp.efi_info.efi_systab, 0);
	assert_int_equal(bp.sentinel, 0);
	assert_int_equal(bp.apm_bios_info.version, 0);
}

static struct efi_descriptor efi_map[EFI_DESCRIPTORS_MAX] = {
	{ .type = 5, .phys_addr = 0x7ef00000, .virt_addr = 0xfffffffeffa00000, .num_pages = 3,
	  .attribute = 0x800000000000000f },
	{ .type = 6, .phys_addr = 0x7f000000, .virt_addr = 0xfffffffeff800000, .num_pages = 9,
	  .attribute = 0x800000000000000f },
};

static struct efi_runtime efi = {
	.fw_vendor = 0x7eeec018, .tables = 0x7ef8d018, .smbios = EFI_NO_TABLE, .map = efi_map,
};

static void efi_host(uint32_t nr)
{
	efi.nr = nr;
	in.efi = &efi;
	prev.efi_info.efi_loader_signature = EFI_LOADER_64;
	prev.efi_info.efi_systab = 0x7ef8d198;
	prev.efi_info.efi_systab_hi = 1;
	prev.efi_info.efi_memmap = 0x12345000;
	prev.efi_info.efi_memdesc_size = 48;
	prev.efi_info.efi_memdesc_version = 1;
}

/* What a kernel reads: parse_setup_data(), efi_memmap_init_early(), efi_systab_init() */
static void assert_efi(const struct boot_params *bp, const uint8_t *piece, const struct inplace_layout *l,
		       uint64_t next)
{
	struct setup_data node;
	struct efi_setup setup;
	uint64_t map = bp->efi_info.efi_memmap | (uint64_t)bp->efi_info.efi_memmap_hi << 32;

	memcpy(&node, piece, sizeof(node));
	memcpy(&setup, piece + sizeof(node), sizeof(setup));
	assert_int_equal(bp->hdr.setup_data, in.zone.pa + l->piece[INPLACE_EFI].offset);
	assert_int_equal(node.type, SETUP_EFI);
	assert_int_equal(node.next, next);
	assert_int_equal(node.len + sizeof(node), l->piece[INPLACE_EFI].size);
	assert_int_equal(setup.fw_vendor, efi.fw_vendor);
	assert_int_equal(setup.tables, efi.tables);
	assert_int_equal(setup.smbios, efi.smbios);

	assert_int_equal(bp->efi_info.efi_loader_signature, EFI_LOADER_64);
	assert_int_equal(bp->efi_info.efi_systab, 0x7ef8d198);
	assert_int_equal(bp->efi_info.efi_systab_hi, 1);
	assert_int_equal(bp->efi_info.efi_memdesc_size, 40);
	assert_int_equal(bp->efi_info.efi_memdesc_version, 1);
	assert_int_equal(bp->efi_info.efi_memmap_size, efi.nr * 40);
	/* inside the node, which is what keeps it */
	assert_true(map >= bp->hdr.setup_data + sizeof(node) + sizeof(setup));
	assert_int_equal(map + bp->efi_info.efi_memmap_size, bp->hdr.setup_data + sizeof(node) + node.len);
	assert_memory_equal(piece + (map - bp->hdr.setup_data), efi_map, efi.nr * 40);
}

static void long_table(struct boot_e820_entry *e, uint32_t nr);

static void hands_on_efis_runtime_services(void **state)
{
	static const uint32_t counts[] = { 1, 2, EFI_DESCRIPTORS_MAX };
	static struct boot_e820_entry e[E820_ENTRIES_MAX];
	static uint8_t piece[256 << 10], ext[64 << 10];
	struct inplace_layout l;
	struct setup_data node;
	struct boot_params bp;
	int i;

	for (i = 0; i < 6; i++) {
		fresh(state);
		efi_host(counts[i % 3]);
		if (i > 2)
			long_table(e, E820_ENTRIES_MAX);
		assert_int_equal(inplace_layout_make(&l, &in), 0);
		assert_layout_sound(&l);
		assert_true(l.piece[INPLACE_EFI].size <= sizeof(piece));
		inplace_boot_params_fill(&bp, &l, &in);
		inplace_efi_fill(piece, &l, &in);
		assert_efi(&bp, piece, &l, i > 2 ? in.zone.pa + l.piece[INPLACE_E820_EXT].offset : in.region.pa);
		if (i <= 2)
			continue;
		inplace_e820_ext_fill(ext, &l, &in);
		memcpy(&node, ext, sizeof(node));
		assert_int_equal(node.next, in.region.pa);
	}
}

static void without_runtime_services_nothing_of_efi_is_handed_on(void **state)
{
	struct inplace_layout l;
	struct boot_params bp;

	(void)state;
	efi_host(0);
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	assert_int_equal(l.piece[INPLACE_EFI].size, 0);
	inplace_boot_params_fill(&bp, &l, &in);
	assert_int_equal(bp.efi_info.efi_loader_signature, 0);
	assert_int_equal(bp.efi_info.efi_systab, 0);
	assert_int_equal(bp.hdr.setup_data, in.region.pa);
}

static void without_initrd_boot_params_name_none(void **state)
{
	struct inplace_layout l;
	struct boot_params bp;

	(void)state;
	in.initrd_size = 0;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	inplace_boot_params_fill(&bp, &l, &in);
	assert_int_equal(bp.hdr.ramdisk_image, 0);
	assert_int_equal(bp.hdr.ramdisk_size, 0);
	assert_int_equal(bp.ext_ramdisk_image, 0);
}

/* A table of nr entries: RAM with a reserved page now and then. */
static void long_table(struct boot_e820_entry *e, uint32_t nr)
{
	uint32_t i;

	e[0] = (struct boot_e820_entry) { 1 * MIB, 2 * GIB, E820_RAM };
	for (i = 1; i < nr; i++)
		e[i] = (struct boot_e820_entry) {
			4 * GIB + i * MIB, MIB, i % 2 ? E820_RAM : E820_RESERVED
		};
	in.e820 = e;
	in.nr_e820 = nr;
}

static void no_entry_of_a_long_memory_map_is_lost(void **state)
{
	static struct boot_e820_entry e[E820_ENTRIES_MAX], got[E820_ENTRIES_MAX];
	static uint8_t ext[64 << 10];
	static const uint32_t sizes[] = { 128, 129, 200, E820_ENTRIES_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct inplace_layout l;
		struct boot_params bp;
		struct setup_data node;
		uint32_t nr;

		long_table(e, sizes[i]);
		assert_int_equal(inplace_layout_make(&l, &in), 0);
		assert_layout_sound(&l);
		inplace_boot_params_fill(&bp, &l, &in);
		nr = bp.e820_entries;
		assert_int_equal(nr, 128);
		memcpy(got, bp.e820_table, nr * sizeof(got[0]));
		if (sizes[i] == 128) {
			assert_int_equal(bp.hdr.setup_data, in.region.pa);
			continue;
		}
		assert_int_equal(bp.hdr.setup_data, in.zone.pa + 0x4000);
		assert_true(l.piece[INPLACE_E820_EXT].size <= sizeof(ext));
		inplace_e820_ext_fill(ext, &l, &in);
		memcpy(&node, ext, sizeof(node));
		assert_int_equal(node.next, in.region.pa);
		assert_int_equal(node.type, SETUP_E820_EXT);
		assert_int_equal(node.len, (sizes[i] - 128) * sizeof(got[0]));
		memcpy(got + nr, ext + sizeof(node), node.len);
		assert_memory_equal(got, e, sizes[i] * sizeof(e[0]));
	}
}

/* Compared with what objdump says of the page; see also the machine's tests. */
static void trampoline_follows_the_boot_protocol(void **state)
{
	uint8_t page[4096];
	struct inplace_layout l;
	uint64_t value;
	uint32_t rel;
	uint16_t limit;

	(void)state;
	in.zone.pa = 5 * GIB;
	assert_int_equal(inplace_layout_make(&l, &in), 0);
	inplace_trampoline_fill(page, &l);

	assert_memory_equal(page, "\xfa\xfc\x0f\x01\x15", 5);
	memcpy(&rel, page + 5, 4);
	assert_int_equal(9 + rel, 96);		/* lgdt finds limit and base */
	memcpy(&limit, page + 96, 2);
	assert_int_equal(limit, 31);
	memcpy(&value, page + 98, 8);
	assert_int_equal(value, 5 * GIB + 0x2000 + 64);
	memcpy(&value, page + 64 + 0x10, 8);
	assert_int_equal(value, 0x00af9b000000ffffULL);	/* 64-bit code */
	memcpy(&value, page + 64 + 0x18, 8);
	assert_int_equal(value, 0x00cf93000000ffffULL);	/* flat data */
	memcpy(&rel, page + 23, 4);
	assert_int_equal(27 + rel, 4096);	/* stack: the end of the page */
	memcpy(&rel, page + 32, 4);
	assert_int_equal(36 + rel, 39);		/* lretq lands on mov %rsi */
	assert_memory_equal(page + 37, "\x48\xcb\x48\xbe", 4);
	memcpy(&value, page + 41, 8);
	assert_int_equal(value, 5 * GIB);
	assert_memory_equal(page + 49, "\x48\xb8", 2);
	memcpy(&value, page + 51, 8);
	assert_int_equal(value, 5 * GIB + 2 * MIB + 0x200);
	assert_memory_equal(page + 59, "\xff\xe0\xcc", 3);
	assert_int_equal(page[4095], 0xcc);
}

static void conflicts_are_counted_in_2_mib_blocks(void **state)
{
	static const struct inplace_range kept[] = {
		{ 0, 0 },
		{ 0x1234000, 0 },
		{ 10 * MIB + 4096, 4096 },
		{ 20 * MIB, 3 * MIB },
	};

	(void)state;
	assert_int_equal(inplace_conflict(kept, 4, 8 * MIB, 2 * MIB), -1);
	assert_int_equal(inplace_conflict(kept, 4, 8 * MIB, 2 * MIB + 1), 2);
	assert_int_equal(inplace_conflict(kept, 4, 12 * MIB - 1, 1), 2);
	assert_int_equal(inplace_conflict(kept, 4, 12 * MIB, 8 * MIB), -1);
	assert_int_equal(inplace_conflict(kept, 4, 12 * MIB, 8 * MIB + 1), 3);
	assert_int_equal(inplace_conflict(kept, 4, 24 * MIB - 4096, 4096), 3);
	assert_int_equal(inplace_conflict(kept, 4, 24 * MIB, 4096), -1);
	assert_int_equal(inplace_conflict(kept, 4, 0, 64 * MIB), 2);
	assert_int_equal(inplace_conflict(kept, 4, 10 * MIB, 0), -1);
	assert_int_equal(inplace_conflict(kept, 0, 10 * MIB, MIB), -1);
}

static void has_names_and_texts_for_all(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < INPLACE_NR_PIECES; i++)
		assert_non_null(inplace_piece_name(i));
	for (i = 0; i >= INPLACE_ERR_LAST; i--)
		assert_non_null(inplace_strerror(i));
	assert_string_equal(inplace_strerror(1), "unknown error");
	assert_string_equal(inplace_strerror(INPLACE_ERR_LAST - 1),
			    "unknown error");
}

#define TEST(f)	cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places_every_piece),
		TEST(needs_no_initrd),
		TEST(refuses_a_zone_that_is_one_byte_too_small),
		TEST(pieces_never_overlap_nor_leave_the_zone),
		TEST(refuses_a_host_without_zone),
		TEST(refuses_an_empty_zone),
		TEST(refuses_a_host_without_region),
		TEST(refuses_an_empty_region),
		TEST(refuses_a_zone_between_2_mib_blocks),
		TEST(refuses_a_zone_misaligned_for_the_kernel),
		TEST(refuses_a_zone_below_16_mib),
		TEST(refuses_a_zone_below_pref_address),
		TEST(refuses_a_zone_past_the_address_space),
		TEST(refuses_a_zone_that_wraps),
		TEST(refuses_a_region_that_wraps),
		TEST(refuses_a_region_in_the_zone),
		TEST(refuses_a_zone_that_ends_in_the_region),
		TEST(refuses_a_kernel_that_cannot_live_above_4_gib),
		TEST(refuses_an_initrd_above_the_kernels_limit),
		TEST(refuses_an_old_kernel_under_5_level_paging),
		TEST(refuses_too_long_a_memory_map),
		TEST(refuses_more_efi_memory_than_there_is_room_for),
		TEST(refuses_a_zone_that_is_no_ram),
		TEST(refuses_a_zone_that_ends_past_ram),
		TEST(refuses_a_region_that_is_no_ram),
		TEST(accepts_a_zone_above_4_gib),
		TEST(fills_boot_params),
		TEST(hands_on_efis_runtime_services),
		TEST(without_runtime_services_nothing_of_efi_is_handed_on),
		TEST(without_initrd_boot_params_name_none),
		TEST(no_entry_of_a_long_memory_map_is_lost),
		TEST(trampoline_follows_the_boot_protocol),
		TEST(conflicts_are_counted_in_2_mib_blocks),
		TEST(has_names_and_texts_for_all),
	};

	return cmocka_run_group_tests_name("inplace", tests, NULL, NULL);
}
