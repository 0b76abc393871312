// SPDX-License-Identifier: GPL-2.0-only
/*
 * A firmware that does not shut SNP down leaves the IOMMUs on, with their table
 * and buffer registers locked (AMD 48882, 2.12.2.1). A next kernel would bring
 * tables that they never look at, and wait for completions that never come. So
 * they are parked: the device tables that they are locked to let every device
 * through one to one, and are kept out of the next kernel's memory, which is
 * told to leave the IOMMUs alone. RMP checks of devices' accesses go on.
 *
 * The tables change in machine_shutdown(): devices have stopped by then, and the
 * driver has not yet switched the command buffers off.
 */
#include "ccp_ext.h"

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/reboot.h>

#define MAX_IOMMUS		64

/* AMD 48882, MMIO registers */
#define IOMMU_DEV_TABLE		0x0
#define IOMMU_CMD_BASE		0x8
#define IOMMU_CONTROL		0x18
#define IOMMU_STORE_BASE	0x20
#define IOMMU_EFR		0x30
#define IOMMU_CMD_TAIL		0x2008
#define IOMMU_MAPPED		SZ_16K

#define CONTROL_IOMMU_EN	BIT_ULL(0)
#define CONTROL_CMDBUF_EN	BIT_ULL(12)
#define EFR_INVALIDATE_ALL	BIT_ULL(6)
#define BASE_PA			GENMASK_ULL(51, 12)
#define CMD_LEN_SHIFT		56	/* log2 of the entries */

#define CMD_COMPLETION_WAIT	(1ULL << 60)
#define CMD_INVALIDATE_ALL	(8ULL << 60)
#define COMPLETION_STORE	BIT_ULL(0)
#define COMPLETION_US		100000

/* AMD 48882, device table entry and I/O page table entry */
#define DTE_VALID		(BIT_ULL(0) | BIT_ULL(1))
#define DTE_LEVELS_4		(4ULL << 9)
#define IO_READ_WRITE		(BIT_ULL(61) | BIT_ULL(62))
#define DTE_DOMAIN		1ULL
#define PTE_PRESENT		BIT_ULL(0)
#define PTE_COHERENT		BIT_ULL(60)
#define PTE_SPAN_SHIFT		39	/* of an entry that is a page of level 4 */

struct dte {
	__le64 quad[4];
};

struct command {
	__le64 quad[2];
};

struct unit {
	u8 __iomem *regs;
	struct dte *table;	/* direct map */
	u64 table_pa, table_size;	/* bytes */
	u64 parked_root;	/* page table, if a kernel before this one parked it; else 0 */
};

static struct unit units[MAX_IOMMUS];
static u32 nr_units;
static bool armed, wanted;
static u64 root_pa;	/* of the page table: the region's last page */

static __le64 identity(unsigned int i)
{
	return cpu_to_le64((u64)i << PTE_SPAN_SHIFT | PTE_PRESENT | PTE_COHERENT | IO_READ_WRITE);
}

static u64 parked_dte(u64 root)
{
	return root | DTE_VALID | DTE_LEVELS_4 | IO_READ_WRITE;
}

/* Where this entry's page table lies, if it is such a one as we make; else 0. */
static u64 parked_root(const struct dte *e)
{
	u64 quad = le64_to_cpu(e->quad[0]), pa = quad & BASE_PA;
	const __le64 *root = phys_to_virt(pa);
	unsigned int i;

	if (quad != parked_dte(pa) || !page_is_ram(pa >> PAGE_SHIFT))
		return 0;
	for (i = 0; i < PAGE_SIZE / sizeof(*root); i++)
		if (root[i] != identity(i))
			return 0;
	return pa;
}

static bool is_memory(u64 pa, u64 size)
{
	u64 pfn;

	for (pfn = pa >> PAGE_SHIFT; pfn < (pa + size) >> PAGE_SHIFT; pfn++)
		if (!pfn_valid(pfn) || !page_is_ram(pfn))
			return false;
	return size;
}

static void unit_close(struct unit *u)
{
	iounmap(u->regs);
	memset(u, 0, sizeof(*u));
}

static int unit_open(u64 base, void *arg)
{
	struct unit *u = &units[nr_units];
	u64 reg;

	if (nr_units == MAX_IOMMUS)
		return -ENOSPC;
	u->regs = ioremap(base, IOMMU_MAPPED);
	if (!u->regs)
		return -ENOMEM;
	if (!(readq(u->regs + IOMMU_CONTROL) & CONTROL_IOMMU_EN)) {
		unit_close(u);
		return 0;
	}
	reg = readq(u->regs + IOMMU_DEV_TABLE);
	u->table_pa = reg & BASE_PA;
	u->table_size = ((reg & 0x1ff) + 1) << PAGE_SHIFT;
	if (!is_memory(u->table_pa, u->table_size)) {
		unit_close(u);
		return -EFAULT;
	}
	u->table = phys_to_virt(u->table_pa);
	u->parked_root = parked_root(u->table);
	nr_units++;
	return 0;
}

static void units_close(void)
{
	while (nr_units)
		unit_close(&units[--nr_units]);
}

static int units_open(void)
{
	int rc;

	units_close();
	rc = ccpx_iommu_for_each(unit_open, NULL);
	if (rc)
		units_close();
	return rc;
}

static void unit_command(struct unit *u, u64 low, u64 high)
{
	u64 reg = readq(u->regs + IOMMU_CMD_BASE);
	u64 tail = readq(u->regs + IOMMU_CMD_TAIL);
	struct command *c = phys_to_virt((reg & BASE_PA) + tail);

	c->quad[0] = cpu_to_le64(low);
	c->quad[1] = cpu_to_le64(high);
	wmb();	/* the command before the pointer to it */
	tail = (tail + sizeof(*c)) & ((sizeof(*c) << (reg >> CMD_LEN_SHIFT & 0xf)) - 1);
	writeq(tail, u->regs + IOMMU_CMD_TAIL);
}

/* The store goes where the driver's own go: no other page is open to it now. */
static int unit_flush(struct unit *u)
{
	u64 store = readq(u->regs + IOMMU_STORE_BASE) & BASE_PA, done;
	const u64 *at = phys_to_virt(store);
	unsigned int us;

	done = READ_ONCE(*at) + 1;
	unit_command(u, CMD_INVALIDATE_ALL, 0);
	unit_command(u, store | COMPLETION_STORE | CMD_COMPLETION_WAIT, done);
	for (us = 0; us < COMPLETION_US; us++) {
		if (READ_ONCE(*at) == done)
			return 0;
		udelay(1);
	}
	return -ETIMEDOUT;
}

static int unit_park(struct unit *u)
{
	const __le64 first = cpu_to_le64(parked_dte(root_pa));
	struct dte *e, *end = u->table + u->table_size / sizeof(*e);

	if (u->parked_root)
		return 0;
	for (e = u->table; e < end; e++) {
		e->quad[1] = cpu_to_le64(DTE_DOMAIN);
		e->quad[2] = 0;	/* interrupts pass as they are */
		e->quad[3] = 0;
		WRITE_ONCE(e->quad[0], first);
	}
	wmb();	/* tables before the command that makes them count */
	return unit_flush(u);
}

static int shutdown_pre(struct kprobe *p, struct pt_regs *regs)
{
	int rc = 0;
	u32 i;

	if (!READ_ONCE(wanted))
		return 0;
	for (i = 0; i < nr_units && !rc; i++)
		rc = unit_park(&units[i]);
	if (!rc || !ccpx_unsafe("an IOMMU cannot be parked"))
		return 0;
	/* not from here: a probe that is hit in a probe's handler is missed */
	regs->ip = (unsigned long)ccpx_reset;
	return 1;
}
NOKPROBE_SYMBOL(shutdown_pre);

static struct kprobe shutdown_probe = {
	.symbol_name = "machine_shutdown", .pre_handler = shutdown_pre,
	.post_handler = ccpx_gate_post,
};

void ccpx_park_init(void)
{
	int rc = register_kprobe(&shutdown_probe);

	armed = !rc;
	if (rc)
		pr_warn("no probe on machine_shutdown (%pe): with SNP still enabled a jump will be treated as unsafe\n",
			ERR_PTR(rc));
}

void ccpx_park_exit(void)
{
	if (armed)
		unregister_kprobe(&shutdown_probe);
	armed = false;
	units_close();
}

/**
 * ccpx_park_needed() - do locked IOMMUs stand in the way of the next kernel?
 * @q: the quiesce, after its last look at the firmware
 *
 * Context: process. Return: true if SNP is still enabled in them.
 */
bool ccpx_park_needed(const struct ccpx_quiesce *q)
{
	return ccpx_quiesce_snp_is_up(q) && !ccpx_params.assume_unlocked;
}

/**
 * ccpx_park_extents() - add what locked IOMMUs will go on reading
 * @x: receives the device tables, and the page tables of those that are parked
 *
 * Context: process, ccpx_lock held. Return: 0 or -errno; @x then lacks some.
 */
int ccpx_park_extents(struct rmpp_extents *x)
{
	int rc = units_open();
	u32 i;

	for (i = 0; i < nr_units && !rc; i++) {
		const struct unit *u = &units[i];

		rc = rmpp_extents_add(x, u->table_pa >> PAGE_SHIFT, u->table_size >> PAGE_SHIFT,
				      RMPP_REASON_FIRMWARE);
		if (!rc && u->parked_root)
			rc = rmpp_extents_add(x, u->parked_root >> PAGE_SHIFT, 1,
					      RMPP_REASON_FIRMWARE);
	}
	return rc < 0 ? rc : 0;
}

/**
 * ccpx_park_prepare() - have the IOMMUs parked on the way out
 *
 * The image is told of it, so that it must be ours and checked already.
 *
 * Context: process, reboot notifier, after ccpx_park_extents(). Return: NULL, or why it cannot be.
 */
const char *ccpx_park_prepare(void)
{
	__le64 *root;
	unsigned int i;
	int rc;

	if (!armed)
		return "SNP is still enabled, and the IOMMU cannot be parked without a probe";
	for (i = 0; i < nr_units; i++) {
		struct unit *u = &units[i];

		if (u->parked_root)
			continue;
		if (!(readq(u->regs + IOMMU_EFR) & EFR_INVALIDATE_ALL) ||
		    !(readq(u->regs + IOMMU_CONTROL) & CONTROL_CMDBUF_EN) ||
		    !is_memory(readq(u->regs + IOMMU_CMD_BASE) & BASE_PA, PAGE_SIZE) ||
		    !is_memory(readq(u->regs + IOMMU_STORE_BASE) & BASE_PA, PAGE_SIZE))
			return "SNP is still enabled, and an IOMMU takes no commands";
	}
	rc = ccpx_image_add_words(CCPX_PARKED_WORDS);
	if (rc)
		return "SNP is still enabled, and the next kernel cannot be told to leave the IOMMU alone";
	root_pa = ccpx_memory.region_pa + ccpx_memory.region_size - PAGE_SIZE;
	root = phys_to_virt(root_pa);
	for (i = 0; i < PAGE_SIZE / sizeof(*root); i++)
		root[i] = identity(i);
	WRITE_ONCE(wanted, true);
	pr_info("SNP stays enabled: %u IOMMUs will be parked for the next kernel, the first one's device table is %#llx+%#llx\n",
		nr_units, nr_units ? units[0].table_pa : 0, nr_units ? units[0].table_size : 0);
	return NULL;
}

/**
 * ccpx_park_release() - switch parked IOMMUs off, once the firmware let go of them
 *
 * Devices then reach memory as they did, untranslated, and the tables are free.
 *
 * Context: process, module init, after SNP was shut down.
 */
void ccpx_park_release(void)
{
	u32 i, nr = 0;

	if (units_open())
		return;
	for (i = 0; i < nr_units; i++) {
		u64 control = readq(units[i].regs + IOMMU_CONTROL);

		if (!units[i].parked_root || control & CONTROL_CMDBUF_EN)
			continue;
		writeq(control & ~CONTROL_IOMMU_EN, units[i].regs + IOMMU_CONTROL);
		nr += !(readq(units[i].regs + IOMMU_CONTROL) & CONTROL_IOMMU_EN);
	}
	units_close();
	if (nr)
		pr_info("%u parked IOMMUs switched off\n", nr);
}
