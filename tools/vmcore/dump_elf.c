// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF cores of x86-64: /proc/vmcore and copies of it, makedumpfile -E, QEMU. Three structures are
 * all that is read of the format, so <elf.h> is enough, and nothing is mapped that may shrink.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dump.h"

#define MAX_HEADERS	(1u << 20)
/* /proc/vmcore has a page twice at most; whoever looks at a page looks at all its copies */
#define MAX_COPIES	8u

static int by_pa(const void *a, const void *b)
{
	const struct dump_load *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static int check_header(struct dump *d, const Elf64_Ehdr *h)
{
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_X86_64)
		return dump_fail(d, "an ELF file, but not of x86-64");
	if (h->e_type != ET_CORE)
		return dump_fail(d, "an ELF file, but no core: not a dump");
	if (h->e_phentsize != sizeof(Elf64_Phdr))
		return dump_fail(d, "program headers of %u bytes, not %zu", h->e_phentsize,
				 sizeof(Elf64_Phdr));
	return 0;
}

/* More program headers than e_phnum can tell: the first section header does (ELF's PN_XNUM). */
static int count_headers(struct dump *d, const Elf64_Ehdr *h, u32 *nr)
{
	Elf64_Shdr first;

	*nr = h->e_phnum;
	if (h->e_phnum == PN_XNUM) {
		if (dump_pread(d, &first, sizeof(first), h->e_shoff, "the first section header"))
			return -1;
		*nr = first.sh_info;
	}
	if (!*nr || *nr > MAX_HEADERS)
		return dump_fail(d, "%" PRIu32 " program headers", *nr);
	return 0;
}

static int add_header(struct dump *d, const Elf64_Phdr *p)
{
	if ((p->p_type != PT_LOAD && p->p_type != PT_NOTE) || !p->p_filesz)
		return 0;
	if (p->p_offset > d->size || p->p_filesz > d->size - p->p_offset)
		return dump_fail(d, "truncated: %s at %#" PRIx64 " ends at offset %" PRIu64 " of %" PRIu64,
				 p->p_type == PT_LOAD ? "memory" : "a note", (uint64_t)p->p_paddr,
				 (uint64_t)(p->p_offset + p->p_filesz), (uint64_t)d->size);
	if (p->p_type == PT_NOTE) {
		d->note[d->nr_notes++] = (struct dump_note){ p->p_offset, p->p_filesz };
		return 0;
	}
	if (p->p_paddr >= RMPP_MAX_PFN << RMPP_PAGE_SHIFT ||
	    p->p_filesz > (RMPP_MAX_PFN << RMPP_PAGE_SHIFT) - p->p_paddr)
		return dump_fail(d, "memory at %#" PRIx64 ", which is no physical address",
				 (uint64_t)p->p_paddr);
	d->load[d->nr_loads++] = (struct dump_load){
		.pa = p->p_paddr, .size = p->p_filesz, .offset = p->p_offset,
	};
	return 0;
}

static int read_headers(struct dump *d, u64 offset, u32 nr)
{
	u64 size = nr * sizeof(Elf64_Phdr);
	Elf64_Phdr *p = malloc(size);
	int rc = p ? dump_pread(d, p, size, offset, "the program headers") :
		 dump_fail(d, "out of memory");
	u32 i;

	for (i = 0; !rc && i < nr; i++)
		rc = add_header(d, &p[i]);
	free(p);
	return rc;
}

static int by_size(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Pieces by where they begin, against where they end: how many are open at a time? */
static int check_copies(struct dump *d)
{
	u64 *end = malloc(d->nr_loads * sizeof(*end));
	u32 i, closed = 0;
	int rc = 0;

	if (!end)
		return dump_fail(d, "out of memory");
	for (i = 0; i < d->nr_loads; i++)
		end[i] = (d->load[i].pa + d->load[i].size + RMPP_PAGE_SIZE - 1) >> RMPP_PAGE_SHIFT;
	qsort(end, d->nr_loads, sizeof(*end), by_size);
	for (i = 0; !rc && i < d->nr_loads; i++) {
		while (end[closed] <= d->load[i].pa >> RMPP_PAGE_SHIFT)
			closed++;
		if (i - closed >= MAX_COPIES)
			rc = dump_fail(d, "memory at %#" PRIx64 " is in it more than %u times: damaged",
				       (uint64_t)d->load[i].pa, MAX_COPIES);
	}
	free(end);
	return rc;
}

/**
 * dump_elf_open() - the headers of an ELF core
 * @d: the file
 *
 * Return: 0, or -1 and a message.
 */
int dump_elf_open(struct dump *d)
{
	u64 reach = 0;
	Elf64_Ehdr h;
	u32 nr, i;

	d->format = DUMP_ELF;
	if (dump_pread(d, &h, sizeof(h), 0, "the ELF header") || check_header(d, &h) ||
	    count_headers(d, &h, &nr))
		return -1;
	d->load = calloc(nr, sizeof(*d->load));
	d->note = calloc(nr, sizeof(*d->note));
	if (!d->load || !d->note)
		return dump_fail(d, "out of memory");
	if (read_headers(d, h.e_phoff, nr))
		return -1;
	if (!d->nr_loads)
		return dump_fail(d, "an ELF core without memory");
	qsort(d->load, d->nr_loads, sizeof(*d->load), by_pa);
	for (i = 0; i < d->nr_loads; i++) {
		if (d->load[i].pa + d->load[i].size > reach)
			reach = d->load[i].pa + d->load[i].size;
		d->load[i].reach = reach;
	}
	return check_copies(d);
}

/* Pieces that begin before the end of the page: their number. */
static u32 beginning_by(const struct dump *d, u64 pfn)
{
	u64 end = (pfn + 1) << RMPP_PAGE_SHIFT;
	u32 lo = 0, hi = d->nr_loads, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (d->load[mid].pa < end)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/**
 * dump_elf_touching() - walk the pieces that have something of a page
 * @d:   the dump
 * @pfn: page
 * @i:   only pieces below this index
 *
 * Return: index, or -1.
 */
s64 dump_elf_touching(const struct dump *d, u64 pfn, s64 i)
{
	u64 start = pfn << RMPP_PAGE_SHIFT;

	while (--i >= 0 && d->load[i].reach > start)
		if (d->load[i].pa + d->load[i].size > start)
			return i;
	return -1;
}

/**
 * dump_elf_last() - the first step of such a walk
 * @d:   the dump
 * @pfn: page
 *
 * Return: index, or -1.
 */
s64 dump_elf_last(const struct dump *d, u64 pfn)
{
	return dump_elf_touching(d, pfn, beginning_by(d, pfn));
}

/** dump_elf_next() - see dump_next() */
u64 dump_elf_next(const struct dump *d, u64 pfn)
{
	u32 i;

	if (pfn >= RMPP_MAX_PFN || dump_elf_last(d, pfn) >= 0)
		return pfn;
	i = beginning_by(d, pfn);
	return i < d->nr_loads ? d->load[i].pa >> RMPP_PAGE_SHIFT : RMPP_MAX_PFN;
}

/** dump_elf_read() - see dump_read(); what a piece has only a part of is filled up with zeros */
int dump_elf_read(struct dump *d, u64 pfn, u32 nr, u8 *page)
{
	u64 start = pfn << RMPP_PAGE_SHIFT, from, to;
	const struct dump_load *l;
	s64 i = dump_elf_last(d, pfn);

	while (i >= 0 && nr--)
		i = dump_elf_touching(d, pfn, i);
	if (i < 0)
		return 0;
	l = &d->load[i];
	from = l->pa > start ? l->pa : start;
	to = l->pa + l->size < start + RMPP_PAGE_SIZE ? l->pa + l->size : start + RMPP_PAGE_SIZE;
	if (to - from < RMPP_PAGE_SIZE)
		memset(page, 0, RMPP_PAGE_SIZE);
	return dump_pread(d, page + (from - start), to - from, l->offset + (from - l->pa), "memory") ?: 1;
}
