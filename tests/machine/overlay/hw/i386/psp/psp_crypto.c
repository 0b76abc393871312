// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ciphers and digests. libgcrypt is used as it is: QEMU's own crypto layer
 * has no XTS unless the whole of it is built on a library.
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include <gcrypt.h>
#include "psp_crypto.h"

/* No command can go on without: a key of wrong size is a bug of ours. */
static void must(gcry_error_t err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "amd-psp: %s: %s\n", what, gcry_strerror(err));
	abort();
}

/**
 * psp_crypto_init - start the library, once, before anything else here
 */
void psp_crypto_init(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

/**
 * psp_xts_open - make AES-128-XTS ready
 * @key: PSP_XTS_KEY bytes
 *
 * Return: a handle for psp_xts_page() and psp_xts_close().
 */
void *psp_xts_open(const uint8_t *key)
{
	gcry_cipher_hd_t xts;

	must(gcry_cipher_open(&xts, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_XTS, 0),
	     "AES-128-XTS");
	must(gcry_cipher_setkey(xts, key, PSP_XTS_KEY), "key of AES-128-XTS");
	return xts;
}

/**
 * psp_xts_page - en- or decrypt a page, or its start
 * @xts: the handle
 * @page: the page's physical address, which is the tweak (little endian)
 * @buf: its contents, changed in place
 * @len: bytes from the page's start, a multiple of 16
 * @encrypt: or else decrypt
 */
void psp_xts_page(void *xts, hwaddr page, uint8_t *buf, size_t len, bool encrypt)
{
	uint8_t tweak[PSP_AES_BLOCK] = { 0 };

	stq_le_p(tweak, page);
	must(gcry_cipher_setiv(xts, tweak, sizeof(tweak)), "tweak");
	must(encrypt ? gcry_cipher_encrypt(xts, buf, len, NULL, 0) :
		       gcry_cipher_decrypt(xts, buf, len, NULL, 0), "AES-128-XTS");
}

/**
 * psp_xts_close - forget a handle and its key
 * @xts: the handle
 */
void psp_xts_close(void *xts)
{
	gcry_cipher_close(xts);
}

/**
 * psp_sha384 - SHA-384
 * @data: what to digest
 * @len: bytes
 * @digest: set, 48 bytes; may be part of the data
 */
void psp_sha384(const void *data, size_t len, uint8_t *digest)
{
	uint8_t result[48];

	gcry_md_hash_buffer(GCRY_MD_SHA384, result, data, len);
	memcpy(digest, result, sizeof(result));
}

/**
 * psp_gcm - AES-256-GCM with an IV of 96 bits
 * @key: 32 bytes
 * @iv: 12 bytes
 * @aad: what is authenticated and not encrypted
 * @aad_len: bytes
 * @buf: what is en- or decrypted in place
 * @len: bytes
 * @tag: 16 bytes; set by an encryption
 * @encrypt: or else decrypt
 *
 * Return: false if what was decrypted does not fit the tag.
 */
bool psp_gcm(const uint8_t *key, const uint8_t *iv, const void *aad,
	     size_t aad_len, void *buf, size_t len, uint8_t *tag, bool encrypt)
{
	gcry_cipher_hd_t gcm;
	bool ok = true;

	must(gcry_cipher_open(&gcm, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, 0),
	     "AES-256-GCM");
	must(gcry_cipher_setkey(gcm, key, 32), "key of AES-256-GCM");
	must(gcry_cipher_setiv(gcm, iv, 12), "IV");
	must(gcry_cipher_authenticate(gcm, aad, aad_len), "AAD");
	if (encrypt) {
		must(gcry_cipher_encrypt(gcm, buf, len, NULL, 0), "AES-256-GCM");
		must(gcry_cipher_gettag(gcm, tag, 16), "tag");
	} else {
		must(gcry_cipher_decrypt(gcm, buf, len, NULL, 0), "AES-256-GCM");
		ok = !gcry_cipher_checktag(gcm, tag, 16);
	}
	gcry_cipher_close(gcm);
	return ok;
}
