/* SPDX-License-Identifier: GPL-2.0-only */
/* What the harness costs: its hops beside bare kexecs of the same kernels on the QEMU that Debian ships. */
#ifndef STRESS_BENCH_H
#define STRESS_BENCH_H

#include "words.h"

/** bench_run() - prints hops per minute of both and their ratio; a target that is missed is only said */
int bench_run(const struct words *words);

#endif
