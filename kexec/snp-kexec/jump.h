/* SPDX-License-Identifier: GPL-2.0-only */
/* Would a jump now be safe? One answer for status and exec. */
#ifndef SNP_KEXEC_JUMP_H
#define SNP_KEXEC_JUMP_H

#include "../negotiate.h"
#include "host.h"

struct jump {
	char state[64], policy[64], on_unsafe[64];
	struct host_memory memory;
	struct host_image image;
	struct nego_host host;
};

void jump_read(struct context *c, struct jump *j);
void jump_check(struct context *c, const struct jump *j);
void jump_free(struct jump *j);

#endif /* SNP_KEXEC_JUMP_H */
