// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long commands take on hardware, where somebody has published it. What
 * nobody has measured is a guess, and short.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "psp.h"

#define GUESS_US 100

/* SNP_INIT to DF_FLUSH: an m6a.metal host with firmware 1.51. */
static const struct {
	uint16_t number;
	uint32_t us;
} table[] = {
	{ 0x81, 13800000 },	/* SNP_INIT: 13.8 s */
	{ 0x85, 13800000 },	/* SNP_INIT_EX: the same work (guess) */
	{ 0x01, 2000000 },	/* INIT: 2.0 s */
	{ 0x0d, 2000000 },	/* INIT_EX: the same work (guess) */
	{ 0x04, 12000 },	/* PLATFORM_STATUS: 12 ms */
	{ 0x83, 12000 },	/* SNP_PLATFORM_STATUS: the same work (guess) */
	{ 0x0a, 3600 },		/* DF_FLUSH: 3.6 ms */
	{ 0x84, 3600 },		/* SNP_DF_FLUSH: the same work (guess) */
};

/**
 * psp_latency_ns - how long a command takes
 * @number: of the command
 *
 * Return: nanoseconds.
 */
int64_t psp_latency_ns(unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].number == number)
			return (int64_t)table[i].us * SCALE_US;
	return GUESS_US * SCALE_US;
}
