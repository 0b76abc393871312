/* SPDX-License-Identifier: GPL-2.0-only */
/* A blob as text. */
#ifndef RMPCTL_SHOW_H
#define RMPCTL_SHOW_H

#include "rmpctl.h"

#define SHOW_PLATFORM	0x01u
#define SHOW_QUARANTINE	0x02u
#define SHOW_STATES	0x04u	/* the RMP, summed up */
#define SHOW_GUESTS	0x08u
#define SHOW_STEPS	0x10u
#define SHOW_COMMANDS	0x20u
#define SHOW_ALL	0x3fu
#define SHOW_RUNS	0x40u	/* the RMP, run by run */

void show_text(FILE *to, const struct rmpp_blob *blob, u32 what);

#endif /* RMPCTL_SHOW_H */
