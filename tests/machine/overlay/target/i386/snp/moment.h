/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moments of the software's life that are seen from outside: nothing in the
 * kernel helps, and nothing it does depends on being seen.
 */
#ifndef TARGET_I386_SNP_MOMENT_H
#define TARGET_I386_SNP_MOMENT_H

enum snp_moment {
	SNP_MOMENT_KEXEC_JUMP,		/* relocate_kernel has left the kernel's page tables */
	SNP_MOMENT_PANIC,		/* ... into a crash kernel */
	SNP_MOMENT_NEXT_KERNEL,		/* page tables of the next kernel's own */
	SNP_MOMENT_NMI_IPI,		/* a CPU sent an NMI to others */
	SNP_MOMENT_MARK,		/* the mark port was written */
	SNP_MOMENT_RESET,		/* the machine was reset */
	SNP_MOMENT_NR
};

/**
 * struct snp_moment_info - a moment that has come
 * @moment: which
 * @cpu: number of the CPU; -1: none
 * @value: of a jump: 1 into a crash kernel; of a mark: its number
 */
struct snp_moment_info {
	enum snp_moment moment;
	int cpu;
	uint32_t value;
};

typedef void (*snp_moment_listener)(void *opaque,
				    const struct snp_moment_info *info);

extern const char *const snp_moment_name[SNP_MOMENT_NR];

int snp_moment_find(const char *name);
void snp_moment_listen(snp_moment_listener fn, void *opaque);
void snp_moment(const struct snp_moment_info *info);
void snp_moment_forget(void);

#endif
