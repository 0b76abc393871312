/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware computes, by libgcrypt. */
#ifndef HW_I386_PSP_CRYPTO_H
#define HW_I386_PSP_CRYPTO_H

#include "exec/hwaddr.h"

#define PSP_PAGE	4096ULL
#define PSP_AES_KEY	16
#define PSP_AES_BLOCK	16
#define PSP_XTS_KEY	32	/* data key and tweak key */
#define PSP_DIGEST	32	/* SHA-256 */

void psp_crypto_init(void);
void *psp_xts_open(const uint8_t *key);
void psp_xts_page(void *xts, hwaddr page, uint8_t *buf, size_t len, bool encrypt);
void psp_xts_close(void *xts);
void psp_sha384(const void *data, size_t len, uint8_t *digest);
bool psp_gcm(const uint8_t *key, const uint8_t *iv, const void *aad,
	     size_t aad_len, void *buf, size_t len, uint8_t *tag, bool encrypt);

#endif
