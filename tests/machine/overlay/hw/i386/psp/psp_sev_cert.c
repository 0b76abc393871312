// SPDX-License-Identifier: GPL-2.0-only
/*
 * Certificates of the platform (AMD 55766). Keys and formats are real; the
 * signatures are digests that look like some, and nobody verifies them.
 */
#include "qemu/osdep.h"
#include "psp_sev.h"
#include "target/i386/snp/host.h"

enum cert_usage {
	USAGE_INVALID	= 0x1000,
	USAGE_OCA	= 0x1001,
	USAGE_PEK	= 0x1002,
	USAGE_PDH	= 0x1003,
	USAGE_CEK	= 0x1004,
};

#define ALGO_ECDSA_SHA256	0x2
#define ALGO_ECDH_SHA256	0x3
#define CURVE_P384		2

struct sev_buffer {
	uint64_t pa;
	uint32_t len;
} QEMU_PACKED;

struct sev_pdh_export {
	struct sev_buffer pdh;
	uint32_t reserved;
	struct sev_buffer chain;
} QEMU_PACKED;

struct sev_pek_import {
	struct sev_buffer pek;
	uint32_t reserved;
	struct sev_buffer oca;
} QEMU_PACKED;

/* The chip's own key signs nothing but the PEK. */
static const uint8_t cek_secret[PSP_EC] = { [PSP_EC - 1] = 0x5e };

static void reverse(uint8_t *to, const uint8_t *from)
{
	for (int i = 0; i < PSP_EC; i++)
		to[i] = from[PSP_EC - 1 - i];
}

/**
 * sev_cert_point - the public key of a certificate
 * @cert: the certificate
 * @point: set
 *
 * Return: false if it is no certificate with a key of P-384. That the key is
 * a point of the curve is not looked at.
 */
bool sev_cert_point(const struct sev_cert *cert, struct psp_ec_point *point)
{
	if (cert->version != 1 || cert->curve != CURVE_P384)
		return false;
	reverse(point->x, cert->x);
	reverse(point->y, cert->y);
	return true;
}

static void cert_make(struct sev_cert *cert, enum cert_usage usage,
		      const struct psp_ec_point *public)
{
	*cert = (struct sev_cert) {
		.version = 1,
		.api_major = snp_host->api_major,
		.api_minor = snp_host->api_minor,
		.usage = usage,
		.algo = usage == USAGE_PDH ? ALGO_ECDH_SHA256 : ALGO_ECDSA_SHA256,
		.curve = CURVE_P384,
	};
	reverse(cert->x, public->x);
	reverse(cert->y, public->y);
	for (int i = 0; i < ARRAY_SIZE(cert->sig); i++)
		cert->sig[i].usage = USAGE_INVALID;
}

static void cert_of(struct sev_cert *cert, enum cert_usage usage,
		    const uint8_t *secret)
{
	struct psp_ec_point public;

	psp_ec_public(secret, &public);
	cert_make(cert, usage, &public);
}

static void cert_sign(struct sev_cert *cert, int slot, enum cert_usage usage,
		      const uint8_t *secret)
{
	struct psp_piece body = { cert, offsetof(struct sev_cert, sig) };

	cert->sig[slot].usage = usage;
	cert->sig[slot].algo = ALGO_ECDSA_SHA256;
	psp_hmac(secret, PSP_EC, &body, 1, cert->sig[slot].value);
	psp_hmac(secret, PSP_EC - 1, &body, 1, cert->sig[slot].value + 72);
}

/**
 * sev_cert_pdh - the certificate for the other side of a migration
 * @s: the device
 * @cert: set
 */
void sev_cert_pdh(PspState *s, struct sev_cert *cert)
{
	cert_of(cert, USAGE_PDH, s->identity.pdh);
	cert_sign(cert, 0, USAGE_PEK, s->identity.pek);
}

/* PEK, OCA and CEK, in this order. */
static void cert_chain(PspState *s, struct sev_cert chain[3])
{
	cert_of(&chain[0], USAGE_PEK, s->identity.pek);
	cert_sign(&chain[0], 0, USAGE_OCA, s->identity.oca);
	cert_sign(&chain[0], 1, USAGE_CEK, cek_secret);
	if (s->identity.owned)
		cert_make(&chain[1], USAGE_OCA, &s->identity.owner);
	else
		cert_of(&chain[1], USAGE_OCA, s->identity.oca);
	cert_sign(&chain[1], 0, USAGE_OCA, s->identity.oca);
	cert_of(&chain[2], USAGE_CEK, cek_secret);
}

static enum psp_status pek_gen_run(PspState *s, uint8_t *buf)
{
	if (s->sev_state != PSP_SEV_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	sev_identity_new_pek(s);
	return sev_identity_save(s);
}

static enum psp_status pdh_gen_run(PspState *s, uint8_t *buf)
{
	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	psp_random(s->identity.pdh, PSP_EC);
	s->identity.pdh[0] &= 0x7f;
	return sev_identity_save(s);
}

static enum psp_status buffer_write(PspState *s, struct sev_buffer *buffer,
				    const void *from)
{
	hwaddr pa = sev_pa(buffer->pa);

	if (!psp_mem_writable(s, pa, buffer->len))
		return PSP_INVALID_PAGE_STATE;
	return psp_mem_write(pa, from, buffer->len) ? PSP_SUCCESS :
						      PSP_INVALID_ADDRESS;
}

static enum psp_status pek_csr_run(PspState *s, uint8_t *buf)
{
	struct sev_buffer *c = (void *)buf;
	uint32_t len = c->len;
	struct sev_cert cert;

	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	c->len = sizeof(cert);
	if (len < sizeof(cert))
		return PSP_INVALID_LENGTH;
	cert_of(&cert, USAGE_PEK, s->identity.pek);
	return buffer_write(s, c, &cert);
}

static enum psp_status pdh_export_run(PspState *s, uint8_t *buf)
{
	struct sev_pdh_export *c = (void *)buf;
	struct sev_cert pdh, chain[3];
	bool fits = c->pdh.len >= sizeof(pdh) && c->chain.len >= sizeof(chain);
	enum psp_status status;

	if (s->sev_state == PSP_SEV_UNINIT)
		return PSP_INVALID_PLATFORM_STATE;
	c->pdh.len = sizeof(pdh);
	c->chain.len = sizeof(chain);
	if (!fits)
		return PSP_INVALID_LENGTH;
	sev_cert_pdh(s, &pdh);
	cert_chain(s, chain);
	status = buffer_write(s, &c->pdh, &pdh);
	return status ?: buffer_write(s, &c->chain, chain);
}

static bool cert_fits(const struct sev_cert *cert, enum cert_usage usage,
		      struct psp_ec_point *point)
{
	return cert->usage == usage && cert->algo == ALGO_ECDSA_SHA256 &&
	       sev_cert_point(cert, point);
}

static enum psp_status pek_import_run(PspState *s, uint8_t *buf)
{
	struct sev_pek_import *c = (void *)buf;
	struct psp_ec_point own, point, owner;
	struct sev_cert pek, oca;
	uint8_t ignored[PSP_EC];

	if (s->sev_state != PSP_SEV_INIT)
		return PSP_INVALID_PLATFORM_STATE;
	if (s->identity.owned)
		return PSP_ALREADY_OWNED;
	if (c->pek.len != sizeof(pek) || c->oca.len != sizeof(oca))
		return PSP_INVALID_LENGTH;
	if (!psp_mem_read(sev_pa(c->pek.pa), &pek, sizeof(pek)) ||
	    !psp_mem_read(sev_pa(c->oca.pa), &oca, sizeof(oca)))
		return PSP_INVALID_ADDRESS;
	if (!cert_fits(&pek, USAGE_PEK, &point) ||
	    !cert_fits(&oca, USAGE_OCA, &owner) ||
	    !psp_ec_shared(s->identity.pek, &owner, ignored))
		return PSP_INVALID_CERTIFICATE;
	psp_ec_public(s->identity.pek, &own);
	if (memcmp(&own, &point, sizeof(own)))
		return PSP_INVALID_CERTIFICATE;
	s->identity.owner = owner;
	s->identity.owned = true;
	return sev_identity_save(s);
}

const struct psp_command psp_sev_cert_commands[] = {
	{ 0x05, "PEK_GEN", 0, 0, pek_gen_run },
	{ 0x06, "PEK_CSR", sizeof(struct sev_buffer), PSP_CMD_WRITES,
	  pek_csr_run },
	{ 0x07, "PEK_CERT_IMPORT", sizeof(struct sev_pek_import), 0,
	  pek_import_run },
	{ 0x08, "PDH_CERT_EXPORT", sizeof(struct sev_pdh_export),
	  PSP_CMD_WRITES, pdh_export_run },
	{ 0x09, "PDH_GEN", 0, 0, pdh_gen_run },
	{ }
};
