// SPDX-License-Identifier: GPL-2.0-only
/* The firmware's own accesses to memory: physical, and past the RMP. */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/host-utils.h"
#include "exec/address-spaces.h"
#include "psp.h"
#include "target/i386/snp/touch.h"

#define PAGE 4096ULL

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
 * for legacy commands too (AMD 56860, on SEV legacy commands). A caller
 * that did not see to it gave its commands in the wrong order.
 *
 * Return: true if it does.
 */
bool psp_mem_writable(PspState *s, hwaddr pa, uint64_t len)
{
	if (s->snp_state != PSP_SNP_INIT)
		return true;
	for (hwaddr at = pa & ~(PAGE - 1); at < pa + len; at += PAGE) {
		enum rmp_state state = rmp_page_state(at);

		if (state != RMP_FIRMWARE && state != RMP_DEFAULT) {
			psp_offence(s, SNP_OFFENCE_BUFFER, at);
			return false;
		}
	}
	return true;
}

/* splitmix64: enough to hide plaintext, no more is claimed. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static bool apply_keystream(const struct psp_key *key, hwaddr pa, uint64_t len)
{
	uint64_t word[PAGE / 8], secret = ldq_le_p(key->byte);

	for (uint64_t done = 0; done < len; done += PAGE) {
		uint64_t part = MIN(len - done, PAGE);

		if (!psp_mem_read(pa + done, word, part))
			return false;
		for (uint64_t i = 0; i < part / 8; i++)
			word[i] ^= mix(secret ^ mix(pa + done + i * 8));
		if (!psp_mem_write(pa + done, word, part))
			return false;
	}
	return true;
}

/**
 * psp_mem_encrypt - turn a guest's plaintext to ciphertext in place
 * @key: the guest's memory key
 * @pa: physical address, a multiple of 16
 * @len: bytes, a multiple of 16
 *
 * The ciphertext depends on the address, as that of real hardware does.
 *
 * Return: false if there is no memory.
 */
bool psp_mem_encrypt(const struct psp_key *key, hwaddr pa, uint64_t len)
{
	return apply_keystream(key, pa, len);
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
	return apply_keystream(key, pa, len);
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
	if (pa % PAGE || !psp_mem_read(pa, list, sizeof(*list)))
		return PSP_INVALID_ADDRESS;
	return list->nr > PSP_MAX_RANGES ? PSP_INVALID_PARAM : PSP_SUCCESS;
}
