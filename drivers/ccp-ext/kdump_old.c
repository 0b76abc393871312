// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the kernel that crashed: what it told this one of, in the ELF header of /proc/vmcore. Anywhere else may be
 * a device, to which a read can be a command.
 *
 * The header that elfcorehdr= names is not kept: vmcore_init() forgets where it was, once it has copied it.
 */
#include "ccp_ext.h"
#include "kdump.h"

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
	if (phdr && old && kernel_read(f, phdr, size, &pos) == size) {
		for (i = 0; i < ehdr.e_phnum; i++)
			add_load(&phdr[i]);
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
