/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only file that knows the kernel from libc.
 *
 * Gives both builds the kernel's words: u8..u64, __le16..__le64 and their
 * conversions, bool, size_t, memcpy/memmove/memset/memcmp, READ_ONCE, and a pair
 * of a store and a load that keep the order in which things are seen. A file
 * that defines RMPP_CORE before its first include promises to be pure; in
 * userspace it then cannot name an allocator or a printer.
 */
#ifndef RMP_PERSIST_ENV_H
#define RMP_PERSIST_ENV_H

#define rmpp_static_assert(condition)	_Static_assert(condition, #condition)

#ifdef __KERNEL__

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

/* a store and a load that pair: who uses them says with whom */
#define rmpp_store_release smp_store_release
#define rmpp_load_acquire smp_load_acquire

#else /* !__KERNEL__ */

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __u8	u8;
typedef __u16	u16;
typedef __u32	u32;
typedef __u64	u64;
typedef __s32	s32;
typedef __s64	s64;

#ifdef __CHECKER__
#define __force		__attribute__((force))
#else
#define __force
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define rmpp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define rmpp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		((u64)UINT64_MAX)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define rmpp_swap16(x)	(x)
#define rmpp_swap32(x)	(x)
#define rmpp_swap64(x)	(x)
#else
#define rmpp_swap16(x)	__builtin_bswap16(x)
#define rmpp_swap32(x)	__builtin_bswap32(x)
#define rmpp_swap64(x)	__builtin_bswap64(x)
#endif

#define le16_to_cpu(x)	((u16)rmpp_swap16((__force u16)(__le16)(x)))
#define le32_to_cpu(x)	((u32)rmpp_swap32((__force u32)(__le32)(x)))
#define le64_to_cpu(x)	((u64)rmpp_swap64((__force u64)(__le64)(x)))
#define cpu_to_le16(x)	((__force __le16)rmpp_swap16((u16)(x)))
#define cpu_to_le32(x)	((__force __le32)rmpp_swap32((u32)(x)))
#define cpu_to_le64(x)	((__force __le64)rmpp_swap64((u64)(x)))

#ifdef RMPP_CORE
#pragma GCC poison malloc calloc realloc reallocarray free alloca strdup
#pragma GCC poison printf fprintf sprintf snprintf vprintf puts putchar perror
#pragma GCC poison abort exit getenv
#endif

#endif /* __KERNEL__ */

#endif /* RMP_PERSIST_ENV_H */
