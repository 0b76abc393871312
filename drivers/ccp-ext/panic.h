/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first kernel's side of a crash dump: what a crash kernel has to know lies in the region, always
 * (docs/kdump.md). Nothing here sleeps, allocates, or waits for a lock for long once a panic is on its way.
 */
#ifndef CCPX_PANIC_H
#define CCPX_PANIC_H

#include "ccp_ext.h"

#include <linux/delay.h>

#include <rmp_persist/filter.h>

#define CCPX_MAX_LEAKS		1024u
#define CCPX_POLLS		1000u	/* of 10 us: what a panic waits for a lock at most */

/* What there is to write, apart from the pages that are pinned. */
struct ccpx_snapshot {
	struct ccpx_watch_state watch;
	struct rmpp_guest_ser guests[CCPX_MAX_GUESTS];
	struct rmpp_flight_ser flight[CCPX_NR_FLIGHT];
	struct rmpp_extent held_v[CCPX_MAX_EXTENTS + CCPX_MAX_LEAKS];
	struct rmpp_extents held;	/* kept out since boot */
	u32	nr_guests, nr_flight;
};

/* Where it is put together. */
struct ccpx_draft {
	struct rmpp_filter f;		/* pages that are pinned */
	struct rmpp_filter_extent *v;
	u32	index[RMPP_FILTER_MIN_INDEX];
	u32	nr_extents;
	void	*blob;
	s64	size;			/* bytes, or a negative error */
};

/* psp_watch.c, psp_guests.c */
void ccpx_watch_oops(bool locked);
bool ccpx_watch_try_get(struct ccpx_watch_state *state, struct rmpp_flight_ser *v, u32 max, u32 *nr);
bool ccpx_guests_try_get(struct rmpp_guest_ser *v, u32 max, u32 *nr);

/* pins.c */
int ccpx_pins_init(void);
void ccpx_pins_exit(void);
bool ccpx_pins_missed(void);
void ccpx_pins_collect(struct rmpp_filter *f);
void ccpx_leaks_collect(struct rmpp_extents *x);
ssize_t ccpx_pins_show(char *buf, ssize_t n);

/* panic_blob.c */
int ccpx_draft_init(struct ccpx_draft *d);
void ccpx_draft_exit(struct ccpx_draft *d);
const char *ccpx_draft_write(struct ccpx_draft *d, const struct ccpx_snapshot *s);

/* panic.c */
int ccpx_panic_init(void);
void ccpx_panic_exit(void);
void ccpx_panic_changed(void);
void ccpx_panic_leave(void);
bool ccpx_panic_begun(void);
ssize_t ccpx_panic_show(char *buf);

/* panic_evict.c */
void ccpx_panic_evict_init(struct ccpx_snapshot *s);
void ccpx_panic_evict_exit(void);
void ccpx_panic_evict_fates(struct rmpp_guest_ser *v, u32 nr);

#endif /* CCPX_PANIC_H */
