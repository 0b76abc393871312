/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_INSN_H
#define TARGET_I386_SNP_INSN_H

enum snp_insn { SNP_RMPUPDATE, SNP_PSMASH, SNP_RMPREAD, SNP_INSN_NR };

struct snp_insn_stats {
	uint64_t count;
	uint64_t failed;
	uint32_t inject_status;		/* answered without doing anything ... */
	int64_t inject_left;		/* ... so many times; -1: for ever */
};

extern struct snp_insn_stats snp_insn_stats[SNP_INSN_NR];
extern const char *const snp_insn_name[SNP_INSN_NR];

#endif
