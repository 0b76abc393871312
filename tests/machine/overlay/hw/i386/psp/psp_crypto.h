/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware computes, by libgcrypt. */
#ifndef HW_I386_PSP_CRYPTO_H
#define HW_I386_PSP_CRYPTO_H

#include "exec/hwaddr.h"

#define PSP_PAGE	4096ULL
#define PSP_AES_KEY	16
#define PSP_AES_BLOCK	16
#define PSP_XTS_KEY	32	/* data key and tweak key */
#define PSP_DIGEST	32	/* SHA-256, and its HMAC */
#define PSP_EC		48	/* a number of P-384, big endian */

struct psp_piece {
	const void *at;
	size_t len;
};

struct psp_ec_point {
	uint8_t x[PSP_EC], y[PSP_EC];
};

void psp_crypto_init(void);
void psp_random(void *buf, size_t len);

void *psp_xts_open(const uint8_t *key);
void psp_xts_page(void *xts, hwaddr page, uint8_t *buf, size_t len, bool encrypt);
void psp_xts_close(void *xts);
void psp_sha384(const void *data, size_t len, uint8_t *digest);
bool psp_gcm(const uint8_t *key, const uint8_t *iv, const void *aad,
	     size_t aad_len, void *buf, size_t len, uint8_t *tag, bool encrypt);
void psp_ctr(const uint8_t *key, const uint8_t *iv, void *buf, size_t len);

void *psp_sha_open(void);
void psp_sha_add(void *sha, const void *buf, size_t len);
void psp_sha_close(void *sha, uint8_t *digest);
void psp_hmac(const void *key, size_t key_len, const struct psp_piece *pieces,
	      size_t nr, uint8_t *mac);
bool psp_mac_equal(const uint8_t *a, const uint8_t *b);
void psp_kdf(const void *key, size_t key_len, const char *label,
	     const void *context, size_t context_len, uint8_t *out, size_t len);

void psp_ec_public(const uint8_t *secret, struct psp_ec_point *public);
bool psp_ec_shared(const uint8_t *secret, const struct psp_ec_point *peer,
		   uint8_t *x);

#endif
