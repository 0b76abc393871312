// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talking to the firmware: through ccp where it is bound to the PSP, else
 * through the mailbox itself. The second way is what makes give-back possible
 * before ccp probes: a stock ccp that finds the firmware still INIT gives up.
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "psp_abi.h"

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

/* drivers/crypto/ccp/sp-pci.c, struct sev_vdata: mailbox of the PSP by PCI id */
struct mailbox {
	u16	device;
	u32	cmdresp, addr_lo, addr_hi;
};

static const struct mailbox mailboxes[] = {
	{ 0x1456, 0x10580, 0x105e0, 0x105e4 },	/* Zen 1 */
	{ 0x1486, 0x10980, 0x109e0, 0x109e4 },	/* Zen 2, Zen 3 */
	{ 0x14ca, 0x10980, 0x109e0, 0x109e4 },	/* Zen 3, Zen 4 */
	{ 0x156e, 0x10980, 0x109e0, 0x109e4 },	/* Zen 5 */
};

#define PSP_BAR			2
#define CMDRESP_RESPONSE	BIT(31)
#define CMDRESP_CMD_SHIFT	16
#define CMDRESP_STATUS		0xffff
/* nothing that is sent raw initializes anything, so no answer takes long */
#define RAW_TIMEOUT_MS		20000
#define MAX_CMD_LEN		128

/*
 * Pages of the PSP block, which become Firmware pages. At most one at a time, and
 * nothing in the block is written meanwhile: the direct map covers it with one
 * large page. Buffers that stay the hypervisor's lie elsewhere.
 */
enum { PAGE_TARGET, PAGE_LEGACY };

struct raw {
	struct pci_dev	*pdev;
	void __iomem	*regs;
	const struct mailbox *mb;
	void		*buf;		/* command buffer in ordinary memory */
	bool		snp_init;	/* legacy buffers must be Firmware pages */
	bool		dead;
};

struct ccp_way {
	struct ccpx_ccp	ccp;
};

static int raw_send(struct raw *r, u32 cmd, u64 pa, u32 *status)
{
	ktime_t timeout = ktime_add_ms(ktime_get(), RAW_TIMEOUT_MS);
	u32 reg;

	if (r->dead)
		return -EBUSY;
	iowrite32(lower_32_bits(pa), r->regs + r->mb->addr_lo);
	iowrite32(upper_32_bits(pa), r->regs + r->mb->addr_hi);
	iowrite32(cmd << CMDRESP_CMD_SHIFT, r->regs + r->mb->cmdresp);
	for (;;) {
		reg = ioread32(r->regs + r->mb->cmdresp);
		if (reg & CMDRESP_RESPONSE)
			break;
		if (ktime_after(ktime_get(), timeout)) {
			r->dead = true;
			pr_err("PSP does not answer command %#x\n", cmd);
			return -ETIMEDOUT;
		}
		usleep_range(20, 50);
	}
	*status = reg & CMDRESP_STATUS;
	return *status ? -EIO : 0;
}

/* buf: NULL for a command without data */
static int raw_cmd_at(struct raw *r, u32 cmd, void *buf, u32 *status)
{
	u64 t0 = ktime_get_ns();
	int rc;

	rc = raw_send(r, cmd, buf ? __sme_pa(buf) : 0, status);
	ccpx_watch_own(cmd, buf, buf ? virt_to_phys(buf) : 0, *status, ktime_get_ns() - t0);
	return rc;
}

static int page_to_firmware(unsigned int page)
{
	struct ccpx_rmp_state state = { .assigned = 1, .immutable = 1 };
	int rc = ccpx_rmpupdate(page_to_pfn(virt_to_page(ccpx_psp_page(page))), &state);

	return rc ? -EFAULT : 0;
}

/* Firmware -> Reclaim -> Hypervisor. A page that will not come back takes its block along. */
static int page_from_firmware(struct raw *r, unsigned int page)
{
	struct psp_snp_addr addr = { virt_to_phys(ccpx_psp_page(page)) };
	u32 status = CCPX_PSP_NO_STATUS;
	int rc;

	memcpy(r->buf, &addr, sizeof(addr));
	rc = raw_cmd_at(r, PSP_SNP_PAGE_RECLAIM, r->buf, &status);
	if (!rc && ccpx_rmp_make_shared(addr.pa >> PAGE_SHIFT, false))
		rc = -EFAULT;
	if (rc) {
		pr_warn("firmware keeps page %#llx (%d, status %#x)\n", addr.pa, rc, status);
		ccpx_psp_page_lost();
	}
	return rc;
}

static int raw_cmd(struct raw *r, u32 cmd, void *data, u32 len, u32 *status)
{
	bool firmware = data && r->snp_init && cmd < PSP_FIRST_SNP_CMD;
	void *buf = firmware ? ccpx_psp_page(PAGE_LEGACY) : r->buf;
	int rc, rc2;

	if (!buf)
		return -ENOMEM;
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

static struct pci_dev *find_psp(const struct mailbox **mb)
{
	struct pci_dev *pdev = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mailboxes) && !pdev; i++) {
		pdev = pci_get_device(PCI_VENDOR_ID_AMD, mailboxes[i].device, NULL);
		*mb = &mailboxes[i];
	}
	return pdev;
}

/* The machine has a PSP that speaks SEV. */
bool ccpx_psp_present(void)
{
	const struct mailbox *mb;
	struct pci_dev *pdev = find_psp(&mb);

	pci_dev_put(pdev);
	return pdev;
}

/* bound: ccp has the device, but has given its SEV half up */
static int raw_open(struct raw *r, bool bound)
{
	r->pdev = find_psp(&r->mb);
	if (!r->pdev)
		return -ENODEV;
	/* keeps ccp's probe waiting while we speak */
	device_lock(&r->pdev->dev);
	r->buf = (void *)get_zeroed_page(GFP_KERNEL);
	if ((r->pdev->dev.driver && !bound) || !r->buf || !ccpx_psp_page(PAGE_LEGACY))
		goto err_unlock;
	if (pci_enable_device_mem(r->pdev))
		goto err_unlock;
	r->regs = pci_iomap(r->pdev, PSP_BAR, 0);
	if (!r->regs)
		goto err_disable;
	return 0;

err_disable:
	pci_disable_device(r->pdev);
err_unlock:
	free_page((unsigned long)r->buf);
	device_unlock(&r->pdev->dev);
	pci_dev_put(r->pdev);
	return -ENODEV;
}

static void raw_close(struct raw *r)
{
	pci_iounmap(r->pdev, r->regs);
	pci_disable_device(r->pdev);
	device_unlock(&r->pdev->dev);
	pci_dev_put(r->pdev);
	free_page((unsigned long)r->buf);
}

/*
 * A ccp that met an initialized SNP firmware at probe has dropped its SEV state
 * and answers -ENODEV ever after; nobody else uses the mailbox then.
 */
static bool ccp_gave_up(struct ccpx_ccp *ccp)
{
	u8 buf[MAX_CMD_LEN] __aligned(8) = { 0 };
	int err;

	return ccpx_ccp_cmd(ccp, PSP_SEV_PLATFORM_STATUS, buf, &err) == -ENODEV;
}

/**
 * ccpx_psp_open() - find a way to the firmware
 * @psp: filled; through ccp if it can speak to the firmware, else raw
 *
 * Context: process; the raw way holds the PSP's device lock until close.
 * Return: 0, -ENODEV if there is no PSP, -ENOMEM.
 */
int ccpx_psp_open(struct ccpx_psp *psp)
{
	struct ccp_way *c = kzalloc(sizeof(*c), GFP_KERNEL);
	struct raw *r = kzalloc(sizeof(*r), GFP_KERNEL);
	bool bound = false;
	int rc = -ENOMEM;

	if (!c || !r)
		goto err;
	psp->raw = false;
	psp->priv = c;
	rc = ccpx_ccp_get(&c->ccp);
	if (!rc && ccp_gave_up(&c->ccp)) {
		ccpx_ccp_put(&c->ccp);
		bound = true;
	} else if (!rc) {
		kfree(r);
		return 0;
	}
	rc = raw_open(r, bound);
	if (!rc) {
		psp->raw = true;
		psp->priv = r;
		kfree(c);
		return 0;
	}
err:
	kfree(r);
	kfree(c);
	psp->priv = NULL;
	return rc;
}

void ccpx_psp_close(struct ccpx_psp *psp)
{
	if (!psp->priv)
		return;
	if (psp->raw)
		raw_close(psp->priv);
	else
		ccpx_ccp_put(&((struct ccp_way *)psp->priv)->ccp);
	kfree(psp->priv);
	psp->priv = NULL;
}

/**
 * ccpx_psp_cmd() - send one command and wait for its answer
 * @psp: open
 * @cmd: enum ccpx_psp_cmd
 * @data: command buffer, NULL if the command has none; output comes back in it
 * @len: its bytes, at most MAX_CMD_LEN
 * @status: firmware's status, CCPX_PSP_NO_STATUS if it gave none
 *
 * Context: process. Return: 0; -EIO if the firmware refused (see @status);
 * other -errno if it gave no answer.
 */
int ccpx_psp_cmd(struct ccpx_psp *psp, u32 cmd, void *data, u32 len, u32 *status)
{
	u8 padded[MAX_CMD_LEN] __aligned(8) = { 0 };
	int err = 0, rc;

	*status = CCPX_PSP_NO_STATUS;
	if (len > sizeof(padded))
		return -EINVAL;
	if (psp->raw)
		return raw_cmd(psp->priv, cmd, data, len, status);

	/* ccp copies as many bytes as its own structure has, which may be more */
	if (data)
		memcpy(padded, data, len);
	rc = ccpx_ccp_cmd(&((struct ccp_way *)psp->priv)->ccp, cmd, data ? padded : NULL, &err);
	if (data)
		memcpy(data, padded, len);
	if (!rc)
		*status = PSP_OK;
	else if (rc == -EIO)
		*status = err;
	return rc;
}

/**
 * ccpx_psp_sev_state() - PLATFORM_STATUS
 * @psp: open
 * @state: RMPP_SEV_*
 * @major: API version
 * @minor: API version
 * @build: firmware build
 * @guests: SEV and SEV-ES contexts
 *
 * Return: 0, or as ccpx_psp_cmd(); outputs untouched on error.
 */
int ccpx_psp_sev_state(struct ccpx_psp *psp, u8 *state, u8 *major, u8 *minor,
		       u32 *build, u32 *guests)
{
	struct psp_sev_platform_status s = { 0 };
	u32 status;
	int rc = ccpx_psp_cmd(psp, PSP_SEV_PLATFORM_STATUS, &s, sizeof(s), &status);

	if (rc)
		return rc;
	*state = s.state;
	*major = s.api_major;
	*minor = s.api_minor;
	*build = s.build;
	*guests = s.guest_count;
	return 0;
}

static int raw_snp_state(struct raw *r, struct psp_snp_platform_status *s)
{
	void *target = ccpx_psp_page(PAGE_TARGET);
	u32 status = CCPX_PSP_NO_STATUS;
	struct psp_snp_addr addr;
	int rc, rc2;

	if (!target)
		return -ENOMEM;
	addr.pa = __sme_pa(target);
	memset(target, 0, sizeof(*s));
	rc = raw_cmd(r, PSP_SNP_PLATFORM_STATUS, &addr, sizeof(addr), &status);
	if (rc == -EIO && status == PSP_INVALID_PAGE_STATE) {
		/* only an initialized firmware asks for a Firmware page */
		r->snp_init = true;
		rc = page_to_firmware(PAGE_TARGET);
		if (rc)
			return rc;
		rc = raw_cmd(r, PSP_SNP_PLATFORM_STATUS, &addr, sizeof(addr), &status);
		memcpy(s, target, sizeof(*s));
		rc2 = page_from_firmware(r, PAGE_TARGET);
		return rc ?: rc2;
	}
	memcpy(s, target, sizeof(*s));
	return rc;
}

static int ccp_snp_state(struct ccpx_psp *psp, struct psp_snp_platform_status *s)
{
	struct ccpx_ccp *ccp = &((struct ccp_way *)psp->priv)->ccp;
	struct psp_snp_addr addr;
	void *page;
	u32 status;
	int rc;

	page = ccp->alloc_fw_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	addr.pa = __sme_pa(page);
	rc = ccpx_psp_cmd(psp, PSP_SNP_PLATFORM_STATUS, &addr, sizeof(addr), &status);
	memcpy(s, page, sizeof(*s));
	ccp->free_fw_page(page);
	return rc;
}

/**
 * ccpx_psp_snp_state() - SNP_PLATFORM_STATUS
 * @psp: open
 * @state: RMPP_SNP_*
 * @guests: SNP contexts
 *
 * Where no CPU has SNP_EN set the firmware cannot be initialized (56860,
 * SNP_INIT_EX), and a kernel whose ccp knows no SNP cannot have changed what
 * was read before it probed: then the watched state is the answer.
 *
 * Return: 0, or as ccpx_psp_cmd(); outputs untouched on error.
 */
int ccpx_psp_snp_state(struct ccpx_psp *psp, u8 *state, u32 *guests)
{
	struct psp_snp_platform_status s = { 0 };
	struct ccpx_watch_state w;
	int rc;

	if (psp->raw) {
		rc = raw_snp_state(psp->priv, &s);
	} else if (((struct ccp_way *)psp->priv)->ccp.alloc_fw_page) {
		rc = ccp_snp_state(psp, &s);
	} else {
		ccpx_watch_get(&w);
		if (w.snp_state == RMPP_STATE_UNKNOWN)
			return -EOPNOTSUPP;
		*state = w.snp_state;
		return 0;
	}
	if (rc)
		return rc;
	if (psp->raw)
		((struct raw *)psp->priv)->snp_init = s.state == RMPP_SNP_INIT;
	*state = s.state;
	*guests = s.guest_count;
	return 0;
}

/* ccp is bound and offers its own shutdown (since 6.9). */
bool ccpx_psp_can_shutdown(struct ccpx_psp *psp)
{
	return !psp->raw && ((struct ccp_way *)psp->priv)->ccp.platform_shutdown;
}

/**
 * ccpx_psp_platform_shutdown() - let ccp itself shut SEV and SNP down
 * @psp: open
 *
 * ccp's own function also returns the TMR and the IOMMU's pages and keeps its
 * cached state right; a second call after success does nothing. Its result is
 * read back from the firmware.
 *
 * Context: process, ccpx_psp_can_shutdown().
 */
void ccpx_psp_platform_shutdown(struct ccpx_psp *psp)
{
	((struct ccp_way *)psp->priv)->ccp.platform_shutdown();
}
