/* SPDX-License-Identifier: GPL-2.0-only */
/* What an initramfs holds behind its uncompressed head. */
#ifndef SNP_KEXEC_UNPACK_H
#define SNP_KEXEC_UNPACK_H

#include "file.h"

const char *unpack_program(const void *data, size_t size);
int unpack(struct bytes *out, const void *data, size_t size, size_t max);

#endif /* SNP_KEXEC_UNPACK_H */
