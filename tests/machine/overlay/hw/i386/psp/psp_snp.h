/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the SEV-SNP firmware share among themselves (AMD 56860). */
#ifndef HW_I386_PSP_SNP_H
#define HW_I386_PSP_SNP_H

#include "psp.h"

/* Guest policy; names as in Linux' psp-sev.h. */
#define SNP_POLICY_ABI_MINOR(p)		((p) & 0xff)
#define SNP_POLICY_ABI_MAJOR(p)		((p) >> 8 & 0xff)
#define SNP_POLICY_SMT			BIT_ULL(16)
#define SNP_POLICY_RSVD_MBO		BIT_ULL(17)
#define SNP_POLICY_MIGRATE_MA		BIT_ULL(18)
#define SNP_POLICY_DEBUG		BIT_ULL(19)
#define SNP_POLICY_SINGLE_SOCKET	BIT_ULL(20)
#define SNP_POLICY_CXL_ALLOW		BIT_ULL(21)
#define SNP_POLICY_MEM_AES_256_XTS	BIT_ULL(22)
#define SNP_POLICY_RAPL_DIS		BIT_ULL(23)
#define SNP_POLICY_CIPHERTEXT_HIDING	BIT_ULL(24)
#define SNP_POLICY_PAGE_SWAP_DISABLE	BIT_ULL(25)

enum snp_page_type {
	SNP_PAGE_NORMAL = 1,
	SNP_PAGE_VMSA,
	SNP_PAGE_ZERO,
	SNP_PAGE_UNMEASURED,
	SNP_PAGE_SECRETS,
	SNP_PAGE_CPUID,
};

/**
 * struct snp_page - a guest's page that a command is about
 * @pa: physical address
 * @entry: its RMP entry
 * @large: 2 MiB
 * @size: bytes
 */
struct snp_page {
	hwaddr pa;
	uint64_t entry;
	bool large;
	uint64_t size;
};

/* psp_snp_guest.c */
enum psp_status psp_snp_guest_find(PspState *s, hwaddr gctx,
				   struct psp_guest **guest);

/* psp_snp_page.c */
enum psp_status psp_snp_page_get(const struct psp_guest *guest, hwaddr pa,
				 bool large, uint32_t states,
				 struct snp_page *page);
void psp_snp_page_set(const struct snp_page *page, uint64_t entry);

/* psp_snp_policy.c */
enum psp_status psp_snp_policy_check(PspState *s, uint64_t policy);

/* psp_snp_measure.c */
void psp_snp_measure(struct psp_guest *guest, const struct snp_page *page,
		     unsigned int type, bool imi, uint32_t vmpl_perms);

/* psp_snp_special.c */
void psp_snp_secrets_fill(const struct psp_guest *guest, hwaddr pa);
enum psp_status psp_snp_cpuid_check(hwaddr pa);

#endif
