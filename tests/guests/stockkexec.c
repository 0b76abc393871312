// SPDX-License-Identifier: GPL-2.0-only
/*
 * stockkexec - what "kexec -s -l" does and nothing else: the control that ccp_ext is compared with
 *
 * Usage: stockkexec KERNEL INITRD COMMAND-LINE, then "stockkexec --exec" to jump; with --panic ahead,
 * the kernel is the one that a panic starts (kexec -s -p); with --mark ahead of --exec, the emulated
 * machine is told of the last moment before reboot(2). "stockkexec --restart" restarts the machine with the
 * words of a kexec as its command, which is all that reboot notifiers see of one. "stockkexec --page" only asks whether
 * kexec_load(2) is allowed: it unloads what is loaded.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK_PORT	0x5e0	/* docs/machine.md, Faults: the moment "mark" */
#define JUMP_MARK	1

static int jump(int mark)
{
	sync();
	if (mark && ioperm(MARK_PORT, 1, 1)) {
		perror("stockkexec: ioperm");
		return 1;
	}
	if (mark)
		outb(JUMP_MARK, MARK_PORT);
	reboot(LINUX_REBOOT_CMD_KEXEC);
	perror("stockkexec: reboot (is a kernel loaded?)");
	return 1;
}

int main(int argc, char **argv)
{
	unsigned long flags = 0;
	int kernel, initrd, mark = 0;

	if (argc > 1 && !strcmp(argv[1], "--panic")) {
		flags = KEXEC_FILE_ON_CRASH;
		argv++;
		argc--;
	}
	if (argc > 1 && !strcmp(argv[1], "--mark")) {
		mark = 1;
		argv++;
		argc--;
	}
	if (argc == 2 && !strcmp(argv[1], "--exec"))
		return jump(mark);
	if (argc == 2 && !strcmp(argv[1], "--restart")) {
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2,
			"kexec reboot");
		perror("stockkexec: reboot");
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "--page")) {
		if (!syscall(SYS_kexec_load, 0UL, 0UL, NULL, KEXEC_ARCH_X86_64))
			return 0;
		perror("stockkexec: kexec_load");
		return 1;
	}
	if (argc != 4) {
		fputs("usage: stockkexec [--panic] KERNEL INITRD COMMAND-LINE | [--mark] --exec | --restart | --page\n", stderr);
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
