// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CRC32C (Castagnoli), eight bytes a step. The checksum is linear, so each
 * table follows from the checksums of the eight single bits; the compiler
 * unfolds them to constants.
 */
#define RMPP_CORE
#include <rmp_persist/rmp_persist.h>

#define BIT_OR_0(x, n, basis)	(((x) >> (n)) & 1 ? (basis) : 0)
#define XOR_OF_BITS(x, b0, b1, b2, b3, b4, b5, b6, b7)			\
	(BIT_OR_0(x, 0, b0) ^ BIT_OR_0(x, 1, b1) ^			\
	 BIT_OR_0(x, 2, b2) ^ BIT_OR_0(x, 3, b3) ^			\
	 BIT_OR_0(x, 4, b4) ^ BIT_OR_0(x, 5, b5) ^			\
	 BIT_OR_0(x, 6, b6) ^ BIT_OR_0(x, 7, b7))

/* BASIS_k: polynomial 0x82f63b78, a byte x followed by k zero bytes. */
#define BASIS_0(x)							\
	XOR_OF_BITS(x, 0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu,	\
		    0x105ec76fu, 0x20bd8edeu, 0x417b1dbcu, 0x82f63b78u)
#define BASIS_1(x)							\
	XOR_OF_BITS(x, 0x13a29877u, 0x274530eeu, 0x4e8a61dcu, 0x9d14c3b8u,	\
		    0x3fc5f181u, 0x7f8be302u, 0xff17c604u, 0xfbc3faf9u)
#define BASIS_2(x)							\
	XOR_OF_BITS(x, 0xa541927eu, 0x4f6f520du, 0x9edea41au, 0x38513ec5u,	\
		    0x70a27d8au, 0xe144fb14u, 0xc76580d9u, 0x8b277743u)
#define BASIS_3(x)							\
	XOR_OF_BITS(x, 0xdd45aab8u, 0xbf672381u, 0x7b2231f3u, 0xf64463e6u,	\
		    0xe964b13du, 0xd725148bu, 0xaba65fe7u, 0x52a0c93fu)
#define BASIS_4(x)							\
	XOR_OF_BITS(x, 0x38116facu, 0x7022df58u, 0xe045beb0u, 0xc5670b91u,	\
		    0x8f2261d3u, 0x1ba8b557u, 0x37516aaeu, 0x6ea2d55cu)
#define BASIS_5(x)							\
	XOR_OF_BITS(x, 0xef306b19u, 0xdb8ca0c3u, 0xb2f53777u, 0x6006181fu,	\
		    0xc00c303eu, 0x85f4168du, 0x0e045bebu, 0x1c08b7d6u)
#define BASIS_6(x)							\
	XOR_OF_BITS(x, 0x68032cc8u, 0xd0065990u, 0xa5e0c5d1u, 0x4e2dfd53u,	\
		    0x9c5bfaa6u, 0x3d5b83bdu, 0x7ab7077au, 0xf56e0ef4u)
#define BASIS_7(x)							\
	XOR_OF_BITS(x, 0x493c7d27u, 0x9278fa4eu, 0x211d826du, 0x423b04dau,	\
		    0x847609b4u, 0x0d006599u, 0x1a00cb32u, 0x34019664u)

#define ROW(f, x)	{ f((x)), f((x) + 1), f((x) + 2), f((x) + 3),	\
			  f((x) + 4), f((x) + 5), f((x) + 6), f((x) + 7), \
			  f((x) + 8), f((x) + 9), f((x) + 10), f((x) + 11), \
			  f((x) + 12), f((x) + 13), f((x) + 14), f((x) + 15) }
#define TABLE(f)	{ ROW(f, 0), ROW(f, 16), ROW(f, 32), ROW(f, 48), \
			  ROW(f, 64), ROW(f, 80), ROW(f, 96), ROW(f, 112), \
			  ROW(f, 128), ROW(f, 144), ROW(f, 160), ROW(f, 176), \
			  ROW(f, 192), ROW(f, 208), ROW(f, 224), ROW(f, 240) }

/* Indexed by zero bytes that follow, high nibble, low nibble. */
static const u32 table[8][16][16] = {
	TABLE(BASIS_0), TABLE(BASIS_1), TABLE(BASIS_2), TABLE(BASIS_3),
	TABLE(BASIS_4), TABLE(BASIS_5), TABLE(BASIS_6), TABLE(BASIS_7),
};

static u32 crc_of(u32 zero_bytes, u64 byte)
{
	return table[zero_bytes][(byte >> 4) & 0xf][byte & 0xf];
}

/**
 * rmpp_crc32c() - CRC32C of a byte string
 * @crc:  0, or the result for the bytes before @data
 * @data: any alignment
 * @size: bytes
 *
 * Return: the checksum as iSCSI (RFC 3720, B.4) writes it, inversions included.
 */
u32 rmpp_crc32c(u32 crc, const void *data, size_t size)
{
	const u8 *p = data;
	__le64 word;
	u64 v;

	crc = ~crc;
	for (; size >= 8; size -= 8, p += 8) {
		memcpy(&word, p, sizeof(word));
		v = le64_to_cpu(word) ^ crc;
		crc = crc_of(7, v) ^ crc_of(6, v >> 8) ^
		      crc_of(5, v >> 16) ^ crc_of(4, v >> 24) ^
		      crc_of(3, v >> 32) ^ crc_of(2, v >> 40) ^
		      crc_of(1, v >> 48) ^ crc_of(0, v >> 56);
	}
	while (size--)
		crc = (crc >> 8) ^ crc_of(0, crc ^ *p++);
	return ~crc;
}
