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
 * psp_random - bytes for keys, nonces and counters
 * @buf: filled
 * @len: bytes
 *
 * They are the same in every run, so that a failure can be had again.
 */
void psp_random(void *buf, size_t len)
{
	static uint64_t drawn;

	for (uint8_t *at = buf; len;) {
		uint64_t seed[2] = { cpu_to_le64(0x7073702d72616e64),
				     cpu_to_le64(++drawn) };
		uint8_t digest[PSP_DIGEST];
		size_t part = MIN(len, sizeof(digest));

		gcry_md_hash_buffer(GCRY_MD_SHA256, digest, seed, sizeof(seed));
		memcpy(at, digest, part);
		at += part;
		len -= part;
	}
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

/**
 * psp_ctr - AES-128-CTR, which undoes itself
 * @key: PSP_AES_KEY bytes
 * @iv: PSP_AES_BLOCK bytes, the first counter
 * @buf: changed in place
 * @len: bytes
 */
void psp_ctr(const uint8_t *key, const uint8_t *iv, void *buf, size_t len)
{
	gcry_cipher_hd_t ctr;

	must(gcry_cipher_open(&ctr, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CTR, 0),
	     "AES-128-CTR");
	must(gcry_cipher_setkey(ctr, key, PSP_AES_KEY), "key of AES-128-CTR");
	must(gcry_cipher_setctr(ctr, iv, PSP_AES_BLOCK), "counter");
	must(gcry_cipher_encrypt(ctr, buf, len, NULL, 0), "AES-128-CTR");
	gcry_cipher_close(ctr);
}

/**
 * psp_sha_open - begin a SHA-256
 *
 * Return: a handle for psp_sha_add() and psp_sha_close().
 */
void *psp_sha_open(void)
{
	gcry_md_hd_t sha;

	must(gcry_md_open(&sha, GCRY_MD_SHA256, 0), "SHA-256");
	return sha;
}

/**
 * psp_sha_add - go on with a SHA-256
 * @sha: the handle
 * @buf: what to add
 * @len: bytes
 */
void psp_sha_add(void *sha, const void *buf, size_t len)
{
	gcry_md_write(sha, buf, len);
}

/**
 * psp_sha_close - end a SHA-256
 * @sha: the handle, or NULL for nothing to do
 * @digest: PSP_DIGEST bytes, or NULL if nobody wants to know
 */
void psp_sha_close(void *sha, uint8_t *digest)
{
	if (!sha)
		return;
	if (digest)
		memcpy(digest, gcry_md_read(sha, GCRY_MD_SHA256), PSP_DIGEST);
	gcry_md_close(sha);
}

/**
 * psp_hmac - HMAC-SHA-256 of some pieces, one after the other
 * @key: the key
 * @key_len: bytes
 * @pieces: what it is of
 * @nr: how many pieces
 * @mac: PSP_DIGEST bytes
 */
void psp_hmac(const void *key, size_t key_len, const struct psp_piece *pieces,
	      size_t nr, uint8_t *mac)
{
	gcry_md_hd_t md;

	must(gcry_md_open(&md, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC), "HMAC");
	must(gcry_md_setkey(md, key, key_len), "key of HMAC");
	for (size_t i = 0; i < nr; i++)
		gcry_md_write(md, pieces[i].at, pieces[i].len);
	memcpy(mac, gcry_md_read(md, GCRY_MD_SHA256), PSP_DIGEST);
	gcry_md_close(md);
}

/**
 * psp_mac_equal - compare two digests
 * @a: one
 * @b: the other
 *
 * Return: true if they are the same.
 */
bool psp_mac_equal(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, PSP_DIGEST);
}
