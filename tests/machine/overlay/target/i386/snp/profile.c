// SPDX-License-Identifier: GPL-2.0-only
/* Processor generations: what CPUID says, and what else differs. */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "host.h"

/* APM vol. 3, Fn8000_001F EAX. */
#define SME		BIT(0)
#define SEV		BIT(1)
#define PAGE_FLUSH_MSR	BIT(2)
#define SEV_ES		BIT(3)
#define SEV_SNP		BIT(4)
#define VMPL		BIT(5)
#define SECURE_TSC	BIT(8)
#define TSC_AUX_VIRT	BIT(9)
#define COHERENT	BIT(10)
#define HOST_64BIT	BIT(11)
#define RESTRICTED_INJ	BIT(12)
#define ALTERNATE_INJ	BIT(13)
#define DEBUG_SWAP	BIT(14)
#define PREVENT_IBS	BIT(15)
#define VTE		BIT(16)
#define RMPREAD		BIT(21)
#define SEGMENTED_RMP	BIT(23)
#define VMSA_REG_PROT	BIT(24)
#define SMT_PROTECTION	BIT(25)

#define NAPLES_EAX	(SME | SEV | PAGE_FLUSH_MSR | SEV_ES)
#define ROME_EAX	(NAPLES_EAX | VTE)
#define MILAN_EAX	(ROME_EAX | SEV_SNP | VMPL | SECURE_TSC | COHERENT |	\
			 HOST_64BIT | RESTRICTED_INJ | ALTERNATE_INJ |		\
			 DEBUG_SWAP | PREVENT_IBS | VMSA_REG_PROT)
#define GENOA_EAX	(MILAN_EAX | TSC_AUX_VIRT | SMT_PROTECTION)
#define TURIN_EAX	(GENOA_EAX | RMPREAD | SEGMENTED_RMP)

#define EBX(c_bit, lost_bits, vmpls) ((c_bit) | (lost_bits) << 6 | (vmpls) << 12)

/* Fn8000_0025 EAX: sizes of segments, EBX: how many of them the processor caches. */
#define SEGMENT_EAX(min_shift, max_shift) ((min_shift) | (max_shift) << 6)
#define SEGMENT_EBX(cached) (cached)

/*
 * How ASIDs are shared between SEV and SEV-ES is the system firmware's choice,
 * so each profile has some of both.
 */
static const struct snp_profile profiles[] = {
	{
		.name = "milan",
		.firmware = "1.55.30",
		.snp = true,
		.cpuid_eax = MILAN_EAX,
		.cpuid_ebx = EBX(51, 5, 4),
		.nr_asids = 509,
		.min_sev_asid = 100,
		.ccx_cpus = 16,
		.nr_contexts = 509,
	}, {
		.name = "naples",
		.firmware = "0.17.48",
		.cpuid_eax = NAPLES_EAX,
		.cpuid_ebx = EBX(47, 5, 0),
		.nr_asids = 15,
		.min_sev_asid = 6,
		.ccx_cpus = 8,
		.nr_contexts = 15,
	}, {
		.name = "rome",
		.firmware = "0.24.15",
		.cpuid_eax = ROME_EAX,
		.cpuid_ebx = EBX(47, 5, 0),
		.nr_asids = 509,
		.min_sev_asid = 100,
		.ccx_cpus = 8,
		.nr_contexts = 509,
	}, {
		.name = "genoa",
		.firmware = "1.55.39",
		.snp = true,
		.cpuid_eax = GENOA_EAX,
		.cpuid_ebx = EBX(51, 5, 4),
		.nr_asids = 1006,
		.min_sev_asid = 100,
		.ccx_cpus = 16,
		.nr_contexts = 1006,
	}, {
		.name = "turin",
		.firmware = "1.58.2",
		.snp = true,
		.cpuid_eax = TURIN_EAX,
		.cpuid_ebx = EBX(51, 5, 4),
		.segment_eax = SEGMENT_EAX(30, 40),
		.segment_ebx = SEGMENT_EBX(512),
		.nr_asids = 1006,
		.min_sev_asid = 100,
		.rmpread = true,
		.rmp_segments = true,
		.ciphertext_hiding = true,
		.x86_snp_shutdown = true,
		.ccx_cpus = 16,
		.nr_contexts = 1006,
	},
};

/**
 * snp_profile_names - what there is, for error messages
 *
 * Return: the names, separated by commas; to be freed.
 */
char *snp_profile_names(void)
{
	GString *names = g_string_new(profiles[0].name);

	for (size_t i = 1; i < ARRAY_SIZE(profiles); i++)
		g_string_append_printf(names, ", %s", profiles[i].name);
	return g_string_free(names, false);
}

/**
 * snp_profile_find - look a processor generation up by name
 * @name: as given to the profile property
 *
 * Return: the profile, or NULL.
 */
const struct snp_profile *snp_profile_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}
