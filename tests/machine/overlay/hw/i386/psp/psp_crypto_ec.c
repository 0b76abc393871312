// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that two sides agree on: ECDH over P-384, and the KDF that makes
 * session keys of it (55766, on key derivation: NIST SP 800-108 in counter
 * mode with HMAC-SHA-256, numbers little endian).
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include <gcrypt.h>
#include "psp_crypto.h"

static gcry_ctx_t curve_open(void)
{
	gcry_ctx_t curve;

	if (gcry_mpi_ec_new(&curve, NULL, "NIST P-384"))
		abort();
	return curve;
}

static gcry_mpi_t number(const uint8_t *at)
{
	gcry_mpi_t n;

	if (gcry_mpi_scan(&n, GCRYMPI_FMT_USG, at, PSP_EC, NULL))
		abort();
	return n;
}

static void number_store(gcry_mpi_t n, uint8_t *at)
{
	uint8_t buf[PSP_EC];
	size_t len;

	if (gcry_mpi_print(GCRYMPI_FMT_USG, buf, sizeof(buf), &len, n))
		abort();
	memset(at, 0, PSP_EC);
	memcpy(at + PSP_EC - len, buf, len);
}

/* False if the product is the point at infinity. */
static bool multiply(gcry_ctx_t curve, const uint8_t *secret, gcry_mpi_point_t by,
		     struct psp_ec_point *result)
{
	gcry_mpi_point_t q = gcry_mpi_point_new(0);
	gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0);
	gcry_mpi_t n = number(secret);
	bool finite;

	gcry_mpi_ec_mul(q, n, by, curve);
	finite = !gcry_mpi_ec_get_affine(x, y, q, curve);
	if (finite) {
		number_store(x, result->x);
		number_store(y, result->y);
	}
	gcry_mpi_release(n);
	gcry_mpi_release(x);
	gcry_mpi_release(y);
	gcry_mpi_point_release(q);
	return finite;
}

/**
 * psp_ec_public - the public key of a secret one
 * @secret: PSP_EC bytes
 * @public: set
 */
void psp_ec_public(const uint8_t *secret, struct psp_ec_point *public)
{
	gcry_ctx_t curve = curve_open();
	gcry_mpi_point_t g = gcry_mpi_ec_get_point("g", curve, 1);

	multiply(curve, secret, g, public);
	gcry_mpi_point_release(g);
	gcry_ctx_release(curve);
}

/**
 * psp_ec_shared - what only the owners of both secret keys can know
 * @secret: PSP_EC bytes, one's own
 * @peer: the other's public key
 * @x: PSP_EC bytes, set
 *
 * Return: false if @peer is no point of the curve.
 */
bool psp_ec_shared(const uint8_t *secret, const struct psp_ec_point *peer,
		   uint8_t *x)
{
	gcry_ctx_t curve = curve_open();
	gcry_mpi_point_t q = gcry_mpi_point_new(0);
	gcry_mpi_t px = number(peer->x), py = number(peer->y);
	gcry_mpi_t one = gcry_mpi_set_ui(NULL, 1);
	struct psp_ec_point shared;
	bool ok;

	gcry_mpi_point_set(q, px, py, one);
	ok = gcry_mpi_ec_curve_point(q, curve) && multiply(curve, secret, q, &shared);
	if (ok)
		memcpy(x, shared.x, PSP_EC);
	gcry_mpi_release(px);
	gcry_mpi_release(py);
	gcry_mpi_release(one);
	gcry_mpi_point_release(q);
	gcry_ctx_release(curve);
	return ok;
}

/**
 * psp_kdf - make one key of another
 * @key: the key to start from
 * @key_len: bytes
 * @label: what the new one is for
 * @context: what it depends on besides
 * @context_len: bytes
 * @out: the new key
 * @len: bytes
 */
void psp_kdf(const void *key, size_t key_len, const char *label,
	     const void *context, size_t context_len, uint8_t *out, size_t len)
{
	uint32_t bits = cpu_to_le32(len * 8);

	for (uint32_t i = 1; len; i++) {
		uint32_t count = cpu_to_le32(i);
		struct psp_piece pieces[] = {
			{ &count, sizeof(count) }, { label, strlen(label) },
			{ "", 1 }, { context, context_len }, { &bits, sizeof(bits) },
		};
		uint8_t mac[PSP_DIGEST];
		size_t part = MIN(len, sizeof(mac));

		psp_hmac(key, key_len, pieces, ARRAY_SIZE(pieces), mac);
		memcpy(out, mac, part);
		out += part;
		len -= part;
	}
}
