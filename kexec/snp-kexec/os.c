// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/magic.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os.h"

#define PAGE_BYTES	4096

/**
 * os_kexec_load() - load an image of one page
 * @entry_pa: where the kernel jumps; need not lie in the page
 * @page: its bytes
 * @page_pa: where they go at the jump
 */
int os_kexec_load(uint64_t entry_pa, const void *page, uint64_t page_pa)
{
	struct kexec_segment segment = {
		.buf = page,
		.bufsz = PAGE_BYTES,
		.mem = (const void *)(uintptr_t)page_pa,
		.memsz = PAGE_BYTES,
	};

	return syscall(SYS_kexec_load, entry_pa, 1UL, &segment,
		       KEXEC_ARCH_X86_64) ? -errno : 0;
}

/**
 * os_kexec_file_load() - have the kernel read, check and lay out an image itself
 * @kernel_fd: a bzImage
 * @initrd_fd: negative for none
 * @cmdline: its command line
 */
int os_kexec_file_load(int kernel_fd, int initrd_fd, const char *cmdline)
{
	unsigned long flags = initrd_fd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;

	return syscall(SYS_kexec_file_load, kernel_fd, initrd_fd,
		       strlen(cmdline) + 1, cmdline, flags) ? -errno : 0;
}

/**
 * os_kexec_unload() - no image is loaded afterwards
 *
 * A kernel that is locked down refuses kexec_load() even for this; not every
 * one has the other system call.
 */
int os_kexec_unload(void)
{
	if (!syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, KEXEC_FILE_UNLOAD))
		return 0;
	if (errno == EBUSY)
		return -errno;
	return syscall(SYS_kexec_load, 0UL, 0UL, NULL,
		       KEXEC_ARCH_X86_64) ? -errno : 0;
}

/** os_kexec_reboot() - jump; returns only if the kernel refuses */
int os_kexec_reboot(void)
{
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_KEXEC, NULL);
	return -errno;
}

/**
 * os_attr_write() - one write to a sysfs attribute
 * @path: the attribute
 * @value: text, written in one piece
 */
int os_attr_write(const char *path, const char *value)
{
	ssize_t length = (ssize_t)strlen(value), done;
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, value, (size_t)length);
	if (done != length)
		err = done < 0 ? -errno : -EIO;
	close(fd);
	return err;
}

/**
 * os_refusal() - may this process change the running kernel?
 * @ccp_ext_dir: where the module's attributes are said to be
 *
 * A directory that is not sysfs is somebody's test: what it says is not true
 * of the running kernel, which is therefore left alone.
 *
 * Return: NULL, or the reason why not.
 */
const char *os_refusal(const char *ccp_ext_dir)
{
	struct statfs fs;

	if (geteuid())
		return "only root may change what this host does; run it with sudo";
	if (!statfs(ccp_ext_dir, &fs) && fs.f_type != SYSFS_MAGIC)
		return "the given ccp_ext directory is not sysfs; only what changes nothing may use it (status, load --dry-run)";
	return NULL;
}
