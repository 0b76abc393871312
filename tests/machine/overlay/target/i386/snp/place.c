// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMP's place: at the top of the RAM below 4 GiB, reserved in the e820 map,
 * as system firmware chooses it before any kernel runs.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "hw/i386/e820_memory_layout.h"
#include "hooks.h"
#include "host.h"
#include "rmp.h"
#include "rmp_table.h"

/* Bookkeeping and segment table have 2 MiB for themselves, so that segments are aligned. */
#define SEGMENTS_HEAD	(2 * MiB)
#define ENTRY_SIZE	16ULL

static uint64_t place_contiguous(SnpHost *host, uint64_t low_end, uint64_t top)
{
	uint64_t need = RMP_BOOKKEEPING + (top >> 12) * ENTRY_SIZE;
	uint64_t size = host->rmp_size ?: ROUND_UP(need, 2 * MiB);

	if (size < need || size > low_end / 2) {
		error_report("snp-host: rmp-size %" PRIu64 " must be between "
			     "%" PRIu64 " and %" PRIu64, size, need, low_end / 2);
		exit(EXIT_FAILURE);
	}
	rmp_table_add(0, (size - RMP_BOOKKEEPING) / ENTRY_SIZE, RMP_BOOKKEEPING);
	return size;
}

/* How many bytes from a segment's start on hold RAM: none of the PCI hole. */
static uint64_t segment_ram(uint64_t start, uint64_t size, uint64_t low_end,
			    uint64_t top)
{
	uint64_t end = MIN(start + size, top);

	if (end <= start || (start >= low_end && end <= 4 * GiB))
		return 0;
	if (end > low_end && end <= 4 * GiB)
		end = low_end;
	return end - start;
}

static uint64_t place_segments(SnpHost *host, uint64_t low_end, uint64_t top)
{
	uint64_t segment_size = 1ULL << host->rmp_segment_shift;
	uint64_t offset = SEGMENTS_HEAD;

	if (host->rmp_size) {
		error_report("snp-host: rmp-size is for rmp-segmented=off; "
			     "segments are as long as RAM needs");
		exit(EXIT_FAILURE);
	}
	if (top > segment_size * RMP_MAX_SEGMENTS) {
		error_report("snp-host: rmp-segment-shift %u is too small for "
			     "the RAM: %d segments at most",
			     host->rmp_segment_shift, RMP_MAX_SEGMENTS);
		exit(EXIT_FAILURE);
	}
	for (uint64_t start = 0; start < top; start += segment_size) {
		uint64_t ram = ROUND_UP(segment_ram(start, segment_size, low_end,
						    top), GiB);

		if (!ram)
			continue;
		rmp_table_add(start >> 12, ram >> 12, offset);
		offset += (ram >> 12) * ENTRY_SIZE;
	}
	if (offset > low_end / 2) {
		error_report("snp-host: a segmented RMP needs %" PRIu64 " of the "
			     "%" PRIu64 " bytes of RAM below 4 GiB", offset,
			     low_end);
		exit(EXIT_FAILURE);
	}
	return offset;
}

static uint64_t held;

/**
 * snp_hook_low_ram_end - take the RMP's memory from the top of low RAM
 * @low_end: end of the RAM below 4 GiB
 * @top: end of all RAM, the highest address that the RMP has to cover
 *
 * Return: the end of the RAM below the RMP. The RMP is reserved in the e820 map,
 * and what the property rmp-tail leaves above it is RAM there.
 */
uint64_t snp_hook_low_ram_end(uint64_t low_end, uint64_t top)
{
	SnpHost *host = snp_host;

	if (!host || !host->profile->snp)
		return low_end;
	if (host->rmp_tail > low_end / 4) {
		error_report("snp-host: rmp-tail must be at most %" PRIu64,
			     low_end / 4);
		exit(EXIT_FAILURE);
	}
	host->rmp_size = host->rmp_segmented ?
			 place_segments(host, low_end, top) :
			 place_contiguous(host, low_end, top);
	host->rmp_base = low_end - host->rmp_tail - host->rmp_size;
	if (host->rmp_segmented)
		host->rmp_base = ROUND_DOWN(host->rmp_base, MiB);
	host->rmp_end = host->rmp_base + host->rmp_size - 1;
	e820_add_entry(host->rmp_base, host->rmp_size, E820_RESERVED);
	if (host->rmp_end + 1 < low_end)
		e820_add_entry(host->rmp_end + 1, low_end - host->rmp_end - 1,
			       E820_RAM);
	held = low_end - host->rmp_base;
	return host->rmp_base;
}

/**
 * snp_hook_low_ram_held - how much of low RAM the initrd has to keep away from
 *
 * Return: bytes, from the RMP's start to the end of low RAM.
 */
uint64_t snp_hook_low_ram_held(void)
{
	return held;
}

/**
 * snp_hook_initrd_max - what to tell the boot ROM of the highest initrd address
 * @max: what the kernel says
 * @initrd_end: end of the place that was chosen for it
 *
 * With RAM above the RMP the ROM would put the initrd at the end of all low RAM,
 * and over the RMP. It leaves an initrd alone that ends where the kernel allows.
 *
 * Return: the field initrd_addr_max of the kernel's header.
 */
uint32_t snp_hook_initrd_max(uint32_t max, uint32_t initrd_end)
{
	return snp_host_has_rmp() && snp_host->rmp_tail ? initrd_end : max;
}
