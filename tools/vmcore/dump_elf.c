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

static u64 first_page(const struct dump_load *l)
{
	return l->pa >> RMPP_PAGE_SHIFT;
}

static u64 end_page(const struct dump_load *l)
{
	return (l->pa + l->size + RMPP_PAGE_SIZE - 1) >> RMPP_PAGE_SHIFT;
}

/*
 * Pieces are parted into layers, in each of which no page is twice, so that to find a page's copies takes no more
 * than a look into each, however the pieces lie.
 */
static int make_layers(struct dump *d)
{
	u64 end[DUMP_LAYERS] = { 0 };
	struct dump_load *sorted;
	u32 i, nr, layer;

	qsort(d->load, d->nr_loads, sizeof(*d->load), by_pa);
	for (i = 0; i < d->nr_loads; i++) {
		for (layer = 0; layer < DUMP_LAYERS && end[layer] > first_page(&d->load[i]); layer++)
			;
		if (layer == DUMP_LAYERS)
			return dump_fail(d, "memory at %#" PRIx64 " is in it more than %u times: damaged",
					 (uint64_t)d->load[i].pa, DUMP_LAYERS);
		d->load[i].layer = layer;
		end[layer] = end_page(&d->load[i]);
	}
	sorted = malloc(d->nr_loads * sizeof(*sorted));
	if (!sorted)
		return dump_fail(d, "out of memory");
	for (layer = 0, nr = 0; layer < DUMP_LAYERS; layer++) {
		for (i = 0; i < d->nr_loads; i++)
			if (d->load[i].layer == layer)
				sorted[nr++] = d->load[i];
		d->layer_end[layer] = nr;
	}
	free(d->load);
	d->load = sorted;
	return 0;
}

/**
 * dump_elf_open() - the headers of an ELF core
 * @d: the file
 *
 * Return: 0, or -1 and a message.
 */
int dump_elf_open(struct dump *d)
{
	Elf64_Ehdr h;
	u32 nr;

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
	return make_layers(d);
}

/* The first piece of a layer that ends behind the page's beginning: its index, or the layer's end. */
static u32 in_layer(const struct dump *d, u32 layer, u64 pfn)
{
	u32 lo = layer ? d->layer_end[layer - 1] : 0, hi = d->layer_end[layer], mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (end_page(&d->load[mid]) > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Copy number nr of a page, or NULL. */
static const struct dump_load *copy_of(const struct dump *d, u64 pfn, u32 nr)
{
	u32 layer, i;

	for (layer = 0; layer < DUMP_LAYERS; layer++) {
		i = in_layer(d, layer, pfn);
		if (i < d->layer_end[layer] && first_page(&d->load[i]) <= pfn && !nr--)
			return &d->load[i];
	}
	return NULL;
}

/** dump_elf_has() - see dump_has() */
bool dump_elf_has(const struct dump *d, u64 pfn)
{
	return copy_of(d, pfn, 0);
}

/** dump_elf_next() - see dump_next() */
u64 dump_elf_next(const struct dump *d, u64 pfn)
{
	u64 next = RMPP_MAX_PFN, first;
	u32 layer, i;

	if (pfn >= RMPP_MAX_PFN)
		return pfn;
	for (layer = 0; layer < DUMP_LAYERS && next > pfn; layer++) {
		i = in_layer(d, layer, pfn);
		if (i == d->layer_end[layer])
			continue;
		first = first_page(&d->load[i]);
		if (first < pfn)
			first = pfn;
		if (first < next)
			next = first;
	}
	return next;
}

/** dump_elf_read() - see dump_read(); what a piece has only a part of is filled up with zeros */
int dump_elf_read(struct dump *d, u64 pfn, u32 nr, u8 *page)
{
	u64 start = pfn << RMPP_PAGE_SHIFT, from, to;
	const struct dump_load *l = copy_of(d, pfn, nr);

	if (!l)
		return 0;
	from = l->pa > start ? l->pa : start;
	to = l->pa + l->size < start + RMPP_PAGE_SIZE ? l->pa + l->size : start + RMPP_PAGE_SIZE;
	if (to - from < RMPP_PAGE_SIZE)
		memset(page, 0, RMPP_PAGE_SIZE);
	return dump_pread(d, page + (from - start), to - from, l->offset + (from - l->pa), "memory") ?: 1;
}
