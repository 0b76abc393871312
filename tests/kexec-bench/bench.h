/* SPDX-License-Identifier: GPL-2.0-only */
/* Hops of several kinds in turn on one machine, and how long each part of them took. */
#ifndef KEXEC_BENCH_H
#define KEXEC_BENCH_H

#include <scenarios/hop.h>

#define ROUNDS_MAX 1000

enum loader {
	LOADER_CHECKED,		/* kexec-tools, kexec -c -l */
	LOADER_UNCHECKED,	/* ... with --no-checks */
	LOADER_IN_PLACE,	/* snp-kexec load */
	LOADER_FILE,		/* snp-kexec load --file */
};

/* What is compared. A stock loader works in a kernel from which ccp_ext was taken. */
struct kind {
	const char *name;
	enum loader loader;
	const char *policy;	/* NULL: no guests */
};

/* Parts of a hop, one after the other; the first three are without any kernel that serves. */
enum part {
	PART_SHUTDOWN,		/* reboot(2) until the last jump of the previous kernel */
	PART_JUMP,		/* until the next kernel's decompressor runs: copies, checksums */
	PART_UNPACK,		/* until the next kernel prints its first line */
	PART_BOOT,		/* until its first program reports */
	PART_BACK,		/* none of them: from reboot(2) until all memory is given back */
	PART_RELEASE,		/* ... and from the release of preserved guests */
	NR_PARTS
};

/* Of the previous kernel's shutdown, as the hand-over blob tells, and what is left for the end. */
enum stage {
	STAGE_EVICT, STAGE_FLUSH, STAGE_SHUTDOWN, STAGE_RECLAIM, STAGE_CAPTURE, STAGE_PUBLISH,
	NR_STAGES
};

struct sample {
	double part_ms[NR_PARTS];
	double stage_us[NR_STAGES];	/* negative: not told */
};

struct series {
	const struct kind *kind;
	struct sample *samples;
	unsigned int nr;
};

/** measure_start() - boot the machine. Return: false with r->why filled. */
bool measure_start(struct run *r);

/**
 * measure_hop() - one hop, and one more that is not measured where the next kernel came up without SNP
 *
 * Return: false with r->why filled; the machine is of no use then.
 */
bool measure_hop(struct run *r, const struct kind *kind, struct sample *s);

/**
 * report() - tables and ratios of all series; the first two are the stock kexecs
 *
 * Whether a target was reached is only said: on a shared machine time is no verdict.
 */
void report(const struct series *series, unsigned int nr, const char *pair);

#endif
