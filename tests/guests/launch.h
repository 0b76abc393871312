/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

enum guest_kind { GUEST_SEV, GUEST_SEV_ES, GUEST_SNP };

/* Where a guest is left: whole, in the middle of its launch, or of a migration. */
enum guest_left { LEFT_RUNNING, LEFT_IN_LAUNCH, LEFT_IN_SEND, LEFT_IN_RECEIVE };

struct guest_config {
	enum guest_kind kind;
	uint64_t size;		/* bytes, a multiple of 4 KiB */
	uint64_t policy;	/* 0: the kind's usual one */
	uint64_t spread;	/* SNP: bytes from one launched page to the next; 0: all are */
	unsigned int index;	/* goes into the pattern */
	enum guest_left left;
	bool large;		/* its memory is to be of pages of 2 MiB, as far as there are any */
};

/* What went wrong: an ioctl's name, errno, and the firmware's status where it had one. */
struct launch_error {
	const char *step;
	int errnum;
	uint32_t fw_status;
};

/**
 * guest_launch() - make one guest and take it through its whole launch
 * @config: what to make
 * @error:  filled on failure
 *
 * The guest lives as long as this process: its descriptors are left open on purpose. It gets one
 * virtual CPU, which is never run. Each page holds the pattern of pattern_fill() before it is
 * encrypted; no plaintext copy stays behind.
 *
 * Return: 0, or -1.
 */
int guest_launch(const struct guest_config *config, struct launch_error *error);

/** pattern_fill() - fill @size bytes that stand for a guest's memory from @offset on */
void pattern_fill(void *memory, uint64_t size, unsigned int index, uint64_t offset);

#endif
