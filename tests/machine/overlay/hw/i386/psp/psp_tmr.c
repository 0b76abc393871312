// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Trusted Memory Region for SEV-ES: given with INIT, locked until
 * SHUTDOWN. While locked no CPU and no device gets at it: reads give all ones,
 * writes go nowhere, and both are counted.
 */
#include "qemu/osdep.h"
#include "qemu/units.h"
#include "exec/address-spaces.h"
#include "hw/core/cpu.h"
#include "psp.h"
#include "target/i386/snp/touch.h"

#define ABOVE_RAM 100

static void tmr_touch(PspState *s, hwaddr offset, bool is_write)
{
	snp_touch(&(struct snp_touch) {
		.kind = is_write ? SNP_TOUCH_TMR_WRITE : SNP_TOUCH_TMR_READ,
		.cpu = current_cpu ? current_cpu->cpu_index : -1,
		.pa = s->tmr.pa + offset,
		.access = is_write ? "write" : "read",
	});
}

static uint64_t tmr_read(void *opaque, hwaddr offset, unsigned int size)
{
	tmr_touch(opaque, offset, false);
	return UINT64_MAX;
}

static void tmr_write(void *opaque, hwaddr offset, uint64_t val,
		      unsigned int size)
{
	tmr_touch(opaque, offset, true);
}

static const MemoryRegionOps tmr_ops = {
	.read = tmr_read,
	.write = tmr_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
	.impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static bool is_ram(hwaddr pa)
{
	uint64_t word;

	return psp_mem_read(pa, &word, sizeof(word));
}

/**
 * psp_tmr_lock - take memory for SEV-ES, as INIT does
 * @s: the device
 * @pa: physical address
 * @size: bytes
 *
 * 55766, INIT: 1 MiB of RAM, aligned to its size. 56860: with SNP 2 MiB, and
 * every page of it a Firmware page.
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_tmr_lock(PspState *s, hwaddr pa, uint64_t size)
{
	bool snp = s->snp_state == PSP_SNP_INIT;
	uint64_t need = snp ? 2 * MiB : 1 * MiB;

	if (size != need)
		return PSP_INVALID_LENGTH;
	if (!pa || pa % size || !is_ram(pa) || !is_ram(pa + size - 8))
		return PSP_INVALID_ADDRESS;
	if (snp)
		for (hwaddr at = pa; at < pa + size; at += 4096)
			if (rmp_page_state(at) != RMP_FIRMWARE)
				return PSP_INVALID_PAGE_STATE;

	s->tmr.pa = pa;
	s->tmr.size = size;
	s->tmr.locked = true;
	memory_region_init_io(&s->tmr.region, OBJECT(s), &tmr_ops, s, "psp-tmr",
			      size);
	memory_region_add_subregion_overlap(get_system_memory(), pa,
					    &s->tmr.region, ABOVE_RAM);
	return PSP_SUCCESS;
}

/**
 * psp_tmr_release - give the memory back, as SHUTDOWN does
 * @s: the device
 */
void psp_tmr_release(PspState *s)
{
	if (!s->tmr.locked)
		return;
	memory_region_del_subregion(get_system_memory(), &s->tmr.region);
	object_unparent(OBJECT(&s->tmr.region));
	s->tmr.locked = false;
	s->tmr.pa = 0;
	s->tmr.size = 0;
}

/**
 * psp_tmr_contains - whether an address lies in the locked TMR
 * @s: the device
 * @pa: physical address
 *
 * Return: true if it does.
 */
bool psp_tmr_contains(PspState *s, hwaddr pa)
{
	return s->tmr.locked && pa >= s->tmr.pa && pa - s->tmr.pa < s->tmr.size;
}
