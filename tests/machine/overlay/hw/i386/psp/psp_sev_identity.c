// SPDX-License-Identifier: GPL-2.0-only
/*
 * The platform's keys and its owner, and where they are kept: in flash, or in
 * memory of the host that INIT_EX names (55766, INIT_EX). AMD does not tell
 * that area's layout; this one is sealed by a key of the chip all the same.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "psp_sev.h"

#define NV_MAGIC	0x3158454e564553ULL	/* "SEVNEX1" */
#define NV_SIZE		0x8000

struct nv_area {
	uint64_t magic;
	uint64_t generation;
	struct psp_identity sealed;
	uint8_t mac[PSP_DIGEST];
	uint8_t rest[NV_SIZE - 16 - sizeof(struct psp_identity) - PSP_DIGEST];
} QEMU_PACKED;
QEMU_BUILD_BUG_ON(sizeof(struct nv_area) != NV_SIZE);

static const uint8_t chip_key[PSP_AES_KEY] = "no chip, no key";

static void new_secret(uint8_t *secret)
{
	psp_random(secret, PSP_EC);
	secret[0] &= 0x7f;	/* below the order of the curve */
}

static void nv_seal(struct nv_area *nv, struct psp_identity *identity)
{
	uint8_t iv[PSP_AES_BLOCK] = { 0 };

	stq_le_p(iv, nv->generation);
	psp_ctr(chip_key, iv, identity, sizeof(*identity));
}

static void nv_mac(const struct nv_area *nv, uint8_t *mac)
{
	struct psp_piece pieces[] = {
		{ nv, offsetof(struct nv_area, mac) },
		{ nv->rest, sizeof(nv->rest) },
	};

	psp_hmac(chip_key, sizeof(chip_key), pieces, ARRAY_SIZE(pieces), mac);
}

static bool nv_fresh(const struct nv_area *nv)
{
	const uint8_t *byte = (const void *)nv;

	for (size_t i = 0; i < sizeof(*nv); i++)
		if (byte[i] != 0xff)
			return false;
	return true;
}

/* Fresh areas leave the identity invalid. */
static bool nv_open(const struct nv_area *nv, struct psp_identity *identity)
{
	struct nv_area copy = *nv;
	uint8_t mac[PSP_DIGEST];

	memset(identity, 0, sizeof(*identity));
	if (nv_fresh(nv))
		return true;
	nv_mac(nv, mac);
	if (nv->magic != NV_MAGIC || !psp_mac_equal(mac, nv->mac))
		return false;
	nv_seal(&copy, &copy.sealed);
	*identity = copy.sealed;
	return true;
}

/**
 * sev_identity_load - what INIT and INIT_EX begin with
 * @s: the device
 * @nv_pa: where the host keeps it, or 0 for flash
 *
 * An area that is neither all ones nor what was written is refused, and
 * made fresh: Linux tries once more (drivers/crypto/ccp, SECURE_DATA_INVALID).
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_identity_load(PspState *s, hwaddr nv_pa)
{
	g_autofree struct nv_area *nv = g_new(struct nv_area, 1);

	s->nv_pa = nv_pa;
	if (!nv_pa) {
		s->identity = s->flash;
	} else if (!psp_mem_read(nv_pa, nv, sizeof(*nv))) {
		return PSP_INVALID_ADDRESS;
	} else if (!nv_open(nv, &s->identity)) {
		psp_mem_fill(nv_pa, 0xff, NV_SIZE);
		return PSP_SECURE_DATA_INVALID;
	}
	if (!s->identity.valid) {
		sev_identity_new_pek(s);
		s->identity.valid = true;
	}
	return PSP_SUCCESS;
}

/**
 * sev_identity_save - write it where it is kept
 * @s: the device
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_identity_save(PspState *s)
{
	g_autofree struct nv_area *nv = g_new0(struct nv_area, 1);

	s->identity.generation++;
	if (!s->nv_pa) {
		s->flash = s->identity;
		return PSP_SUCCESS;
	}
	if (!psp_mem_writable(s, s->nv_pa, NV_SIZE))
		return PSP_INVALID_PAGE_STATE;
	nv->magic = NV_MAGIC;
	nv->generation = s->identity.generation;
	nv->sealed = s->identity;
	nv_seal(nv, &nv->sealed);
	nv_mac(nv, nv->mac);
	return psp_mem_write(s->nv_pa, nv, NV_SIZE) ? PSP_SUCCESS :
						      PSP_INVALID_ADDRESS;
}

/**
 * sev_identity_forget - as FACTORY_RESET does
 * @s: the device
 *
 * A guess: the area that the last INIT_EX named is reset too, because Linux
 * writes it to its file after this command (sev_write_init_ex_file_if_required).
 *
 * Return: PSP_SUCCESS or why not.
 */
enum psp_status sev_identity_forget(PspState *s)
{
	if (s->nv_pa && !psp_mem_writable(s, s->nv_pa, NV_SIZE))
		return PSP_INVALID_PAGE_STATE;
	if (s->nv_pa)
		psp_mem_fill(s->nv_pa, 0xff, NV_SIZE);
	memset(&s->flash, 0, sizeof(s->flash));
	memset(&s->identity, 0, sizeof(s->identity));
	return PSP_SUCCESS;
}

/**
 * sev_identity_new_pek - new keys, and nobody's platform but its own
 * @s: the device
 */
void sev_identity_new_pek(PspState *s)
{
	new_secret(s->identity.oca);
	new_secret(s->identity.pek);
	new_secret(s->identity.pdh);
	memset(&s->identity.owner, 0, sizeof(s->identity.owner));
	s->identity.owned = false;
}
