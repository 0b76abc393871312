// SPDX-License-Identifier: GPL-2.0-only
/*
 * stockkexec - what "kexec -s -l" does and nothing else: the control that ccp_ext is compared with
 *
 * Usage: stockkexec KERNEL INITRD COMMAND-LINE, then "stockkexec --exec" to jump; with --panic ahead,
 * the kernel is the one that a panic starts (kexec -s -p).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long flags = 0;
	int kernel, initrd;

	if (argc > 1 && !strcmp(argv[1], "--panic")) {
		flags = KEXEC_FILE_ON_CRASH;
		argv++;
		argc--;
	}
	if (argc == 2 && !strcmp(argv[1], "--exec")) {
		sync();
		reboot(LINUX_REBOOT_CMD_KEXEC);
		perror("stockkexec: reboot (is a kernel loaded?)");
		return 1;
	}
	if (argc != 4) {
		fputs("usage: stockkexec [--panic] KERNEL INITRD COMMAND-LINE | --exec\n", stderr);
		return 2;
	}
	kernel = open(argv[1], O_RDONLY);
	if (kernel < 0) {
		perror(argv[1]);
		return 1;
	}
	initrd = open(argv[2], O_RDONLY);
	if (initrd < 0) {
		perror(argv[2]);
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], flags) < 0) {
		perror("stockkexec: kexec_file_load");
		return 1;
	}
	return 0;
}
