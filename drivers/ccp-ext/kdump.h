/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In a crash kernel: what readers of /proc/vmcore do not get to see. docs/kdump.md.
 *
 * Nothing of the rest of the module runs there: no reclaim, no firmware command, no notifier.
 */
#ifndef CCPX_KDUMP_H
#define CCPX_KDUMP_H

#include <rmp_persist/filter.h>

#ifdef CONFIG_CRASH_DUMP

/* A place that tells which pages are not the host's. */
enum ccpx_source { CCPX_SOURCE_NONE, CCPX_SOURCE_READ, CCPX_SOURCE_BAD };

struct ccpx_kdump {
	enum ccpx_source rmp, handover;
	const char *rmp_why, *handover_why;	/* what is wrong, where it is bad */
	const char *untold;			/* why the dump's blob has not got what the RMP says, or NULL */
	struct rmpp_scan_counts counts;		/* of the RMP, its own pages left out */
	bool	chain_alone;			/* handed over, and the blob is bad */
	bool	runs;				/* handed over, with the RMP as it was */
	char	release[RMPP_RELEASE_SIZE];	/* of the kernel that wrote the blob */
};

enum ccpx_vmcore_late { CCPX_VMCORE_IN_TIME, CCPX_VMCORE_WAS_OPENED, CCPX_VMCORE_IS_OPEN };

/* kdump.c */
bool ccpx_in_crash_kernel(void);
int ccpx_kdump_init(void);

/* kdump_old.c: memory of the kernel that crashed */
void ccpx_old_read(void);
int ccpx_old_copy(void *to, u64 pa, u64 size);
bool ccpx_old_holds(u64 pa, u64 size);
bool ccpx_old_at(u64 offset, u64 size, u64 *pa);
bool ccpx_old_is_as_read(struct file *f);

/* kdump_rmp.c, kdump_handover.c: the two sources */
void ccpx_kdump_read_rmp(struct ccpx_kdump *k, struct rmpp_filter *f);
bool ccpx_kdump_is_clean(u64 pa, u64 size);
void ccpx_kdump_read_handover(struct ccpx_kdump *k, struct rmpp_filter *f);

/* kdump_tell.c: for who reads the dump */
const char *ccpx_kdump_tell(u64 pa, u64 size, const struct rmpp_blob *blob);

/* kdump_vmcore.c */
int ccpx_vmcore_close(void);
struct file *ccpx_vmcore_open(void);
void ccpx_vmcore_filter(const struct rmpp_filter *f);
const struct rmpp_filter *ccpx_vmcore_published(void);
bool ccpx_vmcore_alone(void);
void ccpx_vmcore_withhold(void);
bool ccpx_vmcore_refuses(void);
enum ccpx_vmcore_late ccpx_vmcore_was_late(void);
u64 ccpx_vmcore_withheld(void);

/* kdump_note.c */
void ccpx_note_reserve(void);
void ccpx_note_write(ssize_t (*tell)(char *buf));

/* kdump_mmap.c */
void ccpx_vmcore_map_cached(void);
u64 ccpx_vmcore_parts(void);

/* kdump_runs.c */
void ccpx_vmcore_map_runs(void);
u64 ccpx_vmcore_runs(void);

#else

static inline bool ccpx_in_crash_kernel(void) { return false; }
static inline int ccpx_kdump_init(void) { return 0; }

#endif

#endif /* CCPX_KDUMP_H */
