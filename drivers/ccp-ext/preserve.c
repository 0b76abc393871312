// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy "preserve" before the jump: the contexts of running SNP guests stay in the firmware,
 * their VMMs are stopped, and of a guest that may be debugged one page is decrypted and
 * remembered by checksum. The next kernel takes them over: adopt.c.
 */
#include "preserve.h"
#include "psp_abi.h"

#include <linux/mm.h>
#include <linux/slab.h>

/* the guests that stay at this jump; filled in the reboot path */
static struct rmpp_guest_ser staying[CCPX_MAX_GUESTS];
static struct rmpp_proof_ser proofs[CCPX_MAX_GUESTS];
static u32 nr_staying, nr_proofs;

/**
 * preserve_ask() - a guest's state, by the firmware
 * @psp: open
 * @gctx_pa: its context page
 * @s: filled
 *
 * Context: process. Return: true if the firmware has told.
 */
bool preserve_ask(struct ccpx_psp *psp, u64 gctx_pa, struct psp_snp_guest_status *s)
{
	u32 status;
	int rc = ccpx_psp_guest_status(psp, gctx_pa, s, &status);

	if (rc)
		pr_warn("guest %#llx: no GUEST_STATUS (%pe, firmware status %#x)\n", gctx_pa,
			ERR_PTR(rc), status);
	return !rc;
}

/**
 * preserve_page_sum() - CRC32C of a page's plaintext
 * @psp: open
 * @gctx_pa: context of the guest, which may be debugged
 * @page_pa: the page
 * @sum: set
 *
 * Context: process. Return: 0, -ENOMEM, or as ccpx_psp_dbg_decrypt().
 */
int preserve_page_sum(struct ccpx_psp *psp, u64 gctx_pa, u64 page_pa, u32 *sum)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	u32 status;
	int rc;

	if (!page)
		return -ENOMEM;
	rc = ccpx_psp_dbg_decrypt(psp, gctx_pa, page_pa, page, &status);
	if (rc)
		pr_warn("guest %#llx: page %#llx is not decrypted (%pe, firmware status %#x)\n",
			gctx_pa, page_pa, ERR_PTR(rc), status);
	else
		*sum = rmpp_crc32c(0, page, PAGE_SIZE);
	memzero_explicit(page, PAGE_SIZE);
	free_page((unsigned long)page);
	return rc;
}

/**
 * ccpx_preserve_sort() - which guests stay in the firmware
 * @psp: open
 * @guests: live guests; those that do not stay move to the front
 * @nr: entries in @guests
 *
 * Only an SNP guest that runs is whole: its pages are the RMP's, and it can be taken up again.
 * SEV and SEV-ES guests have no RMP that would say which pages are theirs, and a guest in the
 * middle of its launch belongs to a VMM that will not come back.
 *
 * Context: process, reboot path. Return: entries at the front, which do not stay.
 */
u32 ccpx_preserve_sort(struct ccpx_psp *psp, struct rmpp_guest_ser *guests, u32 nr)
{
	struct psp_snp_guest_status s;
	u32 i, ends = 0;

	nr_staying = 0;
	for (i = 0; i < nr && i < CCPX_MAX_GUESTS; i++) {
		struct rmpp_guest_ser *g = &guests[i];

		if (g->kind != RMPP_GUEST_SNP || !preserve_ask(psp, le64_to_cpu(g->gctx_pa), &s) ||
		    s.state != PSP_SNP_GUEST_RUNNING || !s.asid) {
			swap(guests[ends], guests[i]);
			ends++;
			continue;
		}
		g->fw_state = s.state;
		g->asid = cpu_to_le32(s.asid);
		staying[nr_staying++] = *g;
	}
	return ends;
}

/* A page of the guest whose bytes its owner may show: any that is private and validated. */
static u64 page_of(const struct rmpp_blob *blob, u32 asid)
{
	const struct rmpp_run_ser *run;
	u32 i;

	for (i = 0; (run = rmpp_blob_entry(blob, RMPP_SECTION_RMP_RUNS, i)); i++)
		if (run->state == RMPP_PAGE_GUEST_VALID && le16_to_cpu(run->asid) == asid &&
		    !(run->flags & RMPP_RUN_VMSA))
			return le64_to_cpu(run->pfn) << PAGE_SHIFT;
	return 0;
}

/* Return: entries in proofs. */
static u32 prove_all(struct ccpx_psp *psp, const struct rmpp_blob *blob)
{
	u32 i, n = 0, sum;

	for (i = 0; i < nr_staying; i++) {
		u64 gctx_pa = le64_to_cpu(staying[i].gctx_pa), pa;

		if (!(le64_to_cpu(staying[i].policy) & PSP_SNP_POLICY_DEBUG))
			continue;
		pa = page_of(blob, le32_to_cpu(staying[i].asid));
		if (!pa || preserve_page_sum(psp, gctx_pa, pa, &sum))
			continue;
		proofs[n++] = (struct rmpp_proof_ser) {
			.gctx_pa = cpu_to_le64(gctx_pa),
			.page_pa = cpu_to_le64(pa),
			.sum = cpu_to_le32(sum),
		};
	}
	return n;
}

/**
 * ccpx_preserve_prove() - remember a page of each guest that stays and may be debugged
 * @blob: a capture of now, whose runs tell whose pages are whose
 * @size: its bytes
 * @deadline_ns: as ccpx_psp_open()
 *
 * What cannot be proved is handed over all the same.
 *
 * Context: as above. Return: proofs; a capture that holds them is to be taken.
 */
u32 ccpx_preserve_prove(const void *blob, u64 size, u64 deadline_ns)
{
	struct rmpp_where where = { 0 };
	struct rmpp_blob checked;
	struct ccpx_psp psp;

	nr_proofs = 0;
	if (!nr_staying || rmpp_blob_check(&checked, blob, size, &where) ||
	    ccpx_psp_open(&psp, deadline_ns))
		return 0;
	nr_proofs = prove_all(&psp, &checked);
	ccpx_psp_close(&psp);
	return nr_proofs;
}

const struct rmpp_proof_ser *ccpx_preserve_proofs(u32 *nr)
{
	*nr = nr_proofs;
	return proofs;
}

/**
 * ccpx_preserve_stays() - is this one of the guests that stay?
 * @g: a guest of before; takes over what the firmware said of it if so
 *
 * Context: as above. Return: true if so.
 */
bool ccpx_preserve_stays(struct rmpp_guest_ser *g)
{
	u32 i;

	for (i = 0; i < nr_staying && g->kind == RMPP_GUEST_SNP; i++) {
		if (staying[i].gctx_pa != g->gctx_pa)
			continue;
		*g = staying[i];
		g->fate = RMPP_FATE_ALIVE;
		return true;
	}
	return false;
}

/* A next kernel that does not know of guests that stay would end them. */
u64 ccpx_preserve_incompat(void)
{
	return nr_staying ? RMPP_INCOMPAT_PRESERVE : 0;
}
