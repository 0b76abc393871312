// SPDX-License-Identifier: GPL-2.0-only
/* Debug commands of the SEV-SNP firmware, for guests whose policy allows it. */
#include "qemu/osdep.h"
#include "psp_crypto.h"
#include "psp_snp.h"

#define GUEST_STATES	(BIT(RMP_PRE_GUEST) | BIT(RMP_PRE_SWAP) | \
			 BIT(RMP_GUEST_INVALID) | BIT(RMP_GUEST_VALID))

struct snp_dbg {
	uint64_t gctx_pa;
	uint64_t src_pa;
	uint64_t dst_pa;
} QEMU_PACKED;

static enum psp_status debug_check(PspState *s, const struct snp_dbg *c,
				   struct psp_guest **guest)
{
	enum psp_status status = psp_snp_guest_find(s, c->gctx_pa, guest);

	if (status)
		return status;
	if ((*guest)->state == PSP_SNP_GUEST_INIT)
		return PSP_INVALID_GUEST_STATE;
	if (!((*guest)->policy & SNP_POLICY_DEBUG))
		return PSP_POLICY_FAILURE;
	if (!(*guest)->asid)
		return PSP_INACTIVE;
	return c->src_pa % PSP_PAGE || c->dst_pa % PSP_PAGE ?
		PSP_INVALID_ADDRESS : PSP_SUCCESS;
}

/* A debug command is about 4 KiB, be it a part of a 2 MiB page. */
static enum psp_status guest_page_check(struct psp_guest *guest, hwaddr pa)
{
	struct snp_page page;
	enum psp_status status;

	status = psp_snp_page_get(guest, pa, false, GUEST_STATES, &page);
	return status == PSP_INVALID_PAGE_SIZE ? PSP_SUCCESS : status;
}

static enum psp_status convert(const struct psp_guest *guest, hwaddr src,
			       hwaddr dst, bool encrypt)
{
	void *xts = psp_xts_open(guest->key.byte);
	uint8_t page[PSP_PAGE];
	bool ok = psp_mem_read(src, page, sizeof(page));

	psp_xts_page(xts, encrypt ? dst : src, page, sizeof(page), encrypt);
	psp_xts_close(xts);
	return ok && psp_mem_write(dst, page, sizeof(page)) ?
		PSP_SUCCESS : PSP_INVALID_ADDRESS;
}

static enum psp_status dbg_decrypt_run(PspState *s, uint8_t *buf)
{
	struct snp_dbg *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = debug_check(s, c, &guest);

	if (!status)
		status = guest_page_check(guest, c->src_pa);
	if (status)
		return status;
	if (!psp_mem_writable(s, c->dst_pa, PSP_PAGE))
		return PSP_INVALID_PAGE_STATE;
	return convert(guest, c->src_pa, c->dst_pa, false);
}

static enum psp_status dbg_encrypt_run(PspState *s, uint8_t *buf)
{
	struct snp_dbg *c = (void *)buf;
	struct psp_guest *guest;
	enum psp_status status = debug_check(s, c, &guest);

	if (!status)
		status = guest_page_check(guest, c->dst_pa);
	return status ?: convert(guest, c->src_pa, c->dst_pa, true);
}

const struct psp_command psp_snp_debug_commands[] = {
	{ 0xb0, "SNP_DBG_DECRYPT", sizeof(struct snp_dbg), PSP_CMD_SNP,
	  dbg_decrypt_run },
	{ 0xb1, "SNP_DBG_ENCRYPT", sizeof(struct snp_dbg), PSP_CMD_SNP,
	  dbg_encrypt_run },
	{ }
};
