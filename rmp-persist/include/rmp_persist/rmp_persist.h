/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The core: bytes in, bytes out. Nothing here allocates, prints, sleeps or
 * keeps state; every function may be called from any context, panic included.
 * Errors are negative enum rmpp_error values; outputs are untouched on error
 * unless a function says otherwise.
 */
#ifndef RMP_PERSIST_H
#define RMP_PERSIST_H

#include <rmp_persist/format.h>

#define RMPP_PAGE_SHIFT		12
#define RMPP_PAGE_SIZE		4096ULL
#define RMPP_PAGES_PER_2M	512ULL
#define RMPP_MAX_PFN		(1ULL << 40)	/* 52 physical address bits; exclusive */

/* One name per check. Values are stable: append only. */
enum rmpp_error {
	RMPP_OK			= 0,
	RMPP_ERR_TRUNCATED	= -1,	/* blob shorter than its header or total_size */
	RMPP_ERR_MAGIC		= -2,
	RMPP_ERR_HEADER_SIZE	= -3,
	RMPP_ERR_HEADER_CRC	= -4,
	RMPP_ERR_INCOMPAT	= -5,	/* unknown incompat feature */
	RMPP_ERR_RESERVED	= -6,	/* reserved field not zero, unknown flag, no NUL */
	RMPP_ERR_NR_SECTIONS	= -7,
	RMPP_ERR_SECTION_SIZE	= -8,	/* header.section_size or entry_size wrong */
	RMPP_ERR_SECTION_RANGE	= -9,	/* past the end, overlapping or unsorted payloads */
	RMPP_ERR_SECTION_ALIGN	= -10,
	RMPP_ERR_SECTION_CRC	= -11,
	RMPP_ERR_SECTION_DUP	= -12,
	RMPP_ERR_SECTION_MISSING = -13,	/* no PLATFORM section */
	RMPP_ERR_SECTION_UNKNOWN = -14,	/* MUST_UNDERSTAND and not understood */
	RMPP_ERR_ENTRY_VALUE	= -15,	/* an enum or a count out of range */
	RMPP_ERR_EXTENT_ORDER	= -16,	/* unsorted, overlapping or touching */
	RMPP_ERR_EXTENT_RANGE	= -17,	/* empty, or past the physical address space */
	RMPP_ERR_NO_SPACE	= -18,	/* output full */
	RMPP_ERR_ARGUMENT	= -19,
	RMPP_ERR_RECORD_PLACE	= -20,	/* records do not lie one behind the other */
	RMPP_ERR_RECORD_CRC	= -21,
	RMPP_ERR_RECORD_WITHHELD = -22,	/* its bytes are not in this blob */
	RMPP_ERR_UNREADABLE	= -23,	/* an entry of the RMP could not be had */
	RMPP_ERR_LAST		= -23,
};

/* What and where: filled by the checker for messages. */
struct rmpp_where {
	u64 offset;		/* bytes from the start of the blob */
	u32 section;		/* enum rmpp_section_type, 0 = header */
	u32 index;		/* entry in that section */
};

const char *rmpp_strerror(int err);
const char *rmpp_page_state_name(u32 state);	/* "Guest-Valid", ...; "?" if unknown */
const char *rmpp_step_name(u32 step);		/* "sev-shutdown", ... */
const char *rmpp_section_name(u32 type);	/* "quarantine", ... */
const char *rmpp_policy_name(u32 policy);	/* "evict", ...; "?" if unknown */
const char *rmpp_guest_state_name(u32 kind, u32 state);	/* "RUNNING", ...; "?" if unknown */
const char *rmpp_psp_command_name(u32 command);	/* "SNP_SHUTDOWN_EX"; "?" if unknown */
const char *rmpp_psp_status_name(u32 status);	/* "DFFLUSH_REQUIRED"; "?" if unknown */

u32 rmpp_crc32c(u32 crc, const void *data, size_t size);

/* ---- RMP entries (AMD APM vol. 2, 15.36.3; raw layout of Zen 3 and 4) ---- */

struct rmpp_entry {
	u64	gpa;		/* bytes; context address for Metadata */
	u32	asid;
	bool	assigned, pagesize_2m, immutable, vmsa, validated;
};

struct rmpp_raw_entry { __le64 lo, hi; };

void rmpp_entry_from_raw(struct rmpp_entry *e, const struct rmpp_raw_entry *raw);
/* 16 bytes as RMPREAD (Zen 5) or the kernel's architectural view store them */
void rmpp_entry_from_rmpread(struct rmpp_entry *e, const u8 buf[16]);
/* ... and what these say of the 2 MiB around the page: is any of it assigned? */
bool rmpp_region_from_rmpread(const u8 buf[16]);
/* An ASID that does not fit into a raw entry becomes the highest that does. */
void rmpp_entry_to_raw(const struct rmpp_entry *e, struct rmpp_raw_entry *raw);
enum rmpp_page_state rmpp_entry_state(const struct rmpp_entry *e);

/* ---- scan: a contiguous table to runs, at memory speed ---- */

struct rmpp_run {
	u64	pfn, nr_pages;
	u32	asid;
	u8	state, flags;	/* as in rmpp_run_ser */
};

struct rmpp_scan_counts {
	u64	nr_pages[RMPP_PAGE_STATE_MAX + 1];	/* by enum rmpp_page_state */
	u64	nr_assigned;
	u64	nr_immutable;	/* of the assigned ones: HV-Fixed is not among them */
};

/* Return nonzero to stop; the value is passed through by rmpp_scan(). */
typedef int (*rmpp_run_fn)(void *arg, const struct rmpp_run *run);

/*
 * table: first entry, of page first_pfn, which is a multiple of 512, so that
 * heads of 2 MiB entries are in reach. Runs arrive in ascending order; pages in
 * state Hypervisor yield none. counts may be NULL. The table may change while
 * it is read: each entry is read once.
 */
int rmpp_scan(const struct rmpp_raw_entry *table, u64 first_pfn, u64 nr_pages,
	      struct rmpp_scan_counts *counts, rmpp_run_fn fn, void *arg);
/*
 * First 2 MiB block in [pfn, end) with an assigned page, else end. table: entry of
 * page 0; pfn: a multiple of 512.
 */
u64 rmpp_scan_block(const struct rmpp_raw_entry *table, u64 pfn, u64 end);

/* ---- the same where a table cannot be read in place ---- */

/*
 * The n entries from page pfn on, which begins a 2 MiB block, are put into v, raw. Of a
 * 2 MiB entry the head is enough. Return: 1; 0 if none of these pages is assigned, v is
 * as it was; or a negative enum rmpp_error, which ends the scan.
 */
typedef int (*rmpp_fetch_fn)(void *arg, u64 pfn, u32 n, struct rmpp_raw_entry *v);

struct rmpp_source {
	rmpp_fetch_fn fetch;
	void *arg;
	struct rmpp_raw_entry *v;	/* room for RMPP_PAGES_PER_2M */
};

/* As rmpp_scan_block(); a block that cannot be fetched counts as one with assigned pages. */
u64 rmpp_fetch_block(const struct rmpp_source *source, u64 pfn, u64 end);

/* ---- extents ---- */

struct rmpp_extent { u64 pfn, nr_pages; u32 reason, reserved; };

/* A caller-owned array, kept sorted, neither overlapping nor touching. */
struct rmpp_extents {
	struct rmpp_extent *v;
	u32 nr, max;
};

void rmpp_extents_init(struct rmpp_extents *x, struct rmpp_extent *v, u32 max);
/*
 * Any order; overlapping and touching ranges merge, reasons unite. When the
 * array is full the two closest neighbours merge (gap gets REASON_ROUNDING), so
 * nothing is ever lost: the set only grows. Fails on empty or wrapping ranges.
 */
int rmpp_extents_add(struct rmpp_extents *x, u64 pfn, u64 nr_pages, u32 reason);
/*
 * Take pages out again. RMPP_ERR_NO_SPACE, and the set as it was, where a hole
 * in the middle of an extent would need one entry more than there are.
 */
int rmpp_extents_remove(struct rmpp_extents *x, u64 pfn, u64 nr_pages);
/* Round every extent out to 2 MiB blocks and merge. */
void rmpp_extents_round_2m(struct rmpp_extents *x);
/*
 * Merge until nr <= max_nr by closing the smallest gaps first, which is the
 * least waste possible. barrier: sorted pfns that no merge may cross (ends of
 * RAM ranges); NULL for none. Returns pages of waste added, or
 * RMPP_ERR_NO_SPACE (a negative) if barriers leave more than max_nr.
 */
s64 rmpp_extents_bound(struct rmpp_extents *x, u32 max_nr,
		       const u64 *barrier, u32 nr_barriers);
/* The same with a predicate: may the gap [end_pfn, start_pfn) be closed? */
typedef bool (*rmpp_may_join_fn)(const void *arg, u64 end_pfn, u64 start_pfn);
s64 rmpp_extents_bound_if(struct rmpp_extents *x, u32 max_nr,
			  rmpp_may_join_fn may_join, const void *arg);
/* The extent that holds pfn, else NULL. O(log nr). */
const struct rmpp_extent *rmpp_extents_find(const struct rmpp_extents *x, u64 pfn);
/* First extent that overlaps [pfn, pfn + nr_pages), else NULL. */
const struct rmpp_extent *rmpp_extents_overlap(const struct rmpp_extents *x,
					       u64 pfn, u64 nr_pages);
u64 rmpp_extents_pages(const struct rmpp_extents *x);

/* ---- writer: sections in the order of the caller, then finish ---- */

struct rmpp_writer {
	u8 *buf;
	u64 size, used;		/* bytes */
	u32 nr_sections, open;	/* open: 1 while a section is being filled */
	u32 max_sections;
	u64 incompat;
};

/* buf 8-byte aligned. */
int rmpp_writer_init(struct rmpp_writer *w, void *buf, u64 size, u32 max_sections);
int rmpp_writer_begin(struct rmpp_writer *w, u32 type, u32 flags, u32 entry_size);
/* Copies one entry_size'd entry. NO_SPACE leaves the section as it was. */
int rmpp_writer_entry(struct rmpp_writer *w, const void *entry);
int rmpp_writer_end(struct rmpp_writer *w);
void rmpp_writer_cancel(struct rmpp_writer *w);
/* Bits for header.incompat: a reader that lacks one of them restores nothing. */
void rmpp_writer_require(struct rmpp_writer *w, u64 incompat);
/* Seals header and checksums; returns total size in bytes or an error. */
s64 rmpp_writer_finish(struct rmpp_writer *w, u64 generation, u64 boot_count,
		       const char *writer);
/*
 * RMP_RUNS from a scan: as exact as fits into max_runs, else coarse (2 MiB
 * blocks, state MIXED where they differ, neighbours merged). Sets *coarse.
 */
int rmpp_writer_rmp_runs(struct rmpp_writer *w, const struct rmpp_raw_entry *table,
			 u64 first_pfn, u64 nr_pages, u32 max_runs,
			 struct rmpp_scan_counts *counts, bool *coarse);
int rmpp_writer_fetch_runs(struct rmpp_writer *w, const struct rmpp_source *source,
			   u64 first_pfn, u64 nr_pages, u32 max_runs,
			   struct rmpp_scan_counts *counts, bool *coarse);

/* ---- checker and reader ---- */

struct rmpp_blob {
	const u8 *data;
	u64 size;		/* bytes: header.total_size */
	const struct rmpp_header_ser *header;
	const struct rmpp_section_ser *section[RMPP_SECTION_MAX + 1]; /* NULL = absent */
};

/*
 * Every byte of data[0, size) is hostile. Checks everything that the format
 * promises, payloads included; only then fills *blob. where may be NULL.
 */
int rmpp_blob_check(struct rmpp_blob *blob, const void *data, u64 size,
		    struct rmpp_where *where);
/*
 * After RMPP_ERR_INCOMPAT, for the same data: the bits of header.incompat that
 * are not known here.
 */
u64 rmpp_blob_lacks(const void *data, u64 size);
u32 rmpp_blob_count(const struct rmpp_blob *blob, u32 type);	/* 0 if absent */
/* Entry i of a section, head of struct; NULL if absent or out of range. */
const void *rmpp_blob_entry(const struct rmpp_blob *blob, u32 type, u32 i);

/* ---- records of VMMs ---- */

/* Bytes that a record of this size takes in a blob, its entry included. */
u64 rmpp_record_room(u32 size);
/* rmpp_record_ser.crc of these bytes */
u32 rmpp_record_crc(const void *data, u32 size);
/* Appends a record's bytes to the open section RECORD_DATA. */
int rmpp_writer_record_data(struct rmpp_writer *w, const void *data, u32 size);
/* The bytes of record i, compared with its checksum, or an error; inside the blob. */
int rmpp_record_data(const struct rmpp_blob *blob, u32 i, const u8 **data, u32 *size);
/* Takes RECORD_DATA out of a blob that was checked, in place; the records' entries stay. */
void rmpp_blob_withhold(void *data);

#endif /* RMP_PERSIST_H */
