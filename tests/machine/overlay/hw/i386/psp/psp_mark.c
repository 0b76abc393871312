// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mark port: whatever runs in the machine writes a number there to say "now",
 * from /dev/port, for instance. Nothing answers to it on hardware.
 */
#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "psp.h"

#define MARK_PORT	0x5e0
#define MARK_THERE	0x4d	/* 'M', so that it can be found */

static uint64_t mark_read(void *opaque, hwaddr addr, unsigned int size)
{
	return MARK_THERE;
}

static void mark_write(void *opaque, hwaddr addr, uint64_t val,
		       unsigned int size)
{
	snp_moment(&(struct snp_moment_info) {
		SNP_MOMENT_MARK,
		current_cpu ? current_cpu->cpu_index : -1, val });
}

static const MemoryRegionOps mark_ops = {
	.read = mark_read,
	.write = mark_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 4 },
	.impl = { .min_access_size = 1, .max_access_size = 4 },
};

/**
 * psp_mark_realize - put the mark port into the machine
 * @s: the device
 */
void psp_mark_realize(PspState *s)
{
	memory_region_init_io(&s->mark_port, OBJECT(s), &mark_ops, s,
			      "snp-mark", 4);
	memory_region_add_subregion(get_system_io(), MARK_PORT, &s->mark_port);
}
