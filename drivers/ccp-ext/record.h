/* SPDX-License-Identifier: GPL-2.0-only */
/* Between record.c, which keeps records, and record_cross.c, which takes them over the jump. */
#ifndef CCPX_RECORD_H
#define CCPX_RECORD_H

#include "ccp_ext.h"

#include <linux/kref.h>
#include <linux/list.h>

struct ccpx_record {
	struct list_head list;
	struct kref ref;
	struct rmpp_record_ser ser;
	u64	guest_id;	/* psp_guests.c; 0: inherited */
	u32	id;		/* for people */
	bool	adopted;	/* its guest lives on in the firmware, or did until it was released */
	bool	damaged;
	bool	stays;		/* there is no room to hand it on */
	u8	data[];
};

extern struct mutex ccpx_records_lock;
extern struct list_head ccpx_records;

bool ccpx_records_fit(s64 more);
void ccpx_record_insert(struct ccpx_record *r);

#endif /* CCPX_RECORD_H */
