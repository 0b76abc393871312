// SPDX-License-Identifier: GPL-2.0-only
/* COPY and DBG_*: the firmware's hands in a guest's memory (AMD 55766). */
#include "qemu/osdep.h"
#include "psp_sev.h"

struct sev_dbg {
	uint32_t handle;
	uint32_t reserved;
	uint64_t src_pa;
	uint64_t dst_pa;
	uint32_t len;
} QEMU_PACKED;

struct sev_copy {
	uint32_t handle;
	uint32_t len;
	uint64_t src_pa;
	uint64_t dst_pa;
} QEMU_PACKED;

/**
 * sev_memory_check - whether the firmware can work on guest memory in place
 * @s: the device
 * @pa: physical address
 * @len: bytes
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_memory_check(PspState *s, hwaddr pa, uint32_t len)
{
	if (pa % SEV_BLOCK)
		return PSP_INVALID_ADDRESS;
	if (!len || len % SEV_BLOCK)
		return PSP_INVALID_LENGTH;
	return psp_mem_writable(s, pa, len) ? PSP_SUCCESS :
					      PSP_INVALID_PAGE_STATE;
}

static enum psp_status move_check(PspState *s, hwaddr src, hwaddr dst,
				  uint32_t len)
{
	if (src % SEV_BLOCK)
		return PSP_INVALID_ADDRESS;
	return sev_memory_check(s, dst, len);
}

/*
 * Piece by piece, none across a page of either side: what overlaps comes out
 * as on hardware only if it is copied upwards.
 */
static enum psp_status memory_move(PspState *s, struct psp_guest *guest,
				   hwaddr src, hwaddr dst, uint32_t len,
				   bool decrypt, bool encrypt)
{
	uint8_t page[PSP_PAGE];

	while (len) {
		uint32_t part = MIN(len, PSP_PAGE - MAX(src % PSP_PAGE,
							dst % PSP_PAGE));

		if (!psp_fault_step(s))
			return PSP_HWERROR_UNSAFE;
		if (!psp_mem_read(src, page, part))
			return PSP_INVALID_ADDRESS;
		if (decrypt)
			psp_buf_crypt(&guest->key, src, page, part, false);
		if (encrypt)
			psp_buf_crypt(&guest->key, dst, page, part, true);
		if (!psp_mem_write(dst, page, part))
			return PSP_INVALID_ADDRESS;
		src += part;
		dst += part;
		len -= part;
	}
	return PSP_SUCCESS;
}

/* A guess: not before there is plaintext to see, and not after it is gone. */
static bool has_memory(const struct psp_guest *guest)
{
	return guest->state != PSP_SEV_INVALID && guest->state != PSP_SEV_SENT;
}

static enum psp_status dbg(PspState *s, uint8_t *buf, bool encrypt)
{
	struct sev_dbg *c = (void *)buf;
	hwaddr src = sev_pa(c->src_pa), dst = sev_pa(c->dst_pa);
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (!has_memory(guest))
		return PSP_INVALID_GUEST_STATE;
	if (guest->policy & SEV_POLICY_NODBG)
		return PSP_POLICY_FAILURE;
	if (!guest->asid)
		return PSP_INACTIVE;
	status = move_check(s, src, dst, c->len);
	return status ?: memory_move(s, guest, src, dst, c->len, !encrypt, encrypt);
}

static enum psp_status dbg_decrypt_run(PspState *s, uint8_t *buf)
{
	return dbg(s, buf, false);
}

static enum psp_status dbg_encrypt_run(PspState *s, uint8_t *buf)
{
	return dbg(s, buf, true);
}

static enum psp_status copy_run(PspState *s, uint8_t *buf)
{
	struct sev_copy *c = (void *)buf;
	hwaddr src = sev_pa(c->src_pa), dst = sev_pa(c->dst_pa);
	struct psp_guest *guest;
	enum psp_status status = sev_guest_find(s, c->handle, &guest);

	if (status)
		return status;
	if (!has_memory(guest))
		return PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return PSP_INACTIVE;
	status = move_check(s, src, dst, c->len);
	return status ?: memory_move(s, guest, src, dst, c->len, true, true);
}

const struct psp_command psp_sev_memory_commands[] = {
	{ 0x24, "COPY", sizeof(struct sev_copy), 0, copy_run },
	{ 0x60, "DBG_DECRYPT", sizeof(struct sev_dbg), 0, dbg_decrypt_run },
	{ 0x61, "DBG_ENCRYPT", sizeof(struct sev_dbg), 0, dbg_encrypt_run },
	{ }
};
