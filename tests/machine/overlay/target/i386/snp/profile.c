// SPDX-License-Identifier: GPL-2.0-only
/* Processor generations, by what CPUID Fn8000_001F says. */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "host.h"

#define SME		BIT(0)
#define SEV		BIT(1)
#define PAGE_FLUSH_MSR	BIT(2)
#define SEV_ES		BIT(3)
#define SEV_SNP		BIT(4)
#define VMPL		BIT(5)

#define EBX(c_bit, lost_bits, vmpls) ((c_bit) | (lost_bits) << 6 | (vmpls) << 12)

static const struct snp_profile profiles[] = {
	{
		.name = "milan",
		.snp = true,
		.cpuid_eax = SME | SEV | PAGE_FLUSH_MSR | SEV_ES | SEV_SNP | VMPL,
		.cpuid_ebx = EBX(51, 5, 4),
		.nr_asids = 509,
		.min_sev_asid = 100,
		.ccx_cpus = 16,
		.nr_contexts = 509,
	}, {
		.name = "rome",
		.cpuid_eax = SME | SEV | PAGE_FLUSH_MSR | SEV_ES,
		.cpuid_ebx = EBX(47, 5, 0),
		.nr_asids = 509,
		.min_sev_asid = 100,
		.ccx_cpus = 8,
		.nr_contexts = 509,
	},
};

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
