/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The quarantine as a setup_data chain: how pages are kept away from a next
 * kernel that need not know us. Each x86 kernel from 5.5 on (b3c72fc9a78e) reserves
 * each node of boot_params.hdr.setup_data and each SETUP_INDIRECT target before its
 * first allocation (memblock_x86_reserve_range_setup_data() in arch/x86/kernel/setup.c),
 * and its decompressor's KASLR avoids them (mem_avoid_overlap(), compressed/kaslr.c).
 * docs/handover.md argues for it.
 *
 * The hand-over region, whose address is the chain's head:
 *
 *   +--------------------------------+ 0
 *   | node 0: setup_data CHAIN_TYPE  |  its len spans the whole region, so all
 *   +--------------------------------+ 16  of it is reserved
 *   | node 1: SETUP_INDIRECT, 40 B   |
 *   | node 2 ...                     |  at most CHAIN_NODES_MAX
 *   +--------------------------------+ CHAIN_BLOB_OFFSET
 *   | the blob (rmp_persist/format.h)|
 *   +--------------------------------+ region size
 *
 * Pure: no allocation, no globals, the same file in kernel and userspace.
 * Errors are the negative of enum chain_error; outputs are untouched on error.
 */
#ifndef KEXEC_CHAIN_H
#define KEXEC_CHAIN_H

#include <rmp_persist/rmp_persist.h>

#define CHAIN_TYPE		0x534e5048u	/* "SNPH" */
#define CHAIN_INDIRECT		0x80000000u	/* SETUP_INDIRECT */
#define CHAIN_INDIRECT_TYPE	(CHAIN_INDIRECT | CHAIN_TYPE)

/*
 * memblock starts with 128 slots (INIT_MEMBLOCK_REGIONS), which cannot become more
 * before it knows of these; the kernel takes some for itself. What finds no slot is
 * a panic without a console (6.12, 7.3), or handed out like any other memory (6.1).
 * More than about 115 targets hung a boot.
 */
#define CHAIN_NODES_MAX		100u
#define CHAIN_BLOB_OFFSET	4096u

/* struct setup_data (arch/x86/include/uapi/asm/setup_data.h) */
struct chain_node {
	__le64	next;		/* physical address, 0 = end */
	__le32	type;
	__le32	len;		/* bytes behind this header */
};
rmpp_static_assert(sizeof(struct chain_node) == 16);

/* struct setup_indirect (same file); type is never SETUP_INDIRECT alone */
struct chain_indirect {
	struct chain_node node;
	__le32	type;
	__le32	reserved;
	__le64	len;		/* bytes */
	__le64	addr;		/* physical */
};
rmpp_static_assert(sizeof(struct chain_indirect) == 40);
rmpp_static_assert(sizeof(struct chain_node) + CHAIN_NODES_MAX *
		   sizeof(struct chain_indirect) <= CHAIN_BLOB_OFFSET);

enum chain_error {
	CHAIN_OK		= 0,
	CHAIN_ERR_ARGUMENT	= 1,	/* misaligned, or RAM ranges unsorted */
	CHAIN_ERR_SPACE		= 2,	/* more extents than nodes or array entries */
	CHAIN_ERR_TOP		= 3,	/* an assigned page in the topmost block of RAM */
	CHAIN_ERR_TRUNCATED	= 4,	/* a node, or the region, ends past size */
	CHAIN_ERR_TYPE		= 5,	/* not our node */
	CHAIN_ERR_NEXT		= 6,	/* a link that leads to no place a node can be */
	CHAIN_ERR_RANGE		= 7,	/* a target unaligned, empty, unsorted or too high */
	CHAIN_ERR_LOW		= 8,	/* an assigned page in the first 2 MiB */
};

const char *chain_strerror(int err);

/* System RAM, sorted, not overlapping; end_pfn is exclusive. */
struct chain_ram {
	u64 start_pfn, end_pfn;
};

int chain_prepare_extents(struct rmpp_extents *x, const struct chain_ram *ram,
			  u32 nr_ram, u32 max_nodes, s64 *waste);
u32 chain_punch(struct chain_ram *v, u32 nr, u64 start_pfn, u64 end_pfn);
int chain_build(void *buf, u64 buf_pa, u32 size, u64 next_pa, u32 first_len,
		const struct rmpp_extents *x, u32 *used);
int chain_region_size(const void *buf, u64 size, u64 *region_size);
int chain_check(const void *buf, u64 size, u64 buf_pa, struct rmpp_extents *x);

#endif /* KEXEC_CHAIN_H */
