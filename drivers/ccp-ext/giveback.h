/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of the give-back: giveback.c (when), giveback_block.c (what becomes of
 * 2 MiB), giveback_gate.c (not while the firmware writes the RMP).
 */
#ifndef CCPX_GIVEBACK_H
#define CCPX_GIVEBACK_H

#include "ccp_ext.h"

#define GIVEBACK_BLOCK		RMPP_PAGES_PER_2M
#define GIVEBACK_MAX_TABLES	128

/* What a block that stays is kept for; first match. */
enum kept_for {
	KEPT_TMR, KEPT_IOMMU, KEPT_GUEST, KEPT_FIRMWARE, KEPT_REFUSED, KEPT_PARTED, NR_KEPT
};

/* by ccpx_lock */
struct giveback {
	const char *off;		/* why nothing is given back, or NULL */
	struct ccpx_rmp rmp;		/* mapped for the length of a pass */
	u64	cursor;			/* what lies below was looked at in this pass */
	u64	tmr_pfn, tmr_end_pfn;	/* locked, or empty */
	struct rmpp_extents in_use;	/* tables of parked IOMMUs */
	DECLARE_BITMAP(alive, CCPX_MAX_ASIDS);	/* of guests that were preserved */
	struct rmpp_extent in_use_v[GIVEBACK_MAX_TABLES];
	u64	kernel_start, kernel_end;	/* pfns of the running kernel, half-open */
	bool	kernel_unknown, mapped, holds_module;
	unsigned long not_before;	/* jiffies: the next turn, events or not */
	u64	debt;			/* pages * HZ that were not waited for */
	u64	passes, turns, kept[NR_KEPT];
	u64	start_ns, end_ns;
};

extern struct giveback ccpx_gb;

/* ---- giveback.c ---- */

void giveback_event(u32 cmd);

/* ---- giveback_block.c ---- */

void giveback_find_kernel(void);
int giveback_block(u64 pfn, u64 end, u32 reason);
int giveback_top_block(u64 pfn, u64 end);

/* ---- giveback_gate.c ---- */

int giveback_through_gate(u64 (*fn)(u64 pfn, u64 end), u64 *pfn, u64 end);
bool giveback_gate_is_broken(void);
bool giveback_changes_rmp(u32 cmd);

#endif /* CCPX_GIVEBACK_H */
