/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dump files, page by page: ELF cores and makedumpfile's kdump-compressed format, flattened or not. A dump is
 * hostile: what its headers say is compared with the file's size before any of it is used.
 */
#ifndef VMCORE_DUMP_H
#define VMCORE_DUMP_H

#include <stddef.h>
#include <stdio.h>

#include <rmp_persist/rmp_persist.h>

#define DUMP_ERROR_SIZE	256

enum dump_format {
	DUMP_ELF	= 1,
	DUMP_KDUMP	= 2,
};

/* A piece of physical memory in an ELF core; pieces may overlap. */
struct dump_load {
	u64 pa, size;		/* bytes, of those that are in the file */
	u64 offset;		/* in the file */
	u32 layer;
};

/* /proc/vmcore has a page twice at most. */
#define DUMP_LAYERS	8u

/* A piece of the file that is no memory: notes of an ELF core. */
struct dump_note {
	u64 offset, size;
};

/* kdump-compressed, as makedumpfile's diskdump_mod.h lays it out */
struct dump_kdump {
	u64 max_pfn;		/* exclusive */
	u64 bitmap_offset;	/* in the file: of the bitmap of pages that were written */
	u64 bitmap_size;	/* bytes */
	u8 *bitmap;
	u64 *rank;		/* bits set before each 4096th */
	u64 nr_pages;		/* bits set */
	u64 desc_offset;	/* in the file: one struct kdump_desc for each of them */
	void *content;		/* kdump_content.c's */
};

/* struct page_desc of makedumpfile */
struct kdump_desc {
	__le64	offset;		/* in the file */
	__le32	size;
	__le32	flags;
	__le64	page_flags;
};
rmpp_static_assert(sizeof(struct kdump_desc) == 24);

#define KDUMP_PACKED	0x27u	/* zlib, LZO, snappy, zstd */
#define KDUMP_VMEMMAP	0x10u	/* makedumpfile -e; no other meaning for a page */

struct dump {
	const char *name;
	int file;		/* the caller's */
	int fd;			/* where the dump is: the same, or what a flattened one was put into */
	bool flat;
	u64 size;		/* bytes in fd */
	enum dump_format format;
	struct dump_load *load;	/* by layer, then by pa; in a layer no page is twice */
	u32 nr_loads, layer_end[DUMP_LAYERS];
	struct dump_note *note;
	u32 nr_notes;
	struct dump_kdump kdump;
	char error[DUMP_ERROR_SIZE]; /* what went wrong, for people */
};

/* Are the first bytes of a file those of a dump, or of something that is taken for one? */
bool dump_recognise(const void *head, size_t size);
/* 0 or -1 and a message; dump_close() it in any case. Does not close fd. */
int dump_open(struct dump *d, const char *name, int fd);
void dump_close(struct dump *d);
const char *dump_format_name(const struct dump *d);
/* The first page at or behind pfn that the dump has, or RMPP_MAX_PFN. */
u64 dump_next(const struct dump *d, u64 pfn);
bool dump_has(const struct dump *d, u64 pfn);
/*
 * Copy number nr of a page: 1 and 4 KiB, 0 if there is none, -1 and a message. An ELF core may
 * hold a page twice: /proc/vmcore maps the kernel's text once more.
 */
int dump_read(struct dump *d, u64 pfn, u32 nr, u8 page[RMPP_PAGE_SIZE]);
/* Bytes at a physical address, of the first copy: 1, 0 if one of the pages is missing, -1. */
int dump_read_at(struct dump *d, u64 pa, void *buf, u64 size);

/* for the formats */
int dump_fail(struct dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
int dump_pread(struct dump *d, void *buf, u64 size, u64 offset, const char *what);
int dump_open_kind(struct dump *d);
int dump_flat_open(struct dump *d);
int dump_elf_open(struct dump *d);
u64 dump_elf_next(const struct dump *d, u64 pfn);
int dump_elf_read(struct dump *d, u64 pfn, u32 nr, u8 *page);
bool dump_elf_has(const struct dump *d, u64 pfn);
int dump_kdump_open(struct dump *d);
void dump_kdump_close(struct dump *d);
u64 dump_kdump_next(const struct dump *d, u64 pfn);
bool dump_kdump_has(const struct dump *d, u64 pfn);
/* The page's descriptor in the file, checked: 0 or -1. */
int dump_kdump_desc(struct dump *d, u64 pfn, struct kdump_desc *desc);
int dump_kdump_read(struct dump *d, u64 pfn, u8 *page);

/* kdump_content.c, or kdump_content_none.c where there is no libkdumpfile */
int kdump_content_open(struct dump *d);
void kdump_content_close(struct dump *d);
int kdump_content_read(struct dump *d, u64 pfn, u8 *page);

#endif /* VMCORE_DUMP_H */
