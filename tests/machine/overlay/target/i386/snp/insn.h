/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_I386_SNP_INSN_H
#define TARGET_I386_SNP_INSN_H

enum snp_insn { SNP_RMPUPDATE, SNP_PSMASH, SNP_RMPREAD, SNP_INSN_NR };

struct snp_insn_stats {
	uint64_t count;
	uint64_t failed;
};

/* Asked before each one: true if *status is the answer and nothing is done. */
typedef bool (*snp_insn_listener)(void *opaque, enum snp_insn insn,
				  uint32_t *status);

void snp_insn_listen(snp_insn_listener fn, void *opaque);

extern struct snp_insn_stats snp_insn_stats[SNP_INSN_NR];
extern const char *const snp_insn_name[SNP_INSN_NR];

#endif
