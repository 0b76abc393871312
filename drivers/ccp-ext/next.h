/* SPDX-License-Identifier: GPL-2.0-only */
/* Included by ccp_ext.h: the next kernel's side, and what crosses to it. */
#ifndef CCPX_NEXT_H
#define CCPX_NEXT_H

/* ---- restore.c, reclaim.c, giveback.c: the next kernel's side ---- */

struct ccpx_restore {
	bool	found;
	bool	damaged;		/* what was handed over cannot be read */
	bool	by_kho;			/* KHO named the region, and kept its pages */
	int	err;			/* rmpp_error or chain error, 0 = fine */
	const char *what;		/* message for err */
	u64	lacks;			/* incompatible features of the blob, not known here */
	bool	blob_valid;
	struct rmpp_blob blob;		/* points into copy */
	void	*copy;			/* blob's bytes, private; NULL = none */
	u64	copy_size;
	void	*origin;		/* where they were found */
	struct rmpp_extents held;	/* kept out in this kernel; shrinks (giveback.c) */
	bool	hidden;			/* ... some of it not in this kernel's memory map */
	bool	shown;			/* ... to everybody (chain_files.c) */
	/* pages: kept out at boot, taken back by RMPUPDATE, freed, not ours to free */
	u64	nr_quarantined, nr_reclaimed, nr_freed, nr_dropped;
	u64	quiesce_us, blackout_us, nr_commands;
	u64	boot_count;
	struct ccpx_quiesce quiesce;
};

extern struct ccpx_restore ccpx_restore;
bool ccpx_chain_files_hide(void);
int ccpx_restore_init(u64 *adopt_pa, u64 *adopt_size);
void ccpx_restore_exit(void);
void ccpx_restore_look_for_hidden(struct ccpx_restore *r);
const struct rmpp_extents *ccpx_restore_aside(void);
void ccpx_reclaim(void);

void ccpx_giveback_again(bool at_rest);
void ccpx_giveback_ccp_gone(void);
void ccpx_giveback_prepare(u64 tmr_pfn, u64 tmr_end_pfn, const char *why_not);
bool ccpx_giveback_nothing(void);
void ccpx_giveback_start(void);
void ccpx_giveback_exit(void);
void ccpx_giveback_set_rate(u32 rate);
u64 ccpx_giveback_pending(void);
ssize_t ccpx_giveback_show(char *buf);
void ccpx_giveback_command_begins(u32 cmd);
void ccpx_giveback_command_ended(u32 cmd, int rc);
void ccpx_giveback_stop(void);

/* ---- preserve.c, adopt.c, hold.c: guests that cross in the firmware ---- */

#define CCPX_MAX_ASIDS	2048	/* 10 bits in an RMP entry (56860), and room */

u32 ccpx_preserve_sort(struct ccpx_psp *psp, struct rmpp_guest_ser *guests, u32 nr);
u32 ccpx_preserve_prove(const void *blob, u64 size, u64 deadline_ns);
bool ccpx_preserve_stays(struct rmpp_guest_ser *g);
u64 ccpx_preserve_incompat(void);
const struct rmpp_proof_ser *ccpx_preserve_proofs(u32 *nr);
u32 ccpx_adopt(struct ccpx_psp *psp, const struct ccpx_rmp *rmp);
bool ccpx_adopt_wanted(void);
u32 ccpx_adopted_count(void);
bool ccpx_adopted_context(u64 gctx_pa);
void ccpx_adopted_asids(unsigned long *asids);
ssize_t ccpx_adopted_show(char *buf, size_t size);
int ccpx_adopted_release(u64 gctx_pa);
void ccpx_adopt_exit(void);

int ccpx_hold_psp(void);
bool ccpx_holds_psp(const struct device *dev);
void ccpx_let_go_psp(void);

/* ---- record.c: what VMMs leave for themselves; record_dev.c: how they do ---- */

struct ccpx_record;

struct ccpx_owner {
	kuid_t	uid;
	u8	key[RMPP_RECORD_KEY_SIZE];	/* SHA-256 of the key */
};

void ccpx_records_restore(void);
void ccpx_records_exit(void);
struct ccpx_record *ccpx_record_new(const struct ccpx_owner *owner, u32 size);
void *ccpx_record_bytes(struct ccpx_record *r, u32 *size);
void ccpx_record_put(struct ccpx_record *r);
int ccpx_record_attach(struct ccpx_record *r, const struct ccpx_guest_name *name);
int ccpx_record_replace(struct ccpx_record *r, const struct ccpx_owner *owner);
struct ccpx_record *ccpx_record_open(const struct ccpx_owner *owner);
int ccpx_record_remove(const struct ccpx_owner *owner);
int ccpx_records_erase(u32 id);
void ccpx_records_guest_gone(void);
void ccpx_records_freeze(void);
u64 ccpx_records_room(void);
void ccpx_records_write(struct rmpp_writer *w, bool leaving, const struct rmpp_guest_ser *guests,
			u32 nr_guests);
ssize_t ccpx_records_show(char *buf, size_t size);

int ccpx_record_dev_init(void);
void ccpx_record_dev_exit(void);

#endif /* CCPX_NEXT_H */
