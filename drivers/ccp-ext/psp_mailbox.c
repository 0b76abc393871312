// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PSP's mailbox as anybody may read it: where it is, and what is under way in it.
 *
 * A command that is not answered when this kernel jumps may still be executed, seconds or minutes
 * later. The PSP reads the command's buffer when it gets to it, and writes its answer there, or to a
 * page that the command names. So both stay out of the next kernel's memory, as they are. That
 * goes for the commands of the way out, which are few and simple; any other ends in a cold reset.
 */
#include "ccp_ext.h"
#include "psp_abi.h"
#include "psp_raw.h"

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <asm/msr.h>

/* drivers/crypto/ccp/sp-pci.c, struct sev_vdata: mailbox of the PSP by PCI id */
static const struct psp_mailbox zen1 = { 0x10580, 0x105e0, 0x105e4 };
static const struct psp_mailbox zen2 = { 0x10980, 0x109e0, 0x109e4 };

const struct pci_device_id psp_raw_ids[] = {
	{ PCI_VDEVICE(AMD, 0x1456), (kernel_ulong_t)&zen1 },	/* Zen 1 */
	{ PCI_VDEVICE(AMD, 0x1486), (kernel_ulong_t)&zen2 },	/* Zen 2, Zen 3 */
	{ PCI_VDEVICE(AMD, 0x14ca), (kernel_ulong_t)&zen2 },	/* Zen 3, Zen 4 */
	{ PCI_VDEVICE(AMD, 0x156e), (kernel_ulong_t)&zen2 },	/* Zen 5 */
	{ }
};

/* Commands of the way out, ours and KVM's when a VMM ends, and what the PSP uses for them. */
static const struct {
	u32	cmd;
	bool	data;		/* has a buffer */
	bool	target;		/* ... which names a page that the answer goes to */
} way_out[] = {
	{ PSP_SEV_PLATFORM_STATUS, true },
	{ PSP_SEV_DEACTIVATE, true },
	{ PSP_SEV_DECOMMISSION, true },
	{ PSP_SEV_DF_FLUSH },
	{ PSP_SEV_SHUTDOWN },
	{ PSP_SNP_PLATFORM_STATUS, true, true },
	{ PSP_SNP_DECOMMISSION, true },
	{ PSP_SNP_DF_FLUSH },
	/* its page is the firmware's until it is answered, and is in the RMP */
	{ PSP_SNP_PAGE_RECLAIM, true },
	{ PSP_SNP_SHUTDOWN_EX, true },
	{ PSP_SNP_GUEST_STATUS, true, true },
	{ PSP_SNP_DBG_DECRYPT, true, true },
};

static struct {
	struct pci_dev *pdev;
	void __iomem *regs;		/* mapped at load; NULL: cannot be read */
	const struct psp_mailbox *mb;
	u64	buffer_pa;		/* ccp's own buffer; 0: no command has told yet */
	u64	target_pa;		/* page that the last command of ours named */
} box;

static u64 pci_order(const struct pci_dev *pdev)
{
	return (u64)pci_domain_nr(pdev->bus) << 16 | pdev->bus->number << 8 | pdev->devfn;
}

/**
 * psp_mailbox_find() - the PSP that takes SEV's commands
 * @mb: set to where its mailbox is
 *
 * Context: process. Return: a reference, or NULL if there is none that is known.
 */
struct pci_dev *psp_mailbox_find(const struct psp_mailbox **mb)
{
	struct pci_dev *pdev = NULL, *best = NULL;
	const struct pci_device_id *id;

	/* with several sockets ccp's master is the lowest one (sp_pci_is_master()) */
	for (id = psp_raw_ids; id->vendor; id++) {
		while ((pdev = pci_get_device(id->vendor, id->device, pdev))) {
			if (best && pci_order(pdev) >= pci_order(best))
				continue;
			pci_dev_put(best);
			best = pci_dev_get(pdev);
			*mb = (const struct psp_mailbox *)id->driver_data;
		}
	}
	return best;
}

/**
 * psp_mailbox_word() - what the command register says
 * @reg: as it was read
 *
 * A register that was never written since a reset has no command in it. That one which was written
 * keeps the command's number until it is answered is a guess: switched off by in_flight=0.
 *
 * Context: any. Return: PSP_MAILBOX_*.
 */
enum psp_mailbox_word psp_mailbox_word(u32 reg)
{
	if (reg == U32_MAX)
		return PSP_MAILBOX_GONE;	/* no device answers; a status has 16 bits */
	if (reg & PSP_CMDRESP_RESPONSE || !(reg & PSP_CMDRESP_CMD) || !ccpx_params.in_flight)
		return PSP_MAILBOX_IDLE;
	return PSP_MAILBOX_BUSY;
}

/* A missing one is no error: it is asked for where it matters. Context: process, early. */
void ccpx_mailbox_init(void)
{
	box.pdev = psp_mailbox_find(&box.mb);
	if (!box.pdev)
		return;
	/* beside ccp, which maps it as well: reading has no side effects */
	box.regs = pci_iomap(box.pdev, PSP_BAR, 0);
	if (!box.regs)
		pr_warn("PSP's mailbox cannot be mapped\n");
}

void ccpx_mailbox_exit(void)
{
	if (box.regs)
		pci_iounmap(box.pdev, box.regs);
	pci_dev_put(box.pdev);
	memset(&box, 0, sizeof(box));
}

/* ccp comes, with a buffer that is not known yet. */
void ccpx_mailbox_forget(void)
{
	WRITE_ONCE(box.buffer_pa, 0);
}

static u64 address_register(void)
{
	u64 pa = (u64)ioread32(box.regs + box.mb->addr_hi) << 32 |
		 ioread32(box.regs + box.mb->addr_lo);

	return ALIGN_DOWN(__sme_clr(pa), PAGE_SIZE);
}

/* Both of ccp's buffers lie in one allocation of two pages, in one block of 2 MiB. */
static bool is_buffer(u64 pa)
{
	return pa && pfn_valid(pa >> PAGE_SHIFT) && page_is_ram(pa >> PAGE_SHIFT);
}

/**
 * ccpx_mailbox_learn() - a command of ccp's with data was answered: where was its buffer?
 *
 * ccp copies what it is given to a buffer of its own, which nothing but the register names.
 *
 * Context: kprobe handler, ccp's mutex held.
 */
void ccpx_mailbox_learn(void)
{
	u64 pa;

	if (!box.regs || READ_ONCE(box.buffer_pa))
		return;
	pa = address_register();
	if (is_buffer(pa))
		WRITE_ONCE(box.buffer_pa, pa);
}
NOKPROBE_SYMBOL(ccpx_mailbox_learn);

/* The command that is sent next has its answer written there. */
void ccpx_mailbox_target(u64 pa)
{
	box.target_pa = pa;
}

/* What is under way, or 0. A PSP that cannot be asked: what was not answered, as the watch saw it. */
static u32 under_way(u64 *buffer_pa)
{
	u32 reg = box.regs ? ioread32(box.regs + box.mb->cmdresp) : U32_MAX;

	switch (psp_mailbox_word(reg)) {
	case PSP_MAILBOX_GONE:
		return ccpx_watch_unanswered(buffer_pa);
	case PSP_MAILBOX_BUSY:
		*buffer_pa = address_register();
		return (reg & PSP_CMDRESP_CMD) >> PSP_CMDRESP_CMD_SHIFT;
	default:
		return 0;
	}
}

/* Context: any. Return: true if there is a command that was not answered yet. */
bool ccpx_mailbox_busy(void)
{
	return box.regs && psp_mailbox_word(ioread32(box.regs + box.mb->cmdresp)) == PSP_MAILBOX_BUSY;
}

/**
 * ccpx_mailbox_settle() - let a command that is under way come to its end, if it does so soon
 *
 * Whoever passed the gate before it was closed is not to be mistaken for a PSP that hangs.
 *
 * Context: process.
 */
void ccpx_mailbox_settle(void)
{
	u64 until = ktime_get_ns() + CCPX_GRACE_MS * NSEC_PER_MSEC;

	while (ccpx_mailbox_busy() && ktime_get_ns() < until)
		usleep_range(100, 200);
}

/**
 * ccpx_mailbox_send_polled() - a command at a panic
 * @cmd: command
 * @buffer: its buffer as the PSP is to see it
 * @us: how long an answer is waited for, microseconds by the TSC
 * @status: firmware's status
 *
 * It is not in the flight recorder: that takes a lock.
 *
 * Context: any; nobody else sends. Return: 0 with @status, -ENODEV, or -ETIMEDOUT.
 */
int ccpx_mailbox_send_polled(u32 cmd, u64 buffer, u64 us, u32 *status)
{
	u64 t0 = rdtsc();
	u32 reg;

	if (!box.regs || ioread32(box.regs + box.mb->cmdresp) == U32_MAX)
		return -ENODEV;
	iowrite32(lower_32_bits(buffer), box.regs + box.mb->addr_lo);
	iowrite32(upper_32_bits(buffer), box.regs + box.mb->addr_hi);
	iowrite32(cmd << PSP_CMDRESP_CMD_SHIFT, box.regs + box.mb->cmdresp);
	do {
		reg = ioread32(box.regs + box.mb->cmdresp);
		if (reg != U32_MAX && reg & PSP_CMDRESP_RESPONSE) {
			*status = reg & PSP_CMDRESP_STATUS;
			return 0;
		}
		udelay(10);
	} while (ccpx_us_since(t0) < us);
	return -ETIMEDOUT;
}

static int add_block(struct rmpp_extents *x, u64 pa)
{
	return rmpp_extents_add(x, ALIGN_DOWN(pa >> PAGE_SHIFT, RMPP_PAGES_PER_2M),
				RMPP_PAGES_PER_2M, RMPP_REASON_FIRMWARE);
}

/**
 * ccpx_in_flight() - what a command that is under way may still use
 * @x: receives the blocks of 2 MiB; may be a list of its own
 *
 * Context: any; nobody holds ccpx_watch's lock. Return: NULL, also if there is none; or why this
 * kernel cannot be left while it is under way.
 */
const char *ccpx_in_flight(struct rmpp_extents *x)
{
	static char why[96];
	u64 pa = 0, learned = READ_ONCE(box.buffer_pa);
	u32 cmd, i;
	int rc = 0;

	if (!ccpx_params.in_flight)
		return NULL;
	cmd = under_way(&pa);
	if (!cmd)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(way_out) && way_out[i].cmd != cmd; i++)
		;
	if (i == ARRAY_SIZE(way_out)) {
		snprintf(why, sizeof(why), "the firmware has not answered %s, and may still write",
			 rmpp_psp_command_name(cmd));
		return why;
	}
	/* a kernel before may have had it at the top of RAM that was cut off since */
	if (way_out[i].data && !is_buffer(pa) && !learned && !(pa && ccpx_image_hides(pa)))
		return "the firmware has not answered a command whose buffer is not known";
	if (way_out[i].data && is_buffer(pa))
		rc = add_block(x, pa);
	if (way_out[i].data && learned && rc >= 0)
		rc = add_block(x, learned);
	if (way_out[i].target && box.target_pa && rc >= 0)
		rc = add_block(x, box.target_pa);
	return rc < 0 ? rmpp_strerror(rc) : NULL;
}
