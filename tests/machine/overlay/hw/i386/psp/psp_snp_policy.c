// SPDX-License-Identifier: GPL-2.0-only
/* The policy that an SNP guest is launched with (AMD 56860, guest policy). */
#include "qemu/osdep.h"
#include "hw/boards.h"
#include "psp_snp.h"
#include "target/i386/snp/host.h"

#define KNOWN_ALWAYS	MAKE_64BIT_MASK(0, 21)

/* Linux, sev_get_snp_policy_bits(): what needs which feature or version. */
static uint64_t known_bits(void)
{
	uint32_t features = psp_snp_features();
	uint64_t bits = KNOWN_ALWAYS;

	if (!psp_snp_has_feature_info())
		return bits;
	if (features & PSP_FEATURE_CXL_ALLOW)
		bits |= SNP_POLICY_CXL_ALLOW;
	if (features & PSP_FEATURE_RAPL_DIS)
		bits |= SNP_POLICY_RAPL_DIS;
	if (features & PSP_FEATURE_HIDING)
		bits |= SNP_POLICY_CIPHERTEXT_HIDING;
	if (snp_host_firmware_from(58))
		bits |= SNP_POLICY_PAGE_SWAP_DISABLE;
	return bits;
}

static bool firmware_is_at_least(uint64_t policy)
{
	unsigned int major = SNP_POLICY_ABI_MAJOR(policy);

	if (snp_host->api_major != major)
		return snp_host->api_major > major;
	return snp_host->api_minor >= SNP_POLICY_ABI_MINOR(policy);
}

/**
 * psp_snp_policy_check - whether this platform can keep a policy
 * @s: the device
 * @policy: the guest's policy
 *
 * Memory is encrypted by AES-128 here, so no guest can ask for AES-256-XTS.
 *
 * Return: PSP_SUCCESS or PSP_POLICY_FAILURE.
 */
enum psp_status psp_snp_policy_check(PspState *s, uint64_t policy)
{
	const CpuTopology *smp = &MACHINE(qdev_get_machine())->smp;

	if (policy & ~known_bits() || !(policy & SNP_POLICY_RSVD_MBO))
		return PSP_POLICY_FAILURE;
	if (!firmware_is_at_least(policy))
		return PSP_POLICY_FAILURE;
	if (!(policy & SNP_POLICY_SMT) && smp->threads > 1)
		return PSP_POLICY_FAILURE;
	if (policy & SNP_POLICY_RAPL_DIS && !s->snp.rapl_disabled)
		return PSP_POLICY_FAILURE;
	if (policy & SNP_POLICY_CIPHERTEXT_HIDING && !snp_host->ciphertext_hidden)
		return PSP_POLICY_FAILURE;
	return PSP_SUCCESS;
}
