/* SPDX-License-Identifier: GPL-2.0-only */
/* Random damage that can be had again by its seed. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdint.h>
#include <string.h>

#include "../lib/random.h"

static uint64_t mutate_state;

static inline void mutate_seed(uint64_t seed)
{
	mutate_state = seed;
}

static inline uint64_t rnd(uint64_t bound)
{
	return random_next(&mutate_state) % bound;
}

static inline void mutate_put(uint8_t *data, uint64_t size, uint64_t value, uint32_t width)
{
	uint64_t at;

	if (size < width)
		return;
	at = rnd(size - width + 1);
	if (rnd(2))
		at -= at % width;
	memcpy(data + at, &value, width);
}

/* One damage to the first @near bytes, or to the size. Return: the size, at most @max. */
static inline uint64_t mutate_bytes(uint8_t *data, uint64_t size, uint64_t near, uint64_t max)
{
	static const uint64_t telling[] = { 0, 1, 7, 8, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff,
					    1ULL << 40, (1ULL << 40) - 1, 1ULL << 52, 1ULL << 63,
					    ~0ULL, ~7ULL };
	uint64_t at;

	if (!near)
		return size;
	switch (rnd(7)) {
	case 0:
		data[rnd(near)] ^= (uint8_t)(1 << rnd(8));
		break;
	case 1:
		data[rnd(near)] = (uint8_t)rnd(256);
		break;
	case 2:
		mutate_put(data, near, telling[rnd(sizeof(telling) / sizeof(telling[0]))],
			   1u << rnd(4));
		break;
	case 3:
		mutate_put(data, near, rnd(size * 2), 8);
		break;
	case 4:
		return rnd(4) ? size : rnd(size + 1);
	case 5:
		at = rnd(near);
		memmove(data + at, data + rnd(near), rnd(near - at < 64 ? near - at : 64) / 2);
		break;
	default:
		if (size + 64 <= max && !rnd(4)) {
			memset(data + size, (int)rnd(2), 64);
			return size + 1 + rnd(64);
		}
	}
	return size;
}

#endif /* FUZZ_MUTATE_H */
