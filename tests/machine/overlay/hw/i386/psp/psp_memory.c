// SPDX-License-Identifier: GPL-2.0-only
/* The firmware's own accesses to memory: physical, and past the RMP. */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "exec/address-spaces.h"
#include "psp.h"
#include "target/i386/snp/core.h"
#include "target/i386/snp/touch.h"

/**
 * psp_mem_read - read the machine's memory
 * @pa: physical address
 * @buf: where to
 * @len: bytes
 *
 * Return: false if there is no memory.
 */
bool psp_mem_read(hwaddr pa, void *buf, uint64_t len)
{
	return address_space_read(&address_space_memory, pa,
				  MEMTXATTRS_UNSPECIFIED, buf, len) == MEMTX_OK;
}

/**
 * psp_mem_write - write the machine's memory
 * @pa: physical address
 * @buf: where from
 * @len: bytes
 *
 * Return: false if there is no memory.
 */
bool psp_mem_write(hwaddr pa, const void *buf, uint64_t len)
{
	snp_core_write(SNP_CORE_PSP, pa);
	return address_space_write(&address_space_memory, pa,
				   MEMTXATTRS_UNSPECIFIED, buf, len) == MEMTX_OK;
}

/**
 * psp_mem_writable - whether the firmware agrees to write somewhere
 * @s: the device
 * @pa: physical address
 * @len: bytes
 *
 * While SNP is INIT the firmware writes to Firmware and Default pages only,
 * for legacy commands too (AMD 56860, on SEV legacy commands), and those that
 * it uses itself, the RMP and the TMR, are not for answers. A caller
 * that did not see to it gave its commands in the wrong order.
 *
 * Return: true if it does.
 */
bool psp_mem_writable(PspState *s, hwaddr pa, uint64_t len)
{
	if (s->snp_state != PSP_SNP_INIT)
		return true;
	for (hwaddr at = pa & ~(PSP_PAGE - 1); at < pa + len; at += PSP_PAGE) {
		enum rmp_state state = rmp_page_state(at);

		if ((state != RMP_FIRMWARE && state != RMP_DEFAULT) ||
		    rmp_is_table(at) || psp_tmr_contains(s, at)) {
			psp_offence(s, SNP_OFFENCE_BUFFER, at);
			return false;
		}
	}
	return true;
}

/*
 * The tweak belongs to a page, and each block of 16 bytes has its own power
 * in it: a piece that starts inside of a page is done with zeros before it.
 */
static void page_part_crypt(void *xts, hwaddr pa, uint8_t *buf, uint64_t len,
			    bool encrypt)
{
	uint64_t before = pa % PSP_PAGE;
	uint8_t page[PSP_PAGE];

	if (!before) {
		psp_xts_page(xts, pa, buf, len, encrypt);
		return;
	}
	memset(page, 0, before);
	memcpy(page + before, buf, len);
	psp_xts_page(xts, pa - before, page, before + len, encrypt);
	memcpy(buf, page + before, len);
}

/**
 * psp_buf_crypt - en- or decrypt what is, or will be, somewhere in memory
 * @key: the guest's memory key
 * @pa: physical address that it belongs to, a multiple of 16
 * @buf: changed in place
 * @len: bytes, a multiple of 16, within one page
 * @encrypt: or else decrypt
 */
void psp_buf_crypt(const struct psp_key *key, hwaddr pa, uint8_t *buf,
		   uint64_t len, bool encrypt)
{
	void *xts = psp_xts_open(key->byte);

	page_part_crypt(xts, pa, buf, len, encrypt);
	psp_xts_close(xts);
}

static bool apply_xts(const struct psp_key *key, hwaddr pa, uint64_t len,
		      bool encrypt)
{
	void *xts = psp_xts_open(key->byte);
	uint8_t buf[PSP_PAGE];
	bool ok = true;

	while (ok && len) {
		uint64_t part = MIN(len, PSP_PAGE - pa % PSP_PAGE);

		ok = psp_mem_read(pa, buf, part);
		if (ok) {
			page_part_crypt(xts, pa, buf, part, encrypt);
			ok = psp_mem_write(pa, buf, part);
		}
		pa += part;
		len -= part;
	}
	psp_xts_close(xts);
	return ok;
}

/**
 * psp_mem_encrypt - turn a guest's plaintext to ciphertext in place
 * @key: the guest's memory key
 * @pa: physical address, a multiple of 16
 * @len: bytes, a multiple of 16
 *
 * AES-128-XTS; data unit is the page, tweak its physical address, so the
 * ciphertext depends on the address as that of real hardware does (APM vol. 2,
 * 15.34), and a range can be encrypted in pieces.
 *
 * Return: false if there is no memory.
 */
bool psp_mem_encrypt(const struct psp_key *key, hwaddr pa, uint64_t len)
{
	return apply_xts(key, pa, len, true);
}

/**
 * psp_mem_decrypt - turn it back
 * @key: the guest's memory key
 * @pa: physical address, a multiple of 16
 * @len: bytes, a multiple of 16
 *
 * Return: false if there is no memory.
 */
bool psp_mem_decrypt(const struct psp_key *key, hwaddr pa, uint64_t len)
{
	return apply_xts(key, pa, len, false);
}

/**
 * psp_mem_copy - copy memory as it is
 * @to: physical address
 * @from: physical address
 * @len: bytes, whole pages
 *
 * Return: false if there is no memory.
 */
bool psp_mem_copy(hwaddr to, hwaddr from, uint64_t len)
{
	uint8_t page[PSP_PAGE];

	for (uint64_t done = 0; done < len; done += sizeof(page))
		if (!psp_mem_read(from + done, page, sizeof(page)) ||
		    !psp_mem_write(to + done, page, sizeof(page)))
			return false;
	return true;
}

/**
 * psp_mem_fill - fill memory with one byte
 * @pa: physical address
 * @byte: the byte
 * @len: bytes
 *
 * Return: false if there is no memory.
 */
bool psp_mem_fill(hwaddr pa, uint8_t byte, uint64_t len)
{
	return address_space_set(&address_space_memory, pa, byte, len,
				 MEMTXATTRS_UNSPECIFIED) == MEMTX_OK;
}

/* splitmix64: keys that look like keys, and are the same in every run. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/**
 * psp_mem_new_key - make a key for a new guest
 * @s: the device
 * @key: set
 *
 * Keys differ from guest to guest and are the same in every run.
 */
void psp_mem_new_key(PspState *s, struct psp_key *key)
{
	uint64_t seed = ++s->next_key;

	for (size_t i = 0; i < sizeof(key->byte); i += 8)
		stq_le_p(key->byte + i, mix(seed << 8 | i));
}

/**
 * psp_ranges_read - read a list of page ranges
 * @pa: physical address; a list has to fit one page (56860, SNP_INIT_EX)
 * @list: filled in
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status psp_ranges_read(hwaddr pa, struct psp_ranges *list)
{
	if (pa % PSP_PAGE || !psp_mem_read(pa, list, sizeof(*list)))
		return PSP_INVALID_ADDRESS;
	if (list->nr > PSP_MAX_RANGES || list->reserved)
		return PSP_INVALID_PARAM;
	for (uint32_t i = 0; i < list->nr; i++) {
		if (list->range[i].base % PSP_PAGE)
			return PSP_INVALID_ADDRESS;
		if (list->range[i].reserved)
			return PSP_INVALID_PARAM;
	}
	return PSP_SUCCESS;
}
