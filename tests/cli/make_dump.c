// SPDX-License-Identifier: GPL-2.0-only
/*
 * make-dump elf|kdump FILE WORD...: a small dump of a machine that never was, laid out by the
 * formats' own descriptions and not by what reads them. Numbers are as strtoull() takes them.
 *
 *	ram=PA:SIZE		memory; what nothing else fills is zeros (a hole in the file)
 *	fill=PA:PAGES:TEXT	each page begins with TEXT and its number; "ones": all 0xff
 *	text=PA:TEXT		bytes anywhere
 *	region=PA		a hand-over region of 4 MiB with a blob that these words fill:
 *	  run=PFN:PAGES:STATE:ASID  extent=PFN:PAGES:REASON  tmr=PA:SIZE  rmp=BASE:END
 *	  guest=CONTEXT:ASID (SNP)  zeros=BYTES (a section that nobody knows)
 *	  flags=BITS  hop=NUMBER  home=PA (region_pa, if it is another)
 *	blob=PA			the same blob, at PA and without a region around it
 *	entry=PFN:PAGES:LO	of the RMP at rmp=: the low half of its raw entries
 *	again=PA:SIZE		elf: these pages once more, as /proc/vmcore has the kernel's text
 *	note=TEXT		elf
 *	absent=PA:PAGES		kdump: not in the file
 *	method=raw|zlib|lzo|snappy|zstd|unknown	kdump
 *	machine= version= split= status= kdump: header fields
 */
#include <elf.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <rmp_persist/rmp_persist.h>

#include "chain.h"

#define PAGES_MAX	(64u << 18)	/* 64 GiB */
#define RANGES_MAX	16
#define UNKNOWN_SECTION	1000u

struct range { u64 pa, size; };

static u8 *memory[PAGES_MAX];
static u8 absent[PAGES_MAX];
static struct range ram[RANGES_MAX], again[RANGES_MAX];
static u32 nr_ram, nr_again;
static const char *note, *method = "raw", *machine = "x86_64";
static u32 version = 6, split, status;

static struct rmpp_platform_ser platform;
static struct rmpp_run_ser run[64];
static struct rmpp_extent_ser extent[64];
static struct rmpp_guest_ser guest[16];
static u32 nr_runs, nr_extents, nr_guests;
static u64 hop = 1, home, nr_zeros;

static void die(const char *what)
{
	fprintf(stderr, "make-dump: %s\n", what);
	exit(2);
}

static u64 number(char **at)
{
	u64 value = strtoull(*at, at, 0);

	if (**at == ':')
		++*at;
	return value;
}

static u8 *page_of(u64 pa)
{
	u64 pfn = pa >> RMPP_PAGE_SHIFT;

	if (pfn >= PAGES_MAX)
		die("too far up");
	if (!memory[pfn])
		memory[pfn] = calloc(1, RMPP_PAGE_SIZE);
	return memory[pfn] ?: (die("out of memory"), NULL);
}

static void poke(u64 pa, const void *data, u64 size)
{
	const u8 *from = data;

	for (; size; size--, pa++)
		page_of(pa)[pa % RMPP_PAGE_SIZE] = *from++;
}

static void fill(char *at)
{
	u64 pa = number(&at), pages = number(&at);

	for (; pages; pages--, pa += RMPP_PAGE_SIZE) {
		if (!strcmp(at, "ones"))
			memset(page_of(pa), 0xff, RMPP_PAGE_SIZE);
		else
			snprintf((char *)page_of(pa), RMPP_PAGE_SIZE, "%s %#llx", at,
				 (unsigned long long)pa >> RMPP_PAGE_SHIFT);
	}
}

static void add_section(struct rmpp_writer *w, u32 type, u32 size, const void *v, u32 nr)
{
	const u8 *at = v;
	int err = rmpp_writer_begin(w, type, 0, size);

	for (; !err && nr; nr--, at += size)
		err = rmpp_writer_entry(w, at);
	if (err || rmpp_writer_end(w))
		die("a blob that cannot be");
}

static void put_blob(u64 pa, u64 region_pa)
{
	static u8 buf[16384] __attribute__((aligned(8)));
	static const u8 none[sizeof(buf)];
	struct rmpp_writer w;
	s64 size;

	platform.region_pa = cpu_to_le64(home ? home : region_pa);
	platform.region_size = cpu_to_le64(4 << 20);
	rmpp_writer_init(&w, buf, sizeof(buf), RMPP_SECTION_MAX);
	add_section(&w, RMPP_SECTION_PLATFORM, sizeof(platform), &platform, 1);
	add_section(&w, RMPP_SECTION_QUARANTINE, sizeof(extent[0]), extent, nr_extents);
	add_section(&w, RMPP_SECTION_RMP_RUNS, sizeof(run[0]), run, nr_runs);
	add_section(&w, RMPP_SECTION_GUESTS, sizeof(guest[0]), guest, nr_guests);
	if (nr_zeros)
		add_section(&w, UNKNOWN_SECTION, 8, none, (u32)(nr_zeros / 8));
	size = rmpp_writer_finish(&w, 1, hop, "a test");
	if (size < 0)
		die("a blob that cannot be");
	poke(pa, buf, (u64)size);
}

static void put_region(u64 pa)
{
	struct chain_node node = {
		.type = cpu_to_le32(CHAIN_TYPE), .len = cpu_to_le32((4 << 20) - sizeof(node)),
	};

	poke(pa, &node, sizeof(node));
	put_blob(pa + CHAIN_BLOB_OFFSET, pa);
}

static void put_entries(char *at)
{
	u64 pfn = number(&at), pages = number(&at);
	struct rmpp_raw_entry e = { .lo = cpu_to_le64(number(&at)) };

	for (; pages; pages--, pfn++)
		poke(le64_to_cpu(platform.rmp_base) + 0x4000 + pfn * sizeof(e), &e, sizeof(e));
}

static void take(const char *key, char *at)
{
	if (!strcmp(key, "ram") || !strcmp(key, "again")) {
		struct range r = { number(&at), number(&at) };

		if (nr_ram == RANGES_MAX || nr_again == RANGES_MAX)
			die("too many ranges");
		if (*key == 'r')
			ram[nr_ram++] = r;
		else
			again[nr_again++] = r;
	} else if (!strcmp(key, "fill")) {
		fill(at);
	} else if (!strcmp(key, "text")) {
		u64 pa = number(&at);

		poke(pa, at, strlen(at));
	} else if (!strcmp(key, "run")) {
		run[nr_runs].pfn = cpu_to_le64(number(&at));
		run[nr_runs].nr_pages = cpu_to_le32((u32)number(&at));
		run[nr_runs].state = (u8)number(&at);
		run[nr_runs++].asid = cpu_to_le16((u16)number(&at));
	} else if (!strcmp(key, "extent")) {
		extent[nr_extents].pfn = cpu_to_le64(number(&at));
		extent[nr_extents].nr_pages = cpu_to_le64(number(&at));
		extent[nr_extents++].reason = cpu_to_le32((u32)number(&at));
	} else if (!strcmp(key, "zeros")) {
		nr_zeros = number(&at);
	} else if (!strcmp(key, "guest")) {
		guest[nr_guests].gctx_pa = cpu_to_le64(number(&at));
		guest[nr_guests].asid = cpu_to_le32((u32)number(&at));
		guest[nr_guests++].kind = RMPP_GUEST_SNP;
	} else if (!strcmp(key, "tmr")) {
		platform.tmr_pa = cpu_to_le64(number(&at));
		platform.tmr_size = cpu_to_le64(number(&at));
	} else if (!strcmp(key, "rmp")) {
		platform.rmp_base = cpu_to_le64(number(&at));
		platform.rmp_end = cpu_to_le64(number(&at));
	} else if (!strcmp(key, "cfg")) {
		platform.rmp_cfg = cpu_to_le64(number(&at));
	} else if (!strcmp(key, "flags")) {
		platform.flags = cpu_to_le32((u32)number(&at));
	} else if (!strcmp(key, "hop")) {
		hop = number(&at);
	} else if (!strcmp(key, "home")) {
		home = number(&at);
	} else if (!strcmp(key, "region")) {
		put_region(number(&at));
	} else if (!strcmp(key, "blob")) {
		put_blob(number(&at), 0);
	} else if (!strcmp(key, "entry")) {
		put_entries(at);
	} else if (!strcmp(key, "absent")) {
		u64 pfn = number(&at) >> RMPP_PAGE_SHIFT, pages = number(&at);

		while (pages--)
			absent[pfn++] = 1;
	} else if (!strcmp(key, "note")) {
		note = at;
	} else if (!strcmp(key, "method")) {
		method = at;
	} else if (!strcmp(key, "machine")) {
		machine = at;
	} else if (!strcmp(key, "version")) {
		version = (u32)number(&at);
	} else if (!strcmp(key, "split")) {
		split = (u32)number(&at);
	} else if (!strcmp(key, "status")) {
		status = (u32)number(&at);
	} else {
		die(key);
	}
}

static void put(int fd, const void *data, u64 size, u64 offset)
{
	if (pwrite(fd, data, size, (off_t)offset) != (ssize_t)size)
		die("cannot write");
}

static u64 put_range(int fd, const struct range *r, u64 offset)
{
	u64 at;

	for (at = 0; at < r->size; at += RMPP_PAGE_SIZE) {
		const u8 *page = memory[(r->pa + at) >> RMPP_PAGE_SHIFT];
		u64 n = r->size - at < RMPP_PAGE_SIZE ? r->size - at : RMPP_PAGE_SIZE;

		if (page)
			put(fd, page, n, offset + at);
	}
	return offset + ((r->size + RMPP_PAGE_SIZE - 1) & ~(RMPP_PAGE_SIZE - 1));
}

static void write_elf(int fd)
{
	Elf64_Ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_phoff = sizeof(h), .e_ehsize = sizeof(h), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(nr_ram + nr_again + !!note),
	};
	u64 offset = 8192, at = sizeof(h);
	u32 i;

	put(fd, &h, sizeof(h), 0);
	if (note) {
		Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = 4096, .p_filesz = strlen(note) };

		put(fd, &p, sizeof(p), at);
		put(fd, note, strlen(note), 4096);
		at += sizeof(p);
	}
	for (i = 0; i < nr_ram + nr_again; i++) {
		const struct range *r = i < nr_again ? &again[i] : &ram[i - nr_again];
		Elf64_Phdr p = {
			.p_type = PT_LOAD, .p_offset = offset, .p_paddr = r->pa,
			.p_filesz = r->size, .p_memsz = r->size,
		};

		put(fd, &p, sizeof(p), at);
		at += sizeof(p);
		offset = put_range(fd, r, offset);
	}
	if (ftruncate(fd, (off_t)offset))
		die("cannot write");
}

static bool is_ram(u64 pfn)
{
	u32 i;

	for (i = 0; i < nr_ram; i++)
		if (pfn >= ram[i].pa >> 12 && pfn < (ram[i].pa + ram[i].size) >> 12)
			return true;
	return false;
}

static void put_u32(u8 *header, u32 at, u32 value)
{
	memcpy(header + at, &value, 4);
}

/* Packs a page: its size, or 0; sets the flag of the method. */
static size_t pack_by(const u8 *page, u8 *out, size_t room, u32 *flags)
{
	static u8 work[LZO1X_1_MEM_COMPRESS];
	size_t size = room;
	uLongf z = room;
	lzo_uint l = 0;

	if (!strcmp(method, "zlib")) {
		*flags = 0x1;
		return compress2(out, &z, page, RMPP_PAGE_SIZE, 1) == Z_OK ? z : 0;
	}
	if (!strcmp(method, "lzo")) {
		*flags = 0x2;
		return lzo1x_1_compress(page, RMPP_PAGE_SIZE, out, &l, work) == LZO_E_OK ? l : 0;
	}
	if (!strcmp(method, "snappy")) {
		*flags = 0x4;
		return snappy_compress((const char *)page, RMPP_PAGE_SIZE, (char *)out, &size) == SNAPPY_OK ?
		       size : 0;
	}
	if (!strcmp(method, "zstd")) {
		*flags = 0x20;
		size = ZSTD_compress(out, room, page, RMPP_PAGE_SIZE, 1);
		return ZSTD_isError(size) ? 0 : size;
	}
	return 0;
}

/* One page's bytes: how many, packed into out if that makes them fewer, and its flags. */
static u32 pack(const u8 *page, u8 *out, size_t room, u32 *flags)
{
	size_t size = pack_by(page, out, room, flags);

	if (size && size < RMPP_PAGE_SIZE)
		return (u32)size;
	*flags = !strcmp(method, "unknown") ? 0x40 : 0;
	memcpy(out, page, RMPP_PAGE_SIZE);
	return RMPP_PAGE_SIZE;
}

static void write_kdump(int fd)
{
	static u8 bitmap[2][PAGES_MAX / 8], header[4096], sub[4096], zeros[4096], out[8192];
	u64 pfn, max = 0, nr = 0, blocks, desc, data, zero_at = 0;
	u32 zero_size = 0, zero_flags = 0;

	for (pfn = 0; pfn < PAGES_MAX; pfn++) {
		if (!is_ram(pfn))
			continue;
		max = pfn + 1;
		bitmap[0][pfn / 8] |= (u8)(1 << pfn % 8);
		if (!absent[pfn]) {
			bitmap[1][pfn / 8] |= (u8)(1 << pfn % 8);
			nr++;
		}
	}
	blocks = (max / 8 + 4096) / 4096;
	memcpy(header, "KDUMP   ", 8);
	put_u32(header, 8, version);
	strncpy((char *)header + 12 + 4 * 65, machine, 64);
	put_u32(header, 424, status);
	put_u32(header, 428, 4096);
	put_u32(header, 432, 1);
	put_u32(header, 436, (u32)(2 * blocks));
	put_u32(header, 440, (u32)max);
	put_u32(header, 460, 1);
	put_u32(sub, 12, split);
	memcpy(sub + 96, &max, 8);
	put(fd, header, 4096, 0);
	put(fd, sub, 4096, 4096);
	put(fd, bitmap[0], blocks * 4096, 8192);
	put(fd, bitmap[1], blocks * 4096, 8192 + blocks * 4096);
	desc = 8192 + 2 * blocks * 4096;
	data = desc + nr * 24;
	for (pfn = 0; pfn < max; pfn++) {
		const u8 *page = memory[pfn] ?: zeros;
		bool zero = !memcmp(page, zeros, 4096);
		struct { u64 offset; u32 size, flags; u64 page_flags; } d = { data, 0, 0, 0 };

		if (!(bitmap[1][pfn / 8] >> pfn % 8 & 1))
			continue;
		if (zero && zero_at) {
			d.offset = zero_at;
			d.size = zero_size;
			d.flags = zero_flags;
		} else {
			d.size = pack(page, out, sizeof(out), &d.flags);
			put(fd, out, d.size, data);
			data += d.size;
			if (zero) {
				zero_at = d.offset;
				zero_size = d.size;
				zero_flags = d.flags;
			}
		}
		put(fd, &d, sizeof(d), desc);
		desc += sizeof(d);
	}
}

int main(int argc, char **argv)
{
	FILE *f;
	int i;

	if (argc < 4)
		die("elf|kdump FILE WORD...");
	for (i = 3; i < argc; i++) {
		char *at = strchr(argv[i], '=');

		if (!at)
			die(argv[i]);
		*at = '\0';
		take(argv[i], at + 1);
	}
	f = fopen(argv[2], "wb");
	if (!f)
		die("cannot write");
	if (!strcmp(argv[1], "elf"))
		write_elf(fileno(f));
	else
		write_kdump(fileno(f));
	return fclose(f) ? 2 : 0;
}
