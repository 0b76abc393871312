// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PSP's mailbox itself, for as long as ccp has not bound the device or has
 * given its SEV half up. Every buffer that the firmware wants as a Firmware page
 * is made one here, and taken back.
 */
#include "ccp_ext.h"
#include "psp_abi.h"
#include "psp_raw.h"

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

/* nothing that is sent raw initializes anything, so no answer takes long */
#define ANSWER_MIN_MS		1000u
#define ANSWER_MAX_MS		20000u

/*
 * Pages of the PSP block, which become Firmware pages. At most one at a time, and
 * nothing in the block is written meanwhile: the direct map covers it with one
 * large page. Buffers that stay the hypervisor's lie elsewhere.
 */
enum { PAGE_TARGET, PAGE_LEGACY };

struct psp_raw {
	struct pci_dev	*pdev;
	void __iomem	*regs;
	const struct psp_mailbox *mb;
	const u64	*deadline_ns;	/* no command begins after it; 0: none */
	void		*buf;		/* command buffer in ordinary memory */
	bool		snp_init;	/* legacy buffers must be Firmware pages */
	bool		undoing;	/* a page is taken back: a moment more */
	bool		dead;
};

/* Until when an answer is waited for; 0: it is too late for another command. */
static u64 answer_until(const struct psp_raw *r)
{
	u64 now = ktime_get_ns(), deadline = *r->deadline_ns;
	u64 until = now + NSEC_PER_MSEC * clamp(ccpx_params.budget_ms, ANSWER_MIN_MS, ANSWER_MAX_MS);

	if (!deadline)
		return until;
	if (r->undoing)
		deadline += CCPX_GRACE_MS * NSEC_PER_MSEC;
	return now < deadline ? min(until, deadline) : 0;
}

/* Return: the register, with the response bit; 0 if there was no answer. */
static u32 await_answer(struct psp_raw *r, u64 until_ns)
{
	enum psp_mailbox_word word;
	u32 reg;

	for (;;) {
		reg = ioread32(r->regs + r->mb->cmdresp);
		word = psp_mailbox_word(reg);
		if (word != PSP_MAILBOX_GONE && reg & PSP_CMDRESP_RESPONSE)
			return reg;
		if (word == PSP_MAILBOX_GONE || ktime_get_ns() >= until_ns)
			break;
		usleep_range(20, 50);
	}
	r->dead = true;
	return 0;
}

static int raw_send(struct psp_raw *r, u32 cmd, u64 pa, u32 *status)
{
	u64 until;
	u32 reg;

	if (r->dead)
		return -EBUSY;
	until = answer_until(r);
	if (!until)
		return -ETIME;
	iowrite32(lower_32_bits(pa), r->regs + r->mb->addr_lo);
	iowrite32(upper_32_bits(pa), r->regs + r->mb->addr_hi);
	iowrite32(cmd << PSP_CMDRESP_CMD_SHIFT, r->regs + r->mb->cmdresp);
	reg = await_answer(r, until);
	if (!reg) {
		pr_err("PSP does not answer %s\n", rmpp_psp_command_name(cmd));
		return -ETIMEDOUT;
	}
	*status = reg & PSP_CMDRESP_STATUS;
	return *status ? -EIO : 0;
}

/*
 * A command of the previous kernel may be under way: what it is about is not known, and another one
 * beside it is not defined (55766, on the mailbox). It is waited for like an answer of ours.
 */
static void await_previous(struct psp_raw *r)
{
	u32 reg = ioread32(r->regs + r->mb->cmdresp);
	u64 until;

	switch (psp_mailbox_word(reg)) {
	case PSP_MAILBOX_IDLE:
		return;
	case PSP_MAILBOX_GONE:
		r->dead = true;
		break;
	case PSP_MAILBOX_BUSY:
		until = answer_until(r);
		if (await_answer(r, until))
			return;
		break;
	}
	pr_warn("PSP does not answer: %s\n", reg == U32_MAX ? "its registers cannot be read" :
		rmpp_psp_command_name((reg & PSP_CMDRESP_CMD) >> PSP_CMDRESP_CMD_SHIFT));
}

/* buf: NULL for a command without data */
static int raw_cmd_at(struct psp_raw *r, u32 cmd, void *buf, u32 *status)
{
	u64 t0 = ktime_get_ns();
	int rc;

	rc = raw_send(r, cmd, buf ? __sme_pa(buf) : 0, status);
	if (rc != -EBUSY && rc != -ETIME)
		ccpx_watch_own(cmd, buf, buf ? virt_to_phys(buf) : 0, *status,
			       ktime_get_ns() - t0);
	return rc;
}

static int page_to_firmware(unsigned int page)
{
	struct ccpx_rmp_state state = { .assigned = 1, .immutable = 1 };
	int rc = ccpx_rmpupdate(page_to_pfn(virt_to_page(ccpx_psp_page(page))), &state);

	return rc ? -EFAULT : 0;
}

/* Firmware -> Reclaim -> Hypervisor. A page that will not come back takes its block along. */
static int page_from_firmware(struct psp_raw *r, unsigned int page)
{
	struct psp_snp_addr addr = { virt_to_phys(ccpx_psp_page(page)) };
	u32 status = CCPX_PSP_NO_STATUS;
	int rc;

	/* the buffer of a command that is under way stays as it is */
	rc = -EBUSY;
	if (!r->dead) {
		memcpy(r->buf, &addr, sizeof(addr));
		r->undoing = true;
		rc = raw_cmd_at(r, PSP_SNP_PAGE_RECLAIM, r->buf, &status);
		r->undoing = false;
	}
	if (!rc && ccpx_rmp_make_shared(addr.pa >> PAGE_SHIFT, false))
		rc = -EFAULT;
	if (rc) {
		pr_warn("firmware keeps page %#llx (%d, status %#x)\n", addr.pa, rc, status);
		ccpx_psp_page_lost();
	}
	return rc;
}

/**
 * psp_raw_cmd() - send one command through the mailbox
 * @r: open
 * @cmd: enum ccpx_psp_cmd
 * @data: command buffer or NULL; output comes back in it
 * @len: its bytes, at most CCPX_MAX_CMD_LEN
 * @status: firmware's status; untouched if it gave none
 *
 * While SNP is initialized a legacy command's buffer must be a Firmware page
 * (56860, SNP_INIT); it becomes one for the length of the command.
 *
 * Context: process. Return: 0; -EIO if refused; other -errno without an answer.
 */
int psp_raw_cmd(struct psp_raw *r, u32 cmd, void *data, u32 len, u32 *status)
{
	bool firmware = data && r->snp_init && cmd < PSP_FIRST_SNP_CMD;
	void *buf = firmware ? ccpx_psp_page(PAGE_LEGACY) : r->buf;
	int rc, rc2;

	if (!buf)
		return -ENOMEM;
	if (r->dead)
		return -EBUSY;
	if (data)
		memcpy(buf, data, len);
	if (firmware) {
		rc = page_to_firmware(PAGE_LEGACY);
		if (rc)
			return rc;
	}
	rc = raw_cmd_at(r, cmd, data ? buf : NULL, status);
	if (data)
		memcpy(data, buf, len);
	if (firmware) {
		rc2 = page_from_firmware(r, PAGE_LEGACY);
		rc = rc ?: rc2;
	}
	if (!rc && (cmd == PSP_SNP_SHUTDOWN || cmd == PSP_SNP_SHUTDOWN_EX))
		r->snp_init = false;
	return rc;
}

/**
 * psp_raw_open() - take the mailbox
 * @bound: ccp has the device, but has given its SEV half up
 * @deadline_ns: ktime_get_ns() after which no command begins; 0: none. May change while open
 *
 * If a command of before is not answered, or the PSP is not there any more, each command will be
 * refused with -EBUSY.
 *
 * Context: process; holds the device's lock until psp_raw_close(), so that a ccp
 * that is about to probe waits.
 *
 * Return: ERR_PTR: -EBUSY if there is none that is known or it cannot be spoken
 * to, -ENOMEM.
 */
struct psp_raw *psp_raw_open(bool bound, const u64 *deadline_ns)
{
	struct psp_raw *r = kzalloc(sizeof(*r), GFP_KERNEL);
	int rc = -EBUSY;

	if (!r)
		return ERR_PTR(-ENOMEM);
	r->deadline_ns = deadline_ns;
	r->pdev = psp_mailbox_find(&r->mb);
	if (!r->pdev)
		goto err_free;
	device_lock(&r->pdev->dev);
	if (r->pdev->dev.driver && !bound && !ccpx_holds_psp(&r->pdev->dev))
		goto err_unlock;
	rc = -ENOMEM;
	r->buf = (void *)get_zeroed_page(GFP_KERNEL);
	if (!r->buf || !ccpx_psp_page(PAGE_LEGACY))
		goto err_page;
	rc = -EBUSY;
	if (pci_enable_device_mem(r->pdev))
		goto err_page;
	r->regs = pci_iomap(r->pdev, PSP_BAR, 0);
	if (!r->regs)
		goto err_disable;
	await_previous(r);
	return r;

err_disable:
	pci_disable_device(r->pdev);
err_page:
	free_page((unsigned long)r->buf);
err_unlock:
	device_unlock(&r->pdev->dev);
	pci_dev_put(r->pdev);
err_free:
	kfree(r);
	return ERR_PTR(rc);
}

void psp_raw_close(struct psp_raw *r)
{
	pci_iounmap(r->pdev, r->regs);
	pci_disable_device(r->pdev);
	device_unlock(&r->pdev->dev);
	pci_dev_put(r->pdev);
	/* a firmware that did not answer may still write there */
	if (!r->dead)
		free_page((unsigned long)r->buf);
	kfree(r);
}

static int read_once(struct psp_raw *r, u32 cmd, void *data, u32 len, void *target,
		     void *out, u32 out_len, u32 *status)
{
	int rc, rc2 = 0;

	if (r->dead)
		return -EBUSY;
	memset(target, 0, out_len);
	if (r->snp_init) {
		rc = page_to_firmware(PAGE_TARGET);
		if (rc)
			return rc;
	}
	rc = psp_raw_cmd(r, cmd, data, len, status);
	memcpy(out, target, out_len);
	if (r->snp_init)
		rc2 = page_from_firmware(r, PAGE_TARGET);
	else if (r->dead)
		ccpx_psp_page_lost();	/* it may still be written */
	if (!rc2 && !r->dead)
		memzero_explicit(target, out_len);
	return rc ?: rc2;
}

/**
 * psp_raw_read() - a command that writes its answer to a page of its own
 * @r: open
 * @cmd: enum ccpx_psp_cmd
 * @data: command buffer
 * @len: its bytes, at most CCPX_MAX_CMD_LEN
 * @target_pa: the field of @data that names the page; filled here
 * @out: the answer; undefined on error
 * @out_len: its bytes, at most a page
 * @status: as psp_raw_cmd()
 *
 * While SNP is initialized the firmware writes to Firmware pages only (56860, SNP_INIT). Nothing
 * of the answer stays in the page.
 *
 * Return: as psp_raw_cmd().
 */
int psp_raw_read(struct psp_raw *r, u32 cmd, void *data, u32 len, u64 *target_pa,
		 void *out, u32 out_len, u32 *status)
{
	void *target = ccpx_psp_page(PAGE_TARGET);
	int rc;

	if (!target)
		return -ENOMEM;
	*target_pa = __sme_pa(target);
	ccpx_mailbox_target(virt_to_phys(target));
	rc = read_once(r, cmd, data, len, target, out, out_len, status);
	if (rc != -EIO || *status != PSP_INVALID_PAGE_STATE || r->snp_init)
		return rc;
	/* only an initialized firmware asks for a Firmware page */
	r->snp_init = true;
	return read_once(r, cmd, data, len, target, out, out_len, status);
}

/**
 * psp_raw_snp_state() - SNP_PLATFORM_STATUS through the mailbox
 * @r: open; learns whether SNP is initialized
 * @s: the firmware's answer; undefined on error
 *
 * Return: as psp_raw_cmd().
 */
int psp_raw_snp_state(struct psp_raw *r, struct psp_snp_platform_status *s)
{
	u32 status = CCPX_PSP_NO_STATUS;
	struct psp_snp_addr addr;
	int rc;

	rc = psp_raw_read(r, PSP_SNP_PLATFORM_STATUS, &addr, sizeof(addr), &addr.pa,
			  s, sizeof(*s), &status);
	if (!rc)
		r->snp_init = s->state == RMPP_SNP_INIT;
	return rc;
}
