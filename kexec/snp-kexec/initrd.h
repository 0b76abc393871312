/* SPDX-License-Identifier: GPL-2.0-only */
/* What an initramfs says of the hand-over features that it can restore. */
#ifndef SNP_KEXEC_INITRD_H
#define SNP_KEXEC_INITRD_H

#include "../annotation.h"
#include "../bzimage.h"
#include "../negotiate.h"
#include "file.h"
#include "snp-kexec.h"

#define INITRD_MAX	(1UL << 30)	/* bytes */

void initrd_describe(struct context *c, const struct annotation *a);
void initrd_judge(struct context *c, struct nego_image *i, struct annotation *a,
		  const struct bzimage *bz, const struct bytes *initrd);

#endif /* SNP_KEXEC_INITRD_H */
