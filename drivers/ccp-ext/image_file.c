// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images that kexec_file_load(2) makes, for hosts where kexec_load(2) is locked
 * down. The kernel checks the file's signature and makes boot_params, purgatory
 * and digest; a load that snp-kexec has announced is steered into the landing
 * zone, as if kexec_add_buffer() had been told the place, and its boot_params
 * get the hand-over region as the end of their setup_data list.
 *
 * The kernel would copy the pieces at the jump, from pages all over RAM. The
 * zone is ours, so they are copied right after the load, and at the jump the
 * kernel is given an empty list: its own pages for them need not be clean then,
 * and nothing but the purgatory's look at the digest is left to wait for.
 */
#include "ccp_ext.h"

#include <linux/kexec.h>
#include <linux/kprobes.h>
#include <linux/io.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <asm/bootparam.h>
#include <asm/e820/types.h>

/*
 *	zone + 0	boot_params, command line and what belongs to them
 *	zone + 1 MiB	the empty list, then everything else as it comes
 */
#define LIST_OFFSET	SZ_1M
#define FIRST_OFFSET	(LIST_OFFSET + PAGE_SIZE)

#define BOOT_FLAG	0xaa55
/* E820_TYPE_RESERVED_KERN: RAM that a kernel keeps for itself; 6.15 dropped the type (efe659ac0146) */
#define E820_KEPT_RAM	128
#define COPY_PAGES	64	/* between two looks at whether the image is still there */

static DEFINE_RAW_SPINLOCK(load_lock);
static struct {
	struct pid	*announced;	/* the process whose next load is steered */
	struct kimage	*image;		/* ... as soon as its first piece is placed */
	struct boot_params *params;	/* the kernel's copy, until it is digested */
	u64		used;		/* of the zone, bytes */
	bool		prepared;	/* the first control page was asked for */
	bool		donating;
} load;
static const char *refusal;	/* why the last load was not taken */
static bool armed;

static bool is_announced(const struct kimage *image)
{
	return load.announced && task_tgid(current) == load.announced &&
	       image->type == KEXEC_TYPE_DEFAULT && (!load.image || load.image == image);
}

static bool is_boot_params(const struct kexec_buf *buf)
{
	const struct boot_params *bp = buf->buffer;

	return buf->bufsz >= sizeof(*bp) && bp->hdr.header == CCPX_HEADER_MAGIC &&
	       bp->hdr.boot_flag == BOOT_FLAG;
}

/* Where in the zone this piece goes, or 0. The kernel knows of no place yet. */
static u64 place(const struct kexec_buf *buf, bool params)
{
	u64 size = PAGE_ALIGN(buf->memsz), align = max_t(u64, buf->buf_align, PAGE_SIZE), pa;

	pa = ccpx_memory.zone_pa;
	if (params && size > LIST_OFFSET)
		return 0;
	if (!params)
		pa = ALIGN(pa + max_t(u64, load.used, FIRST_OFFSET), align);
	if (pa & (align - 1) || pa < buf->buf_min || size > ccpx_memory.zone_size ||
	    pa - ccpx_memory.zone_pa > ccpx_memory.zone_size - size ||
	    pa + size - 1 > buf->buf_max)
		return 0;
	load.used = max(load.used, pa + size - ccpx_memory.zone_pa);
	return pa;
}

static void steer(struct kexec_buf *buf)
{
	/* the first that looks like them: an initrd may be a kernel's file */
	bool params = !load.params && is_boot_params(buf);
	u64 pa = place(buf, params);

	load.image = buf->image;
	if (buf->mem != KEXEC_BUF_MEM_UNKNOWN)
		refusal = "the kernel wants to place a piece itself";
	else if (!pa)
		refusal = "the landing zone is too small, too low or misaligned";
	if (refusal)
		return;
	buf->mem = pa;
	if (params) {
		load.params = buf->buffer;
		load.params->hdr.setup_data = ccpx_memory.region_pa;
	}
}

static int add_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kexec_buf *buf = (struct kexec_buf *)regs->di;
	unsigned long flags;

	raw_spin_lock_irqsave(&load_lock, flags);
	if (is_announced(buf->image))
		steer(buf);
	raw_spin_unlock_irqrestore(&load_lock, flags);
	return 0;
}
NOKPROBE_SYMBOL(add_pre);

/* The kernel hands its memory map on as it is to itself, and no more than fits one page. */
static void correct_memory_map(struct boot_params *bp)
{
	int i;

	if (bp->e820_entries >= E820_MAX_ENTRIES_ZEROPAGE)
		refusal = "the memory map has more entries than this kernel hands on";
	for (i = 0; i < bp->e820_entries && i < E820_MAX_ENTRIES_ZEROPAGE; i++)
		if (bp->e820_table[i].type == E820_KEPT_RAM)
			bp->e820_table[i].type = E820_TYPE_RAM;
}

/* All pieces are made and placed, none is digested yet, and no page of the image is taken. */
static int control_pre(struct kprobe *p, struct pt_regs *regs)
{
	struct kimage *image = (struct kimage *)regs->di;
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&load_lock, flags);
	first = is_announced(image) && load.image == image && !load.prepared;
	if (first) {
		load.prepared = true;
		if (load.params)
			correct_memory_map(load.params);
		load.params = NULL;
		/* the allocator's locks sleep there: such a kernel takes what it gets */
		load.donating = first = !IS_ENABLED(CONFIG_PREEMPT_RT);
	}
	raw_spin_unlock_irqrestore(&load_lock, flags);
	if (first) {
		ccpx_donate_pages();
		/* the pages' places are NULL before anybody takes them back */
		smp_store_release(&load.donating, false);
	}
	return 0;
}
NOKPROBE_SYMBOL(control_pre);

static struct kprobe add_probe = {
	.symbol_name = "kexec_add_buffer", .pre_handler = add_pre,
};

static struct kprobe control_probe = {
	.symbol_name = "kimage_alloc_control_pages", .pre_handler = control_pre,
};

void ccpx_image_file_init(void)
{
	int rc = register_kprobe(&add_probe);

	if (rc)
		goto err;
	rc = register_kprobe(&control_probe);
	if (rc) {
		unregister_kprobe(&add_probe);
		goto err;
	}
	armed = true;
	return;
err:
	pr_info("no probe on kexec_file_load (%pe): images can be loaded by kexec_load only\n",
		ERR_PTR(rc));
}

void ccpx_image_file_exit(void)
{
	if (!armed)
		return;
	unregister_kprobe(&control_probe);
	unregister_kprobe(&add_probe);
	put_pid(load.announced);
	load.announced = NULL;
	armed = false;
}

bool ccpx_image_file_armed(void)
{
	return armed && ccpx_image_armed();
}

bool ccpx_image_file_announced(void)
{
	return READ_ONCE(load.announced);
}

/* Nobody takes over from a process that still lives. */
static bool announced_by_another(void)
{
	bool other;

	rcu_read_lock();
	other = load.announced && load.announced != task_tgid(current) &&
		pid_task(load.announced, PIDTYPE_TGID);
	rcu_read_unlock();
	return other;
}

/**
 * ccpx_image_file_begin() - steer this process's next kexec_file_load
 *
 * What the zone held is forgotten. Context: process, ccpx_lock held, after a
 * capture. Return: 0; -EOPNOTSUPP without probes; -ENODEV without a zone;
 * -EBUSY if another process has announced one; -ENOMEM.
 */
int ccpx_image_file_begin(void)
{
	int rc;

	if (!ccpx_image_file_armed())
		return -EOPNOTSUPP;
	if (!ccpx_memory.zone || !ccpx_memory.region_pa)
		return -ENODEV;
	if (announced_by_another())
		return -EBUSY;
	rc = ccpx_donate_prepare();
	if (rc)
		return rc;
	ccpx_image_commit(0, 0);
	raw_spin_lock_irq(&load_lock);
	put_pid(load.announced);
	memset(&load, 0, sizeof(load));
	load.announced = get_pid(task_tgid(current));
	refusal = NULL;
	raw_spin_unlock_irq(&load_lock);
	return 0;
}

struct copy {
	kimage_entry_t	*next;
	u64		to;	/* physical */
	u64		entry;	/* offset in the zone */
	bool		done, stray;
};

static bool zone_has(u64 pa, u64 size)
{
	u64 offset = pa - ccpx_memory.zone_pa;

	return size <= load.used && offset <= load.used - size &&
	       (offset + size <= LIST_OFFSET || offset >= FIRST_OFFSET);
}

static void check_segments(struct kimage *image, void *arg)
{
	struct copy *c = arg;
	unsigned long i;

	c->next = &image->head;
	c->entry = image->start - ccpx_memory.zone_pa;
	c->stray = !zone_has(image->start, 1);
	for (i = 0; i < image->nr_segments; i++)
		if (!zone_has(image->segment[i].mem, image->segment[i].memsz))
			c->stray = true;
	if (!ccpx_kho_note(image))
		refusal = "KHO has more scratch areas than can be watched";
}

/* Some pages of the list; the image cannot go away meanwhile. */
static void copy_pages(struct kimage *image, void *arg)
{
	struct copy *c = arg;
	kimage_entry_t entry;
	unsigned int n = 0;

	while (n < COPY_PAGES) {
		entry = *c->next;
		c->next = entry & IND_INDIRECTION ? phys_to_virt(entry & PAGE_MASK) : c->next + 1;
		if (entry & IND_DESTINATION) {
			c->to = entry & PAGE_MASK;
		} else if (entry & IND_SOURCE) {
			c->stray = !zone_has(c->to, PAGE_SIZE);
			if (!c->stray)
				memcpy(phys_to_virt(c->to), phys_to_virt(entry & PAGE_MASK), PAGE_SIZE);
			c->to += PAGE_SIZE;
			n++;
		}
		c->done = !entry || entry & IND_DONE;
		if (c->done || c->stray)
			break;
	}
}

static void take(struct kimage *image, void *arg)
{
	ccpx_zone_adopt(image, ccpx_memory.zone_pa + LIST_OFFSET);
	/* its list no longer counts */
	ccpx_touch_image(image, true);
}

static int adopt(struct kimage *image)
{
	kimage_entry_t *list = ccpx_memory.zone + LIST_OFFSET;
	struct copy copy = { NULL };
	int rc;

	if (!refusal && !ccpx_image_visit(image, check_segments, &copy))
		refusal = "the kernel refused it";
	else if (!refusal && copy.stray)
		refusal = "a piece does not lie in the landing zone";
	while (!refusal && !copy.done) {
		if (!ccpx_image_visit(image, copy_pages, &copy))
			refusal = "it was unloaded meanwhile";
		else if (copy.stray)
			refusal = "a page does not lie in the landing zone";
		cond_resched();
	}
	if (refusal)
		return -EINVAL;
	*list = IND_DONE;
	rc = ccpx_image_commit(load.used, copy.entry);
	if (rc || ccpx_image_visit(image, take, NULL))
		return rc;
	ccpx_image_commit(0, 0);
	return -ENOENT;
}

/**
 * ccpx_image_file_end() - the announced load is over: take the image, if there is one
 *
 * Context: process, ccpx_lock held. Return: 0, also if nothing was announced;
 * -EBUSY if it is not this process's; -EINVAL: not taken, ccpx_image_file_show() says why.
 */
int ccpx_image_file_end(void)
{
	struct kimage *image;
	int rc = 0;

	if (!load.announced)
		return 0;
	if (announced_by_another())
		return -EBUSY;
	raw_spin_lock_irq(&load_lock);
	put_pid(load.announced);
	load.announced = NULL;
	image = load.image;
	raw_spin_unlock_irq(&load_lock);
	/* a thread of that process may still be at it */
	while (smp_load_acquire(&load.donating))
		cond_resched();
	ccpx_retake();
	if (image)
		rc = adopt(image);
	if (rc)
		pr_warn("image of kexec_file_load not taken: %s\n", refusal ?: "it is gone");
	return rc;
}

static void replace_list(struct kimage *image, void *arg)
{
	u64 *list_pa = arg;

	image->head = *list_pa | IND_INDIRECTION;
}

/**
 * ccpx_image_file_seal() - what is left to do to an adopted image, at the point of no return
 *
 * It lies in its place: nothing is to be copied. Until now the kernel may still have
 * freed it, by its own list.
 *
 * Context: process, reboot notifier.
 */
void ccpx_image_file_seal(void)
{
	u64 list_pa;

	ccpx_image_visit(ccpx_zone_adopted(&list_pa), replace_list, &list_pa);
}

ssize_t ccpx_image_file_show(char *buf)
{
	if (!ccpx_image_file_armed())
		return sysfs_emit(buf, "unsupported\n");
	if (load.announced)
		return sysfs_emit(buf, "announced\n");
	return refusal ? sysfs_emit(buf, "refused %s\n", refusal) : sysfs_emit(buf, "none\n");
}
