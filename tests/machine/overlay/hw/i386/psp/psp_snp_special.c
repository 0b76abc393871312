// SPDX-License-Identifier: GPL-2.0-only
/* Pages that the firmware itself has a say in: SECRETS and CPUID (AMD 56860). */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "cpu.h"
#include "psp_crypto.h"
#include "psp_snp.h"

#define SECRETS_VERSION	3
#define CPUID_MAX	64

#define ECX_HYPERVISOR	BIT(31)
#define ECX_OSXSAVE	BIT(27)

/* As Linux' struct snp_secrets_page has it. */
struct secrets {
	uint32_t version;
	uint32_t imi;
	uint32_t fms;
	uint32_t reserved;
	uint8_t gosvw[16];
	uint8_t vmpck[PSP_NR_VMPCKS][PSP_VMPCK];
	uint8_t rest[PSP_PAGE - 32 - PSP_NR_VMPCKS * PSP_VMPCK];
} QEMU_PACKED;

struct cpuid_function {
	uint32_t eax_in, ecx_in;
	uint64_t xcr0_in, xss_in;
	uint32_t eax, ebx, ecx, edx;
	uint64_t reserved;
};

struct cpuid_table {
	uint32_t count;
	uint32_t reserved1;
	uint64_t reserved2;
	struct cpuid_function function[CPUID_MAX];
};

/**
 * psp_snp_secrets_fill - write a guest's secrets, whatever the host put there
 * @guest: the guest
 * @pa: physical address of the page
 */
void psp_snp_secrets_fill(const struct psp_guest *guest, hwaddr pa)
{
	struct secrets secrets = {
		.version = cpu_to_le32(SECRETS_VERSION),
		.imi = cpu_to_le32(guest->snp.imi),
		.fms = cpu_to_le32(X86_CPU(first_cpu)->env.cpuid_version),
	};

	QEMU_BUILD_BUG_ON(sizeof(secrets) != PSP_PAGE);
	memcpy(secrets.gosvw, guest->snp.gosvw, sizeof(secrets.gosvw));
	memcpy(secrets.vmpck, guest->snp.vmpck, sizeof(secrets.vmpck));
	psp_mem_write(pa, &secrets, sizeof(secrets));
}

/* Feature bits that the processor lacks are taken away; true if there were any. */
static bool mask_bits(uint32_t *value, uint32_t allowed)
{
	uint32_t before = *value;

	*value &= allowed;
	return *value != before;
}

static bool function_correct(struct cpuid_function *f)
{
	uint32_t eax, ebx, ecx, edx;
	bool wrong = false;

	cpu_x86_cpuid(cpu_env(first_cpu), f->eax_in, f->ecx_in, &eax, &ebx,
		      &ecx, &edx);
	switch (f->eax_in) {
	case 0x1:
		wrong |= mask_bits(&f->ecx, ecx | ECX_HYPERVISOR | ECX_OSXSAVE);
		wrong |= mask_bits(&f->edx, edx);
		break;
	case 0x7:
		if (f->ecx_in)
			break;
		wrong |= mask_bits(&f->ebx, ebx);
		wrong |= mask_bits(&f->ecx, ecx);
		wrong |= mask_bits(&f->edx, edx);
		break;
	case 0x80000001:
		wrong |= mask_bits(&f->ecx, ecx);
		wrong |= mask_bits(&f->edx, edx);
		break;
	}
	return wrong;
}

/**
 * psp_snp_cpuid_check - look a guest's CPUID table through
 * @pa: physical address of the page, still plaintext
 *
 * What a guest may not be told is corrected in the page, which then stays
 * plaintext (Linux, sev_gmem_post_populate()). Only the three functions with
 * feature bits are looked at.
 *
 * Return: PSP_SUCCESS, or PSP_INVALID_PARAM if something was wrong.
 */
enum psp_status psp_snp_cpuid_check(hwaddr pa)
{
	struct cpuid_table table;
	bool wrong = false;

	psp_mem_read(pa, &table, sizeof(table));
	if (table.count > CPUID_MAX)
		return PSP_INVALID_PARAM;
	for (uint32_t i = 0; i < table.count; i++)
		wrong |= function_correct(&table.function[i]);
	if (!wrong)
		return PSP_SUCCESS;
	psp_mem_write(pa, &table, sizeof(table));
	return PSP_INVALID_PARAM;
}
