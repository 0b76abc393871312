// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the kernel that crashed: what it told this one of, in the ELF header of /proc/vmcore. Anywhere else may be
 * a device, to which a read can be a command.
 *
 * The header that elfcorehdr= names is not kept: vmcore_init() forgets where it was, once it has copied it.
 */
#include "ccp_ext.h"
#include "kdump.h"

#include <linux/bsearch.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>

struct piece {
	u64	pa, end;
};

static struct piece *old;	/* sorted, apart, whole pages */
static u32 nr_old;

/* The same, as the file has it, in its order. */
struct load {
	u64	offset, size, pa;
};

static struct load *loads;
static u32 nr_loads;
static u64 first_offset;	/* of the first in the header, where it says so, or 0 */
static loff_t first_at;

/**
 * ccpx_old_copy() - copy from memory that this kernel does not use
 * @to: for the copy
 * @pa: bytes
 * @size: bytes
 *
 * Context: process. Return: 0 or -ENOMEM: it cannot be mapped.
 */
int ccpx_old_copy(void *to, u64 pa, u64 size)
{
	void *from = memremap(pa, size, MEMREMAP_WB);

	if (!from)
		return -ENOMEM;
	memcpy(to, from, size);
	memunmap(from);
	return 0;
}

static int by_pa(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

/* The crashed kernel's resources end where a node of setup_data does, in the middle of what is one piece. */
static void merge(void)
{
	u32 i, nr = 0;

	sort(old, nr_old, sizeof(*old), by_pa, NULL);
	for (i = 0; i < nr_old; i++)
		if (nr && old[i].pa <= old[nr - 1].end)
			old[nr - 1].end = max(old[nr - 1].end, old[i].end);
		else
			old[nr++] = old[i];
	nr_old = nr;
}

/* Pages of which a part is RAM count whole, as in process_ptload_program_headers_elf64() (fs/proc/vmcore.c). */
static void add_load(const Elf64_Phdr *p)
{
	if (p->p_type != PT_LOAD || !p->p_memsz || p->p_paddr > U64_MAX - PAGE_SIZE ||
	    p->p_memsz > U64_MAX - PAGE_SIZE - p->p_paddr)
		return;
	old[nr_old++] = (struct piece) { ALIGN_DOWN(p->p_paddr, PAGE_SIZE),
					 ALIGN(p->p_paddr + p->p_memsz, PAGE_SIZE) };
}

/*
 * In the file a whole page begins with what precedes the part that is RAM.
 *
 * The first MiB is left to the kernel: kexec_load's header names it by where it was and keeps its copy elsewhere, of which only
 * the header that elfcorehdr= named told (kexec-tools, "backup").
 */
static bool add_to_file(const Elf64_Phdr *p, loff_t at)
{
	u64 before = p->p_paddr % PAGE_SIZE;
	const struct load *last = nr_loads ? &loads[nr_loads - 1] : NULL;

	if (p->p_type != PT_LOAD || !p->p_memsz || p->p_paddr < SZ_1M)
		return true;
	if (p->p_filesz != p->p_memsz || p->p_paddr > U64_MAX - PAGE_SIZE ||
	    p->p_memsz > U64_MAX - PAGE_SIZE - p->p_paddr || p->p_offset < before || (p->p_offset - before) % PAGE_SIZE ||
	    (last && p->p_offset - before < last->offset + last->size))
		return false;
	if (!nr_loads) {
		first_offset = p->p_offset;
		first_at = at + offsetof(Elf64_Phdr, p_offset);
	}
	loads[nr_loads++] = (struct load) { p->p_offset - before, ALIGN(before + p->p_memsz, PAGE_SIZE),
					    p->p_paddr - before };
	return true;
}

/**
 * ccpx_old_read() - find out what memory the kernel that crashed had
 *
 * Where its header cannot be read it had none, as far as the others here are concerned.
 *
 * Context: process, once.
 */
void ccpx_old_read(void)
{
	struct file *f = ccpx_vmcore_open();
	Elf64_Phdr *phdr = NULL;
	Elf64_Ehdr ehdr;
	bool understood = true;
	loff_t pos = 0;
	u32 i, size;

	if (IS_ERR(f))
		return;
	if (kernel_read(f, &ehdr, sizeof(ehdr), &pos) != sizeof(ehdr) ||
	    memcmp(ehdr.e_ident, ELFMAG, SELFMAG) || ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr.e_phentsize != sizeof(*phdr) || !ehdr.e_phnum || ehdr.e_phoff > SZ_4K)
		goto out;
	size = ehdr.e_phnum * sizeof(*phdr);
	pos = ehdr.e_phoff;
	phdr = kvmalloc(size, GFP_KERNEL);
	old = kvmalloc_array(ehdr.e_phnum, sizeof(*old), GFP_KERNEL);
	loads = kvmalloc_array(ehdr.e_phnum, sizeof(*loads), GFP_KERNEL);
	if (phdr && old && loads && kernel_read(f, phdr, size, &pos) == size) {
		for (i = 0; i < ehdr.e_phnum; i++) {
			add_load(&phdr[i]);
			understood = understood && add_to_file(&phdr[i], ehdr.e_phoff + i * sizeof(*phdr));
		}
		if (!understood)
			nr_loads = 0;
		merge();
	}
out:
	kvfree(phdr);
	filp_close(f, NULL);
}

/**
 * ccpx_old_holds() - is all of this memory of the kernel that crashed?
 * @pa: bytes
 * @size: bytes
 *
 * Context: any, behind ccpx_old_read().
 */
bool ccpx_old_holds(u64 pa, u64 size)
{
	u32 i;

	for (i = 0; i < nr_old; i++)
		if (pa >= old[i].pa && pa < old[i].end)
			return size <= old[i].end - pa;
	return false;
}

static int holds_offset(const void *key, const void *elem)
{
	const struct load *l = elem;
	u64 offset = *(const u64 *)key;

	if (offset < l->offset)
		return -1;
	return offset - l->offset >= l->size;
}

/**
 * ccpx_old_at() - what lies at a place of /proc/vmcore
 * @offset: bytes, a multiple of PAGE_SIZE
 * @size: bytes, a multiple of PAGE_SIZE
 * @pa: gets the physical address
 *
 * Context: any, behind ccpx_old_read(). Return: true if all of it is old memory, in one piece.
 */
bool ccpx_old_at(u64 offset, u64 size, u64 *pa)
{
	const struct load *l = bsearch(&offset, loads, nr_loads, sizeof(*loads), holds_offset);

	if (!l)
		return false;
	*pa = l->pa + (offset - l->offset);
	return size <= l->size - (offset - l->offset);
}

/**
 * ccpx_old_is_as_read() - is everything where it was when the header was read?
 * @f: /proc/vmcore
 *
 * What is put in front of old memory moves all of it.
 *
 * Context: process, behind ccpx_old_read().
 */
bool ccpx_old_is_as_read(struct file *f)
{
	loff_t pos = first_at;
	u64 offset;

	return nr_loads && kernel_read(f, &offset, sizeof(offset), &pos) == sizeof(offset) && offset == first_offset;
}
