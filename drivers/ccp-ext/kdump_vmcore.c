// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/vmcore: closed until it is known which pages are not the host's, then open but for them.
 *
 * Both ways to old memory ask pfn_is_ram() of each page: read() in read_from_oldmem(), which gives zeros
 * for what is none, mmap() in remap_oldmem_pfn_checked(), which maps the zero page (fs/proc/vmcore.c). An
 * mmap() from before a callback was there did not ask, and is taken back.
 *
 * A callback cannot refuse, and zeros for all pages look like a dump. So that whoever opens the file is
 * told, open_vmcore() is sent home by a kprobe.
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "kdump.h"

#include <linux/atomic.h>
#include <linux/crash_dump.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/string.h>

static const struct rmpp_filter *published;	/* NULL: nothing may be read */
static atomic64_t nr_withheld = ATOMIC64_INIT(0);
static enum ccpx_vmcore_late late;
static bool refuses;

/* The filter once it is complete, or NULL: nothing may be read. */
const struct rmpp_filter *ccpx_vmcore_published(void)
{
	/* pairs with ccpx_vmcore_filter() */
	return smp_load_acquire(&published);
}

/* A reader is given zeros in place of a page. */
void ccpx_vmcore_withhold(void)
{
	atomic64_inc(&nr_withheld);
}

static bool page_is_the_hosts(struct vmcore_cb *cb, unsigned long pfn)
{
	const struct rmpp_filter *f = ccpx_vmcore_published();

	if (f && !rmpp_filter_has(f, pfn))
		return true;
	ccpx_vmcore_withhold();
	return false;
}

static struct vmcore_cb callback = { .pfn_is_ram = page_is_the_hosts };

/* Neighbours of the callback when it was new, if what precedes it denies no page; or NULL. */
static struct list_head *neighbour_next, *neighbour_prev;

/*
 * Does the callback in front of ours deny no page? register_vmcore_cb() adds at the end, so that what follows ours is
 * the list's head. Of the others one is known: the one of drivers/firmware/efi/unaccepted_memory.c (since 6.7,
 * 7cd34dd3c9bf), which is there for good and ahead of all modules, and denies what the firmware's table of unaccepted
 * memory names. Only guests have such a table.
 */
static void know_neighbours(void)
{
	struct list_head *head = callback.next.next, *other = callback.next.prev;
	char name[KSYM_SYMBOL_LEN];

	if (other != head) {
		snprintf(name, sizeof(name), "%ps", container_of(other, struct vmcore_cb, next)->pfn_is_ram);
		if (other->prev != head || strcmp(name, "unaccepted_memory_vmcore_pfn_is_ram") ||
		    ccpx_has_unaccepted_memory()) {
			pr_info("/proc/vmcore: %s has a say in what is memory\n", name);
			return;
		}
	}
	neighbour_prev = other;
	neighbour_next = head;
}

/* Is it for ours alone to deny pages? Who comes or goes changes its neighbours. */
bool ccpx_vmcore_alone(void)
{
	return neighbour_next && READ_ONCE(callback.next.next) == neighbour_next &&
	       READ_ONCE(callback.next.prev) == neighbour_prev;
}

/* ---- refusing to open it ---- */

static notrace noinline int not_permitted(void)
{
	barrier();
	return -EPERM;
}

static struct task_struct *opener;	/* the module itself, for the header */

static int open_pre(struct kprobe *p, struct pt_regs *regs)
{
	if (ccpx_vmcore_published() || current == READ_ONCE(opener))
		return 0;
	pr_err_ratelimited("%s[%d] may not open /proc/vmcore: see /sys/kernel/ccp_ext/vmcore\n",
			   current->comm, task_pid_nr(current));
	regs->ip = (unsigned long)not_permitted;
	return 1;
}
NOKPROBE_SYMBOL(open_pre);

static struct kprobe open_probe = {
	.symbol_name = "open_vmcore", .pre_handler = open_pre, .post_handler = ccpx_gate_post,
};

/* ---- was somebody faster? ---- */

static struct task_struct *registrar;

/*
 * The kernel does not say otherwise that the file was opened before, once only, but its warning is
 * printed from within register_vmcore_cb().
 */
static int printk_pre(struct kprobe *p, struct pt_regs *regs)
{
	const char *format = (const char *)regs->di;

	if (current == READ_ONCE(registrar) && strstr(format, "vmcore callback registration"))
		late = CCPX_VMCORE_WAS_OPENED;
	return 0;
}
NOKPROBE_SYMBOL(printk_pre);

static struct kprobe printk_probe = { .symbol_name = "_printk", .pre_handler = printk_pre };

/* Who has it open, or mapped and closed again, holds a reference to its dentry. */
static void take_mappings_back(void)
{
	struct path path;

	if (kern_path("/proc/vmcore", 0, &path))
		return;
	if (d_count(path.dentry) > 1)
		late = CCPX_VMCORE_IS_OPEN;
	unmap_mapping_range(d_inode(path.dentry)->i_mapping, 0, 0, 1);
	path_put(&path);
}

/**
 * ccpx_vmcore_close() - from now on no reader of old memory gets anything
 *
 * Says so if somebody had the file open before. What was mapped then is taken back: touching it gives
 * SIGBUS. What was read then was not filtered, and that cannot be made undone.
 *
 * Context: process, once. Return: 0, or -ENOENT if this kernel has no /proc/vmcore.
 */
int ccpx_vmcore_close(void)
{
	bool watched;
	int rc;

	rc = register_kprobe(&open_probe);
	if (rc)
		pr_warn("/proc/vmcore cannot be refused, only left empty: %pe\n", ERR_PTR(rc));
	refuses = !rc;

	watched = !register_kprobe(&printk_probe);
	WRITE_ONCE(registrar, current);
	rc = ccpx_register_vmcore_cb(&callback);
	WRITE_ONCE(registrar, NULL);
	if (watched)
		unregister_kprobe(&printk_probe);
	if (rc)
		return rc;
	know_neighbours();
	take_mappings_back();
	if (late != CCPX_VMCORE_IN_TIME)
		pr_crit("TOO LATE: /proc/vmcore was opened before ccp_ext was loaded%s; what was read until now was not filtered. Load ccp_ext ahead of whatever dumps\n",
			late == CCPX_VMCORE_IS_OPEN ? ", and still is" : "");
	return 0;
}

/**
 * ccpx_vmcore_open() - open it although it is closed
 *
 * Of its content only the ELF header can be read, of which the kernel has a copy.
 *
 * Context: process, behind ccpx_vmcore_close(), once. Return: a file or ERR_PTR().
 */
struct file *ccpx_vmcore_open(void)
{
	struct file *f;

	WRITE_ONCE(opener, current);
	f = filp_open("/proc/vmcore", O_RDONLY | O_LARGEFILE, 0);
	WRITE_ONCE(opener, NULL);
	return f;
}

/**
 * ccpx_vmcore_filter() - open it, but for these pages
 * @f: sealed; stays as it is from now on
 */
void ccpx_vmcore_filter(const struct rmpp_filter *f)
{
	/* what it points to is written before it can be found */
	smp_store_release(&published, f);
}

/* Is whoever opens a closed /proc/vmcore told so? */
bool ccpx_vmcore_refuses(void)
{
	return refuses;
}

enum ccpx_vmcore_late ccpx_vmcore_was_late(void)
{
	return late;
}

/* How often a reader was given a zero page instead, or zeros. */
u64 ccpx_vmcore_withheld(void)
{
	return atomic64_read(&nr_withheld);
}
