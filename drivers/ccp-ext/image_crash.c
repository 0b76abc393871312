// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is loaded for a panic: its command line, and enough to tell which files its kernel and initrd are.
 *
 * Neither the kernel nor kexec keeps the words that a crash kernel was loaded with, and what a script wrote down of
 * them need not be what lies in memory. Both system calls copy a crash image to its place before they end the making
 * of it with kimage_terminate(): boot_params are read there, kernel and initrd when somebody asks. The memory
 * stays reserved as long as the image is not freed.
 */
#include "ccp_ext.h"

#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <asm/bootparam.h>
#include <asm/setup.h>

#define CHUNK		(64 * PAGE_SIZE)	/* read with interrupts off: well below a millisecond */

struct piece {
	u64	pa, size;	/* bytes; 0: none */
	u32	crc;
};

static DEFINE_RAW_SPINLOCK(crash_lock);
static struct crash {
	struct kimage	*image;	/* NULL: none is loaded */
	struct piece	kernel, initrd;
	bool		by_file, understood, efi;
	char		cmdline[COMMAND_LINE_SIZE];
} crash;

/* Bytes of the file from @pa on; what is behind is zeros, or another segment's. */
static u64 bytes_from(const struct kimage *image, u64 pa)
{
	const struct kexec_segment *s;
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++) {
		s = &image->segment[i];
		if (pa >= s->mem && pa - s->mem < s->bufsz)
			return s->bufsz - (pa - s->mem);
	}
	return 0;
}

static u64 cmdline_pa(const struct boot_params *bp)
{
	return bp->hdr.cmd_line_ptr | (u64)bp->ext_cmd_line_ptr << 32;
}

/*
 * Those whose command line is in the image as well. kexec-tools, which still know a byte of theirs by what it was before
 * there was a boot_flag (aux_device_info), leave half of that.
 */
static const struct boot_params *find_boot_params(const struct kimage *image)
{
	const struct boot_params *bp;
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++) {
		bp = phys_to_virt(image->segment[i].mem);
		if (image->segment[i].bufsz >= sizeof(*bp) && bp->hdr.header == CCPX_HEADER_MAGIC &&
		    bytes_from(image, cmdline_pa(bp)))
			return bp;
	}
	return NULL;
}

static struct piece find_initrd(const struct kimage *image, const struct boot_params *bp)
{
	struct piece p = {
		.pa = bp->hdr.ramdisk_image | (u64)bp->ext_ramdisk_image << 32,
		.size = bp->hdr.ramdisk_size | (u64)bp->ext_ramdisk_size << 32,
	};

	return p.size <= bytes_from(image, p.pa) ? p : (struct piece) { 0 };
}

/* The largest of the others: next to it purgatory, ELF header and boot_params are small. */
static struct piece find_kernel(const struct kimage *image, u64 initrd_pa)
{
	struct piece p = { 0 };
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++)
		if (image->segment[i].mem != initrd_pa && image->segment[i].bufsz > p.size)
			p = (struct piece) { .pa = image->segment[i].mem, .size = image->segment[i].bufsz };
	return p;
}

static void take_cmdline(const struct kimage *image, const struct boot_params *bp)
{
	u64 pa = cmdline_pa(bp), size = min_t(u64, bytes_from(image, pa), sizeof(crash.cmdline));
	char *c;

	if (size)
		strscpy(crash.cmdline, phys_to_virt(pa), size);
	/* it becomes one line of text */
	for (c = crash.cmdline; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = *c == '\n' || *c == '\t' ? ' ' : '?';
}

/* A crash image is complete. Context: kprobe. */
void ccpx_crash_image_came(struct kimage *image)
{
	const struct boot_params *bp;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	memset(&crash, 0, sizeof(crash));
	crash.image = image;
	crash.by_file = image->file_mode;
	bp = find_boot_params(image);
	if (bp) {
		crash.understood = true;
		crash.efi = bp->efi_info.efi_loader_signature && bp->efi_info.efi_systab;
		crash.initrd = find_initrd(image, bp);
		crash.kernel = find_kernel(image, crash.initrd.pa);
		take_cmdline(image, bp);
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}
NOKPROBE_SYMBOL(ccpx_crash_image_came);

/* An image is about to be freed, of whichever kind. Context: kprobe. */
void ccpx_crash_image_went(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	if (image && crash.image == image)
		crash.image = NULL;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}
NOKPROBE_SYMBOL(ccpx_crash_image_went);

/* The image cannot be freed while the lock is held, and has not been if it is still the same. */
static bool sum(struct kimage *image, struct piece *p)
{
	u64 done, n;
	bool same = true;

	for (done = 0; same && done < p->size; done += n) {
		n = min_t(u64, p->size - done, CHUNK);
		raw_spin_lock_irq(&crash_lock);
		same = crash.image == image;
		if (same)
			p->crc = rmpp_crc32c(p->crc, phys_to_virt(p->pa + done), n);
		raw_spin_unlock_irq(&crash_lock);
		cond_resched();
	}
	return same;
}

/**
 * ccpx_crash_image_show() - what is loaded for a panic, as sysfs shows it
 * @buf: one page
 *
 * Context: process. Return: bytes, -EAGAIN if it went away meanwhile, -ENOMEM.
 */
ssize_t ccpx_crash_image_show(char *buf)
{
	struct crash *c;
	ssize_t n;

	if (!ccpx_image_armed())
		return sysfs_emit(buf, "state unknown\n");
	c = kmalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	raw_spin_lock_irq(&crash_lock);
	*c = crash;
	raw_spin_unlock_irq(&crash_lock);
	if (!c->image)
		n = sysfs_emit(buf, "state none\n");
	else if (!sum(c->image, &c->kernel) || !sum(c->image, &c->initrd))
		n = -EAGAIN;
	else
		n = sysfs_emit(buf, "state %s\nby %s\nkernel %llu %#x\ninitrd %llu %#x\nefi %d\ncmdline %s\n",
			       c->understood ? "loaded" : "opaque", c->by_file ? "kexec_file_load" : "kexec_load",
			       c->kernel.size, c->kernel.crc, c->initrd.size, c->initrd.crc, c->efi, c->cmdline);
	kfree(c);
	return n;
}
