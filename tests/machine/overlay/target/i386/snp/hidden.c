// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ciphertext hiding (AMD 56860, SNP_INIT_EX, CIPHERTEXT_HIDING_EN): what the host
 * reads of a guest's private page is all ones. Its reads are led to a page of ones.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "hidden.h"
#include "rmp.h"

/* HyperTransport's range: no RAM is ever there, and the e820 map reserves it. */
#define ONES_PA		0xfd00000000ULL
#define ONES_SIZE	4096

static MemoryRegion ones;

/**
 * snp_hidden_init - make the page of ones
 * @host: the object
 *
 * Context: after the board is made.
 */
void snp_hidden_init(SnpHost *host)
{
	if (!host->ciphertext_hiding)
		return;
	memory_region_init_rom_nomigrate(&ones, OBJECT(host), "snp-ones",
					 ONES_SIZE, &error_fatal);
	memset(memory_region_get_ram_ptr(&ones), 0xff, ONES_SIZE);
	memory_region_add_subregion(get_system_memory(), ONES_PA, &ones);
}

/**
 * snp_hidden - whether a page's ciphertext is not for the host
 * @entry: what the RMP says of the page, low half
 *
 * Return: true if the host reads ones there.
 */
bool snp_hidden(uint64_t entry)
{
	return snp_host->ciphertext_hidden && entry & RMP_ASSIGNED &&
	       RMP_ASID(entry);
}

/**
 * snp_hidden_pa - where the host reads instead
 * @pa: the address that it wanted
 *
 * Return: the same offset in the page of ones.
 */
hwaddr snp_hidden_pa(hwaddr pa)
{
	return ONES_PA + pa % ONES_SIZE;
}
