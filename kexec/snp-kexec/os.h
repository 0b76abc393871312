/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that changes the running kernel, in one place: tests of the command
 * link another file in its stead.
 */
#ifndef SNP_KEXEC_OS_H
#define SNP_KEXEC_OS_H

#include <stdint.h>

/* Each returns 0 or -errno. */
int os_kexec_load(uint64_t entry_pa, const void *page, uint64_t page_pa);
int os_kexec_file_load(int kernel_fd, int initrd_fd, const char *cmdline);
int os_kexec_unload(void);
int os_kexec_reboot(void);
int os_attr_write(const char *path, const char *value);

const char *os_refusal(const char *ccp_ext_dir);

#endif /* SNP_KEXEC_OS_H */
