/* SPDX-License-Identifier: GPL-2.0-only */
/* snp-kexec config: one function a word. */
#ifndef SNP_KEXEC_CONFIG_H
#define SNP_KEXEC_CONFIG_H

#include "settings.h"

void config_check(struct context *c, bool dry_run);
void config_modprobe(struct context *c, bool dry_run);
void config_show(struct context *c, bool dry_run);
void config_apply(struct context *c, bool dry_run);

#endif /* SNP_KEXEC_CONFIG_H */
