/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_CORE_H
#define TARGET_I386_SNP_CORE_H

#include "exec/hwaddr.h"

/* Whoever writes without being a PCI device; no bus has these numbers here. */
enum snp_core_writer {
	SNP_CORE_PSP = 0xffff,
	SNP_CORE_IOMMU = 0xfffe,
	SNP_CORE_AROUND = 0xfffd,	/* untranslated, fw_cfg's */
};

void snp_core_init(const char *file);
void snp_core_write(uint16_t who, hwaddr pa);

#endif
