// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests' pages swapped out under the guest's offline key, with an entry of 64
 * bytes in a Metadata page or in the context that proves them unchanged (AMD
 * 56860, SNP_PAGE_SWAP_OUT, SNP_PAGE_SWAP_IN). Linux never sends these
 * commands: layouts are a guess.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "psp_crypto.h"
#include "psp_snp.h"

#define SWAP_2M		BIT(0)
#define SWAP_METADATA	BIT(1)	/* the page is itself a Metadata page */
#define SWAP_ROOT	BIT(2)	/* its entry is in the context */
#define SWAP_FLAGS	(SWAP_2M | SWAP_METADATA | SWAP_ROOT)

struct snp_page_swap {
	uint64_t gctx_pa;
	uint64_t src_pa;
	uint64_t dst_pa;
	uint64_t mdata_pa;
	uint64_t software_data;
	uint32_t flags;
	uint32_t reserved;
} QEMU_PACKED;

struct mdata {
	uint64_t software_data;
	uint64_t iv;
	uint8_t tag[16];
	uint64_t entry;		/* of the RMP, without its ASID; 0: unused */
	uint32_t flags;
	uint8_t reserved[20];
} QEMU_PACKED;

QEMU_BUILD_BUG_ON(sizeof(struct mdata) != sizeof_field(struct psp_snp_guest, root_mdata));

static enum psp_status swap_check(PspState *s, const struct snp_page_swap *c,
				  struct psp_guest **guest)
{
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, guest);

	if (status)
		return status;
	if ((*guest)->state == PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	if ((*guest)->policy & SNP_POLICY_PAGE_SWAP_DISABLE)
		return PSP_POLICY_FAILURE;
	if (!(*guest)->asid)
		return PSP_INACTIVE;
	if (c->flags & ~SWAP_FLAGS || c->reserved ||
	    (c->flags & SWAP_METADATA && c->flags & SWAP_2M))
		return PSP_INVALID_PARAM;
	return PSP_SUCCESS;
}

static enum psp_status mdata_get(struct psp_guest *guest,
				 const struct snp_page_swap *c, struct mdata *m)
{
	struct snp_page page;
	enum psp_status status;

	if (c->flags & SWAP_ROOT) {
		memcpy(m, guest->snp.root_mdata, sizeof(*m));
		return PSP_SUCCESS;
	}
	if (c->mdata_pa % sizeof(*m))
		return PSP_INVALID_ADDRESS;
	status = psp_snp_page_get(guest, c->mdata_pa & ~(PSP_PAGE - 1), false,
				  BIT(RMP_METADATA), &page);
	if (!status && !psp_mem_read(c->mdata_pa, m, sizeof(*m)))
		status = PSP_INVALID_ADDRESS;
	return status;
}

static void mdata_put(struct psp_guest *guest, const struct snp_page_swap *c,
		      const struct mdata *m)
{
	if (c->flags & SWAP_ROOT)
		memcpy(guest->snp.root_mdata, m, sizeof(*m));
	else
		psp_mem_write(c->mdata_pa, m, sizeof(*m));
}

/* To and from the guest's own encryption; Metadata pages have none. */
static void guest_crypt(const struct psp_guest *guest,
			const struct snp_page *page, uint8_t *data, bool encrypt)
{
	void *xts;

	if (!RMP_ASID(page->entry))
		return;
	xts = psp_xts_open(guest->key.byte);
	for (uint64_t at = 0; at < page->size; at += PSP_PAGE)
		psp_xts_page(xts, page->pa + at, data + at, PSP_PAGE, encrypt);
	psp_xts_close(xts);
}

/* The entry's own fields are authenticated with the data. */
static bool offline_crypt(struct psp_guest *guest, struct mdata *m,
			  uint8_t *data, uint64_t size, bool encrypt)
{
	uint8_t iv[12] = { 0 };
	uint64_t aad[3] = { m->software_data, m->entry, m->flags };

	memcpy(iv, &m->iv, sizeof(m->iv));
	return psp_gcm(guest->snp.oek, iv, aad, sizeof(aad), data, size, m->tag,
		       encrypt);
}

static enum psp_status page_out(PspState *s, struct psp_guest *guest,
				const struct snp_page_swap *c,
				const struct snp_page *src)
{
	g_autofree uint8_t *data = g_malloc(src->size);
	struct mdata m = {
		.software_data = c->software_data,
		.iv = guest->snp.next_iv,
		.entry = src->entry & ~RMP_ASID_MASK,
		.flags = c->flags & ~SWAP_ROOT,
	};

	if (!++guest->snp.next_iv)
		return PSP_AEAD_OFLOW;
	if (!psp_mem_read(src->pa, data, src->size))
		return PSP_INVALID_ADDRESS;
	guest_crypt(guest, src, data, false);
	offline_crypt(guest, &m, data, src->size, true);
	if (!psp_mem_write(c->dst_pa, data, src->size))
		return PSP_INVALID_ADDRESS;
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	mdata_put(guest, c, &m);
	psp_snp_page_set(src, RMP_ENTRY_FIRMWARE | (src->entry & RMP_2M));
	return PSP_SUCCESS;
}

static enum psp_status swap_out_run(PspState *s, uint8_t *buf)
{
	struct snp_page_swap *c = (void *)buf;
	struct psp_guest *guest;
	struct snp_page src;
	struct mdata m;
	enum psp_status status = swap_check(s, c, &guest);

	if (!status)
		status = psp_snp_page_get(guest, c->src_pa, c->flags & SWAP_2M,
					  c->flags & SWAP_METADATA ?
					  BIT(RMP_METADATA) :
					  BIT(RMP_PRE_GUEST) | BIT(RMP_PRE_SWAP),
					  &src);
	if (!status)
		status = mdata_get(guest, c, &m);
	if (status)
		return status;
	if (m.entry)
		return PSP_INVALID_MDATA_ENTRY;
	if (c->dst_pa % src.size)
		return PSP_INVALID_ADDRESS;
	if (!psp_mem_writable(s, c->dst_pa, src.size))
		return PSP_INVALID_PAGE_STATE;
	return page_out(s, guest, c, &src);
}

static enum psp_status page_in(PspState *s, struct psp_guest *guest,
			       const struct snp_page_swap *c, struct mdata *m,
			       const struct snp_page *dst)
{
	g_autofree uint8_t *data = g_malloc(dst->size);
	uint64_t asid = dst->entry & RMP_ASID_MASK;

	if (!psp_mem_read(c->src_pa, data, dst->size))
		return PSP_INVALID_ADDRESS;
	if (!offline_crypt(guest, m, data, dst->size, false))
		return PSP_BAD_MEASUREMENT;
	guest_crypt(guest, dst, data, true);
	psp_mem_write(dst->pa, data, dst->size);
	if (!psp_fault_step(s))
		return PSP_HWERROR_UNSAFE;
	/* A guest's page is its own again; a Metadata page stays immutable. */
	psp_snp_page_set(dst, asid ? asid | (m->entry & ~RMP_IMMUTABLE) : m->entry);
	memset(m, 0, sizeof(*m));
	mdata_put(guest, c, m);
	return PSP_SUCCESS;
}

static enum psp_status swap_in_run(PspState *s, uint8_t *buf)
{
	struct snp_page_swap *c = (void *)buf;
	struct psp_guest *guest;
	struct snp_page dst;
	struct mdata m;
	enum psp_status status = swap_check(s, c, &guest);

	if (!status)
		status = psp_snp_page_get(guest, c->dst_pa, c->flags & SWAP_2M,
					  c->flags & SWAP_METADATA ?
					  BIT(RMP_FIRMWARE) : BIT(RMP_PRE_GUEST),
					  &dst);
	if (!status)
		status = mdata_get(guest, c, &m);
	if (status)
		return status;
	if (c->src_pa % dst.size)
		return PSP_INVALID_ADDRESS;
	if (c->flags & SWAP_METADATA && !psp_mem_writable(s, c->dst_pa, dst.size))
		return PSP_INVALID_PAGE_STATE;
	if (!m.entry || m.flags != (c->flags & ~SWAP_ROOT))
		return PSP_INVALID_MDATA_ENTRY;
	if (!(c->flags & SWAP_METADATA) && (m.entry ^ dst.entry) & RMP_GPA_MASK)
		return PSP_INVALID_MDATA_ENTRY;
	return page_in(s, guest, c, &m, &dst);
}

const struct psp_command psp_snp_swap_commands[] = {
	{ 0xc0, "SNP_PAGE_SWAP_OUT", sizeof(struct snp_page_swap), PSP_CMD_SNP,
	  swap_out_run },
	{ 0xc1, "SNP_PAGE_SWAP_IN", sizeof(struct snp_page_swap), PSP_CMD_SNP,
	  swap_in_run },
	{ }
};
