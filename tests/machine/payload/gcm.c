// SPDX-License-Identifier: GPL-2.0-only
/* AES-256-GCM as a guest has it, slow and short (FIPS 197; NIST SP 800-38D). */
#include "payload.h"

#define ROUNDS 14

struct aes {
	u8 key[ROUNDS + 1][16];
};

static u8 sbox[256];

static u8 twice(u8 x)
{
	return x << 1 ^ (x & 0x80 ? 0x1b : 0);
}

static u8 rotate(u8 x, int n)
{
	return x << n | x >> (8 - n);
}

/* Walks through all p = 3^n and q = 1/p. */
static void sbox_init(void)
{
	u8 p = 1, q = 1;

	do {
		p ^= twice(p);
		q ^= q << 1;
		q ^= q << 2;
		q ^= q << 4;
		if (q & 0x80)
			q ^= 0x09;
		sbox[p] = q ^ rotate(q, 1) ^ rotate(q, 2) ^ rotate(q, 3) ^
			  rotate(q, 4) ^ 0x63;
	} while (p != 1);
	sbox[0] = 0x63;
}

static void key_expand(struct aes *aes, const u8 *key)
{
	u8 *w = aes->key[0], rcon = 1;

	sbox_init();
	for (int i = 0; i < 32; i++)
		w[i] = key[i];
	for (int i = 32; i < 16 * (ROUNDS + 1); i += 4) {
		u8 t[4] = { w[i - 4], w[i - 3], w[i - 2], w[i - 1] };

		if (i % 32 == 0) {
			u8 first = t[0];

			t[0] = sbox[t[1]] ^ rcon;
			t[1] = sbox[t[2]];
			t[2] = sbox[t[3]];
			t[3] = sbox[first];
			rcon = twice(rcon);
		} else if (i % 32 == 16) {
			for (int j = 0; j < 4; j++)
				t[j] = sbox[t[j]];
		}
		for (int j = 0; j < 4; j++)
			w[i + j] = w[i + j - 32] ^ t[j];
	}
}

static void mix_columns(u8 *s)
{
	for (int c = 0; c < 16; c += 4) {
		u8 a[4], all = 0;

		for (int i = 0; i < 4; i++)
			all ^= a[i] = s[c + i];
		for (int i = 0; i < 4; i++)
			s[c + i] = a[i] ^ all ^ twice(a[i] ^ a[(i + 1) % 4]);
	}
}

static void aes_encrypt(const struct aes *aes, const u8 *in, u8 *out)
{
	u8 s[16], t[16];

	for (int i = 0; i < 16; i++)
		s[i] = in[i] ^ aes->key[0][i];
	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < 16; i++)
			t[i] = sbox[s[(i + 4 * (i % 4)) % 16]];
		if (round < ROUNDS)
			mix_columns(t);
		for (int i = 0; i < 16; i++)
			s[i] = t[i] ^ aes->key[round][i];
	}
	for (int i = 0; i < 16; i++)
		out[i] = s[i];
}

/* y = y * h in GF(2^128), whose bits run from the left. */
static void multiply(u8 *y, const u8 *h)
{
	u8 z[16] = { 0 }, v[16];

	for (int i = 0; i < 16; i++)
		v[i] = h[i];
	for (int bit = 0; bit < 128; bit++) {
		u8 low = v[15] & 1;

		for (int i = 0; i < 16 && y[bit / 8] >> (7 - bit % 8) & 1; i++)
			z[i] ^= v[i];
		for (int i = 15; i > 0; i--)
			v[i] = v[i] >> 1 | v[i - 1] << 7;
		v[0] = v[0] >> 1 ^ (low ? 0xe1 : 0);
	}
	for (int i = 0; i < 16; i++)
		y[i] = z[i];
}

static void hash(u8 *y, const u8 *h, const u8 *data, u32 len)
{
	for (u32 at = 0; at < len; at += 16) {
		for (u32 i = 0; i < 16 && at + i < len; i++)
			y[i] ^= data[at + i];
		multiply(y, h);
	}
}

/**
 * gcm - en- or decrypt in place
 * @key: 32 bytes
 * @sequence: the IV's first 64 bits; the others are 0
 * @aad: what is authenticated only
 * @aad_len: bytes
 * @data: what is encrypted
 * @len: bytes
 * @tag: set to the 16 bytes that prove the ciphertext
 * @encrypt: or else decrypt
 */
void gcm(const u8 *key, u64 sequence, const u8 *aad, u32 aad_len, u8 *data,
	 u32 len, u8 *tag, bool encrypt)
{
	u8 h[16] = { 0 }, y[16] = { 0 }, counter[16] = { 0 }, stream[16];
	u8 lengths[16] = { 0 };
	struct aes aes;

	key_expand(&aes, key);
	aes_encrypt(&aes, h, h);
	for (int i = 0; i < 8; i++)
		counter[i] = sequence >> (8 * i);
	for (int i = 0; i < 4; i++) {
		lengths[7 - i] = aad_len * 8 >> (8 * i);
		lengths[15 - i] = len * 8 >> (8 * i);
	}
	counter[15] = 1;
	aes_encrypt(&aes, counter, tag);
	hash(y, h, aad, aad_len);
	if (!encrypt)
		hash(y, h, data, len);
	for (u32 at = 0, n = 2; at < len; at += 16, n++) {
		counter[14] = n >> 8;
		counter[15] = n;
		aes_encrypt(&aes, counter, stream);
		for (u32 i = 0; i < 16 && at + i < len; i++)
			data[at + i] ^= stream[i];
	}
	if (encrypt)
		hash(y, h, data, len);
	hash(y, h, lengths, 16);
	for (int i = 0; i < 16; i++)
		tag[i] ^= y[i];
}
