// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talking to the firmware: through ccp where it is bound to the PSP, else
 * through the mailbox itself. The second way is what makes give-back possible
 * before ccp probes: a stock ccp that finds the firmware still INIT gives up.
 */
#include "ccp_ext.h"
#include "compat/compat.h"
#include "psp_abi.h"
#include "psp_raw.h"

#include <linux/io.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/slab.h>

static void errand_cmd(struct ccpx_errand *e)
{
	e->rc = ccpx_ccp_cmd(e->ccp, e->cmd, e->data, &e->psp_ret);
}

static void read_into(struct ccpx_errand *e, void *page)
{
	*e->target = __sme_pa(page);
	ccpx_mailbox_target(virt_to_phys(page));
	errand_cmd(e);
	memcpy(e->out, page, e->out_len);
}

/* The page is the firmware's from here until it has answered. */
static void errand_read(struct ccpx_errand *e)
{
	void *page = e->ccp->alloc_fw_page(GFP_KERNEL | __GFP_ZERO);

	if (!page) {
		e->rc = -ENOMEM;
		return;
	}
	read_into(e, page);
	/* it may still be written: ccp would free it if it believes SNP to be down */
	if (e->rc != -ETIMEDOUT)
		e->ccp->free_fw_page(page);
}

/*
 * ccp would make the page the firmware's, which a firmware that is shut down cannot undo. It
 * writes to any page then, and asks for one of its own as long as it is not.
 */
static void errand_read_plain(struct ccpx_errand *e)
{
	void *page = ccpx_psp_page(0);

	if (!page) {
		e->rc = -ENOMEM;
		return;
	}
	read_into(e, page);
	if (e->rc == -ETIMEDOUT)
		ccpx_psp_page_lost();	/* it may still be written */
}

static void errand_shutdown(struct ccpx_errand *e)
{
	e->ccp->platform_shutdown();
	e->rc = 0;
}

/* Within the time that there is, by the courier; else as long as ccp takes. */
static int run_errand(struct ccpx_psp *psp, struct ccpx_errand *e)
{
	int rc = 0;

	e->ccp = psp->ccp;
	if (psp->deadline_ns)
		rc = ccpx_courier_send(psp, e);
	else
		e->fn(e);
	return rc ?: e->rc;
}

static void errand_flush(struct ccpx_errand *e)
{
	e->rc = e->ccp->df_flush(&e->psp_ret);
}

/*
 * A ccp that met an initialized SNP firmware at probe has dropped its SEV state
 * and answers -ENODEV ever after; nobody else uses the mailbox then. One that offers no way to
 * send a command is asked by one of its own.
 */
static bool ccp_gave_up(struct ccpx_psp *psp)
{
	u8 buf[CCPX_MAX_CMD_LEN] __aligned(8) = { 0 };
	struct ccpx_errand status = {
		.fn = errand_cmd, .cmd = PSP_SEV_PLATFORM_STATUS, .data = buf,
	};
	struct ccpx_errand flush = { .fn = errand_flush, .cmd = PSP_SEV_DF_FLUSH };

	return run_errand(psp, psp->ccp->df_flush ? &flush : &status) == -ENODEV;
}

/**
 * ccpx_psp_open() - find a way to the firmware
 * @psp: filled; through ccp if it can speak to the firmware, else raw
 * @deadline_ns: ktime_get_ns() after which no command begins any more and none is waited for;
 * 0: as long as it takes. With one, ccpx_lock is held
 *
 * Context: process; the raw way holds the PSP's device lock until close.
 * Return: 0, -ENODEV if this CPU has no SEV, -EBUSY if the PSP cannot be reached,
 * -ENOMEM.
 */
int ccpx_psp_open(struct ccpx_psp *psp, u64 deadline_ns)
{
	struct ccpx_ccp *ccp = kzalloc(sizeof(*ccp), GFP_KERNEL);
	bool gave_up = false;

	*psp = (struct ccpx_psp) { .deadline_ns = deadline_ns };
	if (!ccp)
		return -ENOMEM;
	if (!ccpx_sev_capable()) {
		kfree(ccp);
		return -ENODEV;
	}
	if (!ccpx_ccp_get(ccp)) {
		psp->ccp = ccp;
		gave_up = ccp_gave_up(psp);
		if (!gave_up && !ccp->df_flush)
			return 0;
		/* the courier drops what it still needs */
		if (psp->abandoned)
			return -EBUSY;
		psp->ccp = NULL;
		ccpx_ccp_put(ccp);
	}
	kfree(ccp);
	psp->raw = psp_raw_open(gave_up, &psp->deadline_ns);
	return PTR_ERR_OR_ZERO(psp->raw);
}

void ccpx_psp_close(struct ccpx_psp *psp)
{
	if (psp->raw)
		psp_raw_close(psp->raw);
	/* the courier drops what it still needs */
	if (!psp->ccp || psp->abandoned)
		return;
	ccpx_ccp_put(psp->ccp);
	kfree(psp->ccp);
}

/**
 * ccpx_psp_cmd() - send one command and wait for its answer
 * @psp: open
 * @cmd: enum ccpx_psp_cmd
 * @data: command buffer, NULL if the command has none; output comes back in it
 * @len: its bytes, at most CCPX_MAX_CMD_LEN
 * @status: firmware's status, CCPX_PSP_NO_STATUS if it gave none
 *
 * Context: process. Return: 0; -EIO if the firmware refused (see @status); -ETIME if there was no
 * time left to send it; other -errno if it gave no answer, or gives none any more.
 */
int ccpx_psp_cmd(struct ccpx_psp *psp, u32 cmd, void *data, u32 len, u32 *status)
{
	u8 padded[CCPX_MAX_CMD_LEN] __aligned(8) = { 0 };
	struct ccpx_errand e = { .fn = errand_cmd, .cmd = cmd, .data = data ? padded : NULL };
	int rc;

	*status = CCPX_PSP_NO_STATUS;
	if (len > sizeof(padded))
		return -EINVAL;
	if (psp->raw)
		return psp_raw_cmd(psp->raw, cmd, data, len, status);

	/* ccp copies as many bytes as its own structure has, which may be more */
	if (data)
		memcpy(padded, data, len);
	rc = run_errand(psp, &e);
	if (data)
		memcpy(data, padded, len);
	if (!rc)
		*status = PSP_OK;
	else if (rc == -EIO)
		*status = e.psp_ret;
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

/* A command that writes its answer to a page, whose address goes into @target_pa, a field of @data. */
static int read_cmd(struct ccpx_psp *psp, u32 cmd, void *data, u32 len, u64 *target_pa,
		    void *out, u32 out_len, u32 *status)
{
	u8 padded[CCPX_MAX_CMD_LEN] __aligned(8) = { 0 };
	struct ccpx_errand e = {
		.fn = psp->behind_ccp ? errand_read_plain : errand_read,
		.cmd = cmd, .data = padded, .out = out, .out_len = out_len,
	};
	int rc;

	*status = CCPX_PSP_NO_STATUS;
	if (psp->raw)
		return psp_raw_read(psp->raw, cmd, data, len, target_pa, out, out_len, status);
	if (!psp->ccp->alloc_fw_page)
		return -EOPNOTSUPP;
	if (len > sizeof(padded) || out_len > PAGE_SIZE)
		return -EINVAL;
	memcpy(padded, data, len);
	e.target = (u64 *)(padded + ((u8 *)target_pa - (u8 *)data));
	rc = run_errand(psp, &e);
	if (!rc)
		*status = PSP_OK;
	else if (rc == -EIO)
		*status = e.psp_ret;
	return rc;
}

/**
 * ccpx_psp_guest_status() - SNP_GUEST_STATUS
 * @psp: open
 * @gctx_pa: the guest's context page
 * @s: the firmware's answer; undefined on error
 * @status: firmware's status, CCPX_PSP_NO_STATUS if it gave none
 *
 * Context: process. Return: as ccpx_psp_cmd(); -EOPNOTSUPP through a ccp that knows no SNP.
 */
int ccpx_psp_guest_status(struct ccpx_psp *psp, u64 gctx_pa, struct psp_snp_guest_status *s,
			  u32 *status)
{
	struct psp_snp_guest_status_cmd c = { .gctx_pa = gctx_pa };

	return read_cmd(psp, PSP_SNP_GUEST_STATUS, &c, sizeof(c), &c.status_pa, s, sizeof(*s), status);
}

/**
 * ccpx_psp_dbg_decrypt() - SNP_DBG_DECRYPT
 * @psp: open
 * @gctx_pa: context of a guest whose policy allows debugging
 * @src_pa: a page of the guest
 * @out: PAGE_SIZE bytes of plaintext; undefined on error
 * @status: as ccpx_psp_guest_status()
 *
 * Context, Return: as ccpx_psp_guest_status().
 */
int ccpx_psp_dbg_decrypt(struct ccpx_psp *psp, u64 gctx_pa, u64 src_pa, void *out, u32 *status)
{
	struct psp_snp_dbg c = { .gctx_pa = gctx_pa, .src_pa = src_pa };

	return read_cmd(psp, PSP_SNP_DBG_DECRYPT, &c, sizeof(c), &c.dst_pa, out, PAGE_SIZE, status);
}

/*
 * SNP_DF_FLUSH has no buffer, so that a ccp that knows no SNP sends it as well, and is refused by its platform's state
 * unless that is INIT (56860).
 */
static int snp_state_by_flush(struct ccpx_psp *psp, u8 *state)
{
	u32 status;
	int rc = ccpx_psp_cmd(psp, PSP_SNP_DF_FLUSH, NULL, 0, &status);

	if (rc && rc != -EIO)
		return rc;
	if (!rc || status == PSP_WBINVD_REQUIRED)
		*state = RMPP_SNP_INIT;
	else if (status == PSP_INVALID_PLATFORM_STATE)
		*state = RMPP_SNP_UNINIT;
	else
		return -EOPNOTSUPP;
	return 0;
}

/**
 * ccpx_psp_snp_state() - SNP_PLATFORM_STATUS
 * @psp: open
 * @state: RMPP_SNP_*
 * @guests: SNP contexts
 *
 * Where no CPU has SNP_EN set the firmware cannot be initialized (56860,
 * SNP_INIT_EX), and a kernel whose ccp knows no SNP cannot have changed what
 * was read before it probed: then the watched state is the answer. Where nothing was read (the
 * firmware was left alone), SNP_DF_FLUSH's is.
 *
 * Return: 0, or as ccpx_psp_cmd(); outputs untouched on error.
 */
int ccpx_psp_snp_state(struct ccpx_psp *psp, u8 *state, u32 *guests)
{
	struct psp_snp_platform_status s = { 0 };
	struct ccpx_watch_state w;
	struct psp_snp_addr c;
	u32 status;
	int rc;

	if (psp->raw) {
		rc = psp_raw_snp_state(psp->raw, &s);
	} else if (psp->ccp->alloc_fw_page) {
		rc = read_cmd(psp, PSP_SNP_PLATFORM_STATUS, &c, sizeof(c), &c.pa, &s, sizeof(s),
			      &status);
		/* only an initialized firmware asks for a Firmware page: ccp was right */
		if (rc == -EIO && status == PSP_INVALID_PAGE_STATE && psp->behind_ccp) {
			psp->behind_ccp = false;
			ccpx_gate_hold_sev(false);
			rc = read_cmd(psp, PSP_SNP_PLATFORM_STATUS, &c, sizeof(c), &c.pa, &s,
				      sizeof(s), &status);
		}
	} else {
		ccpx_watch_get(&w);
		if (w.snp_state == RMPP_STATE_UNKNOWN)
			return snp_state_by_flush(psp, state);
		*state = w.snp_state;
		return 0;
	}
	if (rc)
		return rc;
	*state = s.state;
	*guests = s.guest_count;
	return 0;
}

/* ccp is bound and offers its own shutdown (see compat.h; not all that know SNP do). */
bool ccpx_psp_can_shutdown(struct ccpx_psp *psp)
{
	return !psp->raw && psp->ccp->platform_shutdown &&
	       ccpx_params.snp_shutdown == CCPX_SHUTDOWN_BEST;
}

/* ccp is bound and knows SNP's commands. */
bool ccpx_psp_takes_snp(struct ccpx_psp *psp)
{
	return !psp->raw && psp->ccp->do_cmd && psp->ccp->alloc_fw_page &&
	       ccpx_params.snp_shutdown != CCPX_SHUTDOWN_NONE;
}

/**
 * ccpx_psp_free_iommu() - the IOMMU's pages become the hypervisor's again
 * @psp: open through ccp
 *
 * ccp does this as the last thing of its own shutdown (amd_iommu_snp_disable()). Pages that are left
 * out are kept out of the next kernel.
 *
 * Context: process, SNP was shut down. Return: 0 or -errno.
 */
int ccpx_psp_free_iommu(struct ccpx_psp *psp)
{
	return psp->ccp->iommu_snp_disable ? psp->ccp->iommu_snp_disable() : -EOPNOTSUPP;
}

/**
 * ccpx_psp_platform_shutdown() - let ccp itself shut SEV and SNP down
 * @psp: open
 *
 * ccp's own function also returns the TMR and the IOMMU's pages and keeps its
 * cached state right; a second call after success does nothing. Its result is
 * read back from the firmware.
 *
 * Context: process, ccpx_psp_can_shutdown(). Return: 0 if it came back; -errno as ccpx_courier_send().
 */
int ccpx_psp_platform_shutdown(struct ccpx_psp *psp)
{
	/* what it sends last is what it may hang in */
	struct ccpx_errand e = { .fn = errand_shutdown, .cmd = PSP_SNP_SHUTDOWN_EX };

	return run_errand(psp, &e);
}
